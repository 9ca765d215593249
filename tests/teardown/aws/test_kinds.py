"""What a sweep asks of AWS about each kind, to the letter, and what it takes for the environment's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from localcloud import ACCOUNT, REGION
from mayfly.clouds.aws import CloudError, Refused
from mayfly.clouds.aws.kinds import RECORD, STEPS, Kind, buckets
from mayfly.clouds.aws.kinds.buckets import Buckets
from mayfly.clouds.aws.kinds.databases import Databases
from mayfly.clouds.aws.kinds.functions import Functions
from mayfly.clouds.aws.kinds.kind import Stranger
from mayfly.clouds.aws.kinds.layers import Layers
from mayfly.clouds.aws.kinds.log_groups import LogGroups
from mayfly.clouds.aws.kinds.parameters import Parameters
from mayfly.clouds.aws.kinds.policies import Policies
from mayfly.clouds.aws.kinds.resource_groups import ResourceGroups
from mayfly.clouds.aws.kinds.roles import Roles
from mayfly.clouds.aws.kinds.schedules import Schedules
from mayfly.clouds.aws.owner import Owner, Tagged
from mayfly.clouds.thing import Thing
from mayfly.naming import aws, clones
from tests.support.aws_script import Answer, Arguments, Given, Script

OWNER = Owner("mayfly", "awsqa-7", ACCOUNT, REGION)
OURS = {"mayfly-env": "awsqa-7", "mayfly-project": "mayfly"}
OTHERS = {"mayfly-env": "awsqa-7", "mayfly-project": "other"}
ROLE = f"arn:aws:iam::{ACCOUNT}:role/mayfly/awsqa-7/flights"
LATELY = datetime(2026, 1, 1, tzinfo=UTC)


def pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def made(kind: type[Kind], *tagged: str, **answers: Given) -> tuple[Kind, Script]:
    """A kind of the environment's things. tagged: ARNs that the tagging API names."""
    listed = {"ResourceTagMappingList": [{"ResourceARN": arn} for arn in tagged]}
    cloud = Script(GetResources=listed, **answers)
    return kind(cloud, OWNER, Tagged(cloud, OWNER), lambda _: None, lambda _: None), cloud


def by(name: str, answers: Mapping[str, Answer]) -> Given:
    """An answer by what an argument names."""
    return lambda arguments: answers[arguments[name]]


def looked(kind: Kind, cloud: Script) -> list[Any]:
    """What is found, by handle, what is strange, and what was asked of the service itself."""
    found = kind.find()
    assert found == [Thing(id=kind.arn(one.detail), type=kind.type, detail=one.detail) for one in found]
    return [
        [thing.detail for thing in found],
        [(one.thing.detail, one.tags) for one in kind.strangers],
        [call for call in cloud.calls if call[0] != "GetResources"],
    ]


def removed(kind: Kind, cloud: Script, handle: str) -> list[tuple[str, dict[str, Any]]]:
    """What was called to remove a thing, after it was asked once more whose it is."""
    cloud.calls.clear()
    kind.remove(Thing(id=kind.arn(handle), type=kind.type, detail=handle))
    return cloud.calls


def test_the_tagging_api_is_asked_once_for_both_tags() -> None:
    kind, cloud = made(ResourceGroups, GetGroup="NotFoundException")
    assert (kind.find(), kind.find()) == ([], [])
    filters = [{"Key": "mayfly-env", "Values": ["awsqa-7"]}, {"Key": "mayfly-project", "Values": ["mayfly"]}]
    assert cloud.asked("GetResources") == [{"TagFilters": filters}]


def test_buckets() -> None:
    """By prefix and by tags: whose it is, its tags tell, its name's hash, or nobody."""
    own = f"mf--awsqa-7--late-{aws.bucket_hash('mayfly', 'awsqa-7', ACCOUNT)}"
    answers: dict[str, Answer] = {
        "mf--awsqa-7--a": {"TagSet": pairs(OURS)},
        "mf--awsqa-7--closed": "AccessDenied",
        "mf--awsqa-7--gone": "NoSuchBucket",
        "mf--awsqa-7--other": {"TagSet": pairs(OTHERS)},
        "mf--awsqa-7--stash": "NoSuchTagSet",
        own: "NoSuchTagSetError",
        "elsewhere": {"TagSet": pairs(OURS)},
        "taken": {"TagSet": pairs(OTHERS)},
    }
    named = [name for name in answers if name.startswith("mf--")]

    def page(arguments: Arguments) -> Answer:
        if "ContinuationToken" in arguments:
            return {}
        return {"Buckets": [{"Name": name} for name in named], "ContinuationToken": "2"}

    kind, cloud = made(
        Buckets, "arn:aws:s3:::elsewhere", "arn:aws:s3:::taken", "arn:aws:sns:::x",
        ListBuckets=page, GetBucketTagging=by("Bucket", answers), ListObjectVersions={},
        ListMultipartUploads={}, DeleteBucket={},
    )  # fmt: skip
    found, strange, calls = looked(kind, cloud)
    assert found == ["elsewhere", "mf--awsqa-7--a", "mf--awsqa-7--closed", own]
    assert strange == [("mf--awsqa-7--other", OTHERS), ("mf--awsqa-7--stash", {})]
    assert calls[0] == ("ListBuckets", {"Prefix": "mf--awsqa-7--"})
    whose = {"ExpectedBucketOwner": ACCOUNT}
    asked = sorted(cloud.asked("GetBucketTagging"), key=lambda one: str(one["Bucket"]))
    assert asked == [{"Bucket": name, **whose} for name in sorted(answers)]
    calls = removed(kind, cloud, "elsewhere")
    assert calls[0] == ("GetBucketTagging", {"Bucket": "elsewhere", **whose})
    assert calls[-1] == ("DeleteBucket", {"Bucket": "elsewhere", **whose})
    assert {name for name, _ in calls[1:-1]} == {"ListObjectVersions", "ListMultipartUploads"}
    assert removed(kind, cloud, "taken") == [("GetBucketTagging", {"Bucket": "taken", **whose})]


def function(role: str, tags: Mapping[str, str]) -> Answer:
    return {"Configuration": {"Role": role}, "Tags": tags} if tags else {"Configuration": {"Role": role}}


def test_functions() -> None:
    """By name, role and tags; one without tags is told by its role, whose own tags may speak against it."""
    foreign = f"arn:aws:iam::{ACCOUNT}:role/foreign"
    late, sold = f"{ROLE}-late", f"{ROLE}-sold"
    answers: dict[str, Answer] = {
        "awsqa-7-a": function(foreign, OURS),
        "awsqa-7-b": function(foreign, {}),
        "awsqa-7-half": function(foreign, {"mayfly-env": "awsqa-7"}),
        "awsqa-7-gone": "ResourceNotFoundException",
        "copy": function(late, {}),
        "others-copy": function(late, OTHERS),
        "sold": function(sold, {}),
        "tagged": function(foreign, OURS),
    }
    roles: dict[str, Answer] = {"flights-late": "NoSuchEntity", "flights-sold": {"Tags": pairs(OTHERS)}}
    listed = [
        {
            "FunctionName": name,
            "Role": answer["Configuration"]["Role"] if isinstance(answer, dict) else foreign,
        }
        for name, answer in answers.items()
        if name != "tagged"
    ]
    kind, cloud = made(
        Functions, OWNER.arn("lambda", "function:tagged:3"), OWNER.arn("logs", "log-group:x"),
        ListFunctions={"Functions": [*listed, {"FunctionName": "payroll", "Role": foreign}]},
        GetFunction=by("FunctionName", answers), ListRoleTags=by("RoleName", roles),
        ListEventSourceMappings={"EventSourceMappings": [{"UUID": "1" * 36}, {"UUID": "2" * 36}]},
        DeleteEventSourceMapping={}, DeleteFunction={},
    )  # fmt: skip
    found, strange, _ = looked(kind, cloud)
    assert found == ["awsqa-7-a", "copy", "tagged"]
    assert strange == [
        ("awsqa-7-b", {}),
        ("awsqa-7-half", {"mayfly-env": "awsqa-7"}),
        ("others-copy", OTHERS),
        ("sold", OTHERS),
    ]
    assert cloud.asked("ListFunctions") == [{}]
    assert {one["RoleName"] for one in cloud.asked("ListRoleTags")} == {*roles}
    assert removed(kind, cloud, "tagged") == [
        ("GetFunction", {"FunctionName": "tagged"}),
        ("ListEventSourceMappings", {"FunctionName": "tagged"}),
        ("DeleteEventSourceMapping", {"UUID": "1" * 36}),
        ("DeleteEventSourceMapping", {"UUID": "2" * 36}),
        ("DeleteFunction", {"FunctionName": "tagged"}),
    ]
    assert kind.is_name_of("awsqa-7-b", "awsqa-7-b-flights")
    assert not kind.is_name_of("awsqa-7-b", "awsqa-7-bc")


def test_a_role_that_may_not_be_asked_hides_no_function() -> None:
    kind, _ = made(
        Functions,
        ListFunctions={"Functions": [{"FunctionName": "copy", "Role": ROLE}]},
        GetFunction=function(ROLE, {}),
        ListRoleTags="AccessDenied",
    )
    assert [one.detail for one in kind.find()] == ["copy"]
    with pytest.raises(Refused, match=f"^read the tags of {kind.arn('copy')}: AccessDenied: no$"):
        kind.exists(Thing(id=kind.arn("copy"), type=kind.type))


def test_log_groups() -> None:
    own, other, far = (
        f"{start}/flights" for start in ("/mayfly/awsqa-7", "/mayfly/awsqa-7/o", "/aws/lambda")
    )
    answers: dict[str, Answer] = {
        OWNER.arn("logs", f"log-group:{own}"): {"tags": {}},
        OWNER.arn("logs", f"log-group:{other}"): {"tags": OTHERS},
        OWNER.arn("logs", f"log-group:{far}"): {"tags": OURS},
    }
    kind, cloud = made(
        LogGroups, OWNER.arn("logs", f"log-group:{far}:*"),
        DescribeLogGroups={"logGroups": [{"logGroupName": own}, {"logGroupName": other}]},
        ListTagsForResource=by("resourceArn", answers), DeleteLogGroup={},
    )  # fmt: skip
    found, strange, calls = looked(kind, cloud)
    assert (found, strange) == ([far, own], [(other, OTHERS)])
    assert calls[0] == ("DescribeLogGroups", {"logGroupNamePrefix": "/mayfly/awsqa-7/"})
    assert removed(kind, cloud, far) == [
        ("ListTagsForResource", {"resourceArn": OWNER.arn("logs", f"log-group:{far}")}),
        ("DeleteLogGroup", {"logGroupName": far}),
    ]
    assert kind.handle(OWNER.arn("lambda", "function:x")) is None


def test_parameters() -> None:
    """The path's own need no tags; one at the top has no slash before its name."""
    own, other = "/mayfly/awsqa-7/infrastructure", "/mayfly/awsqa-7/others"
    answers: dict[str, Answer] = {own: {}, other: {}, "top": {}, "/a/b": "ParameterNotFound"}
    tags: dict[str, Answer] = {
        own: {"TagList": []},
        other: {"TagList": pairs(OTHERS)},
        "top": {"TagList": pairs(OURS)},
    }
    kind, cloud = made(
        Parameters, OWNER.arn("ssm", "parameter/top"), OWNER.arn("ssm", "parameter/a/b"),
        OWNER.arn("ssm", "parameters/x"),
        DescribeParameters={"Parameters": [{"Name": own}, {"Name": other}]},
        GetParameter=by("Name", answers), ListTagsForResource=by("ResourceId", tags), DeleteParameter={},
    )  # fmt: skip
    found, strange, calls = looked(kind, cloud)
    assert (found, strange) == ([own, "top"], [(other, OTHERS)])
    below = [{"Key": "Path", "Option": "Recursive", "Values": ["/mayfly/awsqa-7"]}]
    assert calls[0] == ("DescribeParameters", {"ParameterFilters": below})
    assert removed(kind, cloud, own) == [
        ("GetParameter", {"Name": own}),
        ("ListTagsForResource", {"ResourceType": "Parameter", "ResourceId": own}),
        ("DeleteParameter", {"Name": own}),
    ]
    assert [kind.arn(handle) for handle in (own, "top")] == [
        OWNER.arn("ssm", "parameter/mayfly/awsqa-7/infrastructure"),
        OWNER.arn("ssm", "parameter/top"),
    ]
    assert not kind.is_named("/mayfly/awsqa-70/x")


def test_databases() -> None:
    """By prefix: whose it is, its parameters tell, or its name's hash. Its tables go first, and no file."""
    own = clones.namespace("mayfly", "awsqa-7", ACCOUNT, "sales")
    others = clones.namespace("other", "awsqa-7", ACCOUNT, "sales")
    longer = clones.namespace("mayfly", "awsqa-7-b", ACCOUNT, "sales")
    answers: dict[str, Answer] = {
        own: {"Database": {"Name": own}},
        others: {"Database": {"Name": others, "Parameters": OTHERS}},
    }
    kind, cloud = made(
        Databases,
        GetDatabases={"DatabaseList": [{"Name": name} for name in (own, others, longer, "lake")]},
        GetDatabase=by("Name", answers), BatchDeleteTable={}, DeleteDatabase={},
        GetTables={"TableList": [{"Name": f"t{number}"} for number in range(101)]},
    )  # fmt: skip
    found, strange, calls = looked(kind, cloud)
    assert (found, strange) == ([own], [(others, OTHERS)])
    assert calls[0] == ("GetDatabases", {})
    names = [f"t{number}" for number in range(101)]
    assert removed(kind, cloud, own) == [
        ("GetDatabase", {"Name": own}),
        ("GetTables", {"DatabaseName": own}),
        ("BatchDeleteTable", {"DatabaseName": own, "TablesToDelete": names[:100]}),
        ("BatchDeleteTable", {"DatabaseName": own, "TablesToDelete": names[100:]}),
        ("DeleteDatabase", {"Name": own}),
    ]
    assert Databases.is_own_id(f"glue://{ACCOUNT}/{own}", OWNER)
    assert not Databases.is_own_id(f"glue://{ACCOUNT}/{others}", OWNER)
    assert not Databases.is_own_id(f"glue://{ACCOUNT}/lake", OWNER)


def test_who_may_not_ask_glue_made_no_clones_unless_the_groups_tags_say_so() -> None:
    group = {"GroupArn": "arn:aws:resource-groups:x:g/x", "Name": "x"}
    for tags, is_told in (({}, False), ({"mayfly-clone-sales": "iceberg glue://1"}, True)):
        kind, _ = made(
            Databases, GetDatabases="AccessDeniedException", GetGroup={"Group": group}, GetTags={"Tags": tags}
        )
        if is_told:
            with pytest.raises(Refused, match=r"^list databases"):
                kind.find()
        else:
            assert kind.find() == ()


def test_policies() -> None:
    """Whatever lies under the path, older versions first; one that is attached elsewhere stays."""
    start = f"arn:aws:iam::{ACCOUNT}:policy/mayfly/awsqa-7/"
    answers: dict[str, Answer] = {
        f"{start}a": {"Policy": {}},
        f"{start}other": {"Policy": {"Tags": pairs(OTHERS)}},
    }
    versions = [{"VersionId": f"v{n}", "IsDefaultVersion": n == 3} for n in (1, 2, 3)]
    kind, cloud = made(
        Policies, aws.boundary_arn(ACCOUNT),
        ListPolicies={"Policies": [{"Arn": arn} for arn in answers]}, GetPolicy=by("PolicyArn", answers),
        ListPolicyVersions={"Versions": versions}, DeletePolicyVersion={}, DeletePolicy={},
    )  # fmt: skip
    found, strange, calls = looked(kind, cloud)
    assert (found, strange) == ([f"{start}a"], [(f"{start}other", OTHERS)])
    assert calls[0] == ("ListPolicies", {"Scope": "Local", "PathPrefix": "/mayfly/awsqa-7/"})
    assert removed(kind, cloud, f"{start}a") == [
        ("GetPolicy", {"PolicyArn": f"{start}a"}),
        ("ListPolicyVersions", {"PolicyArn": f"{start}a"}),
        ("DeletePolicyVersion", {"PolicyArn": f"{start}a", "VersionId": "v1"}),
        ("DeletePolicyVersion", {"PolicyArn": f"{start}a", "VersionId": "v2"}),
        ("DeletePolicy", {"PolicyArn": f"{start}a"}),
    ]
    cloud.answers["DeletePolicy"] = "DeleteConflict"
    with pytest.raises(CloudError, match=f"^remove {start}a: DeleteConflict: no$"):
        removed(kind, cloud, f"{start}a")


def test_the_resource_group() -> None:
    """By its one name, or by the ARN with an id that newer ones have."""
    arn = OWNER.arn("resource-groups", "group/mayfly-awsqa-7/0abc")
    kind, cloud = made(
        ResourceGroups, arn, OWNER.arn("ssm", "parameter/x"),
        GetGroup={"Group": {"GroupArn": arn, "Name": "mayfly-awsqa-7"}}, GetTags={"Tags": OURS},
        DeleteGroup={},
    )  # fmt: skip
    found, strange, calls = looked(kind, cloud)
    asked = [("GetGroup", {"Group": "mayfly-awsqa-7"}), ("GetTags", {"Arn": arn})]
    assert (found, strange, calls) == (["mayfly-awsqa-7"], [], asked)
    assert removed(kind, cloud, "mayfly-awsqa-7") == [*asked, ("DeleteGroup", {"Group": "mayfly-awsqa-7"})]
    assert not kind.is_named("mayfly-awsqa-7")


def role(name: str) -> dict[str, Any]:
    arn = f"arn:aws:iam::{ACCOUNT}:role/mayfly/awsqa-7/{name}"
    return {
        "Path": "/mayfly/awsqa-7/",
        "RoleName": name,
        "RoleId": "A" * 16,
        "Arn": arn,
        "CreateDate": LATELY,
    }


def test_roles() -> None:
    """Whatever lies under the path; policies of both kinds and instance profiles are taken from it first."""
    profile = {"InstanceProfileName": "p", "Path": "/", "InstanceProfileId": "A" * 16, "CreateDate": LATELY}
    profile |= {"Arn": f"arn:aws:iam::{ACCOUNT}:instance-profile/p", "Roles": []}
    tags: dict[str, Answer] = {"flights": {"Tags": []}, "other": {"Tags": pairs(OTHERS)}}
    kind, cloud = made(
        Roles, f"arn:aws:iam::{ACCOUNT}:role/elsewhere",
        ListRoles={"Roles": [role("flights"), role("other")]}, ListRoleTags=by("RoleName", tags),
        ListRolePolicies={"PolicyNames": ["a", "b"]}, DeleteRolePolicy={}, DetachRolePolicy={},
        ListAttachedRolePolicies={"AttachedPolicies": [{"PolicyArn": "arn:aws:iam::aws:policy/P"}]},
        ListInstanceProfilesForRole={"InstanceProfiles": [profile]}, RemoveRoleFromInstanceProfile={},
        DeleteRole={},
    )  # fmt: skip
    found, strange, calls = looked(kind, cloud)
    assert (found, strange) == (["flights"], [("other", OTHERS)])
    assert calls[0] == ("ListRoles", {"PathPrefix": "/mayfly/awsqa-7/"})
    calls = removed(kind, cloud, "flights")
    assert (calls[0], calls[-1]) == (
        ("ListRoleTags", {"RoleName": "flights"}),
        ("DeleteRole", {"RoleName": "flights"}),
    )
    assert sorted(map(repr, calls[1:-1])) == sorted(
        map(
            repr,
            [
                ("ListRolePolicies", {"RoleName": "flights"}),
                ("DeleteRolePolicy", {"RoleName": "flights", "PolicyName": "a"}),
                ("DeleteRolePolicy", {"RoleName": "flights", "PolicyName": "b"}),
                ("ListAttachedRolePolicies", {"RoleName": "flights"}),
                ("DetachRolePolicy", {"RoleName": "flights", "PolicyArn": "arn:aws:iam::aws:policy/P"}),
                ("ListInstanceProfilesForRole", {"RoleName": "flights"}),
                ("RemoveRoleFromInstanceProfile", {"InstanceProfileName": "p", "RoleName": "flights"}),
            ],
        )
    )
    assert kind.handle(ROLE) == "flights"


def test_a_part_that_is_gone_already_keeps_nothing() -> None:
    """The answer to its removal was lost, botocore asked again, and IAM knows no such part any more."""
    gone = "NoSuchEntity"
    profile = {"InstanceProfileName": "p", "Path": "/", "InstanceProfileId": "A" * 16, "CreateDate": LATELY}
    profile |= {"Arn": f"arn:aws:iam::{ACCOUNT}:instance-profile/p", "Roles": []}
    kind, cloud = made(
        Roles, ListRoleTags={"Tags": []}, ListRolePolicies={"PolicyNames": ["a", "b"]}, DeleteRolePolicy=gone,
        ListAttachedRolePolicies={"AttachedPolicies": [{"PolicyArn": "arn:aws:iam::aws:policy/P"}]},
        ListInstanceProfilesForRole={"InstanceProfiles": [profile]}, DetachRolePolicy=gone,
        RemoveRoleFromInstanceProfile=gone, DeleteRole={},
    )  # fmt: skip
    calls = removed(kind, cloud, "flights")
    assert len(cloud.asked("DeleteRolePolicy")) == 2
    assert calls[-1] == ("DeleteRole", {"RoleName": "flights"})
    policy = f"arn:aws:iam::{ACCOUNT}:policy/mayfly/awsqa-7/a"
    versions = [{"VersionId": f"v{n}", "IsDefaultVersion": n == 3} for n in (1, 2, 3)]
    kind, cloud = made(
        Policies, GetPolicy={"Policy": {}}, ListPolicyVersions={"Versions": versions},
        DeletePolicyVersion=gone, DeletePolicy={},
    )  # fmt: skip
    assert removed(kind, cloud, policy)[-1] == ("DeletePolicy", {"PolicyArn": policy})


def test_schedules() -> None:
    """By name; whose one is, the role tells that it runs as: its tags, its path, or nothing at all."""
    runs_as = {
        "default/awsqa-7-a": ROLE,
        "default/awsqa-7-b-x": f"arn:aws:iam::{ACCOUNT}:role/mayfly/awsqa-7-b/y",
        "default/awsqa-7-gone": f"{ROLE}-gone",
        "more/awsqa-7-late": f"arn:aws:iam::{ACCOUNT}:role/outside",
        "more/awsqa-7-no": f"arn:aws:iam::{ACCOUNT}:role/mayfly/x",
        "more/awsqa-7-other": f"{ROLE}-other",
    }

    def shown(arguments: Arguments) -> Answer:
        arn = runs_as[f"{arguments['GroupName']}/{arguments['Name']}"]
        return {"Target": {"Arn": "arn:aws:lambda:x", "RoleArn": arn}}

    listed = [{"GroupName": name.split("/")[0], "Name": name.split("/")[1]} for name in runs_as]
    tags: dict[str, Answer] = {
        "flights": {"Tags": pairs(OURS)},
        "flights-gone": "NoSuchEntity",
        "flights-other": {"Tags": pairs(OTHERS)},
    }
    kind, cloud = made(
        Schedules, OWNER.arn("scheduler", "schedule-group/default"),
        ListSchedules={"Schedules": listed}, GetSchedule=shown, ListRoleTags=by("RoleName", tags),
        DeleteSchedule={},
    )  # fmt: skip
    found, strange, calls = looked(kind, cloud)
    assert found == ["default/awsqa-7-a", "default/awsqa-7-gone"]
    nobody = {"mayfly-env": "", "mayfly-project": ""}
    theirs = {"managed-by": "mayfly", "mayfly-env": "awsqa-7-b", "mayfly-project": "unknown"}
    assert strange == [
        ("default/awsqa-7-b-x", theirs),
        ("more/awsqa-7-late", nobody),
        ("more/awsqa-7-no", nobody),
        ("more/awsqa-7-other", OTHERS),
    ]
    assert calls[0] == ("ListSchedules", {"NamePrefix": "awsqa-7-"})
    assert removed(kind, cloud, "default/awsqa-7-a") == [
        ("GetSchedule", {"GroupName": "default", "Name": "awsqa-7-a"}),
        ("ListRoleTags", {"RoleName": "flights"}),
        ("DeleteSchedule", {"GroupName": "default", "Name": "awsqa-7-a"}),
    ]
    assert kind.handle(OWNER.arn("scheduler", "schedule/default/awsqa-7-a")) == "default/awsqa-7-a"
    assert kind.is_name_of("awsqa-7-b", "default/awsqa-7-b-x")
    assert not kind.is_name_of("awsqa-7-b", "awsqa-7-b-/awsqa-7-x")


def layer(start: str, version: int = 1) -> str:
    return OWNER.arn("lambda", f"layer:{start}0123456789abcdef:{version}")


def test_layers() -> None:
    """By name alone, since they carry no tags: the environment's is in it, and a hash with the project's."""
    own, theirs = aws.layer_prefix("mayfly", "awsqa-7", ACCOUNT), aws.layer_prefix("x", "awsqa-7", ACCOUNT)
    longer = aws.layer_prefix("mayfly", "awsqa-7-b", ACCOUNT)
    names = [layer(start).rsplit(":", 2)[1] for start in (own, theirs, longer, "pandas-")]
    kind, cloud = made(
        Layers,
        ListLayers={"Layers": [{"LayerName": name} for name in names]},
        ListLayerVersions=lambda asked: {
            "LayerVersions": [
                {"LayerVersionArn": OWNER.arn("lambda", f"layer:{asked['LayerName']}:{version}")}
                for version in (2, 1)
            ]
        },
        GetLayerVersion={"Version": 1},
        DeleteLayerVersion={},
    )
    found, strange, calls = looked(kind, cloud)
    assert found == [layer(own), layer(own, 2)]
    nobody = {"managed-by": "mayfly", "mayfly-env": "awsqa-7", "mayfly-project": "unknown"}
    assert strange == [(layer(theirs), nobody), (layer(theirs, 2), nobody)]
    assert [asked["LayerName"] for name, asked in calls if name == "ListLayerVersions"] == names[:2]
    one = {"LayerName": names[0], "VersionNumber": 2}
    assert removed(kind, cloud, layer(own, 2)) == [("GetLayerVersion", one), ("DeleteLayerVersion", one)]
    assert [name for name, _ in removed(kind, cloud, layer(theirs))] == ["GetLayerVersion"]


KINDS = [kind for step in STEPS for kind in step] + [RECORD]

ASKED: dict[type[Kind], tuple[str, dict[str, Answer], str, str]] = {
    Schedules: ("default/awsqa-7-x", {"GetSchedule": {"Target": {"Arn": "x", "RoleArn": ROLE}},
                "ListRoleTags": {"Tags": pairs(OURS)}}, "ListSchedules", "DeleteSchedule"),
    Functions: ("awsqa-7-x", {"GetFunction": function(ROLE, OURS), "ListEventSourceMappings": {}},
                "ListFunctions", "ListEventSourceMappings"),
    Buckets: ("mf--awsqa-7--x", {"GetBucketTagging": {"TagSet": pairs(OURS)}, "ListMultipartUploads": {},
              "ListObjectVersions": {}}, "ListBuckets", "DeleteBucket"),
    LogGroups: ("/mayfly/awsqa-7/x", {"ListTagsForResource": {"tags": OURS}}, "DescribeLogGroups",
                "DeleteLogGroup"),
    Parameters: ("/mayfly/awsqa-7/x", {"GetParameter": {}, "ListTagsForResource": {"TagList": pairs(OURS)}},
                 "DescribeParameters", "DeleteParameter"),
    Databases: (clones.namespace("mayfly", "awsqa-7", ACCOUNT, "sales"), {"GetDatabase": {"Database": {
                "Name": "x", "Parameters": OURS}}, "GetTables": {"TableList": []}, "GetGroup": {"Group": {
                "GroupArn": "arn:aws:resource-groups:x:g/x", "Name": "x"}},
                "GetTags": {"Tags": {"mayfly-clone-sales": "x"}}}, "GetDatabases", "DeleteDatabase"),
    Layers: (layer(aws.layer_prefix("mayfly", "awsqa-7", ACCOUNT)), {"GetLayerVersion": {"Version": 1}},
             "ListLayers", "DeleteLayerVersion"),
    Roles: ("x", {"ListRoleTags": {"Tags": pairs(OURS)}, "ListRolePolicies": {"PolicyNames": []},
            "ListAttachedRolePolicies": {"AttachedPolicies": []},
            "ListInstanceProfilesForRole": {"InstanceProfiles": []}}, "ListRoles", "DeleteRole"),
    Policies: (f"arn:aws:iam::{ACCOUNT}:policy/mayfly/awsqa-7/x", {"GetPolicy": {"Policy": {}},
               "ListPolicyVersions": {"Versions": []}}, "ListPolicies", "DeletePolicy"),
    ResourceGroups: ("mayfly-awsqa-7", {"GetGroup": {"Group": {"GroupArn": "arn:aws:resource-groups:x:g/x",
                     "Name": "x"}}, "GetTags": {"Tags": OURS}}, "", "DeleteGroup"),
}  # fmt: skip
"""A thing, what shows it to be ours, the operation that lists, and the one whose failure keeps the thing."""


@pytest.mark.parametrize("kind", KINDS)
def test_a_refusal_says_what_was_asked_for_and_absence_is_fine(kind: type[Kind]) -> None:
    handle, shows, lists, deletes = ASKED[kind]
    one, cloud = made(kind, **{**shows, lists: "AccessDenied", deletes: "AccessDenied"})
    thing = Thing(id=one.arn(handle), type=one.type, detail=handle)
    if lists:
        with pytest.raises(Refused, match=f"^list {one.name}: AccessDenied: no$"):
            one.find()
    with pytest.raises(Refused) as told:
        one.remove(thing)
    assert str(told.value) == f"remove {thing.id}: AccessDenied: no"
    assert one.exists(thing)
    absent = {
        "IAM": "NoSuchEntity",
        "S3": "NoSuchBucket",
        "SSM": "ParameterNotFound",
        "Glue": "EntityNotFoundException",
    }
    code = absent.get(one.type.split("::")[1], "ResourceNotFoundException")
    cloud.answers[deletes] = code
    one.remove(thing)
    cloud.answers[next(iter(shows))] = code
    if kind is Schedules:
        assert not one.exists(thing)
    cloud.calls.clear()
    assert not one.exists(thing)
    one.remove(thing)
    assert deletes not in {name for name, _ in cloud.calls}


@pytest.mark.parametrize("kind", KINDS)
def test_how_long_a_kind_is_waited_for(kind: type[Kind]) -> None:
    assert kind.patience == (120 if kind in (Roles, Policies) else 60)
    assert kind.is_private == (kind in (Roles, Policies))


def test_a_stranger_is_told_with_its_own_words() -> None:
    kind, _ = made(
        LogGroups,
        DescribeLogGroups={"logGroups": [{"logGroupName": "/mayfly/awsqa-7/x"}]},
        ListTagsForResource={"tags": OTHERS},
    )
    kind.find()
    thing = Thing(
        id=OWNER.arn("logs", "log-group:/mayfly/awsqa-7/x"),
        type="AWS::Logs::LogGroup",
        detail="/mayfly/awsqa-7/x",
    )
    assert kind.strangers == (Stranger(thing, OTHERS),)


AT = f"{REGION}:{ACCOUNT}"
ARNS: dict[type[Kind], tuple[str, str]] = {
    Schedules: ("default/awsqa-7-x", f"arn:aws:scheduler:{AT}:schedule/default/awsqa-7-x"),
    Functions: ("awsqa-7-x", f"arn:aws:lambda:{AT}:function:awsqa-7-x"),
    Buckets: ("mf--awsqa-7--x", "arn:aws:s3:::mf--awsqa-7--x"),
    LogGroups: ("/mayfly/awsqa-7/x", f"arn:aws:logs:{AT}:log-group:/mayfly/awsqa-7/x"),
    Parameters: ("/mayfly/awsqa-7/x", f"arn:aws:ssm:{AT}:parameter/mayfly/awsqa-7/x"),
    Databases: ("mf__awsqa_7__x", f"arn:aws:glue:{AT}:database/mf__awsqa_7__x"),
    Layers: (layer(aws.layer_prefix("mayfly", "awsqa-7", ACCOUNT)),) * 2,
    Roles: ("x", f"arn:aws:iam::{ACCOUNT}:role/mayfly/awsqa-7/x"),
    Policies: (f"arn:aws:iam::{ACCOUNT}:policy/mayfly/awsqa-7/x",) * 2,
    ResourceGroups: ("mayfly-awsqa-7", f"arn:aws:resource-groups:{AT}:group/mayfly-awsqa-7"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_arn_of_a_thing_and_no_other_kinds(kind: type[Kind]) -> None:
    one, _ = made(kind)
    handle, arn = ARNS[kind]
    assert (one.arn(handle), one.handle(arn)) == (arn, handle)
    foreign = [other.replace(ACCOUNT, "9" * 12) for _, other in ARNS.values() if ACCOUNT in other]
    others = [other for which, (_, other) in ARNS.items() if which is not kind]
    assert [one.handle(other) for other in [*others, *foreign]] == [None] * (len(others) + len(foreign))


def test_a_newer_arn_of_a_group_has_an_id_after_its_name() -> None:
    one, _ = made(ResourceGroups)
    assert one.handle(f"{ARNS[ResourceGroups][1]}/0abc/more") == "mayfly-awsqa-7"


def test_a_kind_starts_with_no_strangers_and_meets_no_longer_names() -> None:
    one, _ = made(LogGroups)
    assert one.strangers == ()
    assert not one.is_name_of("awsqa-7-b", "awsqa-7-b-x")


def test_emptying_a_bucket_tells_and_waits_as_the_sweep_does(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(buckets, "empty", lambda *given: asked.append(given))
    cloud = Script(GetResources={}, GetBucketTagging={"TagSet": pairs(OURS)}, DeleteBucket={})
    said, paused = list[str](), list[float]()
    one = Buckets(cloud, OWNER, Tagged(cloud, OWNER), said.append, paused.append)
    one.remove(Thing(id="arn:aws:s3:::mine", type="t"))
    ((bucket, say, pause),) = asked
    assert (bucket.s3, bucket.name, bucket.owner) == (cloud.client("s3"), "mine", ACCOUNT)
    say("so far")
    pause(2)
    assert (said, paused) == (["so far"], [2])


def test_a_tagging_api_that_refuses_is_told_and_asked_again() -> None:
    one, cloud = made(ResourceGroups, GetGroup="NotFoundException")
    cloud.answers["GetResources"] = "AccessDenied"
    with pytest.raises(Refused, match=r"^GetResources: AccessDenied: no$"):
        one.find()
    cloud.answers["GetResources"] = {"ResourceTagMappingList": []}
    assert one.find() == []
