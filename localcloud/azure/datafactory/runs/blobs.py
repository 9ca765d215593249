"""The blobs of one container, through the data plane."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.parse import quote, urlencode
from xml.etree import ElementTree

from localcloud.azure.datafactory.runs.errors import ActivityError
from localcloud.azure.datafactory.runs.plane import Answer, NoSuchHost, Plane
from localcloud.azure.datafactory.runs.stop import Stop

VERSION = "2023-11-03"


@dataclass(frozen=True)
class Blob:
    """A blob in a listing or a HEAD. name: without the container. modified: ISO 8601, UTC, in seconds."""

    name: str
    size: int
    modified: str
    md5: str | None = None


class BlobError(ActivityError):
    """An error of the blob service. status: of its answer."""

    def __init__(self, answer: Answer, doing: str) -> None:
        self.status = answer.status
        code = answer.headers.get("x-ms-error-code") or _field(answer.body, "Code") or "Unknown"
        message = _field(answer.body, "Message") or answer.body.decode(errors="replace")
        message = (message or "no further details").strip()
        super().__init__("2200", f"{doing} failed with status {answer.status} ({code}): {message}")


class Container:
    """One container. url: `<blob endpoint of the account>/<container>`."""

    def __init__(self, plane: Plane, url: str, stop: Stop) -> None:
        self._plane = plane
        self.url = url
        self._stop = stop

    def head(self, name: str) -> Blob | None:
        """A blob's properties, or None when there is none of this name."""
        answer = self._send("HEAD", self._blob(name))
        if answer.status == 404:
            return None
        headers = self._checked(answer, f"Reading the properties of '{name}'").headers
        modified = _iso(headers.get("last-modified", ""))
        return Blob(name, int(headers.get("content-length", 0)), modified, headers.get("content-md5"))

    def read(self, name: str) -> bytes:
        """A blob's bytes."""
        return self._checked(self._send("GET", self._blob(name)), f"Reading '{name}'").body

    def write(self, name: str, content: bytes, metadata: Mapping[str, str] | None = None) -> None:
        """Make or replace a block blob."""
        headers = {f"x-ms-meta-{key}": value for key, value in (metadata or {}).items()}
        answer = self._send("PUT", self._blob(name), {"x-ms-blob-type": "BlockBlob", **headers}, content)
        self._checked(answer, f"Writing '{name}'")

    def delete(self, name: str) -> None:
        """Remove a blob."""
        self._checked(self._send("DELETE", self._blob(name)), f"Deleting '{name}'")

    def below(self, prefix: str) -> list[Blob]:
        """All blobs whose name starts with `prefix`."""
        return [_listed(item) for page in self._pages(prefix, "") for item in page.iter("Blob")]

    def children(self, folder: str) -> tuple[list[str], list[Blob]]:
        """The folders and the blobs directly in a folder ("" for the top): folder names end in "/"."""
        pages = self._pages(f"{folder}/" if folder else "", "/")
        folders = [item.findtext("Name", "") for page in pages for item in page.iter("BlobPrefix")]
        return folders, [_listed(item) for page in pages for item in page.iter("Blob")]

    def _pages(self, prefix: str, delimiter: str) -> list[ElementTree.Element]:
        pages: list[ElementTree.Element] = []
        marker = ""
        while not pages or marker:
            asked = urlencode({"prefix": prefix, "delimiter": delimiter, "marker": marker})
            answer = self._send("GET", f"{self.url}?restype=container&comp=list&{asked}")
            body = self._checked(answer, f"Listing '{prefix}'").body
            pages.append(ElementTree.fromstring(body.lstrip(b"\xef\xbb\xbf")))  # noqa: S314  (our own service's)
            marker = pages[-1].findtext("NextMarker") or ""
        return pages

    def _blob(self, name: str) -> str:
        return f"{self.url}/{quote(name)}"

    def _send(
        self, method: str, url: str, headers: dict[str, str] | None = None, body: bytes = b""
    ) -> Answer:
        self._stop.check()
        try:
            return self._plane.send(
                method, url, headers={"x-ms-version": VERSION, **(headers or {})}, body=body
            )
        except NoSuchHost as error:
            raise ActivityError("2200", f"Cannot connect to '{self.url}': {error}") from None

    def _checked(self, answer: Answer, doing: str) -> Answer:
        if not answer.ok:
            raise BlobError(answer, f"{doing} in '{self.url}'")
        return answer


def _listed(item: ElementTree.Element) -> Blob:
    modified = _iso(item.findtext("Properties/Last-Modified", ""))
    size = int(item.findtext("Properties/Content-Length", "0"))
    return Blob(item.findtext("Name", ""), size, modified, item.findtext("Properties/Content-MD5"))


def _iso(http_date: str) -> str:
    return parsedate_to_datetime(http_date).strftime("%Y-%m-%dT%H:%M:%SZ") if http_date else ""


def _field(body: bytes, name: str) -> str | None:
    try:
        return ElementTree.fromstring(body.lstrip(b"\xef\xbb\xbf")).findtext(name)  # noqa: S314
    except ElementTree.ParseError:
        return None
