"""Variables as each system takes them."""

from __future__ import annotations

import shlex
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayfly.cli.vars import RENDER, Format, as_text, variable_name

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Cs"]))


@given(texts)
def test_a_shell_gets_the_value_back(value: str) -> None:
    line = RENDER[Format.ENV]("MAYFLY_VAR_A", value)
    assert shlex.split(line)[1] == f"MAYFLY_VAR_A={value}"


def test_a_real_shell_takes_it() -> None:
    value = "a 'b' \"c\" $HOME `d`\n\\e"
    script = RENDER[Format.ENV]("MAYFLY_VAR_A", value) + '\nprintf %s "$MAYFLY_VAR_A"'
    assert subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True).stdout == value


@given(texts)
def test_github_cannot_be_made_to_set_a_second_variable(value: str) -> None:
    """Every line of a value of several stays between delimiters that are not in it."""
    lines = RENDER[Format.GITHUB]("MAYFLY_VAR_A", value).split("\n")
    if len(lines) > 1:
        delimiter = lines[0].removeprefix("MAYFLY_VAR_A<<")
        assert lines[-1] == delimiter
        assert delimiter not in lines[1:-1]
    else:
        assert lines == [f"MAYFLY_VAR_A={value}"]


@given(texts)
def test_azure_devops_gets_one_line(value: str) -> None:
    line = RENDER[Format.AZURE_DEVOPS]("MAYFLY_VAR_A", value)
    assert "\n" not in line
    assert "\r" not in line
    escaped = line.removeprefix("##vso[task.setvariable variable=MAYFLY_VAR_A]")
    assert escaped.replace("%0A", "\n").replace("%0D", "\r").replace("%AZP25", "%") == value


@pytest.mark.parametrize(
    ("value", "text"), [("x", "x"), (2013, "2013"), (True, "true"), (1.5, "1.5"), ("", "")]
)
def test_values_read_as_yaml_writes_them(value: str | int | float | bool, text: str) -> None:
    assert as_text(value) == text


def test_names_are_those_that_override() -> None:
    assert variable_name("raw-lake") == "MAYFLY_VAR_RAW_LAKE"
