"""Variables as each system takes them: read back by its own rules, no value breaks out."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mayfly.settings.export import Format, as_text, azure_devops, render
from mayfly.settings.rules import Plain

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
names = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,10}", fullmatch=True)
variables = st.dictionaries(names, texts, max_size=5).filter(
    lambda found: len({name.upper() for name in found}) == len(found)
)
NASTY = {
    "a": "x\nMAYFLY_VAR_B=1",
    "b": "'; rm -rf / #\"$(id)`id`\\",
    "c": "EOF\nend_\n##vso[task.setvariable variable=PATH]x\r\n%0A%AZP25];",
    "d": "",
    "e": " \t",
}


def _shell(text: str) -> dict[str, str]:
    return dict(word.split("=", 1) for word in shlex.split(text))


def _github(text: str) -> dict[str, str]:
    """As the runner reads $GITHUB_ENV: a name and a delimiter, then lines up to the delimiter."""
    found, lines = {}, iter(text.split("\n"))
    for line in lines:
        if not line:
            continue
        name, separator, end = line.partition("<<")
        assert separator
        value = []
        while (line := next(lines)) != end:
            value.append(line)
        found[name] = "\n".join(value)
    return found


def _azure_devops(text: str) -> dict[str, str]:
    """As the agent reads its log: line by line, ##vso[area.action properties]message."""
    found = {}
    for line in text.replace("\r", "\n").split("\n"):
        if "##vso[" not in line:
            assert not line
            continue
        command, _, message = line.partition("##vso[")[2].partition("]")
        action, _, properties = command.partition(" ")
        assert action == "task.setvariable"
        (pair,) = (part for part in properties.split(";") if part)
        found[_decoded(pair.partition("=")[2])] = _decoded(message)
    return found


def _decoded(text: str) -> str:
    for escape, character in {"%0D": "\r", "%0A": "\n", "%5D": "]", "%3B": ";", "%AZP25": "%"}.items():
        text = text.replace(escape, character)
    return text


READERS: dict[Format, Callable[[str], dict[str, str]]] = {
    Format.ENV: _shell,
    Format.GITHUB: _github,
    Format.AZURE_DEVOPS: _azure_devops,
}


@pytest.mark.parametrize("format", list(READERS))
@given(found=variables)
@example(found=NASTY)
def test_every_value_is_read_back_and_nothing_else(format: Format, found: dict[str, str]) -> None:
    expected = {f"MAYFLY_VAR_{name.upper()}": value for name, value in found.items()}
    assert READERS[format](render(found, format)) == expected


@given(st.dictionaries(names, st.one_of(texts, st.booleans(), st.integers(), st.floats(allow_nan=False))))
def test_json_is_the_variables(found: dict[str, str | int | float | bool]) -> None:
    assert json.loads(render(found, Format.JSON)) == found


def test_a_real_shell_takes_them() -> None:
    script = 'set -eu; eval "$1"; printf "%s\\0" "$MAYFLY_VAR_A" "$MAYFLY_VAR_B" "$MAYFLY_VAR_C"'
    command = ["/bin/sh", "-c", script, "sh", render(NASTY, Format.ENV)]
    done = subprocess.run(command, capture_output=True, check=True)
    assert done.stdout.decode().split("\0")[:3] == [NASTY["a"], NASTY["b"], NASTY["c"]]


@pytest.mark.parametrize("format", [Format.ENV, Format.JSON])
@given(found=variables)
@example(found=NASTY)
@example(
    found={"a": "x\n::add-mask::y", "b": "\r ##[error]", "c": "#\u200b#vso[task.setvariable variable=PATH]"}
)
def test_printed_into_a_log_no_value_is_a_command(format: Format, found: dict[str, str]) -> None:
    """A workload's values are whoever opened the pull request's."""
    printed = render(found, format)
    assert not re.search(r"#[^\x20-\x7e]*#[^\x20-\x7e]*(vso)?\[", printed)
    assert not any(line.lstrip().startswith("::") for line in re.split(r"[\r\n]", printed))


@given(texts, texts)
def test_an_azure_devops_name_cannot_break_out(name: str, value: str) -> None:
    assert _azure_devops(azure_devops(name, value)) == {name: value}


def test_each_form_as_it_reads() -> None:
    found: dict[str, Plain] = {"raw-lake": "a b", "year": 2013, "on": True}
    assert (
        render(found, Format.ENV) == "MAYFLY_VAR_RAW_LAKE='a b'\nMAYFLY_VAR_YEAR=2013\nMAYFLY_VAR_ON=true\n"
    )
    assert render({"year": 2013}, Format.AZURE_DEVOPS) == (
        "##vso[task.setvariable variable=MAYFLY_VAR_YEAR]2013\n"
    )
    assert json.loads(render(found, Format.JSON)) == found


@pytest.mark.parametrize(
    ("value", "text"), [("x", "x"), (2013, "2013"), (True, "true"), (False, "false"), (1.5, "1.5"), ("", "")]
)
def test_values_read_as_yaml_writes_them(value: str | int | float | bool, text: str) -> None:
    assert as_text(value) == text
