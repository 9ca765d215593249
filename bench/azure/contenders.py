"""The same environment on Azure, made in several ways."""

from __future__ import annotations

from collections.abc import Mapping

from bench.contender import Contender, commands, pulumi

PEER = "hand-written Pulumi"
COLUMNS = {"up": "up", "down": "down"}


def contenders() -> Mapping[str, Contender]:
    """By name; the peer is what the ratios are to."""
    return {
        PEER: Contender(pulumi("peer-1", folder="bench/azure/peer")),
        "mayfly up, mayfly down": Contender({
            "up": commands("mayfly up qa-1"),
            "down": commands("mayfly down qa-1"),
        }),
        "our program, plain Pulumi": Contender(pulumi("qa-2")),
        "bare SDK calls": Contender({
            "up": commands("python -m bench.azure.bare_sdk up sdk-1"),
            "down": commands("python -m bench.azure.bare_sdk down sdk-1"),
        }),
        "an empty program": Contender(pulumi("empty-1", folder="bench/empty")),
    }  # fmt: skip
