"""What would give a role more, or make and change what is not its own: IAM, functions, other services."""

from __future__ import annotations

from typing import Any

from mayfly.proof.aws.calls import UNKNOWN, Call, Role, Undo, unmade


def on_own_role(name: str, role: Role) -> list[Call]:
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


def on_boundary(role: Role) -> list[Call]:
    """What would change the boundary for every role of the account."""
    of = {"PolicyArn": role.boundary}
    gone: Undo = ("delete_policy_version", of, {"VersionId": "PolicyVersion.VersionId"})
    return [
        Call("change it", "create_policy_version", {**of, **_MALFORMED}, gone),
        Call("set its version", "set_default_policy_version", {**of, "VersionId": "v999999"}),
        Call("delete a version", "delete_policy_version", {**of, "VersionId": "v999999"}),
    ]


def in_account(name: str, role: Role) -> dict[str, list[Call]]:
    """By service, what makes or changes something. All of it has the canary's name."""
    function, new, trust = {"FunctionName": name}, {"RoleName": name}, {"AssumeRolePolicyDocument": UNKNOWN}
    policy: Undo = ("delete_policy", {}, {"PolicyArn": "Policy.Arn"})
    user, another = {"UserName": name}, {"RoleArn": f"{role.arn}x"}
    schedule = {
        "Name": name,
        "ScheduleExpression": UNKNOWN,
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": role.arn, "RoleArn": role.arn},
    }
    code = {"Role": role.arn, "Runtime": "python3.12", "Handler": "a.b", "Code": {"ZipFile": UNKNOWN}}
    return {
        "s3": [Call("create a bucket", "create_bucket", _here(name, role), unmade("bucket", "Bucket", name))],
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


def _here(name: str, role: Role) -> dict[str, Any]:
    """A bucket in the role's own region: S3 refuses another one before it asks for the permission.

    Source: "CreateBucket" of the S3 API Reference, LocationConstraint; us-east-1 is named by none.
    """
    if role.region == "us-east-1":
        return {"Bucket": name}
    return {"Bucket": name, "CreateBucketConfiguration": {"LocationConstraint": role.region}}
