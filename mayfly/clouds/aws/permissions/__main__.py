"""Writes the policies of a project's fabrics as files, for an account's owner to put in place.

    python -m mayfly.clouds.aws.permissions policies awsqa

The folder gets a JSON file a policy. The fabrics are those that one deployer makes environments of, in one
account and region. No cloud is called. Values of MAYFLY_VAR_<NAME> count, as everywhere.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from mayfly import settings
from mayfly.clouds.aws.permissions import (
    boundary,
    deployer,
    deployer_sources,
    production,
    split,
    stage,
)
from mayfly.clouds.aws.permissions.statements import Document
from mayfly.errors import BadInput, MayflyError, Problem
from mayfly.naming.aws import BOUNDARY
from mayfly.settings import AwsFabric
from mayfly.workload import Workload, environment

DEPLOYER = "mayfly-deployer"
SOURCES = "mayfly-deployer-sources"
BUCKET = "bucket-"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files and print their paths; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m mayfly.clouds.aws.permissions", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("fabrics", nargs="+", metavar="FABRIC")
    given = parser.parse_args(arguments)
    try:
        wanted = documents(Path.cwd(), given.fabrics, os.environ)
    except MayflyError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    sys.stdout.writelines(f"{path}\n" for path in written(given.folder, wanted))
    return 0


def written(folder: Path, documents: Mapping[str, Document]) -> Iterator[Path]:
    """Write each document into its file; gives the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, document in documents.items():
        path = folder / f"{name}.json"
        path.write_text(json.dumps(document, indent=2) + "\n")
        yield path


def documents(root: Path, names: Sequence[str], environ: Mapping[str, str]) -> dict[str, Document]:
    """Every policy of some fabrics of a project, by the name it is given.

    The boundary with the fabrics' own sources, the deployer's policy in parts that are short enough, what the
    deployer may see of sources, and for each source's bucket the statements that its owner puts there.

    Raises BadInput.
    """
    fabrics = _fabrics(root, names)
    prefixes = _prefixes(root, fabrics, environ)
    parts = split(_deployer(root, fabrics, environ))
    account = fabrics[0].account
    return {
        BOUNDARY: boundary(prefixes),
        **{f"{DEPLOYER}-{number}": part for number, part in enumerate(parts, 1)},
        SOURCES: deployer_sources(prefixes),
        **{f"{BUCKET}{name}": production(name, below, [account]) for name, below in prefixes.items()},
    }


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


def _deployer(root: Path, fabrics: Sequence[AwsFabric], environ: Mapping[str, str]) -> Document:
    applications = [fabric for fabric in fabrics if fabric.infrastructure]
    copied = {name for fabric in applications for name in _functions(root, fabric, environ)}
    stages = [stage(fabric.name, fabric.permanent) for fabric in fabrics]
    published = [str(fabric.infrastructure) for fabric in applications]
    return deployer(fabrics[0].account, fabrics[0].region, stages, copied, published)


def _functions(root: Path, fabric: AwsFabric, environ: Mapping[str, str]) -> list[str]:
    """The names of what an application copies."""
    _, runs = environment.load(root, _stack(fabric), environ)
    return [] if isinstance(runs, Workload) else runs.names


def _prefixes(root: Path, fabrics: Sequence[AwsFabric], environ: Mapping[str, str]) -> dict[str, set[str]]:
    """Every bucket that is read, with the prefixes: an application's are its infrastructure's."""
    found: dict[str, set[str]] = {}
    for fabric in fabrics:
        wanted = settings.load(root, fabric.infrastructure or _stack(fabric), environ)
        for arn in wanted.variables.buckets.values():
            found.setdefault(arn.bucket, set()).add(arn.prefix)
    return dict(sorted(found.items()))


def _stack(fabric: AwsFabric) -> str:
    """An environment of a fabric."""
    return fabric.name if fabric.permanent else f"{fabric.name}-1"


if __name__ == "__main__":
    sys.exit(main())
