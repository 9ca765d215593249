"""A Lambda function."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from localcloud.engine.aws.archives import zipped
from localcloud.engine.aws.case import camel, pascal
from localcloud.engine.aws.cloud import Cloud
from localcloud.engine.aws.row import Change, Name, Row, names
from localcloud.engine.aws.tags import gone, own
from localcloud.engine.aws.waiting import until, until_role_is_seen
from localcloud.engine.values import Properties

if TYPE_CHECKING:
    from mypy_boto3_lambda.type_defs import FunctionConfigurationTypeDef, GetFunctionResponseTypeDef

NAME = Name(longest=64)
UNRESERVED = -1
READY_SECONDS = 600.0
"""The official provider's timeout for a function that is made or changed."""

PLAIN = {
    "description": "Description",
    "handler": "Handler",
    "kmsKeyArn": "KMSKeyArn",
    "layers": "Layers",
    "memorySize": "MemorySize",
    "role": "Role",
    "runtime": "Runtime",
    "timeout": "Timeout",
}
NESTED = {
    "deadLetterConfig": "DeadLetterConfig",
    "ephemeralStorage": "EphemeralStorage",
    "imageConfig": "ImageConfig",
    "loggingConfig": "LoggingConfig",
    "snapStart": "SnapStart",
    "tracingConfig": "TracingConfig",
    "vpcConfig": "VpcConfig",
}
PACKAGE = names("imageUri s3Bucket s3Key s3ObjectVersion")
CODE = PACKAGE | names("architectures code codeSha256 sourceCodeHash")
EMPTY: dict[str, Any] = {
    "deadLetterConfig": {"TargetArn": ""},
    "description": "",
    "environment": {"Variables": {}},
    "ephemeralStorage": {"Size": 512},
    "kmsKeyArn": "",
    "layers": [],
    "loggingConfig": {"LogFormat": "Text"},
    "tracingConfig": {"Mode": "PassThrough"},
    "vpcConfig": {"SubnetIds": [], "SecurityGroupIds": []},
}
"""The value that resets a setting that is no longer given."""


def create(cloud: Cloud, inputs: Properties, stop: threading.Event) -> str:
    """Make a function, and wait until a new role is visible."""
    request = {name: value for name, value in _settings(inputs).items() if value not in ("", [])}
    if inputs.get("architectures"):
        request["Architectures"] = inputs["architectures"]
    if inputs.get("tags"):
        request["Tags"] = inputs["tags"]
    request |= {
        "Code": package(inputs),
        "FunctionName": inputs["name"],
        "PackageType": inputs["packageType"],
        "Publish": inputs["publish"],
    }
    made = until_role_is_seen(lambda: cloud.functions.create_function(**request), stop)
    return made["FunctionName"]


def finish(cloud: Cloud, name: str, inputs: Properties, stop: threading.Event) -> None:
    """Wait until it can be called, and reserve its concurrency."""
    _wait(cloud, name, stop)
    if inputs["reservedConcurrentExecutions"] != UNRESERVED:
        _reserve(cloud, name, inputs["reservedConcurrentExecutions"])


def read(cloud: Cloud, name: str) -> Properties:
    """Return a function's outputs. version: the newest, or $LATEST where none was published."""
    answer = cloud.functions.get_function(FunctionName=name)
    found = answer["Configuration"]
    arn = found["FunctionArn"]
    qualified = f"{arn}:{found['Version']}"
    return {
        **{here: found.get(there) or None for here, there in PLAIN.items() if here != "layers"},
        **{here: _nested(found.get(there)) for here, there in NESTED.items()},
        **_computed(answer),
        "architectures": found.get("Architectures", ["x86_64"]),
        "arn": arn,
        "environment": _environment(found),
        "invokeArn": _invocation(cloud, arn, "2015-03-31", "invocations"),
        "layers": [layer["Arn"] for layer in found.get("Layers", [])],
        "name": found["FunctionName"],
        "packageType": found.get("PackageType", "Zip"),
        "qualifiedArn": qualified,
        "qualifiedInvokeArn": _invocation(cloud, qualified, "2015-03-31", "invocations"),
        "region": cloud.region,
        "responseStreamingInvokeArn": _invocation(cloud, arn, "2021-11-15", "response-streaming-invocations"),
        "tags": own(answer.get("Tags", {})),
        "version": found["Version"],
    }


def update(cloud: Cloud, name: str, change: Change, stop: threading.Event) -> None:
    """Change the settings that differ in one call, then the code in another."""
    new, functions = change.new, cloud.functions
    settings = _settings(new, change.names)
    if settings:
        until_role_is_seen(
            lambda: functions.update_function_configuration(FunctionName=name, **settings), stop
        )
        _wait(cloud, name, stop)
    if change.names & CODE:
        extra = {"Architectures": new["architectures"]} if new.get("architectures") else {}
        functions.update_function_code(FunctionName=name, Publish=new["publish"], **package(new), **extra)
        _wait(cloud, name, stop)
    if "reservedConcurrentExecutions" in change.names:
        _reserve(cloud, name, new["reservedConcurrentExecutions"])
    if "tags" in change.names:
        if removed := gone(change):
            functions.untag_resource(Resource=change.outputs["arn"], TagKeys=removed)
        if new.get("tags"):
            functions.tag_resource(Resource=change.outputs["arn"], Tags=new["tags"])


def delete(cloud: Cloud, name: str, state: Properties) -> None:
    """Remove a function with all its versions."""
    if not state.get("skipDestroy"):
        cloud.functions.delete_function(FunctionName=name)


def _settings(inputs: Properties, only: frozenset[str] | None = None) -> dict[str, Any]:
    """The part of a request that both creation and update take. only: the inputs that differ."""
    found: dict[str, Any] = {}
    for here, there in {**PLAIN, **NESTED, "environment": "Environment"}.items():
        if only is not None and here not in only:
            continue
        value = inputs.get(here)
        if value is None and only is not None:
            value = EMPTY.get(here)
        elif here == "environment" and value is not None:
            value = {"Variables": value.get("variables", {})}
        elif here in NESTED:
            value = pascal(value)
        if value is not None:
            found[there] = value
    if "fileSystemConfig" in inputs and (only is None or "fileSystemConfig" in only):
        found["FileSystemConfigs"] = [pascal(inputs["fileSystemConfig"])]
    return found


def package(inputs: Properties) -> dict[str, Any]:
    """Return the part of a request that says where code is, of a function or a layer. Raises ValueError."""
    if inputs.get("code"):
        return {"ZipFile": zipped(inputs["code"])}
    found = {name[0].upper() + name[1:]: inputs[name] for name in PACKAGE if inputs.get(name)}
    if not found:
        raise ValueError("one of code, image_uri or s3_bucket must be specified")
    return found


def _computed(answer: GetFunctionResponseTypeDef) -> Properties:
    found = answer["Configuration"]
    systems = found.get("FileSystemConfigs") or []
    reserved = answer.get("Concurrency", {}).get("ReservedConcurrentExecutions")
    return {
        "codeSha256": found.get("CodeSha256"),
        "fileSystemConfig": camel(systems[0]) if systems else None,
        "imageUri": answer.get("Code", {}).get("ImageUri"),
        "lastModified": found.get("LastModified"),
        "reservedConcurrentExecutions": UNRESERVED if reserved is None else reserved,
        "signingJobArn": found.get("SigningJobArn"),
        "signingProfileVersionArn": found.get("SigningProfileVersionArn"),
        "sourceCodeSize": found.get("CodeSize"),
    }


def _nested(value: Any) -> Any:
    """Return a block of settings; None for a block that is empty."""
    if not value or not any(value.values()) or value.get("ApplyOn") == "None":
        return None
    return {name: item for name, item in camel(value).items() if item not in ("", None)}


def _environment(found: FunctionConfigurationTypeDef) -> Any:
    variables = found.get("Environment", {}).get("Variables")
    return {"variables": dict(variables)} if variables else None


def _invocation(cloud: Cloud, arn: str, version: str, kind: str) -> str:
    """Return the ARN by which an API Gateway calls it."""
    return f"arn:aws:apigateway:{cloud.region}:lambda:path/{version}/functions/{arn}/{kind}"


def _reserve(cloud: Cloud, name: str, number: int) -> None:
    if number == UNRESERVED:
        cloud.functions.delete_function_concurrency(FunctionName=name)
    else:
        cloud.functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=number)


def _wait(cloud: Cloud, name: str, stop: threading.Event) -> None:
    """Wait until a change is in force. Raises RuntimeError with Lambda's own reason if it fails."""

    def ready() -> bool:
        found = cloud.functions.get_function_configuration(FunctionName=name)
        states = {found.get("State", "Active"), found.get("LastUpdateStatus", "Successful")}
        if "Failed" in states:
            reason = found.get("StateReason") or found.get("LastUpdateStatusReason")
            raise RuntimeError(f"waiting for Lambda Function ({name}): unexpected state 'Failed': {reason}")
        return states <= {"Active", "Inactive", "Successful"}

    until(ready, READY_SECONDS, f"Lambda Function ({name})", stop)


ROW = Row(
    type="aws:lambda/function:Function",
    noun="Lambda Function",
    service="Lambda",
    absent=frozenset({"ResourceNotFoundException"}),
    create=create,
    finish=finish,
    read=read,
    update=update,
    delete=delete,
    name=NAME,
    required=names("role"),
    optional=names(
        "code deadLetterConfig description environment fileSystemConfig handler imageConfig imageUri "
        "kmsKeyArn layers loggingConfig memorySize packageType publish reservedConcurrentExecutions "
        "runtime s3Bucket s3Key s3ObjectVersion skipDestroy snapStart tags timeout tracingConfig vpcConfig"
    ),
    computed=names("architectures codeSha256 ephemeralStorage name region sourceCodeHash"),
    outputs=names(
        "arn invokeArn lastModified qualifiedArn qualifiedInvokeArn responseStreamingInvokeArn signingJobArn "
        "signingProfileVersionArn sourceCodeSize tagsAll version"
    ),
    refused=names(
        "capacityProviderConfig codeSigningConfigArn durableConfig publishTo replaceSecurityGroupsOnDestroy "
        "replacementSecurityGroupIds sourceKmsKeyArn tenancyConfig useResourceTimeoutForPropagation"
    ),
    replaces=names("name packageType region"),
    defaults={
        "memorySize": 128,
        "packageType": "Zip",
        "publish": False,
        "reservedConcurrentExecutions": UNRESERVED,
        "skipDestroy": False,
        "timeout": 3,
    },
    kept=names("code publish s3Bucket s3Key s3ObjectVersion skipDestroy sourceCodeHash"),
    sets=names("architectures"),
    volatile=names("lastModified"),
)
