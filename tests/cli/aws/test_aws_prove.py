"""The proof on the local AWS: as the deployer, with the execution role, in Lambda."""

from __future__ import annotations

from typing import Any

import pytest

from mayfly import naming
from mayfly.cli import canaries
from mayfly.cli.aws import canary, places, prove
from mayfly.cli.aws import role as role_
from mayfly.cli.clouds import Proof, Row
from mayfly.cli.output import Output
from mayfly.errors import BadInput
from mayfly.settings import EnvironmentSettings
from tests.cli.aws.world import LAKE, World


@pytest.fixture(scope="module")
def environment(world: World) -> EnvironmentSettings:
    """The one that is proved, with a neighbour."""
    world.build("awsqa-8")
    return world.build("awsqa-7")


def proved(environment: EnvironmentSettings) -> Proof:
    return prove.prove(environment, 0.0, Output())


def surprises(proof: Proof) -> list[Row]:
    return [row for row in proof.rows if not row.ok]


def left(world: World) -> dict[str, Any]:
    """All that a canary could have changed or made."""
    s3, iam = world.owner.client("s3"), world.owner.client("iam")
    buckets = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    versions = {name: s3.list_object_versions(Bucket=name).get("Versions", []) for name in buckets}
    return {
        "objects": {name: [item["Key"] for item in found] for name, found in versions.items()},
        "uploads": [s3.list_multipart_uploads(Bucket=name).get("Uploads", []) for name in buckets],
        "versioning": [s3.get_bucket_versioning(Bucket=name).get("Status") for name in buckets],
        "functions": [
            item["FunctionName"] for item in world.owner.client("lambda").list_functions()["Functions"]
        ],
        "logs": [
            item["logGroupName"] for item in world.owner.client("logs").describe_log_groups()["logGroups"]
        ],
        "users": [user["UserName"] for user in iam.list_users()["Users"]],
        "roles": {role["RoleName"]: role["AssumeRolePolicyDocument"] for role in iam.list_roles()["Roles"]},
        "policies": [
            (
                policy["Arn"],
                policy["DefaultVersionId"],
                len(iam.list_policy_versions(PolicyArn=policy["Arn"])),
            )
            for policy in iam.list_policies(Scope="Local")["Policies"]
        ],
    }


def test_an_isolated_environment_is_proved_and_nothing_is_left(
    world: World, environment: EnvironmentSettings
) -> None:
    before = left(world)
    proof = proved(environment)
    assert surprises(proof) == []
    refused = [row for row in proof.rows if row.expected == "refused"]
    assert len(refused) > 60
    assert {row.got for row in refused} <= {"AccessDenied", "AccessDeniedException"}
    assert {row.where.split()[0] for row in refused} >= {"lake", "awsqa-8", "own", "its", "the"}
    assert left(world) == before


def test_widened_step_by_step_the_proof_shows_it_and_what_was_let_through_is_taken_back(
    world: World, environment: EnvironmentSettings
) -> None:
    """Each of the three lines holds without the others: the role's policy, the boundary, production's own."""
    before, role = left(world), naming.aws.names(environment).role
    iam, s3 = world.owner.client("iam"), world.owner.client("s3")
    boundary = iam.get_role(RoleName=role)["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"]
    policy = s3.get_bucket_policy(Bucket=LAKE)["Policy"]
    try:
        world.policy(role, {"Effect": "Allow", "Action": "*", "Resource": "*"})
        found = surprises(proved(environment))
        assert {(row.where.split()[0], row.what) for row in found} == {
            ("awsqa-8", "list objects"),
            ("awsqa-8", "read an object"),
        }
        iam.delete_role_permissions_boundary(RoleName=role)
        found = surprises(proved(environment))
        assert not any(row.where.startswith("lake") for row in found)
        assert {row.what for row in found} >= {"has the boundary", "create a user", "write an object"}
        s3.delete_bucket_policy(Bucket=LAKE)
        found = surprises(proved(environment))
        assert {row.what for row in found if row.where.startswith("lake")} >= {
            "write an object",
            "copy an object into it",
            "begin an upload",
            "delete objects",
        }
        assert left(world) == before
    finally:
        iam.put_role_permissions_boundary(RoleName=role, PermissionsBoundary=boundary)
        iam.delete_role_policy(RoleName=role, PolicyName="more")
        s3.put_bucket_policy(Bucket=LAKE, Policy=policy)


def test_what_is_attached_to_the_role_is_told(world: World, environment: EnvironmentSettings) -> None:
    cloud, role = world.deployer, naming.aws.names(environment).role
    arn = "arn:aws:iam::aws:policy/AmazonS3FullAccess"
    world.owner.client("iam").attach_role_policy(RoleName=role, PolicyArn=arn)
    try:
        place = places.of(cloud, environment)
        found = [row for row in role_.rows(cloud, environment, place.role, place.boundary) if not row.ok]
        assert [(row.what, row.got) for row in found] == [("has attached policies", arn)]
    finally:
        world.owner.client("iam").detach_role_policy(RoleName=role, PolicyArn=arn)


def test_a_canary_that_a_killed_prove_left_goes(
    world: World, environment: EnvironmentSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    role = places.of(world.deployer, environment).role["Arn"]
    with monkeypatch.context() as patched:
        patched.setattr(canary, "_remove", lambda *_: None)
        patched.setattr(canaries, "stamp", lambda: "0000000100000000")
        with canary.made(world.deployer, environment, role) as old:
            pass
    assert old in left(world)["functions"]
    with canary.made(world.deployer, environment, role) as young:
        assert old not in left(world)["functions"]
    assert young not in left(world)["functions"]


def test_an_environment_that_is_not_there(world: World) -> None:
    from mayfly import settings
    from tests.cli.aws.world import ROOT

    with pytest.raises(BadInput, match="'awsqa-9' is not deployed"):
        proved(settings.load(ROOT, "awsqa-9", {}))
