"""Production's tables in Glue, and a workload that writes them: for tests on the local AWS."""

from __future__ import annotations

import importlib.util
import shutil
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from localcloud import ACCOUNT, REGION
from mayfly.clones import address
from mayfly.clones.iceberg import Iceberg, open_engine
from mayfly.clouds.aws import Aws
from mayfly.clouds.shared import Clouds
from tests.support.checkout import Checkout
from tests.support.lake import rows

LAKE = "flights-lake-123456789012"
TABLES = ("airlines", "airports", "flights")
CATALOG = f"glue://{ACCOUNT}"

VENDORED = (
    "_cyutility", "annotated_types", "cachetools", "mmh3", "pydantic", "pydantic_core", "pyiceberg",
    "pyparsing", "pyroaring", "rich", "strictyaml", "tenacity", "typing_extensions",
    "typing_inspection", "zstandard",
)  # fmt: skip
"""What PyIceberg takes beside boto3 and pyarrow, which a layer brings on AWS: packed with the function."""

HANDLER = '''
"""Works on the tables of a namespace: appends, changes, deletes; or tries what it may not."""

import os

import pyarrow as pa
from pyiceberg.catalog.glue import GlueCatalog


def handler(event, context):
    # botocore reads these variables; Arrow's own client of S3 is told.
    told = {"s3.region": "AWS_REGION", "s3.endpoint": "AWS_ENDPOINT_URL"}
    options = {key: os.environ[name] for key, name in told.items() if name in os.environ}
    catalog = GlueCatalog("lake", **options)
    namespace = event.get("namespace") or os.environ["FLYING_NAMESPACE"]
    table = catalog.load_table((namespace, "flights"))
    schema = table.schema().as_arrow()
    for what, *given in event["do"]:
        if what == "append":
            table.append(pa.Table.from_pylist(given[0], schema=schema))
        elif what == "delete":
            table.delete(given[0])
        elif what == "overwrite":
            table.overwrite(pa.Table.from_pylist(given[0], schema=schema), given[1])
        elif what == "bare":
            table.transaction().set_properties({given[0]: given[1]}).commit_transaction()
    return {"rows": table.scan().count(), "location": table.metadata_location}
'''

MANIFEST = """
runtime: python3.12
handler: handler.handler
memory: 1024
timeout: 120
"""


class OneCloud(Clouds):
    """The clients of one caller, whatever the process's own variables say."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        super().__init__()
        self.cloud = Aws.from_environment(environ, REGION, ACCOUNT)

    def aws(self, account: str, region: str) -> Aws:
        return self.cloud


def open_glue(environ: Mapping[str, str]) -> Iceberg:
    """The driver at the account's Glue, as a caller."""
    return open_engine(address(CATALOG, ACCOUNT, REGION), OneCloud(environ))


def make_tables(owner: Iceberg) -> None:
    """Production's namespace with three tables of a hundred rows."""
    catalog: Any = owner.catalog
    location = f"s3://{LAKE}/flights/tables"
    catalog.create_namespace("lake", {"location": location})
    for name in TABLES:
        content = rows(0, 100)
        catalog.create_table(f"lake.{name}", content.schema, location=f"{location}/{name}").append(content)


def use_tables(checkout: Checkout) -> None:
    """Have awsqa's variable group name them."""
    path = checkout.root / "stacks/variables/awsqa.yaml"
    entry = f"""
        tables:
          flying:
            engine: iceberg
            catalog: {CATALOG}
            namespace: lake
            tables: [{", ".join(TABLES)}]
        """
    path.write_text(path.read_text() + textwrap.dedent(entry))


def write_workload(folder: Path) -> Path:
    """A function that works on them, with PyIceberg packed beside it."""
    function = folder / "functions/lake"
    function.mkdir(parents=True)
    (function / "handler.py").write_text(HANDLER)
    (function / "function.yaml").write_text(MANIFEST)
    for name in VENDORED:
        found = importlib.util.find_spec(name)
        assert found is not None
        assert found.origin is not None
        source = Path(found.origin)
        if source.name == "__init__.py":
            skip = shutil.ignore_patterns("__pycache__", "*.pyi", "tests", "*.c", "*.pyx", "_cffi*")
            shutil.copytree(source.parent, function / name, ignore=skip)
        else:
            shutil.copy(source, function)
    return folder
