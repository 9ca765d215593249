"""A checkout with a local AWS of its own and an empty lake, for tests that need no flights."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.aws_sdk import signed_in
from tests.support.checkout import Checkout, copy_project

LAKE = "flights-lake-123456789012"


@contextmanager
def local_aws(folder: Path) -> Iterator[Checkout]:
    """Start it, and stop it in the end."""
    checkout = copy_project(folder)
    checkout.local("start", "--cloud", "aws")
    try:
        with signed_in(checkout.environ("owner")) as owner:
            owner.s3.create_bucket(Bucket=LAKE, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        checkout.local("grant", principal="owner")
        yield checkout
    finally:
        checkout.local("stop")
