"""Who may ask at all, and what everybody's requests leave in the log."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from functools import partial
from typing import Any

import pytest
from botocore import UNSIGNED
from botocore.config import Config

import localcloud
from localcloud import ACCOUNT, Running
from localcloud.aws import admin
from tests.localcloud.aws.conftest import HERE, Caller, code
from tests.support import raw_https

UNSIGNED_ONCE = Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1})


def ask(running: Running, path: str, method: str = "GET", **headers: str) -> tuple[int, str]:
    request = urllib.request.Request(f"{running.aws_url}{path}", method=method, headers=headers)
    try:
        trust = ssl.create_default_context(cafile=running.ca)
        with urllib.request.urlopen(request, context=trust) as answer:
            return int(answer.status), answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_the_owner_is_a_user_who_may_do_all(owner: Caller) -> None:
    assert owner.client("sts").get_caller_identity()["Arn"] == f"arn:aws:iam::{localcloud.ACCOUNT}:user/owner"
    assert code(owner.client("iam").list_users) == "ok"


@pytest.mark.parametrize("key", ["test", "123456789012", "AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE", "A"])
@pytest.mark.parametrize("service", ["s3", "iam", "lambda", "logs"])
def test_a_key_that_nobody_has(running: Running, key: str, service: str) -> None:
    """MiniStack alone takes the first two for the account's root."""
    client = Caller(running, key, "test").client(service)
    calls = {
        "s3": "list_buckets",
        "iam": "list_users",
        "lambda": "list_functions",
        "logs": "describe_log_groups",
    }
    assert code(getattr(client, calls[service])) in {
        "InvalidAccessKeyId", "InvalidClientTokenId", "UnrecognizedClientException", "AccessDenied",
        "MissingAuthenticationTokenException",
    }  # fmt: skip


def test_a_wrong_secret(running: Running, owner: Caller) -> None:
    forged = Caller(running, owner.key, "x" * 40)
    assert code(forged.client("s3").list_buckets) == "SignatureDoesNotMatch"
    assert code(forged.client("iam").list_users) == "SignatureDoesNotMatch"


def test_no_signature(running: Running, owner: Caller, name: str) -> None:
    owner.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration=HERE)
    anonymous = owner.client("s3", UNSIGNED_ONCE)
    assert code(lambda: anonymous.put_object(Bucket=name, Key="k", Body=b"")) == "AccessDenied"
    assert code(lambda: anonymous.list_objects_v2(Bucket=name)) == "AccessDenied"
    assert ask(running, "/", "POST", **{"X-Amz-Target": "Logs_20140328.DescribeLogGroups"})[0] == 403


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/_ministack/reset"),
        ("POST", "/_ministack/config"),
        ("GET", "/_ministack/health"),
        ("GET", "/health"),
        ("GET", "/_localstack/health"),
        ("GET", "/_mayfly/throttle"),
    ],
)
def test_administration_needs_the_token(running: Running, method: str, path: str) -> None:
    assert ask(running, path, method)[0] == 403


def test_another_name_for_this_machine(running: Running) -> None:
    """A page in a browser could reach us by a name of its own."""
    assert ask(running, "/", Host="evil.example:443")[0] == 501


def test_a_service_that_is_not_here(owner: Caller) -> None:
    assert code(owner.client("athena").list_work_groups) == "NotImplemented"


def test_a_sub_resource_that_is_not_here_is_nothing_else(owner: Caller, name: str) -> None:
    s3, bucket, none = owner.client("s3"), f"mf--awsqa-{name}--x", f"mf--awsqa-{name}--none"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=HERE)
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    asked = [
        lambda: s3.delete_bucket_metrics_configuration(Bucket=bucket, Id="x"),
        lambda: s3.delete_bucket_analytics_configuration(Bucket=bucket, Id="x"),
        lambda: s3.put_bucket_abac(Bucket=none, AbacStatus={"Status": "Enabled"}),
        lambda: s3.rename_object(Bucket=bucket, Key="k", RenameSource=f"{bucket}/none"),
        lambda: s3.get_object_torrent(Bucket=bucket, Key="k"),
    ]
    assert [code(call) for call in asked] == ["NotImplemented"] * len(asked)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    assert none not in [found["Name"] for found in s3.list_buckets()["Buckets"]]
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "BucketOwner"


def test_an_operation_cannot_pass_for_another(owner: Caller, deployer: Caller, name: str) -> None:
    """`?Action=` decides nothing on S3, and a target header neither."""
    bucket = f"mf--awsqa-{name}--x"
    owner.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration=HERE)
    s3 = deployer.client("s3")

    def disguise(request: Any, **_: Any) -> None:
        request.url += ("&" if "?" in request.url else "?") + "Action=GetObject"
        request.headers["X-Amz-Target"] = "AmazonS3.GetObject"

    s3.meta.events.register("before-sign.s3", disguise)
    assert code(lambda: s3.put_object(Bucket=bucket, Key="k", Body=b"x")) == "AccessDenied"


def test_the_log_has_who_asked_what(running: Running, owner: Caller, deployer: Caller, name: str) -> None:
    offset = localcloud.log(running.folder).offset
    s3 = owner.client("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration=HERE)
    s3.put_object(Bucket=name, Key="a/b", Body=b"12345")
    s3.list_objects_v2(Bucket=name)
    s3.delete_objects(Bucket=name, Delete={"Objects": [{"Key": "a/b"}]})
    upload = s3.create_multipart_upload(Bucket=name, Key="big")["UploadId"]
    s3.upload_part(Bucket=name, Key="big", UploadId=upload, PartNumber=1, Body=b"x")
    code(lambda: deployer.client("s3").head_bucket(Bucket=name))
    code(lambda: s3.head_bucket(Bucket=f"no-{name}"))
    s3.put_bucket_lifecycle_configuration(
        Bucket=name,
        LifecycleConfiguration={"Rules": [{"Status": "Enabled", "Filter": {}, "Expiration": {"Days": 1}}]},
    )
    owner.client("lambda").list_functions()
    owner.client("iam").list_roles()
    entries = localcloud.log(running.folder, offset).entries
    assert [(one["service"], one["operation"], one["principal"], one["status"]) for one in entries] == [
        ("s3", "CreateBucket", "owner", 200),
        ("s3", "PutObject", "owner", 200),
        ("s3", "ListObjectsV2", "owner", 200),
        ("s3", "DeleteObjects", "owner", 200),
        ("s3", "CreateMultipartUpload", "owner", 200),
        ("s3", "UploadPart", "owner", 200),
        ("s3", "HeadBucket", "deployer", 403),
        ("s3", "HeadBucket", "owner", 404),
        ("s3", "PutBucketLifecycleConfiguration", "owner", 200),
        ("lambda", "ListFunctions", "owner", 200),
        ("iam", "ListRoles", "owner", 200),
    ]
    assert all(one["request_id"] and one["time"].endswith("Z") for one in entries)
    assert "AKIA" not in json.dumps(entries)


def test_who_asks_too_often_is_told_so_in_the_services_own_words(running: Running, owner: Caller) -> None:
    s3, lambda_, iam = (owner.client(service) for service in ("s3", "lambda", "iam"))
    with admin.throttled(running, "s3", 2, ["ListBuckets"]), admin.throttled(running, "lambda", 1):
        assert [code(s3.list_buckets) for _ in range(4)].count("SlowDown") >= 1
        assert code(lambda: s3.head_bucket(Bucket="none-of-ours")) == "404"
        assert [code(lambda_.list_functions) for _ in range(3)].count("TooManyRequestsException") >= 1
        assert code(iam.list_roles) == "ok"
    assert [code(s3.list_buckets) for _ in range(4)] == ["ok"] * 4
    with admin.throttled(running, "iam", 1):
        assert [code(iam.list_roles) for _ in range(3)].count("ThrottlingException") >= 1


def test_a_client_that_is_throttled_gets_there_with_patience(running: Running, owner: Caller) -> None:
    patient = owner.client("s3", Config(retries={"mode": "standard", "total_max_attempts": 10}))
    with admin.throttled(running, "s3", 5):
        assert [code(patient.list_buckets) for _ in range(8)] == ["ok"] * 8


LIMIT = 64 << 10
SIGNED = "AWS4-HMAC-SHA256 Credential={}/20260101/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=0"


@pytest.mark.parametrize("key", ["", "AKIAIOSFODNN7EXAMPLE"], ids=["unsigned", "unknown"])
@pytest.mark.parametrize(
    ("parts", "length"),
    [([], 1 << 40), ([b"x" * LIMIT, b"x"], None), ([b"x" * (LIMIT + 1)], LIMIT + 2)],
    ids=["announced", "chunks", "one byte too many"],
)
def test_a_strangers_body_is_bounded(
    running: Running, key: str, parts: list[bytes], length: int | None
) -> None:
    """Answered although the body never ends: what is over the limit is not waited for, nor kept."""
    headers = {"Authorization": SIGNED.format(key)} if key else {}
    url, ca = str(running.aws_url), str(running.ca)
    assert raw_https.status(url, ca, "/bucket/key", parts, length, **headers) == 413


@pytest.mark.parametrize("key", ["", "AKIAIOSFODNN7EXAMPLE"], ids=["unsigned", "unknown"])
def test_a_strangers_small_body_is_read_to_its_end(running: Running, key: str) -> None:
    headers = {"Authorization": SIGNED.format(key)} if key else {}
    whole = [b"x" * LIMIT]
    assert raw_https.status(str(running.aws_url), str(running.ca), "/b/k", whole, LIMIT, **headers) in {
        400,
        403,
    }


def test_a_body_that_is_signed_may_be_large(owner: Caller, name: str) -> None:
    """The control: the same size, from somebody who is known."""
    s3 = owner.client("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration=HERE)
    s3.put_object(Bucket=name, Key="large", Body=b"x" * 10 * LIMIT)
    assert s3.head_object(Bucket=name, Key="large")["ContentLength"] == 10 * LIMIT


def test_a_bucket_of_another_account_than_expected_is_refused(owner: Caller, name: str) -> None:
    s3 = owner.client("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration=HERE)
    of = {"Bucket": name, "ExpectedBucketOwner": "999999999999"}
    assert code(lambda: s3.head_bucket(**of)) == "403"
    for call in (s3.list_object_versions, s3.get_bucket_location, s3.delete_bucket):
        assert code(partial(call, **of)) == "AccessDenied"
    assert code(lambda: s3.delete_bucket(Bucket=name, ExpectedBucketOwner=ACCOUNT)) == "ok"


def test_a_rule_of_ownership_that_there_is_none_of_is_refused(owner: Caller, name: str) -> None:
    """`prove` sends one: nothing of the bucket may change by it, whatever the caller may."""
    s3 = owner.client("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration=HERE)
    known: Any = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    unknown: Any = {"Rules": [{"ObjectOwnership": "canary"}]}
    put = partial(s3.put_bucket_ownership_controls, Bucket=name)
    assert code(lambda: put(OwnershipControls=known)) == "ok"
    assert code(lambda: put(OwnershipControls=unknown)) == "MalformedXML"
    assert s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"] == known
