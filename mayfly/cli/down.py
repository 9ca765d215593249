"""`mayfly down`: tears an environment down, and shows the receipt."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mayfly import registry
from mayfly.cli import list as list_
from mayfly.cli import project
from mayfly.cli.arguments import Environment, Json
from mayfly.cli.output import Output
from mayfly.errors import BadInput, Leftovers, MayflyError, NotAllowed, Problem
from mayfly.listing import Listing
from mayfly.nearest import choices
from mayfly.teardown.target import TeardownTarget

if TYPE_CHECKING:
    from mayfly.clouds.thing import Thing
    from mayfly.engine.pulumi import Pulumi
    from mayfly.settings import EnvironmentSettings, Fabric
    from mayfly.teardown import Receipt
    from mayfly.teardown.receipt import Grants
    from mayfly.teardown.stack import Claim

RECEIPTS = "receipts"

IncludeForeign = Annotated[
    bool,
    typer.Option("--include-foreign", help="Go on although resources that are not ours lie in the group."),
]

Forget = Annotated[
    bool,
    typer.Option("--forget", help="Drop the stack though its state names things of others, which stay."),
]


def down(
    environment: Environment,
    include_foreign: IncludeForeign = False,
    forget: Forget = False,
    as_json: Json = False,
) -> int:
    """Tear an environment down: grants, then the group, then ask the cloud again. Absent is success.

    The exit code is 4 when anything remains; the receipt says what, and why. Running it again goes on.
    """
    output, root = Output(as_json), project.root()
    target = replace(asked(root, environment), include_foreign=include_foreign, forget=forget)
    with output.working(f"tearing {environment} down") as now, the_stack(root, environment) as stack:
        receipt = registry.of(target.cloud).tear_down(target, stack, now)
    if receipt.complete:
        stack.pulumi.forget_teardown(environment)
        (root / "stacks" / f"Pulumi.{environment}.yaml").unlink(missing_ok=True)
    path = receipt.write(root / RECEIPTS)
    if not (receipt.was or receipt.remains or receipt.stack_removed):
        output.line(_never_was(root, target))
    _show(output, receipt, path)
    return 0 if receipt.complete else Leftovers.exit_code


def asked(root: Path, environment: str) -> TeardownTarget:
    """What is to be torn down. It takes the fabric's file alone: the rest of the files may be gone or broken.

    Where that is gone too, the cloud's tags tell. Raises BadInput for a name that is none, and for one that
    nothing is known of; NotAllowed for a permanent environment.
    """
    from mayfly import settings

    if not settings.has_fabric(root, environment):
        return _listed(root, environment)
    fabric = settings.fabric_of(root, environment)
    if fabric.permanent:
        raise NotAllowed(f"{environment} is permanent: no verb of mayfly removes it")
    cloud, environ = registry.of(fabric.cloud), project.without_workload(os.environ)
    try:
        return cloud.target(registry.complete(settings.load(root, environment, environ)), True)
    except MayflyError:
        return cloud.target(_without_variables(root, environment, fabric), False)


def _listed(root: Path, environment: str) -> TeardownTarget:
    """An environment whose fabric has no file any more, as on a branch that deleted it: found by its tags.

    That it is nowhere cannot be concluded: the places that are left are asked, and the shell's own.
    """
    from mayfly import settings

    try:
        listing = list_.everywhere(settings.readable_fabrics(root), here=True)
    except MayflyError as error:
        listing = Listing(unread={"the cloud": str(error)})
    project = settings.project(root)
    ours = [row for row in listing.found if row.project == project]
    found = [row for row in ours if row.environment == environment and row.group]
    if len(found) == 1:
        return registry.of(found[0].cloud).listed_target(found[0])
    where, fabric = f"environment {environment!r}", environment.partition("-")[0]
    if found:
        what = f"there is no stacks/fabrics/{fabric}.yaml, and there are several: " + ", ".join(
            row.id for row in found
        )
        raise BadInput([Problem(where, what, "write the fabric's file, which says which is meant")])
    places = ", ".join(place for place in listing.asked if place not in listing.unread) or "nowhere"
    what = f"nothing of that name is known: there is no stacks/fabrics/{fabric}.yaml, and asked was {places}"
    near = choices(
        environment,
        [row.environment for row in ours if row.environment],
        none="there is no environment there",
    )
    unread = [list_.unread(place, why) for place, why in listing.unread.items()]
    raise BadInput([Problem(where, "; ".join([what, *unread]), near)])


def _never_was(root: Path, target: TeardownTarget) -> str:
    """What to say of an environment that nothing is known of: absent is success, a slip of the pen is not."""
    from mayfly import settings

    fabric = target.environment.partition("-")[0]
    try:
        listing = list_.everywhere(one for one in settings.readable_fabrics(root) if one.name == fabric)
    except MayflyError:
        listing = Listing()
    near = [row.environment for row in listing.found if row.environment and row.project == target.project]
    where = ", ".join(listing.asked) or " ".join(target.place)
    known = choices(target.environment, near, none="there is no environment there")
    return f"nothing of the name {target.environment!r} is known in {where}: {known}"


def _without_variables(root: Path, environment: str, fabric: Fabric) -> EnvironmentSettings:
    """What names need to know of an environment whose variables cannot be read."""
    from mayfly import settings
    from mayfly.settings import EnvironmentSettings, VariableGroup

    return EnvironmentSettings(
        name=environment,
        fabric=fabric,
        id=environment.partition("-")[2] or None,
        variables=VariableGroup(name=fabric.variables),
        workload=root / fabric.workload,
        project=settings.project(root),
    )


@dataclass
class Stack:
    """The environment's stack, as a teardown sees it. exported: waits for its state, which is being read."""

    pulumi: Pulumi
    environment: str
    exported: Callable[[], dict[str, Any] | None]

    def settle(self) -> None:
        """Raise Busy while somebody works on it. From now on its state may know more than there is."""
        self.pulumi.settle(self.environment)
        self.pulumi.note_teardown(self.environment)

    def claims(self) -> tuple[Claim, ...] | None:
        """What its state names; None when there is no stack. Raises MayflyError."""
        from mayfly.teardown import stack

        state = self.exported()
        return None if state is None else stack.claims(state)

    def remove(self) -> None:
        """By force: no provider runs for it. Raises PulumiFailed."""
        self.pulumi.remove(self.environment, force=True)


@contextmanager
def the_stack(root: Path, environment: str) -> Iterator[Stack]:
    """The stack, whose state is read from now on. That the CLI is missing is told when the stack is due."""
    from mayfly.engine.pulumi import Pulumi

    pulumi = Pulumi(root, os.environ)
    with ExitStack() as running:
        try:
            exported = running.enter_context(pulumi.exporting(environment))
        except MayflyError as error:
            exported = _raises(error)
        yield Stack(pulumi, environment, exported)


def _raises(error: MayflyError) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


def _show(output: Output, receipt: Receipt, path: Path) -> None:
    for problem in receipt.problems:
        output.line(problem)
    if receipt.was:
        output.table(("what was there", "", "now"), rows(receipt))
    for remaining in receipt.remains:
        output.text(f"REMAINS {remaining.thing.id}: {remaining.why}")
    for thing in receipt.forgotten:
        output.text(f"forgotten, and not looked at: {thing.type} {thing.id}")
    for caveat in receipt.caveats:
        output.text(f"note: {caveat}")
    output.text(_verdict(receipt))
    output.text(f"receipt: {path}")
    content = {"receipt": receipt.model_dump(mode="json"), "file": str(path)}
    output.document("down", {"environment": receipt.environment, **content})


def rows(receipt: Receipt) -> list[tuple[str, str, str]]:
    """The receipt's things for people: one a row, but what others hold counted by type. The file has each."""
    gone = {thing.id for thing in receipt.gone}
    groups = groupby(receipt.was, key=lambda thing: (_kind(thing), thing.id in gone))
    return [
        (_names(list(things)), kind, "gone" if is_gone else "REMAINS") for (kind, is_gone), things in groups
    ]


def _kind(thing: Thing) -> str:
    """A type without its namespace: "factories/pipelines", "S3::Bucket"."""
    return thing.type.partition("/")[2] or thing.type.removeprefix("AWS::")


def _names(things: list[Thing]) -> str:
    """One thing by its name, several by their number."""
    if len(things) > 1:
        return f"{len(things)} of them"
    return things[0].detail or re.split("[/:]", things[0].id)[-1]


def _verdict(receipt: Receipt) -> str:
    counts = _grants(receipt.production_grants)
    if not receipt.complete:
        return f"{receipt.environment} is NOT gone; what remains: {len(receipt.remains)}; {counts}"
    if not receipt.was and not receipt.stack_removed:
        return f"there was nothing of {receipt.environment}; {counts}"
    return f"{receipt.environment} is gone: {len(receipt.gone)} things in {receipt.seconds} s; {counts}"


def _grants(grants: Grants) -> str:
    by_principal, by_description = _count(grants.by_principal), _count(grants.by_description)
    if grants.given:
        return f"grants on production: {by_principal} by principal, {by_description} by description"
    return f"statements of production's buckets: {by_principal} name its roles, {by_description} its path"


def _count(number: int | None) -> str:
    return "unknown" if number is None else str(number)
