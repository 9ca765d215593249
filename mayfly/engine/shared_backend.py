"""A team's Pulumi backend in a bucket or a container, where objects of ours lie beside the states.

PULUMI_BACKEND_URL is read as Pulumi reads it. Sources: pulumi 3.258, pkg/backend/diy/backend.go,
massageBlobPath and newDIYBackend; gocloud.dev, blob/s3blob and blob/azureblob, URLOpener.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from mayfly.errors import MayflyError

CONNECT_SECONDS = 10
READ_SECONDS = 30
ATTEMPTS = 3
"""A verb that has done its work waits for a backend that does not answer: half a minute, not ten."""


@dataclass(frozen=True)
class BackendAddress:
    """What PULUMI_BACKEND_URL says. name: of the bucket or container. prefix: of all keys, "" or "team/"."""

    scheme: str
    name: str
    prefix: str
    options: Mapping[str, str]

    def __str__(self) -> str:
        return f"{self.scheme}://{self.name}/{self.prefix}".rstrip("/")

    def check(self, options: Collection[str]) -> None:
        """Raise MayflyError for an option that is not known: it may say that the states are elsewhere."""
        if others := sorted({*self.options} - {*options}):
            what = f"mayfly does not know {', '.join(map(repr, others))} of PULUMI_BACKEND_URL's options"
            raise MayflyError(f"{what}; it knows {', '.join(sorted(options))}")

    def asks(self, option: str) -> bool:
        """Whether a switch is on, as Go reads one (strconv.ParseBool)."""
        return is_on(self.options.get(option, ""))


def is_on(text: str) -> bool:
    """Whether Go reads a text as true (strconv.ParseBool)."""
    return text in ("1", "t", "T", "true", "TRUE", "True")


class SharedBackend(ABC):
    """One bucket or container. Keys begin behind the prefix of its address. Threads may share it.

    All calls raise MayflyError, with the cloud's code and request id where it answered.
    """

    address: BackendAddress

    @abstractmethod
    def put(self, key: str, content: bytes) -> None:
        """Write an object; one that is there is replaced."""

    @abstractmethod
    def get(self, key: str, largest: int) -> bytes:
        """Return an object's content. largest: bytes that are read at most."""

    @abstractmethod
    def remove(self, key: str) -> None:
        """Remove an object; absent is fine."""

    @abstractmethod
    def keys(self, prefix: str) -> Iterator[tuple[str, int]]:
        """Yield the key and the bytes of each object whose key begins so."""


def address_of(environ: Mapping[str, str]) -> BackendAddress:
    """Return what PULUMI_BACKEND_URL says; all of it is "" where it is not set."""
    url = urlsplit(environ.get("PULUMI_BACKEND_URL", ""))
    prefix = unquote(url.path).lstrip("/")
    if prefix and not prefix.endswith("/"):
        prefix += "/"
    return BackendAddress(url.scheme, url.netloc.rpartition("@")[2], prefix, dict(parse_qsl(url.query)))


def is_shared(environ: Mapping[str, str]) -> bool:
    """Whether the backend is a bucket or a container."""
    return address_of(environ).scheme in ("s3", "azblob")


def open_backend(environ: Mapping[str, str]) -> SharedBackend | None:
    """Return the shared backend; None where the backend is of another kind. Nothing is called.

    Raises MayflyError for an address that cannot be used, and without the cloud's SDK.
    """
    address = address_of(environ)
    if address.scheme == "s3":
        from mayfly.engine.shared_s3 import S3Backend

        return S3Backend(address, environ)
    if address.scheme == "azblob":
        from mayfly.engine.shared_azblob import AzblobBackend

        return AzblobBackend(address, environ)
    return None
