"""`mayfly watch`: one table where nobody watches; on a terminal one that stays up to date until Ctrl-C."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mayfly import settings
from mayfly.cli import list as listing_verb
from mayfly.cli import project, watch
from mayfly.errors import MayflyError, NotSignedIn
from mayfly.listing import Listed, Listing

TAGS = {"mayfly-fabric": "qa", "mayfly-project": "flights", "mayfly-expires-at": "2099-01-02T00:00:00Z"}


def listed(*names: str, **unread: str) -> Listing:
    rows = [Listed.of("azure", name, TAGS, f"{name}-flights", f"/{name}") for name in names]
    return Listing(found=rows, unread={**unread})


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Any]]:
    """What each look is answered with; then somebody presses Ctrl-C."""

    def play(*answers: Listing | MayflyError) -> list[Any]:
        left: Iterator[Listing | MayflyError] = iter(answers)
        slept: list[Any] = []

        def everywhere(_: object) -> Listing:
            answer = next(left)
            if isinstance(answer, MayflyError):
                raise answer
            return answer

        def sleep(seconds: float) -> None:
            slept.append(seconds)
            if len(slept) == len(answers):
                raise KeyboardInterrupt

        for module in (watch, listing_verb):
            monkeypatch.setattr(module, "everywhere", everywhere)
        monkeypatch.setattr("mayfly.cli.watch.time.sleep", sleep)
        monkeypatch.setattr(project, "root", lambda: None)
        monkeypatch.setattr(settings, "fabrics", lambda _: {})
        return slept

    return play


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(watch, "on_terminal", lambda stream: stream is sys.stdout)


def test_where_nobody_watches_it_is_one_table(looks: Any, capsys: pytest.CaptureFixture[str]) -> None:
    slept = looks(listed("qa-1", place="closed"))
    watch.watch()
    shown = capsys.readouterr()
    assert (slept, shown.out.count("qa-1-flights")) == ([], 1)
    assert "place may not be read, what is there is unknown: closed" in shown.err


def test_json_is_one_document_even_on_a_terminal(
    looks: Any, terminal: None, capsys: pytest.CaptureFixture[str]
) -> None:
    looks(listed("qa-1"))
    watch.watch(as_json=True)
    document = json.loads(capsys.readouterr().out)
    assert (document["verb"], [one["environment"] for one in document["environments"]]) == ("watch", ["qa-1"])


def test_a_person_sees_each_look_until_ctrl_c(
    looks: Any, terminal: None, capsys: pytest.CaptureFixture[str]
) -> None:
    slept = looks(listed("qa-1"), listed("qa-1", "qa-2"), listed("qa-2", place="closed"))
    watch.watch(every=30)
    assert slept == [30, 30, 30]
    assert "place may not be read" in capsys.readouterr().out


def test_a_look_that_fails_leaves_what_was_seen_before_and_says_so(
    looks: Any, terminal: None, capsys: pytest.CaptureFixture[str]
) -> None:
    looks(listed("qa-1"), MayflyError("the cloud is away\nfor long"), listed("qa-1"))
    watch.watch()
    looks(listed("qa-1"), MayflyError("the cloud is away\nfor long"))
    watch.watch()
    shown = capsys.readouterr().out
    assert "qa-1-flights" in shown
    assert "as it was before; the last look failed: the cloud is away" in shown
    assert "for long" not in shown


def test_a_first_look_that_fails_fails_the_verb(looks: Any, terminal: None) -> None:
    looks(NotSignedIn("nobody"))
    with pytest.raises(NotSignedIn):
        watch.watch()


def test_those_that_end_first_are_on_top(looks: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    soon = {**TAGS, "mayfly-expires-at": "2098-01-01T00:00:00Z"}
    never = {name: value for name, value in TAGS.items() if name != "mayfly-expires-at"}
    ends = {"qa-1": TAGS, "prod": never, "qa-9": soon}
    rows = [Listed.of("azure", name, tags, f"{name}-g", f"/{name}") for name, tags in ends.items()]
    looks(Listing(found=rows))
    found, (counted,) = watch.look({})
    assert [row[0] for row in found] == ["qa-9", "qa-1", "prod"]
    assert counted.startswith("3 environments at ")
