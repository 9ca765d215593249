"""`mayfly down`: tears an environment down, and shows the receipt."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mayfly import registry, settings
from mayfly.cli import project
from mayfly.cli.arguments import Environment, Json
from mayfly.cli.output import Output
from mayfly.cli.receipt import FOLDER, tell
from mayfly.cli.target import find, unknown
from mayfly.engine.pulumi import Pulumi
from mayfly.engine.receipts import SharedReceipts
from mayfly.errors import Leftovers, MayflyError
from mayfly.teardown.stack import claims

if TYPE_CHECKING:
    from mayfly.teardown.stack import Claim

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
    target = replace(find(root, environment), include_foreign=include_foreign, forget=forget)
    with output.working(f"tearing {environment} down") as now, the_stack(root, environment) as stack:
        receipt = registry.of(target.cloud).tear_down(target, stack, now)
    if receipt.complete:
        stack.forget()
    path, shared = receipt.write(root / FOLDER), SharedReceipts(settings.project(root), os.environ)
    copy = shared.keep(path)
    if not (receipt.was or receipt.remains or receipt.stack_removed):
        output.line(unknown(root, target))
    tell(output, receipt)
    output.text(f"receipt: {path}")
    if copy:
        output.text(f"and: {copy}")
    if shared.note:
        output.line(f"note: {shared.note}")
    kept = {"file": str(path), "shared": copy or None}
    output.document("down", {"environment": environment, "receipt": receipt.model_dump(mode="json"), **kept})
    return 0 if receipt.complete else Leftovers.exit_code


@dataclass
class Stack:
    """The environment's stack, as a teardown uses it.

    exported: waits for its state, and returns it. turn: held while the CLI removes it. removed: whether that
    has happened.
    """

    pulumi: Pulumi
    environment: str
    exported: Callable[[], dict[str, Any] | None]
    turn: AbstractContextManager[object] = field(default_factory=nullcontext)
    removed: bool = False

    def settle(self) -> None:
        """Raise Busy while another process works on it, then note that a teardown has begun."""
        self.pulumi.settle(self.environment)
        self.pulumi.note_teardown(self.environment)

    def claims(self) -> tuple[Claim, ...] | None:
        """Return the claims in its state; None when there is no stack. Raises MayflyError."""
        state = self.exported()
        return None if state is None else claims(state)

    def remove(self) -> None:
        """Remove the stack by force: no provider runs. Raises PulumiFailed."""
        with self.turn:
            self.pulumi.remove(self.environment, force=True)
        self.removed = True

    def forget(self) -> None:
        """Remove what this checkout has of a stack that is gone: the note of its teardown, and its file."""
        self.pulumi.forget_teardown(self.environment)
        (self.pulumi.root / "stacks" / f"Pulumi.{self.environment}.yaml").unlink(missing_ok=True)


@contextmanager
def the_stack(root: Path, environment: str) -> Iterator[Stack]:
    """Yield the stack, whose state is read in the background. A missing CLI is an error when it is used."""

    def fail() -> None:
        raise failure

    pulumi, failure = Pulumi(root, os.environ), MayflyError()
    with ExitStack() as running:
        exported: Callable[[], dict[str, Any] | None] = fail
        try:
            exported = running.enter_context(pulumi.exporting(environment))
        except MayflyError as error:
            failure = error
        yield Stack(pulumi, environment, exported)
