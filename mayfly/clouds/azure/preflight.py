"""The preflight: finds everything that can be wrong before anything is made, and returns it as problems."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from mayfly.clouds.azure import firewall, groups, infrastructure, locks, quotas, registrations
from mayfly.clouds.azure.client import Azure
from mayfly.clouds.azure.errors import CloudError
from mayfly.clouds.azure.grants import reading_scope
from mayfly.clouds.azure.permissions import SHARED
from mayfly.clouds.quotas import Question
from mayfly.errors import BadInput, Problem
from mayfly.naming.azure import ids

T = TypeVar("T")

THREADS = 16
ROLES = "give the deployer the documented roles (docs/permissions.md)"
ALONE = (
    "give the environments a subscription of their own, or say `shared_subscription: true` in the fabric: see"
    " docs/permissions.md"
)


@dataclass(frozen=True)
class Request:
    """What an environment is about to be made of.

    subscription: guid. location: a region. group, account, factory: names. further_accounts: names of those
    beside the account. sources: name → id of production's container. project, environment: whose marker the
    group must carry. infrastructure: the
    permanent environment, and the id of its group, whose sources an application reads; None for what has its
    own. permanent: whether it
    is production itself. shared_subscription: whether sources may lie in its own subscription.
    """

    subscription: str
    location: str
    group: str
    account: str
    factory: str
    sources: Mapping[str, str]
    project: str
    environment: str
    infrastructure: Mapping[str, str] | None = None
    permanent: bool = False
    shared_subscription: bool = False
    further_accounts: Sequence[str] = ()

    @property
    def factory_id(self) -> str:
        """The resource id that its factory has or will have."""
        return f"{groups.group_id(self.subscription, self.group)}/providers/{ids.FACTORY}/{self.factory}"


def preflight(cloud: Azure, request: Mapping[str, Any]) -> dict[str, Any]:
    """Check an environment before it is made; nothing is written.

    Returns problems (each with where, what, fix, denied), endpoints (source name → blob and dfs URLs),
    group_tags (the existing group's, so that what must not change is kept), caller (who asked: object_id,
    client_id, tenant_id, how), notes (lines that are worth telling), quotas (see `clouds.quotas`) and, where
    one is asked for, infrastructure (its sources). Raises CloudError when the cloud cannot be asked at all,
    such as for a sign-in that fails.
    """
    wanted = Request(**request)
    problems: list[Problem] = []
    with ThreadPoolExecutor(THREADS) as pool:
        group = pool.submit(_group, cloud, wanted, problems)
        accounts = [
            pool.submit(_account, cloud, wanted, name, problems)
            for name in (wanted.account, *wanted.further_accounts)
        ]
        missing = pool.submit(_unregistered, cloud, wanted, problems)
        published = _published(cloud, wanted, problems)
        named = {**wanted.sources, **(published or {})}
        sources = {
            name: pool.submit(_source, cloud, wanted, f"sources.{name}", text, problems)
            for name, text in named.items()
        }
        left = [pool.submit(question.answer) for question in _quotas(cloud, wanted, named.values())]
        tags = group.result()
        for account in accounts:
            account.result()
        notes = [SHARED] if wanted.shared_subscription else []
        notes += [registrations.note(wanted.subscription, namespace) for namespace in missing.result()]
        endpoints = {name: source.result() for name, source in sources.items()}
    return {
        "problems": [vars(problem) for problem in sorted(set(problems), key=str)],
        "endpoints": {name: found for name, found in endpoints.items() if found},
        "group_tags": tags,
        "caller": vars(cloud.caller()),
        "notes": notes,
        "quotas": [quota.result() for quota in left],
        **({} if published is None else {"infrastructure": published}),
    }


def _quotas(cloud: Azure, request: Request, sources: Iterable[str]) -> list[Question]:
    """What to ask of quotas. A source whose id is none is a problem already."""
    named = [text for text in sources if _is_container(text)]
    accounts = 1 + len(request.further_accounts)
    return quotas.questions(cloud, request.subscription, request.location, named, accounts)


def _is_container(text: str) -> bool:
    try:
        ids.parse_as(text, ids.CONTAINER)
    except BadInput:
        return False
    return True


def _group(cloud: Azure, request: Request, problems: list[Problem]) -> dict[str, str]:
    """The tags of the group, if it exists; a problem when it is not this environment's, or is going."""
    id = groups.group_id(request.subscription, request.group)
    group = _asked(
        id, "Microsoft.Resources/subscriptions/resourceGroups/read", problems, lambda: groups.get(cloud, id)
    )
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


def _account(cloud: Azure, request: Request, name: str, problems: list[Problem]) -> None:
    """A storage account's name must be free in the world, or be this group's already."""
    id = f"{groups.group_id(request.subscription, request.group)}/providers/{ids.ACCOUNT}/{name}"
    if _asked(id, f"{ids.ACCOUNT}/read", problems, lambda: cloud.get(str(ids.parse(id)))) is not None:
        return
    where = f"/subscriptions/{request.subscription}/providers/Microsoft.Storage"
    question = {"name": name, "type": ids.ACCOUNT}
    right = "Microsoft.Storage/checknameavailability/read"
    answer = _asked(where, right, problems, lambda: cloud.post(where, "checkNameAvailability", question))
    if answer is not None and not answer.get("nameAvailable"):
        said = f"{answer.get('reason', 'taken')}: {answer.get('message', 'the name cannot be used')}"
        fix = "a name is unique in the world and stays reserved after deletion; choose another id"
        problems.append(Problem(f"storage account {name}", said, fix))


def _unregistered(cloud: Azure, request: Request, problems: list[Problem]) -> list[str]:
    """The namespaces that have to be registered first."""
    where, right = (
        f"/subscriptions/{request.subscription}",
        "Microsoft.Resources/subscriptions/providers/read",
    )
    return _asked(where, right, problems, lambda: registrations.missing(cloud, request.subscription)) or []


def _published(cloud: Azure, request: Request, problems: list[Problem]) -> dict[str, str] | None:
    """The sources that the infrastructure of an application publishes; a problem when it may not be seen."""
    if request.infrastructure is None:
        return None
    name, group = request.infrastructure["environment"], request.infrastructure["group"]
    refused: list[Problem] = []
    right = "Microsoft.Resources/subscriptions/resourceGroups/read"
    project = request.project
    found = _asked(group, right, refused, lambda: infrastructure.published(cloud, group, project, name))
    if found is None:
        why = (
            f"may not be seen: {refused[0].what}" if refused else f"{group} is not there, or is not of {name}"
        )
        fix = f"have its owner make it (`mayfly up {name}`), and give the deployer Reader on its group"
        denied = bool(refused) and refused[0].denied
        where = f"infrastructure {name}"
        problems.append(Problem(where, why, f"{fix}, docs/permissions.md", denied))
    return found


def _source(cloud: Azure, request: Request, where: str, text: str, problems: list[Problem]) -> dict[str, str]:
    """The addresses of one source's account; adds the problems of its container, account and locks.

    One after another: who may not see the container is told that once, and not three times.
    """
    try:
        id = ids.parse_as(text, ids.CONTAINER)
    except BadInput as error:
        problems.extend(
            Problem(where, f"{problem.where} {problem.what}", problem.fix) for problem in error.problems
        )
        return {}
    # Settings check the files; here come the overrides, and what an infrastructure publishes.
    same = id.subscription.lower() == request.subscription.lower()
    if same and not request.permanent and not request.shared_subscription:
        what = f"{id} lies in the environment's own subscription: its deployer could write it"
        problems.append(Problem(where, what, ALONE))
    if not _container_is_there(cloud, where, str(id), problems):
        return {}
    _locks(cloud, where, reading_scope(str(id), request.permanent), problems)
    account_id = str(ids.account_of(id))
    account = _asked(where, f"{ids.ACCOUNT}/read", problems, lambda: cloud.get(account_id))
    if account is None:
        return {}
    problems.extend(firewall.problems(where, account, request.factory_id))
    found = account.get("properties", {}).get("primaryEndpoints", {})
    if "blob" not in found:
        problems.append(
            Problem(where, f"{account_id} was answered without an address of blobs", "see what it is")
        )
    return {service: found[service] for service in ("blob", "dfs") if service in found}


def _container_is_there(cloud: Azure, where: str, id: str, problems: list[Problem]) -> bool:
    refused: list[Problem] = []
    found = _asked(where, f"{ids.CONTAINER}/read", refused, lambda: cloud.get(id))
    if refused:
        what = f"{id}, which may not exist: {refused[0].what}"
        fix = refused[0].fix if refused[0].denied else "check the id"
        problems.append(Problem(where, what, fix, refused[0].denied))
    elif found is None:
        problems.append(
            Problem(where, f"{id} does not exist", "give the resource id of an existing container")
        )
    elif not found:
        problems.append(
            Problem(where, f"{id} was answered without content", "run it again; else ask Azure's support")
        )
    return bool(found)


def _locks(cloud: Azure, where: str, id: str, problems: list[Problem]) -> None:
    """A locked scope takes a grant and does not let it go again (azure-docs#110791), so it is refused."""
    right = "Microsoft.Authorization/locks/read"
    for lock in _asked(where, right, problems, lambda: locks.on(cloud, id)) or []:
        what = f"{lock.scope} is locked ({lock.level} '{lock.name}'): a grant on {id} could not be revoked"
        fix = "remove the lock, or have production's owner grant an identity of its own to read, once"
        problems.append(Problem(where, what, fix))


def _asked(where: str, right: str, problems: list[Problem], ask: Callable[[], T]) -> T | None:
    """The cloud's answer; a refusal or another 4xx becomes a problem.

    right: the action that the question takes, which a refusal is told by: in one line.
    """
    try:
        return ask()
    except CloudError as error:
        if not 400 <= error.status < 500 or error.status in (401, 429):
            raise
        if error.code == registrations.MISSING:
            return None  # told once, by its own question
        if error.status == 403:
            request = f", request {error.request_id}" if error.request_id else ""
            problems.append(Problem(where, f"{right} is denied ({error.code}{request})", ROLES, denied=True))
        else:
            problems.append(Problem(where, str(error), "see the cloud's message"))
        return None
