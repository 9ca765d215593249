"""What `mayfly up`, `run`, `prove` and `down` printed with `--json`, as a comment reads it.

A pipeline hands these files on. A step that did not run leaves no file, and one that was cut short an empty
one: both are told, and neither is an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from mayfly.errors import BadInput, Problem
from mayfly.teardown.receipt import Receipt

LARGEST = 32 * 1024 * 1024
"""Bytes of a file that is read: a run of ten thousand activities has 10 MB."""


class Gap(StrEnum):
    """Why there is no result."""

    NOT_RUN = "did not run"
    CUT_SHORT = "was cut short and printed nothing"


class Part(BaseModel):
    """Fields that a comment shows; there may be more."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)


class Failure(Part):
    """Why a verb ended with an error."""

    message: str
    exit_code: int


class Document(Part):
    """A verb's document. environment: none in that of an error."""

    schema_version: Literal[1]
    verb: str
    environment: str | None = None
    error: Failure | None = None


class Elsewhere(Part):
    """A part of the workload that can reach a place outside its environment."""

    at: str
    what: str
    address: str


class UpDocument(Document):
    """Of `mayfly up`. changes: number of resources by operation. sources: their addresses."""

    verb: Literal["up"]
    outputs: Mapping[str, Any] = Field(default_factory=dict)
    changes: Mapping[str, int] = Field(default_factory=dict)
    seconds: float = 0.0
    sources: Mapping[str, str] = Field(default_factory=dict)
    expires: AwareDatetime | None = None
    usable: bool | None = None


class Activity(Part):
    """One activity of a pipeline's run. within: the pipelines that executed it."""

    name: str
    type: str = ""
    status: str
    within: str = ""
    seconds: float | None = None
    error: str = ""
    error_code: str = ""
    output: Mapping[str, Any] = Field(default_factory=dict)


class Run(Part):
    """A run of a pipeline, or of a function."""

    pipeline: str = ""
    function: str = ""
    status: str
    message: str = ""
    error: str | None = None


class RunDocument(Document):
    """Of `mayfly run`. result: what a function returned."""

    verb: Literal["run"]
    run: Run = Run(status="")
    activities: tuple[Activity, ...] = ()
    result: Any = None


class Probe(Part):
    """One row of a proof."""

    what: str
    where: str
    expected: str
    got: str
    outcome: Literal["ok", "NO", "not shown"]
    ok: bool


class ProvedSource(Part):
    """A source that a proof covers."""

    name: str
    where: str


class ProveDocument(Document):
    """Of `mayfly prove`."""

    verb: Literal["prove"]
    proved: bool = False
    probes: tuple[Probe, ...] = ()
    sources: tuple[ProvedSource, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    caveats: tuple[str, ...] = ()


class DownDocument(Document):
    """Of `mayfly down`; a receipt as it is kept will do."""

    verb: Literal["down"]
    receipt: Receipt | None = None

    @model_validator(mode="before")
    @classmethod
    def _of_receipt(cls, document: Any) -> Any:
        if not isinstance(document, Mapping) or "known_from" not in document:
            return document
        about = {name: document.get(name) for name in ("schema_version", "environment")}
        return {**about, "verb": "down", "receipt": document}


@dataclass(frozen=True)
class Documents:
    """All that a comment is about; None for what is no part of it."""

    up: UpDocument | Gap | None = None
    run: RunDocument | Gap | None = None
    prove: ProveDocument | Gap | None = None
    down: DownDocument | Gap | None = None


Form = TypeVar("Form", bound=Document)


def read(
    environment: str, up: Path | None, run: Path | None, prove: Path | None, receipt: Path | None
) -> Documents:
    """Read the files of an environment's results; None for one that is not given.

    Raises BadInput, with each file that is something else, or is another environment's.
    """
    problems: list[Problem] = []

    def one(path: Path | None, form: type[Form], option: str) -> Form | Gap | None:
        try:
            return None if path is None else _read(path, form, environment, option)
        except BadInput as error:
            problems.extend(error.problems)
            return None

    found = Documents(
        up=one(up, UpDocument, "--up"),
        run=one(run, RunDocument, "--run"),
        prove=one(prove, ProveDocument, "--prove"),
        down=one(receipt, DownDocument, "--receipt"),
    )
    if problems:
        raise BadInput(problems)
    return found


def _read(path: Path, form: type[Form], environment: str, option: str) -> Form | Gap:
    verb = option.removeprefix("--").replace("receipt", "down")
    fix = f"give what `mayfly {verb} {environment} --json` prints"
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST + 1)
    except FileNotFoundError:
        return Gap.NOT_RUN
    except OSError as error:
        raise BadInput([Problem(f"{option} {path}", f"cannot be read: {error.strerror}", fix)]) from None
    if not text.strip():
        return Gap.CUT_SHORT
    if len(text) > LARGEST:
        raise BadInput([Problem(f"{option} {path}", f"holds more than {LARGEST:,} bytes", fix)])
    try:
        found = form.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        what = f"{where}: {first['msg']}" if where else first["msg"]
        raise BadInput([Problem(f"{option} {path}", what, fix)]) from None
    if found.error is None and found.environment != environment:
        raise BadInput([Problem(f"{option} {path}", f"is of {found.environment!r}", fix)])
    return found
