"""`python -m pipelines.verb`: a verb of mayfly as a step of a pipeline; environment variables say which.

VERB and ENVIRONMENT; ARGUMENTS, further words, a line each; PULL_REQUEST, its number, or `all` for a sweep
that removes what belongs to no open one; MAYFLY_VARIABLES, a variable group as a JSON object.

The verb's document is kept in a file for later steps, its outputs are handed on in the platform's own form,
and its exit code is explained and handed on. A verb for a pull request asks whether that is open: an old run
makes nothing after the close.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mayfly.cli.plain import plain
from mayfly.comments import numbers
from mayfly.errors import BadInput, Busy, Leftovers, MayflyError, NotAllowed, Problem
from pipelines.platforms import Platform, platform

ROOT = Path(__file__).resolve().parents[1]
MAYFLY = Path(sys.executable).with_name("mayfly")
COMMENTED = {"up": "--up", "run": "--run", "prove": "--prove"}
"""Verbs whose documents a comment tells of → its option for each; after a `down` it is the receipt alone."""

ONE_PAGE = 100
"""Pull requests that all three platforms list in one answer. More come page by page, and while one is closed
the next one may slip from a page that is still to come into one that was read.
"""

READS = 5
"""How often a longer list is read, until it is the same twice."""

EXPLAINED = {
    1: "it failed; the lines above say at what, and the same job can be run again",
    BadInput.exit_code: "bad input or configuration; nothing was made",
    NotAllowed.exit_code: "not allowed: a permanent fabric, a lock, a missing role, or a closed pull request",
    Leftovers.exit_code: "leftovers remain; the receipt above names each and why. Run the job again when the"
    " reason is gone; the next sweep tries as well",
    Busy.exit_code: "busy: another job holds the stack's lock; run this one again when that one has ended",
}

BUSY_SECONDS = "MAYFLY_BUSY_SECONDS"
"""How long `down` waits for a job that works on the stack; half an hour unless it is set."""

PAUSE = 30.0
"""Seconds between two attempts of a `down` that finds the stack busy."""


def main() -> int:
    """Run the verb. Returns its exit code."""
    try:
        here = platform(os.environ)
    except BadInput as error:
        _say(str(error))
        return error.exit_code
    verb = os.environ["VERB"]
    words = [os.environ.get("ENVIRONMENT", ""), *os.environ.get("ARGUMENTS", "").splitlines()]
    try:
        code = _step(here, verb, [word.strip() for word in words if word.strip()])
    except MayflyError as error:
        _say(str(error))
        code = error.exit_code
    if code:
        here.error(f"mayfly {verb} ended with {code}: {EXPLAINED.get(code, 'it was interrupted')}")
    return code


def _step(here: Platform, verb: str, rest: list[str]) -> int:
    """Run the verb with its words, for a pull request if there is one. Returns its exit code."""
    here.results.mkdir(parents=True, exist_ok=True)
    if group := os.environ.get("MAYFLY_VARIABLES"):
        os.environ.update(_variables(group))
    pull_request = os.environ.get("PULL_REQUEST", "")
    if pull_request == "all":
        return _run(here, verb, [*rest, *_open_ids(here)])
    if pull_request:
        return _for_pull_request(here, _number(pull_request), verb, rest)
    return _run(here, verb, rest)


def _number(text: str) -> int:
    """A pull request's number. Raises BadInput: a hook that anybody may call may tell anything.

    What it told stays untold: of `$(PULUMI_CONFIG_PASSPHRASE)` Azure DevOps makes the value, and masks no
    part of one in a log.
    """
    if not re.fullmatch("[1-9][0-9]{0,9}", text, re.ASCII):
        what = f"is no number, and has {len(text)} characters"
        raise BadInput([Problem("PULL_REQUEST", what, "a pull request's number, or `all`")])
    return int(text)


def _variables(group: str) -> dict[str, str]:
    """Those of a variable group, a JSON object, that override a variable. Raises BadInput for another text.

    That is not shown: a variable group may hold anything.
    """
    from mayfly.settings import overrides

    try:
        found = {
            name: value
            for name, value in json.loads(group).items()
            if name.upper().startswith(overrides.PREFIX)
        }
    except (ValueError, AttributeError):
        fix = "`${{ toJSON(vars) }}` makes one on GitHub"
        raise BadInput([Problem("MAYFLY_VARIABLES", "is no JSON object", fix)]) from None
    problems = [
        Problem(f"MAYFLY_VARIABLES {name}", "is no text that a variable can hold", "a text in quotes")
        for name, value in found.items()
        if not isinstance(value, str) or "\0" in value
    ]
    if problems:
        raise BadInput(problems)
    return found


def _open_ids(here: Platform) -> list[str]:
    """Write the numbers of all open pull requests, a line each; return the options that tell of them.

    With none open, all environments go. That is believed of a platform which shows that there were any.
    """
    found, file = _open_numbers(here), here.results / "open-ids.txt"
    if not found and next(numbers(here.name, here.environ, closed=True), None) is None:
        _say("no pull request is shown, open or closed, as of another repository: none is taken for closed")
        return []
    file.write_text("".join(f"{number}\n" for number in sorted(found)))
    return ["--open-ids", str(file), *([] if found else ["--none-open"])]


def _open_numbers(here: Platform) -> set[int]:
    """The numbers of all open pull requests. Raises MayflyError: what is missing here would be removed."""
    found = {*numbers(here.name, here.environ)}
    for _ in range(READS):
        if len(found) < ONE_PAGE:
            return found
        before, found = found, {*numbers(here.name, here.environ)}
        if found == before:
            return found
    raise MayflyError(f"the list of open pull requests changed each of {READS} times that it was read")


def _for_pull_request(here: Platform, number: int, verb: str, rest: list[str]) -> int:
    """Run `up` while a pull request is open, and any other verb, such as `down`, when it is closed."""
    if verb != "up":
        if number in _open_numbers(here):
            _say(f"pull request {number} is open again: nothing is removed")
            return 0
        return _run(here, verb, rest)
    if number not in _open_numbers(here):
        raise NotAllowed(f"pull request {number} is closed: nothing is made")
    code = _run(here, verb, rest)
    if number in _open_numbers(here):
        return code
    # It was closed meanwhile, and the job of that close may have found nothing yet.
    removed = _run(here, "down", rest[:1])
    _say(f"pull request {number} was closed while its environment was made: it is removed again")
    return removed or NotAllowed.exit_code


def _run(here: Platform, verb: str, rest: Sequence[str]) -> int:
    """Run a verb, keep and print its document, and hand its outputs on. Returns its exit code."""
    if verb == "comment":
        rest = [*rest, "--platform", here.name, *_commented(here)]
    file, deadline = (
        here.results / f"{verb}.json",
        time.monotonic() + float(os.environ.get(BUSY_SECONDS, 1800)),
    )
    while (
        (code := _called(file, verb, rest)) == Busy.exit_code
        and verb == "down"
        and time.monotonic() < deadline
    ):
        time.sleep(PAUSE)
    sys.stdout.write(file.read_text())
    sys.stdout.flush()
    if verb == "up" and code == 0:
        here.hand_on(_document(file)["outputs"])
    return code


def _commented(here: Platform) -> list[str]:
    """What a comment is told of: the documents of the job's verbs. A verb that did not run left none."""
    receipt = here.results / "down.json"
    if receipt.exists():
        return ["--receipt", str(receipt)]
    return [word for verb, name in COMMENTED.items() for word in (name, str(here.results / f"{verb}.json"))]


def _called(file: Path, verb: str, rest: Sequence[str]) -> int:
    """Call mayfly. A signal that is to end us, as of a cancelled job, is passed on to it."""
    with file.open("w") as result:
        process = subprocess.Popen([MAYFLY, verb, *rest, "--json"], cwd=ROOT, stdout=result)  # noqa: S603 - no shell
        before = {
            number: signal.signal(number, lambda received, _frame: process.send_signal(received))
            for number in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            return process.wait()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _say(text: str) -> None:
    """Into the job's log, where runners look for commands, on standard error too."""
    sys.stderr.write(f"{plain(text)}\n")


def _document(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text())
    return found


if __name__ == "__main__":
    sys.exit(main())
