"""Changes where MiniStack asks IAM, so that it asks about the right action, resource and conditions."""

from __future__ import annotations

from typing import Any

from localcloud.aws.gate import (
    conditions,
    emulator,
    glue,
    iam,
    lagging,
    lambda_,
    operations,
    quotas,
    resource_groups,
    resources,
    s3,
    scheduler,
    sessions,
    ssm,
    unambiguous,
    variables,
)
from localcloud.aws.gate.current_request import RequestRefused, current_request
from localcloud.aws.gate.throttling import Throttle

OF_DIRECTORIES = ("CreateSession", "RenameObject")
"""S3 operations on directory buckets, which another action allows.

Source: Amazon S3 API Reference, "RenameObject" and "CreateSession", Permissions.
"""

S3_CONTROL = "/v20180820/tags/"
S3_CONTROL_ACTIONS = {"GET": "s3:ListTagsForResource", "POST": "s3:TagResource", "DELETE": "s3:UntagResource"}


def install(throttle: Throttle) -> None:
    """Change MiniStack."""
    for part in (
        variables,
        sessions,
        lambda_,
        s3,
        scheduler,
        lagging,
        ssm,
        iam,
        resource_groups,
        quotas,
        glue,
    ):
        part.install()
    actions, evaluator = emulator.actions, emulator.evaluator
    actions.extract_iam_action = _action(actions.extract_iam_action, throttle)
    actions.extract_resource_arn = _resource(actions.extract_resource_arn)
    actions.access_denied_response = _denied(actions.access_denied_response)
    evaluator.enforce = _enforce(evaluator.enforce)
    emulator.app._handle_s3_control_request = _s3_control(emulator.app._handle_s3_control_request)


def _action(extract: Any, throttle: Throttle) -> Any:
    """Find the request's action. An unknown one takes all rights; MiniStack would allow it."""

    def extract_iam_action(
        service: str, method: str, path: str, headers: Any, body: bytes, parameters: Any
    ) -> str:
        request = current_request()
        if service not in emulator.app.SERVICE_HANDLERS:
            raise RequestRefused(501, "NotImplemented", f"The local AWS does not serve {service}.")
        if service in operations.REST:
            headers = {name: value for name, value in headers.items() if name != "x-amz-target"}
            parameters = {name: value for name, value in parameters.items() if name != "Action"}
            request.operation = operations.operation(service, method, path, parameters, headers)
            action = _rest(extract, service, request.operation, (method, path, headers, body, parameters))
        else:
            unambiguous.check(service, headers, body, parameters)
            action = extract(service, method, path, headers, body, parameters)
            request.operation = action and action.partition(":")[2]
        request.service, request.action = service, action or f"{service}:Unknown"
        if refused := throttle.refuses(service, request.operation):
            raise RequestRefused(*refused)
        body, parameters = unambiguous.known_members(service, request.operation, body, parameters)
        request.conditions = conditions.keys(service, request.operation, parameters)
        request.conditions |= conditions.mapping(service, path)
        request.passed = conditions.passed(service, request.operation, body)
        return request.action

    return extract_iam_action


def _rest(extract: Any, service: str, operation: str | None, request: tuple[Any, ...]) -> str | None:
    """The action of an operation: its name, except on S3 and for Lambda's Invoke."""
    if operation is None:
        return None
    if service == "s3":
        method, path, headers, body, parameters = request
        if operation == "DeleteObjects":
            return _first_delete(path, body)
        if operation in OF_DIRECTORIES:
            return "s3express:CreateSession"
        found: str | None = extract(service, method, path, headers, b"", parameters)
        return found
    return f"{service}:{'InvokeFunction' if operation == 'Invoke' else operation}"


def _first_delete(path: str, body: bytes) -> str:
    """The first object's action. Each object is checked; MiniStack ignores the version of the first."""
    targets = emulator.actions._s3_batch_delete_targets(path.strip("/"), body)
    return "s3:DeleteObjectVersion" if targets and targets[0][1] else "s3:DeleteObject"


def _resource(extract: Any) -> Any:
    def extract_resource_arn(
        service: str, method: str, path: str, headers: Any, body: bytes, parameters: Any, region: str,
        account: str,
    ) -> str:  # fmt: skip
        body, parameters = unambiguous.known_members(service, current_request().operation, body, parameters)
        if service == glue.SERVICE:
            first, *current_request().further = glue.arns(body, region, account)
            return first
        found = resources.arn(service, path, body, parameters, region, account)
        return found or str(extract(service, method, path, headers, body, parameters, region, account))

    return extract_resource_arn


def _enforce(enforce: Any) -> Any:
    """Add the condition keys that MiniStack leaves out, and check iam:PassRole."""

    def with_all(
        key: str, action: str, service: str, region: str, resource_arn: str = "*", service_context: Any = None
    ) -> Any:
        request = current_request()
        request.resource = resource_arn
        request.asked.add(action)
        context = {
            **request.conditions,
            **conditions.source_function(key),
            **conditions.resource_tags(resource_arn),
            **(service_context or {}),
        }
        denied = enforce(key, action, service, region, resource_arn, context)
        while request.further and not denied:
            request.resource = request.further.pop()
            denied = enforce(key, action, service, region, request.resource, context)
        if denied or request.passed is None:
            return denied
        (role, to), request.passed = request.passed, None
        request.asked.add("iam:PassRole")
        denied = enforce(key, "iam:PassRole", "iam", region, role, {"iam:PassedToService": to})
        if denied:
            request.action = "iam:PassRole"
        elif not conditions.trusts(role, to):
            raise RequestRefused(400, *conditions.CANNOT_ASSUME[service])
        return denied

    return with_all


def _denied(respond: Any) -> Any:
    """Name the denied action, PassRole too. A refusal of S3 still tells the bucket's region.

    Source: Amazon S3 API Reference, "HeadBucket".
    """

    def access_denied_response(service: str, action: str, *rest: Any, **more: Any) -> Any:
        passing = current_request().action == "iam:PassRole"
        status, headers, body = respond(service, "iam:PassRole" if passing else action, *rest, **more)
        region = emulator.s3.bucket_region(current_request().resource.removeprefix("arn:aws:s3:::"))
        return status, {**headers, "x-amz-bucket-region": region} if region else headers, body

    return access_denied_response


def _s3_control(handle: Any) -> Any:
    """Ask IAM about tags by S3 Control, which the official providers read. MiniStack does not."""

    async def handle_s3_control(
        path: str, method: str, body: bytes, parameters: Any, request_id: str, headers: Any = None
    ) -> Any:
        if path.startswith(S3_CONTROL):
            request, action = current_request(), S3_CONTROL_ACTIONS.get(method, "s3:Unknown")
            request.service, request.action, request.operation = "s3", action, action.partition(":")[2]
            refused = emulator.app._enforce_data_plane(
                "s3", action, headers, parameters, request_id, resource_arn=path.removeprefix(S3_CONTROL)
            )
            if refused:
                return refused
        return await handle(path, method, body, parameters, request_id, headers)

    return handle_s3_control
