"""The sweep, as the deployer with its documented policy, on the local AWS."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from botocore.retries.bucket import TokenBucket

from localcloud import ACCOUNT, REGION
from localcloud.aws.admin import lagging, throttled
from mayfly.clouds.aws import Aws, CloudError
from mayfly.teardown.aws.sweep import KEPT, Sweep, SweepResult
from tests.teardown.aws.world import Account, Answers, Built

GROUP = "AWS::ResourceGroups::Group"
SLOW_DOWN = "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
THROTTLED = json.dumps({"__type": "ThrottlingException", "message": "Rate exceeded"})


def swept(cloud: Aws, environment: str, project: str = "mayfly") -> SweepResult:
    return Sweep(cloud, project, environment, lambda _: None, lambda _: None).run()


def seen(cloud: Aws, environment: str, project: str = "mayfly") -> set[str]:
    """What is there of an environment."""
    return {thing.id for thing in Sweep(cloud, project, environment, lambda _: None).look()}


def dont_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let botocore retry at once: its pauses are not what is tested."""
    monkeypatch.setattr(time, "sleep", lambda _: None)
    monkeypatch.setattr(TokenBucket, "acquire", lambda *_, **__: True)


def test_all_kinds_go_and_nothing_of_others(owner: Aws, deployer: Aws) -> None:
    ours = Built(owner, "awsqa-1").all_of_it()
    namesake = Built(owner, "awsqa-1", project="other")
    namesake.bucket(full=True)
    namesake.function("late", namesake.role())
    namesake.log_group("late")
    longer = Built(owner, "awsqa-1-b").all_of_it()
    found = swept(deployer, "awsqa-1")
    assert {thing.id for thing in found.was} == {*ours.arns}
    assert (found.remains, found.unknown) == ((), ())
    assert seen(owner, "awsqa-1") == set()
    assert seen(owner, "awsqa-1", "other") == {*namesake.arns}
    assert seen(owner, "awsqa-1-b") == {*longer.arns}


def test_what_a_killed_up_left_without_tags_goes_by_name_and_path(owner: Aws, deployer: Aws) -> None:
    left = Built(owner, "awsqa-2", tagged=False)
    left.bucket()
    role = left.role()
    left.log_group("flights")
    left.schedule("flights", role)
    left.schedule("gone", left.role("gone"))
    left.forget_role("gone")
    foreign = Built(owner, "awsqa-2", tagged=False, project="foreign")
    foreign.bucket()
    found = swept(deployer, "awsqa-2")
    assert {thing.id for thing in found.was} == {*left.arns}
    assert found.remains == ()
    assert owner.client("s3").head_bucket(Bucket=foreign.bucket_name)


def test_a_half_removed_environment_goes_on(owner: Aws, deployer: Aws) -> None:
    ours = Built(owner, "awsqa-3").all_of_it()
    owner.client("lambda").delete_function(FunctionName="awsqa-3-flights")
    owner.client("s3").delete_object(Bucket=ours.bucket_name, Key=ours.keys[0])
    assert swept(deployer, "awsqa-3").remains == ()
    assert seen(owner, "awsqa-3") == set()
    again = swept(deployer, "awsqa-3")
    assert (again.was, again.remains) == ((), ())


def test_what_cannot_be_removed_is_told_and_the_rest_goes(owner: Aws, deployer: Aws) -> None:
    ours = Built(owner, "awsqa-4").all_of_it(locked=True)
    hold: dict[str, Any] = {"Bucket": ours.bucket_name, "Key": ours.keys[2]}
    owner.client("s3").put_object_legal_hold(**hold, LegalHold={"Status": "ON"})
    left, record = swept(deployer, "awsqa-4").remains
    assert left.thing.id == f"arn:aws:s3:::{ours.bucket_name}"
    assert f"AccessDenied: 1 objects stay, such as {ours.keys[2]}" in left.why
    assert (record.thing.type, record.why) == ("AWS::ResourceGroups::Group", KEPT)
    assert seen(owner, "awsqa-4") == {left.thing.id, record.thing.id}
    assert [found["Key"] for found in versions(owner, ours)] == [ours.keys[2]]
    owner.client("s3").put_object_legal_hold(**hold, LegalHold={"Status": "OFF"})
    assert swept(deployer, "awsqa-4").remains == ()


def versions(cloud: Aws, built: Built) -> list[Any]:
    return list(cloud.client("s3").list_object_versions(Bucket=built.bucket_name)["Versions"])


def test_what_the_lists_name_but_is_gone_is_no_part_of_it(deployer: Aws) -> None:
    gone = [
        f"arn:aws:s3:::mf--awsqa-5--{'a' * 10}",
        f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:awsqa-5-gone",
    ]
    listed = [{"ResourceARN": arn, "Tags": []} for arn in gone]
    named = (200, json.dumps({"PaginationToken": "", "ResourceTagMappingList": listed}))
    Answers(deployer, "resourcegroupstaggingapi", "GetResources", lambda _: named)
    assert swept(deployer, "awsqa-5") == SweepResult((), (), ())


def test_a_thing_of_a_kind_that_no_sweep_knows_is_told(deployer: Aws) -> None:
    topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:awsqa-5-topic"
    listed = [{"ResourceARN": topic, "Tags": []}]
    named = (200, json.dumps({"PaginationToken": "", "ResourceTagMappingList": listed}))
    Answers(deployer, "resourcegroupstaggingapi", "GetResources", lambda _: named)
    assert swept(deployer, "awsqa-5").unknown == (topic,)


def test_a_kind_that_cannot_be_listed_is_unknown_not_gone(owner: Aws, deployer: Aws) -> None:
    Built(owner, "awsqa-6").parameter("seen")
    denied = (400, json.dumps({"__type": "AccessDeniedException", "message": "no"}))
    Answers(deployer, "ssm", "DescribeParameters", lambda _: denied)
    (left,) = swept(deployer, "awsqa-6").remains
    assert left.thing.id == "(parameters)"
    assert "AccessDeniedException: no" in left.why


def test_what_invokes_functions_of_others_stays(owner: Aws, deployer: Aws) -> None:
    ours, others = Built(owner, "awsqa-51"), Built(owner, "awsqa-51-b")
    client, queue = owner.client("lambda"), f"arn:aws:sqs:{REGION}:{ACCOUNT}:somebodys"
    for built in (ours, others):
        name = built.function("flights", built.role()).rpartition(":")[2]
        client.create_event_source_mapping(FunctionName=name, EventSourceArn=queue)
    assert swept(deployer, "awsqa-51").remains == ()
    (left,) = client.list_event_source_mappings()["EventSourceMappings"]
    assert left["FunctionArn"] == others.arns[-1]


def test_a_role_leaves_its_instance_profiles(owner: Aws) -> None:
    """As the account's owner: the deployer may not take a role out of one, as it may put none in."""
    role = Built(owner, "awsqa-52").role().rpartition("/")[2]
    iam = owner.client("iam")
    for name in ("one", "two"):
        iam.create_instance_profile(InstanceProfileName=name)
        iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=role)
    assert swept(owner, "awsqa-52").remains == ()
    left = [iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"] for name in ("one", "two")]
    assert [one["Roles"] for one in left] == [[], []]


def test_copies_that_a_killed_up_left_without_tags_go_by_their_role(owner: Aws) -> None:
    """Of a fabric of applications, whose copies are not named after the environment."""
    ours = Built(owner, "awsqa-53", tagged=False)
    ours.copy("53-flights", ours.role())
    others = Built(owner, "awsqa-54", tagged=False)
    theirs = others.copy("54-flights", others.role())
    found = swept(owner, "awsqa-53")
    assert ({thing.id for thing in found.was}, found.remains) == ({*ours.arns}, ())
    assert owner.client("lambda").get_function(FunctionName=theirs)


def test_whose_a_thing_is_is_asked_again_before_it_goes(owner: Aws, deployer: Aws) -> None:
    """Somebody took its name between the look and the removal."""
    bucket = Built(owner, "awsqa-55").bucket().rpartition(":")[2]
    others: Any = [{"Key": "mayfly-project", "Value": "other"}, {"Key": "mayfly-env", "Value": "awsqa-55"}]

    def take(asked: int) -> None:
        if asked == 2:
            owner.client("s3").put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": others})

    Answers(deployer, "s3", "GetBucketTagging", take)
    deleted = Answers(deployer, "s3", "DeleteBucket", lambda _: None)
    swept(deployer, "awsqa-55")
    assert deleted.asked == 0
    assert owner.client("s3").head_bucket(Bucket=bucket)


def test_every_call_on_a_bucket_says_whose_it_is(owner: Aws, deployer: Aws) -> None:
    """One of the same name may be another account's, that lets the deployer in."""
    Built(owner, "awsqa-11").bucket(full=True)
    calls: dict[str, str | None] = {}

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        if "Bucket" in params:
            calls[model.name] = params.get("ExpectedBucketOwner")

    deployer.client("s3").meta.events.register("provide-client-params.s3", note)
    assert swept(deployer, "awsqa-11").remains == ()
    assert {"GetBucketTagging", "DeleteObjects", "AbortMultipartUpload", "DeleteBucket"} <= calls.keys()
    assert set(calls.values()) == {ACCOUNT}


READS = 12
"""More than a sweep asks about one thing before it would give up, had it no patience."""


@pytest.mark.parametrize(
    ("service", "kind"),
    [("iam", "AWS::IAM::Role"), ("lambda", "AWS::Lambda::Function"), ("resource-groups", GROUP)],
)
def test_reads_that_lag_are_waited_for_and_told(
    account: Account, owner: Aws, deployer: Aws, service: str, kind: str
) -> None:
    """What was removed is not removed again, and what the lists still name is nothing that remains."""
    environment = f"awsqa-lag-{service[:3]}"
    ours = Built(owner, environment).all_of_it()
    said: list[str] = []
    sweep = Sweep(deployer, "mayfly", environment, said.append, lambda _: None)
    with lagging(account.running, service, READS):
        found = sweep.run()
    assert found.remains == ()
    assert {thing.id for thing in found.was} == {*ours.arns}
    assert any(line.startswith("waiting until the cloud shows it gone") for line in said)
    assert kind in {thing.type for thing in found.was}
    assert seen(owner, environment) == set()


def test_throttling_is_waited_out(owner: Aws, deployer: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    dont_wait(monkeypatch)
    Built(owner, "awsqa-7").all_of_it()
    slow = [
        Answers(deployer, "s3", name, lambda asked: (503, SLOW_DOWN) if asked % 3 else None)
        for name in ("ListObjectVersions", "DeleteObjects", "DeleteBucket")
    ]
    slow += [
        Answers(deployer, service, name, lambda asked: (400, THROTTLED) if asked % 3 else None)
        for service, name in (
            ("lambda", "DeleteFunction"),
            ("logs", "DescribeLogGroups"),
            ("ssm", "DescribeParameters"),
        )
    ]
    assert swept(deployer, "awsqa-7").remains == ()
    assert all(one.asked >= 3 for one in slow)
    assert seen(owner, "awsqa-7") == set()


def test_a_bucket_is_emptied_as_fast_as_s3_lets_it(account: Account, owner: Aws, deployer: Aws) -> None:
    Built(owner, "awsqa-10").bucket()
    pages = [page(number * 20, more=number < 5, size=20) for number in range(6)]
    Answers(deployer, "s3", "ListObjectVersions", lambda asked: pages[asked - 1] if asked < 7 else None)
    calls = Answers(deployer, "s3", "DeleteObjects", lambda _: None)
    with throttled(account.running, "s3", 2, ["DeleteObjects"]):
        assert swept(deployer, "awsqa-10").remains == ()
    assert calls.asked > 6


def test_throttling_that_does_not_end_is_told(
    owner: Aws, deployer: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    dont_wait(monkeypatch)
    ours = Built(owner, "awsqa-8").all_of_it()
    Answers(deployer, "s3", "DeleteObjects", lambda _: (503, SLOW_DOWN))
    left, record = swept(deployer, "awsqa-8").remains
    assert left.thing.id == f"arn:aws:s3:::{ours.bucket_name}"
    assert "SlowDown: Please reduce your request rate." in left.why
    assert record.why == KEPT


def page(first: int, more: bool, size: int = 1000) -> tuple[int, str]:
    """A page of versions, the first of which has a key that no XML can name."""
    keys = [f"awkward/%01{first}", *(f"curated/{number}" for number in range(first, first + size - 1))]
    found = "".join(f"<Version><Key>{key}</Key><VersionId>null</VersionId></Version>" for key in keys)
    marker = f"<NextKeyMarker>{keys[-1]}</NextKeyMarker><NextVersionIdMarker>null</NextVersionIdMarker>"
    about = f"<IsTruncated>{str(more).lower()}</IsTruncated><EncodingType>url</EncodingType>"
    return 200, f"<ListVersionsResult>{about}{marker if more else ''}{found}</ListVersionsResult>"


def test_a_bucket_is_emptied_by_a_thousand_a_call_whatever_its_keys(owner: Aws, deployer: Aws) -> None:
    Built(owner, "awsqa-9").bucket()
    pages = [page(0, more=True), page(5000, more=True), page(9000, more=False)]
    Answers(deployer, "s3", "ListObjectVersions", lambda asked: pages[asked - 1] if asked < 4 else None)
    calls = Answers(deployer, "s3", "DeleteObjects", lambda _: None)
    single = Answers(deployer, "s3", "DeleteObject", lambda _: None)
    assert swept(deployer, "awsqa-9").remains == ()
    assert (calls.asked, single.asked) == (3, 3)


def test_nobody_is_asked_when_the_caller_is_unknown(deployer: Aws) -> None:
    denied = (
        "<ErrorResponse><Error><Code>InvalidClientTokenId</Code><Message>no</Message></Error></ErrorResponse>"
    )
    Answers(deployer, "sts", "GetCallerIdentity", lambda _: (403, denied))
    with pytest.raises(CloudError, match="InvalidClientTokenId"):
        swept(deployer, "awsqa-9")
