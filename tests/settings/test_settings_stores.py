"""Stores of several containers, and stores in accounts of their own."""

from __future__ import annotations

import pytest

from mayfly import naming
from mayfly.settings import load
from mayfly.settings.models import VariableGroup
from mayfly.settings.sinks import shared_containers
from tests.settings.conftest import LAKE, Project

ACCOUNT = LAKE.partition("/blobServices")[0]
START = LAKE.rpartition("/")[0]

STORES = f"""
sources:
  lake:
    account: {ACCOUNT.replace("resourceGroups", "resourcegroups")}
    containers: [bronze, silver]
  old: {START}/flights
sinks:
  landing: landing
  Refined Zone: [gold, platinum]
  copies:
    account: apart
    containers: [landing]
"""


def group(project: Project, text: str = STORES, **environ: str) -> VariableGroup:
    project.variables("qa", text)
    return load(project.root, "qa-1", environ).variables


def test_a_store_has_as_many_containers_as_it_names(project: Project) -> None:
    found = group(project)
    assert found.containers == {
        "lake": ("bronze", "silver"),
        "old": ("flights",),
        "landing": ("landing",),
        "Refined Zone": ("gold", "platinum"),
        "copies": ("landing",),
    }
    assert found.accounts == {"": ("landing", "gold", "platinum"), "apart": ("landing",)}


def test_each_container_is_granted_by_itself(project: Project) -> None:
    assert group(project).granted == {
        "lake.bronze": f"{START}/bronze",
        "lake.silver": f"{START}/silver",
        "old": f"{START}/flights",
    }


def test_the_text_of_a_store_is_what_overrides_it(project: Project) -> None:
    found = group(project, MAYFLY_VAR_LAKE=f"{START}/gold,iron", MAYFLY_VAR_COPIES="one,two")
    assert found.resolved["lake"] == f"{START}/gold,iron"
    assert found.containers["lake"] == ("gold", "iron")
    assert (found.sinks["copies"].names, found.sinks["copies"].account) == (("one", "two"), "apart")


def test_further_accounts_have_names_of_their_own(project: Project) -> None:
    project.variables("qa", STORES)
    names = naming.azure.names(load(project.root, "qa-1", {}))
    other = naming.azure.names(load(project.root, "qa-2", {}))
    assert names.further.keys() == {"apart"}
    assert len({names.account, names.further["apart"], other.further["apart"]}) == 3
    assert len(names.further["apart"]) <= 24


@pytest.mark.parametrize(
    ("sinks", "shared"),
    [
        ("{a: out, b: out}", [("b", "a", "out")]),
        ("{a: [in1, out], b: {containers: [out, more]}}", [("b", "a", "out")]),
        ("{a: out, b: {containers: [out], account: apart}}", []),
        ("{a: {containers: [out], account: one}, b: {containers: [out], account: one}}", []),
    ],
)
def test_stores_share_a_container_only_where_both_say_so(
    project: Project, sinks: str, shared: list[tuple[str, str, str]]
) -> None:
    found = group(project, f"sinks: {sinks}")
    assert list(shared_containers(found.sinks)) == shared


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        (
            f"sources: {{lake: {{account: {LAKE}, containers: [raw]}}}}",
            "sources.lake.account",
            "is not the res",
        ),
        (f"sources: {{lake: {{account: {ACCOUNT}}}}}", "sources.lake.containers", "is missing"),
        (f"sources: {{lake: {{account: {ACCOUNT}, containers: [raw, raw]}}}}", "containers", "named twice"),
        (f"sources: {{lake: {{account: {ACCOUNT}, containers: [raw], at: x}}}}", "lake.at", "is not a field"),
        (f"sources: {{lake: '{START}/raw,raw'}}", "sources.lake", "named twice"),
        (f"sources: {{lake: '{START}/raw,B'}}", "sources.lake", "'B' cannot be the name of a container"),
        ("sinks: {out: []}", "sinks.out", "is empty"),
        ("sinks: {out: [a/b]}", "sinks.out", "not a container's name"),
        ("sinks: {out: [aaa, aaa]}", "sinks.out", "named twice"),
        ("sinks: {out: {containers: [aaa], account: A B}}", "sinks.out.account", "no word for an account"),
    ],
)
def test_every_message_of_a_store(project: Project, text: str, where: str, what: str) -> None:
    project.variables("qa", text)
    (problem,) = project.problems()
    assert where in problem.where
    assert what in problem.what


def test_a_store_on_aws_is_one_folder(project: Project, fabric: object) -> None:
    aws = "cloud: aws\naccount: '123456789012'\nregion: eu-west-1\nlifetime: ephemeral\n"
    project.fabric("awsqa", f"{aws}owner: data\nworkload: examples/flights\n")
    project.variables("awsqa", "sinks: {out: [one, two]}")
    (problem,) = project.problems("awsqa-1")
    assert "more than a folder" in problem.what
