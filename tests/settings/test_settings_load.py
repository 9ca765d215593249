"""Settings: what is loaded, and every message."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from mayfly.errors import BadInput
from mayfly.naming.azure import ids
from mayfly.settings import ContainerId, fabric_of, fabrics, load
from tests.settings.conftest import LAKE, Project, fabric

REPOSITORY = Path(__file__).parents[2]


def test_an_environment_is_loaded(project: Project) -> None:
    project.write("Pulumi.yaml", "name: lakes\nruntime: python\n")
    found = load(project.root, "qa-142", {})
    assert (found.name, found.id, found.project) == ("qa-142", "142", "lakes")
    assert (found.fabric.name, found.fabric.variables, found.fabric.permanent) == ("qa", "qa", False)
    assert found.workload == project.root / "examples/flights"
    assert found.variables.resolved == {"raw-lake": LAKE, "curated": "curated", "year": 2013}
    assert found.variables.containers == {"raw-lake": ("flights",), "curated": ("curated",)}
    assert found.fabric.life
    assert (found.fabric.life.default, found.fabric.life.longest) == (timedelta(days=7), timedelta(days=30))


def test_production_has_no_id_and_no_length_of_life(project: Project) -> None:
    found = load(project.root, "prod", {})
    assert (found.name, found.id, found.fabric.life, found.fabric.permanent) == ("prod", None, None, True)


def test_settings_are_frozen(project: Project) -> None:
    found = load(project.root, "qa-1", {})
    with pytest.raises(ValidationError, match="frozen"):
        found.name = "qa-2"
    with pytest.raises(ValidationError, match="frozen"):
        found.azure.location = "eastus"


def test_a_fabric_may_use_the_variables_of_another(project: Project) -> None:
    project.fabric("dev", fabric(variables="qa"))
    assert load(project.root, "dev-1", {}).variables.name == "qa"


def test_a_container_id_knows_its_parts_and_has_the_clouds_own_spelling(project: Project) -> None:
    shouted = LAKE.replace("resourceGroups", "resourcegroups").replace(
        "Microsoft.Storage", "microsoft.storage"
    )
    project.variables("qa", f"sources: {{lake: {shouted.replace('6d61', '6D61')}}}")
    id = load(project.root, "qa-1", {}).variables.sources["lake"]
    assert id == LAKE
    assert isinstance(id, ContainerId)
    account = ids.account_of(id.parsed).name
    assert (id.parsed.group, account, id.parsed.name) == ("flights-lake", "flightslake", "flights")
    assert id.parsed.subscription == "6d617966-6c79-4000-8000-0000000000a0"


@pytest.mark.parametrize(
    ("stack", "sources"), [("qa-142", {"lake"}), ("dev-feature-1", set()), ("prod", {"lake"})]
)
def test_the_example_loads(stack: str, sources: set[str]) -> None:
    found = load(REPOSITORY, stack, {})
    assert set(found.variables.sources) == sources
    assert found.variables.resolved["year"] == 2013


@pytest.mark.parametrize(
    ("stack", "what", "fix"),
    [
        ("nope-1", "there is no stacks/fabrics/nope.yaml", "known: prod, qa"),
        ("qaa-1", "there is no stacks/fabrics/qaa.yaml", "did you mean 'qa'?"),
        ("prod-1", "is permanent: its one environment has no id", "use 'prod'"),
        ("qa", "is ephemeral: its environments have an id", "qa-<id>, such as qa-142"),
        ("--help", "looks like an option", "<fabric>-<id>"),
    ],
)
def test_a_name_that_is_no_environment(project: Project, stack: str, what: str, fix: str) -> None:
    (problem,) = project.problems(stack)
    assert what in problem.what
    assert fix in problem.fix


# what stands in qa.yaml, then the one problem: where, what, fix
FABRICS = [
    (fabric(cloud="gcp"), "qa.yaml:1: cloud", "got 'gcp'", "known: aws, azure"),
    (fabric(cloud=""), "qa.yaml:1: cloud", "is empty", "one of aws, azure"),
    (fabric(cloud=None), "qa.yaml: cloud", "is missing", "one of aws, azure"),
    (fabric(lifetime="ephemral"), ":4: lifetime", "got 'ephemral'", "did you mean 'ephemeral'?"),
    (fabric(subscription="prod"), ":2: subscription", "'prod' is not a subscription's id", "az account show"),
    (fabric(subscription=None), "qa.yaml: subscription", "is missing", "a subscription's id"),
    (fabric(location="West Europe"), ":3: location", "'West Europe' is not a region's", "such as westeurope"),
    (fabric(location="1"), ":3: location", "got 1, a number", "such as westeurope"),
    (fabric(owner="x" * 300), ":5: owner", "(300 characters) does not fit a tag", "at most 256"),
    (fabric(owner="[a]"), ":5: owner", "got ['a'], a list", "one line"),
    (fabric(workload="/etc"), ":6: workload", "is not a path inside", "such as examples/flights"),
    (fabric(workload="a/../../b"), ":6: workload", "leaves this repository", "such as examples/flights"),
    (fabric(variables="QA"), ":7: variables", "no stacks/variables/QA.yaml", "did you mean 'qa'"),
    (fabric(variables="pord"), ":7: variables", "no stacks/variables/pord.yaml", "did you mean 'prod'?"),
    (fabric(name="qa"), ":7: name", "is not a field of this file", "the name is the file's own"),
    (fabric(ownr="x"), ":7: ownr", "is not a field of this file", "did you mean 'owner'? known: cloud"),
    (fabric(zzz="x"), ":7: zzz", "is not a field of this file", "known: cloud, infrastructure, life"),
    (fabric(life="7d"), ":7: life", "got '7d', a text", "a mapping"),
    (fabric(life="{default: 7}"), ":7: life.default", "got 7, a number", "such as 7d"),
    (fabric(life="{default: 0d}"), ":7: life.default", "'0d' is not a time", "such as 7d"),
    (fabric(life="{default: 400d}"), ":7: life.default", "'400d' is too long", "at most 366d"),
    (fabric(life="{default: 9d, longest: 1w}"), ":7: life.longest", "shorter than the default", "at least"),
    (fabric(life="{defalt: 9d}"), ":7: life.defalt", "is not a field", "did you mean 'default'?"),
    (fabric(lifetime="permanent", life="{}"), ":7: life", "permanent fabric has no length", "leave it out"),
    (fabric() + "cloud: azure\n", ":7: cloud", "is there twice; first in line 1", "keep one"),
    (fabric(owner="&a x", workload="*a"), ":6: workload", "is an alias", "write the value out"),
    (fabric(owner="!x y"), ":5: owner", "has the tag !x", "a plain value"),
    (fabric() + "? [a]\n: b\n", ":7", "has a key that is no text", "key: value"),
    ("a: [1\n", "qa.yaml:2:1", "is not YAML: did not find expected ',' or ']'", "mend it there"),
    ("a: b: c\n", "qa.yaml:1:5", "is not YAML: mapping values are not allowed", "mend it there"),
    ("\tx: 1\n", "qa.yaml:1:1", "is not YAML: found character", "mend it there"),
    ("a: 1\n---\nb: 2\n", "qa.yaml:2:1", "is not YAML: but found another document", "mend it there"),
    ("a: \x07\n", "qa.yaml", "is not YAML", "plain text"),
    ("- a\n", "qa.yaml:1", "is not a mapping", "lines of `key: value`"),
    (b"a: \xff\n", "qa.yaml", "byte 3 is not UTF-8", "save it as UTF-8"),
]


@pytest.mark.parametrize(("text", "where", "what", "fix"), FABRICS)
def test_every_message_of_a_fabric(
    project: Project, text: str | bytes, where: str, what: str, fix: str
) -> None:
    project.fabric("qa", text)
    _one_of(project, "stacks/fabrics/qa.yaml", where, what, fix)


def _container(name: str) -> str:
    return LAKE.removesuffix("flights") + name


def _sources(id: str) -> str:
    return f"sources:\n  lake: {id}\n"


GROUPS = [
    (
        _sources("https://lake.blob.core.windows.net/raw/x"),
        ":2: sources.lake",
        "is an address",
        "ts/lake/blob",
    ),
    (
        _sources("abfss://raw@lake.dfs.core.windows.net/x"),
        ":2: sources.lake",
        "is an address",
        "containers/raw",
    ),
    (
        _sources(LAKE + "/2013"),
        ":2: sources.lake",
        "'/2013' after the container 'flights'",
        "stop at the container: name 'flights', and keep the path in the dataset",
    ),
    (_sources(LAKE + "/"), ":2: sources.lake", "a path inside a container", "stop at the container"),
    (
        _sources(LAKE.split("/blob")[0]),
        ":2: sources.lake",
        "is the id of a storage account",
        "/containers/<cont",
    ),
    (
        _sources(LAKE.replace("blobServices", "x")),
        ":2: sources.lake",
        "names no container",
        "/containers/<cont",
    ),
    (
        _sources("flights"),
        ":2: sources.lake",
        "nor the resource id of a container",
        "/subscriptions/<id>/",
    ),
    (_sources(_container("Fl")), ":2: sources.lake", "'Fl' cannot be the name of a container", "3 to 63"),
    (_sources(_container("")), ":2: sources.lake", "'' cannot be the name of a container", "3 to 63"),
    (_sources(LAKE.replace("/flightslake", "/A")), ":2: sources.lake", "of a storage account", "3 to 24"),
    (_sources(LAKE.replace("/flights-lake", "/a.")), ":2: sources.lake", "of a resource group", "1 to 90"),
    (_sources(LAKE.replace("6d617966", "x")), ":2: sources.lake", "is not a subscription's id", "az account"),
    (_sources(""), ":2: sources.lake", "is empty", "/subscriptions/<id>/"),
    (f"sources:\n  a.b: {LAKE}\n", ":2: sources.a.b", "'a.b' is not a store's name", "starts with a letter"),
    ("sources: x\n", ":1: sources", "got 'x', a text", "a mapping"),
    ("sources:\n", ":1: sources", "is empty", "a mapping"),
    ("source: {}\n", ":1: source", "is not a field", "did you mean 'sources'?"),
    ("name: qa\n", ":1: name", "is not a field", "the file's own"),
    ("sinks: {a: raw/x}\n", ":1: sinks.a", "a path inside a container", "name 'raw'"),
    ("sinks: {a: Raw}\n", ":1: sinks.a", "'Raw' is not a container's name", "lower-case"),
    ("sinks: {a: 5}\n", ":1: sinks.a", "got 5, a number", "3 to 63"),
    ("sinks: {a: raw}\nvalues: {A: 1}\n", ":2: values.A", "the same name as sinks.a", "call one"),
    ("sinks: {a-b: raw, a_b: raw}\n", ":1: sinks.a_b", "the same name as sinks.a-b", "call one"),
    ("values: {my year: 1}\n", ":1: values.my year", "is not a value's name", "spell it out"),
    ("values: {a: }\n", ":1: values.a", "is empty", '"" for an empty text'),
    ("values: {a: [1, {b: 9007199254740993}]}\n", ":1: values.a", "keeps whole numbers up to", "in quotes"),
    ("values: {a: {b: 9007199254740993}}\n", ":1: values.a", "whole numbers up to", "in quotes"),
    ("values: {a-b: 1, A_B: 2}\n", ":1: values.A_B", "the same name as values.a-b", "call one"),
    ("values: {a: 9007199254740993}\n", ":1: values.a", "got 9007199254740993", "put it in quotes"),
    ("values: {a: -9007199254740993}\n", ":1: values.a", "up to 2^53", "put it in quotes"),
    ("values: {a: 1e999}\n", ":1: values.a", "got inf", "a finite number"),
    ('values: {a: "b\\0"}\n', ":1: values.a", "no environment variable can hold", "a text"),
    (
        "sources:\n" + "".join(f"  s{n}: {LAKE}\n" for n in range(31)),
        ":1: sources",
        "has 31 entries",
        "at most 30",
    ),
]


@pytest.mark.parametrize(("text", "where", "what", "fix"), GROUPS)
def test_every_message_of_a_variable_group(
    project: Project, text: str, where: str, what: str, fix: str
) -> None:
    project.variables("qa", text)
    _one_of(project, "stacks/variables/qa.yaml", where, what, fix)


def _one_of(project: Project, file: str, where: str, what: str, fix: str) -> None:
    problems = project.problems("prod")
    assert all(problem.where.startswith(file) for problem in problems), problems
    matching = [
        problem
        for problem in problems
        if where in problem.where and what in problem.what and fix in problem.fix
    ]
    assert matching, "\n".join(map(str, problems))


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("true", True),
        ("False", False),
        ("010", "010"),
        ("0", 0),
        ("-5", -5),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("12:30", "12:30"),
        ("2013-01-01", "2013-01-01"),
        ("1_000", "1_000"),
        ("0x1f", "0x1f"),
        ('"5"', "5"),
        ('""', ""),
        ("=", "="),
        ("<<", "<<"),
    ],
)
def test_a_plain_value_is_what_it_looks_like(project: Project, written: str, value: object) -> None:
    project.variables("qa", f"values: {{a: {written}}}\n")
    found = load(project.root, "qa-1", {}).variables.values["a"]
    assert (found, type(found)) == (value, type(value))


def test_all_problems_of_all_files_come_at_once(project: Project) -> None:
    project.fabric("qa", fabric(cloud="x", owner=None, variables="wq", workload="nowhere", colour="red"))
    project.fabric("prod", "a: [")
    project.variables("qa", "sinks: {a: Raw}\nvalues: {b: }\n")
    project.variables("prod", "sources: 5\n")
    project.write("stacks/fabrics/dev.yml", fabric())
    problems = project.problems("Nope_1")
    assert len(problems) == 10
    files = {problem.where.split(":")[0] for problem in problems}
    assert files == {
        "environment 'Nope_1'",
        "stacks/fabrics/qa.yaml",
        "stacks/fabrics/prod.yaml",
        "stacks/fabrics/dev.yml",
        "stacks/variables/qa.yaml",
        "stacks/variables/prod.yaml",
    }


def test_no_files_at_all(tmp_path: Path) -> None:
    problems = Project.problems(_bare(tmp_path))
    assert {problem.where for problem in problems} == {"fabric 'qa'", "stacks/fabrics", "stacks/variables"}


def _bare(root: Path) -> Project:
    project = Project.__new__(Project)
    project.root = root
    return project


def test_a_file_that_cannot_be_read(project: Project) -> None:
    (project.root / "stacks/fabrics/dev.yaml").mkdir()
    (problem,) = project.problems()
    assert problem.where == "stacks/fabrics/dev.yaml"
    assert problem.what.startswith("cannot be read")


def test_the_fabrics_of_a_project(project: Project) -> None:
    assert {name: form.permanent for name, form in fabrics(project.root).items()} == {
        "qa": False,
        "prod": True,
    }
    project.fabric("qa", "a: 1")
    with pytest.raises(BadInput, match="is not a field"):
        fabrics(project.root)


def test_a_teardown_needs_its_own_fabrics_file_alone(project: Project) -> None:
    project.fabric("prod", "a: [")
    project.variables("qa", "a: [")
    (project.root / "examples/flights").rmdir()
    assert fabric_of(project.root, "qa-1").owner
    with pytest.raises(BadInput, match=r"there is no stacks/fabrics/dev\.yaml.*known: prod, qa"):
        fabric_of(project.root, "dev-1")
    with pytest.raises(BadInput, match="is not YAML"):
        fabric_of(project.root, "prod")


def test_a_part_of_a_life_left_out_has_its_default(project: Project) -> None:
    project.fabric("qa", fabric(life="{longest: 60d}", variables="prod"))
    found = load(project.root, "qa-1", {}).fabric
    assert found.life
    assert found.life.default == timedelta(days=7)
