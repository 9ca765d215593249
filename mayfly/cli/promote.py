"""`mayfly promote`: what an environment wrote into its clones becomes what production's readers get."""

from __future__ import annotations

from typing import Annotated

import typer

from mayfly.cli.arguments import Environment, Json
from mayfly.cli.output import Output

Only = Annotated[
    list[str] | None,
    typer.Option("--table", metavar="TABLE", help="This table alone. Repeatable.", show_default=False),
]
OneByOne = Annotated[
    bool,
    typer.Option(
        "--one-by-one",
        help="Where a catalog cannot swap several tables together: one after the other; a failure leaves "
        "those before it swapped.",
    ),
]


def promote(
    environment: Environment, table: Only = None, one_by_one: OneByOne = False, as_json: Json = False
) -> None:
    """Make an environment's version of production's tables what readers get. Who calls needs production's
    own rights; the deployer of environments has none.
    """
    from mayfly.cli.cloned import clones_of, one_at_a_time

    output, done = Output(as_json), list[str]()
    for cloned in clones_of(environment):
        with output.working(f"comparing {cloned.clone.namespace}"):
            changed = [one.table for one in cloned.driver.differences(cloned.clone, {}) if not one.is_empty]
        tables = [one for one in changed if not table or one in table]
        one_at_a_time(cloned.driver, tables, one_by_one)
        cloned.driver.promote(cloned.clone, tables, environment)
        done += [f"{cloned.clone.source}.{one}" for one in tables]
    output.text(f"{', '.join(done)} as {environment} has it" if done else "nothing was changed")
    output.document("promote", {"environment": environment, "tables": done})
