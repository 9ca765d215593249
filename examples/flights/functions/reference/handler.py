"""The tables that flights refer to, from the lake as they are. LAKE and CURATED say where."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import boto3

FOLDER = "reference/"


def main(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Copy every table; returns the bytes of each. Raises LookupError when the lake has none."""
    s3 = boto3.client("s3")
    copied = {table: copy(s3, table) for table in tables(s3)}
    if not copied:
        raise LookupError(f"The lake has no tables: there is nothing in {os.environ['LAKE']}{FOLDER}")
    return {"tables": copied}


def tables(s3: Any) -> Iterator[str]:
    """The tables' paths in the lake: `reference/airlines.csv`."""
    bucket, prefix = place("LAKE")
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix + FOLDER):
        yield from (entry["Key"].removeprefix(prefix) for entry in page.get("Contents", []))


def copy(s3: Any, table: str) -> int:
    """Copy one table; returns its bytes."""
    bucket, prefix = place("LAKE")
    content = s3.get_object(Bucket=bucket, Key=prefix + table)["Body"].read()
    bucket, prefix = place("CURATED")
    s3.put_object(Bucket=bucket, Key=prefix + table, Body=content)
    print(f"{table}: {len(content)} bytes to s3://{bucket}/{prefix}{table}")
    return len(content)


def place(store: str) -> tuple[str, str]:
    """A store's bucket and prefix."""
    address = urlsplit(os.environ[store])
    return address.netloc, address.path.lstrip("/")
