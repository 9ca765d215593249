"""Every public method of the SDKs' clients, as an operation that can be called on a place.

They are found by looking at the clients, so a new version of an SDK brings its new methods here by itself.
What a method asks for is seen in the request it would send: GET and HEAD read, everything else writes, but
for the few POSTs that only ask (`ASKS`).
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from typing import Any
from urllib.parse import unquote

from azure.core.credentials import AccessToken, TokenCredential
from azure.core.pipeline.transport import HttpTransport
from azure.core.polling import LROPoller
from azure.storage.blob import BlobLeaseClient, BlobServiceClient

from tests.support.azure_sdk import Sdk
from tests.support.isolation.arguments import arguments
from tests.support.isolation.exclusions import ASKS, EXCLUDED, SERVED, UNSERVED_VARIANTS
from tests.support.isolation.places import PROBE, RUN, Place

ARM_CLIENTS = ("storage", "authorization", "locks", "resources", "factories")
BLOB_GROUPS = ("service", "container", "blob", "container_lease", "blob_lease")
NOWHERE = "nowhere.invalid"
PLACE = Place("0" * 8, "group", "account", "container", "factory", f"https://{NOWHERE}/account/", RUN)


@dataclass(frozen=True)
class Operation:
    """One method with its arguments. client: attribute of `Sdk`, or "blobs". path: as asked for `PLACE`."""

    client: str
    group: str
    name: str
    verb: str = ""
    path: str = ""
    variant: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The group and the method."""
        return f"{self.group}.{self.name}"

    @property
    def is_data(self) -> bool:
        """Whether the data plane is asked, not Resource Manager."""
        return self.client == "blobs"

    @property
    def reads(self) -> bool:
        """Whether it only asks."""
        return self.verb in ("GET", "HEAD") or self.key in ASKS

    @property
    def writes(self) -> bool:
        """Whether it would change something, or hand out what changes something."""
        return not self.reads

    @property
    def served(self) -> bool:
        """Whether the local Azure has it."""
        return self.name in SERVED.get(self.group, ()) and str(self) not in UNSERVED_VARIANTS

    @property
    def is_about_the_place(self) -> bool:
        """Whether it names the place at all, and not the tenant or the service as such."""
        return PLACE.subscription in self.path or f"{NOWHERE}/{PLACE.account}" in self.path

    def __str__(self) -> str:
        return f"{self.key}[{self.variant}]" if self.variant else self.key

    def call(self, sdk: Sdk, place: Place) -> Any:
        """Call it on a place, and read what it answers to the end."""
        method = getattr(self._client(sdk, place), self.name)
        positional, named = arguments(self.key, method, place)
        return _finish(method(*positional, **{**named, **self.options}))

    def _client(self, sdk: Sdk, place: Place) -> Any:
        if not self.is_data:
            return getattr(getattr(sdk, self.client), self.group)
        return blob_client(sdk.blobs(place.endpoint), self, place)


def blob_client(service: BlobServiceClient, operation: Operation, place: Place) -> Any:
    """The client of a group of the data plane. A container is made under a name that is free."""
    name = PROBE if operation.key == "container.create_container" else place.container
    container = service.get_container_client(name)
    blob = container.get_blob_client(place.blob)
    clients: dict[str, Any] = {"service": service, "container": container, "blob": blob}
    if operation.group in clients:
        return clients[operation.group]
    return BlobLeaseClient(clients[operation.group.removesuffix("_lease")], lease_id=RUN)


def discover() -> list[Operation]:
    """Every method that makes a request, with what it asks for.

    Raises LookupError where the arguments of a method are not known, or where it makes no request.
    """
    sdk = Unsent()
    called = (found for found in methods(sdk) if found.key not in EXCLUDED)
    return [_seen(sdk, variant) for found in called for variant in _variants(found)]


def methods(sdk: Sdk) -> Iterator[Operation]:
    """Every public method of every client, those that make no request too."""
    for client, group, holder in _holders(sdk):
        for name in dir(type(holder)):
            if not name.startswith("_") and inspect.isroutine(inspect.getattr_static(type(holder), name)):
                yield Operation(client, group, name)


def _holders(sdk: Sdk) -> Iterator[tuple[str, str, Any]]:
    for client in ARM_CLIENTS:
        holder = getattr(sdk, client)
        yield client, client, holder
        yield from ((client, name, group) for name, group in _groups(holder))
    service = sdk.blobs(PLACE.endpoint)
    for group in BLOB_GROUPS:
        yield "blobs", group, blob_client(service, Operation("blobs", group, ""), PLACE)


def _groups(client: Any) -> Iterator[tuple[str, Any]]:
    for name in dir(client):
        with suppress(ValueError):  # a group that only other api-versions have
            group = None if name.startswith("_") else getattr(client, name)
            if type(group).__name__.endswith(("Operations", "Operation")):
                yield name, group


def _variants(operation: Operation) -> list[Operation]:
    others = VARIANTS.get(operation.key, {})
    return [
        operation,
        *(replace(operation, variant=name, options=options) for name, options in others.items()),
    ]


VARIANTS: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "blob.start_copy_from_url": {"at once": {"requires_sync": True}},
    "blob.upload_blob": {"append": {"blob_type": "AppendBlob"}, "page": {"blob_type": "PageBlob"}},
}
"""Methods that ask for something else with other options."""


def _seen(sdk: Sdk, operation: Operation) -> Operation:
    try:
        operation.call(sdk, PLACE)
    except Seen as seen:
        return replace(operation, verb=seen.request.method, path=unquote(seen.request.url))
    raise LookupError(f"{operation} makes no request")


def _finish(result: Any) -> Any:
    """Wait for what is under way, and take the first of what is given one by one."""
    if isinstance(result, LROPoller):
        return result.result()
    if isinstance(result, Iterator):
        return list(islice(result, 100))
    return result


class Seen(Exception):
    """A request that would have been sent."""

    def __init__(self, request: Any) -> None:
        super().__init__(str(request))
        self.request = request


class _Catch(HttpTransport[Any, Any]):
    """Sends nothing."""

    def send(self, request: Any, **kwargs: Any) -> Any:
        raise Seen(request)

    def open(self) -> None: ...

    def close(self) -> None: ...

    def __exit__(self, *args: object) -> None: ...


class _Token:
    def get_token(self, *scopes: str, **kwargs: Any) -> AccessToken:
        return AccessToken("none", 2**33)


class Unsent(Sdk):
    """The clients, whose requests are raised as `Seen`."""

    def __init__(self) -> None:
        environ = {"ARM_METADATA_HOSTNAME": NOWHERE, "SSL_CERT_FILE": ""}
        super().__init__(environ, PLACE.subscription)

    @cached_property
    def credential(self) -> TokenCredential:
        """A token that is nobody's."""
        return _Token()

    @property
    def _options(self) -> dict[str, Any]:
        return {**super()._options, "transport": _Catch()}

    def blobs(self, endpoint: str, credential: TokenCredential | None = None) -> BlobServiceClient:
        """The data plane."""
        return BlobServiceClient(endpoint, self.credential, transport=_Catch())
