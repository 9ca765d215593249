"""The reaper on Azure: a Data Factory's documents, whose pipelines ask Resource Manager and delete.

`sweep` lists the groups that carry our marker, a page at a time; `page` gives each of them to `reap`, which
reads the group again and decides; `remove` revokes the grants by `revoke`, scope by scope, and deletes the
group. What `reap` cannot read fails it, and leaves the group as it is. The rules are those of
`mayfly.life.sweep`, as far as the expression language can say them; docs/reaper.md names the rest.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from mayfly.naming import tagging, times

Document = dict[str, Any]

NEVER = f"{times.YEARS[1]}-01-01T00:00:00Z"
"""Stands for a time that is not said: later than any that a tag may say."""

LATEST = f"{times.YEARS[1]}-12-31T23:59:59Z"
EARLIEST = f"{times.YEARS[0]}-01-01T00:00:00Z"
"""No tag says an earlier time."""

STAMP = "yyyy-MM-ddTHH:mm:ssZ"
"""The form in which our tags have times, as .NET writes it."""

UNKNOWN = "no file tells of its fabric"

AT_ONCE = 20
"""Environments that are looked at and removed at the same time."""

PAGE = 100
"""Groups in one page of the list: a Web activity takes answers up to 4 MB, and a group has up to 50 tags."""

VERSIONS = {
    "groups": "2021-04-01",
    "accounts": "2024-01-01",
    "factories": "2018-06-01",
    "locks": "2020-05-01",
    "assignments": "2022-04-01",
}
ASSIGNMENTS = "providers/Microsoft.Authorization/roleAssignments"
LOCKS = "providers/Microsoft.Authorization/locks"
ACCOUNTS = "providers/Microsoft.Storage/storageAccounts"
FACTORIES = "providers/Microsoft.DataFactory/factories"


@dataclass(frozen=True)
class Rules:
    """What a reaper goes by.

    resource_manager, audience: Resource Manager's address, and whom tokens for it are for. project: whose
    environments. subscription: guid of theirs. longest: by ephemeral fabric, how long its environments may
    live. sources: ids of the containers of production that they read. hours: between two sweeps.
    """

    resource_manager: str
    audience: str
    project: str
    subscription: str
    longest: Mapping[str, timedelta]
    sources: Sequence[str]
    hours: int


def documents(rules: Rules) -> dict[str, str]:
    """The factory's documents: "pipeline/sweep" → its JSON text."""
    made = {
        "pipeline/revoke": _revoke(rules),
        "pipeline/remove": _remove(rules),
        "pipeline/reap": _reap(rules),
        "pipeline/page": _page(),
        "pipeline/sweep": _sweep(rules),
        "trigger/hourly": _trigger(rules),
    }
    return {
        key: json.dumps({"name": key.partition("/")[2], "properties": properties})
        for key, properties in made.items()
    }


def _sweep(rules: Rules) -> Document:
    """Every group that carries the marker, in all pages of the list. One clock reading for all.

    Where the pages shift because groups of an earlier one went, the next sweep looks at what was passed over.
    """
    marked = f"tagName eq '{tagging.MANAGED_BY}' and tagValue eq '{tagging.MAYFLY}'"
    scope = f"{rules.resource_manager}/subscriptions/{rules.subscription}/resourceGroups"
    first = f"{scope}?api-version={VERSIONS['groups']}&$top={PAGE}&$filter={quote(marked, safe='')}"
    now = _set("now", f"@formatDateTime(utcNow(), '{STAMP}')")
    inner = [
        _get(rules, "list", "@variables('next')"),
        _call("page", {"groups": "@activity('list').output.value", "now": "@variables('now')"}, "list"),
        _set("failed", "page or more", {"page": ["Failed"]}, name="something is left"),
        _set("next", "@coalesce(activity('list').output?.nextLink, '')", {"page": ["Completed"]}),
        _set("failed", "the list", {"list": ["Failed"]}, name="the list is not read"),
        _set("next", "", {"list": ["Failed"]}, name="no further"),
    ]
    loop = _activity(
        "pages", "Until", {"now": ["Succeeded"]}, expression=_expression("@empty(variables('next'))"),
        timeout="0.12:00:00", activities=inner,
    )  # fmt: skip
    told = _activity(
        "told", "IfCondition", {"pages": ["Completed"]},
        expression=_expression("@not(empty(variables('failed')))"),
        ifTrueActivities=[_fail("left", "Something is left, or not read: see the runs of reap.")],
    )  # fmt: skip
    return _pipeline(
        [now, loop, told],
        variables={"now": "", "next": first, "failed": ""},
        concurrency=1,
    )


def _page() -> Document:
    """One run of `reap` for each group that names an environment. One that fails keeps none from its turn."""
    named = f"@not(empty(coalesce(item()?.tags?['{tagging.ENVIRONMENT}'], '')))"
    ours = _activity(
        "ours", "Filter", items=_expression("@pipeline().parameters.groups"), condition=_expression(named)
    )
    each = _activity(
        "each", "ForEach", {"ours": ["Succeeded"]}, items=_expression("@activity('ours').output.Value"),
        batchCount=AT_ONCE,
        activities=[_call("reap", {"id": "@item().id", "now": "@pipeline().parameters.now"})],
    )  # fmt: skip
    return _pipeline([ours, each], parameters={"groups": "array", "now": "string"})


def _reap(rules: Rules) -> Document:
    """One environment: read, decided upon, and removed, or left with the reason.

    Not yet due, kept, permanent or not ours is fine. What is due and cannot go, or cannot be read, fails.
    """
    found, own = "activity('group').output", ["accounts", "factories"]
    union = "@union(activity('accounts').output.value, activity('factories').output.value)"
    reading = [
        _get(rules, "group", _url(rules, "groups")),
        _get(rules, "accounts", _url(rules, "accounts", ACCOUNTS), {"group": ["Succeeded"]}),
        _get(rules, "factories", _url(rules, "factories", FACTORIES), {"group": ["Succeeded"]}),
        _activity(
            "parts", "ForEach", {name: ["Succeeded"] for name in own}, items=_expression(union),
            isSequential=True, activities=[
                _append("seen", "@ticks(coalesce(item().properties?.creationTime,"
                        f" item().properties?.createTime, '{NEVER}'))"),
                _append("principals", "@coalesce(item()?.identity?.principalId, '')"),
            ],
        ),
        _append("seen", f"@{_ticks(found, times.CREATED_AT)}", {"parts": ["Succeeded"]}, name="created"),
        _set("why", f"@{_decision(rules, found)}", {"created": ["Succeeded"]}),
    ]  # fmt: skip
    due = _activity(
        "due", "IfCondition", {"why": ["Succeeded"]}, expression=_expression("@empty(variables('why'))"),
        ifTrueActivities=_removing(found),
    )  # fmt: skip
    unknown = _activity(
        "fabric", "IfCondition", {"why": ["Succeeded"]},
        expression=_expression(f"@startsWith(variables('why'), '{UNKNOWN}')"),
        ifTrueActivities=[_fail("unknown", "@variables('why')")],
    )  # fmt: skip
    gone = _activity(
        "gone", "IfCondition", {"group": ["Failed"]},
        expression=_expression("@contains(activity('group').error.message, 'ResourceGroupNotFound')"),
        ifFalseActivities=[_fail("unread", "@concat('It is not read: ', activity('group').error.message)")],
    )  # fmt: skip
    # A leaf of its own: without it a run whose group went meanwhile would count as failed.
    each = [*own, "parts", "created", "why", "due", "fabric", "gone"]
    end = _set("end", "yes", {name: ["Succeeded", "Skipped"] for name in each})
    return _pipeline(
        [*reading, due, unknown, gone, end],
        parameters={"id": "string", "now": "string"},
        variables={"why": "", "end": "", "seen": [], "principals": []},
    )


def _decision(rules: Rules, found: str) -> str:
    """Why a group is left alone; an empty text for one that is due. The first rule that holds decides."""
    environment = _tag(found, tagging.ENVIRONMENT)
    fabric = f"first(split({environment}, '-'))"
    now, kept = "ticks(pipeline().parameters.now)", _ticks(found, times.KEPT_UNTIL, EARLIEST)
    known = {name: int(longest.total_seconds()) * 10_000_000 for name, longest in rules.longest.items()}
    longest = f"json('{json.dumps(known)}')?[{fabric}]"
    cap = f"add(min(variables('seen')), coalesce({longest}, 0))"
    due = f"min({_ticks(found, times.EXPIRES_AT)}, {cap})"
    rows = [
        (
            f"not(equals({_tag(found, tagging.MANAGED_BY)}, '{tagging.MAYFLY}'))",
            "'carries no marker of ours'",
        ),
        (f"empty({environment})", "'names no environment any more'"),
        (f"not(equals({_tag(found, tagging.PROJECT)}, '{rules.project}'))", "'is of another project'"),
        (f"not(contains({environment}, '-'))", "'is permanent'"),
        (
            f"not(startsWith({found}.name, concat({environment}, '-')))",
            "'is not called after its environment'",
        ),
        (f"equals({found}.properties.provisioningState, 'Deleting')", "'is being deleted'"),
        (f"greater({kept}, {now})", f"concat('is kept until ', {_tag(found, times.KEPT_UNTIL)})"),
        (f"equals({longest}, null)", f"concat('{UNKNOWN}, ', {fabric})"),
        (
            f"and(greater({due}, {now}), greater({due}, ticks('9000-01-01T00:00:00Z')))",
            "'nothing tells when it expires'",
        ),
        (f"greater({due}, {now})", f"concat('expires at ', {_tag(found, times.EXPIRES_AT)}, ', or before')"),
    ]
    decision = "''"
    for condition, why in reversed(rows):
        decision = f"if({condition}, {why}, {decision})"
    return decision


def _removing(found: str) -> list[Document]:
    """What is due: what lies in the group and what holds it is looked at before anything goes."""
    parameters = {
        "id": "@pipeline().parameters.id",
        "now": "@pipeline().parameters.now",
        "tags": f"@{found}.tags",
        "parts": "@union(activity('accounts').output.value, activity('factories').output.value)",
        "principals": "@variables('principals')",
    }
    return [_call("remove", parameters)]


def _remove(rules: Rules) -> Document:
    """An environment that is due: it is left when something else lies in it, holds it, or is unknown."""
    environment = f"pipeline().parameters.tags['{tagging.ENVIRONMENT}']"
    theirs = (
        f"@not(and(equals(item()?.tags?['{tagging.MANAGED_BY}'], '{tagging.MAYFLY}'),"
        f" equals(item()?.tags?['{tagging.ENVIRONMENT}'], {environment})))"
    )
    known = json.dumps([_as_tag(source) for source in rules.sources])
    sources = f"@skip(split(string(pipeline().parameters.tags), '\"{tagging.SOURCE}'), 1)"
    unknown = f"@not(contains(json('{known}'), toLower(split(item(), '\"')[2])))"
    looks = ["resources", "locks", "locks above", "sources"]
    found = [
        _get(rules, "resources", _url(rules, "groups", "resources")),
        _get(rules, "locks", _url(rules, "locks", LOCKS)),
        _get(rules, "locks above", _url(rules, "locks", LOCKS, "&$filter=atScope()")),
        _activity("sources", "Filter", items=_expression(sources), condition=_expression(unknown)),
        _activity(
            "foreign", "Filter", {name: ["Succeeded"] for name in looks}, condition=_expression(theirs),
            items=_expression("@union(activity('resources').output.value, pipeline().parameters.parts)"),
        ),
        _set("held", f"@{_held()}", {"foreign": ["Succeeded"]}),
    ]  # fmt: skip
    description = f"mayfly:{rules.project}/', {environment}, '/{rules.subscription.lower()}"
    revoking = {
        "scope": "@item()",
        "description": f"@concat('{description}')",
        "principals": "@pipeline().parameters.principals",
    }
    grants = _activity(
        "grants", "ForEach", {"left": ["Succeeded"]}, isSequential=True,
        items=_expression(f"@json('{json.dumps([*rules.sources])}')"),
        activities=[_call("revoke", revoking)],
    )  # fmt: skip
    left = _activity(
        "left", "IfCondition", {"held": ["Succeeded"]},
        expression=_expression("@not(empty(variables('held')))"),
        ifTrueActivities=[_fail("due", "@concat('It is due, and left: ', variables('held'))")],
    )  # fmt: skip
    delete = _web(rules, "delete", "DELETE", _url(rules, "groups"), {"grants": ["Succeeded"]})
    declared = {"id": "string", "now": "string", "tags": "object", "parts": "array", "principals": "array"}
    return _pipeline([*found, left, grants, delete], parameters=declared, variables={"held": ""})


def _held() -> str:
    locks = "union(activity('locks').output.value, activity('locks above').output.value)"
    rows = [
        ("greater(activity('foreign').output.FilteredItemsCount, 0)",
         "concat('it holds resources that are not its own: ', activity('foreign').output.Value[0].id)"),
        ("not(empty(coalesce(activity('resources').output?.nextLink, '')))", "'it holds more than one page'"),
        (f"not(empty({locks}))", "'there is a lock on it, in it or above it'"),
        ("greater(activity('sources').output.FilteredItemsCount, 0)",
         "'its tags name a source that the reaper does not know'"),
    ]  # fmt: skip
    held = "''"
    for condition, why in reversed(rows):
        held = f"if({condition}, {why}, {held})"
    return held


def _revoke(rules: Rules) -> Document:
    """The grants of an environment on one source: those that name it, and those of its own identities."""
    url = f"@concat('{rules.resource_manager}', pipeline().parameters.scope, '/{ASSIGNMENTS}?api-version="
    url += f"{VERSIONS['assignments']}')"
    theirs = (
        "@or(equals(item().properties?.description, pipeline().parameters.description),"
        " contains(pipeline().parameters.principals, item().properties.principalId))"
    )
    each = f"@concat('{rules.resource_manager}', item().id, '?api-version={VERSIONS['assignments']}')"
    further = "not(empty(coalesce(activity('again').output?.nextLink, '')))"
    remaining = "greater(activity('remaining').output.FilteredItemsCount, 0)"
    return _pipeline(
        [
            _get(rules, "list", url),
            _filter("theirs", "list", theirs),
            _activity(
                "each", "ForEach", {"theirs": ["Succeeded"]}, isSequential=True,
                items=_expression("@activity('theirs').output.Value"),
                activities=[_web(rules, "revoke", "DELETE", each)],
            ),
            _get(rules, "again", url, {"each": ["Succeeded"]}),
            _filter("remaining", "again", theirs),
            _activity(
                "proof", "IfCondition", {"remaining": ["Succeeded"]},
                expression=_expression(f"@or({remaining}, {further})"),
                ifTrueActivities=[
                    _fail("some", "@concat('Grants remain on ', pipeline().parameters.scope)")
                ],
            ),
        ],
        parameters={"scope": "string", "description": "string", "principals": "array"},
    )  # fmt: skip


def _trigger(rules: Rules) -> Document:
    pipeline = {"referenceName": "sweep", "type": "PipelineReference"}
    recurrence = {
        "frequency": "Hour",
        "interval": rules.hours,
        "startTime": "2024-01-01T00:00:00Z",
        "timeZone": "UTC",
    }
    return {
        "type": "ScheduleTrigger",
        "typeProperties": {"recurrence": recurrence},
        "pipelines": [{"pipelineReference": pipeline, "parameters": {}}],
    }


def _as_tag(source: str) -> str:
    """A source as the group's tags write it, in lower case."""
    parts = source.split("/")
    return "/".join((parts[2], parts[4], parts[8], parts[12])).lower()


def _tag(found: str, name: str) -> str:
    return f"coalesce({found}?.tags?['{name}'], '')"


def _ticks(found: str, name: str, otherwise: str = NEVER) -> str:
    """The time in a tag; fails for one that is not written as we write it.

    A form that only looks like a time is none: the date that is read has to be what is written.
    """
    tag = f"{found}?.tags?['{name}']"
    written = f"coalesce({tag}, '{otherwise}')"
    same = f"equals(formatDateTime({written}, '{STAMP}'), {written})"
    within = f"and(greaterOrEquals({written}, '{EARLIEST}'), lessOrEquals({written}, '{LATEST}'))"
    return f"ticks(if(and({same}, {within}), {written}, 'the tag {name}, which is no time'))"


def _url(rules: Rules, version: str, below: str = "", more: str = "") -> str:
    path = f"/{below}" if below else ""
    start = f"@concat('{rules.resource_manager}', pipeline().parameters.id, '{path}?api-version="
    return f"{start}{VERSIONS[version]}{more}')"


def _get(rules: Rules, name: str, url: str, after: Document | None = None) -> Document:
    return _web(rules, name, "GET", url, after)


def _web(rules: Rules, name: str, method: str, url: str, after: Document | None = None) -> Document:
    signed = {"type": "MSI", "resource": rules.audience}
    made = _activity(name, "WebActivity", after, method=method, url=_expression(url), authentication=signed)
    made["policy"] = {"timeout": "0.03:00:00"}  # No retry: the next sweep does the same work.
    return made


def _call(pipeline: str, parameters: Mapping[str, str], after: str | None = None) -> Document:
    return _activity(
        pipeline, "ExecutePipeline", {after: ["Succeeded"]} if after else None,
        pipeline={"referenceName": pipeline, "type": "PipelineReference"}, waitOnCompletion=True,
        parameters={name: _expression(value) for name, value in parameters.items()},
    )  # fmt: skip


def _filter(name: str, listed: str, condition: str) -> Document:
    items = _expression(f"@activity('{listed}').output.value")
    return _activity(name, "Filter", {listed: ["Succeeded"]}, items=items, condition=_expression(condition))


def _set(variable: str, value: str, after: Document | None = None, name: str = "") -> Document:
    return _activity(name or variable, "SetVariable", after, variableName=variable, value=_expression(value))


def _append(variable: str, value: str, after: Document | None = None, name: str = "") -> Document:
    return _activity(
        name or variable, "AppendVariable", after, variableName=variable, value=_expression(value)
    )


def _fail(name: str, message: str) -> Document:
    return _activity(name, "Fail", message=_expression(message), errorCode="Leftovers")


def _activity(name: str, type: str, after: Document | None = None, **properties: Any) -> Document:
    waits = [
        {"activity": one, "dependencyConditions": conditions} for one, conditions in (after or {}).items()
    ]
    return {"name": name, "type": type, "dependsOn": waits, "typeProperties": properties}


def _expression(value: str) -> Any:
    return {"value": value, "type": "Expression"} if value.startswith("@") else value


def _pipeline(
    activities: list[Document],
    parameters: Mapping[str, str] | None = None,
    variables: Mapping[str, Any] | None = None,
    concurrency: int | None = None,
) -> Document:
    kinds = {
        name: "Array" if isinstance(value, list) else "String" for name, value in (variables or {}).items()
    }
    made: Document = {
        "activities": activities,
        "parameters": {name: {"type": type} for name, type in (parameters or {}).items()},
        "variables": {
            name: {"type": kinds[name], "defaultValue": value} for name, value in (variables or {}).items()
        },
    }
    return made if concurrency is None else made | {"concurrency": concurrency}
