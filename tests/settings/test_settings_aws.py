"""Settings of environments on AWS: what is loaded, and every message."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayfly.errors import BadInput, Problem
from mayfly.settings import (
    AwsFabric,
    AzureFabric,
    BucketArn,
    EnvironmentSettings,
    load,
    with_sources,
)
from mayfly.settings.invalid import InvalidValue
from mayfly.settings.sources import bucket_arn
from tests.settings.conftest import LAKE, VARIABLES, Project
from tests.settings.conftest import fabric as azure_fabric

REPOSITORY = Path(__file__).parents[2]
BUCKET = "arn:aws:s3:::flights-lake/2013/"
FABRIC = {
    "cloud": "aws",
    "account": "123456789012",
    "region": "eu-west-1",
    "lifetime": "ephemeral",
    "owner": "data-platform",
    "workload": "examples/flights",
}
SINKS = "sinks:\n  curated: curated\nvalues:\n  year: 2013\n"
GROUP = f"sources:\n  raw-lake: {BUCKET}\nsinks:\n  curated: curated\nvalues:\n  year: 2013\n"


def fabric(**changes: str | None) -> str:
    """A fabric's file with some fields changed, or left out (None)."""
    fields = {**FABRIC, **changes}
    return "".join(f"{name}: {value}\n" for name, value in fields.items() if value is not None)


@pytest.fixture(name="project")
def _project(project: Project) -> Project:
    """A project with fabrics on both clouds."""
    project.fabric("awsqa", fabric())
    project.fabric("awsprod", fabric(lifetime="permanent"))
    project.variables("awsqa", GROUP)
    project.variables("awsprod", GROUP)
    return project


def test_an_environment_is_loaded(project: Project) -> None:
    found = load(project.root, "awsqa-142", {})
    assert isinstance(found.fabric, AwsFabric)
    assert found.aws is found.fabric
    assert (found.aws.account, found.aws.region) == ("123456789012", "eu-west-1")
    assert (found.aws.scope, found.aws.infrastructure, found.aws.permanent) == ("environment", None, False)
    assert found.variables.resolved == {"raw-lake": BUCKET, "curated": "curated", "year": 2013}
    assert found.variables.buckets == {"raw-lake": BUCKET}
    assert isinstance(found.variables.buckets["raw-lake"], BucketArn)


def test_both_clouds_live_in_one_project(project: Project) -> None:
    found = load(project.root, "qa-1", {})
    assert isinstance(found.fabric, AzureFabric)
    assert found.variables.buckets == {}
    with pytest.raises(BadInput, match=r"environment 'qa-1'.*'qa' is on azure.*whose fabric is on aws"):
        _ = found.aws
    with pytest.raises(BadInput, match=r"environment 'awsqa-1'.*'awsqa' is on aws.*on azure"):
        _ = load(project.root, "awsqa-1", {}).azure


@pytest.mark.parametrize("stack", ["awsqa-142", "awsprod"])
def test_the_example_loads(stack: str) -> None:
    found = load(REPOSITORY, stack, {})
    assert found.variables.buckets["lake"].bucket == "flights-lake-123456789012"
    assert found.variables.resolved["year"] == 2013


@pytest.mark.parametrize(
    ("written", "account"), [("123456789012", "123456789012"), ("012345678901", "012345678901")]
)
def test_an_account_needs_no_quotes(project: Project, written: str, account: str) -> None:
    """YAML takes one for a number; one that begins with 0 stays a text."""
    project.fabric("awsqa", fabric(account=written))
    assert load(project.root, "awsqa-1", {}).aws.account == account


@pytest.mark.parametrize(
    ("written", "bucket", "prefix", "address"),
    [
        ("arn:aws:s3:::b-1", "b-1", "", "s3://b-1/"),
        ("arn:aws:s3:::b-1/", "b-1", "", "s3://b-1/"),
        ("arn:aws:s3:::b.1/x/year=2013/", "b.1", "x/year=2013/", "s3://b.1/x/year=2013/"),
    ],
)
def test_a_bucket_knows_its_parts(written: str, bucket: str, prefix: str, address: str) -> None:
    arn = bucket_arn(written)
    assert (arn.bucket, arn.prefix, arn.address) == (bucket, prefix, address)
    assert arn.bucket_arn == f"arn:aws:s3:::{bucket}"
    assert bucket_arn(arn) == arn


@given(st.text("ab.*?/$ {}=-\n", max_size=12))
def test_no_prefix_means_more_than_itself(prefix: str) -> None:
    """Whatever is taken is a plain path: in a policy it stands for what is below it and no more."""
    try:
        taken = bucket_arn(f"arn:aws:s3:::bucket/{prefix}").prefix
    except InvalidValue:
        return
    assert not set(taken) & set("*?${}\n ")
    assert taken == "" or taken.endswith("/")
    assert not {"", ".", ".."} & set(taken.split("/")[:-1])


# what stands in awsqa.yaml, then the one problem: where, what, fix
FABRICS = [
    (fabric(cloud="asw"), "awsqa.yaml:1: cloud", "got 'asw'", "did you mean 'aws'? known: aws, azure"),
    (fabric(account=None), "awsqa.yaml: account", "is missing", "12 digits"),
    (fabric(account="12345678901"), ":2: account", "12345678901 is not an account's id", "12 digits"),
    (fabric(account='"1234 5678 9012"'), ":2: account", "is not an account's id", "aws sts get-caller-id"),
    (fabric(account="true"), ":2: account", "got True, a truth value", "12 digits"),
    (fabric(account="1234567890.12"), ":2: account", "got 1234567890.12, a number", "12 digits"),
    (fabric(account=""), ":2: account", "is empty", "12 digits"),
    (fabric(region=None), "awsqa.yaml: region", "is missing", "such as eu-west-1"),
    (fabric(region="westeurope"), ":3: region", "'westeurope' is not a region's name", "such as eu-west-1"),
    (fabric(region="EU-west-1"), ":3: region", "is not a region's name", "such as eu-west-1"),
    (fabric(region="eu-west-1a"), ":3: region", "is not a region's name", "such as eu-west-1"),
    (fabric(region="cn-north-1"), ":3: region", "is not a region's name", "not one of China's"),
    (fabric(region="us-gov-west-1"), ":3: region", "is not a region's name", "GovCloud"),
    (fabric(subscription="x"), ":7: subscription", "is not a field of this file", "known: account, cloud"),
    (fabric(scope="aplication"), ":7: scope", "got 'aplication'", "did you mean 'application'?"),
    (fabric(infrastructure="awsprod"), ":7: infrastructure", "the scope environment makes its own", "leave"),
    (
        fabric(scope="application"),
        "awsqa.yaml: infrastructure",
        "is missing: the scope is appl",
        "such as prod",
    ),
    (
        fabric(scope="application", lifetime="permanent"),
        ":7: scope",
        "a permanent fabric has infrastructure of its own",
        "`lifetime: ephemeral`",
    ),
    (
        fabric(scope="application", infrastructure="Prod"),
        ":8: infrastructure",
        "'Prod' is not a fabric's name",
        "at most 10",
    ),
    (
        fabric(scope="application", infrastructure="awsprd"),
        ":8: infrastructure",
        "there is no stacks/fabrics/awsprd.yaml",
        "did you mean 'awsprod'?",
    ),
    (
        fabric(scope="application", infrastructure="qa"),
        ":8: infrastructure",
        "'qa' is ephemeral",
        "known: awsprod, prod",
    ),
    (
        fabric(scope="application", infrastructure="prod"),
        ":8: infrastructure",
        "'prod' is on azure, this fabric on aws 123456789012 eu-west-1",
        "name the same place in both",
    ),
    (
        fabric(scope="application", infrastructure="awsprod", region="eu-west-2"),
        ":8: infrastructure",
        "is on aws 123456789012 eu-west-1, this fabric on aws 123456789012 eu-west-2",
        "name the same place in both",
    ),
]


@pytest.mark.parametrize(("text", "where", "what", "fix"), FABRICS)
def test_every_message_of_a_fabric(project: Project, text: str, where: str, what: str, fix: str) -> None:
    project.fabric("awsqa", text)
    project.variables("awsqa", SINKS)
    _one(project.problems("awsprod"), "stacks/fabrics/awsqa.yaml", where, what, fix)


def test_an_application_knows_its_infrastructure(project: Project) -> None:
    project.fabric("awsqa", fabric(scope="application", infrastructure="awsprod"))
    project.variables("awsqa", SINKS)
    found = load(project.root, "awsqa-1", {})
    assert (found.aws.scope, found.aws.infrastructure) == ("application", "awsprod")
    assert found.infrastructure == load(project.root, "awsprod", {}).fabric
    assert load(project.root, "awsprod", {}).infrastructure is None


@pytest.mark.parametrize("id", ["awsprod", "awsprod-1", "prod"])
def test_an_applications_id_may_be_anothers_name(project: Project, id: str) -> None:
    """Its functions are called by its whole name, so they meet nobody's."""
    project.fabric("awsqa", fabric(scope="application", infrastructure="awsprod"))
    project.variables("awsqa", SINKS)
    assert load(project.root, f"awsqa-{id}", {}).id == id


def test_an_application_declares_no_sources(project: Project) -> None:
    project.fabric("awsqa", fabric(scope="application", infrastructure="awsprod"))
    (problem,) = project.problems("awsqa-1")
    assert problem.where == "stacks/variables/awsqa.yaml:1: sources"
    assert "'awsqa' takes its sources over from 'awsprod'" in problem.what


def test_on_azure_the_infrastructure_may_be_in_another_subscription(project: Project) -> None:
    elsewhere = "6d617966-6c79-4000-8000-0000000000a0"
    project.fabric("prod", azure_fabric(lifetime="permanent", subscription=elsewhere, location="northeurope"))
    project.fabric("qa", azure_fabric(scope="application", infrastructure="prod"))
    project.variables("qa", SINKS)
    found = load(project.root, "qa-1", {}).infrastructure
    assert isinstance(found, AzureFabric)
    assert found.subscription == elsewhere


@pytest.fixture
def application(project: Project) -> EnvironmentSettings:
    project.fabric("awsqa", fabric(scope="application", infrastructure="awsprod"))
    project.variables("awsqa", SINKS)
    return load(project.root, "awsqa-1", {})


def test_an_application_takes_over_what_is_published(application: EnvironmentSettings) -> None:
    found = with_sources(application, {"raw-lake": BUCKET}, "/mayfly/awsprod/infrastructure")
    assert found.variables.resolved == {"raw-lake": BUCKET, "curated": "curated", "year": 2013}
    assert found.variables.buckets["raw-lake"].prefix == "2013/"


def test_what_vars_prints_of_an_application_can_be_given_back(project: Project) -> None:
    project.fabric("awsqa", fabric(scope="application", infrastructure="awsprod"))
    project.variables("awsqa", SINKS)
    given = {"MAYFLY_VAR_RAW_LAKE": BUCKET, "MAYFLY_VAR_CURATED": "curated", "MAYFLY_VAR_YEAR": "2014"}
    found = with_sources(load(project.root, "awsqa-1", given), {"raw-lake": BUCKET}, "there")
    assert found.variables.resolved == {"raw-lake": BUCKET, "curated": "curated", "year": 2014}


@pytest.mark.parametrize(
    ("variable", "value", "what", "fix"),
    [
        (
            "MAYFLY_VAR_RAW_LAKE",
            "arn:aws:s3:::mine/",
            "awsprod reads arn:aws:s3:::flights-lake",
            "leave it out",
        ),
        ("MAYFLY_VAR_RAWLAKE", BUCKET, "declares no variable of this name", "'MAYFLY_VAR_RAW_LAKE'"),
    ],
)
def test_an_applications_sources_are_not_overridden(
    project: Project, variable: str, value: str, what: str, fix: str
) -> None:
    project.fabric("awsqa", fabric(scope="application", infrastructure="awsprod"))
    project.variables("awsqa", SINKS)
    found = load(project.root, "awsqa-1", {variable: value})
    with pytest.raises(BadInput) as error:
        with_sources(found, {"raw-lake": BUCKET}, "there")
    (problem,) = error.value.problems
    assert problem.where == variable
    assert what in problem.what
    assert fix in problem.fix


@pytest.mark.parametrize(
    ("sources", "where", "what"),
    [
        ({"Year": BUCKET}, "stacks/variables/awsqa.yaml: values.year", "the source 'Year' as well"),
        ({"lake": "s3://flights-lake/"}, "there: sources.lake", "is an address"),
        ({"lake": LAKE}, "there: sources.lake", "is on azure, and the application on aws"),
        ({"lake": 7}, "there: sources.lake", "got 7"),
    ],
)
def test_what_an_application_cannot_take_over(
    application: EnvironmentSettings, sources: dict[str, object], where: str, what: str
) -> None:
    with pytest.raises(BadInput) as error:
        with_sources(application, sources, "there")
    (problem,) = error.value.problems
    assert problem.where == where
    assert what in problem.what


def _sources(arn: str) -> str:
    return f"sources:\n  lake: {arn}\n"


START = "arn:aws:s3:::"
WRITTEN = f"{START}flights-lake/2013/"
GROUPS = [
    (_sources("s3://flights-lake/2013/"), ":2: sources.lake", "is an address, not an ARN", WRITTEN),
    (_sources("s3a://flights-lake/2013/"), ":2: sources.lake", "is an address, not an ARN", WRITTEN),
    (
        _sources("s3://flights-lake"),
        ":2: sources.lake",
        "is an address, not an ARN",
        "arn:aws:s3:::flights-lake",
    ),
    (
        _sources("https://flights-lake.s3.eu-west-1.amazonaws.com/2013/"),
        ":2: sources.lake",
        "is an address, not an ARN",
        WRITTEN,
    ),
    (_sources(f"{START}b/x"), ":2: sources.lake", "'b' cannot be the name of a bucket", "3 to 63"),
    (_sources(f"{START}lake/x"), ":2: sources.lake", "'x' does not end in a slash", f"{START}lake/x/"),
    (_sources(f"{START}lake/*"), ":2: sources.lake", "the prefix '*' has a wildcard", "below a prefix"),
    (_sources(f"{START}lake/x?/"), ":2: sources.lake", "has a wildcard", "below a prefix"),
    (_sources(f"{START}lake/../"), ":2: sources.lake", "the prefix '../' is not allowed", "not . or .."),
    (_sources(f"{START}lake//"), ":2: sources.lake", "the prefix '/' is not allowed", "followed by /"),
    (_sources(START + "lake/${x}/"), ":2: sources.lake", "is not allowed", "letters, digits and"),
    (_sources(f"{START}lake/{'x' * 300}/"), ":2: sources.lake", "is not allowed", "at most 256"),
    (_sources(f"{START}Lake/x/"), ":2: sources.lake", "'Lake' cannot be the name of a bucket", "lower-case"),
    (
        _sources("arn:aws:s3:eu-west-1:123456789012:accesspoint/x"),
        ":2: sources.lake",
        "is the ARN of something else",
        "arn:aws:s3:::<bucket>/<prefix>/",
    ),
    (_sources("arn:aws-cn:s3:::lake"), ":2: sources.lake", "is the ARN of something else", "arn:aws:s3:::<b"),
    (
        _sources("flights-lake"),
        ":2: sources.lake",
        "is not the ARN of a bucket",
        "on AWS arn:aws:s3:::<bucket>",
    ),
    (
        _sources(LAKE),
        ":2: sources.lake",
        "is on azure, but the fabric 'awsqa' is on aws",
        "arn:aws:s3:::<bucket>/<prefix>/",
    ),
    ("sinks: {a: raw/x}\n", ":1: sinks.a", "a path inside", "name 'raw'"),
    ("values: {a: 1}\n", ":1: values.a", "'A' cannot be an environment variable", "at least 2 characters"),
    ("values: {_x: 1}\n", ":1: values._x", "'_X' cannot be an environment variable", "a letter, then"),
    (
        "values: {aws_region: x}\n",
        ":1: values.aws_region",
        "'AWS_REGION' is kept",
        "neither begins with AWS_",
    ),
    ("values: {path: x}\n", ":1: values.path", "'PATH' is kept for the system", "such as PATH"),
    ("sinks: {lambda-x: raw}\n", ":1: sinks.lambda-x", "'LAMBDA_X' is kept", "LAMBDA_"),
]


@pytest.mark.parametrize(("text", "where", "what", "fix"), GROUPS)
def test_every_message_of_a_variable_group(
    project: Project, text: str, where: str, what: str, fix: str
) -> None:
    project.variables("awsqa", text)
    _one(project.problems("awsprod"), "stacks/variables/awsqa.yaml", where, what, fix)


def test_what_only_functions_cannot_have_is_fine_on_azure(project: Project) -> None:
    project.variables("qa", VARIABLES + "  path: x\n  a: 1\n")
    assert load(project.root, "qa-1", {}).variables.values["path"] == "x"


def test_a_bucket_is_nothing_that_azure_reads(project: Project) -> None:
    project.fabric("qa", azure_fabric(variables="awsqa"))
    _one(
        project.problems("awsprod"),
        "stacks/variables/awsqa.yaml",
        ":2: sources.raw-lake",
        "is on aws, but the fabric 'qa' is on azure",
        "or give the fabric other `variables`",
    )


@pytest.mark.parametrize(
    ("given", "what"),
    [("s3://other/x/", "is an address, not an ARN"), (LAKE, "is not the ARN of a bucket")],
)
def test_a_pipeline_replaces_a_bucket_by_a_bucket(project: Project, given: str, what: str) -> None:
    (problem,) = project.problems("awsqa-1", MAYFLY_VAR_RAW_LAKE=given)
    assert problem.where == "MAYFLY_VAR_RAW_LAKE"
    assert what in problem.what


def test_a_pipeline_names_another_bucket(project: Project) -> None:
    found = load(
        project.root, "awsqa-1", {"MAYFLY_VAR_RAW_LAKE": "arn:aws:s3:::other", "MAYFLY_VAR_CURATED": "new"}
    )
    assert found.variables.buckets["raw-lake"].bucket == "other"
    assert found.variables.sinks["curated"] == "new"


def test_all_problems_of_all_files_come_at_once(project: Project) -> None:
    project.fabric("awsqa", fabric(account="1", region="x", owner=None))
    project.variables("awsprod", "sources: {lake: s3://x/y}\nvalues: {path: [9007199254740993]}\n")
    wheres = [problem.where for problem in project.problems("qa-1")]
    assert wheres == [
        "stacks/fabrics/awsqa.yaml: owner",
        "stacks/fabrics/awsqa.yaml:2: account",
        "stacks/fabrics/awsqa.yaml:3: region",
        "stacks/variables/awsprod.yaml:1: sources.lake",
        "stacks/variables/awsprod.yaml:2: values.path",
    ]


def _one(problems: tuple[Problem, ...], file: str, where: str, what: str, fix: str) -> None:
    assert all(problem.where.startswith(file) for problem in problems), problems
    assert [
        problem
        for problem in problems
        if where in problem.where and what in problem.what and fix in problem.fix
    ], "\n".join(map(str, problems))
