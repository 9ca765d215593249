"""How much the account may have: told, and refused beyond."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from localcloud import Running
from localcloud.aws import admin
from tests.localcloud.aws.conftest import Caller, code

TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})
QUERY = {"Type": "TAG_FILTERS_1_0", "Query": json.dumps({"ResourceTypeFilters": ["AWS::AllSupported"]})}
GROUPS = {"ServiceCode": "resource-groups", "QuotaCode": "L-2BAA18A0"}


@pytest.fixture(autouse=True)
def restored(running: Running) -> Iterator[None]:
    yield
    admin.change_quotas(running)


def test_one_role_too_many_is_refused_and_the_summary_tells_the_limit(
    running: Running, owner: Caller
) -> None:
    iam = owner.client("iam")
    summary = iam.get_account_summary()["SummaryMap"]
    assert summary["RolesQuota"] == 1000
    admin.change_quotas(running, roles=summary["Roles"] + 1)
    assert iam.get_account_summary()["SummaryMap"]["RolesQuota"] == summary["Roles"] + 1
    iam.create_role(RoleName="the-last", AssumeRolePolicyDocument=TRUST)
    try:
        with pytest.raises(ClientError, match="Cannot exceed quota for RolesPerAccount") as raised:
            iam.create_role(RoleName="one-too-many", AssumeRolePolicyDocument=TRUST)
    finally:
        iam.delete_role(RoleName="the-last")
    assert raised.value.response["Error"]["Code"] == "LimitExceeded"


def test_service_quotas_tells_the_limit_of_resource_groups_to_whoever_may_ask(
    running: Running, owner: Caller, deployer: Caller, name: str
) -> None:
    quotas, groups, iam = (owner.client(service) for service in ("service-quotas", "resource-groups", "iam"))
    assert deployer.client("service-quotas").get_service_quota(**GROUPS)["Quota"]["Value"] == 100.0
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    nobody = Caller(running, key["AccessKeyId"], key["SecretAccessKey"]).client("service-quotas")
    assert code(lambda: nobody.get_service_quota(**GROUPS)) == "AccessDeniedException"
    unknown = {**GROUPS, "QuotaCode": "L-00000000"}
    assert code(lambda: quotas.get_service_quota(**unknown)) == "NoSuchResourceException"
    there = len(groups.list_groups()["GroupIdentifiers"])
    admin.change_quotas(running, resource_groups=there)
    assert quotas.get_service_quota(**GROUPS)["Quota"]["Value"] == there
    made = code(lambda: groups.create_group(Name="one-too-many", ResourceQuery=QUERY))
    assert made == "BadRequestException"
