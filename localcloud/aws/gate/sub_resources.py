"""S3's sub-resources that MiniStack does not serve: it takes `DELETE /bucket?metrics` for DeleteBucket.

And a rule of ownership that there is none of, which it would keep.
"""

from __future__ import annotations

import re
from typing import Any

from localcloud.aws.gate import emulator, operations

_DELETED = "cors encryption lifecycle ownershipControls policy publicAccessBlock replication tagging website"
_PUT = f"{_DELETED} accelerate acl logging notification object-lock requestPayment versioning"

OF_BUCKET = {
    "GET": frozenset(f"{_PUT} list-type location uploads versions".split()),
    "PUT": frozenset(_PUT.split()),
    "DELETE": frozenset(_DELETED.split()),
    "POST": frozenset({"delete"}),
}
OF_OBJECT = {
    "GET": frozenset(["acl", "annotation", "attributes", "legal-hold", "retention", "tagging"]),
    "PUT": frozenset(["acl", "annotation", "legal-hold", "retention", "tagging"]),
    "DELETE": frozenset(["annotation", "tagging"]),
    "POST": frozenset(["restore", "uploads"]),
}
"""Those that it does serve, by method."""

OWNERSHIP = re.compile(
    rb"<ObjectOwnership>(BucketOwnerEnforced|BucketOwnerPreferred|ObjectWriter)</ObjectOwnership>"
)
"""Source: API reference of S3, OwnershipControlsRule."""


def install() -> None:
    """Put it where MiniStack tells S3's operations apart, which is after it has asked IAM."""
    emulator.s3._dispatch = _served(emulator.s3._dispatch)


def _served(dispatch: Any) -> Any:
    """Answer 501 for what is not served."""

    def with_all(method: str, bucket: str, key: str, headers: Any, body: bytes, query: Any) -> Any:
        named = operations.sub_resources("s3").intersection(query)
        if not named <= (OF_OBJECT if key else OF_BUCKET).get(method, frozenset()):
            message = f"The local AWS does not serve {method} of {', '.join(sorted(named))}."
            return emulator.s3._error("NotImplemented", message, 501)
        if method == "PUT" and "ownershipControls" in named and not OWNERSHIP.search(body):
            return emulator.s3._error("MalformedXML", "The XML you provided was not well-formed.", 400)
        if method == "GET" and not key and "requestPayment" in named:
            # MiniStack knows it by another name.
            return emulator.s3._get_bucket_request_payment(bucket)
        return dispatch(method, bucket, key, headers, body, query)

    return with_all
