"""Sinks that begin with data of production."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mayfly.settings import load
from mayfly.settings.models import VariableGroup
from tests.settings.conftest import LAKE, PRODUCTION, Project, fabric

SEED = f"{{from: {LAKE}, into: bronze, paths: ['2013/*', /reference/], at_most: 1.5GB}}"


def sinks(seed: str, containers: str = "[bronze, gold]") -> str:
    return f"sinks:\n  lake:\n    containers: {containers}\n    seed: {seed}\n"


def group(project: Project, seed: str = SEED, **environ: str) -> VariableGroup:
    project.variables("qa", sinks(seed))
    project.variables("prod", "sinks: {lake: [bronze, gold]}")
    return load(project.root, "qa-1", environ).variables


def test_a_sink_begins_with_what_its_seeds_name(project: Project) -> None:
    (store, seed), *more = group(project).seeds.values()
    assert (store, more, seed.source) == ("lake", [], LAKE)
    assert (seed.into, seed.paths, seed.at_most) == ("bronze", ("2013/*", "reference/*"), 1_500_000_000)


def test_what_is_left_out_is_everything_and_little_of_it(project: Project) -> None:
    same = LAKE.replace("containers/flights", "containers/gold")
    seeds = [seed for _, seed in group(project, f"[{{from: {same}}}, {SEED}]").seeds.values()]
    assert (seeds[0].into, seeds[0].paths, seeds[0].at_most) == ("gold", ("*",), 10**9)
    assert replace(seeds[1], into="x").into == "x"


def test_its_source_is_granted_and_tagged_and_checked_as_any_other(project: Project) -> None:
    assert group(project).granted == {"lake.seed1": LAKE}
    project.fabric("qa", fabric(subscription=PRODUCTION))
    wheres = [f"{problem.where} {problem.what}" for problem in project.problems()]
    assert sum("the source 'lake.seed1'" in where for where in wheres) == 1


@pytest.mark.parametrize(
    ("seed", "where", "what"),
    [
        ("{paths: ['*']}", "sinks.lake.seed.0.from", "is missing"),
        (f"{{from: {LAKE}}}", "sinks.lake", "the seed from 'flights' names no container to go into"),
        (f"{{from: {LAKE}, into: silver}}", "sinks.lake", "goes into 'silver', which is none of its"),
        (f"{{from: '{LAKE},other', into: gold}}", "seed.0.from", "is several containers"),
        (f"{{from: {LAKE}, into: gold, paths: ['2*/x']}}", "seed.0.paths.0", "'2*/x' is no path of a seed"),
        (f"{{from: {LAKE}, into: gold, paths: ['a/../b']}}", "seed.0.paths.0", "is no path"),
        (f"{{from: {LAKE}, into: gold, paths: ['@{{x}}/*']}}", "seed.0.paths.0", "is no path"),
        (f"{{from: {LAKE}, into: gold, at_most: 5}}", "seed.0.at_most", "got 5, a number"),
        (f"{{from: {LAKE}, into: gold, at_most: 5 apples}}", "seed.0.at_most", "'5 apples' is no size"),
        (f"{{from: {LAKE}, into: gold, form: x}}", "seed.0.form", "is not a field"),
    ],
)
def test_every_message_of_a_seed(project: Project, seed: str, where: str, what: str) -> None:
    project.variables("qa", sinks(seed))
    (problem,) = project.problems()
    assert where in problem.where
    assert what in problem.what


def test_an_override_keeps_what_a_seed_fills(project: Project) -> None:
    assert group(project, MAYFLY_VAR_LAKE="bronze,iron").sinks["lake"].seeds
    project.variables("qa", sinks(SEED))
    (problem,) = project.problems(MAYFLY_VAR_LAKE="iron")
    assert "has no container 'bronze', which a seed fills" in problem.what


def test_production_is_seeded_by_nobody_and_no_workload_seeds_itself(project: Project) -> None:
    project.variables("prod", sinks(SEED))
    (problem,) = project.problems("prod")
    assert "is permanent: its sinks are production's own data" in problem.what
    project.variables("prod", "sinks: {out: out}")
    project.write("examples/flights/mayfly.yaml", sinks(SEED))
    (problem,) = project.problems()
    assert problem.what == "a seed reads production"
