"""A request that names the account that a bucket should be of is refused when it is another's.

MiniStack does not look at the header. Source: Amazon S3 User Guide, "Verifying bucket ownership with bucket
owner condition".
"""

from __future__ import annotations

from typing import Any

from localcloud.aws.gate import emulator

EXPECTED, OF_SOURCE = "x-amz-expected-bucket-owner", "x-amz-source-expected-bucket-owner"


def install() -> None:
    """Put it where MiniStack tells S3's operations apart, which is after it has asked IAM."""
    emulator.s3._dispatch = _expected(emulator.s3._dispatch)


def _expected(dispatch: Any) -> Any:
    def with_owner(method: str, bucket: str, key: str, headers: Any, body: bytes, query: Any) -> Any:
        source = headers.get("x-amz-copy-source", "").lstrip("/").partition("/")[0]
        for name, owner in ((bucket, headers.get(EXPECTED)), (source, headers.get(OF_SOURCE))):
            found = emulator.s3._bucket_owner_account(name)
            if owner and found and owner != found:
                return emulator.s3._error("AccessDenied", "Access Denied", 403)
        return dispatch(method, bucket, key, headers, body, query)

    return with_owner
