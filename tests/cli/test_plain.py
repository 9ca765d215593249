"""What functions log and clouds answer reaches a CI's log and a terminal; it gives neither a command."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayfly.cli.output import Output
from mayfly.cli.plain import plain, plain_json

ROOT = Path(__file__).resolve().parents[2]
HOSTILE = [
    "::add-mask::a",
    "::set-output name=x::y",
    "  \t::stop-commands::x",
    "\xa0::warning::x",
    "fine\n::error::x",
    "fine\r::error::x",
    "fine\r\n\t::error::x",
    "fine\u2028::error::x",
    "\u200b::error::x",
    ":\x1b[0m:error::x",
    "##[add-path]x",
    "said: ##[error]x",
    "###[group]x",
    "##vso[task.setvariable variable=PATH]x",
    "said: ##vso[task.complete result=Succeeded;]",
    "##VSO[task.complete]x",
    "#\x1b[0m#vso[task.complete]x",
    "#\u200d#vso[task.complete]x",
    "##\ufe0fvso[task.complete]x",
    "##v\0so[task.complete]x",
]


def github(line: str) -> bool:
    """Whether the runner looks for a command in it. Source: actions/runner, `ActionCommand.cs`."""
    return line.lstrip().startswith("::") or "##[" in line


def azure_devops(line: str) -> bool:
    """Likewise the agent; its pages show `##[…]` as headings. Source: `Command.cs` of the agent."""
    return re.search(r"##(vso)?\[", line, re.IGNORECASE) is not None


def unseen_gone(text: str) -> str:
    """As .NET compares: characters that are nothing to a language are left out."""
    return re.sub("[\x00\u200b\u200d\ufe0f]|\x1b\\[0m", "", text)


def is_command(text: str) -> bool:
    """Whether a line of a log, which ends where .NET's reader ends it, is one."""
    lines = re.split(r"\r\n|\r|\n|\u2028", unseen_gone(text))
    return any(github(line) or azure_devops(line) for line in lines)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_command_of_a_ci_system_is_broken(text: str) -> None:
    assert is_command(text)  # the control: as it came, it is one
    assert not is_command(plain(text))


@given(st.text(st.sampled_from(":#[]vsoVSO \t\r\n\x1b\x9bm0;\x07\u200b\ufe0f\u2028a"), max_size=20))
def test_no_text_becomes_a_command(text: str) -> None:
    assert not is_command(plain(text))
    assert not is_command(json.loads(json.dumps(plain(plain(text)))))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07a", "a"),
        ("\x1b]8;;https://example.org\x1b\\here\x1b]8;;\x1b\\", "here"),
        ("\x9b2Ja", "a"),
        ("\x1bca", "a"),
        ("a\x08b\x7fc\0d", "abcd"),
        ("10 %\r20 %\r\ndone", "10 %\n20 %\ndone"),
        ("abc\u202edef", "abcdef"),
        ("\ud800x", "x"),
        ("column\tcolumn", "column\tcolumn"),
        ("größe 日本 🙂", "größe 日本 🙂"),
        ("urn:pulumi:qa::mayfly::x, a ::b", "urn:pulumi:qa::mayfly::x, a ::b"),
        ("# heading ## [x]", "# heading ## [x]"),
    ],
)
def test_what_is_shown_of_a_text(text: str, shown: str) -> None:
    assert plain(text) == shown


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize(
    "show",
    [
        lambda output, text: output.line(text),
        lambda output, text: output.text(text),
        lambda output, text: output.result_line(f"  {text}"),
        lambda output, text: output.table(("", "b"), [["", text]], title=text),
        lambda output, text: output.entry({}, text),
        lambda output, text: output.working(text).__enter__()(text),
        lambda output, text: Output(as_json=True).document("run", {"result": {text: [text]}}),
        lambda output, text: Output(as_json=True).entry({"path": text}, ""),
        lambda output, text: Output(as_json=True).result_line(text),
    ],
    ids=["line", "text", "result_line", "table", "entry", "working", "document", "json_entry", "json_line"],
)
def test_nothing_that_is_printed_is_a_command(
    capsys: pytest.CaptureFixture[str], show: Callable[[Output, str], None], text: str
) -> None:
    show(Output(), text)
    captured = capsys.readouterr()
    assert captured.out or captured.err
    assert not is_command(captured.out)
    assert not is_command(captured.err)
    assert "\x1b" not in captured.out + captured.err


@pytest.mark.parametrize("text", [*HOSTILE, "####vso[####[", '"\\##['])
def test_a_document_says_the_same(text: str) -> None:
    assert json.loads(plain_json(json.dumps({text: text}))) == {text: text}


def test_a_command_that_is_meant_is_printed_as_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    Output().exact("##vso[task.setvariable variable=MAYFLY_VAR_YEAR]2013")
    assert capsys.readouterr().out == "##vso[task.setvariable variable=MAYFLY_VAR_YEAR]2013\n"


def test_the_verbs_print_in_no_other_way() -> None:
    past_it = re.compile(r"std(?:out|err)\.write|\bprint\(|\becho\(|Console\(")
    files = [file for file in (ROOT / "mayfly/cli").rglob("*.py") if file.name != "output.py"]
    assert len(files) > 20
    assert not [file.name for file in files if past_it.search(file.read_text())]


@pytest.mark.parametrize("part", ["\x1b]", "\x1b[0", " ", "#", ":", "\x1b", "\n "])
def test_no_text_takes_long(part: str) -> None:
    before = time.process_time()
    plain(part * (100_000 // len(part)))
    assert time.process_time() - before < 1
