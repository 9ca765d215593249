"""What a cloud answers when a call fails. Each cloud has its own subclasses, which know its codes."""

from __future__ import annotations

from mayfly.errors import MayflyError


class CloudError(MayflyError):
    """A call to the cloud failed. Keeps what support asks for: the code and the request's id.

    status: HTTP status, 0 when no answer came. code: the cloud's error code. message: its own words.
    request_id: of the answer, "" when there is none. operation: what was called, on what.
    """

    def __init__(
        self, status: int, code: str, message: str, request_id: str = "", operation: str = ""
    ) -> None:
        self.status = status
        self.code = code
        self.message = message
        self.request_id = request_id
        self.operation = operation
        super().__init__(str(self))

    def __str__(self) -> str:
        request = f" [request {self.request_id}]" if self.request_id else ""
        operation = f"{self.operation}: " if self.operation else ""
        return f"{operation}{self.code}: {self.message}{request}"
