"""`mayfly init`: a first fabric and variable group for a workload that exists already."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mayfly.cli import init_aws, project
from mayfly.cli.arguments import VARIABLE, Json
from mayfly.cli.init_aws import write_files
from mayfly.cli.output import Output
from mayfly.errors import BadInput, Problem

if TYPE_CHECKING:
    from mayfly.workload.factory.draft import Draft

Folder = Annotated[
    str,
    typer.Option(
        "--workload",
        metavar="PATH",
        envvar=VARIABLE,
        help="The folder of factory/, of functions/, of a SAM template or a serverless.yml, in any checkout.",
        show_default=False,
    ),
]
FabricName = Annotated[
    str, typer.Option("--fabric", metavar="NAME", help="What to call the fabric and its variable group.")
]
Subscription = Annotated[
    str, typer.Option(metavar="ID", help="Where its environments go.", show_default=False)
]
Location = Annotated[
    str, typer.Option(metavar="REGION", help="The region of its environments.", show_default=False)
]
Owner = Annotated[
    str, typer.Option(metavar="TEAM", help="Who answers for its environments.", show_default=False)
]
Production = Annotated[
    str,
    typer.Option(
        metavar="SUBSCRIPTION/GROUP",
        help="Where production's storage accounts are that no document names by id.",
        show_default=False,
    ),
]

FABRIC = """\
# Environments for releases and pull requests: {fabric}-142, {fabric}-feature-1. They go again.
cloud: azure
# Not production's: whoever deploys there may write what lies in it.
subscription: {subscription}
location: {location}
lifetime: ephemeral
owner: {owner}
# The folder that production runs.{elsewhere}
workload: {workload}
# How long an environment lives (m, h, d or w), and how long it can be extended to.
life:
  default: 7d
  longest: 30d
"""


def init(
    workload: Folder,
    fabric: FabricName,
    subscription: Subscription = "",
    location: Location = "",
    owner: Owner = "",
    production: Production = "",
    as_json: Json = False,
) -> None:
    """Write a fabric and a variable group for a factory's folder: stores, linked services, global parameters.

    What it cannot know is marked `<fill in: …>`; `mayfly check` tells what is left. Nothing is overwritten.
    A SAM template or a serverless.yml becomes functions' folders, with a list of what it left out.
    """
    from mayfly.settings.unfilled import fill_in
    from mayfly.workload.factory.draft import variable_group
    from mayfly.workload.factory.folder import parsed

    output, root, folder = Output(as_json), project.root(), Path(os.path.abspath(workload))  # noqa: PTH100
    paths = {kind: root / "stacks" / kind / f"{fabric}.yaml" for kind in ("fabrics", "variables")}
    _refuse(fabric, production, paths)
    inside = folder.is_relative_to(root)
    elsewhere = "" if inside else " It is in another checkout: `--workload` names its path."
    named = folder.relative_to(root).as_posix() if inside and folder != root else folder.name
    if init_aws.is_of_functions(folder):
        text = init_aws.fabric(fabric, subscription, location, owner, elsewhere, named)
        stacks = {paths["fabrics"]: text.encode(), paths["variables"]: init_aws.VARIABLES.encode()}
        init_aws.write(folder, stacks, root, output)
        return
    draft = variable_group(parsed(folder), production)
    text = FABRIC.format(
        fabric=fabric,
        subscription=_given(subscription, fill_in("the id of a subscription, not production's")),
        location=_given(location, fill_in("an Azure region, such as westeurope")),
        owner=_given(owner, fill_in("the team that answers for these environments")),
        elsewhere=elsewhere,
        workload=named,
    )
    write_files({paths["fabrics"]: text.encode(), paths["variables"]: draft.text.encode()})
    files = [path.relative_to(root).as_posix() for path in paths.values()]
    _tell(output, draft, files, (text + draft.text).count("<fill in: "))
    output.document("init", {"files": files, "as_is": draft.as_is})


def _refuse(fabric: str, production: str, paths: dict[str, Path]) -> None:
    from mayfly.settings.ids import fabric_name
    from mayfly.settings.invalid import InvalidValue

    problems = []
    try:
        fabric_name(fabric)
    except InvalidValue as refused:
        problems.append(Problem("--fabric", refused.what, refused.fix))
    problems += [
        Problem(str(path), "is there already", "another name, or remove it first")
        for path in paths.values()
        if path.exists()
    ]
    if production and len(production.split("/")) != 2:
        problems.append(
            Problem("--production", f"got {production!r}", "a subscription's id, /, a group's name")
        )
    if problems:
        raise BadInput(problems)


def _given(value: str, otherwise: str) -> str:
    from mayfly.workload.factory.answers import quoted

    return quoted(value or otherwise)


def _tell(output: Output, draft: Draft, files: list[str], left: int) -> None:
    for file in files:
        output.text(f"wrote {file}")
    services = f"{len(draft.as_is)} linked services as they are"
    stores = f"{draft.sources} sources, {draft.sinks} sinks"
    output.text(f"{stores}, {services}, {draft.values} global parameters; {left} to fill in")
    if draft.as_is:
        names = ", ".join(draft.as_is)
        output.text(f"as-is connects to what production connects to; change what must not be: {names}")
