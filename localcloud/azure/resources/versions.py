"""Accepted api-versions: those of azure-native 3.29, of the installed SDKs, and those in wide use."""

from __future__ import annotations

GROUPS = frozenset(
    {"2019-10-01", "2020-06-01", "2020-10-01", "2021-04-01", "2022-09-01", "2023-07-01", "2024-03-01",
    "2024-07-01",
     "2024-11-01", "2025-03-01", "2025-04-01"}
)  # fmt: skip
SUBSCRIPTIONS = (
    frozenset({"2016-06-01", "2019-11-01", "2020-01-01", "2021-01-01", "2021-10-01", "2022-12-01"}) | GROUPS
)
