"""`mayfly:azure:FactoryContent` as the engine asks for it: check, diff, state from property bags and back.

Inputs: factoryId, documents (key → JSON text), triggers. State: the same, as sent to the cloud, and etags.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mayfly.errors import BadInput
from mayfly.naming.azure import ids
from mayfly.provider.azure import documents as docs
from mayfly.provider.azure.plan import Content
from mayfly.provider.resource import Bag, Change
from mayfly.provider.wire import UNKNOWN, Secret
from mayfly.workload import factory

TRIGGERS = ("stopped", "running")


@dataclass(frozen=True)
class ParsedProperties:
    """A property bag, taken apart. None stands for what a preview does not know yet.

    secret: keys of the documents that are kept encrypted.
    """

    factory_id: str | None
    documents: Mapping[str, str | None] | None
    triggers: str | None
    secret: frozenset[str] = frozenset()

    @property
    def content(self) -> Content:
        """The content that is asked for. Only when all of it is known."""
        known = {key: text for key, text in (self.documents or {}).items() if text is not None}
        return Content(known, {}, self.triggers)


def wanted(bag: Bag) -> ParsedProperties:
    """Take a bag of inputs, or of state, apart."""
    whole, all_secret = _open(bag.get("documents"))
    documents = whole if isinstance(whole, Mapping) else {}
    opened = {key: _open(text) for key, text in documents.items()}
    return ParsedProperties(
        factory_id=_known(bag.get("factoryId")),
        documents=None if whole is UNKNOWN else {key: _known(text) for key, (text, _) in opened.items()},
        triggers=_known(bag.get("triggers")),
        secret=frozenset(key for key, (_, secret) in opened.items() if secret or all_secret),
    )


def state(factory_id: str, content: Content, secret: frozenset[str]) -> dict[str, Any]:
    """The state to keep: what the cloud was given."""
    etags = {key: content.etags.get(key, "") for key in content.documents}
    return {**inputs(factory_id, content, secret), "etags": etags}


def inputs(factory_id: str, content: Content, secret: frozenset[str]) -> dict[str, Any]:
    """A content as inputs, for a refresh."""
    documents = {key: Secret(text) if key in secret else text for key, text in content.documents.items()}
    bag: dict[str, Any] = {"factoryId": factory_id, "documents": documents}
    return bag if content.triggers is None else {**bag, "triggers": content.triggers}


def previewed(bag: Bag) -> dict[str, Any]:
    """The state as a preview can tell it: the cloud's ETags come later."""
    return {**bag, "etags": UNKNOWN}


def content_of(bag: Bag) -> Content:
    """The content that a state speaks of."""
    asked = wanted(bag)
    etags, _ = _open(bag.get("etags"))
    known = etags if isinstance(etags, Mapping) else {}
    return Content(
        asked.content.documents, {key: str(_open(tag)[0]) for key, tag in known.items()}, asked.triggers
    )


def check(bag: Bag) -> list[tuple[str, str]]:
    """Everything that is wrong with the inputs, as (property, reason)."""
    return [*_property_problems(bag), *_document_problems(bag)]


def _property_problems(bag: Bag) -> Iterator[tuple[str, str]]:
    factory_id, triggers = _open(bag.get("factoryId"))[0], _open(bag.get("triggers"))[0]
    if factory_id is not UNKNOWN:
        try:
            ids.parse_as(str(factory_id or ""), ids.FACTORY)
        except BadInput as error:
            yield "factoryId", str(error)
    if triggers is not UNKNOWN and triggers not in TRIGGERS:
        yield "triggers", f"'{triggers}' is not one of {', '.join(TRIGGERS)}"
    yield from (
        (name, "is not a property of it") for name in sorted({*bag} - {"factoryId", "documents", "triggers"})
    )


def _document_problems(bag: Bag) -> Iterator[tuple[str, str]]:
    whole, _ = _open(bag.get("documents"))
    if whole is UNKNOWN:
        return
    if not isinstance(whole, Mapping):
        yield "documents", "is not a map of keys to JSON texts"
        return
    texts = {key: _open(text)[0] for key, text in whole.items()}
    yield from ((_at(key), "is not a text") for key, text in texts.items() if not _is_text(text))
    known = {key: _known(text) for key, text in texts.items() if _is_text(text)}
    found = list(docs.problems(known))
    yield from ((_at(key), reason) for key, reason in found)
    if not found:
        try:
            factory.levels({key: text for key, text in known.items() if text is not None})
        except BadInput as error:
            yield from (("documents", str(problem)) for problem in error.problems)


def guarded(bag: Bag) -> dict[str, Any]:
    """The inputs; documents that hold a secret made secret: masked in previews, encrypted in the state."""
    documents = bag.get("documents")
    if not isinstance(documents, Mapping):
        return dict(bag)
    secret = with_secrets({key: text for key, text in documents.items() if isinstance(text, str)})
    return {
        **bag,
        "documents": {key: Secret(text) if key in secret else text for key, text in documents.items()},
    }


def with_secrets(documents: Mapping[str, str]) -> frozenset[str]:
    """The keys of the documents that hold a secret."""
    return frozenset(key for key, text in documents.items() if docs.holds_secret(text))


def diff(old: Bag, new: Bag) -> dict[str, Change]:
    """What changes, by property path: a document is named by its key, so a preview shows the file."""
    before, after = wanted(old), wanted(new)
    found = {_at(key): change for key, change in _document_changes(before, after)}
    if after.documents is None:
        found["documents"] = Change.UPDATE
    if (before.factory_id or "").lower() != (after.factory_id or "").lower():
        found["factoryId"] = Change.REPLACE
    if before.triggers != after.triggers:
        found["triggers"] = Change.UPDATE
    return found


def _document_changes(before: ParsedProperties, after: ParsedProperties) -> Iterator[tuple[str, Change]]:
    if after.documents is None:
        return
    old, new = before.content.documents, after.documents
    for key, text in new.items():
        if key not in old:
            yield key, Change.ADD
        elif text is None or not docs.same(old[key], text):
            yield key, Change.UPDATE
    yield from ((key, Change.DELETE) for key in old if key not in new)


def _at(key: str) -> str:
    """The property path of a document, quoted as the engine reads it."""
    return f"documents[{json.dumps(key, ensure_ascii=False)}]"


def _open(value: Any) -> tuple[Any, bool]:
    """A value without its wrapping, and whether it was secret."""
    return (value.value, True) if isinstance(value, Secret) else (value, False)


def _known(value: Any) -> str | None:
    opened, _ = _open(value)
    return None if opened is UNKNOWN or opened is None else str(opened)


def _is_text(value: Any) -> bool:
    return value is UNKNOWN or isinstance(value, str)
