"""The calls that an environment's role must not be able to make, each harmless, and how to undo one.

Each acts on something absent, or sends content that AWS rejects. Source: Service Authorization Reference,
"Actions defined by Amazon S3", access levels Write, Permissions management and Tagging.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Arguments = Mapping[str, Any]
Undo = tuple[str, Arguments, Mapping[str, str]]
"""An operation, its arguments, and further arguments taken from the answer of the call that it undoes."""

WRONG_MD5 = "AAAAAAAAAAAAAAAAAAAAAA=="
"""Fits no content that we send: S3 answers BadDigest."""

UNKNOWN = "canary"
"""Sent where S3 wants one of a few known words: S3 answers that it is malformed."""


@dataclass(frozen=True)
class Bucket:
    """A bucket, or a prefix of one. store: its name in the variable group, or its owner."""

    store: str
    bucket: str
    prefix: str = ""

    def __str__(self) -> str:
        return f"{self.store} (s3://{self.bucket}/{self.prefix})"


@dataclass(frozen=True)
class ProbedRole:
    """The role that the probes run as, with all that is needed to put it back as it was.

    region: the environment's. boundary: ARN of the account's boundary. held: ARN of the boundary that the
    role has, "" for none. trust: its trust policy, as JSON.
    """

    name: str
    arn: str
    account: str
    region: str
    boundary: str
    held: str
    trust: str


@dataclass(frozen=True)
class Call:
    """One call. filled: arguments of a listing; the call is made only if that shows an object."""

    what: str
    operation: str
    arguments: Arguments = field(default_factory=dict)
    undo: Undo | None = None
    filled: Arguments | None = None


@dataclass(frozen=True)
class ClonedDatabase:
    """A clone of production's tables. source: production's database. namespace: the clone's own."""

    entry: str
    source: str
    namespace: str


def unmade(thing: str, parameter: str, name: str) -> Undo:
    """Return the undo that deletes what was made under this name."""
    return f"delete_{thing}", {parameter: name}, {}


def gone(target: Arguments, path: str) -> Undo:
    """Return the undo that deletes an object: its very version, where the bucket keeps versions."""
    return "delete_object", target, {"VersionId": path}


def target_of(store: Bucket, name: str) -> dict[str, Any]:
    """Return the arguments that name an object under a store's prefix."""
    return {"Bucket": store.bucket, "Key": f"{store.prefix}{name}"}


def listing(store: Bucket) -> dict[str, Any]:
    """Return the arguments of ListObjectsV2 that show whether a store's prefix holds an object."""
    return {"Bucket": store.bucket, "Prefix": store.prefix, "MaxKeys": 1}


def object_writes(target: Arguments, name: str) -> list[Call]:
    """Return every kind of write on an object that does not exist."""
    upload = {**target, "UploadId": name}
    parts = {"Parts": [{"PartNumber": 1, "ETag": UNKNOWN}]}
    version, null = gone(target, "VersionId"), {**target, "VersionId": "null"}
    tags = {"Tagging": {"TagSet": [{"Key": name, "Value": name}]}}
    retention = {"Retention": {"Mode": "GOVERNANCE", "RetainUntilDate": "2000-01-01T00:00:00Z"}}
    bulk = {"Bucket": target["Bucket"], "Delete": {"Objects": [{"Key": target["Key"]}]}}
    started = ("abort_multipart_upload", target, {"UploadId": "UploadId"})
    return [
        Call("write an object", "put_object", {**target, "Body": name}, version),
        Call("begin an upload", "create_multipart_upload", target, started),
        Call("upload a part", "upload_part", {**upload, "PartNumber": 1, "Body": name}),
        Call("complete an upload", "complete_multipart_upload", {**upload, "MultipartUpload": parts}),
        Call("abort an upload", "abort_multipart_upload", upload),
        Call("tag an object", "put_object_tagging", {**target, **tags}),
        Call("untag an object", "delete_object_tagging", target),
        Call("set an object's ACL", "put_object_acl", {**target, "ACL": "private"}),
        Call("retain an object", "put_object_retention", {**target, **retention}),
        Call("hold an object", "put_object_legal_hold", {**target, "LegalHold": {"Status": "OFF"}}),
        Call("restore an object", "restore_object", {**target, "RestoreRequest": {"Days": 1}}),
        Call("delete an object", "delete_object", target, version),
        Call("delete a version", "delete_object", null),
        Call("delete objects", "delete_objects", bulk, gone(target, "Deleted.0.DeleteMarkerVersionId")),
    ]


def bucket_calls(bucket: str) -> list[Call]:
    """Return the writes on a bucket itself. Source: "Actions defined by Amazon S3", resource type bucket."""
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


def delete_bucket(store: Bucket) -> Call:
    """Return the deletion of a bucket, made only if it holds an object: S3 deletes no bucket that does."""
    return Call("delete the bucket", "delete_bucket", {"Bucket": store.bucket}, filled=listing(store))


def on_own_role(name: str, role: ProbedRole) -> list[Call]:
    """Return the calls that would give the role more rights. Policies are absent, documents malformed."""
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


def on_boundary(role: ProbedRole) -> list[Call]:
    """Return the calls that would change the boundary of all roles in the account."""
    of = {"PolicyArn": role.boundary}
    gone: Undo = ("delete_policy_version", of, {"VersionId": "PolicyVersion.VersionId"})
    return [
        Call("change it", "create_policy_version", {**of, **_MALFORMED}, gone),
        Call("set its version", "set_default_policy_version", {**of, "VersionId": "v999999"}),
        Call("delete a version", "delete_policy_version", {**of, "VersionId": "v999999"}),
    ]


def in_account(name: str, role: ProbedRole) -> dict[str, list[Call]]:
    """Return, by service, calls that make or change something under the canary's name."""
    function, new, trust = {"FunctionName": name}, {"RoleName": name}, {"AssumeRolePolicyDocument": UNKNOWN}
    policy: Undo = ("delete_policy", {}, {"PolicyArn": "Policy.Arn"})
    # S3 refuses another region than the role's own before it checks the permission. Source: "CreateBucket",
    # LocationConstraint; us-east-1 is named by none.
    here: dict[str, Any] = {"Bucket": name}
    if role.region != "us-east-1":
        here["CreateBucketConfiguration"] = {"LocationConstraint": role.region}
    user, another = {"UserName": name}, {"RoleArn": f"{role.arn}x"}
    schedule = {
        "Name": name,
        "ScheduleExpression": UNKNOWN,
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": role.arn, "RoleArn": role.arn},
    }
    code = {"Role": role.arn, "Runtime": "python3.12", "Handler": "a.b", "Code": {"ZipFile": UNKNOWN}}
    return {
        "s3": [Call("create a bucket", "create_bucket", here, unmade("bucket", "Bucket", name))],
        "iam": [
            Call("create a role", "create_role", {**new, **trust}, unmade("role", "RoleName", name)),
            Call("create a policy", "create_policy", {"PolicyName": name, **_MALFORMED}, policy),
            Call("create a user", "create_user", user, unmade("user", "UserName", name)),
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
    }  # fmt: skip
