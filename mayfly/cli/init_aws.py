"""`mayfly init` for functions: a fabric, a variable group, and what a SAM template or serverless.yml says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mayfly.cli.output import Output
from mayfly.errors import BadInput, Problem, told_once
from mayfly.settings.unfilled import START, fill_in
from mayfly.workload.factory.answers import quoted
from mayfly.workload.functions import code, folder, template
from mayfly.workload.functions.template import FunctionDraft

FABRIC = """\
# Environments for releases and pull requests: {fabric}-142, {fabric}-feature-1. They go again.
cloud: aws
account: {place}
region: {location}
lifetime: ephemeral
owner: {owner}
# The folder that production runs.{elsewhere}
workload: {workload}
# How long an environment lives (m, h, d or w), and how long it can be extended to.
life:
  default: 2d
  longest: 14d
"""
PLACE = "the 12 digits of an account"
LOCATION = "an AWS region, such as eu-west-1"

VARIABLES = """\
# What functions find as environment variables: LAKE=s3://…, drafted by `mayfly init`.
# What they read of production, by bucket's ARNs with or without a prefix: lake: arn:aws:s3:::my-lake/flights/
sources: {}
# What they write, each a folder of the environment's own bucket: curated: curated
sinks: {}
# Plain values, never secrets.
values: {}
"""


@dataclass(frozen=True)
class FunctionsDraft:
    """What is to be written into a workload's folder. left_out: what of a template has no place there.

    files: path below the folder → content. without_code: functions whose code has to be brought.
    """

    files: Mapping[Path, bytes] = field(default_factory=dict)
    left_out: tuple[Problem, ...] = ()
    functions: tuple[str, ...] = ()
    without_code: tuple[str, ...] = ()


def is_of_functions(workload: Path) -> bool:
    """Whether a folder holds functions, or a template that says where they are, and no factory."""
    if (workload / "factory").is_dir():
        return False
    return folder.root_of(workload).is_dir() or template.find(workload) is not None


def draft(workload: Path) -> FunctionsDraft:
    """Return what a template comes to; nothing where the folder has functions already. Raises BadInput."""
    if folder.root_of(workload).is_dir():
        return FunctionsDraft(functions=tuple(folder.names(workload)))
    file = template.find(workload)
    if file is None:
        return FunctionsDraft()
    found = template.read(file)
    files: dict[Path, bytes] = {}
    problems: list[Problem] = []
    for function in found.functions:
        own = Path(folder.FOLDER, function.name)
        files |= {own / path: content for path, content in _code(workload, function, problems).items()}
        files[own / code.MANIFEST] = function.manifest.encode()
    if problems:
        raise BadInput(problems)
    return FunctionsDraft(
        files,
        tuple(found.left_out),
        tuple(function.name for function in found.functions),
        tuple(one.name for one in found.functions if not _has_own_folder(one) and "image" not in one.fields),
    )


def _has_own_folder(function: FunctionDraft) -> bool:
    return Path(function.code) != Path()


def _code(workload: Path, function: FunctionDraft, problems: list[Problem]) -> dict[str, bytes]:
    """The files of a function's own folder; none where its code is the whole repository."""
    path = Path(function.code)
    if not _has_own_folder(function):
        return {}
    if path.is_absolute() or ".." in path.parts or not (workload / path).is_dir():
        fix = "a folder below the template's, as it is before a build"
        problems.append(Problem(f"{function.name}: CodeUri", f"{function.code!r} is no folder here", fix))
        return {}
    return code.read(workload / path, workload, path.as_posix(), problems) or {}


def fabric(name: str, place: str, location: str, owner: str, elsewhere: str, workload: str) -> str:
    """Return the text of a fabric's file. place, location, owner: "" for what is to be filled in."""
    return FABRIC.format(
        fabric=name,
        place=quoted(place or fill_in(PLACE)),
        location=quoted(location or fill_in(LOCATION)),
        owner=quoted(owner or fill_in("the team that answers for these environments")),
        elsewhere=elsewhere,
        workload=workload,
    )


def write(workload: Path, stacks: Mapping[Path, bytes], root: Path, output: Output) -> None:
    """Write all of it, and tell what was written and what was left out. Raises BadInput.

    stacks: the fabric's and the variable group's file.
    """
    drafted = draft(workload)
    files = {**{workload / path: content for path, content in drafted.files.items()}, **stacks}
    write_files(files)
    names = [str(path.relative_to(root) if path.is_relative_to(root) else path) for path in files]
    for name in names:
        output.text(f"wrote {name}")
    for line in told_once(drafted.left_out):
        output.line(f"left out: {line}")
    for name in drafted.without_code:
        output.line(
            f"bring the code of {name} into functions/{name}: the template packs the whole repository"
        )
    left = sum(content.count(START.encode()) for content in files.values())
    output.text(f"{len(drafted.functions)} functions; {len(drafted.left_out)} left out, {left} to fill in")
    told = {"left_out": [vars(one) for one in drafted.left_out], "without_code": [*drafted.without_code]}
    output.document("init", {"files": names, **told})


def write_files(files: Mapping[Path, bytes]) -> None:
    """Write files, and the folders that they are in."""
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
