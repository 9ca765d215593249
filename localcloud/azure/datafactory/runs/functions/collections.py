"""Functions over arrays, objects and strings."""

from __future__ import annotations

from collections.abc import Callable

from localcloud.azure.datafactory.runs.functions.arguments import array, integer, string, wrong
from localcloud.azure.datafactory.runs.values import Json, text


def contains(collection: Json, value: Json) -> bool:
    """Whether an array has an item, an object a key, or a string a substring."""
    if isinstance(collection, str):
        return text(value) in collection
    if isinstance(collection, list):
        return value in collection
    if isinstance(collection, dict):
        return string("contains", value) in collection  # unlike a reference, it minds case
    raise wrong("contains", "an object, an array or a string", collection)


def empty(collection: Json) -> bool:
    """Whether an array, object or string is empty; null is."""
    if collection is None or isinstance(collection, str | list | dict):
        return not collection
    raise wrong("empty", "an object, an array or a string", collection)


def length(collection: Json) -> int:
    """The number of items of an array or of characters of a string."""
    if isinstance(collection, str | list):
        return len(collection)
    raise wrong("length", "an array or a string", collection)


def first(collection: Json) -> Json:
    """The first item or character; null of an empty array."""
    return _at("first", collection, 0)


def last(collection: Json) -> Json:
    """The last item or character; null of an empty array."""
    return _at("last", collection, -1)


def _at(function: str, collection: Json, index: int) -> Json:
    if isinstance(collection, str | list):
        nothing: Json = "" if isinstance(collection, str) else None
        return collection[index] if collection else nothing
    raise wrong(function, "an array or a string", collection)


def skip(collection: Json, count: Json) -> list[Json]:
    """An array without its first items."""
    return array("skip", collection)[max(0, integer("skip", count)) :]


def take(collection: Json, count: Json) -> Json:
    """The first items of an array, or characters of a string."""
    if isinstance(collection, str | list):
        return collection[: max(0, integer("take", count))]
    raise wrong("take", "an array or a string", collection)


def join(collection: Json, delimiter: Json) -> str:
    """Join the texts of an array's items with a delimiter."""
    return string("join", delimiter).join(text(item) for item in array("join", collection))


def union(*collections: Json) -> Json:
    """Return the distinct items of arrays, or the merged members of objects; the last object wins."""
    if all(isinstance(collection, dict) for collection in collections):
        return {key: value for collection in collections for key, value in collection.items()}
    items = [item for collection in collections for item in array("union", collection)]
    return [item for index, item in enumerate(items) if item not in items[:index]]


def intersection(head: Json, *more: Json) -> Json:
    """Return the items that all arrays share, or the members that all objects share with equal values."""
    if isinstance(head, dict):
        return {key: value for key, value in head.items() if all(other.get(key) == value for other in more)}
    return [item for item in array("intersection", head) if all(item in other for other in more)]


FUNCTIONS: dict[str, Callable[..., Json]] = {
    "contains": contains,
    "empty": empty,
    "length": length,
    "first": first,
    "last": last,
    "skip": skip,
    "take": take,
    "join": join,
    "union": union,
    "intersection": intersection,
}
