"""The client without a cloud: whose credentials, which endpoint, and AWS's errors as ours."""

from __future__ import annotations

import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from botocore.exceptions import ClientError, NoCredentialsError
from urllib3.util import connection

from mayfly.clouds.aws import Aws, CloudError, Refused, functions, translated
from mayfly.errors import NotAllowed

KEYS = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "nobody-may-see-it"}


def answered(code: str, status: int = 400, **headers: str) -> ClientError:
    about: Any = {"HTTPStatusCode": status, "RequestId": "0F1E", "HTTPHeaders": headers}
    error: Any = {"Error": {"Code": code, "Message": "so it is"}, "ResponseMetadata": about}
    return ClientError(error, "Operation")


@pytest.mark.parametrize("code", ["AccessDenied", "AccessDeniedException", "403"])
def test_a_refusal_is_not_allowed_and_keeps_what_support_asks_for(code: str) -> None:
    with pytest.raises(NotAllowed) as told, translated("DeleteBucket x"):
        raise answered(code, 403)
    assert isinstance(told.value, Refused)
    assert (told.value.status, told.value.code, told.value.request_id) == (403, code, "0F1E")
    assert str(told.value) == f"DeleteBucket x: {code}: so it is [request 0F1E]"


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("NoSuchBucket", True),
        ("404", True),
        ("ResourceNotFoundException", True),
        ("InvalidResourceId", True),
        ("BucketNotEmpty", False),
    ],
)
def test_absence_is_told_by_the_code(code: str, absent: bool) -> None:
    with pytest.raises(CloudError) as told, translated("GetBucketTagging x"):
        raise answered(code, 404)
    assert told.value.tells_absence is absent
    assert not isinstance(told.value, NotAllowed)


@pytest.mark.parametrize("error", [answered("InvalidClientTokenId", 403), NoCredentialsError()])
def test_whom_aws_does_not_know_is_told_how_to_sign_in(error: Exception) -> None:
    """Not as a refusal: nobody has to change a permission."""
    with pytest.raises(CloudError, match="aws sso login") as told, translated("GetCallerIdentity"):
        raise error
    assert not isinstance(told.value, Refused)


def test_other_errors_pass() -> None:
    with pytest.raises(KeyError), translated("x"):
        raise KeyError("x")


def test_a_mapping_stands_for_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAANOTHER")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    given = {**KEYS, "AWS_ENDPOINT_URL": "https://127.0.0.1:1"}
    with Aws.from_environment(given, "eu-west-1") as cloud:
        client = cloud.client("s3")
        assert client.meta.endpoint_url == "https://127.0.0.1:1"
        assert client.meta.region_name == "eu-west-1"
        assert "AKIAEXAMPLE" in client.generate_presigned_url("list_buckets")
        assert cloud.client("s3") is client
        assert KEYS["AWS_SECRET_ACCESS_KEY"] not in repr(cloud)


def test_nobody_answering_is_told() -> None:
    given = {**KEYS, "AWS_ENDPOINT_URL": "https://127.0.0.1:1"}
    with Aws.from_environment(given, "eu-west-1") as cloud:
        wrong = pytest.raises(CloudError, match="EndpointConnectionError")
        with cloud.invoker(1.0) as client, wrong as told, translated("Invoke x"):
            client.invoke(FunctionName="x")
    assert told.value.status == 0


def test_what_the_sdk_signs_in_by_is_a_service_too() -> None:
    """As `aws sso login` leaves it; and a kind of thing may be of any service."""
    with Aws.from_environment(KEYS, "eu-west-1") as cloud:
        make: Any = cloud.client
        assert {make(name).meta.service_model.service_name for name in ("sso", "sns")} == {"sso", "sns"}
        with pytest.raises(CloudError, match="nothing-of-it"):
            make("nothing-of-it")


def test_a_profile_that_is_not_there_is_told() -> None:
    cloud = Aws.from_environment({"AWS_PROFILE": "not-there"}, "eu-west-1")
    with pytest.raises(CloudError, match="ProfileNotFound"):
        cloud.client("s3")


@pytest.mark.parametrize(
    ("code", "kind", "absent"),
    [
        ("ForbiddenException", Refused, False),  # Resource Groups
        ("UnauthorizedException", Refused, False),
        ("NotAuthorized", Refused, False),
        ("InvalidResourceId", CloudError, True),  # Systems Manager, of a parameter that is not there
        ("NoSuchTagSetError", CloudError, True),
        ("DeleteConflict", CloudError, False),
    ],
)
def test_a_services_own_code_is_a_refusal_or_tells_absence(
    code: str, kind: type[CloudError], absent: bool
) -> None:
    with pytest.raises(CloudError) as told, translated("GetGroup mayfly-qa-1"):
        raise ClientError({"Error": {"Code": code, "Message": "no"}}, "GetGroup")
    assert (type(told.value), told.value.tells_absence) == (kind, absent)


def test_a_call_that_is_silent_for_minutes_keeps_its_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Asked of the socket itself, while the call runs."""
    seen: list[tuple[int, int]] = []
    connect: Any = connection.create_connection

    def watched(*arguments: Any, **more: Any) -> Any:
        made = connect(*arguments, **more)
        alive = made.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        seen.append((alive, made.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE)))
        return made

    monkeypatch.setattr(connection, "create_connection", watched)
    with ThreadingHTTPServer(("127.0.0.1", 0), Silent) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        given = {**KEYS, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}"}
        with Aws.from_environment(given, "eu-west-1") as cloud:
            assert functions.invoke(cloud, "f", {}).payload == {"in": "the end"}
        server.shutdown()
    assert seen == [(1, 60)]


class Silent(BaseHTTPRequestHandler):
    """Answers an invocation."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("x-amzn-RequestId", "0F1E")
        self.end_headers()
        self.wfile.write(b'{"in": "the end"}')

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing."""
