"""The application: registers the verbs; turns errors into messages and exit codes."""

from __future__ import annotations

import ast
import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from mayfly.cli.output import Output
from mayfly.errors import BadInput, MayflyError, told_once

INTERRUPTED = 130
"""The exit code of a verb that Ctrl-C ended, as in shells: 128 + SIGINT."""

UNREAD = 141
"""The exit code when the reader of our output closed it, as in shells: 128 + SIGPIPE."""

VERBS: Mapping[str, str] = {
    "init": "init",
    "check": "check",
    "graph": "graph",
    "up": "up",
    "down": "down",
    "run": "run",
    "prove": "prove",
    "list": "list_environments",
    "watch": "watch",
    "status": "status",
    "doctor": "doctor",
    "extend": "extend",
    "keep": "keep",
    "sweep": "sweep",
    "diff": "diff",
    "promote": "promote",
    "rollback": "rollback",
    "vars": "show_variables",
    "id": "show_id",
    "unlock": "unlock",
    "receipt show": "show",
    "comment": "comment",
}
"""A verb, whose first word is a module of this package → its function, in the order of the help."""

HELP = "A release, a pull request or a branch gets its own data environment, and is gone when it is done."

LOCAL = "local"
"""The package of the verbs of the local clouds; the last of the help."""

GROUPS = {LOCAL, *(verb.partition(" ")[0] for verb in VERBS if " " in verb)}
"""What has verbs of its own."""


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        Output().text(f"mayfly {version('mayfly')}")
        raise typer.Exit


def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options of no verb."""


def application(asked: Sequence[str] | None = None) -> typer.Typer:
    """Return the application. asked: a command line, None for any.

    Where a verb is asked for, it has that one alone, imported with all that the verb needs. Where none is, it
    has what the help shows of each, and imports nothing.
    """
    app = typer.Typer(
        name="mayfly",
        help=HELP,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(options)
    groups: dict[str, typer.Typer] = {}
    every = [*VERBS, LOCAL]
    named = [verb for verb in every if asked and verb.partition(" ")[0] == asked[0]]
    for verb in named or every:
        first, _, second = verb.partition(" ")
        if asked is not None and not named:
            app.command(first, help=_summary(first, "" if first in GROUPS else VERBS[verb]))(_unasked)
            continue
        module = import_module(f"mayfly.cli.{first}")
        if verb == LOCAL:
            groups[verb] = module.app
        elif second:
            group = groups.setdefault(first, typer.Typer(no_args_is_help=True))
            group.command(second)(getattr(module, VERBS[verb]))
        else:
            app.command(verb)(getattr(module, VERBS[verb]))
    for name, group in groups.items():
        app.add_typer(group, name=name, help=_summary(name, ""))
    return app


def _unasked() -> None:
    """Stands for a verb that the command line does not name."""


def _summary(module: str, function: str) -> str:
    """The first paragraph on a function of a verb's module, or on the module, without an import of it."""
    spec = find_spec(f"mayfly.cli.{module}")
    assert spec is not None
    assert spec.origin is not None
    tree = ast.parse(Path(spec.origin).read_bytes())
    found = (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == function)
    return (ast.get_docstring(next(found, tree)) or "").partition("\n\n")[0]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command line (the process's own by default) and exit with its code."""
    given = [*(sys.argv[1:] if arguments is None else arguments)]
    # The SDKs log what they also raise; without a handler Python would print it a second time.
    logging.getLogger("azure").addHandler(logging.NullHandler())
    output = Output(as_json="--json" in given)
    # Documents name the verb as "up", or "local start".
    words = [word for word in given[: 2 if given[:1] and given[0] in GROUPS else 1] if word[:1] != "-"]
    try:
        code = guarded(lambda: _call(given), output, " ".join(words))
    except BrokenPipeError:
        # The reader of our output closed it (`| head`): end quietly, as other commands do.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = UNREAD
    sys.exit(code)


def _call(given: Sequence[str]) -> object:
    """Run the verb. Raise a closed pipe as BrokenPipeError: Typer would exit as if the verb had failed."""
    try:
        return application(given)(given, standalone_mode=False)
    except SystemExit as leaving:
        if isinstance(leaving.__context__, BrokenPipeError):
            raise leaving.__context__ from None
        raise


def guarded(command: Callable[[], object], output: Output, verb: str = "") -> int:
    """Run a command and return its exit code; report errors that the user can mend without a traceback."""
    try:
        code = command()
    except TyperException as error:
        return _usage(error, output, verb)
    except MayflyError as error:
        lines = told_once(error.problems) if isinstance(error, BadInput) else str(error).splitlines()
        for line in lines:
            output.line(f"error: {line}" if isinstance(error, BadInput) else line)
        _document(output, verb, str(error), error.exit_code, [vars(problem) for problem in error.problems])
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    if code == INTERRUPTED:
        output.line("interrupted; the same command can be given again")
    return code if isinstance(code, int) else 0


def _usage(error: TyperException, output: Output, verb: str) -> int:
    """Report a command line without a valid verb or option. Returns 0 when it only asked for help."""
    if show := getattr(error, "show", None):
        show()
    code = int(getattr(error, "exit_code", 2))
    describe = getattr(error, "format_message", lambda: str(error))
    _document(output, verb, describe(), code)
    return code


def _document(output: Output, verb: str, message: str, code: int, problems: Sequence[object] = ()) -> None:
    output.document(verb, {"error": {"message": message, "exit_code": code, "problems": [*problems]}})
