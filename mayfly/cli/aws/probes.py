"""What an environment's execution role may and may not do, as one table: operation, arguments, expected.

No probe can harm what exists. What is written has a name that nothing else has, and is taken away again
should it be let through; what is deleted or changed is absent; what has no name of its own, such as the
policy of a bucket, is sent a content that AWS does not take. AWS asks for the permission first: each is
answered AccessDenied, or else with what is wrong with it, which counts as a permission that is too many.
Left out is what is safe in no form: DeleteBucketPolicy and DeleteBucketWebsite. Nothing is called here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Arguments = Mapping[str, Any]
Undo = tuple[str, Arguments, Mapping[str, str]]
"""An operation, its arguments, and those that are taken from the answer of what it undoes."""

WRONG_MD5 = "AAAAAAAAAAAAAAAAAAAAAA=="
"""Of no content that we send: S3 answers BadDigest to who may."""

UNKNOWN = "canary"
"""Where a known word is asked for: S3 answers that it is malformed to who may."""


@dataclass(frozen=True)
class Bucket:
    """A bucket, or what of it is under a prefix. store: what the variable group calls it, or whose it is."""

    store: str
    bucket: str
    prefix: str = ""

    def __str__(self) -> str:
        return f"{self.store} (s3://{self.bucket}/{self.prefix})"


@dataclass(frozen=True)
class Role:
    """The role that the probes run as, and what it must not change.

    boundary: ARN of the account's boundary. held: of the one that the role has, "" for none. trust: who may
    take it, as JSON.
    """

    name: str
    arn: str
    account: str
    boundary: str
    held: str
    trust: str


@dataclass(frozen=True)
class Probe:
    """One call. allowed: what is expected. accepted: codes that show the permission as well as success does.

    undo: calls that take back what should not have succeeded; `take` names what they need of its answer.
    only_if_filled: a listing that has to show something, or the call is not made.
    """

    name: str
    what: str
    where: str
    service: str
    operation: str
    arguments: Arguments
    allowed: bool
    accepted: tuple[str, ...] = ()
    undo: tuple[Mapping[str, Any], ...] = ()
    only_if_filled: Arguments | None = None

    @property
    def expected(self) -> str:
        """In words."""
        return "allowed" if self.allowed else "refused"

    def document(self) -> dict[str, Any]:
        """The call as the canary takes it."""
        keys = ("name", "service", "operation", "arguments", "undo", "only_if_filled")
        return {key: getattr(self, key) for key in keys}


@dataclass(frozen=True)
class Call:
    """A row of the tables below. filled: a listing that has to show something, or it is not made."""

    what: str
    operation: str
    arguments: Arguments = field(default_factory=dict)
    undo: Undo | None = None
    filled: Arguments | None = None


def table(
    name: str,
    role: Role,
    own: Bucket,
    sinks: Sequence[Bucket],
    sources: Sequence[Bucket],
    others: Iterable[Bucket],
) -> list[Probe]:
    """All probes, in the order in which they are made.

    name: the canary's own, which everything it could make carries. own: the environment's bucket.
    others: those of other environments.
    """
    made = [probe for number, sink in enumerate(sinks) for probe in _sink(f"sink{number}", name, sink)]
    ends = [probe for probe in made if probe.operation == "delete_object"]
    first = sinks[0] if sinks else own
    return [
        *(probe for probe in made if probe not in ends),
        *_all("source", sources, lambda label, store: _source(label, name, store, first)),
        *_all("other", others, lambda label, store: _other(label, name, store)),
        *_refused("own", "s3", str(own), [*_bucket_calls(own.bucket), _delete_bucket(first)]),
        *_elsewhere(name, role),
        *ends,
    ]


def _all(label: str, stores: Iterable[Bucket], make: Any) -> Iterator[Probe]:
    for number, store in enumerate(stores):
        yield from make(f"{label}{number}", store)


def _sink(label: str, name: str, sink: Bucket) -> Iterator[Probe]:
    """An object is written, read, listed and deleted again, which comes whatever became of the others."""
    target = _object(sink, name)
    undo = (_undo("s3", "abort_multipart_upload", target, {"UploadId": "UploadId"}),)
    calls = (
        ("write an object", "put_object", {**target, "Body": name}, ()),
        ("read an object", "get_object", target, ()),
        ("list objects", "list_objects_v2", _listing(sink), ()),
        ("begin an upload, end it", "create_multipart_upload", target, undo),
        ("delete an object", "delete_object", target, ()),
    )
    for what, operation, arguments, back in calls:
        named = f"{label}-{operation}"
        yield Probe(named, what, str(sink), "s3", operation, arguments, True, undo=back)


def _source(label: str, name: str, store: Bucket, sink: Bucket) -> Iterator[Probe]:
    """Reads, which are allowed, and every kind of write."""
    target = _object(store, name)
    copy = Call(
        "copy an object into it",
        "copy_object",
        {**target, "CopySource": {"Bucket": sink.bucket, "Key": f"{sink.prefix}{name}"}},
        _gone(target, "VersionId"),
    )
    reads = (
        ("list objects", "list_objects_v2", _listing(store)),
        ("read an object", "get_object", target),
    )
    for what, operation, arguments in reads:
        accepted = ("NoSuchKey",) if operation == "get_object" else ()
        named = f"{label}-{operation}"
        yield Probe(named, what, str(store), "s3", operation, arguments, True, accepted)
    yield from _refused(label, "s3", str(store), [copy, *_object_writes(target, name)])
    yield from _refused(label, "s3", str(store), [*_bucket_calls(store.bucket), _delete_bucket(store)])


def _other(label: str, name: str, store: Bucket) -> Iterator[Probe]:
    """Another environment's sink: neither read nor written."""
    target = _object(store, name)
    reads = [
        Call("list objects", "list_objects_v2", _listing(store)),
        Call("read an object", "get_object", target),
    ]
    yield from _refused(label, "s3", str(store), [*reads, *_object_writes(target, name)])
    yield from _refused(label, "s3", str(store), _bucket_calls(store.bucket))


def _object_writes(target: Arguments, name: str) -> list[Call]:
    """Each on an object that is not there. Source: "Actions defined by Amazon S3", access level Write."""
    upload = {**target, "UploadId": name}
    version, null = _gone(target, "VersionId"), {**target, "VersionId": "null"}
    tags = {"Tagging": {"TagSet": [{"Key": name, "Value": name}]}}
    retention = {"Retention": {"Mode": "GOVERNANCE", "RetainUntilDate": "2000-01-01T00:00:00Z"}}
    bulk = {"Bucket": target["Bucket"], "Delete": {"Objects": [{"Key": target["Key"]}]}}
    started = ("abort_multipart_upload", target, {"UploadId": "UploadId"})
    return [
        Call("write an object", "put_object", {**target, "Body": name}, version),
        Call("begin an upload", "create_multipart_upload", target, started),
        Call("upload a part", "upload_part", {**upload, "PartNumber": 1, "Body": name}),
        Call("complete an upload", "complete_multipart_upload", {**upload, "MultipartUpload": _parts()}),
        Call("abort an upload", "abort_multipart_upload", upload),
        Call("tag an object", "put_object_tagging", {**target, **tags}),
        Call("untag an object", "delete_object_tagging", target),
        Call("set an object's ACL", "put_object_acl", {**target, "ACL": "private"}),
        Call("retain an object", "put_object_retention", {**target, **retention}),
        Call("hold an object", "put_object_legal_hold", {**target, "LegalHold": {"Status": "OFF"}}),
        Call("restore an object", "restore_object", {**target, "RestoreRequest": {"Days": 1}}),
        Call("delete an object", "delete_object", target, version),
        Call("delete a version", "delete_object", null),
        Call("delete objects", "delete_objects", bulk, _gone(target, "Deleted.0.DeleteMarkerVersionId")),
    ]


def _bucket_calls(bucket: str) -> list[Call]:
    """On a bucket itself. Source: "Actions defined by Amazon S3", resource type bucket."""
    of, wrong = {"Bucket": bucket}, {"Bucket": bucket, "ContentMD5": WRONG_MD5}
    rule = {"ID": UNKNOWN, "Status": UNKNOWN, "Filter": {"Prefix": UNKNOWN}, "Expiration": {"Days": 0}}
    lifecycle = {"LifecycleConfiguration": {"Rules": [rule]}}
    versioning = {"VersioningConfiguration": {"Status": UNKNOWN}}
    ownership = {"OwnershipControls": {"Rules": [{"ObjectOwnership": UNKNOWN}]}}
    return [
        Call("set the policy", "put_bucket_policy", {**wrong, "Policy": UNKNOWN}),
        Call("set the ACL", "put_bucket_acl", {**wrong, "ACL": UNKNOWN}),
        Call("set a lifecycle", "put_bucket_lifecycle_configuration", {**of, **lifecycle}),
        Call("set versioning", "put_bucket_versioning", {**wrong, **versioning}),
        Call("set ownership", "put_bucket_ownership_controls", {**wrong, **ownership}),
    ]  # fmt: skip


def _delete_bucket(store: Bucket) -> Call:
    """S3 deletes none that holds something, whoever asks: of one that is empty it is not asked."""
    return Call("delete the bucket", "delete_bucket", {"Bucket": store.bucket}, filled=_listing(store))


def _elsewhere(name: str, role: Role) -> Iterator[Probe]:
    """IAM, other roles, functions, and services that the role has nothing to do with."""
    account = f"the account {role.account}"
    yield from _refused("iam", "iam", f"its role {role.name}", _on_own_role(name, role))
    yield from _refused("iam", "iam", f"the boundary {role.boundary}", _on_boundary(role))
    for service, calls in _in_account(name, role).items():
        yield from _refused(service, service, account, calls)


def _on_own_role(name: str, role: Role) -> list[Call]:
    """What would give it more. Policies are absent, documents malformed; and all that can be is put back."""
    of, absent = {"RoleName": role.name}, f"arn:aws:iam::{role.account}:policy/{name}"
    inline, attached = {**of, "PolicyName": name}, {**of, "PolicyArn": absent}
    without: Undo = ("delete_role_permissions_boundary", of, {})
    back: Undo = ("put_role_permissions_boundary", {**of, "PermissionsBoundary": role.held}, {})
    before = back if role.held else without
    trust: Undo = ("update_assume_role_policy", {**of, "PolicyDocument": role.trust}, {})
    return [
        Call("remove the boundary", *without[:2], before),
        Call("set another boundary", back[0], {**of, "PermissionsBoundary": absent}, before),
        Call(
            "write a policy", "put_role_policy", {**inline, **_MALFORMED}, ("delete_role_policy", inline, {})
        ),
        Call("delete a policy", "delete_role_policy", inline),
        Call("attach a policy", "attach_role_policy", attached, ("detach_role_policy", attached, {})),
        Call("change who may take it", trust[0], {**of, **_MALFORMED}, trust),
        Call("untag it", "untag_role", {**of, "TagKeys": [name]}),
    ]


_MALFORMED = {"PolicyDocument": UNKNOWN}


def _on_boundary(role: Role) -> list[Call]:
    of = {"PolicyArn": role.boundary}
    gone: Undo = ("delete_policy_version", of, {"VersionId": "PolicyVersion.VersionId"})
    return [
        Call("change it", "create_policy_version", {**of, **_MALFORMED}, gone),
        Call("set its version", "set_default_policy_version", {**of, "VersionId": "v999999"}),
        Call("delete a version", "delete_policy_version", {**of, "VersionId": "v999999"}),
    ]


def _in_account(name: str, role: Role) -> dict[str, list[Call]]:
    """By service, what makes or changes something. All of it has the canary's name."""
    function, new, trust = {"FunctionName": name}, {"RoleName": name}, {"AssumeRolePolicyDocument": UNKNOWN}
    policy: Undo = ("delete_policy", {}, {"PolicyArn": "Policy.Arn"})
    bucket, user, another = {"Bucket": name}, {"UserName": name}, {"RoleArn": f"{role.arn}x"}
    wrong, table = {UNKNOWN: UNKNOWN}, {"TableName": name, "BillingMode": "PAY_PER_REQUEST", **_wrong_key()}
    schedule = {
        "Name": name,
        "ScheduleExpression": UNKNOWN,
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": role.arn, "RoleArn": role.arn},
    }
    code = {"Role": role.arn, "Runtime": "python3.12", "Handler": "a.b", "Code": {"ZipFile": UNKNOWN}}
    return {
        "s3": [Call("create a bucket", "create_bucket", bucket, _made("bucket", "Bucket", name))],
        "iam": [
            Call("create a role", "create_role", {**new, **trust}, _made("role", "RoleName", name)),
            Call("create a policy", "create_policy", {"PolicyName": name, **_MALFORMED}, policy),
            Call("create a user", "create_user", user, _made("user", "UserName", name)),
            Call("create an access key", "create_access_key", user),
        ],
        "sts": [Call("take another role", "assume_role", {**another, "RoleSessionName": name})],
        "lambda": [
            Call("create a function", "create_function", {**function, **code}),
            Call("change a function's code", "update_function_code", {**function, "ZipFile": UNKNOWN}),
            Call("change a function", "update_function_configuration", {**function, "Timeout": 3}),
            Call("invoke a function", "invoke", {**function, "InvocationType": "DryRun"}),
            Call("delete a function", "delete_function", function),
        ],
        "logs": [Call("delete a log group", "delete_log_group", {"logGroupName": name})],
        "scheduler": [Call("create a schedule", "create_schedule", schedule)],
        "ssm": [Call("delete a parameter", "delete_parameter", {"Name": name})],
        "dynamodb": [Call("create a table", "create_table", table)],
        "sqs": [Call("create a queue", "create_queue", {"QueueName": name, "Attributes": wrong})],
    }  # fmt: skip


def _refused(label: str, service: str, where: str, calls: Iterable[Call]) -> Iterator[Probe]:
    """Rows of a table as probes; no two have one name, since what is tried on one thing differs in words."""
    for call in calls:
        named = f"{label}-{call.operation}-{call.what.replace(' ', '-')}"
        undo = (_undo(service, *call.undo),) if call.undo else ()
        yield Probe(
            named, call.what, where, service, call.operation, call.arguments, False,
            undo=undo, only_if_filled=call.filled,
        )  # fmt: skip


def _undo(service: str, operation: str, arguments: Arguments, take: Mapping[str, str]) -> dict[str, Any]:
    return {"service": service, "operation": operation, "arguments": arguments, "take": take}


def _made(kind: str, parameter: str, name: str) -> Undo:
    """Deletes what has been made under this name."""
    return f"delete_{kind}", {parameter: name}, {}


def _gone(target: Arguments, path: str) -> Undo:
    """Takes an object away: the very version, where the bucket keeps versions."""
    return "delete_object", target, {"VersionId": path}


def _object(store: Bucket, name: str) -> dict[str, Any]:
    return {"Bucket": store.bucket, "Key": f"{store.prefix}{name}"}


def _listing(store: Bucket) -> dict[str, Any]:
    return {"Bucket": store.bucket, "Prefix": store.prefix, "MaxKeys": 1}


def _wrong_key() -> dict[str, Any]:
    """A table's key that its attributes do not define: DynamoDB makes none."""
    schema = [{"AttributeName": "key", "KeyType": "HASH"}]
    return {"KeySchema": schema, "AttributeDefinitions": [{"AttributeName": "other", "AttributeType": "S"}]}


def _parts() -> dict[str, Any]:
    return {"Parts": [{"PartNumber": 1, "ETag": UNKNOWN}]}
