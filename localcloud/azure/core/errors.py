"""What the local Azure refuses, in the cloud's own words."""

from __future__ import annotations

from collections.abc import Mapping


class CloudError(Exception):
    """A refusal: HTTP status, the cloud's error code, a message, and headers to send with it."""

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})


def not_found(resource_id: str) -> CloudError:
    """404 for a resource that does not exist (the code Resource Manager uses for most types)."""
    return CloudError(404, "ResourceNotFound", f"The resource '{resource_id}' was not found.")


def not_implemented(what: str) -> CloudError:
    """501 for what the local cloud does not know: it never pretends."""
    return CloudError(501, "NotImplemented", f"The local Azure does not implement {what}.")
