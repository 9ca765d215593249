"""`mayfly rollback`: production's tables as they were before an environment was promoted."""

from __future__ import annotations

from mayfly.cli.arguments import Environment, Json
from mayfly.cli.output import Output
from mayfly.cli.promote import OneByOne, Only


def rollback(
    environment: Environment, table: Only = None, one_by_one: OneByOne = False, as_json: Json = False
) -> None:
    """Undo an environment's promotion, if it was the last one and nobody has written since. The environment
    may be gone. Who calls needs production's own rights.
    """
    from mayfly.cli.cloned import one_at_a_time, sources_of
    from mayfly.errors import BadInput, Problem

    output, done = Output(as_json), list[str]()
    for driver, entry in sources_of(environment):
        promoted = driver.promoted(entry.namespace, entry.tables, environment)
        tables = [one for one in promoted if not table or one in table]
        one_at_a_time(driver, tables, one_by_one)
        driver.roll_back(entry.namespace, tables, environment)
        done += [f"{entry.namespace}.{one}" for one in tables]
    if not done:
        what = "is the last promotion of none of production's tables"
        raise BadInput([Problem(f"environment {environment!r}", what, "`mayfly promote` makes it one")])
    output.text(f"{', '.join(done)} as before {environment}")
    output.document("rollback", {"environment": environment, "tables": done})
