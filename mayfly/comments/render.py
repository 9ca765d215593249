"""What the comment of an environment says: one line first, then what counts, and the details folded."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from mayfly.comments.documents import (
    Activity,
    Document,
    Documents,
    DownDocument,
    Failure,
    Gap,
    Probe,
    ProveDocument,
    RunDocument,
    UpDocument,
)
from mayfly.comments.markdown import code, folded, items
from mayfly.engine.progress import summary
from mayfly.life import WARNINGS
from mayfly.settings.rules import in_words
from mayfly.teardown.receipt import Receipt
from mayfly.workload.factory.secrets import masked_text

LONGEST = 65_000
"""Characters of a comment. GitHub takes 65,536 ("body is too long (maximum is 65536 characters)"), Azure
DevOps 150,000 ("A discussion comment cannot be longer than 150000 characters"), GitLab 1,000,000 (Notes API).
"""

MOST_ITEMS = (200, 50, 10, 0)
"""Items that each list may have: the most with which the whole is not too long."""

GOOD, BAD, CAREFUL = "✅", "❌", "⚠️"

ROWS = (("read", "rowsRead"), ("written", "rowsCopied"))
"""What a Copy activity counts. Source: "Monitor copy activity", output properties."""

MOST_NUMBERS = 5
"""Numbers of what a function returned that are shown."""


@dataclass(frozen=True)
class Section:
    """What one verb has to say. verdict: a few words; "" for none. points: what counts, a line each.

    lists, folds: lists with their titles, open and folded.
    """

    mark: str = GOOD
    verdict: str = ""
    points: Sequence[str] = ()
    lists: Mapping[str, Sequence[str]] | None = None
    folds: Mapping[str, Sequence[str]] | None = None


def marker(project: str, environment: str) -> str:
    """Return the first line of an environment's comment, which no reader sees.

    What a workload wrote is never in the first line, so it can make no marker.
    """
    return f"<!-- mayfly: {quote(project, safe='')}/{quote(environment, safe='')} -->"


def render(project: str, environment: str, documents: Documents, now: datetime) -> str:
    """Return the comment's Markdown. now: for how long the environment lives yet."""
    sections = [*_sections(environment, documents, now)]
    first = marker(project, environment)
    texts = ("\n".join((first, *_lines(environment, sections, now, most))) for most in MOST_ITEMS)
    return next(text for text in texts if len(text) <= LONGEST)


def _lines(environment: str, sections: Sequence[Section], now: datetime, most: int) -> Iterator[str]:
    yield f"### {_headline(environment, sections)}"
    yield ""
    for section in sections:
        yield from (f"- {point}" for point in section.points)
    yield ""
    for section in sections:
        for title, lines in (section.lists or {}).items():
            if lines:
                yield from (f"**{title}**", "", *items(lines, most), "")
    for section in sections:
        for title, lines in (section.folds or {}).items():
            yield from folded(title, items(lines, most))
    yield f"<sub>mayfly, {now:%Y-%m-%d %H:%M} UTC</sub>"


def _headline(environment: str, sections: Sequence[Section]) -> str:
    """What is wrong, else what is incomplete, else all."""
    for mark in (BAD, CAREFUL, GOOD):
        words = [section.verdict for section in sections if section.mark == mark and section.verdict]
        if words:
            *others, last = words
            told = f"{', '.join(others)} and {last}" if others else last
            return f"{mark} {code(environment)} {told}"
    return f"{CAREFUL} {code(environment)}: nothing was run"


def _sections(environment: str, documents: Documents, now: datetime) -> Iterator[Section]:
    """One of each verb; after a teardown of this alone. A step that did not run is told, and no verdict: a
    job may well have none of it.
    """
    verbs = {"up": documents.up, "prove": documents.prove, "run": documents.run}
    is_torn_down = documents.down not in (None, Gap.NOT_RUN)
    for verb, document in ({"down": documents.down} if is_torn_down else verbs).items():
        match document:
            case Gap.NOT_RUN:
                yield Section(points=[f"**{verb}** {document}"])
            case Gap():
                yield Section(CAREFUL, f"{verb} {document}", [f"**{verb}** {document}"])
            case Document(error=Failure() as failure):
                yield _failed(verb, failure)
            case UpDocument():
                yield _up(environment, document, now)
            case ProveDocument():
                yield _prove(document)
            case RunDocument():
                yield _run(document)
            case DownDocument(receipt=Receipt() as receipt):
                yield _down(receipt)


def _failed(verb: str, failure: Failure) -> Section:
    said = [code(line) for line in masked_text(failure.message).splitlines() if line.strip()]
    point = f"**{verb}** failed with exit code {failure.exit_code}: {said[0] if said else 'it said nothing'}"
    return Section(BAD, f"{verb} failed", [point], folds={f"what else {verb} said": said[1:]})


def _up(environment: str, up: UpDocument, now: datetime) -> Section:
    points = [f"**up**: {summary(up.changes)} in {up.seconds:.0f} s"]
    if up.expires is not None:
        points.append(_expiry(environment, up.expires, now))
    outputs = [f"{code(name)}: {code(masked_text(_as_text(value)))}" for name, value in up.outputs.items()]
    sources = [f"{code(name)}: {code(where)}" for name, where in up.sources.items()]
    lists = {"Outputs": outputs, "Sources, read and never written": sources}
    if up.usable is False:
        return Section(CAREFUL, "is up and not usable yet: permissions are not effective", points, lists)
    return Section(GOOD, "is up", points, lists)


def _expiry(environment: str, expires: datetime, now: datetime) -> str:
    left, when = expires - now, f"{expires:%Y-%m-%d %H:%M} UTC"
    longer = f"`mayfly extend {environment} 24h` lets it live longer"
    if left <= timedelta():
        return f"{CAREFUL} **expired** at {when}, and the next sweep removes it; {longer}"
    if left <= WARNINGS[-1]:
        return f"{CAREFUL} **expires in {in_words(left)}**, at {when}; {longer}"
    if left <= WARNINGS[0]:
        return f"**expires in {in_words(left)}**, at {when}; {longer}"
    return f"**expires** at {when}, in {in_words(left)}"


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _prove(prove: ProveDocument) -> Section:
    rows = prove.probes
    wrong, unknown = (sum(row.outcome == one for row in rows) for one in ("NO", "not shown"))
    words = [f"of {len(rows)} probes {wrong} are NOT as expected and {unknown} are not shown"]
    if prove.proved:
        words = [f"its identity is isolated: all {len(rows)} probes are as expected"]
    if prove.elsewhere:
        words.append(f"what can reach elsewhere: {len(prove.elsewhere)} of the workload")
    return Section(
        GOOD if prove.proved else BAD,
        "is isolated" if prove.proved else "is NOT proved isolated",
        [f"**proof**: {'; '.join(words)}"],
        {"Not as expected": [_probe(row) for row in rows if not row.ok]},
        {
            f"proof: {len(rows)} probes": [_probe(row) for row in rows],
            "sources that it covers": [f"{code(one.name)}: {code(one.where)}" for one in prove.sources],
            "what can reach elsewhere": [
                f"{code(one.at)} ({code(one.what)}): {code(one.address)}" for one in prove.elsewhere
            ],
            "what the identity does not limit": [code(caveat) for caveat in prove.caveats],
        },
    )


def _probe(row: Probe) -> str:
    return f"{row.outcome}: {code(row.what)} on {code(row.where)}: {code(row.expected)}, got {code(row.got)}"


def _run(run: RunDocument) -> Section:
    name = code(run.run.pipeline or run.run.function)
    is_fine = run.run.status == "Succeeded"
    counts = [f"{sum(found):,} rows {done}" for done, found in _counted(run.activities).items() if found]
    if isinstance(run.result, Mapping):
        numbers = [(field, value) for field, value in run.result.items() if _is_count(value)]
        counts += [f"{code(field)} {value}" for field, value in numbers[:MOST_NUMBERS]]
    said = [code(masked_text(text)) for text in (run.run.message, run.run.error) if text]
    return Section(
        GOOD if is_fine else BAD,
        "ran its workload" if is_fine else "failed to run its workload",
        [f"**run**: {', '.join([f'{name} {code(run.run.status)}', *counts, *said])}"],
        folds={f"run: {len(run.activities)} activities": [_activity(one) for one in run.activities]},
    )


def _counted(activities: Sequence[Activity]) -> dict[str, list[int]]:
    """What the copies of a run counted."""
    return {
        done: [one.output[field] for one in activities if _is_count(one.output.get(field))]
        for done, field in ROWS
    }


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _activity(activity: Activity) -> str:
    counts = [f"{found[0]:,} rows {done}" for done, found in _counted([activity]).items() if found]
    seconds = [] if activity.seconds is None else [f"{activity.seconds:.1f} s"]
    error = [code(f"{activity.error_code}: {activity.error}")] if activity.error else []
    name = code(f"{activity.within} {activity.name}")
    return ", ".join([f"{name} {code(activity.status)}", *seconds, *counts, *error])


def _down(receipt: Receipt) -> Section:
    reserved = [f"{code(name.name)}: {code(name.why)}" for name in receipt.reserved]
    return Section(
        GOOD if receipt.complete else BAD,
        "is gone" if receipt.complete else "is NOT gone",
        [f"**down**: {receipt.verdict}"],
        {"What remains": [f"{code(one.thing.id)}: {code(one.why)}" for one in receipt.remains]},
        {
            f"receipt: {len(receipt.gone)} things went": [
                f"{code(thing.type)} {code(thing.detail or thing.id)}" for thing in receipt.gone
            ],
            "names that are not free at once": reserved,
            "what whoever deployed it could do": [code(caveat) for caveat in receipt.caveats],
        },
    )
