"""Production's lake: all flights that left New York in 2013, one CSV a month, and the tables they refer to.

    python examples/flights/lake.py                 # in each cloud that the shell is signed in to
    python examples/flights/lake.py --cloud aws     # in that one

As the owner of what `sources.lake` of production's variable group names: prod.yaml on Azure, awsprod.yaml on
AWS. Makes the storage account or the bucket if it is not there, and uploads.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from examples.flights import lake_aws, lake_azure
from examples.flights.data import months, tables
from examples.flights.lake_azure import publish

__all__ = ["months", "publish", "tables"]

STACKS = Path(__file__).parents[2] / "stacks"
ON_AWS = ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE")
ON_AZURE = ("ARM_CLIENT_ID", "AZURE_CLIENT_ID")


def main() -> None:
    """Make the lakes that production's variable groups name, and fill them."""
    from mayfly.errors import MayflyError

    parser = argparse.ArgumentParser(description="Make production's lake and fill it, as its owner.")
    parser.add_argument("--cloud", choices=sorted(LAKES), help="the one cloud; else each one signed in to")
    asked = parser.parse_args().cloud
    for cloud in [asked] if asked else signed_in(os.environ):
        try:
            count, lake = LAKES[cloud](os.environ)
        except MayflyError as error:
            raise SystemExit(f"{cloud}: {error}") from error
        print(f"{count} files in {lake}")


def signed_in(environ: Mapping[str, str]) -> list[str]:
    """The clouds whose variables say who calls; Azure where there are none, for `az login`."""
    aws = any(environ.get(name) for name in ON_AWS)
    azure = not aws or any(environ.get(name) for name in ON_AZURE)
    return [cloud for cloud, there in (("azure", azure), ("aws", aws)) if there]


def on_azure(environ: Mapping[str, str]) -> tuple[int, str]:
    """Fill the lake of `prod`; gives the number of files and the container's resource id."""
    lake = _read("variables/prod")["sources"]["lake"]
    return lake_azure.make(lake, environ), lake


def on_aws(environ: Mapping[str, str]) -> tuple[int, str]:
    """Fill the lake of `awsprod`; gives the number of files and the bucket's ARN."""
    fabric, lake = _read("fabrics/awsprod"), _read("variables/awsprod")["sources"]["lake"]
    return lake_aws.make(lake, str(fabric["account"]), fabric["region"], environ), lake


LAKES: dict[str, Callable[[Mapping[str, str]], tuple[int, str]]] = {"azure": on_azure, "aws": on_aws}


def _read(name: str) -> dict[str, Any]:
    return dict(yaml.safe_load((STACKS / f"{name}.yaml").read_text()))


if __name__ == "__main__":
    main()
