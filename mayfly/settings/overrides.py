"""Variables that the release pipeline sets: environment variables `MAYFLY_VAR_<NAME>`.

NAME is the declared name in upper case, with `_` for all but letters and digits; Azure DevOps and GitHub hand
their variable groups on in this form. A value is read as what it replaces: text, number, truth value,
resource id, ARN or sink.
What looks like a secret is refused: variables are for all to read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

from mayfly import registry
from mayfly.errors import Problem
from mayfly.nearest import choices
from mayfly.settings import rules
from mayfly.settings.invalid import InvalidValue, no_secret, shown
from mayfly.settings.models import VariableGroup
from mayfly.settings.sources import container_names

PREFIX = "MAYFLY_VAR_"
Section = Literal["sources", "sinks", "values"]
SECTIONS: tuple[Section, ...] = ("sources", "sinks", "values")


def variable_name(name: str) -> str:
    """The environment variable that overrides a declared name."""
    return PREFIX + folded(name)


def folded(name: str) -> str:
    """A declared name as an environment variable spells it."""
    return _NO_VARIABLE.sub("_", name.upper())


_NO_VARIABLE = re.compile(r"[^A-Z0-9_]")


def override(
    group: VariableGroup, environ: Mapping[str, str], *, open: bool = False
) -> tuple[VariableGroup, list[Problem]]:
    """Put the pipeline's own variables into a variable group; return it with what was wrong with them.

    open: whether more may be declared elsewhere, so that an unknown name is no problem yet; see `undeclared`.
    """
    declared = _declared(group)
    changed: dict[str, dict[str, Any]] = {section: dict(getattr(group, section)) for section in SECTIONS}
    problems = []
    for variable, key in _given(environ):
        if key not in declared:
            problems += [] if open else [unknown(variable, declared, group)]
            continue
        section, name = declared[key]
        try:
            no_secret(environ[variable], name)
            changed[section][name] = _read(section, changed[section][name], environ[variable])
        except InvalidValue as refused:
            problems.append(Problem(variable, refused.what, refused.fix))
    first: dict[str, str] = {}
    for variable, key in _given(environ):
        other = first.setdefault(key, variable)
        if other != variable and environ[other] != environ[variable]:
            problems.append(Problem(variable, f"says something else than {other}", "set one of the two"))
    return group.model_copy(update=changed), problems


def undeclared(group: VariableGroup, environ: Mapping[str, str]) -> dict[str, str]:
    """The pipeline's own variables that a group does not declare, with their values."""
    declared = _declared(group)
    return {variable: environ[variable] for variable, key in _given(environ) if key not in declared}


def _declared(group: VariableGroup) -> dict[str, tuple[Section, str]]:
    return {folded(name): (section, name) for section in SECTIONS for name in getattr(group, section)}


def _given(environ: Mapping[str, str]) -> list[tuple[str, str]]:
    """The environment's variables of ours, each with the name that it means."""
    ours = sorted(name for name in environ if name.upper().startswith(PREFIX))
    return [(name, folded(name[len(PREFIX) :])) for name in ours]


def unknown(variable: str, declared: Iterable[str], group: VariableGroup) -> Problem:
    """Say that a variable overrides nothing. declared: names as `folded` gives them."""
    known = [PREFIX + key for key in declared]
    what = f"stacks/variables/{group.name}.yaml declares no variable of this name"
    return Problem(variable, what, choices(variable.upper(), known))


def _read(section: Section, before: Any, given: str) -> Any:
    if rules.not_replaced(given):
        fix = "declare it in the pipeline's variable group, or do not hand it on"
        raise InvalidValue(f"is {given!r}: the pipeline has no such variable", fix)
    if section == "sources":
        return registry.of(before.cloud).source(given)
    if section == "sinks":
        return before.renamed(",".join(container_names(given)))
    return rules.plain_value(_VALUES[type(before)](given))


def _number(type_: Callable[[str], int | float], given: str, words: str) -> int | float:
    try:
        return type_(given)
    except ValueError:
        raise InvalidValue(f"got {shown(given)}", f"{words}, as in the file") from None


def _truth(given: str) -> bool:
    if given.lower() not in ("true", "false"):
        raise InvalidValue(f"got {shown(given)}", "true or false, as in the file")
    return given.lower() == "true"


def _json(type_: type, given: str, words: str) -> Any:
    try:
        found = json.loads(given)
    except ValueError:
        found = None
    if not isinstance(found, type_):
        raise InvalidValue(f"got {shown(given)}", f"{words} in JSON, as in the file")
    return found


_VALUES: dict[type, Callable[[str], rules.Plain]] = {
    str: str,
    int: lambda given: _number(int, given, "a whole number"),
    float: lambda given: _number(float, given, "a decimal number"),
    bool: _truth,
    list: lambda given: _json(list, given, "a list"),
    dict: lambda given: _json(dict, given, "a mapping"),
}
