"""Emptying a bucket: as many keys a call as S3 takes, several calls at once, while the list goes on."""

from __future__ import annotations

import random
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, TypeVar

from mayfly.clouds.aws import CloudError, Refused
from mayfly.clouds.aws.errors import FORBIDDEN

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import (
        ErrorTypeDef,
        MultipartUploadTypeDef,
        ObjectIdentifierTypeDef,
    )

CALLS = 8
"""At once. S3 takes 3,500 deletes a second and prefix; a call of 1,000 keys counts as 1,000."""
WAITING = 2 * CALLS
"""Pages that are listed ahead of the deletes: bounds the memory, whatever the bucket holds."""

UNSAYABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""Characters that a key may have and XML 1.0 may not, not even escaped (https://www.w3.org/TR/xml/#charsets)."""

PASSING = frozenset({"InternalError", "RequestTimeout", "ServiceUnavailable", "SlowDown"})
"""Codes of single keys in an answer of 200 to DeleteObjects. The same key goes when it is tried again, and
botocore does not look into such an answer (boto3#3052)."""

TRIES = 7
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 20.0
"""Seconds before a key is tried again, doubled each time; in all about a minute."""

TOLD_EVERY = 10_000
"""Objects."""

Item = TypeVar("Item")
Failures = list["ErrorTypeDef"]
Page = list["ObjectIdentifierTypeDef"]


Pause = Callable[[float], object]


@dataclass(frozen=True)
class Bucket:
    """A bucket. owner: its account, 12 digits; one of the same name in another account is not touched."""

    s3: S3Client
    name: str
    owner: str


def empty(bucket: Bucket, say: Callable[[str], None], pause: Pause) -> None:
    """Remove all versions, delete markers and unfinished uploads. say: told how far it is.

    pause: waits that many seconds before a key is tried again; true when it was cut short.

    Raises CloudError with the first thing that S3 would not remove, when all others are; ClientError.
    """
    with ThreadPoolExecutor(CALLS) as pool:
        uploads = _each(pool, lambda upload: _abort(bucket, upload), _uploads(bucket))
        versions = _each(pool, lambda page: _delete(bucket, page, pause), _versions(bucket))
        removed, failures = 0, Failures()
        for count, failed in chain(versions, uploads):
            removed += count
            failures += failed
            if removed // TOLD_EVERY > (removed - count) // TOLD_EVERY:
                say(f"emptying {bucket.name}: {removed:,} objects removed")
    if failures:
        first = failures[0]
        code = first.get("Code", "Unknown")
        what = f"{first.get('Key', '')}: {first.get('Message', 'no further details')}"
        fault = Refused if code in FORBIDDEN else CloudError
        text = f"{len(failures):,} objects stay, such as {what}"
        raise fault(200, code, text, "", f"DeleteObjects {bucket.name}")


Done = tuple[int, Failures]
"""How many went, and what did not."""


def _each(pool: ThreadPoolExecutor, act: Callable[[Item], Done], items: Iterable[Item]) -> Iterator[Done]:
    """The result of each call, a bounded number of them at once. The first that fails ends it."""
    waiting: deque[Future[Done]] = deque()
    for item in items:
        waiting.append(pool.submit(act, item))
        if len(waiting) > WAITING:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _versions(bucket: Bucket) -> Iterator[Page]:
    """Pages of up to 1,000, as many as one DeleteObjects takes; each is listed while others are deleted."""
    pages = bucket.s3.get_paginator("list_object_versions")
    for page in pages.paginate(Bucket=bucket.name, ExpectedBucketOwner=bucket.owner):
        found = chain(page.get("Versions", []), page.get("DeleteMarkers", []))
        identifiers: Page = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]
        if identifiers:
            yield identifiers


def _delete(bucket: Bucket, page: Page, pause: Pause) -> Done:
    """In one call, except keys that would spoil it."""
    awkward = [found for found in page if UNSAYABLE.search(found["Key"])]
    for found in awkward:
        bucket.s3.delete_object(
            Bucket=bucket.name,
            Key=found["Key"],
            VersionId=found["VersionId"],
            ExpectedBucketOwner=bucket.owner,
        )
    plain = [found for found in page if found not in awkward] if awkward else page
    failed = _delete_together(bucket, plain, pause) if plain else []
    return len(page) - len(failed), failed


def _delete_together(bucket: Bucket, wanted: Page, pause: Pause) -> Failures:
    """The keys that stay. A key that fails by a `PASSING` code is tried again, others are not.

    Quiet: the answer names failures alone.
    """
    lasting = Failures()
    for number in range(TRIES):
        failed = bucket.s3.delete_objects(
            Bucket=bucket.name,
            Delete={"Objects": wanted, "Quiet": True},
            ExpectedBucketOwner=bucket.owner,
        ).get("Errors", [])
        passing = [one for one in failed if one.get("Code") in PASSING]
        lasting += [one for one in failed if one not in passing]
        seconds = min(FIRST_PAUSE * 2**number, LONGEST_PAUSE) * random.uniform(0.5, 1)  # noqa: S311
        if not passing or number == TRIES - 1 or pause(seconds):
            return lasting + passing
        again = {(one.get("Key"), one.get("VersionId")) for one in passing}
        wanted = [one for one in wanted if {(one["Key"], one["VersionId"]), (one["Key"], None)} & again]
    return lasting


def _uploads(bucket: Bucket) -> Iterator[MultipartUploadTypeDef]:
    pages = bucket.s3.get_paginator("list_multipart_uploads")
    for page in pages.paginate(Bucket=bucket.name, ExpectedBucketOwner=bucket.owner):
        yield from page.get("Uploads", [])


def _abort(bucket: Bucket, upload: MultipartUploadTypeDef) -> Done:
    """Abort an upload; one that was completed or aborted meanwhile is fine."""
    with suppress(bucket.s3.exceptions.NoSuchUpload):
        bucket.s3.abort_multipart_upload(
            Bucket=bucket.name,
            Key=upload["Key"],
            UploadId=upload["UploadId"],
            ExpectedBucketOwner=bucket.owner,
        )
    return 0, []
