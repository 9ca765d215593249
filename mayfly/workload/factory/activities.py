"""The rules for a pipeline's activities that Data Factory tells only when the pipeline is sent.

Sources: "Nested activities in Azure Data Factory"; where published factories go beyond it (a Switch in an
If), they are right, since they were saved. Names: "Pipelines and activities in Azure Data Factory".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from mayfly.errors import Problem
from mayfly.nearest import choices
from mayfly.workload.factory.document_kinds import file

LONGEST = 55
"""Characters of an activity's name."""

ALLOWED = rf"1 to {LONGEST} characters, beginning with a letter, a digit or _, without . + ? / < > * % & : \ "
MOST_CASES = 25
CONDITIONS = ("Succeeded", "Failed", "Skipped", "Completed")
INSIDE = ("activities", "ifTrueActivities", "ifFalseActivities", "defaultActivities")
LOOPS = ("ForEach", "Until")
NOT_INSIDE = {
    "ForEach": LOOPS,
    "Until": LOOPS,
    "IfCondition": ("IfCondition", "Switch"),
    "Switch": ("Switch",),
    "Validation": (*LOOPS, "IfCondition", "Switch"),
}
"""A type of activity → the types that it cannot lie in, at any depth."""

_NAME = re.compile(r"\w[^.+?/<>*%&:\\]*")


def problems(key: str, document: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what is wrong with a pipeline's activities."""
    properties = document.get("properties")
    if isinstance(properties, dict):
        yield from _list(f"{file(key)}: properties.activities", properties.get("activities"), ())


def _list(at: str, activities: Any, inside: tuple[str, ...]) -> Iterator[Problem]:
    known = [one for one in activities if isinstance(one, dict)] if isinstance(activities, list) else []
    names = Counter(one["name"] for one in known if isinstance(one.get("name"), str))
    for name, count in names.items():
        if count > 1:
            yield Problem(at, f"{count} activities are called {name!r}", "a name of its own for each")
    for number, one in enumerate(known):
        here, name, type = f"{at}[{number}]", one.get("name"), str(one.get("type"))
        if isinstance(name, str) and not (len(name) <= LONGEST and _NAME.fullmatch(name)):
            yield Problem(f"{here}.name", f"{name[:60]!r} cannot be an activity's name", ALLOWED.strip())
        if outer := next((each for each in inside if each in NOT_INSIDE.get(type, ())), None):
            fix = "move it into a pipeline of its own, and run that by ExecutePipeline"
            yield Problem(here, f"is of type {type} and cannot lie inside one of type {outer}", fix)
        yield from _dependencies(here, one.get("dependsOn"), names)
        inner = one.get("typeProperties")
        if isinstance(inner, dict):
            yield from _inner(f"{here}.typeProperties", inner, (*inside, type))


def _inner(at: str, inner: Mapping[str, Any], inside: tuple[str, ...]) -> Iterator[Problem]:
    for field in INSIDE:
        yield from _list(f"{at}.{field}", inner.get(field), inside)
    cases = inner.get("cases")
    if isinstance(cases, list) and len(cases) > MOST_CASES:
        yield Problem(f"{at}.cases", f"are {len(cases)}", f"a Switch takes {MOST_CASES} at most")
    for number, case in enumerate(cases if isinstance(cases, list) else ()):
        if isinstance(case, dict):
            yield from _list(f"{at}.cases[{number}].activities", case.get("activities"), inside)


def _dependencies(at: str, given: Any, names: Mapping[str, int]) -> Iterator[Problem]:
    for number, one in enumerate(given if isinstance(given, list) else ()):
        if not isinstance(one, dict):
            continue
        here, other = f"{at}.dependsOn[{number}]", one.get("activity")
        if isinstance(other, str) and other not in names:
            yield Problem(
                f"{here}.activity", f"there is no activity {other!r} beside it", choices(other, names)
            )
        conditions = one.get("dependencyConditions")
        for condition in conditions if isinstance(conditions, list) else ():
            if condition not in CONDITIONS:
                what = f"{condition!r} is no condition"
                yield Problem(f"{here}.dependencyConditions", what, choices(str(condition), CONDITIONS))
