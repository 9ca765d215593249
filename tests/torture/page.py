"""`python -m tests.torture.page FILE...`: docs/reliability.md's tables, from what the cases came to."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from localcloud.faults import EFFECTS
from tests.torture.cases import VERBS, Outcome
from tests.torture.worlds import WORLDS

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
BEGIN, END = "<!-- cases -->\n", "<!-- end of cases -->\n"
KILLED = "killed"


def main() -> None:
    """Put the tables in place of those that the page has."""
    lines = [line for name in sys.argv[1:] for line in Path(name).read_text().splitlines()]
    outcomes = [Outcome.read(json.loads(line)) for line in lines]
    head, _, rest = PAGE.read_text().partition(BEGIN)
    tail = rest.partition(END)[2]
    PAGE.write_text(f"{head}{BEGIN}{''.join(_tables(outcomes))}{END}{tail}")


def _tables(outcomes: list[Outcome]) -> Iterator[str]:
    for cloud in WORLDS:
        for verb in VERBS:
            those = [one for one in outcomes if (one.cloud, one.case.verb) == (cloud, verb)]
            yield f"\n### `mayfly {verb}` on {WORLDS[cloud].title}\n\n{len(those)} cases.\n\n"
            yield f"| call | {' | '.join(EFFECTS)} |\n|---|{'---|' * len(EFFECTS)}\n"
            for call in dict.fromkeys(one.case.call for one in those):
                cells = (
                    _cell(one for one in those if (one.case.call, one.case.effect) == (call, effect))
                    for effect in EFFECTS
                )
                yield f"| `{call}` | {' | '.join(cells)} |\n"
    yield "\n"


def _cell(outcomes: Iterable[Outcome]) -> str:
    """The verb's exit codes, and whether anything was wrong after the sweep."""
    codes = ((KILLED if one.code < 0 else str(one.code), bool(one.wrong)) for one in outcomes)
    found = sorted({f"{code} **wrong**" if wrong else code for code, wrong in codes})
    return ", ".join(found) or "-"


if __name__ == "__main__":
    main()
