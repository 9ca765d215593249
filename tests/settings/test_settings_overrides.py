"""MAYFLY_VAR_<NAME>: what the release pipeline sets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayfly.settings import VariableGroup, load
from mayfly.settings.export import as_text
from mayfly.settings.overrides import override, variable_name
from tests.settings.conftest import LAKE, Project

EVERY = (
    "values: {text: a, whole: 1, decimal: 1.5, truth: true}\nsinks: {my-sink: raw}\n"
    + f"sources: {{lake: {LAKE}}}\n"
)


@pytest.mark.parametrize(
    ("variable", "given", "name", "value"),
    [
        ("MAYFLY_VAR_TEXT", "b", "text", "b"),
        ("MAYFLY_VAR_TEXT", "5", "text", "5"),
        ("MAYFLY_VAR_TEXT", "", "text", ""),
        ("MAYFLY_VAR_WHOLE", "2014", "whole", 2014),
        ("MAYFLY_VAR_DECIMAL", "2", "decimal", 2.0),
        ("MAYFLY_VAR_TRUTH", "False", "truth", False),
        ("MAYFLY_VAR_MY_SINK", "other", "my-sink", "other"),
        ("MAYFLY_VAR_LAKE", LAKE + "2", "lake", LAKE + "2"),
        ("mayfly_var_text", "b", "text", "b"),
        ("Mayfly_Var_My-Sink", "other", "my-sink", "other"),
    ],
)
def test_a_variable_is_overridden(
    project: Project, variable: str, given: str, name: str, value: object
) -> None:
    project.variables("qa", EVERY)
    found = load(project.root, "qa-1", {variable: given}).variables.resolved[name]
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("variable", "given", "what", "fix"),
    [
        (
            "MAYFLY_VAR_WHOL",
            "1",
            "stacks/variables/qa.yaml declares no variable",
            "did you mean 'MAYFLY_VAR_WHOLE'?",
        ),
        ("MAYFLY_VAR_XYZQ", "1", "declares no variable", "known: MAYFLY_VAR_DECIMAL"),
        ("MAYFLY_VAR_", "1", "declares no variable", "known: "),
        ("MAYFLY_VAR_WHOLE", "x", "got 'x'", "a whole number"),
        ("MAYFLY_VAR_WHOLE", "", "got ''", "a whole number"),
        ("MAYFLY_VAR_WHOLE", "9" * 30, "got 9", "put it in quotes"),
        ("MAYFLY_VAR_DECIMAL", "x", "got 'x'", "a decimal number"),
        ("MAYFLY_VAR_DECIMAL", "nan", "got nan", "a finite number"),
        ("MAYFLY_VAR_TRUTH", "yes", "got 'yes'", "true or false"),
        ("MAYFLY_VAR_MY_SINK", "Raw", "'Raw' is not a container's name", "lower-case"),
        ("MAYFLY_VAR_LAKE", LAKE + "/x", "a path inside a container", "stop at the container"),
        ("MAYFLY_VAR_LAKE", "", "is empty", "/subscriptions/<id>"),
        ("MAYFLY_VAR_TEXT", "$(text)", "the pipeline has no such variable", "declare it in the pipeline's"),
    ],
)
def test_every_message_of_an_override(
    project: Project, variable: str, given: str, what: str, fix: str
) -> None:
    project.variables("qa", EVERY)
    (problem,) = project.problems("qa-1", **{variable: given})
    assert problem.where == variable
    assert what in problem.what
    assert fix in problem.fix


def test_all_overrides_are_told_at_once(project: Project) -> None:
    wrong = project.problems("qa-1", MAYFLY_VAR_YEAR="x", MAYFLY_VAR_YAER="1", MAYFLY_VAR_CURATED="A")
    assert [problem.where for problem in wrong] == [
        "MAYFLY_VAR_CURATED",
        "MAYFLY_VAR_YAER",
        "MAYFLY_VAR_YEAR",
    ]


def test_two_spellings_that_differ_in_value_are_told(project: Project) -> None:
    assert load(project.root, "qa-1", {"MAYFLY_VAR_YEAR": "1", "mayfly_var_year": "1"}).variables.values == {
        "year": 1
    }
    (problem,) = project.problems("qa-1", MAYFLY_VAR_YEAR="1", mayfly_var_year="2")
    assert "says something else than MAYFLY_VAR_YEAR" in problem.what


def test_nothing_declared(project: Project) -> None:
    project.variables("qa", "values: {}\n")
    (problem,) = project.problems("qa-1", MAYFLY_VAR_A="1")
    assert problem.fix == "none is declared"


values = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\0")).filter(
        lambda text: not text.startswith("$(")
    ),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
)


@given(values)
def test_what_is_printed_reads_back_as_it_was(value: str | int | float | bool) -> None:
    group = VariableGroup(name="qa", values={"a-b".replace("-", "_"): value})
    changed, problems = override(group, {variable_name("a_b"): as_text(value)})
    assert (changed, problems) == (group, [])
    assert type(changed.values["a_b"]) is type(value)
