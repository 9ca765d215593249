"""What the comment says, and that nothing which a workload wrote is more than text in it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from mayfly.comments import documents, markdown
from mayfly.comments.markdown import MOST_BACKTICKS, code
from mayfly.comments.render import LONGEST, marker, render
from mayfly.errors import BadInput
from tests.teardown.test_receipt import OLDER

NOW = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
HEAD = {"schema_version": 1, "environment": "qa-142"}
UP: Mapping[str, Any] = {
    **HEAD,
    "verb": "up",
    "outputs": {"factory": "qa-142-flights-abc", "sinks": {"curated": "qa142/curated"}},
    "changes": {"create": 9, "same": 2},
    "seconds": 4.2,
    "sources": {"lake": "/subscriptions/s/lake"},
    "expires": "2026-11-24T04:46:00Z",
    "usable": True,
}
COPY = {"name": "copy", "type": "Copy", "status": "Succeeded", "seconds": 2.0, "within": "month[month=1]"}
RUN: Mapping[str, Any] = {
    **HEAD,
    "verb": "run",
    "run": {"id": "1", "pipeline": "flights", "status": "Succeeded", "message": ""},
    "activities": [
        {**COPY, "output": {"rowsRead": 1000, "rowsCopied": 990}},
        {**COPY, "output": {"rowsRead": 842, "rowsCopied": 842}},
        {"name": "wait", "type": "Wait", "status": "Succeeded", "output": {}},
    ],
}
PROBE = {
    "who": "f",
    "what": "write",
    "where": "lake/x",
    "expected": "refused",
    "got": "403",
    "outcome": "ok",
    "ok": True,
}
PROVE: Mapping[str, Any] = {
    **HEAD,
    "verb": "prove",
    "proved": True,
    "probes": [PROBE, {**PROBE, "what": "read"}],
    "sources": [{"name": "lake", "where": "/subscriptions/s/lake", "known_from": ["the grants"]}],
    "elsewhere": [],
    "caveats": ["the deployer may do more"],
}

UNUSABLE = {**UP, "usable": False}
FAILED_RUN = {**RUN, "run": {**RUN["run"], "status": "Failed"}}


def failure(message: str) -> dict[str, Any]:
    return {"schema_version": 1, "verb": "up", "error": {"message": message, "exit_code": 1}}


def comment(folder: Path, now: datetime = NOW, **given: Any) -> str:
    """The comment of what the verbs printed. A text is written as it stands; None: the file is not there."""
    files: dict[str, Path | None] = dict.fromkeys(("up", "run", "prove", "receipt"))
    for verb, document in given.items():
        files[verb] = folder / f"{verb}.json"
        if document is not None:
            (folder / f"{verb}.json").write_text(
                document if isinstance(document, str) else json.dumps(document)
            )
    return render("mayfly", "qa-142", documents.read("qa-142", **files), now)


def headline(text: str) -> str:
    return text.splitlines()[1]


def test_summary_first_then_what_counts_then_the_details_folded(tmp_path: Path) -> None:
    text = comment(tmp_path, up=UP, run=RUN, prove=PROVE)
    assert text.splitlines()[:9] == [
        "<!-- mayfly: mayfly/qa-142 -->",
        "### ✅ `qa-142` is up, is isolated and ran its workload",
        "",
        "- **up**: 9 created, 2 unchanged in 4 s",
        "- **expires** at 2026-11-24 04:46 UTC, in 2d 8h",
        "- **proof**: its identity is isolated: all 2 probes are as expected",
        "- **run**: `flights` `Succeeded`, 1,842 rows read, 1,832 rows written",
        "",
        "**Outputs**",
    ]
    assert '- `sinks`: `{"curated": "qa142/curated"}`' in text
    assert "- `lake`: `/subscriptions/s/lake`" in text
    open_part, _, folds = text.partition("<details>")
    assert "lake/x" not in open_part
    assert "- `month[month=1] copy` `Succeeded`, 2.0 s, 842 rows read, 842 rows written" in folds
    assert text.endswith("<sub>mayfly, 2026-11-21 20:00 UTC</sub>")


def test_a_functions_numbers_are_shown(tmp_path: Path) -> None:
    run = {"function": "flights", "name": "qa-142-flights", "status": "Succeeded", "error": None}
    text = comment(
        tmp_path, run={**HEAD, "verb": "run", "run": run, "result": {"year": 2013, "rows": 842, "ok": True}}
    )
    assert "- **run**: `flights` `Succeeded`, `year` 2013, `rows` 842\n" in text


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"up": UNUSABLE}, "⚠️ `qa-142` is up and not usable yet: permissions are not effective"),
        ({"up": UP, "prove": {**PROVE, "proved": False}}, "❌ `qa-142` is NOT proved isolated"),
        ({"up": UP, "run": FAILED_RUN}, "❌ `qa-142` failed to run its workload"),
        ({"up": failure("no")}, "❌ `qa-142` up failed"),
        ({"up": UP, "run": ""}, "⚠️ `qa-142` run was cut short and printed nothing"),
        ({"up": UP, "prove": None, "receipt": None}, "✅ `qa-142` is up"),
        ({"up": None, "run": None}, "⚠️ `qa-142`: nothing was run"),
        ({"up": UP, "receipt": ""}, "⚠️ `qa-142` down was cut short and printed nothing"),
        ({}, "⚠️ `qa-142`: nothing was run"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_the_first_line(given: dict[str, Any], line: str, tmp_path: Path) -> None:
    assert headline(comment(tmp_path, **given)) == f"### {line}"


@pytest.mark.parametrize(
    ("hours", "told"),
    [
        (25, "- **expires** at 2026-11-22 21:00 UTC, in 1d 1h\n"),
        (24, "- **expires in 1d**, at 2026-11-22 20:00 UTC; `mayfly extend qa-142 24h` lets it live longer"),
        (2, "- ⚠️ **expires in 2h**, at 2026-11-21 22:00 UTC; `mayfly extend"),
        (0, "- ⚠️ **expired** at 2026-11-21 20:00 UTC, and the next sweep removes it; `mayfly extend"),
    ],
)
def test_a_time_to_live_comes_with_a_warning(hours: int, told: str, tmp_path: Path) -> None:
    """At 24 hours and at 2."""
    expires = (NOW + timedelta(hours=hours)).isoformat()
    assert told in comment(tmp_path, up={**UP, "expires": expires})


def test_after_a_teardown_it_says_what_went(tmp_path: Path) -> None:
    """`down`'s document, or the receipt as it is kept."""
    receipt = json.loads(OLDER[-1].read_text()) | {"environment": "qa-142"}
    receipt["reserved"] = [{"name": "qa142", "type": "t", "until": "2026-12-05T00:00:00Z", "why": "kept"}]
    down = {**HEAD, "verb": "down", "receipt": receipt, "file": "x"}
    text = comment(tmp_path, up=UP, receipt=down)
    assert headline(text) == "### ✅ `qa-142` is gone"
    assert "- **down**: qa-142 is gone: 15 things in " in text
    assert "- `qa142`: `kept`" in text
    assert "Outputs" not in text
    assert comment(tmp_path, receipt=receipt) == text


def test_what_remains_is_told(tmp_path: Path) -> None:
    receipt = json.loads(OLDER[1].read_text()) | {"environment": "qa-142"}
    text = comment(tmp_path, receipt=receipt)
    assert headline(text) == "### ❌ `qa-142` is NOT gone"
    assert "`unknown: GET: 503`" in text


def test_an_error_is_folded_and_its_first_line_told(tmp_path: Path) -> None:
    message = "pulumi up of qa-142 failed:\n/close\n@team look <img src=x>\n"
    text = comment(tmp_path, up=failure(message))
    assert "- **up** failed with exit code 1: `pulumi up of qa-142 failed:`" in text
    assert "- `/close`\n- `@team look <img src=x>`" in text


def test_what_looks_secret_is_masked(tmp_path: Path) -> None:
    """A comment is read, and mailed, beyond those who read logs."""
    key = "AccountKey=" + "k" * 40
    outputs = {"store": f"DefaultEndpointsProtocol=https;{key}", "plain": "qa142"}
    run = {**RUN, "run": {**RUN["run"], "status": "Failed", "message": f"refused: {key}"}}
    for text in (
        comment(tmp_path, up={**UP, "outputs": outputs}, run=run),
        comment(tmp_path, up=failure(key)),
    ):
        assert "kkkk" not in text
        assert "[secret]" in text
    assert "`qa142`" in comment(tmp_path, up={**UP, "outputs": outputs})


@pytest.mark.parametrize(
    ("option", "content", "what"),
    [
        ("up", "{", "Invalid JSON"),
        ("up", json.dumps(RUN), "verb: Input should be 'up'"),
        ("up", json.dumps({**UP, "environment": "qa-1"}), "is of 'qa-1'"),
        ("run", json.dumps({**RUN, "schema_version": 2}), "schema_version"),
        ("prove", "[]", "should be an object"),
        ("receipt", json.dumps({"schema_version": 1, "known_from": []}), "environment"),
        ("up", json.dumps({**UP, "expires": "2026-11-21T00:00:00"}), "expires: Input should have timezone"),
    ],
)
def test_a_file_that_is_something_else_is_refused(
    option: str, content: str, what: str, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match="give what `mayfly ") as told:
        comment(tmp_path, NOW, **{option: content})
    assert what in str(told.value)


HOSTILE = [
    "@acme/team", "@<3411ebc1-d5aa-464f-9615-0b527bc66719>", "<script>alert(1)</script>", "</details>",
    "![x](https://evil.example/x.png)", "[click](https://evil.example)", "https://evil.example", "[x]: https://e",
    "`code`", "``", "a ``` b", "```\n/merge\n```", "\\`", "\\", "$`x`$", "-->", "<!-- x", "\n/close\n",
    "\u2028/close", "| a | b |\n|---|---|", "\n\n# title", "a\r\n\r\n<b>", "\u202eabc", "\x1b[31m", "* * *",
    "&lt;b&gt;", "_x_ **y**", "", " ", "#1 !2 AB#3", marker("mayfly", "qa-142"),
]  # fmt: skip


def tokens(text: str) -> list[Token]:
    """Of a Markdown document, inline ones included."""
    parsed = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(text)
    return [inner for token in parsed for inner in (token, *(token.children or ()))]


def alive(text: str) -> list[str]:
    """What in a document is more than text, lists, headings and code, but for our own folds and footer."""
    ours = {"<details>", "</details>", "<sub>", "</sub>"}
    plain = {"text", "softbreak", "inline", "code_inline", "strong_open", "strong_close"}
    found = []
    for token in tokens(text):
        if token.type in plain or token.type.startswith(("list_item", "bullet_list", "paragraph", "heading")):
            continue
        lines = token.content.strip().splitlines()
        if token.type.startswith("html") and all(
            line in ours or line.startswith("<summary>") for line in lines
        ):
            continue
        found.append(f"{token.type}: {token.content}")
    return found


@pytest.mark.parametrize("length", [19, 20, 21, 39, 80, 299, 5000])
def test_no_span_has_more_backticks_around_it_than_github_takes(length: int) -> None:
    """cmark takes 80; the library of these tests takes any number."""
    spans = [code("`" * length), code(f"@all{'`' * length}<img src=x>{'`' * length}")]
    assert all(max(map(len, re.findall("`+", span))) <= 2 * MOST_BACKTICKS for span in spans)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_workload_writes_is_text(text: str, tmp_path: Path) -> None:
    """Names, outputs, activities, errors, probes: no HTML, no link, no image, no marker, no quick action."""
    reach = {"at": text, "what": text, "address": text}
    probe = {**PROBE, **dict.fromkeys(("what", "where", "expected", "got"), text)}
    failed = {"name": text, "type": text, "status": text, "within": text, "error": text, "error_code": text}
    found = comment(
        tmp_path,
        up={**UP, "outputs": {text: text, "nested": [text, {text: text}]}, "sources": {text: text}},
        run={
            **RUN,
            "run": {"pipeline": text, "status": text, "message": text},
            "activities": [failed],
            "result": {text: 7},
        },
        prove={
            **PROVE,
            "probes": [probe, {**probe, "ok": False, "outcome": "NO"}],
            "elsewhere": [reach],
            "caveats": [text],
        },
    )
    first, *rest = found.splitlines()
    assert first == marker("mayfly", "qa-142")
    assert first not in rest
    assert not [line for line in rest if line.startswith(("/", "<!--"))]
    assert alive("\n".join(rest)) == []
    outside = "".join(token.content for token in tokens("\n".join(rest)) if token.type == "text")
    assert "@" not in outside
    assert "evil" not in outside
    assert "@<" not in found


@given(
    st.text(st.characters(codec=None), max_size=80)
    | st.lists(st.sampled_from("`\\ <@[]()!|-\n/&#$*_~x"), max_size=30).map("".join)
)
@settings(deadline=None)
def test_a_span_holds_whatever_text_and_nothing_leaves_it(text: str) -> None:
    parsed = [token for token in tokens(f"- {code(text)}") if token.type not in ("inline",)]
    (span,) = [token for token in parsed if token.type == "code_inline"]
    assert not [token for token in parsed if token.type == "text" and token.content.strip()]
    assert alive(f"- {code(text)}") == []
    if text.isascii() and text.isprintable() and "@<" not in text and text.strip():
        assert span.content == " ".join(text.split())


def test_a_long_text_is_cut() -> None:
    assert len(code("x" * 1000)) == markdown.LONGEST + 2


def test_a_comment_is_never_longer_than_every_platform_takes(tmp_path: Path) -> None:
    """2,000 of everything: what is wrong and the summary stay, lists say how much they leave out."""
    long = "x" * 500
    text = comment(
        tmp_path,
        up={**UP, "outputs": {f"{number}{long}": long for number in range(2_000)}},
        run={
            **RUN,
            "activities": [
                {**COPY, "name": f"{number}{long}", "output": {"rowsRead": 1}} for number in range(2_000)
            ],
        },
        prove={
            **PROVE,
            "probes": [{**PROBE, "where": long, "ok": False, "outcome": "NO"}] * 2_000,
            "proved": False,
        },
    )
    assert len(text) <= LONGEST < 65_536
    assert headline(text) == "### ❌ `qa-142` is NOT proved isolated"
    assert "2,000 rows read" in text
    assert "- … and 1990 more" in text
