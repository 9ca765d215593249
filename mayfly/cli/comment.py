"""`mayfly comment`: the one comment of an environment on its pull request."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from mayfly import comments, settings
from mayfly.cli import project
from mayfly.cli.arguments import Environment, Json
from mayfly.cli.output import Output
from mayfly.cli.plain import plain
from mayfly.comments import documents, post, render
from mayfly.errors import BadInput, Problem
from mayfly.settings import ids

PlatformName = Annotated[
    Literal["github", "azure-devops", "gitlab"] | None,
    typer.Option(
        "--platform",
        help="Where the pull request is; its repository, its number and the token come from the pipeline's"
        " own variables.",
        show_default=False,
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print the Markdown, and write it nowhere.")]


def _file(name: str, verb: str) -> typer.models.OptionInfo:
    """An option for what a verb printed."""
    option: typer.models.OptionInfo = typer.Option(
        name, metavar="FILE", help=f"What `mayfly {verb} --json` printed.", show_default=False
    )
    return option


def comment(
    environment: Environment,
    platform: PlatformName = None,
    up: Annotated[Path | None, _file("--up", "up")] = None,
    run: Annotated[Path | None, _file("--run", "run")] = None,
    prove: Annotated[Path | None, _file("--prove", "prove")] = None,
    receipt: Annotated[Path | None, _file("--receipt", "down")] = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Write what became of an environment on its pull request: one comment, edited in place each time.

    A FILE that is not there is a step that did not run; an empty one, a step that was cut short.
    """
    output = Output(as_json)
    ids.parse(environment)
    if (platform is None) != dry_run:
        raise BadInput([Problem("--platform", "is needed, or --dry-run", "give one of the two")])
    found = documents.read(environment, up, run, prove, receipt)
    markdown = render.render(settings.project(project.root()), environment, found, datetime.now(UTC))
    content = {"environment": environment, "markdown": markdown, "comment": None}
    if platform is None:
        output.exact(plain(markdown))
    else:
        written = post.post(comments.platform(platform, os.environ), markdown)
        content["comment"] = "/".join(str(part) for part in written.id)
        output.text(f"the comment of {environment} is written: {content['comment']}")
    output.document("comment", content)
