"""Glue's catalog behind the gate: decided as on AWS, locked by version, listed in pages; no jobs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud import ACCOUNT, REGION
from mayfly.clouds.aws import permissions
from mayfly.naming import clones
from mayfly.naming.aws import boundary_arn
from tests.localcloud.aws.conftest import Caller, code
from tests.localcloud.aws.test_permissions import LAMBDA, tags

POINTER = {"table_type": "ICEBERG", "metadata_location": "s3://lake/a.metadata.json"}


def make(glue: Any, database: str, *tables: str) -> None:
    glue.create_database(DatabaseInput={"Name": database})
    for table in tables:
        glue.create_table(DatabaseName=database, TableInput={"Name": table, "Parameters": POINTER})


@pytest.fixture(scope="module")
def glue(owner: Caller) -> Any:
    """The owner's, with two databases of production's."""
    found = owner.client("glue")
    for database in ("lake", "secret"):
        make(found, database, "orders")
    return found


@pytest.fixture(scope="module")
def cloner(owner: Caller, deployer: Caller, glue: Any) -> Caller:
    """A deployer of awsqa whose environments clone tables of `lake`."""
    iam, document = (
        owner.client("iam"),
        permissions.deployer(ACCOUNT, REGION, ["awsqa-*"], databases=["lake"]),
    )
    iam.create_user(UserName="cloner")
    for number, part in enumerate(permissions.split(document)):
        made = iam.create_policy(PolicyName=f"cloner-{number}", PolicyDocument=json.dumps(part))["Policy"]
        iam.attach_user_policy(UserName="cloner", PolicyArn=made["Arn"])
    key = iam.create_access_key(UserName="cloner")["AccessKey"]
    return Caller(owner.running, key["AccessKeyId"], key["SecretAccessKey"])


def test_the_deployer_makes_clones_of_its_stages_and_reads_pointers_of_one_database(
    cloner: Caller, glue: Any, name: str
) -> None:
    own, client = clones.namespace("mayfly", f"awsqa-{name}", ACCOUNT, "sales"), cloner.client("glue")
    assert [table["Name"] for table in client.get_tables(DatabaseName="lake")["TableList"]] == ["orders"]
    make(client, own, "orders")
    table = {"Name": "orders", "Parameters": POINTER}
    denied = [
        lambda: client.get_tables(DatabaseName="secret"),
        lambda: client.get_table(DatabaseName="secret", Name="orders"),
        lambda: client.create_database(DatabaseInput={"Name": "mf__awsprod__sales"}),
        lambda: client.create_database(DatabaseInput={"Name": "more"}),
        lambda: client.create_table(DatabaseName="lake", TableInput=table),
        lambda: client.update_table(DatabaseName="lake", TableInput=table),
        lambda: client.delete_table(DatabaseName="lake", Name="orders"),
        lambda: client.batch_delete_table(DatabaseName="lake", TablesToDelete=["orders"]),
        lambda: client.delete_database(Name="lake"),
        lambda: client.update_database(Name="lake", DatabaseInput={"Name": "lake"}),
    ]
    assert [code(call) for call in denied] == ["AccessDeniedException"] * len(denied)
    client.delete_database(Name=own)
    assert code(lambda: glue.get_database(Name=own)) == "EntityNotFoundException"
    assert glue.get_table(DatabaseName="lake", Name="orders")["Table"]["Parameters"] == POINTER


def test_what_lies_below_is_decided_on_when_a_database_goes(owner: Caller, glue: Any, name: str) -> None:
    """The right to the database alone is not enough, as it is not on AWS."""
    iam, database = owner.client("iam"), f"whole_{name}"
    make(glue, database, "orders")
    arns = [f"arn:aws:glue:{REGION}:{ACCOUNT}:{each}" for each in ("catalog", f"database/{database}")]
    policy = {"Effect": "Allow", "Action": "glue:*", "Resource": arns}
    iam.create_user(UserName=f"half-{name}")
    document = json.dumps({"Version": "2012-10-17", "Statement": [policy]})
    iam.put_user_policy(UserName=f"half-{name}", PolicyName="half", PolicyDocument=document)
    key = iam.create_access_key(UserName=f"half-{name}")["AccessKey"]
    half = Caller(owner.running, key["AccessKeyId"], key["SecretAccessKey"]).client("glue")
    assert half.get_database(Name=database)["Database"]["Name"] == database
    assert code(lambda: half.delete_database(Name=database)) == "AccessDeniedException"
    assert code(lambda: half.get_table(DatabaseName=database, Name="orders")) == "AccessDeniedException"


def test_an_interleaved_writer_is_not_lost(glue: Any, name: str) -> None:
    make(glue, name, "orders")
    version = glue.get_table(DatabaseName=name, Name="orders")["Table"]["VersionId"]
    table = {"Name": "orders", "Parameters": {**POINTER, "metadata_location": "s3://lake/b.metadata.json"}}
    glue.update_table(DatabaseName=name, TableInput=table, VersionId=version)
    late = {"Name": "orders", "Parameters": POINTER}
    answer = code(lambda: glue.update_table(DatabaseName=name, TableInput=late, VersionId=version))
    assert answer == "ConcurrentModificationException"
    assert glue.get_table(DatabaseName=name, Name="orders")["Table"]["Parameters"] == table["Parameters"]


def test_lists_have_pages_and_need_a_database(glue: Any, name: str) -> None:
    make(glue, name, *(f"t{number:03}" for number in range(101)))
    first = glue.get_tables(DatabaseName=name)
    assert (len(first["TableList"]), "NextToken" in first) == (100, True)
    pages = glue.get_paginator("get_tables").paginate(DatabaseName=name)
    assert [len(page["TableList"]) for page in pages] == [100, 1]
    assert code(lambda: glue.get_tables(DatabaseName=f"no_{name}")) == "EntityNotFoundException"


def test_what_would_run_as_root_is_not_served(glue: Any) -> None:
    command = {"Name": "pythonshell", "ScriptLocation": "s3://lake/x.py"}
    with pytest.raises(ClientError, match="does not serve CreateJob of Glue"):
        glue.create_job(Name="x", Role="x", Command=command)
    assert code(lambda: glue.get_tables(DatabaseName="lake", CatalogId="999999999999")) == "NotImplemented"


@pytest.mark.parametrize("folded", ["awsprod", "awsqb_1", "awsqa"])
def test_a_role_cannot_carry_another_stages_name(cloner: Caller, name: str, folded: str) -> None:
    """The tag by which the boundary lets a role write clones."""
    iam, environment = cloner.client("iam"), f"awsqa-{name}"
    role = {
        "RoleName": f"{environment}-x", "Path": f"/mayfly/{environment}/",
        "PermissionsBoundary": boundary_arn(ACCOUNT),
        "AssumeRolePolicyDocument": json.dumps(LAMBDA),
    }  # fmt: skip
    tag = [{"Key": clones.NAMESPACE_TAG, "Value": folded}]
    assert code(lambda: iam.create_role(**role, Tags=[*tags(environment), *tag])) == "AccessDenied"
    own = [{"Key": clones.NAMESPACE_TAG, "Value": clones.folded(environment)}]
    assert code(lambda: iam.create_role(**role, Tags=[*tags(environment), *own])) == "ok"
    assert code(lambda: iam.tag_role(RoleName=role["RoleName"], Tags=tag)) == "AccessDenied"
