"""Parquet files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from localcloud.azure.datafactory.runs.errors import ActivityError, not_supported

CODECS = {"snappy": "snappy", "none": "none", "gzip": "gzip"}


def read(content: bytes) -> pa.Table:
    """Read the rows of a file."""
    try:
        return pq.read_table(pa.BufferReader(content))
    except pa.ArrowInvalid as error:
        raise ActivityError(
            "2200", f"ErrorCode=ParquetInvalidFile, The file is not valid Parquet: {error}"
        ) from None


def write(table: pa.Table, properties: Mapping[str, Any]) -> bytes:
    """Write the rows to a file. Times become INT96, as in Data Factory."""
    codec = str(properties.get("compressionCodec") or "snappy").lower()
    if codec not in CODECS:
        raise not_supported(f"Parquet with the compression '{codec}'")
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression=CODECS[codec], use_deprecated_int96_timestamps=True)
    return bytes(sink.getvalue())
