"""What S3 does and MiniStack does not: bucket owners, well-formed policies, sub-resources. And object files.

Each change is put after MiniStack has asked IAM, so nobody learns from an error what a permission would hide.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from localcloud.aws.gate import emulator, operations

EXPECTED_OWNER, EXPECTED_SOURCE_OWNER = "x-amz-expected-bucket-owner", "x-amz-source-expected-bucket-owner"

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
"""The sub-resources that MiniStack serves, by method."""

OWNERSHIP = re.compile(
    rb"<ObjectOwnership>(BucketOwnerEnforced|BucketOwnerPreferred|ObjectWriter)</ObjectOwnership>"
)
"""Source: API reference of S3, OwnershipControlsRule."""


def install() -> None:
    """Change MiniStack's S3."""
    s3 = emulator.s3
    s3._dispatch = _with_expected_owner(_with_all_sub_resources(s3._dispatch))
    s3._put_bucket_policy = _well_formed(s3._put_bucket_policy)
    s3._key_disk_path = _file
    s3._other_key_disk_path = lambda _base, _key, _path: None


def _file(base: str, key: str) -> str:
    """The file of an object, found without asking the disk.

    MiniStack has two places for a key, and asks the disk some fifty times which one it is: most of the time
    of a DeleteObjects. Every key goes to the place that MiniStack keeps for unusual keys.
    """
    return str(Path(base) / emulator.s3._ENCODED_KEYS_DIR / emulator.s3._encoded_key_name(key))


def _with_expected_owner(dispatch: Any) -> Any:
    """Refuse a request that names another account than the bucket's. MiniStack ignores the headers.

    Source: Amazon S3 User Guide, "Verifying bucket ownership with bucket owner condition".
    """

    def with_expected_owner(method: str, bucket: str, key: str, headers: Any, body: bytes, query: Any) -> Any:
        source = headers.get("x-amz-copy-source", "").lstrip("/").partition("/")[0]
        expected = ((bucket, headers.get(EXPECTED_OWNER)), (source, headers.get(EXPECTED_SOURCE_OWNER)))
        for name, owner in expected:
            found = emulator.s3._bucket_owner_account(name)
            if owner and found and owner != found:
                return emulator.s3._error("AccessDenied", "Access Denied", 403)
        return dispatch(method, bucket, key, headers, body, query)

    return with_expected_owner


def _with_all_sub_resources(dispatch: Any) -> Any:
    """Answer 501 for a sub-resource that is not served.

    MiniStack takes `DELETE /bucket?metrics` for DeleteBucket. It would also keep
    a rule of ownership that does not exist; that is refused.
    """

    def with_all(method: str, bucket: str, key: str, headers: Any, body: bytes, query: Any) -> Any:
        named = operations.sub_resources("s3").intersection(query)
        if not named <= (OF_OBJECT if key else OF_BUCKET).get(method, frozenset()):
            message = f"The local AWS does not serve {method} of {', '.join(sorted(named))}."
            return emulator.s3._error("NotImplemented", message, 501)
        if method == "PUT" and "ownershipControls" in named and not OWNERSHIP.search(body):
            return emulator.s3._error("MalformedXML", "The XML you provided was not well-formed.", 400)
        if method == "GET" and not key and "requestPayment" in named:
            return emulator.s3._get_bucket_request_payment(bucket)  # MiniStack knows it by another name
        return dispatch(method, bucket, key, headers, body, query)

    return with_all


def _well_formed(put: Any) -> Any:
    """Refuse a malformed bucket policy. MiniStack keeps whatever it is sent.

    Source: Amazon S3 API Reference, "Error responses", MalformedPolicy; IAM User Guide, "Grammar of the IAM
    JSON policy language".
    """

    def put_bucket_policy(name: str, body: bytes) -> Any:
        wrong = _policy_error(body) if name in emulator.s3._buckets else None
        return emulator.s3._error("MalformedPolicy", wrong, 400) if wrong else put(name, body)

    return put_bucket_policy


def _policy_error(body: bytes) -> str | None:
    try:
        document = json.loads(body)
    except ValueError:
        return "Policies must be valid JSON and the first byte must be '{'"
    wrong: str | None = emulator.evaluator.validate_policy_document(document)
    if wrong:
        return wrong
    statements = document["Statement"]
    each = statements if isinstance(statements, list) else [statements]
    named = all(one.keys() & {"Principal", "NotPrincipal"} for one in each)
    return None if named else "Missing required field Principal"
