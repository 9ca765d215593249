"""Fills a bucket with all that keeps one from being deleted."""

from __future__ import annotations

from tests.support.aws_sdk import AwsSdk
from tests.support.checkout import Checkout

ACCOUNT = "123456789012"
A_CALL = 1000
"""Keys that one DeleteObjects takes (API reference)."""


def put_objects(checkout: Checkout, bucket: str, count: int) -> None:
    """Put objects where the local AWS keeps them, and start it anew: ten times as fast as by its API."""
    checkout.local("stop")
    folder = checkout.root / ".mayfly/aws/ministack/s3" / ACCOUNT / bucket / "curated/many"
    folder.mkdir(parents=True)
    for number in range(count):
        (folder / f"{number:06}").write_bytes(b"x")
    checkout.local("start", "--cloud", "aws")


def put_versions(owner: AwsSdk, bucket: str, markers: int = 2 * A_CALL) -> None:
    """Make it versioned, with older versions, delete markers, and an upload that nobody finished.

    What is deleted and was never there is a marker too, and a call makes a thousand of them.
    """
    s3 = owner.s3
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for body in (b"first", b"second"):
        s3.put_object(Bucket=bucket, Key="curated/ä b+c%.csv", Body=body)
    s3.delete_object(Bucket=bucket, Key="curated/ä b+c%.csv")
    put_markers(owner, bucket, markers)
    upload = s3.create_multipart_upload(Bucket=bucket, Key="curated/half")["UploadId"]
    s3.upload_part(Bucket=bucket, Key="curated/half", UploadId=upload, PartNumber=1, Body=b"half")


def put_markers(owner: AwsSdk, bucket: str, count: int) -> None:
    """Delete what was never there: in a versioned bucket each leaves a marker."""
    for first in range(0, count, A_CALL):
        keys = [{"Key": f"gone/{number:06}"} for number in range(first, min(first + A_CALL, count))]
        owner.s3.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True})  # type: ignore[typeddict-item]


def versions(owner: AwsSdk, bucket: str) -> int:
    """How many versions and delete markers it holds."""
    pages = owner.s3.get_paginator("list_object_versions").paginate(Bucket=bucket)
    found = [each for page in pages for each in (*page.get("Versions", []), *page.get("DeleteMarkers", []))]
    # Some are listed twice, at the end of a page and at the next one's beginning.
    return len({(each["Key"], each["VersionId"]) for each in found})
