"""An AWS that answers what a test says, behind botocore's own clients: nothing is sent.

botocore checks what is asked, turns answers into pages and codes into errors; an answer that the service's
model does not know is an error of the test's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from botocore.session import Session
from botocore.validate import validate_parameters

from localcloud import ACCOUNT, REGION
from mayfly.clouds.aws import Aws

SESSION = Session()
SESSION.set_credentials("AKIASCRIPT", "secret")

Arguments = Mapping[str, Any]
Answer = Mapping[str, Any] | str
"""A document, or the code of an error."""
Given = Answer | Callable[[Arguments], Answer]


class Script(Aws):
    """answers: by operation, what is answered each time, to whatever arguments. One that is not named fails.

    calls: what was asked, in order: operation and arguments.
    """

    def __init__(self, **answers: Given) -> None:
        super().__init__(SESSION, REGION, ACCOUNT)
        self.answers = {"GetCallerIdentity": {"Account": ACCOUNT}, **answers}
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def asked(self, *operations: str) -> list[dict[str, Any]]:
        """The arguments of each call of these operations."""
        return [arguments for operation, arguments in self.calls if operation in operations]

    def _make(self, service: str, read_seconds: float, attempts: int) -> Any:
        made = super()._make(service, read_seconds, attempts)
        made.meta.events.register_first("provide-client-params", self._note)
        made.meta.events.register("before-call", self._answer)
        return made

    def _note(self, params: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        context["asked"] = dict(params)
        self.calls.append((model.name, dict(params)))

    def _answer(self, model: Any, context: dict[str, Any], **_: Any) -> tuple[Any, dict[str, Any]]:
        given: Any = self.answers[model.name]
        found = given(context["asked"]) if callable(given) else given
        if isinstance(found, str):
            error = {"Error": {"Code": found, "Message": "no"}}
            return _Http(400), {**error, "ResponseMetadata": {"HTTPStatusCode": 400}}
        if model.output_shape is not None:
            validate_parameters(found, model.output_shape)
        return _Http(200), {**found, "ResponseMetadata": {"HTTPStatusCode": 200}}


class _Http:
    """All that botocore asks of an answer that it need not read."""

    def __init__(self, status: int) -> None:
        self.status_code = status
