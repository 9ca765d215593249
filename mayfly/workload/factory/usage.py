"""How a folder uses its stores: which containers of each are read and written, as far as the files say it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mayfly.naming.limits import CONTAINER, LIMITS
from mayfly.workload.factory.document_kinds import kind_of, name
from mayfly.workload.factory.reach import STORE_TYPES, address
from mayfly.workload.factory.references import walk

Documents = Mapping[str, Mapping[str, Any]]

READS = ("Lookup", "GetMetadata", "Validation")
"""Activities that only read their dataset."""


@dataclass
class ContainerUse:
    """How a container is used."""

    read: bool = False
    written: bool = False


@dataclass
class StoreUse:
    """How a store is used.

    service: the linked service's name. account: the storage account's, "" where the file does not say it.
    containers: by name. computed: datasets whose container is computed by what the files do not say.
    """

    service: str
    account: str
    containers: dict[str, ContainerUse] = field(default_factory=dict)
    computed: set[str] = field(default_factory=set)
    read: bool = False
    written: bool = False

    @property
    def used(self) -> bool:
        """Whether anything uses it."""
        return self.read or self.written or bool(self.containers or self.computed)


def stores(documents: Documents) -> list[StoreUse]:
    """Return every store of a folder, in the order of their names, and how it is used.

    A dataset that no activity uses counts for its store, as neither read nor written.
    """
    return _Folder(documents).stores()


def is_store_service(document: Mapping[str, Any]) -> bool:
    """Return whether a linked service is one that a store can be, and signs in as somebody."""
    properties = _mapping(document.get("properties"))
    inside = _mapping(properties.get("typeProperties"))
    return properties.get("type") in STORE_TYPES and inside.get("authenticationType") != "Anonymous"


def account_name(properties: Mapping[str, Any]) -> str:
    """Return the storage account that a linked service names, "" where it does not."""
    host = address(properties).partition(".")[0].lower()
    inside = _mapping(properties.get("typeProperties"))
    text = inside.get("connectionString")
    text = _mapping(text).get("value", text)
    if isinstance(text, str) and (found := re.search(r"AccountName=([a-z0-9]+)", text, re.IGNORECASE)):
        host = found[1].lower()
    return host if re.fullmatch(r"[a-z0-9]{3,24}", host) else ""


Texts = Mapping[str, Iterable[str]]
"""A parameter's name, in lower case → the texts that it is known to have."""


class _Folder:
    def __init__(self, documents: Documents) -> None:
        self._documents = {key.lower(): document for key, document in documents.items()}
        self._names = {key.lower(): name(key) for key in documents}
        self._global = _global_parameters(documents)
        self._given = self._pipeline_parameters()
        self._found: dict[str, StoreUse] = {}

    def stores(self) -> list[StoreUse]:
        for key, document in self._documents.items():
            if kind_of(key) == "linkedservice" and is_store_service(document):
                account = account_name(_mapping(document.get("properties")))
                self._found[key] = StoreUse(self._names[key], account)
        for key, document in self._documents.items():
            if kind_of(key) == "pipeline":
                for activity in _activities(document):
                    self._activity(key, activity)
            if kind_of(key) == "dataset":
                self._dataset(key, {}, ContainerUse())
        return sorted(self._found.values(), key=lambda store: store.service)

    def _activity(self, pipeline: str, activity: Mapping[str, Any]) -> None:
        type, inside = activity.get("type"), _mapping(activity.get("typeProperties"))
        if type == "Copy":
            self._datasets(pipeline, activity.get("inputs"), read=True)
            self._datasets(pipeline, activity.get("outputs"), written=True)
            self._services(inside, read=True, written=True)
        elif type in READS:
            self._datasets(pipeline, inside.get("dataset"), read=True)
        elif type == "ExecuteDataFlow":
            self._dataflow(pipeline, inside)
        elif type in ("ForEach", "Until", "IfCondition", "Switch", "ExecutePipeline"):
            return
        else:
            self._datasets(pipeline, {**activity}, read=True, written=True)
            self._services(activity, read=True, written=True)

    def _dataflow(self, pipeline: str, inside: Mapping[str, Any]) -> None:
        flow = _mapping(inside.get("dataflow") or inside.get("dataFlow"))
        given = _mapping(flow.get("datasetParameters"))
        document = self._documents.get(f"dataflow/{flow.get('referenceName')}".lower(), {})
        parts = _mapping(_mapping(document.get("properties")).get("typeProperties"))
        for field_, use in (("sources", {"read": True}), ("sinks", {"written": True})):
            for part in parts.get(field_) or ():
                values = self._texts_of(pipeline, _mapping(given.get(str(_mapping(part).get("name")))))
                self._datasets(pipeline, part, values=values, **use)
                self._services(part, **use)
        self._services(inside.get("staging"), read=True, written=True)

    def _datasets(
        self,
        pipeline: str,
        value: Any,
        read: bool = False,
        written: bool = False,
        values: Texts | None = None,
    ) -> None:
        for _, item in walk(value):
            if isinstance(item, dict) and item.get("type") == "DatasetReference":
                given = self._texts_of(pipeline, _mapping(item.get("parameters")))
                key = f"dataset/{item.get('referenceName')}".lower()
                self._dataset(key, {**given, **(values or {})}, ContainerUse(read, written))

    def _dataset(self, key: str, given: Texts, use: ContainerUse) -> None:
        properties = _mapping(self._documents.get(key, {}).get("properties"))
        service = _mapping(properties.get("linkedServiceName")).get("referenceName")
        store = self._found.get(f"linkedService/{service}".lower())
        if store is None:
            return
        _use(store, use)
        container = _container(properties)
        if container is None:
            return
        declared = _mapping(properties.get("parameters"))
        known = {
            part.lower(): self._texts(_mapping(it).get("defaultValue"), {}) for part, it in declared.items()
        }
        names = [*self._texts(container, {**known, **{part: it for part, it in given.items() if it}})]
        if not names and (use.read or use.written or "dataset()" not in str(container)):
            store.computed.add(self._names.get(key, key))
        for one in names:
            _name(store, one, use)

    def _services(self, value: Any, read: bool = False, written: bool = False) -> None:
        """Linked services that an activity names itself, such as for staging, with a path beside them."""
        for _, item in walk(value):
            if not isinstance(item, dict):
                continue
            for inner in item.values():
                if not isinstance(inner, dict) or inner.get("type") != "LinkedServiceReference":
                    continue
                store = self._found.get(f"linkedService/{inner.get('referenceName')}".lower())
                if store is None:
                    continue
                _use(store, ContainerUse(read, written))
                path = item.get("path", item.get("folderPath"))
                for one in self._texts(path, {}) if path else ():
                    _name(store, one.strip("/").partition("/")[0], ContainerUse(read, written))

    def _pipeline_parameters(self) -> dict[str, dict[str, set[str]]]:
        """What a pipeline's parameters are known to be: their defaults, and what its callers hand over."""
        found: dict[str, dict[str, set[str]]] = {}
        for key, document in self._documents.items():
            if kind_of(key) == "pipeline":
                declared = _mapping(_mapping(document.get("properties")).get("parameters"))
                own = found.setdefault(key, {})
                for part, item in declared.items():
                    own.setdefault(part.lower(), set()).update(_literal(_mapping(item).get("defaultValue")))
        for document in self._documents.values():
            for _, item in walk(document):
                if not isinstance(item, dict) or not isinstance(item.get("parameters"), dict):
                    continue
                named = _mapping(item.get("pipeline") or item.get("pipelineReference")).get("referenceName")
                own = found.get(f"pipeline/{named}".lower(), {})
                for part, value in item["parameters"].items():
                    own.setdefault(str(part).lower(), set()).update(_literal(value))
        return found

    def _texts_of(self, pipeline: str, given: Mapping[str, Any]) -> dict[str, set[str]]:
        own = self._given.get(pipeline, {})
        return {part.lower(): self._texts(value, {}, own) for part, value in given.items()}

    def _texts(self, value: Any, dataset: Texts, pipeline: Texts | None = None) -> set[str]:
        """The texts that a value is known to be; none where the files do not say it."""
        if literal := _literal(value):
            return literal
        text = _mapping(value).get("value", value)
        match = _ONE.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            return set()
        part = match["part"].lower()
        known = {
            "dataset()": dataset,
            "pipeline().parameters": pipeline or {},
            "pipeline().globalparameters": self._global,
        }
        return set(known[match["of"].lower()].get(part, ()))


_ONE = re.compile(
    r"@\{?\s*(?P<of>dataset\(\)|pipeline\(\)\.parameters|pipeline\(\)\.globalParameters)\.(?P<part>[\w-]+)\s*\}?",
    re.IGNORECASE,
)
"""An expression that is one parameter and nothing else."""


def _literal(value: Any) -> set[str]:
    text = _mapping(value).get("value", value)
    return (
        {text} if isinstance(text, str) and text and not text.startswith("@") and "@{" not in text else set()
    )


def _container(properties: Mapping[str, Any]) -> Any:
    """The container that a dataset names, as it stands: a text, an expression, None."""
    inside = _mapping(properties.get("typeProperties"))
    location = _mapping(inside.get("location"))
    if given := location.get("container", location.get("fileSystem")):
        return given
    if properties.get("type") in ("AzureBlob", "AzureBlobFSFile") and isinstance(
        inside.get("folderPath"), str
    ):
        return inside["folderPath"].strip("/").partition("/")[0]
    return None


def _use(store: StoreUse, use: ContainerUse) -> None:
    store.read |= use.read
    store.written |= use.written


def _name(store: StoreUse, container: str, use: ContainerUse) -> None:
    if LIMITS[CONTAINER].allows(container):
        found = store.containers.setdefault(container, ContainerUse())
        found.read |= use.read
        found.written |= use.written


def _activities(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every activity of a pipeline, however deep it lies in others."""
    inside = [*(_mapping(document.get("properties")).get("activities") or ())]
    while inside:
        activity = inside.pop(0)
        if not isinstance(activity, dict):
            continue
        yield activity
        inner = _mapping(activity.get("typeProperties"))
        for part in ("activities", "ifTrueActivities", "ifFalseActivities", "defaultActivities"):
            inside += inner.get(part) or []
        for case in inner.get("cases") or ():
            inside += _mapping(case).get("activities") or []


def _global_parameters(documents: Documents) -> dict[str, set[str]]:
    """Those of the factory's own file, `factory/<name>`, where a caller hands it over."""
    found: dict[str, set[str]] = {}
    for key, document in documents.items():
        if kind_of(key) == "factory":
            given = _mapping(_mapping(document.get("properties")).get("globalParameters"))
            found |= {part.lower(): _literal(_mapping(item).get("value")) for part, item in given.items()}
    return found


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
