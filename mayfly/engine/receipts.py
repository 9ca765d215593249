"""Receipts beside the states: a pipeline's job loses its folder, and its team asks what went all the same.

Whoever may write to the backend may write a receipt: one that was read from there is a claim.
"""

from __future__ import annotations

import re
import threading
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from mayfly.clouds.concurrent import concurrently
from mayfly.engine.shared_backend import SharedBackend, address_of, is_shared, open_backend
from mayfly.errors import MayflyError
from mayfly.teardown import Receipt
from mayfly.teardown.receipt import LARGEST, parse

NAME = re.compile(r"([a-z0-9]+(?:-[a-z0-9]+)*)-\d{8}T\d{6}\.\d{6}Z\.json")
"""A receipt's name, with the environment's; no part of a path is one."""

GIVE_UP = 3
"""Receipts that could not be kept, after which a sweep's others are not tried."""


class SharedReceipts:
    """The receipts of a project in its shared backend. Threads may share it.

    where: their folder there, for people; "" where the backend is of another kind, which keeps none.
    """

    def __init__(self, project: str, environ: Mapping[str, str]) -> None:
        """environ: says where the backend is. Nothing is called, and no cloud's SDK is loaded."""
        self._folder = f".mayfly/receipts/{project}/"
        self.where = f"{address_of(environ)}/{self._folder}" if is_shared(environ) else ""
        self._environ = environ
        self._lock = threading.Lock()
        self._opened: SharedBackend | None = None
        self._failures: list[str] = []

    def _backend(self) -> SharedBackend:
        with self._lock:
            self._opened = self._opened or open_backend(self._environ)
        assert self._opened is not None
        return self._opened

    def keep(self, receipt: Path) -> str:
        """Copy a receipt from the project's folder, and return where it is now, too; "" where it is not.

        Nothing is raised: whatever the backend does, a teardown's own result is what has to be told. `note`
        says what failed.
        """
        if not self.where:
            return ""
        if len(self._failures) >= GIVE_UP:
            self._failures.append("not tried")
            return ""
        try:
            self._backend().put(self._folder + receipt.name, receipt.read_bytes())
        except MayflyError as error:
            self._failures.append(str(error))
            return ""
        except Exception as error:  # What an SDK was never seen to raise, which may name a signed address.
            self._failures.append(f"{type(error).__name__}, which is a mistake of mayfly's")
            return ""
        return self.where + receipt.name

    @property
    def note(self) -> str:
        """What is to be told of receipts that could not be kept; "" for nothing."""
        if not self._failures:
            return ""
        number = len(self._failures)
        which = "the receipt is" if number == 1 else f"{number} receipts are"
        return f"{which} kept in the project's folder alone: {self._failures[0]}"

    def environments(self) -> set[str]:
        """Return the names of the environments that have a receipt there. Raises MayflyError."""
        return {*self._listed("")} if self.where else set()

    def read(
        self, environment: str | None, every: bool, here: Collection[str]
    ) -> tuple[list[Receipt], list[str]]:
        """Return the receipts that are there and not here, and a line for each that could not be read.

        environment: None for all. every: all of an environment's; else the latest that can be read, since
        whoever may write there may put anything before it. here: names of those that the project's folder
        has. Raises MayflyError where the backend does not tell what there is.
        """
        if not self.where:
            return [], []
        listed = self._listed(f"{environment}-" if environment else "")
        groups = [sorted(names, reverse=True) for one, names in listed.items() if environment in (None, one)]
        if every:
            groups = [[each] for names in groups for each in names]
        unread = list[str]()
        read = concurrently(lambda names: self._first(names, here, unread), groups)
        return [each for each in read if each is not None], unread

    def _listed(self, start: str) -> dict[str, list[tuple[str, int]]]:
        """Names and bytes of an environment's receipts. What has another name is none, and is passed over."""
        found = defaultdict[str, list[tuple[str, int]]](list)
        for key, size in self._backend().keys(self._folder + start):
            name = key.removeprefix(self._folder)
            if form := NAME.fullmatch(name):
                found[form[1]].append((name, size))
        return found

    def _first(
        self, names: Iterable[tuple[str, int]], here: Collection[str], unread: list[str]
    ) -> Receipt | None:
        """The first one that can be read; None once the folder has one itself."""
        for name, size in names:
            if name in here:
                return None
            try:
                return self._get(name, size)
            except (MayflyError, UnicodeDecodeError) as error:
                unread.append(f"{self.where}{name}: {error}")
        return None

    def _get(self, name: str, size: int) -> Receipt:
        if size > LARGEST:
            raise MayflyError(f"no receipt: it holds more than {LARGEST:,} bytes")
        found = parse(self._backend().get(self._folder + name, LARGEST).decode())
        if found.name != name:
            raise MayflyError(f"no receipt: it says that it is {found.name[:80]}")
        return found
