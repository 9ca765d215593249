"""Arrow's client of S3, which trusts whom botocore trusts: a proxy's authority, or the local cloud's."""

from __future__ import annotations

from typing import Any

from pyarrow.fs import S3FileSystem
from pyiceberg.io.pyarrow import PyArrowFileIO

AUTHORITY = "mayfly.ca-bundle"
"""The property that names the file: Arrow reads AWS_CA_BUNDLE as little as profiles and single sign-on."""


class FileIO(PyArrowFileIO):
    """Files of tables, by the `s3.…` properties that `catalogs` sets."""

    def _initialize_s3_fs(self, netloc: str | None) -> Any:
        return S3FileSystem(
            access_key=self.properties["s3.access-key-id"],
            secret_key=self.properties["s3.secret-access-key"],
            session_token=self.properties.get("s3.session-token"),
            region=self.properties["s3.region"],
            endpoint_override=self.properties.get("s3.endpoint"),
            tls_ca_file_path=self.properties.get(AUTHORITY),
        )
