"""All policies of some fabrics, once for all: for the documentation, `mayfly local` and accounts' owners."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from mayfly import settings
from mayfly.clouds.aws.permissions.boundary import boundary
from mayfly.clouds.aws.permissions.bucket_policy import deployer_sources, production
from mayfly.clouds.aws.permissions.deployer import deployer, stage
from mayfly.clouds.aws.permissions.janitor import janitor
from mayfly.clouds.aws.permissions.states import states
from mayfly.clouds.aws.statements import (
    LONGEST_BUCKET_POLICY,
    LONGEST_POLICY,
    MOST_POLICIES,
    Document,
    length,
    split,
)
from mayfly.errors import BadInput, Problem
from mayfly.naming.aws import BOUNDARY
from mayfly.settings import AwsFabric

DEPLOYER = "mayfly-deployer"
JANITOR = "mayfly-janitor"
SOURCES = f"{DEPLOYER}-sources"
"""What both may see of sources."""
STATES = "mayfly-states"
"""What both may do in the bucket of their states."""
BUCKET = "bucket-"

NEAR = 0.9
"""Of a quota: from here on it is told."""


def assembled(
    root: Path, fabrics: Sequence[AwsFabric], environ: Mapping[str, str], state: str = ""
) -> dict[str, Document]:
    """Every policy of some fabrics of a project, by the name it is given.

    The boundary with the fabrics' own sources, the deployer's and the janitor's policies in parts that are
    short enough, what both may see of sources, and for each source's bucket the statements that its owner
    puts there. Permanent fabrics have no janitor.

    fabrics: at least one, all in one account and region. environ: `MAYFLY_VAR_<NAME>` counts, as everywhere.
    state: the bucket of their states, for which both then have a policy, too; "" for states elsewhere.

    Raises BadInput, also for what is longer than AWS takes.
    """
    account, region = fabrics[0].account, fabrics[0].region
    prefixes, databases = _prefixes(root, fabrics, environ)
    stages = [stage(fabric.name, fabric.permanent) for fabric in fabrics]
    ephemeral = [stage(fabric.name) for fabric in fabrics if not fabric.permanent]
    published = [fabric.infrastructure for fabric in fabrics if fabric.infrastructure]
    found = {
        BOUNDARY: boundary(account, prefixes, bool(databases)),
        **parts(deployer(account, region, stages, published, databases)),
        **(parts(janitor(account, region, ephemeral, databases, state), JANITOR) if ephemeral else {}),
        **({STATES: states(state)} if state else {}),
        SOURCES: deployer_sources(prefixes, bool(databases)),
        **{f"{BUCKET}{name}": production(name, below, {account: stages}) for name, below in prefixes.items()},
    }
    fix = "fewer or shorter prefixes: name a folder above them, or whole buckets"
    problems = [
        Problem(name, f"has {length(document)} characters, and AWS takes {_longest(name)}", fix)
        for name, document in found.items()
        if length(document) > _longest(name)
    ]
    if problems:
        raise BadInput(problems)
    return found


def parts(whole: Document, name: str = DEPLOYER) -> dict[str, Document]:
    """A principal's policy, in as many as it takes. name: what each is called, before its number."""
    return {f"{name}-{number}": part for number, part in enumerate(split(whole), 1)}


def near_quotas(documents: Mapping[str, Document]) -> Iterator[str]:
    """What is nearly as long, or as many, as AWS takes: a line each."""
    for name, document in documents.items():
        part = name.startswith((DEPLOYER, JANITOR)) and name != SOURCES  # It is as long as it can be.
        if not part and length(document) > NEAR * _longest(name):
            yield f"{name} has {length(document)} of at most {_longest(name)} characters"
    attached = sum(name.startswith(DEPLOYER) for name in documents)
    if attached >= NEAR * MOST_POLICIES:
        yield f"the deployer has {attached} policies, and a role takes {MOST_POLICIES} unless AWS raises that"


def _longest(name: str) -> int:
    return LONGEST_BUCKET_POLICY if name.startswith(BUCKET) else LONGEST_POLICY


def _prefixes(
    root: Path, fabrics: Sequence[AwsFabric], environ: Mapping[str, str]
) -> tuple[dict[str, set[str]], set[str]]:
    """Every bucket that is read, with the prefixes, and every database of Glue whose tables are cloned.

    An application's sources are its infrastructure's.
    """
    found: dict[str, set[str]] = {}
    databases: set[str] = set()
    for fabric in fabrics:
        environment = fabric.name if fabric.permanent else f"{fabric.name}-1"
        wanted = settings.load(root, fabric.infrastructure or environment, environ)
        for arn in wanted.variables.buckets.values():
            found.setdefault(arn.bucket, set()).add(arn.prefix)
        databases |= wanted.variables.databases
    return dict(sorted(found.items())), databases
