"""`mayfly down`: tears an environment down, and shows the receipt."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mayfly.cli import project
from mayfly.cli.arguments import Environment, Json
from mayfly.cli.output import Output, transient
from mayfly.errors import BadInput, NotAllowed

if TYPE_CHECKING:
    from mayfly.cli.pulumi import Pulumi
    from mayfly.settings import EnvironmentSettings, Fabric
    from mayfly.teardown import Receipt, Request

RECEIPTS = "receipts"
LEFTOVERS = 4

IncludeForeign = Annotated[
    bool,
    typer.Option("--include-foreign", help="Go on although resources that are not ours lie in the group."),
]


def down(environment: Environment, include_foreign: IncludeForeign = False, as_json: Json = False) -> int:
    """Tear an environment down: grants, then the group, then ask the cloud again. Absent is success.

    The exit code is 4 when anything remains; the receipt says what, and why. Running it again goes on.
    """
    from mayfly.clouds.azure.client import Azure
    from mayfly.teardown import Teardown

    output, root = Output(as_json), project.root()
    request = asked(root, environment, include_foreign)
    with output.working(f"tearing {environment} down") as now:
        engine = Engine(root, environment, output.line, now)
        receipt = Teardown(Azure.from_environment(os.environ), engine, request, now).run()
    path = receipt.write(root / RECEIPTS)
    _show(output, receipt, path)
    return 0 if receipt.complete else LEFTOVERS


def asked(root: Path, environment: str, include_foreign: bool) -> Request:
    """What is to be torn down. It takes the fabric's file alone: the rest of the files may be gone or broken.

    Raises BadInput for a name that is none, NotAllowed for a permanent environment.
    """
    from mayfly import naming, settings
    from mayfly.teardown import Request

    fabric = settings.fabric_of(root, environment)
    if fabric.permanent:
        raise NotAllowed(f"{environment} is permanent: no verb of mayfly removes it")
    try:
        wanted = settings.load(root, environment, os.environ)
        sources: tuple[str, ...] | None = tuple(str(id) for id in wanted.variables.sources.values())
    except BadInput:
        wanted, sources = _without_variables(root, environment, fabric), None
    group = naming.names(wanted).group
    return Request(environment, fabric.subscription, group, sources, include_foreign)


def _without_variables(root: Path, environment: str, fabric: Fabric) -> EnvironmentSettings:
    """What names need to know of an environment whose variables cannot be read."""
    from mayfly.settings import EnvironmentSettings, VariableGroup

    return EnvironmentSettings(
        name=environment,
        fabric=fabric,
        id=environment.partition("-")[2] or None,
        variables=VariableGroup(name=fabric.variables),
        workload=root / fabric.workload,
        project="",
    )


@dataclass(frozen=True)
class Engine:
    """Pulumi, as a teardown sees it."""

    root: Path
    environment: str
    line: Callable[[str], None]
    now: Callable[[str], None]

    def destroy(self) -> bool:
        """Destroy all that the stack's state names; False when there is no such stack."""
        from mayfly.cli.progress import Progress

        self.now(f"destroying {self.environment}")
        return self._pulumi.destroy(self.environment, Progress(self.line, transient(self.now)))

    def forget(self, force: bool) -> None:
        """Remove the stack and its configuration file; absent is fine."""
        self._pulumi.remove(self.environment, force=force)
        (self.root / "stacks" / f"Pulumi.{self.environment}.yaml").unlink(missing_ok=True)

    @property
    def _pulumi(self) -> Pulumi:
        from mayfly.cli.pulumi import Pulumi

        return Pulumi(self.root, os.environ)


def _show(output: Output, receipt: Receipt, path: Path) -> None:
    rows = [
        [_short(thing.id), thing.type, "gone" if thing in receipt.gone else "REMAINS"]
        for thing in receipt.was
    ]
    if rows:
        output.table(("what was there", "type", "now"), rows)
    for remaining in receipt.remains:
        output.text(f"REMAINS {remaining.thing.id}: {remaining.why}")
    for problem in receipt.problems:
        output.line(problem)
    output.text(_verdict(receipt))
    output.text(f"receipt: {path}")
    output.document(
        "down",
        {"environment": receipt.environment, "receipt": receipt.model_dump(mode="json"), "file": str(path)},
    )


def _verdict(receipt: Receipt) -> str:
    grants = receipt.production_grants
    by_principal, by_description = _count(grants.by_principal), _count(grants.by_description)
    counts = f"grants on production: {by_principal} by principal, {by_description} by description"
    if not receipt.complete:
        return f"{receipt.environment} is NOT gone: {len(receipt.remains)} things remain; {counts}"
    if not receipt.was and not receipt.stack_removed:
        return f"there was nothing of {receipt.environment}; {counts}"
    return f"{receipt.environment} is gone: {len(receipt.gone)} things in {receipt.seconds} s; {counts}"


def _count(number: int | None) -> str:
    return "unknown" if number is None else str(number)


def _short(id: str) -> str:
    """An id without its subscription, which all share."""
    return "/".join(id.split("/")[3:]) or id
