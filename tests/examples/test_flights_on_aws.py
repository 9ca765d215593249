"""The example on the local AWS: production's lake by its script, its functions on the real flights."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import localcloud
from examples.flights import lake
from mayfly.settings import load
from mayfly.workload import functions
from tests.support.flights import assert_holds

ROOT = Path(__file__).parents[2]
LAKE = "flights-lake-123456789012"
SINK = "mf--awsqa-1--flights-test"
SERVICES: tuple[Any, ...] = ("s3", "iam", "lambda")
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
DATA = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}


class Aws:
    """The local AWS as its owner sees it."""

    def __init__(self, status: localcloud.Status, stack: ExitStack) -> None:
        owner = json.loads(status.principals.read_text())["owner"]
        key, secret = owner["access_key_id"], owner["secret_access_key"]
        session = boto3.Session(key, secret, region_name=localcloud.REGION)
        made: list[Any] = [
            stack.enter_context(
                closing(session.client(name, endpoint_url=status.aws_url, verify=str(status.ca)))
            )
            for name in SERVICES
        ]
        self.s3, self.iam, self.functions = made
        self.environ = {
            "AWS_ACCESS_KEY_ID": key,
            "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_ENDPOINT_URL": str(status.aws_url),
            "AWS_CA_BUNDLE": str(status.ca),
        }

    def make_lake(self) -> str:
        """Run the script with nothing but AWS's variables; gives what it printed."""
        command = [sys.executable, "-W", "error", "examples/flights/lake.py"]
        environ = {"PATH": os.environ["PATH"], **self.environ}
        done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    def deploy(self) -> None:
        """Make the functions as an environment would, with a role that may use all data."""
        where = {"LocationConstraint": localcloud.REGION}
        self.s3.create_bucket(Bucket=SINK, CreateBucketConfiguration=where)
        role = self.iam.create_role(RoleName="flights", AssumeRolePolicyDocument=json.dumps(TRUST))
        self.iam.put_role_policy(RoleName="flights", PolicyName="data", PolicyDocument=json.dumps(DATA))
        variables = functions.environment_variables(load(ROOT, "awsqa-1", {}), SINK)
        for name, function in functions.load(ROOT / "examples/flights").functions.items():
            self.functions.create_function(
                FunctionName=name,
                Runtime=function.runtime,
                Handler=function.handler,
                MemorySize=function.memory,
                Timeout=function.timeout,
                Layers=function.layer_arns(localcloud.REGION),
                Role=role["Role"]["Arn"],
                Code={"ZipFile": functions.zipped(function)},
                Environment={"Variables": variables},
            )

    def invoke(self, name: str, **event: object) -> tuple[str | None, Any]:
        """Whether the function failed, and what it returned."""
        answer = self.functions.invoke(FunctionName=name, Payload=json.dumps(event))
        return answer.get("FunctionError"), json.loads(answer["Payload"].read())

    def objects(self, bucket: str) -> dict[str, bytes]:
        """Every object of a bucket by its key."""
        entries = self.s3.list_objects_v2(Bucket=bucket).get("Contents", [])
        return {
            entry["Key"]: self.s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read()
            for entry in entries
        }


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    folder = tmp_path_factory.mktemp("flights") / "aws"
    with ExitStack() as stack:
        stack.callback(localcloud.stop, folder)
        aws = Aws(localcloud.start(folder, cloud="aws"), stack)
        aws.make_lake()
        aws.deploy()
        yield aws


def test_the_lake_is_made_and_can_be_made_again(aws: Aws) -> None:
    statement = {"Sid": "Reader", "Effect": "Deny", "Principal": "*", "Action": "s3:PutBucketAcl"}
    policy = json.loads(aws.s3.get_bucket_policy(Bucket=LAKE)["Policy"])
    others = [*policy["Statement"], {**statement, "Resource": f"arn:aws:s3:::{LAKE}"}]
    aws.s3.put_bucket_policy(Bucket=LAKE, Policy=json.dumps({**policy, "Statement": others}))
    assert aws.make_lake() == f"15 files in arn:aws:s3:::{LAKE}/flights/\n"
    kept = json.loads(aws.s3.get_bucket_policy(Bucket=LAKE)["Policy"])["Statement"]
    assert [one["Sid"] for one in kept] == ["TlsOnly", "Reader"]
    blocked = aws.s3.get_public_access_block(Bucket=LAKE)["PublicAccessBlockConfiguration"]
    assert set(blocked.values()) == {True}
    wanted = {f"flights/{path}": content for path, content in (*lake.months(), *lake.tables())}
    assert aws.objects(LAKE) == wanted


def test_all_months_become_parquet_with_the_same_values(aws: Aws) -> None:
    failed, answer = aws.invoke("flights")
    assert failed is None, answer
    assert answer["rows"] == 336_776
    assert [month["month"] for month in answer["months"]] == list(range(1, 13))
    written = {key: value for key, value in aws.objects(SINK).items() if key.startswith("curated/flights/")}
    assert len(written) == 12
    for (path, content), month in zip(lake.months(), answer["months"], strict=True):
        table = pq.read_table(pa.BufferReader(written[f"curated/flights/2013/month={path[5:7]}.parquet"]))
        assert_holds(table, content)
        assert month["read"] == month["written"] == table.num_rows


def test_one_month_is_enough(aws: Aws) -> None:
    for asked in (3, "3"):
        failed, answer = aws.invoke("flights", month=asked)
        assert failed is None
        assert answer == {
            "year": 2013,
            "rows": 28834,
            "months": [{"month": 3, "read": 28834, "written": 28834}],
        }


@pytest.mark.parametrize("month", [0, 13, "x", True, 1.5])
def test_a_month_that_is_none_fails_and_says_so(aws: Aws, month: object) -> None:
    failed, answer = aws.invoke("flights", month=month)
    assert failed
    assert answer["errorMessage"] == f"month is {month!r}: it must be a number, 1 to 12"


def test_a_missing_month_fails_and_says_which(aws: Aws) -> None:
    key = "flights/2013/02.csv"
    content = aws.s3.get_object(Bucket=LAKE, Key=key)["Body"].read()
    aws.s3.delete_object(Bucket=LAKE, Key=key)
    failed, answer = aws.invoke("flights", month=2)
    aws.s3.put_object(Bucket=LAKE, Key=key, Body=content)
    assert failed
    assert answer["errorMessage"] == (
        f"The lake has no flights for 2013-02: s3://{LAKE}/flights/2013/02.csv is missing."
    )


def test_the_reference_tables_are_copied_byte_by_byte(aws: Aws) -> None:
    failed, answer = aws.invoke("reference")
    assert failed is None
    assert answer == {"tables": {path: len(content) for path, content in lake.tables()}}
    copied = {key: value for key, value in aws.objects(SINK).items() if key.startswith("curated/reference/")}
    assert copied == {f"curated/{path}": content for path, content in lake.tables()}


@pytest.mark.parametrize(
    ("variables", "clouds"),
    [
        ({}, ["azure"]),
        ({"ARM_CLIENT_ID": "x"}, ["azure"]),
        ({"AWS_PROFILE": "x"}, ["aws"]),
        ({"AWS_ACCESS_KEY_ID": "x", "AZURE_CLIENT_ID": "x"}, ["azure", "aws"]),
    ],
)
def test_the_lake_is_made_where_the_shell_is_signed_in(variables: dict[str, str], clouds: list[str]) -> None:
    assert lake.signed_in(variables) == clouds
