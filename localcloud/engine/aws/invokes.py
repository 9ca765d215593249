"""Functions of the provider: the caller's identity, region and partition."""

from __future__ import annotations

from collections.abc import Callable

from localcloud.engine.aws.configuration import Connection
from localcloud.engine.values import Properties


def invoke(at: Connection, token: str, arguments: Properties) -> Properties:
    """Call a function by its token, such as `aws:index/getCallerIdentity:getCallerIdentity`."""
    function = FUNCTIONS.get(token)
    if function is None:
        raise ValueError(f"the local provider server does not know the function {token}")
    return function(at, arguments)


def _caller_identity(at: Connection, arguments: Properties) -> Properties:
    found = at.cloud().sts.get_caller_identity()
    return {
        "accountId": found["Account"],
        "arn": found["Arn"],
        "id": found["Account"],
        "userId": found["UserId"],
    }


def _region(at: Connection, arguments: Properties) -> Properties:
    region = str(arguments.get("region") or at.region)
    return {
        "description": region,
        "endpoint": f"ec2.{region}.amazonaws.com",
        "id": region,
        "name": region,
        "region": region,
    }


def _partition(at: Connection, arguments: Properties) -> Properties:
    return {
        "dnsSuffix": "amazonaws.com",
        "id": "aws",
        "partition": "aws",
        "reverseDnsPrefix": "com.amazonaws",
    }


FUNCTIONS: dict[str, Callable[[Connection, Properties], Properties]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": _caller_identity,
    "aws:index/getPartition:getPartition": _partition,
    "aws:index/getRegion:getRegion": _region,
}
