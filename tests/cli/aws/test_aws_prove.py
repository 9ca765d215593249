"""The proof on the local AWS: as the deployer, with the execution role, in Lambda."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.aws import policies
from mayfly import naming, registry
from mayfly.cli.output import Output
from mayfly.clouds.aws import functions
from mayfly.errors import BadInput
from mayfly.proof import canaries
from mayfly.proof.aws import canary, environments, prove, roles
from mayfly.proof.verdict import Outcome, Proof, Row
from mayfly.settings import EnvironmentSettings
from tests.cli.aws.world import LAKE, World

pytestmark = pytest.mark.usefixtures("as_the_deployer")


@pytest.fixture(scope="module")
def environment(world: World) -> EnvironmentSettings:
    """The one that is proved, with a neighbour."""
    world.build("awsqa-8")
    return world.build("awsqa-7")


def proved(environment: EnvironmentSettings, patience: float = 0.0) -> Proof:
    return registry.of("aws").prove(environment, patience, Output().line)


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
    assert "delete the bucket" in {row.what for row in refused if row.where.startswith("own")}
    assert left(world) == before
    (source,) = proof.sources
    assert (source.name, source.known_from) == ("lake", ("a role's policy", "the variable group"))
    assert ("start with a variable", "allowed") in {(row.what, row.got) for row in proof.rows}


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
        assert {(row.where.split()[0].rpartition(":")[2], row.what) for row in found} == {
            (f"role/mayfly/awsqa-7/{role}", "has in its policy more"),
        }
        assert {row.outcome for row in found} == {Outcome.NO}
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
        place = environments.deployed(cloud, environment)
        found = [row for row in roles.rows(environment, place.roles, place.boundary) if not row.ok]
        assert [(row.what, row.got) for row in found] == [("has attached policies", arn)]
    finally:
        world.owner.client("iam").detach_role_policy(RoleName=role, PolicyArn=arn)


def test_a_role_that_becomes_effective_late_and_may_do_too_much_is_not_taken_for_isolation(
    world: World, environment: EnvironmentSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What must be refused is asked when what is allowed works: before, everything is refused."""
    before, role = left(world), naming.aws.names(environment).role
    iam = world.owner.client("iam")
    boundary = iam.get_role(RoleName=role)["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"]
    policy = json.dumps(iam.get_role_policy(RoleName=role, PolicyName="mayfly")["PolicyDocument"])
    invoke = functions.invoke
    asked: list[set[str]] = []

    def late(cloud: Any, name: str, event: Any, timeout: float) -> functions.Invocation:
        if asked:
            world.policy(role, {"Effect": "Allow", "Action": "*", "Resource": "*"})
        asked.append({probe["operation"] for probe in event["probes"]})
        return invoke(cloud, name, event, timeout)

    monkeypatch.setattr(functions, "invoke", late)
    iam.delete_role_policy(RoleName=role, PolicyName="mayfly")
    iam.delete_role_permissions_boundary(RoleName=role)
    try:
        found = proved(environment, patience=60.0).rows
    finally:
        iam.put_role_permissions_boundary(RoleName=role, PermissionsBoundary=boundary)
        iam.put_role_policy(RoleName=role, PolicyName="mayfly", PolicyDocument=policy)
        iam.delete_role_policy(RoleName=role, PolicyName="more")
    wrong = {(row.what, row.got) for row in found if row.outcome is Outcome.NO}
    assert {("create a user", "ALLOWED"), ("create a bucket", "ALLOWED")} <= wrong
    assert ["create_user" in operations for operations in asked] == [False, False, True]
    assert left(world) == before


def test_where_what_is_allowed_never_works_a_refusal_shows_nothing(
    world: World, environment: EnvironmentSettings
) -> None:
    role, iam = naming.aws.names(environment).role, world.owner.client("iam")
    policy = json.dumps(iam.get_role_policy(RoleName=role, PolicyName="mayfly")["PolicyDocument"])
    iam.delete_role_policy(RoleName=role, PolicyName="mayfly")
    try:
        found = proved(environment).rows
    finally:
        iam.put_role_policy(RoleName=role, PolicyName="mayfly", PolicyDocument=policy)
    refused = [row for row in found if row.expected == "refused"]
    assert len(refused) > 60
    assert {row.outcome for row in refused} == {Outcome.NOT_SHOWN}
    allowed = {row.outcome for row in found if row.expected == "allowed" and row.where != "Lambda"}
    assert allowed == {Outcome.NO}


def test_a_branch_that_leaves_a_source_out_still_sees_it_judged(
    world: World, environment: EnvironmentSettings
) -> None:
    """By the policy of the role, which names what it reads."""
    variables = environment.variables.model_copy(update={"sources": {}})
    silent = environment.model_copy(update={"variables": variables})
    known = prove.sources(silent, environments.deployed(world.deployer, silent))
    ((source, known_from),) = known.items()
    assert (str(source), known_from) == (f"{LAKE} (s3://{LAKE}/flights/)", ["a role's policy"])
    place = environments.deployed(world.deployer, silent)
    tried = {probe.what for probe in prove.table(silent, place, known) if LAKE in probe.where}
    assert {"list objects", "write an object", "set the policy"} <= tried


def judged(world: World, environment: EnvironmentSettings, **changed: Any) -> dict[str, Outcome]:
    """Of a further role under the environment's path, by its rows: what each shows."""
    name, iam = "stranger", world.owner.client("iam")
    boundary = naming.aws.boundary_arn(environment.aws.account)
    tags: list[Any] = [
        {"Key": key, "Value": value} for key, value in naming.aws.identity("mayfly", "awsqa-7").items()
    ]
    iam.create_role(
        RoleName=name,
        Path=naming.aws.iam_path(environment.name),
        **{
            "PermissionsBoundary": boundary,
            "AssumeRolePolicyDocument": policies.trust(policies.LAMBDA),
            "Tags": tags,
            **{key: value for key, value in changed.items() if key != "policy"},
        },
    )
    try:
        if "policy" in changed:
            world.policy(name, changed["policy"])
        place = environments.deployed(world.deployer, environment)
        rows = roles.rows(environment, place.roles, place.boundary)
        assert all(row.ok for row in rows if row.who != f"the role {name}")
        return {row.what: row.outcome for row in rows if row.who == f"the role {name}" and not row.ok}
    finally:
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            iam.delete_role_policy(RoleName=name, PolicyName=policy)
        iam.delete_role(RoleName=name)


def test_every_role_under_the_path_is_judged_its_trust_included(
    world: World, environment: EnvironmentSettings
) -> None:
    """A further one that is as it should be is not shown: nobody has tried it."""
    stranger = policies.trust(policies.LAMBDA).replace(
        '{"Service": "lambda.amazonaws.com"}', '{"AWS": "arn:aws:iam::999999999999:root"}'
    )
    own = {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::mf--awsqa-7--x/*"}
    writes = {**own, "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{LAKE}/*"}
    tried = {"is tried": Outcome.NOT_SHOWN}
    assert judged(world, environment, policy=own) == tried
    assert judged(world, environment, policy=writes) == {**tried, "has in its policy more": Outcome.NO}
    assert judged(world, environment, AssumeRolePolicyDocument=stranger) == {
        **tried,
        "is taken by": Outcome.NO,
    }


def test_a_canary_that_a_killed_prove_left_goes(
    world: World, environment: EnvironmentSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    role = environments.deployed(world.deployer, environment).role["Arn"]
    with monkeypatch.context() as patched:
        patched.setattr(canary, "_remove", lambda *_: None)
        patched.setattr(canaries, "stamp", lambda: "0000000100000000")
        with canary.temporary_function(world.deployer, environment, role) as old:
            pass
    assert old in left(world)["functions"]
    made = world.owner.client("lambda").get_function_configuration(FunctionName=old)
    assert made["Environment"]["Variables"] == {canary.VARIABLE: "0000000100000000"}
    with canary.temporary_function(world.deployer, environment, role) as young:
        assert old not in left(world)["functions"]
    assert young not in left(world)["functions"]


def test_an_environment_that_is_not_there(world: World) -> None:
    from mayfly import settings
    from tests.cli.aws.world import ROOT

    with pytest.raises(BadInput, match="'awsqa-9' is not deployed"):
        proved(settings.load(ROOT, "awsqa-9", {}))
