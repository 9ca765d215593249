"""Ids of environments and of branches."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mayfly.errors import BadInput
from mayfly.settings import ids

branches = st.text(min_size=1, max_size=300)
# Branches that are near to one another, and to the hashes of others.
near = st.text("aA-_/.0f", min_size=1, max_size=14)


@pytest.mark.parametrize(
    ("stack", "expected"),
    [
        ("qa-142", ("qa", "142")),
        ("qa-7", ("qa", "7")),
        ("dev-feature-1", ("dev", "feature-1")),
        ("prod", ("prod", None)),
        ("q1-a", ("q1", "a")),
        ("qa-" + "a" * 40, ("qa", "a" * 40)),
    ],
)
def test_a_name_is_split(stack: str, expected: tuple[str, str | None]) -> None:
    assert ids.parse(stack) == expected


@pytest.mark.parametrize(
    ("stack", "what", "fix"),
    [
        ("", "no environment is named", "<fabric>-<id>, such as qa-142"),
        ("--help", "'--help' looks like an option", "<fabric>-<id>, such as qa-142"),
        ("-", "looks like an option", "such as qa-142"),
        ("../x", "'../x' is not a fabric's name", "such as qa-142"),
        ("qa-../x", "the id '../x' has characters", "lower-case letters, digits and single hyphens"),
        ("qa-", "the id is missing", "at most 40 characters"),
        ("qa--x", "the id '-x' has characters", "single hyphens"),
        ("qa-a--b", "the id 'a--b' has characters", "`mayfly id a--b` gives a-b-"),
        ("qa-a-", "the id 'a-' has characters", "so use qa-a-"),
        ("qa-" + "a" * 300, "too long", "so use qa-" + "a" * 27 + "-"),
        ("x" * 300, "is not a fabric's name", "so use <fabric>-" + "x" * 27 + "-"),
        ("qa-" + "1" * 297, "(297 characters) is too long", "at most 40 characters"),
        ("q" * 300, "(300 characters) is not a fabric's name", "at most 10 characters"),
        ("QA-142", "'QA' is not a fabric's name", "did you mean qa-142?"),
        ("qa-Feature_X", "the id 'Feature_X' has characters", "`mayfly id Feature_X` gives feature-x-"),
        ("qa-feature/x", "the id 'feature/x'", "so use qa-feature-x-"),
        ("feature/x", "'feature/x' is not a fabric's name", "so use <fabric>-feature-x-"),
        ("my_env", "'my_env' is not a fabric's name", "`mayfly id my_env` gives my-env-"),
        ("qa-a b", "the id 'a b'", "lower-case letters"),
        ("qa-1\n", "the id '1\\n'", "lower-case letters"),
        ("qa-é", "the id 'é'", "`mayfly id 'é'` gives "),
        ("qa-$(rm x)", "the id '$(rm x)'", "lower-case letters"),
        ("qa-$(x)", "the id '$(x)'", "`mayfly id '$(x)'` gives x-"),
    ],
)
def test_what_is_no_name_is_told_with_what_would_be_one(stack: str, what: str, fix: str) -> None:
    with pytest.raises(BadInput) as error:
        ids.parse(stack)
    (problem,) = error.value.problems
    assert what in problem.what
    assert fix in problem.fix
    assert len(str(problem)) < 590


def test_both_parts_are_told_at_once() -> None:
    with pytest.raises(BadInput) as error:
        ids.parse("QA-1_2")
    assert len(error.value.problems) == 2


def test_the_id_that_a_message_names_is_taken() -> None:
    with pytest.raises(BadInput) as error:
        ids.parse("qa-feature/New_Sink")
    named = re.search(r"so use (\S+)$", error.value.problems[0].fix)
    assert named
    assert ids.parse(named[1]) == ("qa", ids.from_branch("feature/New_Sink"))


@pytest.mark.parametrize("branch", ["142", "main", "feature-1", "a" * 40, "release-2024-01-15", "0"])
def test_a_branch_that_is_an_id_stays(branch: str) -> None:
    assert ids.from_branch(branch) == branch


@pytest.mark.parametrize(
    ("branch", "start"),
    [
        ("feature/New_Sink", "feature-new-sink-"),
        ("Main", "main-"),
        ("a--b", "a-b-"),
        ("x" * 41, "x" * 27 + "-"),
        ("___", ""),
        ("日本", ""),
        ("größe", "grosse-"),
        ("feature/Über_Größe", "feature-uber-grosse-"),
        ("gro\N{COMBINING DIAERESIS}sse", "grosse-"),
        ("Łódź", "lodz-"),
        ("İstanbul", "istanbul-"),
        ("Ævar/\N{LATIN SMALL LIGATURE FI}x", "aevar-fix-"),
        ("fix/日本語-x", "fix-x-"),
        ("ü" * 41, "u" * 27 + "-"),
        ("fix-0123456789ab", "fix-0123456789ab-"),
        ("0123456789ab", "0123456789ab-"),
    ],
)
def test_a_branch_that_is_changed_ends_in_a_hash(branch: str, start: str) -> None:
    id = ids.from_branch(branch)
    assert id.startswith(start)
    assert re.fullmatch(r"[0-9a-f]{12}", id[len(start) :])


def test_the_rule_stays_what_it_is() -> None:
    """A change here gives the branches of environments that exist another id."""
    assert ids.from_branch("feature/New_Sink") == "feature-new-sink-a0c84e7fe914"
    assert ids.from_branch("größe") == "grosse-d353a2671b67"


@given(st.text(st.characters(codec="ascii"), min_size=1, max_size=60))
def test_ids_of_ascii_names_have_nothing_of_the_rule_for_other_letters(branch: str) -> None:
    plain = re.sub(r"[^a-z0-9]+", "-", branch.lower()).strip("-")[:27].rstrip("-")
    id = ids.from_branch(branch)
    assert id == branch or re.fullmatch(rf"{plain}-?[0-9a-f]{{12}}", id)


@given(branches)
@example("-" * 40)
@example("a" * 26 + "/" + "b" * 20)
def test_every_branch_has_an_id_that_is_one(branch: str) -> None:
    assert ids.parse(f"qa-{ids.from_branch(branch)}") == ("qa", ids.from_branch(branch))


@given(st.one_of(branches, near), st.one_of(branches, near))
def test_no_two_branches_share_an_id(one: str, other: str) -> None:
    assert (ids.from_branch(one) == ids.from_branch(other)) is (one == other)


@given(st.one_of(branches, near))
def test_a_branch_named_as_anothers_id_has_another_one(branch: str) -> None:
    id = ids.from_branch(branch)
    assert branch == id or ids.from_branch(id) != id


def test_no_branch_has_no_id() -> None:
    with pytest.raises(BadInput, match="no branch is named"):
        ids.from_branch("")


@pytest.mark.parametrize("name", ["a", "feature/x", "é", "a.b", "v1.0-rc"])
def test_git_takes_these(name: str) -> None:
    assert ids.is_branch(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "-a",
        "/a",
        "a/",
        "a..b",
        "a//b",
        ".a",
        "a/.b",
        "a.lock",
        "a.lock/b",
        "a.",
        "@",
        "a@{b",
        "a b",
        "a~",
    ],
)
def test_git_does_not_take_these(name: str) -> None:
    assert not ids.is_branch(name)
