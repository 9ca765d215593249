"""Bad input for AWS is told clearly before anything is made."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from localcloud import ACCOUNT
from mayfly import naming, settings
from tests.support.aws_sdk import AwsSdk, signed_in
from tests.support.checkout import Checkout
from tests.support.local_aws import local_aws
from tests.support.refusals import Files, Refuser

QA, PROD, DEV = (f"stacks/fabrics/{name}.yaml" for name in ("awsqa", "awsprod", "awsdev"))
QA_VARIABLES, PROD_VARIABLES = (f"stacks/variables/{name}.yaml" for name in ("awsqa", "awsprod"))
FUNCTIONS = "examples/flights/functions"
FLIGHTS, REFERENCE = f"{FUNCTIONS}/flights/function.yaml", f"{FUNCTIONS}/reference/function.yaml"
HANDLER = f"{FUNCTIONS}/flights/handler.py"
LAKE = f"arn:aws:s3:::flights-lake-{ACCOUNT}/flights/"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/mayfly-boundary"
STACK = "awsqa-70"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """A checkout of our own: its files break, and its account has no environment that holds the boundary."""
    with local_aws(tmp_path_factory.mktemp("bad-input")) as made:
        yield made


@pytest.fixture(scope="module")
def owner(checkout: Checkout) -> Iterator[AwsSdk]:
    """The owner's SDK clients there."""
    with signed_in(checkout.environ("owner")) as sdk:
        yield sdk


@pytest.fixture(scope="module")
def stack(checkout: Checkout) -> str:
    """The stack that plain Pulumi is refused on."""
    checkout.run("pulumi", "stack", "init", "--no-select", STACK).ok()
    return STACK


@dataclass(frozen=True)
class Bad:
    """One change to a file that makes it unusable, and what is told of it.

    old, new: what stands there, once, and what stands there instead. at: the end of the place that is told.
    """

    file: str
    old: str
    new: str
    at: str
    what: str
    fix: str


# fmt: off
FILES = [
    Bad(QA, f'"{ACCOUNT}"', '"12345678901"', ": account", "'12345678901' is not", "12 digits"),
    Bad(PROD, "eu-west-1", "eu-west", ": region", "'eu-west' is not", "such as eu-west-1"),
    Bad(DEV, "\nregion:", "\nlocation: westeurope\nregion:", ": location", "is not a field", "region"),
    Bad(PROD_VARIABLES, LAKE, f"{LAKE}*", ": sources.lake", "has a wildcard", "below a prefix"),
    Bad(FLIGHTS, "memory: 1024", "memory: 64", ": memory", "got 64", "128 to 10240"),
    Bad(FLIGHTS, "cron(0 5 * * ? *)", "cron(0 5 * * *)", ": schedule", "has 5 fields", "six fields"),
    Bad(FLIGHTS, "lambda:{region}:", "lambda:eu-west-1:", ": layers", "for the region", "{region}"),
    Bad(FLIGHTS, "timeout: 300", "timeout: 901", ": timeout", "got 901", "1 to 900"),
    Bad(REFERENCE, "\ntimeout:", "\nhandler: handler.mian\ntimeout:", "reference/handler.py",
        "defines no 'mian'", "did you mean 'main'?"),
    Bad(HANDLER, "\ndef main(", "\ndef main((", "flights/handler.py:", "is not Python", "mend it there"),
    Bad("MAYFLY_VAR_LAKE", "", LAKE.replace("arn:aws:s3:::", "s3://"), "LAKE", "is an address", LAKE),
    Bad("MAYFLY_VAR_YEAR", "", "lots", "YEAR", "got 'lots'", "a whole number"),
]
# fmt: on


def test_all_problems_of_all_files_come_at_once(refuse: Refuser, files: Files, stack: str) -> None:
    """By both, and word for word the same."""
    environ = {bad.file: bad.new for bad in FILES if not bad.old}
    for bad in FILES:
        if bad.old:
            files.change(bad.file, bad.old, bad.new)
    refusal = refuse.mayfly("up", stack, **environ)
    assert len(refusal.problems) == len(FILES), refusal.lines
    for bad in FILES:
        assert any(says(bad, problem) for problem in refusal.problems), (bad, refusal.lines)
    shown = {line.strip() for line in refuse.pulumi(stack, **environ).splitlines()}
    assert [line for line in refusal.lines if line not in shown] == []


def says(bad: Bad, problem: Mapping[str, str]) -> bool:
    """Whether a problem is the one that was made."""
    return bad.at in problem["where"] and bad.what in problem["what"] and bad.fix in problem["fix"]


def test_variables_of_the_other_cloud(refuse: Refuser, files: Files) -> None:
    files.change(QA, "\naccount:", "\nvariables: qa\naccount:")
    refuse.mayfly("up", STACK).one(
        "stacks/variables/qa.yaml", "is on azure, but the fabric 'awsqa'", "arn:aws"
    )


def test_what_is_beside_the_functions_and_what_has_a_hyphen(refuse: Refuser, files: Files) -> None:
    files.write(f"{FUNCTIONS}/shared.py", "")
    (refuse.checkout.root / FUNCTIONS / "by-month").mkdir()
    try:
        told = refuse.mayfly("up", STACK).problems
    finally:
        (refuse.checkout.root / FUNCTIONS / "by-month").rmdir()
    assert [(problem["where"].rpartition("/")[2]) for problem in told] == [
        "shared.py",
        "by-month",
        "by-month",
    ]


# Below, AWS says no.


def test_a_source_that_does_not_exist(refuse: Refuser) -> None:
    missing = "arn:aws:s3:::flights-laek/flights/"
    refuse.mayfly("up", STACK, MAYFLY_VAR_LAKE=missing).one(
        "sources.lake", f"{missing} does not exist", "give the ARN"
    )


def test_no_boundary(refuse: Refuser, owner: AwsSdk) -> None:
    """Its owner has not made it yet."""
    version = owner.iam.get_policy(PolicyArn=BOUNDARY)["Policy"]["DefaultVersionId"]
    document = owner.iam.get_policy_version(PolicyArn=BOUNDARY, VersionId=version)["PolicyVersion"][
        "Document"
    ]
    owner.iam.delete_policy(PolicyArn=BOUNDARY)
    try:
        refuse.mayfly("up", STACK).one(BOUNDARY, "does not exist", "`mayfly local start`")
    finally:
        owner.iam.create_policy(PolicyName="mayfly-boundary", PolicyDocument=json.dumps(document))


@contextmanager
def bucket(checkout: Checkout, owner: AwsSdk, environment: str) -> Iterator[str]:
    """A bucket of the very name that an environment's would have, made by somebody else."""
    name = naming.aws.names(settings.load(checkout.root, environment, {})).bucket
    owner.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    try:
        yield name
    finally:
        owner.s3.delete_bucket(Bucket=name)


def test_the_checks_see_what_is_made(refuse: Refuser, checkout: Checkout, owner: AwsSdk) -> None:
    """Control: else nothing here would prove anything."""
    with pytest.raises(AssertionError, match="CreateBucket"), refuse.nothing_created():  # noqa: SIM117
        with bucket(checkout, owner, STACK):
            pass


def test_a_bucket_of_its_name_that_is_anothers(refuse: Refuser, checkout: Checkout, owner: AwsSdk) -> None:
    with bucket(checkout, owner, STACK) as name:
        tags: Any = {"TagSet": [{"Key": "mayfly-env", "Value": "awsqa-1"}]}
        owner.s3.put_bucket_tagging(Bucket=name, Tagging=tags)
        refuse.mayfly("up", STACK).one(f"bucket {name}", "does not carry the marker", "choose another id")


def test_a_bucket_of_its_name_that_is_closed_to_us(
    refuse: Refuser, checkout: Checkout, owner: AwsSdk
) -> None:
    """As one in another account is."""
    with bucket(checkout, owner, STACK) as name:
        closed = {"Effect": "Deny", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/deployer"}}
        closed |= {"Action": "s3:*", "Resource": f"arn:aws:s3:::{name}"}
        policy = {"Version": "2012-10-17", "Statement": [closed]}
        owner.s3.put_bucket_policy(Bucket=name, Policy=json.dumps(policy))
        refuse.mayfly("up", STACK).one(f"bucket {name}", "is taken in another account", "unique in the world")


def test_another_account_than_the_fabrics(refuse: Refuser, files: Files) -> None:
    files.change(QA, ACCOUNT, "999999999999")
    refusal = refuse.mayfly("up", STACK)
    refusal.one("account", f"signed in to {ACCOUNT}, and the fabric's account is 999999999999", "sign in to")


def test_an_environment_that_is_not_deployed(refuse: Refuser) -> None:
    refuse.mayfly("run", "awsqa-75", "flights").one("ENV", "'awsqa-75' is not deployed", "mayfly up awsqa-75")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"AWS_SECRET_ACCESS_KEY": "not-the-secret"}, "SignatureDoesNotMatch"),
        ({"AWS_ENDPOINT_URL": "https://127.0.0.1:1"}, "EndpointConnectionError"),
    ],
    ids=["sign-in", "stopped"],
)
def test_nobody_who_answers(refuse: Refuser, stack: str, wrong: dict[str, str], told: str) -> None:
    """Told at once, by mayfly and by Pulumi."""
    finished, document = refuse.fails("mayfly", "up", "--json", stack, environ=wrong, timeout=30)
    assert finished.code == 1
    for text in (document["error"]["message"], refuse.pulumi(stack, **wrong)):
        assert told in text
        assert "not-the-secret" not in text
