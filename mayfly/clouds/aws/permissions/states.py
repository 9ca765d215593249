"""What whoever works on stacks may do in the bucket of their states: read, write and remove its objects."""

from __future__ import annotations

from mayfly.clouds.aws.statements import Document, allow, document


def states(bucket: str) -> Document:
    """The policy of deployer and janitor, in the bucket of their own states: no other deployer's is in it."""
    itself, objects = bucket_and_objects(bucket)
    return document(
        [
            allow("ListStates", ["s3:ListBucket"], itself),
            allow("KeepStates", ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"], objects),
        ]
    )


def bucket_and_objects(bucket: str) -> tuple[str, str]:
    """The ARNs of a bucket and of all that is in it."""
    return f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"
