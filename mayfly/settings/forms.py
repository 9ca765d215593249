"""Turns what pydantic refuses into problems a reader can act on: file, line, field, what, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from mayfly.errors import Problem
from mayfly.nearest import choices
from mayfly.settings.document import Document, Field
from mayfly.settings.refused import KINDS, Refused, shown

Form = TypeVar("Form", bound=BaseModel)


def fill(form: type[Form], document: Document, given: Mapping[str, Any]) -> tuple[Form | None, list[Problem]]:
    """Fill a form with a file's fields; return it with no problems, or None with all of them.

    given: what holds unless the file says otherwise. The name is the file's own and never said in it.
    """
    wrong = list(document.problems)
    if wrong and not document.data:
        return None, wrong
    if "name" in document.data:
        what, fix = "is not a field of this file", "the name is the file's own: leave the field out"
        wrong.append(Problem(document.where(("name",)), what, fix))
    try:
        filled = form.model_validate({**given, **document.data, "name": given["name"]})
    except ValidationError as error:
        return None, wrong + problems(form, document, error)
    return (None, wrong) if wrong else (filled, [])


def problems(form: type[BaseModel], document: Document, error: ValidationError) -> list[Problem]:
    """Every error of a validation as a problem."""
    return [_problem(form, document, found) for found in error.errors(include_url=False)]


def _problem(form: type[BaseModel], document: Document, error: Mapping[str, Any]) -> Problem:
    at: Field = tuple(part for part in error["loc"] if part != "[key]")
    what, fix = _TELL.get(error["type"], _other)(form, at, error)
    return Problem(document.where(at), what, fix)


Told = tuple[str, str]


def _missing(form: type[BaseModel], at: Field, error: Mapping[str, Any]) -> Told:
    return "is missing", allowed(form, at)


def _unknown(form: type[BaseModel], at: Field, error: Mapping[str, Any]) -> Told:
    return "is not a field of this file", choices(str(at[-1]), _fields(form, at))


def _rule(form: type[BaseModel], at: Field, error: Mapping[str, Any]) -> Told:
    refused = error["ctx"]["error"]
    if isinstance(refused, Refused):
        return refused.what, refused.fix
    return str(refused), allowed(form, at)


def _literal(form: type[BaseModel], at: Field, error: Mapping[str, Any]) -> Told:
    given = error["input"]
    if given is None:
        return "is empty", allowed(form, at)
    return f"got {shown(given)}", choices(str(given), _literals(form, at))


def _mapping(form: type[BaseModel], at: Field, error: Mapping[str, Any]) -> Told:
    given = error["input"]
    kind = "is empty" if given is None else f"got {shown(given)}, {KINDS.get(type(given), 'a text')}"
    return kind, "a mapping: lines of `name: value` below it, or leave the field out"


def _too_many(form: type[BaseModel], at: Field, error: Mapping[str, Any]) -> Told:
    what, most = f"has {len(error['input'])} entries", error["ctx"]["max_length"]
    return what, f"at most {most}: each takes one of the tags that a group can have"


def _other(form: type[BaseModel], at: Field, error: Mapping[str, Any]) -> Told:
    return f"got {shown(error['input'])}: {error['msg']}", allowed(form, at)


_TELL: dict[str, Callable[[type[BaseModel], Field, Mapping[str, Any]], Told]] = {
    "missing": _missing,
    "extra_forbidden": _unknown,
    "value_error": _rule,
    "literal_error": _literal,
    "mapping_type": _mapping,
    "dict_type": _mapping,
    "model_type": _mapping,
    "model_attributes_type": _mapping,
    "too_long": _too_many,
}


def allowed(form: type[BaseModel], at: Field) -> str:
    """What a field takes, from its type."""
    owner = _form_of(form, at)
    known = owner.model_fields.get(str(at[-1])) if owner else None
    if known is None:
        return "see the fields of this file in the documentation"
    literals = _literals(form, at)
    return known.description or (f"one of {', '.join(literals)}" if literals else "a value")


def _literals(form: type[BaseModel], at: Field) -> list[str]:
    owner = _form_of(form, at)
    known = owner.model_fields.get(str(at[-1])) if owner else None
    return [str(literal) for literal in get_args(known.annotation)] if known else []


def _fields(form: type[BaseModel], at: Field) -> Iterable[str]:
    owner = _form_of(form, at) or form
    return [name for name in owner.model_fields if name != "name"]


def _form_of(form: type[BaseModel], at: Field) -> type[BaseModel] | None:
    """The form that a field belongs to: the outer one, or one nested in it."""
    for part in at[:-1]:
        known = form.model_fields.get(str(part))
        nested = (
            [kind for kind in (known.annotation, *get_args(known.annotation)) if _is_form(kind)]
            if known
            else []
        )
        if not nested:
            return None
        form = nested[0]
    return form


def _is_form(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
