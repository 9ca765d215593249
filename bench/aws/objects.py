"""Many small objects in a bucket."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from bench.aws.same import ACCOUNT, REGION

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from bench.project import Project

UPLOADS_AT_ONCE = 8
BY_API = 2_000
"""Objects, up to which they are put by the API."""


def fill(place: Project, bucket: str, count: int) -> None:
    """Put `part/000000` and so on, as the bucket's owner.

    Many are put where the local AWS keeps them, which takes another start of it: ten times as fast.
    """
    (_upload if count <= BY_API else _place)(place, bucket, count)


def bucket(place: Project, name: str) -> str:
    """The one bucket of an environment."""
    (found,) = client(place).list_buckets(Prefix=f"mf--{name}--")["Buckets"]
    return found["Name"]


def client(place: Project) -> S3Client:
    """S3 as the owner."""
    owner = place.environ["owner"]
    return boto3.client(
        "s3", region_name=REGION, endpoint_url=owner["AWS_ENDPOINT_URL"], verify=owner["AWS_CA_BUNDLE"],
        aws_access_key_id=owner["AWS_ACCESS_KEY_ID"], aws_secret_access_key=owner["AWS_SECRET_ACCESS_KEY"],
        config=Config(max_pool_connections=UPLOADS_AT_ONCE),
    )  # fmt: skip


def _upload(place: Project, bucket: str, count: int) -> None:
    s3 = client(place)
    with ThreadPoolExecutor(UPLOADS_AT_ONCE) as pool:
        list(pool.map(lambda number: s3.put_object(Bucket=bucket, Key=key(number), Body=b"x"), range(count)))


def _place(place: Project, bucket: str, count: int) -> None:
    place.run("mayfly", "local", "stop")
    folder: Path = place.state / "ministack/s3" / ACCOUNT / bucket
    (folder / "part").mkdir(parents=True, exist_ok=True)
    for number in range(count):
        (folder / key(number)).write_bytes(b"x")
    place.run("mayfly", "local", "start", "--cloud", "aws")


def key(number: int) -> str:
    """The key of an object."""
    return f"part/{number:06}"
