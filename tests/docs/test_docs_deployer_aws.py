"""The policies of docs/permissions-aws.md are enough for an environment's whole life, and not too many.

The local deployer has those of all fabrics, and a boundary that names no bucket; here they are the page's.
"""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterator
from typing import Any

import pytest

from localcloud.engine.aws import serve
from tests.docs.pages import blocks
from tests.support.aws_sdk import AwsSdk, signed_in
from tests.support.checkout import HERE, Checkout, copy_project

PERMISSIONS = HERE / "docs/permissions-aws.md"
LAKE, PREFIX = "flights-lake-123456789012", "flights/"
BOUNDARY = "arn:aws:iam::123456789012:policy/mayfly-boundary"
WHO = "documented"
SOURCES = "deployer-sources"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """With a local AWS, where the lake's owner has put the page's statements."""
    project = copy_project(tmp_path_factory.mktemp(WHO))
    project.local("start", "--cloud", "aws")
    try:
        with signed_in(project.environ("owner")) as owner:
            make_lake(owner)
        yield project
    finally:
        project.local("stop", "--cloud", "aws")


@pytest.fixture(scope="module")
def owner(checkout: Checkout) -> Iterator[AwsSdk]:
    """The account's owner."""
    with signed_in(checkout.environ("owner")) as sdk:
        yield sdk


@pytest.fixture(scope="module")
def documented(checkout: Checkout, owner: AwsSdk) -> Iterator[dict[str, str]]:
    """A principal that has what the page says and nothing else; gives the ARNs of its policies."""
    owner.iam.create_policy_version(
        PolicyArn=BOUNDARY, PolicyDocument=json.dumps(shown("boundary")), SetAsDefault=True
    )
    owner.iam.create_user(UserName=WHO)
    policies = {name: give(owner, name) for name in ("deployer", SOURCES)}
    made = owner.iam.create_access_key(UserName=WHO)["AccessKey"]
    key, secret = made["AccessKeyId"], made["SecretAccessKey"]
    before = checkout.environ("deployer")
    engine = serve(before["AWS_ENDPOINT_URL"], before["AWS_CA_BUNDLE"], before["AWS_REGION"], key, secret)
    try:
        own = {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret}
        checkout.environments[WHO] = {**before, **own, "PULUMI_DEBUG_PROVIDERS": f"aws:{engine.port}"}
        yield policies
    finally:
        engine.stop()


def shown(marker: str) -> Any:
    """A policy of the page."""
    (text,) = [block.text for block in blocks(PERMISSIONS) if block.marker == marker]
    return json.loads(text)


def make_lake(owner: AwsSdk) -> None:
    """The bucket that the variable groups name, with two objects and the page's statements."""
    where: Any = {"LocationConstraint": "eu-west-1"}
    owner.s3.create_bucket(Bucket=LAKE, CreateBucketConfiguration=where)
    for key in ("2013/01.csv", "reference/airlines.csv"):
        owner.s3.put_object(Bucket=LAKE, Key=f"{PREFIX}{key}", Body=b"year\n2013\n")
    owner.s3.put_bucket_policy(Bucket=LAKE, Policy=json.dumps(shown("production")))


def give(owner: AwsSdk, name: str) -> str:
    """Make a policy of the page and attach it; gives its ARN."""
    document = json.dumps(shown(name))
    arn = owner.iam.create_policy(PolicyName=f"{WHO}-{name}", PolicyDocument=document)["Policy"]["Arn"]
    owner.iam.attach_user_policy(UserName=WHO, PolicyArn=arn)
    return arn


def test_the_documented_policies_are_enough(checkout: Checkout, documented: dict[str, str]) -> None:
    checkout.run("mayfly", "up", "awsqa-1", principal=WHO).ok()
    change(checkout)
    checkout.run("mayfly", "up", "awsqa-1", principal=WHO).ok()
    checkout.run("mayfly", "run", "awsqa-1", "reference", principal=WHO).ok()
    listed = checkout.run("mayfly", "list", "--json", principal=WHO).ok().json()
    assert [found["environment"] for found in listed["environments"]] == ["awsqa-1"]
    assert checkout.run("mayfly", "prove", "awsqa-1", "--json", principal=WHO).ok().json()["proved"]
    receipt = checkout.run("mayfly", "down", "awsqa-1", "--json", principal=WHO).ok().json()["receipt"]
    assert receipt["complete"]
    log = (checkout.root / ".mayfly" / "aws" / "requests.jsonl").read_text().splitlines()
    callers = {json.loads(line)["principal"] for line in log}
    assert WHO in callers
    assert "deployer" not in callers


def change(checkout: Checkout) -> None:
    """Code, memory and the fabric's owner, which is in a tag of the group."""
    functions = checkout.root / "examples/flights/functions"
    for file, before, after in (
        (functions / "reference/handler.py", '{"tables": copied}', '{"tables": copied, "again": True}'),
        (functions / "reference/function.yaml", "memory: 256", "memory: 257"),
        (checkout.root / "stacks/fabrics/awsqa.yaml", "owner: data-platform", "owner: somebody-else"),
    ):
        text = file.read_text()
        assert before in text
        file.write_text(text.replace(before, after))


LEFT_BY_OTHERS = "`down` removes what somebody else put into an environment"
WITH_TAGS = "AWS asks for it where something is made with tags; the local AWS does not"
CHANGED = "pulumi-aws, when a property or a tag is changed, or was changed by hand"
PERMANENT = "a permanent environment's, whose stage has the same actions: versions, and what it publishes"
LAYERS = "dependencies that are too large for a function's own file"
IMAGES = "AWS asks for it where a function runs an image; the local AWS has no registry"
UNUSED = {
    "ecr:BatchGetImage": IMAGES,
    "ecr:GetDownloadUrlForLayer": IMAGES,
    "ecr:GetRepositoryPolicy": IMAGES,
    "iam:DeletePolicy*": LEFT_BY_OTHERS,
    "iam:DetachRolePolicy": LEFT_BY_OTHERS,
    "iam:ListPolicyVersions": LEFT_BY_OTHERS,
    "iam:PutRolePermissionsBoundary": CHANGED,
    "iam:TagRole": WITH_TAGS,
    "iam:UntagRole": CHANGED,
    "iam:UpdateRole": CHANGED,
    "lambda:DeleteEventSourceMapping": LEFT_BY_OTHERS,
    "lambda:GetEventSourceMapping": LEFT_BY_OTHERS,
    "lambda:DeleteLayerVersion": LAYERS,
    "lambda:GetLayerVersion": LAYERS,
    "lambda:PublishLayerVersion": LAYERS,
    "lambda:TagResource": WITH_TAGS,
    "lambda:UntagResource": CHANGED,
    "logs:TagResource": WITH_TAGS,
    "logs:UntagResource": CHANGED,
    "resource-groups:Untag": CHANGED,
    "resource-groups:UpdateGroup*": CHANGED,
    "servicequotas:GetServiceQuota": "asked where the default of 100 Resource Groups is near",
    "s3:AbortMultipartUpload": "`down` ends the uploads that a function was stopped in",
    "s3:DeleteBucketPolicy": CHANGED,
    "s3:PutBucketVersioning": PERMANENT,
    "s3:TagResource": "pulumi-aws 7.19 and newer put a bucket's tags so",
    "s3:UntagResource": "pulumi-aws 7.19 and newer",
    "ssm:AddTagsToResource": PERMANENT,
    "ssm:DeleteParameter": PERMANENT,
    "ssm:GetParameter*": PERMANENT,
    "ssm:ListTagsForResource": PERMANENT,
    "ssm:PutParameter": PERMANENT,
    "ssm:RemoveTagsFromResource": PERMANENT,
}
"""Actions of the deployer that the life above does not ask for → what they are for.

All but those of tags are asked for as the deployer in tests of their own, in tests/clouds and tests/teardown.
"""


def test_each_action_of_the_deployer_is_used_or_says_what_it_is_for(checkout: Checkout) -> None:
    """After the life above: one that is taken away makes that fail, or has a test of its own that does."""
    log = (checkout.root / ".mayfly" / "aws" / "requests.jsonl").read_text().splitlines()
    entries = [json.loads(line) for line in log]
    asked = {action for entry in entries if entry["principal"] == WHO for action in entry["actions"]}
    allowed = {
        action
        for name in ("deployer", SOURCES)
        for one in shown(name)["Statement"]
        if one["Effect"] == "Allow"
        for action in one["Action"]
    }
    used = {action for action in allowed if fnmatch.filter(asked, action)}
    assert {action for action in allowed - used if not action.startswith(("sqs:", "dynamodb:"))} == set(
        UNUSED
    )


def test_another_fabric_is_not_theirs(checkout: Checkout, documented: dict[str, str]) -> None:
    """The control: production's stage is another principal's."""
    refused = checkout.run("mayfly", "up", "awsprod", principal=WHO)
    assert refused.code != 0
    assert "AccessDenied" in refused.stdout + refused.stderr


def test_one_policy_less_is_too_little(checkout: Checkout, owner: AwsSdk, documented: dict[str, str]) -> None:
    """The control: what may not be seen is told before anything is made."""
    owner.iam.detach_user_policy(UserName=WHO, PolicyArn=documented["deployer"])
    refused = checkout.run("mayfly", "up", "awsqa-2", principal=WHO)
    assert refused.code == 3
    assert "iam:GetRole is denied: AccessDenied" in refused.stderr
    assert refused.stderr.count("give the deployer the documented policies") == 1
    assert not owner.s3.list_buckets(Prefix="mf--awsqa-2--")["Buckets"]
