"""What keeps environments from being made here: tools, the backend, sign-in, rights, quotas, names, locks.

The cloud's part is the preflight of `mayfly up`, asked for an environment that nobody makes.
"""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mayfly import preflight, registry
from mayfly.check import Check, Outcome
from mayfly.errors import BadInput, MayflyError, Problem
from mayfly.life import admission

if TYPE_CHECKING:
    from mayfly.settings import Fabric

ID = "doctor"
"""The id of the environment that is asked about, of a fabric whose environments have ids."""


def exit_code(checks: Sequence[Check]) -> int:
    """Return 0 where nothing is wrong, 3 where rights alone are, 1 else. What is not known is not wrong."""
    wrong = [check for check in checks if check.outcome is Outcome.NO]
    return 0 if not wrong else 3 if all(check.rights for check in wrong) else 1


def checks(root: Path, fabrics: Sequence[Fabric], environ: Mapping[str, str]) -> list[Check]:
    """Make all checks, at once. fabrics: those that environments are to be made of."""
    clouds = sorted({fabric.cloud for fabric in fabrics})
    with ThreadPoolExecutor() as pool:
        here = pool.submit(lambda: [*_tools(root, environ, clouds), _backend(root, environ)])
        each = [pool.submit(_of_fabric, root, fabric, environ) for fabric in fabrics]
        return [*here.result(), *(check for found in each for check in found.result())]


def _tools(root: Path, environ: Mapping[str, str], clouds: Sequence[str]) -> Iterator[Check]:
    """The versions, and the providers' plugins, which no verb fetches by itself."""
    from mayfly.engine.pulumi import Pulumi

    yield Check(Outcome.OK, "python", platform.python_version())
    yield Check(Outcome.OK, "mayfly", version("mayfly"))
    pulumi = Pulumi(root, environ)
    try:
        yield Check(Outcome.OK, "pulumi", pulumi.version())
        there = pulumi.plugins()
    except MayflyError as error:
        yield Check(Outcome.NO, "pulumi", str(error), fix="./scripts/setup brings it")
        return
    served = [one.partition(":")[0] for one in environ.get("PULUMI_DEBUG_PROVIDERS", "").split(",")]
    for cloud in clouds:
        yield _plugin(registry.of(cloud).plugin, served, there)


def _plugin(name: str, served: Sequence[str], there: Mapping[str, Sequence[str]]) -> Check:
    subject = f"plugin {name}"
    if name in served:
        return Check(Outcome.OK, subject, "served by PULUMI_DEBUG_PROVIDERS, as by a local cloud")
    try:
        wanted = version(f"pulumi-{name}")
    except PackageNotFoundError:
        return Check(Outcome.NO, subject, "its SDK is not installed", fix="`./scripts/setup --for` adds it")
    if wanted in there.get(name, ()):
        return Check(Outcome.OK, subject, wanted)
    found = ", ".join(there.get(name, ())) or "none"
    told = f"{wanted} is locked, and installed is {found}"
    return Check(Outcome.NO, subject, told, fix=f"`./scripts/plugins {name}` brings it")


def _backend(root: Path, environ: Mapping[str, str]) -> Check:
    """Whether the state's backend lists the project's stacks."""
    from mayfly.engine import backend
    from mayfly.engine.pulumi import Pulumi

    where = backend.shown(environ)
    try:
        number = len(Pulumi(root, environ).all_stacks())
    except MayflyError as error:
        fix = "set PULUMI_BACKEND_URL, and sign in where it is"
        return Check(Outcome.NO, "backend", f"{where}: {error}", fix=fix)
    return Check(Outcome.OK, "backend", f"{where}, stacks: {number}")


def _of_fabric(root: Path, fabric: Fabric, environ: Mapping[str, str]) -> list[Check]:
    """The checks of one fabric, by an environment of it that nobody makes."""
    from mayfly.workload.loading import load

    name = fabric.name if fabric.permanent else f"{fabric.name}-{ID}"
    cloud = registry.of(fabric.cloud)
    try:
        wanted, workload = load(root, name, environ)
        request = cloud.preflight_request(wanted, workload)
    except BadInput as error:
        return [_wrong("settings", problem, name) for problem in error.problems]
    try:
        credentials = cloud.credentials(wanted)
        answer = cloud.preflight(request)
    except MayflyError as error:
        return [Check(Outcome.NO, "sign-in", str(error), name)]
    return [*credentials, *_of_answer(name, answer)]


def _of_answer(name: str, answer: Mapping[str, Any]) -> Iterator[Check]:
    problems = [Problem(**problem) for problem in answer["problems"]]
    yield from (_wrong("preflight", problem, name) for problem in problems)
    if not problems:
        told = "names are free, sources are readable, no lock or firewall is in the way"
        yield Check(Outcome.OK, "preflight", told, name)
    yield from (Check(Outcome.UNKNOWN, "note", note, name) for note in answer.get("notes", ()))
    left = preflight.quotas(answer)
    full = set() if answer["group_tags"] else {quota for quota in left if not quota.fits}
    first = admission.binding(left)
    for quota in sorted(left, key=lambda quota: quota.fits):
        binds = "; it binds first" if quota == first else ""
        told = f"{quota.fits} more fit: {quota}{binds}"
        fix = admission.FIX if quota in full else ""
        yield Check(Outcome.NO if quota in full else Outcome.OK, "quota", told, name, fix)
    for quota in answer["quotas"]:
        if why := quota.get("unread"):
            told = f"{quota['name']} of {quota['where']}: {why}"
            yield Check(Outcome.UNKNOWN, "quota", told, name)


def _wrong(subject: str, problem: Problem, where: str) -> Check:
    told = f"{problem.where}: {problem.what}"
    return Check(Outcome.NO, subject, told, where, problem.fix, problem.denied)
