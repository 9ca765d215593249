"""What tests ask of a running local AWS beside its own API."""

from __future__ import annotations

import json
import ssl
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from localcloud.aws.gate.throttling import PATH as THROTTLE
from localcloud.lifecycle import Running

HEADER = "x-mayfly-token"
LAG, QUOTAS, SNAPSHOTS = "/_mayfly/lag", "/_mayfly/quotas", "/_mayfly/snapshots"
"""As the gate's `lagging`, `quotas` and `snapshots` have them, which cannot be imported without MiniStack."""


@contextmanager
def throttled(running: Running, service: str, rate: float, operations: Iterable[str] = ()) -> Iterator[None]:
    """Let `rate` requests a second through, and answer the others as AWS answers one that asks too often.

    service: as IAM names it: "s3", "lambda". operations: the API's names, "DeleteObjects"; none: all.
    """
    _put(running, THROTTLE, {"service": service, "rate": rate, "operations": [*operations]})
    try:
        yield
    finally:
        _put(running, THROTTLE, {"service": service, "rate": None})


@contextmanager
def lagging(running: Running, service: str, reads: int) -> Iterator[None]:
    """Show what is deleted for as many reads of its service. service: "iam", "lambda", "resource-groups"."""
    _put(running, LAG, {"service": service, "reads": reads})
    try:
        yield
    finally:
        _put(running, LAG, {"service": service, "reads": 0})


def change_quotas(running: Running, roles: int = 1000, resource_groups: int = 100) -> None:
    """Set how much the account may have; by default what AWS gives a new account."""
    _put(running, QUOTAS, {"roles": roles, "resource-groups": resource_groups})


def keep(running: Running, name: str) -> None:
    """Remember all that there is in the cloud, under a name."""
    _put(running, SNAPSHOTS, {"keep": name})


def restore(running: Running, name: str) -> None:
    """Let the cloud be as it was when that was kept."""
    _put(running, SNAPSHOTS, {"restore": name})


def _put(running: Running, path: str, wanted: dict[str, object]) -> None:
    request = urllib.request.Request(  # noqa: S310 - our own address
        f"{running.aws_url}{path}",
        method="PUT",
        data=json.dumps(wanted).encode(),
        headers={HEADER: (running.folder / "admin.token").read_text()},
    )
    with urllib.request.urlopen(request, context=ssl.create_default_context(cafile=running.ca)):  # noqa: S310
        pass
