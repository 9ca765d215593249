"""Reads the functions of a workload, one folder each; of an application only names and files."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mayfly import plain_files
from mayfly.errors import BadInput, Problem
from mayfly.nearest import choices
from mayfly.settings import VariableGroup
from mayfly.settings.document import read
from mayfly.settings.forms import fill
from mayfly.settings.invalid import InvalidValue
from mayfly.settings.load import IMAGE
from mayfly.workload.functions import code, dependencies, requirements, rules, variables
from mayfly.workload.functions.code import MANIFEST
from mayfly.workload.functions.models import Function, FunctionSettings
from mayfly.workload.functions.requirements import Requirements

FOLDER = "functions"
_FIX = f"a folder a function, {FOLDER}/<name>/ with {MANIFEST} and its files"


@dataclass(frozen=True)
class Functions:
    """What runs in an environment.

    folder: where it was read. functions: each by its name, in order.
    """

    folder: Path
    functions: Mapping[str, Function] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """The functions' names, in order."""
        return sorted(self.functions)

    @property
    def notes(self) -> list[Problem]:
        """What of the folder is not made: event sources, which belong to their stores and queues."""
        what = "is not listened to: whoever owns the store or the queue makes that"
        shown = f"{self.folder.parent.name}/{self.folder.name}"
        return [
            Problem(
                f"{shown}/{name}/{MANIFEST}: events",
                f"{event} {what}",
                f"replay a recorded one: `mayfly run ENV {name} --event FILE`",
            )
            for name in self.names
            for event in self.functions[name].events
        ]


def load(folder: Path, group: VariableGroup | None = None) -> Functions:
    """Read the functions of a workload and check all of them.

    folder: the one that holds `functions/`, or that folder itself.
    group: the variable group they are to run with, if that is to be checked.

    Raises BadInput with all problems of all files.
    """
    functions, problems = examine(folder, group)
    if problems:
        raise BadInput(problems)
    return functions


def examine(
    folder: Path, group: VariableGroup | None, images: Mapping[str, str] | None = None
) -> tuple[Functions, list[Problem]]:
    """Read functions as `load` does, but return the problems, for a caller with more to check.

    images: function → digest of the image that it runs; None where none is made, so that none is needed.
    """
    root = root_of(folder)
    shown = f"{root.parent.name}/{root.name}"
    if not root.is_dir():
        return Functions(root), [missing(folder)]
    found: dict[str, Function] = {}
    asked: dict[str, Requirements] = {}
    paths, problems = folders(root, folder, shown)
    for path in paths:
        function, required, wrong = _function(path, folder, f"{shown}/{path.name}")
        problems += wrong
        if function is not None:
            found[path.name] = function
        if function is not None and required is not None:
            asked[path.name] = required
    found, wrong = with_dependencies(found, asked, folder, shown)
    problems += wrong
    if images is not None:
        found, wrong = with_images(found, images, shown, also=[path.name for path in paths])
        problems += wrong
    if not found and not problems:
        problems.append(missing(root))
    scheduled = sum(function.schedule is not None for function in found.values())
    if scheduled > rules.MOST_SCHEDULED:
        fix = f"at most {rules.MOST_SCHEDULED}: one role calls them all"
        problems.append(Problem(shown, f"{scheduled} functions have a schedule", fix))
    if group is not None:
        problems += variables.problems(group)
        problems += _unknown_stores(found, group, shown)
    return Functions(root, found), problems


def _unknown_stores(functions: Mapping[str, Function], group: VariableGroup, shown: str) -> Iterator[Problem]:
    """Event sources of stores that there are none of."""
    known = [*group.sources, *group.sinks]
    for name, function in functions.items():
        for number, event in enumerate(function.events):
            where = f"{shown}/{name}/{MANIFEST}: events[{number}]"
            if event.store is None and event.queue is None:
                yield Problem(where, "names neither a store nor a queue", "one of both")
            elif event.store is not None and event.store not in known:
                yield Problem(where, f"{event.store!r} is no store", choices(event.store, known))


def root_of(folder: Path) -> Path:
    """The folder of the functions: `functions/` of a workload, or the folder itself where it is that."""
    return folder if folder.name == FOLDER and not (folder / FOLDER).is_dir() else folder / FOLDER


def missing(folder: Path) -> Problem:
    """Say that a workload has no functions, or that the folder of them holds none."""
    if folder.name == FOLDER:
        return Problem(f"{folder.parent.name}/{FOLDER}", "holds no function", _FIX)
    return Problem(folder.name, f"there is no folder {FOLDER}/ in it", _FIX)


def folders(root: Path, top: Path, shown: str) -> tuple[list[Path], list[Problem]]:
    """Return the folder of each function, and the problems of what lies there.

    top: the workload's folder. shown: the functions' folder for messages.
    """
    if wrong := link(root, top, shown):
        return [], [wrong]
    hidden = (".", "__pycache__")
    there = [path for path in sorted(root.iterdir()) if path.is_dir() and not path.name.startswith(hidden)]
    links = {path: link(path, top, f"{shown}/{path.name}") for path in there}
    plain = [path for path, wrong in links.items() if wrong is None]
    what = "lies beside the functions, so it would be in none of them"
    fix = f"move it to {shown}/<name>/, or make a layer of it"
    strays = [Problem(f"{shown}/{path.name}", what, fix) for path in sorted(root.glob("*.py"))]
    return plain, [*strays, *(wrong for wrong in links.values() if wrong is not None)]


def link(path: Path, top: Path, file: str) -> Problem | None:
    """Say that a folder is a link, or has a name that cannot be shown; None when it is as it should be."""
    try:
        plain_files.check(path, top)
    except plain_files.NotPlain as refused:
        return Problem(plain_files.shown(file), refused.what, refused.fix)
    return None


def with_dependencies(
    functions: Mapping[str, Function], asked: Mapping[str, Requirements], top: Path, shown: str
) -> tuple[dict[str, Function], list[Problem]]:
    """Return functions with what their `requirements.txt` comes to, and what is wrong with that.

    top: the workload's folder. asked: function → what it asks for. shown: the functions' folder for messages.
    One without dependencies is as it was, and so is one whose dependencies cannot be had.
    """
    wanted = {name: (asked[name], runtime) for name in asked if (runtime := functions[name].runtime)}
    found, problems = dependencies.resolve(wanted, top)
    made = {
        name: function.model_copy(update={"dependencies": found.get(name)})
        for name, function in functions.items()
    }
    for name in found:
        problems += _unfit(made[name], asked[name].file, f"{shown}/{name}")
    return made, problems


def with_images(
    functions: Mapping[str, Function], images: Mapping[str, str], shown: str, also: Collection[str] = ()
) -> tuple[dict[str, Function], list[Problem]]:
    """Return functions with the digests of their images, and what is wrong with those.

    images: function → digest. also: functions that are there and cannot be used.
    """
    made, problems = {**functions}, []
    for name, function in functions.items():
        variable = f"{IMAGE}{name.upper()}"
        if function.image is None:
            continue
        try:
            made[name] = function.model_copy(update={"digest": rules.digest(images[name])})
        except KeyError:
            what = f"runs an image, and {variable} does not say which"
            problems.append(Problem(f"{shown}/{name}", what, f"set it to the image's digest, {rules.DIGEST}"))
        except InvalidValue as refused:
            problems.append(Problem(variable, refused.what, refused.fix))
    known = [name for name, function in functions.items() if function.image is not None]
    for name in sorted({*images} - {*known} - ({*also} - {*functions})):
        fix = choices(f"{IMAGE}{name.upper()}", [f"{IMAGE}{each.upper()}" for each in known], none="unset it")
        problems.append(Problem(f"{IMAGE}{name.upper()}", f"no function {name!r} runs an image", fix))
    return made, problems


def _unfit(function: Function, required: str, file: str) -> Iterator[Problem]:
    """What keeps a function and its dependencies from going together. required, file: for messages."""
    own = function.dependencies
    if own is None:
        return
    size = own.size + sum(len(content) for content in function.files.values())
    if size > dependencies.LARGEST:
        fix = f"at most {dependencies.LARGEST:,}: leave some out, or run it as an image"
        yield Problem(required, f"with the function's own files it has {size:,} bytes when unpacked", fix)
    if own.is_layer:
        layers = rules.layer_count(function.layers) + len(own.parts)
        if layers > rules.MOST_LAYERS:
            what = f"makes {len(own.parts)} layers of the function's {layers}"
            yield Problem(required, what, f"at most {rules.MOST_LAYERS}: leave some out")
    elif both := sorted(own.files().keys() & function.files.keys()):
        what = f"brings {both[0]}, which the function has too"
        yield Problem(required, what, f"call {file}/{both[0]} otherwise")


def _required(files: dict[str, bytes], file: str, problems: list[Problem]) -> Requirements | None:
    """What a function's `requirements.txt` asks for. It is taken out of its files."""
    content = files.pop(requirements.FILE, None)
    return None if content is None else requirements.parse(content, f"{file}/{requirements.FILE}", problems)


def _function(
    folder: Path, top: Path, file: str
) -> tuple[Function | None, Requirements | None, list[Problem]]:
    """A function with what it asks for, and all that is wrong with it; None when it cannot be used.

    top: the workload's folder.
    """
    problems = [] if rules.is_name(folder.name) else [misnamed(folder.name, file)]
    manifest = folder / MANIFEST
    if not manifest.is_file():
        there = sorted(path.name for path in folder.glob("*.y*ml"))
        what = f"there is no {MANIFEST} in it" + (f", but {there[0]}" if there else "")
        return None, None, [*problems, Problem(file, what, f"rename it to {MANIFEST}" if there else _FIX)]
    document = read(manifest, f"{file}/{MANIFEST}", top)
    settings, wrong = fill(FunctionSettings, document, {"name": folder.name})
    problems += wrong
    files, required = code.read(folder, top, file, problems), None
    if files is not None:
        if settings is None or settings.takes_requirements:
            required = _required(files, file, problems)
        problems += code.problems(files, settings, file, document.where(("handler",)))
    if problems or settings is None or files is None:
        return None, None, problems
    return Function(**settings.model_dump(exclude_unset=True), files=files), required, []


def misnamed(name: str, file: str) -> Problem:
    """Say that a folder's name cannot be a function's."""
    return Problem(file, f"{name[:60]!r} is not a function's name", rules.NAME)


@dataclass(frozen=True)
class Application:
    """The functions of an application: their settings come from the infrastructure.

    folder: where it was read. files: function → path in its folder → content; no function.yaml is read.
    asked: function → what its `requirements.txt` asks for. images: function → digest of the image it runs.
    """

    folder: Path
    files: Mapping[str, Mapping[str, bytes]] = field(default_factory=dict)
    asked: Mapping[str, Requirements] = field(default_factory=dict)
    images: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """The functions' names, in order."""
        return sorted(self.files)

    @property
    def shown(self) -> str:
        """The folder, as messages name it."""
        return f"{self.folder.parent.name}/{self.folder.name}"


def examine_application(
    folder: Path, images: Mapping[str, str] | None = None
) -> tuple[Application, list[Problem]]:
    """Read the files of an application's functions, and return what is wrong with them.

    folder: the one that holds `functions/`, or that folder itself. images: see `Application`.
    """
    root = root_of(folder)
    if not root.is_dir():
        return Application(root), [missing(folder)]
    found = Application(root)
    paths, problems = folders(root, folder, found.shown)
    files, asked = {}, {}
    for path in paths:
        file = f"{found.shown}/{path.name}"
        if not rules.is_name(path.name):
            problems.append(misnamed(path.name, file))
        files[path.name] = code.read(path, folder, file, problems) or {}
        if required := _required(files[path.name], file, problems):
            asked[path.name] = required
        problems += code.problems(files[path.name], None, file, file)
    if not files and not problems:
        problems.append(missing(root))
    return Application(root, files, asked, images or {}), problems


def names(folder: Path) -> list[str]:
    """The names of a workload's functions, in order; none where it has no folder of them."""
    root = root_of(folder)
    paths = folders(root, folder, root.name)[0] if root.is_dir() else []
    return [path.name for path in paths if rules.is_name(path.name)]
