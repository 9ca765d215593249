"""Resource Manager's refusals as errors for the user."""

from __future__ import annotations

from typing import Any

from mayfly.clouds import errors
from mayfly.errors import NotAllowed, NotSignedIn

UNSEEN = "SubscriptionNotFound"
"""The code, with 404, of a subscription that the caller's tenant does not show."""


class CloudError(errors.CloudError):
    """A call to Azure failed. request_id: x-ms-request-id. operation: method and path."""

    @property
    def tells_absence(self) -> bool:
        """Whether it says that something is not there.

        A subscription that the caller's tenant does not show is answered 404 too, and tells nothing of what
        lies in it: whoever signs in to the wrong tenant must not take all for gone.
        """
        return self.status == 404 and self.code != UNSEEN


class Refused(CloudError, NotAllowed):
    """403, or a lock in the way: the same call will be refused again until somebody changes a permission."""


class Unsigned(CloudError, NotSignedIn):
    """No way to sign in was found. A refused sign-in is a CloudError with the login's answer."""


SIGN_IN = (
    "sign in with ARM_TENANT_ID, ARM_CLIENT_ID and ARM_CLIENT_SECRET, with the pipeline's own identity "
    "(ARM_USE_OIDC=true), with a managed identity (ARM_USE_MSI=true), or with `az login`; to the local cloud "
    'with `eval "$(mayfly local env)"`'
)
"""What to do when the cloud does not know the caller."""

LOCKED = frozenset({"ScopeLocked"})


def from_response(response: Any, operation: str) -> CloudError:
    """The error that an answer of azure-core's pipeline carries, in the form Resource Manager documents.

    Source: "Common error details" of the Azure REST API guidelines: `{"error": {"code", "message"}}`.
    """
    code, message = _code_and_message(response)
    fault = Refused if response.status_code == 403 or code in LOCKED else CloudError
    return fault(response.status_code, code, message, response.headers.get("x-ms-request-id", ""), operation)


def from_exception(error: Exception, operation: str) -> CloudError:
    """An error for what azure-core raised: no answer, a sign-in or an operation that failed."""
    if isinstance(error, CloudError):
        return error
    response = getattr(error, "response", None)
    # A refused sign-in carries the login's answer, which has another form; its message is readable as it is.
    signing_in = type(error).__name__ in ("ClientAuthenticationError", "CredentialUnavailableError")
    if not signing_in and response is not None and getattr(response, "status_code", 0) >= 400:
        return from_response(response, operation)
    message = str(error).strip() or "no further details"
    said = f"{message}\n{SIGN_IN}" if signing_in else message
    fault = Unsigned if signing_in and response is None else CloudError
    return fault(0, type(error).__name__, said, "", operation)


def _code_and_message(response: Any) -> tuple[str, str]:
    try:
        body = response.json()
        error = body.get("error", body)
        return str(error["code"]), str(error.get("message", ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        return f"HTTP{response.status_code}", str(response.reason or "the answer carried no error details")
