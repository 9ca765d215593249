"""All flights of a year, from the lake's CSV to Parquet, month by month. time_hour stays a text.

LAKE and CURATED say where to read and write, YEAR which year. The event may name one month: {"month": 3}.
"""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import boto3
import pyarrow as pa
from pyarrow import csv, parquet

MONTHS_AT_ONCE = 4
"""More would not be quicker, and would need more memory."""

TEXTS = ("carrier", "tailnum", "origin", "dest", "time_hour")
NUMBERS = (
    "year", "month", "day", "dep_time", "sched_dep_time", "dep_delay", "arr_time", "sched_arr_time",
    "arr_delay", "flight", "air_time", "distance", "hour", "minute",
)  # fmt: skip
MISSING = "NA"


def main(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Convert the month of the event, or all twelve; returns the rows of each."""
    year, months, s3 = int(os.environ["YEAR"]), asked(event), boto3.client("s3")
    print(f"flights of {year}: {len(months)} of 12 months, {os.environ['LAKE']} to {os.environ['CURATED']}")
    with ThreadPoolExecutor(MONTHS_AT_ONCE) as pool:
        done = list(pool.map(lambda month: convert(s3, year, month), months))
    print(f"{sum(month['written'] for month in done)} rows written")
    return {"year": year, "rows": sum(month["written"] for month in done), "months": done}


def asked(event: Mapping[str, Any]) -> list[int]:
    """The months that an event asks for. Raises ValueError for what is none."""
    if event.get("month") is None:
        return list(range(1, 13))
    month = str(event["month"])
    if not month.isdecimal() or not 1 <= int(month) <= 12:
        raise ValueError(f"month is {event['month']!r}: it must be a number, 1 to 12")
    return [int(month)]


def convert(s3: Any, year: int, month: int) -> dict[str, int]:
    """Turn one month's CSV into Parquet; returns the rows read and those that the written file holds."""
    source = place("LAKE", f"{year}/{month:02}.csv")
    sink = place("CURATED", f"flights/{year}/month={month:02}.parquet")
    table = from_csv(download(s3, source, f"{year}-{month:02}"))
    content, written = to_parquet(table)
    s3.put_object(**sink, Body=content)
    print(f"month {month:02}: {written} rows to s3://{sink['Bucket']}/{sink['Key']}")
    return {"month": month, "read": table.num_rows, "written": written}


def place(store: str, path: str) -> dict[str, str]:
    """Bucket and key of a path in a store, as boto3 takes them."""
    address = urlsplit(os.environ[store])
    return {"Bucket": address.netloc, "Key": address.path.lstrip("/") + path}


def download(s3: Any, source: dict[str, str], month: str) -> bytes:
    """A month's CSV. Raises LookupError when the lake does not have it."""
    try:
        return bytes(s3.get_object(**source)["Body"].read())
    except s3.exceptions.NoSuchKey:
        missing = f"s3://{source['Bucket']}/{source['Key']} is missing"
        raise LookupError(f"The lake has no flights for {month}: {missing}.") from None


def from_csv(content: bytes) -> Any:
    """Read a CSV with a header; NA is no value."""
    types = {**dict.fromkeys(TEXTS, pa.string()), **dict.fromkeys(NUMBERS, pa.int32())}
    options = csv.ConvertOptions(column_types=types, null_values=[MISSING], strings_can_be_null=True)
    return csv.read_csv(io.BytesIO(content), convert_options=options)


def to_parquet(table: Any) -> tuple[bytes, int]:
    """Write a table as Parquet; returns the file, and the rows that its own footer counts."""
    file = io.BytesIO()
    parquet.write_table(table, file)
    return file.getvalue(), parquet.read_metadata(file).num_rows
