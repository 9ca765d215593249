"""Requests that write, and say elsewhere that they read; or that name a foreign thing beside an own one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session

from tests.support.isolation_aws.callers import WithCredentials
from tests.support.isolation_aws.documents import ADMINISTRATOR
from tests.support.isolation_aws.places import PROBE, Place


@dataclass(frozen=True)
class Disguise:
    """A request to S3 for an object. query: as sent, without the question mark."""

    name: str
    method: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


_TARGET = {"X-Amz-Target": "AmazonS3.GetObject"}

DISGUISES = (
    Disguise("a put that names another action in its query", "PUT", "Action=GetObject"),
    Disguise("a delete that names another action in its query", "DELETE", "Action=GetObject"),
    Disguise("a put that names another action in a header", "PUT", headers=_TARGET),
    Disguise("a delete that names another action in a header", "DELETE", headers=_TARGET),
    Disguise("an upload that says it selects", "POST", "select&uploads"),
    Disguise("tags that say they are a location", "PUT", "tagging&location"),
    Disguise("an access list that says it is a torrent", "PUT", "acl&torrent"),
)


def send(disguise: Disguise, caller: WithCredentials, place: Place) -> int:
    """Send it for the place's object, signed as the caller; gives the answer's status."""
    query = f"?{disguise.query}" if disguise.query else ""
    url = f"{caller.options['endpoint_url']}/{place.bucket}/{place.key}{query}"
    body = PROBE if disguise.method == "PUT" else ""
    request = AWSRequest(disguise.method, url, dict(disguise.headers), body)
    S3SigV4Auth(caller.credentials, "s3", place.region).add_auth(request)
    return _status(request, caller)


@dataclass(frozen=True)
class Message:
    """A request to a service whose requests name their operation. body: of an own place and a foreign one."""

    name: str
    service: str
    body: Callable[[Place, Place], str]
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_TEXT = {"Content-Type": "text/plain"}
_JSON = {"Content-Type": "application/x-amz-json-1.0"}
_LIST_ROLES = {"X-Amz-Target": "IAM.ListRoles"}


def _attach(own: Place, foreign: Place) -> str:
    return f"Action=AttachRolePolicy&Version=2010-05-08&RoleName={foreign.role}&PolicyArn={ADMINISTRATOR}"


def _attach_in_json(own: Place, foreign: Place) -> str:
    return json.dumps({"Action": "AttachRolePolicy", "RoleName": foreign.role, "PolicyArn": ADMINISTRATOR})


def _put(own: Place, foreign: Place) -> str:
    return json.dumps({"TableName": foreign.probe, "&Action=ListTables&": 1, "Item": {"id": {"S": PROBE}}})


def _to(target: str) -> dict[str, str]:
    return {"X-Amz-Target": target}


MESSAGES = (
    Message("IAM: a list in the query", "iam", _attach, "Action=ListRoles", _FORM),
    Message("IAM: a list in the query, and text", "iam", _attach, "Action=ListRoles", _TEXT),
    Message("IAM: a list in a header", "iam", _attach, "", _FORM | _LIST_ROLES),
    Message("IAM: a list in a header, and text", "iam", _attach, "", _TEXT | _LIST_ROLES),
    Message("IAM: a list in a header, and JSON", "iam", _attach_in_json, "", _JSON | _LIST_ROLES),
    Message(
        "IAM: the boundary, and an own role",
        "iam",
        lambda own, foreign: (
            f"Action=DeletePolicy&Version=2010-05-08&PolicyArn={foreign.boundary}&RoleName={own.role}"
        ),
        "",
        _FORM,
    ),
    Message(
        "IAM: an own role in the query",
        "iam",
        lambda own, foreign: f"Action=DeleteRole&Version=2010-05-08&RoleName={foreign.role}",
        "RoleName=awsqa-own-probe",
        _FORM,
    ),
    Message(
        "DynamoDB: a list in the query", "dynamodb", _put, "Action=ListTables",
        _JSON | _to("DynamoDB_20120810.PutItem"),
    ),
    Message("DynamoDB: a list in a form", "dynamodb", _put, "", _FORM | _to("DynamoDB_20120810.PutItem")),
    Message(
        "DynamoDB: an own table's ARN beside a foreign one's name",
        "dynamodb",
        lambda own, foreign: json.dumps(
            {"TableName": foreign.probe, "ResourceArn": own.arn("dynamodb", f"table/{own.probe}")}
        ),
        "",
        _JSON | _to("DynamoDB_20120810.DeleteTable"),
    ),
    Message(
        "SSM: a list in the query",
        "ssm",
        lambda own, foreign: json.dumps({"Name": foreign.parameter}),
        "Action=DescribeParameters",
        _JSON | _to("AmazonSSM.DeleteParameter"),
    ),
    Message(
        "logs: a list in the query",
        "logs",
        lambda own, foreign: json.dumps({"logGroupName": foreign.log_group}),
        "Action=DescribeLogGroups",
        _JSON | _to("Logs_20140328.DeleteLogGroup"),
    ),
)  # fmt: skip


def send_message(message: Message, caller: WithCredentials, own: Place, foreign: Place) -> int:
    """Send it, signed as the caller; gives the answer's status."""
    query = f"?{message.query}" if message.query else ""
    url = f"{caller.options['endpoint_url']}/{query}"
    request = AWSRequest("POST", url, dict(message.headers), message.body(own, foreign))
    SigV4Auth(caller.credentials, message.service, own.region).add_auth(request)
    return _status(request, caller)


def _status(request: AWSRequest, caller: WithCredentials) -> int:
    return int(URLLib3Session(verify=caller.options["verify"]).send(request.prepare()).status_code)
