"""Emptying a bucket: as many keys a call as S3 takes, several calls at once, while the list goes on."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING, TypeVar

from mayfly.clouds.aws import CloudError, Refused
from mayfly.clouds.aws.errors import FORBIDDEN

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import (
        ErrorTypeDef,
        ListObjectVersionsOutputTypeDef,
        MultipartUploadTypeDef,
        ObjectIdentifierTypeDef,
    )

CALLS = 8
"""At once. S3 takes 3,500 deletes a second and prefix, of which a call of 1,000 keys is 1,000."""
WAITING = 2 * CALLS
"""Pages that are listed ahead of the deletes: bounds the memory, whatever the bucket holds."""

UNSAYABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""Characters that a key may have and XML 1.0 may not, not even escaped (https://www.w3.org/TR/xml/#charsets)."""

TOLD_EVERY = 10_000
"""Objects."""

Item = TypeVar("Item")
Failures = list["ErrorTypeDef"]


def empty(s3: S3Client, bucket: str, say: Callable[[str], None]) -> None:
    """Remove all versions, delete markers and unfinished uploads. say: told how far it is.

    Raises CloudError with the first thing that S3 would not remove, when all others are; ClientError.
    """
    with ThreadPoolExecutor(CALLS) as pool:
        uploads = _each(pool, lambda upload: _abort(s3, bucket, upload), _uploads(s3, bucket))
        versions = _each(pool, lambda page: _delete(s3, bucket, page), _versions(s3, bucket))
        removed, failures = 0, Failures()
        for count, failed in chain(versions, uploads):
            removed += count
            failures += failed
            if removed // TOLD_EVERY > (removed - count) // TOLD_EVERY:
                say(f"emptying {bucket}: {removed:,} objects removed")
    if failures:
        raise _refused(bucket, failures)


Done = tuple[int, Failures]
"""How many went, and what did not."""


def _each(pool: ThreadPoolExecutor, act: Callable[[Item], Done], items: Iterable[Item]) -> Iterator[Done]:
    """What acting on each comes to, a bounded number at once; the first failed call ends it."""
    waiting: deque[Future[Done]] = deque()
    for item in items:
        waiting.append(pool.submit(act, item))
        if len(waiting) > WAITING:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _versions(s3: S3Client, bucket: str) -> Iterator[list[ObjectIdentifierTypeDef]]:
    """Pages of up to 1,000, as many as one DeleteObjects takes; each is listed while others are deleted."""
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        if found := _identifiers(page):
            yield found


def _identifiers(page: ListObjectVersionsOutputTypeDef) -> list[ObjectIdentifierTypeDef]:
    return [
        {"Key": found["Key"], "VersionId": found["VersionId"]}
        for found in chain(page.get("Versions", []), page.get("DeleteMarkers", []))
    ]


def _delete(s3: S3Client, bucket: str, page: list[ObjectIdentifierTypeDef]) -> Done:
    """In one call, except keys that would spoil it. Quiet: the answer names failures alone."""
    awkward = [found for found in page if UNSAYABLE.search(found["Key"])]
    for found in awkward:
        s3.delete_object(Bucket=bucket, Key=found["Key"], VersionId=found["VersionId"])
    plain = [found for found in page if found not in awkward] if awkward else page
    if not plain:
        return len(page), []
    failed = s3.delete_objects(Bucket=bucket, Delete={"Objects": plain, "Quiet": True}).get("Errors", [])
    return len(page) - len(failed), failed


def _uploads(s3: S3Client, bucket: str) -> Iterator[MultipartUploadTypeDef]:
    for page in s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket):
        yield from page.get("Uploads", [])


def _abort(s3: S3Client, bucket: str, upload: MultipartUploadTypeDef) -> Done:
    """One that was completed or aborted meanwhile is as good."""
    with suppress(s3.exceptions.NoSuchUpload):
        s3.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
    return 0, []


def _refused(bucket: str, failures: Failures) -> CloudError:
    first = failures[0]
    code = first.get("Code", "Unknown")
    what = f"{first.get('Key', '')}: {first.get('Message', 'no further details')}"
    kind = Refused if code in FORBIDDEN else CloudError
    return kind(200, code, f"{len(failures):,} objects stay, such as {what}", "", f"DeleteObjects {bucket}")
