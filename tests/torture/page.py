"""`python -m tests.torture.page FOLDER`: docs/reliability.md's tables, from the results in a folder."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from localcloud.faults import EFFECTS
from tests.torture.cases import VERBS, Case, Outcome, cases
from tests.torture.results import Results, ScheduleOutcome
from tests.torture.worlds import WORLDS

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
BEGIN, END = "<!-- cases -->\n", "<!-- end of cases -->\n"
KILLED, NOT_RUN, NOT_MADE = "killed", "?", "not made"


def main() -> None:
    """Put them in the place of those that the page has."""
    folder = Path(sys.argv[1])
    results = {cloud: Results(folder, cloud) for cloud in WORLDS}
    head, _, rest = PAGE.read_text().partition(BEGIN)
    tail = rest.partition(END)[2]
    PAGE.write_text(f"{head}{BEGIN}{''.join(_written(results))}{END}{tail}")


def rows(cloud: str, verb: str) -> set[str]:
    """The calls of a verb that the page has a row for."""
    _, _, rest = PAGE.read_text().partition(f"\n{_title(cloud, verb)}\n")
    section = rest.partition("\n### ")[0]
    return {line.split("`")[1] for line in section.splitlines() if line.startswith("| `")}


def _title(cloud: str, verb: str) -> str:
    return f"### `mayfly {verb}` on {WORLDS[cloud].title}"


def _written(results: Mapping[str, Results]) -> Iterator[str]:
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    yield f"Written by `tests/torture/page.py` on {today}, from all that ran by then.\n\n"
    columns = ("", "cases run", "of", "went wrong", "schedules run", "went wrong", "seconds a case")
    yield f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}\n"
    for cloud, found in results.items():
        known, done, schedules = [*cases(found.clean_calls())], found.cases(), found.schedules().values()
        ran = [done[case] for case in known if case in done]
        seconds = sum(one.seconds for one in ran) / max(1, len(ran))
        numbers = (len(ran), len(known), _wrong(ran), len(schedules), _wrong(schedules), f"{seconds:.1f}")
        yield f"| {WORLDS[cloud].title} | {' | '.join(map(str, numbers))} |\n"
    for cloud, found in results.items():
        known = [*cases(found.clean_calls())]
        for verb in VERBS:
            yield from _table(cloud, verb, [case for case in known if case.verb == verb], found.cases())
    yield "\n"


def _wrong(outcomes: Iterable[Outcome | ScheduleOutcome]) -> int:
    return sum(bool(one.wrong) for one in outcomes)


def _table(cloud: str, verb: str, known: list[Case], done: Mapping[Case, Outcome]) -> Iterator[str]:
    yield f"\n{_title(cloud, verb)}\n\n"
    yield f"| call | {' | '.join(EFFECTS)} |\n|---|{'---|' * len(EFFECTS)}\n"
    for call in dict.fromkeys(case.call for case in known):
        cells = (
            _cell([done.get(case) for case in known if (case.call, case.effect) == (call, effect)])
            for effect in EFFECTS
        )
        yield f"| `{call}` | {' | '.join(cells)} |\n"


def _cell(outcomes: Iterable[Outcome | None]) -> str:
    """What the verb ended with each time, each once."""
    return ", ".join(sorted({_told(one) for one in outcomes})) or "-"


def _told(outcome: Outcome | None) -> str:
    if outcome is None:
        return NOT_RUN
    if not outcome.reached and not outcome.wrong:
        return NOT_MADE
    code = KILLED if outcome.code < 0 else str(outcome.code)
    return f"{code} **wrong**" if outcome.wrong else code


if __name__ == "__main__":
    main()
