"""Attacks on the boundary of accounts whose environments clone tables of Glue; each has its control."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from localcloud import ACCOUNT, REGION
from mayfly.clouds.aws import permissions
from mayfly.naming.clones import NAMESPACE_TAG
from tests.clouds.test_aws_boundary import EVERYTHING, LAKE, OF_FUNCTION, TAKEN, admits, asked, without
from tests.support.aws_decisions import Asked, Judge, judge

BOUNDARY = permissions.boundary(ACCOUNT, {LAKE: ["flights/"]}, clones=True)
CLONING = {**OF_FUNCTION, f"aws:PrincipalTag/{NAMESPACE_TAG}": "awsqa_1"}
OUTSIDE = {**TAKEN, f"aws:PrincipalTag/{NAMESPACE_TAG}": "awsqa_1"}
TABLES = f"arn:aws:glue:{REGION}:{ACCOUNT}:table"
OWN = f"{TABLES}/mf__awsqa_1__sales__abc/orders"


def cloning(action: str, arn: str, keys: dict[str, str] = CLONING) -> Asked:
    """By a role whose own policy allows everything, and so does the catalog's."""
    return asked(action, arn, keys, boundary=BOUNDARY, resource=admits())


ATTACKS = {
    "production's table changed": (
        "NoTablesOfOthers", cloning("glue:UpdateTable", f"{TABLES}/lake/orders"),
    ),
    "production's table seen": ("NoTablesOfOthers", cloning("glue:GetTable", f"{TABLES}/lake/orders")),
    "a table of an environment whose name goes on changed": (
        "NoTablesOfOthers", cloning("glue:UpdateTable", f"{TABLES}/mf__awsqa_1_b__sales__abc/orders"),
    ),
    "a table changed by a role without the tag": (
        "NoTablesWithoutTheTag", cloning("glue:UpdateTable", f"{TABLES}/lake/orders", {**OF_FUNCTION}),
    ),
    "its own table changed by whom the role was made to trust": (
        "NoDataOutsideFunctions", cloning("glue:UpdateTable", OWN, OUTSIDE),
    ),
    "a database removed": (
        "NothingElse", cloning("glue:DeleteDatabase", OWN.replace(":table", ":database").rpartition("/")[0]),
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def evaluator() -> Iterator[Judge]:
    with judge() as made:
        yield made


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_stopped_by_one_denial_alone(evaluator: Judge, attack: str) -> None:
    sid, request = ATTACKS[attack]
    assert not evaluator.allows(request)
    values = {**vars(request), "boundary": without(BOUNDARY, sid)}
    assert evaluator.allows(Asked(**values))


@pytest.mark.parametrize("action", ["CreateTable", "DeleteTable", "GetTable", "UpdateTable"])
def test_its_own_tables_are_its_own(evaluator: Judge, action: str) -> None:
    assert evaluator.allows(asked(f"glue:{action}", OWN, CLONING, boundary=BOUNDARY))
    none = permissions.boundary(ACCOUNT, {LAKE: ["flights/"]})
    assert not evaluator.allows(asked(f"glue:{action}", OWN, CLONING, boundary=none))


@pytest.mark.parametrize(
    ("key", "is_read"),
    [
        ("lake/tables/orders/metadata/00001-a.metadata.json", True),
        ("lake/tables/orders/metadata/00001-a.gz.metadata.json", True),
        ("lake/tables/orders/metadata/snap-1.avro", False),
        ("lake/tables/orders/data/a.parquet", False),
        ("payroll/salaries.csv", False),
        ("mf--awsqa-1--flights-abcdef/_tables/sales/orders/data/a.parquet", True),
    ],
)
def test_the_deployer_reads_what_describes_tables_and_no_row_of_productions(
    evaluator: Judge, key: str, is_read: bool
) -> None:
    """Whatever else it is given."""
    policies = [permissions.deployer_sources(["lake"], clones=True), EVERYTHING]
    arn, deployer = f"arn:aws:s3:::{key}", f"arn:aws:iam::{ACCOUNT}:user/deployer"
    assert evaluator.allows(Asked("s3:GetObject", arn, deployer, identity=policies)) == is_read
    assert evaluator.allows(Asked("s3:GetObject", arn, deployer, identity=[EVERYTHING])), "the control"
