"""Where MiniStack asks IAM: hooks that ask about the right action, resource and conditions."""

from __future__ import annotations

from typing import Any

from localcloud.aws.gate import (
    bucket_owners,
    bucket_policies,
    conditions,
    emulator,
    identity_tags,
    invocations,
    lagging,
    meant,
    object_files,
    operations,
    parameters,
    resources,
    schedules,
    sessions,
    sub_resources,
    variables,
)
from localcloud.aws.gate.noted import Refused, now
from localcloud.aws.gate.throttling import Throttle

OF_DIRECTORIES = ("CreateSession", "RenameObject")
"""What S3 has for directory buckets alone, whose own action allows it.

Source: Amazon S3 API Reference, "RenameObject" and "CreateSession", Permissions.
"""

S3_CONTROL = "/v20180820/tags/"
S3_CONTROL_ACTIONS = {"GET": "s3:ListTagsForResource", "POST": "s3:TagResource", "DELETE": "s3:UntagResource"}


def install(throttle: Throttle) -> None:
    """Put them in place."""
    variables.install()
    sessions.install()
    invocations.install()
    sub_resources.install()
    schedules.install()
    bucket_policies.install()
    bucket_owners.install()
    lagging.install()
    parameters.install()
    identity_tags.install()
    object_files.install()
    actions, evaluator = emulator.actions, emulator.evaluator
    actions.extract_iam_action = _action(actions.extract_iam_action, throttle)
    actions.extract_resource_arn = _resource(actions.extract_resource_arn)
    actions.access_denied_response = _denied(actions.access_denied_response)
    evaluator.enforce = _enforce(evaluator.enforce)
    emulator.app._handle_s3_control_request = _s3_control(emulator.app._handle_s3_control_request)


def _action(extract: Any, throttle: Throttle) -> Any:
    """What the request is; one that is unknown, which MiniStack would let pass, is allowed to those alone who
    may do everything.
    """

    def extract_iam_action(
        service: str, method: str, path: str, headers: Any, body: bytes, parameters: Any
    ) -> str:
        noted = now()
        if service not in emulator.app.SERVICE_HANDLERS:
            raise Refused(501, "NotImplemented", f"The local AWS does not serve {service}.")
        if service in operations.REST:
            headers = {name: value for name, value in headers.items() if name != "x-amz-target"}
            parameters = {name: value for name, value in parameters.items() if name != "Action"}
            noted.operation = operations.operation(service, method, path, parameters, headers)
            action = _rest(extract, service, noted.operation, (method, path, headers, body, parameters))
        else:
            meant.once(service, headers, body, parameters)
            action = extract(service, method, path, headers, body, parameters)
            noted.operation = action and action.partition(":")[2]
        noted.service, noted.action = service, action or f"{service}:Unknown"
        if refused := throttle.refuses(service, noted.operation):
            raise Refused(*refused)
        body, parameters = meant.only(service, noted.operation, body, parameters)
        noted.conditions = conditions.keys(service, noted.operation, parameters)
        noted.conditions |= conditions.mapping(service, path)
        noted.passed = conditions.passed(service, noted.operation, body)
        return noted.action

    return extract_iam_action


def _rest(extract: Any, service: str, operation: str | None, request: tuple[Any, ...]) -> str | None:
    """S3's actions are not its operations; the other services' are, but for one."""
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
    """Each object is decided on; MiniStack takes the first for one without a version."""
    targets = emulator.actions._s3_batch_delete_targets(path.strip("/"), body)
    return "s3:DeleteObjectVersion" if targets and targets[0][1] else "s3:DeleteObject"


def _resource(extract: Any) -> Any:
    def extract_resource_arn(
        service: str, method: str, path: str, headers: Any, body: bytes, parameters: Any, region: str,
        account: str,
    ) -> str:  # fmt: skip
        body, parameters = meant.only(service, now().operation, body, parameters)
        found = resources.arn(service, path, body, parameters, region, account)
        return found or str(extract(service, method, path, headers, body, parameters, region, account))

    return extract_resource_arn


def _enforce(enforce: Any) -> Any:
    """With the conditions that MiniStack leaves out; and whether the role may be passed."""

    def with_all(
        key: str, action: str, service: str, region: str, resource_arn: str = "*", service_context: Any = None
    ) -> Any:
        noted = now()
        noted.resource = resource_arn
        noted.asked.add(action)
        context = {
            **noted.conditions,
            **conditions.source_function(key),
            **conditions.resource_tags(resource_arn),
            **(service_context or {}),
        }
        denied = enforce(key, action, service, region, resource_arn, context)
        if denied or noted.passed is None:
            return denied
        (role, to), noted.passed = noted.passed, None
        noted.asked.add("iam:PassRole")
        denied = enforce(key, "iam:PassRole", "iam", region, role, {"iam:PassedToService": to})
        if denied:
            noted.action = "iam:PassRole"
        elif not conditions.trusts(role, to):
            raise Refused(400, *conditions.CANNOT_ASSUME[service])
        return denied

    return with_all


def _denied(respond: Any) -> Any:
    """The message names what was denied, PassRole too; S3 says where a bucket is, in a refusal too.

    Source: Amazon S3 API Reference, "HeadBucket".
    """

    def access_denied_response(service: str, action: str, *rest: Any, **more: Any) -> Any:
        passing = now().action == "iam:PassRole"
        status, headers, body = respond(service, "iam:PassRole" if passing else action, *rest, **more)
        region = emulator.s3.bucket_region(now().resource.removeprefix("arn:aws:s3:::"))
        return status, {**headers, "x-amz-bucket-region": region} if region else headers, body

    return access_denied_response


def _s3_control(handle: Any) -> Any:
    """Tags by S3 Control, which the official providers read: MiniStack does not ask IAM about them."""

    async def handle_s3_control(
        path: str, method: str, body: bytes, parameters: Any, request_id: str, headers: Any = None
    ) -> Any:
        if path.startswith(S3_CONTROL):
            noted, action = now(), S3_CONTROL_ACTIONS.get(method, "s3:Unknown")
            noted.service, noted.action, noted.operation = "s3", action, action.partition(":")[2]
            refused = emulator.app._enforce_data_plane(
                "s3", action, headers, parameters, request_id, resource_arn=path.removeprefix(S3_CONTROL)
            )
            if refused:
                return refused
        return await handle(path, method, body, parameters, request_id, headers)

    return handle_s3_control
