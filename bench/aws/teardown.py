"""How long it takes to remove a bucket of many objects: by the sweep, or as other tools do.

A bucket that is not empty cannot be deleted on AWS, so all that is in it has to be named: a thousand keys a
call at best.
"""

from __future__ import annotations

import shutil
import statistics
from collections.abc import Callable, Sequence

from bench.aws import objects
from bench.aws.same import Names
from bench.project import Project, project
from bench.table import cells, table
from bench.timing import seconds
from localcloud import lifecycle
from localcloud.aws.admin import throttled

NAME = "awsqa-bench"
CALLS_A_SECOND = 3.5
"""S3 takes 3,500 deletes a second and prefix (S3 User Guide, "Best practices design patterns"), of which a
call of a thousand keys is a thousand."""

Way = Callable[[Project], None]


def sweep(place: Project) -> None:
    """`mayfly down`, of which no state knows: the sweep from tags alone, and its proof."""
    place.run("mayfly", "down", NAME)


def sweep_throttled(place: Project) -> None:
    """The same, while S3 lets no more bulk deletes through than AWS's does."""
    running = lifecycle.start(place.state, "aws")
    with throttled(running, "s3", CALLS_A_SECOND, ["DeleteObjects"]):
        sweep(place)


def aws_cli(place: Project) -> None:
    """The AWS CLI: the bucket's objects, then the bucket."""
    place.run("aws", "s3", "rm", "--recursive", "--only-show-errors", _url(), principal="owner")
    place.run("aws", "s3", "rb", _url(), principal="owner")


def one_by_one(place: Project) -> None:
    """boto3, one call an object."""
    s3 = objects.client(place)
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=Names(NAME).bucket):
        for found in page.get("Contents", []):
            s3.delete_object(Bucket=Names(NAME).bucket, Key=found["Key"])
    s3.delete_bucket(Bucket=Names(NAME).bucket)


def _url() -> str:
    return f"s3://{Names(NAME).bucket}"


def ways() -> dict[str, Way]:
    """What there is on this machine."""
    by_hand: dict[str, Way] = (
        {"aws s3 rm --recursive, aws s3 rb": aws_cli}
        if shutil.which("aws")
        else {"boto3, one by one": one_by_one}
    )
    limit = f"mayfly down, S3 taking {CALLS_A_SECOND} bulk deletes a second"
    return {"mayfly down, no state": sweep, limit: sweep_throttled, **by_hand}


def make(place: Project, count: int) -> None:
    """A bucket of an environment, with that many objects."""
    s3, bucket = objects.client(place), Names(NAME).bucket
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    tags = Names(NAME).tags | {"mayfly-project": "mayfly"}
    s3.put_bucket_tagging(
        Bucket=bucket, Tagging={"TagSet": [{"Key": key, "Value": value} for key, value in tags.items()]}
    )
    objects.fill(place, bucket, count)


def measure(place: Project, count: int, rounds: int) -> dict[str, tuple[float, int]]:
    """The median of the seconds, and the requests, of each way; they take turns."""
    times: dict[str, list[float]] = {way: [] for way in ways()}
    requests: dict[str, int] = {}
    for _ in range(rounds):
        for way, remove in ways().items():
            make(place, count)
            before = place.requests()
            times[way].append(seconds(remove, place))
            requests[way] = place.requests() - before
    return {way: (statistics.median(taken), requests[way]) for way, taken in times.items()}


def main(sizes: Sequence[int], rounds: int) -> None:
    """Measure and print a table."""
    with project("aws", lake=False) as place:
        found = [measure(place, count, rounds) for count in sizes]
    head = [cell for count in sizes for cell in (f"{count:,} objects", "requests")]
    rows = [(way, *(cell for one in found for cell in cells(*one[way]))) for way in ways()]
    print(table(("", *head), rows))
