"""The command line: one file a verb, thin; `output` shows, `pulumi` calls the Pulumi CLI."""

from __future__ import annotations

from mayfly import process


def main() -> None:
    """Run the command line on the process's arguments, and exit with the verb's exit code.

    The application is imported here, so that importing the package costs nothing.
    """
    process.collect_rarely()
    from mayfly.cli.app import main as run

    try:
        run()
    except SystemExit as leaving:
        process.leave(leaving)
