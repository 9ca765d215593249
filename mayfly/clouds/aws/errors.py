"""What AWS answers when a call fails, as errors that are told to the user."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from mayfly.clouds import errors
from mayfly.errors import NotAllowed, NotSignedIn

if TYPE_CHECKING:
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

ABSENT = frozenset(
    {
        "404",
        "EntityNotFoundException",
        "InvalidResourceId",
        "NoSuchBucket",
        "NoSuchEntity",
        "NoSuchKey",
        "NoSuchTagSet",
        "NoSuchTagSetError",
        "NoSuchUpload",
        "NotFound",
        "NotFoundException",
        "ParameterNotFound",
        "ResourceNotFoundException",
    }
)
"""The codes of what is not there, as the API references of the services we call name them.

InvalidResourceId is what Systems Manager's ListTagsForResource says of a parameter that is not there.
"""

UNTAGGED = frozenset({"NoSuchTagSet", "NoSuchTagSetError"})
"""The codes of a bucket that is there and has no tags; API reference of GetBucketTagging, older and newer."""

FORBIDDEN = frozenset(
    {
        "403",
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "Forbidden",
        "ForbiddenException",
        "NotAuthorized",
        "UnauthorizedException",
        "UnauthorizedOperation",
    }
)
"""The codes of a refusal by permissions. Sources: "Common errors" of the services' API references; for
ForbiddenException (403) and UnauthorizedException (401) that of Resource Groups, as botocore's model has it.
"""

STRANGER = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidToken",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
"""The codes of a caller that AWS does not know, or no longer."""

UNSIGNED = frozenset(
    {
        "NoCredentialsError",
        "PartialCredentialsError",
        "CredentialRetrievalError",
        "TokenRetrievalError",
        "UnauthorizedSSOTokenError",
        "SSOTokenLoadError",
    }
)
"""botocore's own errors when it finds nobody to sign for."""

SIGN_IN = (
    "sign in with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, with the pipeline's own identity "
    "(AWS_ROLE_ARN, AWS_WEB_IDENTITY_TOKEN_FILE), or with `aws sso login`; to the local cloud with "
    '`eval "$(mayfly local env)"`'
)
"""What to do when the cloud does not know the caller."""


SILENT = frozenset({"EndpointConnectionError", "ConnectTimeoutError"})
"""botocore's own errors when nobody answers at an address."""

START = "nobody answers there; a local cloud that was stopped is started by `mayfly local start`"
"""What to do then."""


class CloudError(errors.CloudError):
    """A call to AWS failed. operation: as in `DeleteBucket mf--qa-142--flights`."""

    @property
    def tells_absence(self) -> bool:
        """Whether it says that something is not there."""
        return self.code in ABSENT


class Refused(CloudError, NotAllowed):
    """The same call is refused again until somebody changes a permission."""


class Unsigned(CloudError, NotSignedIn):
    """No credentials were found, or none that hold any more."""


@contextmanager
def translated(operation: str) -> Iterator[None]:
    """Raise what botocore raises inside as a CloudError.

    operation: what is called, on what, for the message: `DeleteBucket mf--qa-142--flights`.
    """
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    try:
        yield
    except ClientError as error:
        raise from_client_error(error, operation) from error
    except (BotoCoreError, ResponseParserError) as error:  # the latter: a proxy's answer, such as a web page
        raise from_botocore(error, operation) from error


def from_client_error(error: ClientError, operation: str) -> CloudError:
    """The error that an answer of AWS carries."""
    answer: Mapping[str, Any] = error.response
    about = answer.get("ResponseMetadata", {})
    said = answer.get("Error", {})
    code = str(said.get("Code") or "Unknown")
    message = str(said.get("Message") or "no further details")
    status = int(about.get("HTTPStatusCode", 0))
    if code in STRANGER:
        message = f"{message}\n{SIGN_IN}"
    fault = Refused if code in FORBIDDEN else CloudError
    headers: Mapping[str, str] = about.get("HTTPHeaders", {})
    request_id = str(about.get("RequestId") or headers.get("x-amzn-requestid") or "")
    return fault(status, code, message, request_id, operation)


def from_botocore(error: BotoCoreError | ResponseParserError, operation: str) -> CloudError:
    """An error for what botocore itself raised: no credentials, no answer, a request it would not send."""
    code = type(error).__name__
    message = str(error).strip() or "no further details"
    if code in UNSIGNED:
        return Unsigned(0, code, f"{message}\n{SIGN_IN}", "", operation)
    if code in SILENT:
        message = f"{message}\n{START}"
    return CloudError(0, code, message, "", operation)
