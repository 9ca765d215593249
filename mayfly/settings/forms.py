"""Forms of settings files, and what pydantic refuses as problems: file, line, field, what, and what to do."""

from __future__ import annotations

from collections import abc
from collections.abc import Mapping
from types import NoneType
from typing import Any, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.fields import FieldInfo

from mayfly.errors import Problem
from mayfly.nearest import choices
from mayfly.settings.document import Document, Field
from mayfly.settings.invalid import TYPE_WORDS, InvalidValue, shown
from mayfly.settings.unfilled import unfilled

Form = TypeVar("Form", bound=BaseModel)

SHORT, LONG = "[short]", "[long]"
"""Which of a field's two forms is filled; pydantic puts it into an error's place."""


class SettingsForm(BaseModel):
    """A form: it takes its own fields only, does not change once filled, and repeats no value in an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def fill(form: type[Form], document: Document, given: Mapping[str, Any]) -> tuple[Form | None, list[Problem]]:
    """Fill a form with a file's fields; return it without problems, or None with all of them.

    given: defaults that the file may override. The name is the file's own, so the file must not have it.
    """
    wrong = list(document.problems)
    if wrong and not document.data:
        return None, wrong
    if "name" in document.data:
        what, fix = "is not a field of this file", "the name is the file's own: leave the field out"
        wrong.append(Problem(document.where(("name",)), what, fix))
    left = dict(unfilled(document))
    wrong += left.values()
    try:
        filled = form.model_validate({**given, **document.data, "name": given["name"]})
    except ValidationError as failed:
        for error in failed.errors(include_url=False):
            at: Field = tuple(part for part in error["loc"] if not str(part).startswith("["))
            if not any(at[: len(field)] == field or field[: len(at)] == at for field in left):
                wrong.append(Problem(document.where(at), *_explained(form, at, error)))
        return None, wrong
    return (None, wrong) if wrong else (filled, [])


def _explained(form: type[BaseModel], at: Field, error: Mapping[str, Any]) -> tuple[str, str]:
    """What is wrong with a field, and what it takes. error: pydantic's."""
    given = error["input"]
    owner = _form_of(form, at)
    field = _field(owner, str(at[-1])) if owner else None
    literals = [str(one) for one in _literals(field.annotation)] if field else []
    match error["type"]:
        case "extra_forbidden":
            names = (name for name in (owner or form).model_fields if name != "name")
            return "is not a field of this file", choices(str(at[-1]), names)
        case "literal_error" if given is not None:
            return f"got {shown(given)}", choices(str(given), literals)
        case "mapping_type" | "dict_type" | "model_type" | "model_attributes_type":
            words = f"got {shown(given)}, {TYPE_WORDS.get(type(given), 'a text')}"
            fix = "a mapping: lines of `name: value` below it, or leave the field out"
            return "is empty" if given is None else words, fix
        case "too_long":
            most = error["ctx"]["max_length"]
            fix = f"at most {most}: each takes one of the tags that a group can have"
            return f"has {len(given)} entries", fix
        case "value_error" if isinstance(invalid := error["ctx"]["error"], InvalidValue):
            return invalid.what, invalid.fix
    what = {"missing": "is missing", "literal_error": "is empty"}.get(error["type"])
    if error["type"] == "value_error":
        what = str(error["ctx"]["error"])
    return what or f"got {shown(given)}: {error['msg']}", _allowed(field, literals)


def _literals(annotation: Any) -> list[Any]:
    """What a field takes where it takes a few values alone, or none of them."""
    inner = [part for part in get_args(annotation) if part is not NoneType]
    return _literals(inner[0]) if len(inner) == 1 and get_origin(inner[0]) is Literal else inner


def _allowed(field: FieldInfo | None, literals: list[str]) -> str:
    if field is None:
        return "see the fields of this file in the documentation"
    return field.description or (f"one of {', '.join(literals)}" if literals else "a value")


def _form_of(form: type[BaseModel], at: Field) -> type[BaseModel] | None:
    """The form that a field belongs to: the outer one, or one nested in it; None for a key of a mapping.

    A form in a mapping or a list is reached by a key or a number.
    """
    path = list(at[:-1])
    while path:
        field = _field(form, str(path.pop(0)))
        nested = _nested(field.annotation) if field else None
        if field is None or nested is None:
            return None
        if get_origin(field.annotation) in _MANY:
            if not path:
                return None
            path.pop(0)
        form = nested
    return form


def _field(form: type[BaseModel], name: str) -> FieldInfo | None:
    """A field by its name in a file, which may be a word that Python keeps for itself."""
    return form.model_fields.get(name) or next(
        (field for field in form.model_fields.values() if field.alias == name), None
    )


_MANY: tuple[object, ...] = (abc.Mapping, tuple)


def _nested(annotation: Any) -> type[BaseModel] | None:
    """The first form in a type, such as that of a mapping's values."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for inner in get_args(annotation) if (found := _nested(inner))), None)
