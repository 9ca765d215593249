"""A team's backend in memory."""

from __future__ import annotations

from collections.abc import Iterator

from mayfly.engine.shared_backend import SharedBackend, address_of
from mayfly.errors import MayflyError

URL = "s3://state/team?region=eu-west-1"
SAYS_NOT = "the backend is away"


class Bucket(SharedBackend):
    """A bucket in memory. away: whether nobody answers for it."""

    def __init__(self) -> None:
        self.address = address_of({"PULUMI_BACKEND_URL": URL})
        self.objects = dict[str, bytes]()
        self.tried: list[str] = []
        self.away = False

    def _ask(self, key: str) -> None:
        self.tried.append(key)
        if self.away:
            raise MayflyError(SAYS_NOT)

    def put(self, key: str, content: bytes) -> None:
        self._ask(key)
        self.objects[key] = content

    def get(self, key: str, largest: int) -> bytes:
        self._ask(key)
        return self.objects[key][:largest]

    def keys(self, prefix: str) -> Iterator[tuple[str, int]]:
        self._ask(prefix)
        yield from (
            (key, len(content)) for key, content in sorted(self.objects.items()) if key.startswith(prefix)
        )

    def remove(self, key: str) -> None:
        self._ask(key)
        self.objects.pop(key, None)
