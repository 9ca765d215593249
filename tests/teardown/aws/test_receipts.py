"""A teardown on AWS from the first call to the receipt, whole, against a scripted AWS."""

from __future__ import annotations

import json
from typing import Any

import pytest

from localcloud import ACCOUNT, REGION
from mayfly.clouds.aws import CloudError
from mayfly.clouds.aws.owner import Owner, marked
from mayfly.clouds.thing import Thing
from mayfly.errors import Busy, NotAllowed
from mayfly.teardown import TeardownTarget
from mayfly.teardown.aws import Teardown, production, teardown
from mayfly.teardown.aws.production import Principal
from mayfly.teardown.aws.sweep import KEPT, Sweep, sweep
from mayfly.teardown.aws.teardown import is_own
from mayfly.teardown.receipt import Grants
from mayfly.teardown.stack import CLAIMED, Claim
from tests.support.aws_script import Answer, Arguments, Script
from tests.teardown.aws.test_kinds import OTHERS, OURS, OWNER, ROLE, pairs, role
from tests.teardown.world import FakeStack

LOGS, BUCKETS = OWNER.arn("logs", "log-group:"), "arn:aws:s3:::"
GROUP = OWNER.arn("resource-groups", "group/mayfly-awsqa-7")
TOPIC = OWNER.arn("sns", "topic")
MARKS = {"managed-by": "mayfly", **OURS}
TAGS = {
    **MARKS,
    "mayfly-repository": "https://git.example/platform",
    "mayfly-commit": "c0ffee",
    "mayfly-workload-repository": "https://git.example/flights",
}


class Account(Script):
    """An account with log groups of the environment's names, its role, its group, and a source's policy.

    log_groups: tags by name.
    """

    def __init__(self, log_groups: dict[str, dict[str, str]], **answers: Any) -> None:
        self.log_groups, self.roles = dict(log_groups), ["flights"]
        self.group: dict[str, str] | None = dict(TAGS)
        super().__init__(
            **{
                "ListSchedules": {"Schedules": []},
                "ListFunctions": {"Functions": []},
                "ListLayers": {"Layers": []},
                "ListBuckets": {},
                "DescribeParameters": {"Parameters": []},
                "GetDatabases": {"DatabaseList": []},
                "ListPolicies": {"Policies": []},
                "GetResources": {"ResourceTagMappingList": [{"ResourceARN": TOPIC}]},
                "DescribeLogGroups": self._log_groups,
                "ListTagsForResource": self._tags,
                "DeleteLogGroup": self._delete_log_group,
                "ListRoles": lambda _: {"Roles": [role(name) for name in self.roles]},
                "ListRoleTags": lambda _: {"Tags": pairs(OURS)} if self.roles else "NoSuchEntity",
                "ListRolePolicies": {"PolicyNames": []},
                "ListAttachedRolePolicies": {"AttachedPolicies": []},
                "ListInstanceProfilesForRole": {"InstanceProfiles": []},
                "DeleteRole": self._delete_role,
                "GetGroup": lambda _: self._group({"Group": {"GroupArn": GROUP, "Name": "x"}}),
                "GetTags": lambda _: self._group({"Tags": self.group}),
                "DeleteGroup": self._delete_group,
                "GetBucketPolicy": {"Policy": json.dumps({"Statement": []})},
                **answers,
            }
        )

    def _log_groups(self, _: Arguments) -> Answer:
        return {"logGroups": [{"logGroupName": name} for name in self.log_groups]}

    def _tags(self, arguments: Arguments) -> Answer:
        tags = self.log_groups.get(arguments["resourceArn"].removeprefix(LOGS))
        return "ResourceNotFoundException" if tags is None else {"tags": tags}

    def _delete_log_group(self, arguments: Arguments) -> Answer:
        del self.log_groups[arguments["logGroupName"]]
        return {}

    def _delete_role(self, arguments: Arguments) -> Answer:
        self.roles.remove(arguments["RoleName"])
        return {}

    def _group(self, answer: Answer) -> Answer:
        return "NotFoundException" if self.group is None else answer

    def _delete_group(self, _: Arguments) -> Answer:
        self.group = None
        return {}

    def teardown(self, stack: FakeStack, said: list[str], **request: Any) -> Teardown:
        asked: dict[str, Any] = {"sources": ("arn:aws:s3:::lake/flights/",), **request}
        wanted = TeardownTarget("awsqa-7", "mayfly", "aws", (ACCOUNT, REGION), "mayfly-awsqa-7", **asked)
        return Teardown(self, stack, wanted, said.append, lambda _: None)


def told(receipt: Any) -> dict[str, Any]:
    """A receipt without its times."""
    document: dict[str, Any] = receipt.model_dump(exclude={"started", "ended", "seconds"})
    assert receipt.started <= receipt.ended
    return document


def thing(id: str, type: str, detail: str) -> dict[str, str]:
    return {"id": id, "type": type, "detail": detail}


def log_group(name: str) -> dict[str, str]:
    return thing(LOGS + name, "AWS::Logs::LogGroup", name)


OF_ROLE = thing(ROLE, "AWS::IAM::Role", "flights")
OF_GROUP = thing(GROUP, "AWS::ResourceGroups::Group", "mayfly-awsqa-7")
OWN = "/mayfly/awsqa-7/flights"
COMMON = {
    "schema_version": 1,
    "environment": "awsqa-7",
    "repository": "https://git.example/platform",
    "commit": "c0ffee",
    "workload_repository": "https://git.example/flights",
    "workload_commit": None,
    "known_from": ("tags", "settings"),
    "forgotten": (),
    "looked_for_others": "",
    "caveats": (),
    "reserved": (),
}
GRANTS = {
    "scopes": ("arn:aws:s3:::lake",),
    "principals": (ROLE,),
    "by_principal": 0,
    "by_description": 0,
    "given": False,
}
KINDLESS = (
    f"{TOPIC} carries the environment's tags and is of a kind that is not removed; it may be gone already"
)


def test_the_receipt_of_a_whole_teardown() -> None:
    """What went, a neighbour of another project, and something of a kind that nobody knows."""
    theirs = f"{OWN}-theirs"
    cloud, said = Account({OWN: {}, theirs: {"managed-by": "mayfly", **OTHERS}}), list[str]()
    stack = FakeStack(state=(Claim("aws:cloudwatch/logGroup:LogGroup", OWN, "logs"),))
    assert told(cloud.teardown(stack, said).run()) == {
        **COMMON,
        "was": (log_group(OWN), OF_ROLE, OF_GROUP),
        "gone": (log_group(OWN), OF_ROLE, OF_GROUP),
        "remains": (),
        "production_grants": GRANTS,
        "stack_removed": True,
        "problems": (
            KINDLESS,
            f"{LOGS}{theirs} carries the marker of awsqa-7 of the project 'other', and is left alone",
        ),
        "complete": True,
    }
    assert stack.removed
    assert said == ["looking for awsqa-7", "removing the stack awsqa-7"]
    assert cloud.asked("GetBucketPolicy") == [{"Bucket": "lake"}]
    assert cloud.asked("ListRoles")[0] == {"PathPrefix": "/mayfly/awsqa-7/"}


def test_the_receipt_of_one_that_leaves_something() -> None:
    """The record stays, and the stack, and what was not removed says why."""
    cloud = Account({OWN: {}}, DeleteLogGroup="AccessDenied")
    stack = FakeStack(state=())
    assert told(cloud.teardown(stack, []).run()) == {
        **COMMON,
        "was": (log_group(OWN), OF_ROLE, OF_GROUP),
        "gone": (OF_ROLE,),
        "remains": (
            {"thing": log_group(OWN), "why": f"remove {LOGS}{OWN}: AccessDenied: no"},
            {
                "thing": OF_GROUP,
                "why": KEPT,
            },
        ),
        "production_grants": GRANTS,
        "stack_removed": False,
        "problems": (KINDLESS,),
        "complete": False,
    }
    assert not stack.removed
    assert len(cloud.asked("DeleteLogGroup")) == 1  # Refused, it would be so again.


def test_the_receipt_of_one_whose_state_names_more() -> None:
    claims = (Claim("aws:s3/bucket:Bucket", "lake", "more"), Claim("aws:iam/role:Role", "awsqa-7-x", "own"))
    stack = FakeStack(state=claims)
    found = told(Account({}).teardown(stack, [], sources=None).run())
    assert (found["known_from"], found["stack_removed"], stack.removed) == (("tags",), False, False)
    lake = thing("lake", "aws:s3/bucket:Bucket", "more")
    assert found["remains"][0] == {"thing": lake, "why": CLAIMED}
    assert found["remains"][1]["thing"] == thing("awsqa-7", "pulumi:pulumi:Stack", "")
    assert len(found["remains"]) == 2
    assert found["production_grants"] == {
        **GRANTS, "scopes": (), "by_principal": None, "by_description": None,
    }  # fmt: skip
    dropped = told(Account({}).teardown(stack, [], forget=True).run())
    assert (dropped["forgotten"], dropped["stack_removed"], dropped["complete"]) == ((lake,), True, True)


def test_nothing_is_touched_while_somebody_works_on_the_stack() -> None:
    def busy() -> None:
        raise Busy("somebody")

    cloud = Account({OWN: {}})
    with pytest.raises(Busy):
        cloud.teardown(FakeStack(state=(), settles=busy), []).run()
    assert not any(operation.startswith("Delete") for operation, _ in cloud.calls)


def test_nothing_is_touched_in_another_account() -> None:
    cloud = Account({OWN: {}}, GetCallerIdentity={"Account": "999999999999"})
    with pytest.raises(NotAllowed, match="signed in to the account 999999999999"):
        cloud.teardown(FakeStack(), []).run()
    assert [operation for operation, _ in cloud.calls] == ["GetCallerIdentity"]


def swept(log_groups: dict[str, dict[str, str]]) -> Any:
    return sweep(Account(log_groups), "mayfly", "awsqa-7", lambda _: None, lambda _: None)


def test_strangers_are_left_neighbours_or_nobodys_business() -> None:
    """A log group's name is no other environment's, whatever its marker says."""
    marks = {"managed-by": "mayfly", "mayfly-project": "other"}
    found = swept(
        {
            "/mayfly/awsqa-7/a": {"mayfly-project": "other"},
            "/mayfly/awsqa-7/b": {**marks, "mayfly-env": "awsqa-7"},
            "/mayfly/awsqa-7/c": {**marks, "mayfly-env": "awsqa-7-b"},
        }
    )
    assert [(one.thing.detail, one.why) for one in found.left] == [
        (
            "/mayfly/awsqa-7/a",
            "it has a name of awsqa-7's, carries no marker of ours, and is left for its owner to remove",
        ),
        (
            "/mayfly/awsqa-7/c",
            "it has a name of awsqa-7's, carries the marker of awsqa-7-b of the project 'other', "
            "and is left for its owner to remove",
        ),
    ]
    assert found.neighbours == (
        f"{LOGS}/mayfly/awsqa-7/b carries the marker of awsqa-7 of the project 'other', and is left alone",
    )
    assert (found.remains, found.unknown) == ((), (TOPIC,))


def functions(**tags: dict[str, str]) -> dict[str, Any]:
    """Answers of Lambda for functions of these names, all run as a role of nobody's."""
    named = {name.replace("_", "-"): value for name, value in tags.items()}
    foreign = f"arn:aws:iam::{ACCOUNT}:role/foreign"
    return {
        "ListFunctions": {"Functions": [{"FunctionName": name, "Role": foreign} for name in named]},
        "GetFunction": lambda asked: {
            "Configuration": {"Role": foreign}, "Tags": named[asked["FunctionName"]],
        },
    }  # fmt: skip


def test_a_longer_environments_function_is_nobodys_business_where_its_name_is_one_of_its() -> None:
    theirs = {**MARKS, "mayfly-env": "awsqa-7-b"}
    cloud = Account(
        {}, **functions(awsqa_7_b_x=theirs, awsqa_7_cx=theirs, awsqa_7_d={"mayfly-env": "awsqa-7-d"})
    )
    found = sweep(cloud, "mayfly", "awsqa-7", lambda _: None, lambda _: None)
    assert [one.thing.detail for one in found.left] == ["awsqa-7-cx", "awsqa-7-d"]
    assert found.neighbours == ()


def test_a_role_of_another_project_under_the_path_is_left() -> None:
    cloud = Account({}, ListRoleTags={"Tags": pairs({"managed-by": "mayfly", **OTHERS})})
    found = sweep(cloud, "mayfly", "awsqa-7", lambda _: None, lambda _: None)
    assert [one.thing.detail for one in found.left] == ["flights"]
    assert found.neighbours == ()


def test_the_group_of_another_project_is_a_neighbour_and_the_record_kind_is_asked_too() -> None:
    cloud = Account({})
    cloud.group = {"managed-by": "mayfly", **OTHERS}
    found = sweep(cloud, "mayfly", "awsqa-7", lambda _: None, lambda _: None)
    assert found.neighbours == (
        f"{GROUP} carries the marker of awsqa-7 of the project 'other', and is left alone",
    )


def test_what_the_tagging_api_names_no_more_is_not_unknown() -> None:
    """And what it cannot tell the second time is told among what remains the next time."""
    answers: list[Any] = [
        {"ResourceTagMappingList": [{"ResourceARN": TOPIC}]},
        {"ResourceTagMappingList": []},
    ]
    cloud = Account({}, GetResources=lambda _: answers.pop(0))
    assert sweep(cloud, "mayfly", "awsqa-7", lambda _: None, lambda _: None).unknown == ()
    answers = [{"ResourceTagMappingList": [{"ResourceARN": TOPIC}]}, "ThrottlingException"]
    assert sweep(cloud, "mayfly", "awsqa-7", lambda _: None, lambda _: None).unknown == ()


def test_known_things_are_no_unknown_ones() -> None:
    arns = [LOGS + OWN, GROUP, TOPIC, OWNER.arn("sns", "another")]
    listed = {"ResourceTagMappingList": [{"ResourceARN": arn} for arn in arns]}
    cloud = Account({OWN: {}}, GetResources=listed)
    found = sweep(cloud, "mayfly", "awsqa-7", lambda _: None, lambda _: None)
    assert found.unknown == (OWNER.arn("sns", "another"), TOPIC)


def test_what_was_looked_at_is_not_listed_once_more() -> None:
    cloud = Account({OWN: {}})
    under_way = Sweep(cloud, "mayfly", "awsqa-7", lambda _: None, lambda _: None)
    assert [one.detail for one in under_way.look()] == [OWN, "flights", "mayfly-awsqa-7"]
    assert under_way.run().remains == ()
    # Once looked at, once for the verification of the things.
    assert len(cloud.asked("DescribeLogGroups")) == 2
    cloud.log_groups[OWN] = {}
    assert under_way.run().remains == ()
    assert cloud.log_groups == {}


def test_what_waits_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A role that IAM goes on showing, and one's own pause between the questions."""
    said, pauses = list[str](), list[float]()
    cloud = Account({}, DeleteRole={})
    cloud.group = None

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            cloud.roles.clear()

    assert sweep(cloud, "mayfly", "awsqa-7", said.append, pause).remains == ()
    assert pauses == [1, 2, 4]
    assert said == [f"waiting until the cloud shows it gone: flights, {seconds} s" for seconds in (0, 1, 3)]
    assert len(cloud.asked("DeleteRole")) == 1


def checked(tags: dict[str, str] | None, *found: Thing, environment: str = "awsqa-7") -> Any:
    cloud = Account({})
    cloud.group = tags
    answer = teardown.check(cloud, Owner("mayfly", environment, ACCOUNT, REGION), found)
    assert cloud.asked("GetGroup") == [{"Group": f"mayfly-{environment}"}]
    return answer


def test_whose_the_group_is_decides() -> None:
    own = Thing(id=LOGS + OWN, type="x")
    assert checked(None) == {}
    assert checked(TAGS) == TAGS
    assert checked({"managed-by": "mayfly", **OTHERS}, own) == {}
    with pytest.raises(NotAllowed) as refused:
        checked({"managed-by": "mayfly", **OTHERS})
    assert str(refused.value) == (
        f"awsqa-7 is left alone: {GROUP} carries the marker of awsqa-7 of the project 'other'"
    )
    permanent = {**MARKS, "mayfly-env": "prod", "mayfly-fabric": "prod"}
    with pytest.raises(NotAllowed) as refused:
        checked(permanent, own, environment="prod")
    assert str(refused.value) == f"prod is permanent, as the tags of {GROUP} say"
    assert checked({**permanent, "mayfly-project": "other"}, own, environment="prod") == {}


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ({}, "carries no marker of ours"),
        ({"managed-by": "mayfly"}, "carries no marker of ours"),
        ({"mayfly-env": "qa-1"}, "carries no marker of ours"),
        ({"managed-by": "mayfly", "mayfly-env": "qa-1"},
         "carries the marker of qa-1 of the project 'no project'"),
        ({**MARKS}, "carries the marker of awsqa-7 of the project 'mayfly'"),
    ],
)  # fmt: skip
def test_whose_marker_in_words(tags: dict[str, str], words: str) -> None:
    assert marked(tags) == words


@pytest.mark.parametrize(
    ("tags", "anothers"),
    [
        (MARKS, False),
        ({**MARKS, "mayfly-env": "awsqa-8"}, True),
        ({**MARKS, "mayfly-project": "other"}, True),
        ({**MARKS, "managed-by": "hand", "mayfly-env": "awsqa-8"}, False),
        ({"managed-by": "mayfly", "mayfly-env": "awsqa-8"}, False),
        ({"managed-by": "mayfly", "mayfly-project": "other"}, False),
    ],
)
def test_a_whole_marker_alone_is_anothers(tags: dict[str, str], anothers: bool) -> None:
    assert OWNER.is_anothers(tags) is anothers


def statement(principal: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": {"AWS": principal}, **more}


def proof(sources: tuple[str, ...] | None, **policies: Any) -> Grants:
    """policies: by bucket, statements, or the code of an error."""

    def answer(asked: Arguments) -> Answer:
        found = policies[asked["Bucket"]]
        return found if isinstance(found, str) else {"Policy": json.dumps(found)}

    cloud = Script(GetBucketPolicy=answer)
    return production.proof(
        cloud, "awsqa-7", sources, [Principal(ROLE, "AROA7"), Principal(f"{ROLE}2", "AROA8")]
    )


def test_statements_that_name_the_environment_are_counted() -> None:
    """By its roles' ARNs, by their ids once these are gone, and by its path."""
    found = proof(
        ("arn:aws:s3:::lake/flights/", "arn:aws:s3:::lake/delays/", "arn:aws:s3:::one", "arn:aws:s3:::bare"),
        lake={"Statement": [statement(ROLE), statement("AROA8"), statement("AROA70"), statement(f"{ROLE}3")]},
        one={"Statement": statement("*", Condition={"ArnLike": {"x": ":role/mayfly/awsqa-7/*"}})},
        bare={},
    )
    assert found == Grants(
        scopes=("arn:aws:s3:::bare", "arn:aws:s3:::lake", "arn:aws:s3:::one"),
        principals=(ROLE, f"{ROLE}2"),
        by_principal=2,
        by_description=3,
        given=False,
    )
    assert not found.none


@pytest.mark.parametrize(
    ("code", "count"),
    [("NoSuchBucketPolicy", 0), ("NoSuchBucket", 0), ("AccessDenied", None), ("MethodNotAllowed", None)],
)
def test_a_policy_that_is_not_there_names_nobody_and_one_that_is_closed_is_unknown(
    code: str, count: int | None
) -> None:
    found = proof(("arn:aws:s3:::lake", "arn:aws:s3:::open"), lake=code, open={"Statement": []})
    assert (found.by_principal, found.by_description, found.none) == (count, count, True)


def test_sources_that_nobody_knows_are_unknown_and_none_are_none() -> None:
    assert (proof(None).by_principal, proof(None).scopes) == (None, ())
    assert (proof(()).by_principal, proof(()).by_description) == (0, 0)


def test_the_principals_are_the_roles_that_are_its_own() -> None:
    cloud = Script(ListRoles={"Roles": [role("flights"), role("other")]})
    assert production.principals(cloud, "awsqa-7", {ROLE}) == (Principal(ROLE, "A" * 16),)
    assert cloud.asked("ListRoles") == [{"PathPrefix": "/mayfly/awsqa-7/"}]
    cloud.answers["ListRoles"] = "AccessDenied"
    with pytest.raises(CloudError, match=r"^list the roles of awsqa-7: AccessDenied: no$"):
        production.principals(cloud, "awsqa-7", ())


@pytest.mark.parametrize(
    ("type", "id", "own"),
    [
        ("aws:iam/role:Role", "awsqa-7-x", True),
        ("aws:iam/rolePolicy:RolePolicy", "awsqa-7-x:mayfly", True),
        ("aws:iam/role:Role", "awsqa-70-x", False),
        ("aws:iam/user:User", "awsqa-7-x", False),
        ("aws:iam/policy:Policy", f"arn:aws:iam::{ACCOUNT}:policy/mayfly/awsqa-7/x", True),
        ("aws:iam/policy:Policy", f"arn:aws:iam::{ACCOUNT}:policy/mayfly/awsqa-70/x", False),
        ("aws:iam/policyAttachment:P", f"arn:aws:iam::{ACCOUNT}:policy/mayfly/awsqa-7/x", False),
        ("aws:lambda/function:Function", "awsqa-7-x", True),
        ("aws:lambda/function:Function", "payroll", False),
        ("aws:lambda/function:Function", "seen", True),
        ("aws:rds/instance:Instance", "seen", False),
        ("aws:scheduler/schedule:Schedule", "default/awsqa-7-x", True),
        ("aws:scheduler/schedule:Schedule", "awsqa-7-x/payroll", False),
        ("aws:scheduler/scheduleGroup:ScheduleGroup", "awsqa-7-x", False),
        ("aws:cloudwatch/logGroup:LogGroup", "/mayfly/awsqa-7/x", True),
        ("aws:cloudwatch/logGroup:LogGroup", "/mayfly/awsqa-70/x", False),
        ("aws:ssm/parameter:Parameter", "/mayfly/awsqa-7/x", True),
        ("aws:ssm/parameter:Parameter", "/mayfly/awsqa-70/x", False),
        ("aws:resourcegroups/group:Group", "mayfly-awsqa-7", True),
        ("aws:resourcegroups/group:Group", "mayfly-awsqa-7-b", False),
        ("mayfly:aws:Group", f"{ACCOUNT}/{REGION}/awsqa-7", True),
        ("mayfly:aws:Group", f"{ACCOUNT}/{REGION}/awsqa-8", False),
        ("mayfly:aws:Group", f"999999999999/{REGION}/awsqa-7", False),
    ],
)  # fmt: skip
def test_which_claims_of_a_state_are_the_environments_own(type: str, id: str, own: bool) -> None:
    assert is_own(Claim(type, id, "one"), OWNER, {"seen"}) is own


@pytest.mark.parametrize("part", ["", ",123456789012", "/curated/a.csv"])
def test_a_bucket_and_its_parts_are_its_own_by_both_ends_of_the_name(part: str) -> None:
    from mayfly.naming import aws

    end = aws.bucket_hash("mayfly", "awsqa-7", ACCOUNT)
    for name, own in (
        (f"mf--awsqa-7--x-{end}", True),
        (f"mf--awsqa-8--x-{end}", False),
        ("mf--awsqa-7--x", False),
    ):
        assert is_own(Claim("aws:s3/bucket:Bucket", f"{name}{part}", "one"), OWNER, ()) is own


def test_every_kind_tells_and_waits_as_the_sweep_does() -> None:
    """Emptying a bucket takes minutes, tells how far it is, and can be cut short."""
    say, pause = list[str]().append, list[float]().append
    under_way = Sweep(Account({}), "mayfly", "awsqa-7", say, pause)
    kinds = [*(kind for step in under_way.steps for kind in step), under_way.record]
    given = (under_way.cloud, under_way.owner, under_way.tagged, say, pause)
    assert [(one.cloud, one.owner, one.tagged, one.say, one.pause) for one in kinds] == [given] * len(kinds)


def test_a_teardown_tells_what_it_waits_for_and_waits_as_it_is_told() -> None:
    said, pauses, cloud = list[str](), list[float](), Account({}, DeleteRole={})

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        cloud.roles.clear()

    under_way = cloud.teardown(FakeStack(), said)
    under_way.pause = pause
    assert under_way.run().complete
    assert pauses == [1]
    assert "waiting until the cloud shows it gone: flights, 0 s" in said


def test_the_group_of_another_project_does_not_keep_what_is_its_own() -> None:
    """And its tags say nothing of where this environment came from."""
    cloud = Account({OWN: {}})
    cloud.group = {"managed-by": "mayfly", **OTHERS, "mayfly-commit": "theirs"}
    receipt = cloud.teardown(FakeStack(), []).run()
    assert (receipt.complete, cloud.log_groups, receipt.commit) == (True, {}, None)
