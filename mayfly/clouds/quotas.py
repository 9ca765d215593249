"""Asking a cloud what is left of its quotas."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from mayfly.clouds.errors import CloudError
from mayfly.life.admission import Quota


@dataclass(frozen=True)
class Question:
    """A quota to ask for. name, where, needed: see `Quota`. ask: returns what is used, and the limit."""

    name: str
    where: str
    needed: int
    ask: Callable[[], tuple[int, int]]

    def answer(self) -> dict[str, Any]:
        """Return the quota as a preflight's answer has it; or why it is not known, under `unread`.

        A quota that is not told stops nothing: the cloud itself refuses what is one too many. Whether the
        cloud can be asked at all is for other questions to say.
        """
        try:
            used, limit = self.ask()
        except CloudError as error:
            why = f"{error.code} ({error.status})" if error.status else error.code
            return {"name": self.name, "where": self.where, "unread": why}
        return asdict(Quota(self.name, self.where, used, limit, self.needed))
