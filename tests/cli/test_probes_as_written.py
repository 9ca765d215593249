"""Every probe that `mayfly prove` makes, whole: what is tried, on what, and what is expected of it.

The files in `probes` are read by whoever reviews a change.
`python -m tests.cli.test_probes_as_written` writes them anew. That each is a call that cannot
harm is seen in test_aws_probes and test_canary.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from mayfly.proof.aws import probes
from mayfly.proof.aws.calls import Bucket, ProbedRole
from mayfly.proof.azure import canary
from mayfly.proof.azure.canary import Store

FOLDER = Path(__file__).parent / "probes"
NAME, ACCOUNT = "mayfly-canary-0123456789abcdef", "123456789012"
ARN = f"arn:aws:iam::{ACCOUNT}:role/mayfly/qa-7/qa-7-x"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/mayfly-boundary"
ROLE = ProbedRole("qa-7-x", ARN, ACCOUNT, "eu-west-1", BOUNDARY, BOUNDARY, '{"Statement": []}')
OWN, SINK = Bucket("own", "mf--qa-7--x"), Bucket("curated", "mf--qa-7--x", "curated/")
LAKE, OTHER = Bucket("lake", "lake", "flights/"), Bucket("qa-8", "mf--qa-8--x")
CONTAINER = Store("lake", "https://lake.blob.core.windows.net/", "flights", ("2013/", "a b/"))
CURATED = Store("curated", "https://own.blob.core.windows.net", "curated")


def on_aws() -> Iterable[dict[str, Any]]:
    second, more = Bucket("weather", "weather"), Bucket("delays", "mf--qa-7--x", "delays/")
    for probe in probes.table(NAME, ROLE, OWN, [SINK, more], [LAKE, second], [OTHER]):
        yield {"label": probe.label, "expected": probe.expected, **asdict(probe)}


def on_aws_without() -> Iterable[dict[str, Any]]:
    """Neither sink nor boundary, in the region that no bucket's location names."""
    bare = replace(ROLE, held="", region="us-east-1")
    for probe in probes.table(NAME, bare, OWN, [], [LAKE], []):
        yield asdict(probe)


def on_azure() -> Iterable[dict[str, Any]]:
    wanted = canary.probes(NAME, [CONTAINER, replace(CONTAINER, folders=())], [CURATED])
    sent = canary.pipeline(wanted)["properties"]["activities"]
    for probe, activity in zip(wanted, sent, strict=True):
        told = {key: value for key, value in vars(probe).items() if key not in ("store", "headers")}
        yield {"label": probe.label, "expected": probe.expected, **told, "activity": activity}


MADE: Mapping[str, Callable[[], Iterable[dict[str, Any]]]] = {
    "aws": on_aws,
    "aws-without-sink-or-boundary": on_aws_without,
    "azure": on_azure,
}


def text(name: str) -> str:
    """One probe a line."""
    return "".join(f"{json.dumps(probe)}\n" for probe in MADE[name]())


@pytest.mark.parametrize("name", MADE)
def test_the_probes_are_as_they_were_reviewed(name: str) -> None:
    assert text(name) == (FOLDER / f"{name}.jsonl").read_text()


def test_every_file_is_of_probes() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == {*MADE}


if __name__ == "__main__":
    for name in MADE:
        (FOLDER / f"{name}.jsonl").write_text(text(name))
