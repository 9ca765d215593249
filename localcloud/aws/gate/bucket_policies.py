"""A bucket's policy that is none is refused, and not kept: MiniStack keeps whatever it is sent.

Source: Amazon S3 API Reference, "Error responses", MalformedPolicy; IAM User Guide, "Grammar of the IAM JSON
policy language".
"""

from __future__ import annotations

import json
from typing import Any

from localcloud.aws.gate import emulator


def install() -> None:
    """Put it where MiniStack keeps policies."""
    emulator.s3._put_bucket_policy = _well_formed(emulator.s3._put_bucket_policy)


def _well_formed(put: Any) -> Any:
    def put_bucket_policy(name: str, body: bytes) -> Any:
        wrong = _wrong(body) if name in emulator.s3._buckets else None
        return emulator.s3._error("MalformedPolicy", wrong, 400) if wrong else put(name, body)

    return put_bucket_policy


def _wrong(body: bytes) -> str | None:
    """What is wrong with a policy; None for one that is well formed."""
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
