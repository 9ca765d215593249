"""Requests that write, and say in some other place that they read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session

from tests.support.isolation_aws.callers import WithCredentials
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
    return int(URLLib3Session(verify=caller.options["verify"]).send(request.prepare()).status_code)
