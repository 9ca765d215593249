"""A folder's references as a Mermaid diagram, which GitHub, GitLab and Azure DevOps draw in Markdown."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from mayfly.workload.factory.document_kinds import is_store, kind_of, name
from mayfly.workload.factory.references import find_references

Documents = Mapping[str, Mapping[str, Any]]

_SHAPES = {
    "pipeline": ("[", "]"),
    "dataset": ("(", ")"),
    "linkedService": ("[(", ")]"),
    "trigger": ("{{", "}}"),
    "dataflow": ("[/", "/]"),
}
_OTHER = ("[[", "]]")


def mermaid(documents: Documents, stores: Collection[str] = ()) -> str:
    """Return a flowchart: a node for each document and each store, an arrow for each reference.

    documents: key to parsed document. stores: the variable group's.
    """
    keys = {key.lower(): key for key in documents}
    arrows: dict[tuple[str, str], None] = {}
    for key, document in sorted(documents.items()):
        for reference in find_references(document):
            arrows[key, keys.setdefault(reference.key.lower(), reference.key)] = None
    nodes = {key: f"n{number}" for number, key in enumerate(sorted({*keys.values()}))}
    lines = ["flowchart LR"]
    for key, node in nodes.items():
        left, right = _SHAPES.get(kind_of(key), _OTHER)
        lines.append(f'  {node}{left}"{_escaped(name(key))}"{right}')
    lines += [f"  {nodes[key]} --> {nodes[to]}" for key, to in arrows]
    if marked := [node for key, node in nodes.items() if is_store(key, stores)]:
        lines += ["  classDef store stroke-width:3px", f"  class {','.join(marked)} store"]
    return "\n".join(lines)


def _escaped(text: str) -> str:
    """A name as a label in quotes. Source: Mermaid, "Flowcharts", entity codes to escape characters."""
    return "".join(f"#{ord(letter)};" if letter in '"#;&<>\\`' else letter for letter in text)
