"""Everything that can be known to be wrong before anything is made, found out at once.

Answers with problems instead of raising them: the caller tells all of them together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from mayfly.clouds.azure import groups, ids, infrastructure, locks
from mayfly.clouds.azure.client import Azure
from mayfly.clouds.azure.errors import CloudError
from mayfly.errors import BadInput, Problem

T = TypeVar("T")

THREADS = 16


@dataclass(frozen=True)
class Request:
    """What an environment is about to be made of.

    subscription: guid. group, account: names. sources: name → id of production's container.
    project, environment: whose marker the group must carry. infrastructure: the permanent environment, and
    the id of its group, whose sources an application reads; None for what has its own.
    """

    subscription: str
    group: str
    account: str
    sources: Mapping[str, str]
    project: str
    environment: str
    infrastructure: Mapping[str, str] | None = None


def preflight(cloud: Azure, request: Mapping[str, Any]) -> dict[str, Any]:
    """Check an environment before it is made; nothing is written.

    Returns problems (each with where, what, fix), endpoints (source name → blob and dfs URLs), group_tags
    (the existing group's, so that what must not change is kept) and, where one is asked for, infrastructure
    (its sources). Raises CloudError when the cloud cannot be asked at all, such as for a sign-in that fails.
    """
    wanted = _request(request)
    problems: list[Problem] = []
    with ThreadPoolExecutor(THREADS) as pool:
        group = pool.submit(_group, cloud, wanted, problems)
        account = pool.submit(_account, cloud, wanted, problems)
        published = _published(cloud, wanted, problems)
        sources = {
            name: pool.submit(_source, cloud, f"sources.{name}", text, problems)
            for name, text in {**wanted.sources, **(published or {})}.items()
        }
        tags = group.result()
        account.result()
        endpoints = {name: source.result() for name, source in sources.items()}
    return {
        "problems": [vars(problem) for problem in sorted(set(problems), key=str)],
        "endpoints": {name: found for name, found in endpoints.items() if found},
        "group_tags": tags,
        **({} if published is None else {"infrastructure": published}),
    }


def _request(request: Mapping[str, Any]) -> Request:
    return Request(
        subscription=request["subscription"],
        group=request["group"],
        account=request["account"],
        sources=request.get("sources") or {},
        project=request["project"],
        environment=request["environment"],
        infrastructure=request.get("infrastructure"),
    )


def _group(cloud: Azure, request: Request, problems: list[Problem]) -> dict[str, str]:
    """The tags of the group, if it exists; a problem when it is not this environment's, or is going."""
    id = groups.group_id(request.subscription, request.group)
    group = _asked(id, problems, lambda: groups.get(cloud, id))
    if group is None:
        return {}
    if not group.is_of(request.project, request.environment):
        what = f"the group exists and does not carry the marker of {request.environment}"
        if group.environment == request.environment:
            what += f" of the project '{request.project}': it is of '{group.project or 'no project'}'"
        fix = "choose another id, or have the group's owner remove it"
        problems.append(Problem(group.id, what, fix))
    if group.deleting:
        problems.append(
            Problem(group.id, "the group is being deleted", "wait until it is gone, then run again")
        )
    return dict(group.tags)


def _account(cloud: Azure, request: Request, problems: list[Problem]) -> None:
    """The storage account's name must be free in the world, or be this group's already."""
    id = f"{groups.group_id(request.subscription, request.group)}/providers/{ids.ACCOUNT}/{request.account}"
    if _asked(id, problems, lambda: cloud.get(str(ids.parse(id)))) is not None:
        return
    where = f"/subscriptions/{request.subscription}/providers/Microsoft.Storage"
    question = {"name": request.account, "type": ids.ACCOUNT}
    answer = _asked(id, problems, lambda: cloud.post(where, "checkNameAvailability", question))
    if answer is not None and not answer.get("nameAvailable"):
        said = f"{answer.get('reason', 'taken')}: {answer.get('message', 'the name cannot be used')}"
        fix = "a name is unique in the world and stays reserved after deletion; choose another id"
        problems.append(Problem(f"storage account {request.account}", said, fix))


def _published(cloud: Azure, request: Request, problems: list[Problem]) -> dict[str, str] | None:
    """The sources that the infrastructure of an application publishes; a problem when it may not be seen."""
    if request.infrastructure is None:
        return None
    name, group = request.infrastructure["environment"], request.infrastructure["group"]
    refused: list[Problem] = []
    found = _asked(group, refused, lambda: infrastructure.published(cloud, group, request.project, name))
    if found is None:
        why = f"may not be seen: {refused[0].what}" if refused else f"is not there, or is not of {name}"
        fix = f"have its owner make it (`mayfly up {name}`), and give the deployer Reader on its group"
        problems.append(Problem(f"infrastructure {name}", f"{group} {why}", f"{fix}, docs/permissions.md"))
    return found


def _source(cloud: Azure, where: str, text: str, problems: list[Problem]) -> dict[str, str]:
    """The addresses of one source's account; what is wrong with its container, account or locks is a problem.

    One after another: who may not see the container is told that once, and not three times.
    """
    try:
        id = ids.parse_as(text, ids.CONTAINER)
    except BadInput as error:
        problems.extend(
            Problem(where, f"{problem.where} {problem.what}", problem.fix) for problem in error.problems
        )
        return {}
    if not _container_is_there(cloud, where, str(id), problems):
        return {}
    _locks(cloud, where, str(id), problems)
    account = _asked(where, problems, lambda: cloud.get(str(ids.account_of(id)))) or {}
    addresses = account.get("properties", {}).get("primaryEndpoints", {})
    return {kind: addresses[kind] for kind in ("blob", "dfs") if kind in addresses}


def _container_is_there(cloud: Azure, where: str, id: str, problems: list[Problem]) -> bool:
    refused: list[Problem] = []
    found = _asked(where, refused, lambda: cloud.get(id))
    if refused:
        fix = "check the id, or give the deployer the documented roles there (docs/permissions.md)"
        problems.append(Problem(where, f"{id} does not exist, or may not be seen: {refused[0].what}", fix))
    elif found is None:
        fix = "give the resource id of an existing container"
        problems.append(Problem(where, f"{id} does not exist", fix))
    return found is not None


def _locks(cloud: Azure, where: str, id: str, problems: list[Problem]) -> None:
    """A locked scope takes a grant and does not let it go again (azure-docs#110791), so it is refused."""
    for lock in _asked(where, problems, lambda: locks.on(cloud, id)) or []:
        what = f"{lock.scope} is locked ({lock.level} '{lock.name}'): a grant on {id} could not be revoked"
        fix = "remove the lock, or have production's owner grant an identity of its own to read, once"
        problems.append(Problem(where, what, fix))


def _asked(where: str, problems: list[Problem], ask: Callable[[], T]) -> T | None:
    """The cloud's answer; what it refuses or finds wrong with the question (4xx) becomes a problem."""
    try:
        return ask()
    except CloudError as error:
        if not 400 <= error.status < 500 or error.status in (401, 429):
            raise
        fix = "give the deployer the documented roles" if error.status == 403 else "see the cloud's message"
        problems.append(Problem(where, str(error), fix))
        return None
