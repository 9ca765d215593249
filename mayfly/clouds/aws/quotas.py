"""The quotas that an environment counts against on AWS, as far as AWS tells them to a deployer.

Buckets are left out: roles run out before them, of which an account has 5,000 at most ("IAM and AWS STS
quotas"), and 10,000 buckets by default.
"""

from __future__ import annotations

from mayfly.clouds.aws.client import Aws
from mayfly.clouds.aws.errors import translated
from mayfly.clouds.quotas import Question
from mayfly.life.admission import FEW

MOST_GROUPS = 100
"""Resource Groups of an account in a region, by default. Source: AWS General Reference, "AWS Resource Groups
endpoints and quotas".
"""

GROUPS_QUOTA = "L-2BAA18A0"
"""The code of that quota in Service Quotas."""

MEBIBYTE = 1 << 20


def questions(cloud: Aws, region: str, roles: int, code_bytes: int) -> list[Question]:
    """Return what to ask about one more environment. roles, code_bytes: what it needs of them."""
    account = f"account {cloud.account}"
    here = f"{account} in {region}"
    code = -(-code_bytes // MEBIBYTE)
    return [
        Question("resource groups", here, 1, lambda: _groups(cloud)),
        Question("roles", account, roles, lambda: _roles(cloud)),
        *([Question("MiB of functions' code", here, code, lambda: _code(cloud))] if code else []),
    ]


def _groups(cloud: Aws) -> tuple[int, int]:
    """Service Quotas is asked where the default is near alone: most accounts need neither call nor right."""
    with translated("ListGroups"):
        pages = cloud.client("resource-groups").get_paginator("list_groups").paginate()
        used = sum(len(page["GroupIdentifiers"]) for page in pages)
    if used < MOST_GROUPS - FEW:
        return used, MOST_GROUPS
    quotas = cloud.client("service-quotas")
    with translated("GetServiceQuota resource-groups"):
        found = quotas.get_service_quota(ServiceCode="resource-groups", QuotaCode=GROUPS_QUOTA)
    return used, int(found["Quota"]["Value"])


def _roles(cloud: Aws) -> tuple[int, int]:
    with translated("GetAccountSummary"):
        summary = cloud.client("iam").get_account_summary()["SummaryMap"]
    return summary["Roles"], summary["RolesQuota"]


def _code(cloud: Aws) -> tuple[int, int]:
    """Of all functions' versions and layers in the region, in MiB."""
    with translated("GetAccountSettings"):
        settings = cloud.client("lambda").get_account_settings()
    used, limit = settings["AccountUsage"]["TotalCodeSize"], settings["AccountLimit"]["TotalCodeSize"]
    return -(-used // MEBIBYTE), limit // MEBIBYTE
