"""Writes the policies of a project's fabrics as files, for an account's owner to put in place.

    python -m mayfly.clouds.aws.permissions policies awsqa

The folder gets a JSON file a policy. The fabrics are those that one deployer makes environments of, in one
account and region. No cloud is called. Values of MAYFLY_VAR_<NAME> count, as everywhere.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from mayfly import settings
from mayfly.clouds.aws.permissions.assembled import assembled, near_quotas
from mayfly.clouds.aws.statements import Document
from mayfly.errors import BadInput, MayflyError, Problem
from mayfly.settings import AwsFabric

NAME_OF_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
"""Source: Amazon S3 User Guide, "Bucket naming rules"."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files and print their paths; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m mayfly.clouds.aws.permissions", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("fabrics", nargs="+", metavar="FABRIC")
    parser.add_argument("--state", default="", metavar="BUCKET", help="the bucket of an s3:// backend")
    given = parser.parse_args(arguments)
    try:
        wanted = documents(Path.cwd(), given.fabrics, os.environ, given.state)
    except MayflyError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    sys.stdout.writelines(f"{path}\n" for path in written(given.folder, wanted))
    sys.stderr.writelines(f"note: {line}\n" for line in near_quotas(wanted))
    return 0


def written(folder: Path, documents: Mapping[str, Document]) -> Iterator[Path]:
    """Write each document into its file; gives the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, document in documents.items():
        path = folder / f"{name}.json"
        path.write_text(json.dumps(document, indent=2) + "\n")
        yield path


def documents(
    root: Path, names: Sequence[str], environ: Mapping[str, str], state: str = ""
) -> dict[str, Document]:
    """Every policy of the fabrics of these names, by the name it is given. state: the bucket of their states.

    Raises BadInput.
    """
    if state and not NAME_OF_BUCKET.fullmatch(state):
        raise BadInput([Problem("--state", f"{state!r} is not a bucket's name", "such as acme-qa-state")])
    return assembled(root, _fabrics(root, names), environ, state)


def _fabrics(root: Path, names: Sequence[str]) -> list[AwsFabric]:
    known = settings.fabrics(root)
    found = [fabric for name in names if isinstance(fabric := known.get(name), AwsFabric)]
    if len(found) < len(names):
        allowed = ", ".join(name for name, fabric in known.items() if fabric.cloud == "aws")
        raise BadInput([Problem("FABRIC", f"{' '.join(names)}: not all are fabrics on AWS", f"of {allowed}")])
    if len({(fabric.account, fabric.region) for fabric in found}) > 1:
        what = f"{' '.join(names)} are not in one account and region"
        raise BadInput([Problem("FABRIC", what, "a run for each account and region")])
    return found


if __name__ == "__main__":
    sys.exit(main())
