"""SAM templates and serverless.yml, as this project's own files say them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mayfly.errors import BadInput
from mayfly.workload import functions
from mayfly.workload.functions import template
from mayfly.workload.functions.template import TemplateDraft

SAM = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Parameters: {Memory: {Type: Number}}
Globals:
  Function:
    Runtime: python3.12
    Timeout: 60
    Tracing: Active
Resources:
  LoadFlightsFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/load/
      Handler: app/handler.main
      MemorySize: 512
      Policies: [S3ReadPolicy: {BucketName: !Ref Lake}]
      Environment: {Variables: {TABLE: !Ref Lake}}
      Layers:
        - arn:aws:lambda:us-east-1:336392948345:layer:AWSSDKPandas-Python312:16
        - !Ref Shared
      Events:
        Daily: {Type: Schedule, Properties: {Schedule: rate(1 day)}}
        Hourly: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 hour)}}
        Files:
          Type: S3
          Properties:
            Bucket: !Ref Lake
            Events: [s3:ObjectCreated:*, s3:ObjectRemoved:*]
            Filter: {S3Key: {Rules: [{Name: prefix, Value: in/}, {Name: suffix, Value: .csv}]}}
        Queue: {Type: SQS, Properties: {Queue: !GetAtt Incoming.Arn, BatchSize: 10}}
        Web: {Type: Api, Properties: {Path: /, Method: get}}
  Web:
    Type: AWS::Serverless::Function
    Properties: {Handler: index.handler, Runtime: nodejs22.x, MemorySize: !Ref Memory}
  Counts:
    Type: AWS::Serverless::Function
    Properties: {PackageType: Image, ImageUri: x}
  Lake: {Type: AWS::S3::Bucket}
"""

SERVERLESS = """
service: flights
frameworkVersion: "4"
provider:
  name: aws
  runtime: python3.13
  region: eu-west-1
  iam: {role: x}
functions:
  loadFlights:
    handler: src/load.main
    timeout: 30
    environment: {TABLE: x}
    events:
      - schedule: cron(0 6 * * ? *)
      - sqs: arn:aws:sqs:eu-west-1:123456789012:incoming
      - s3: {bucket: lake, event: "s3:ObjectCreated:*", rules: [{prefix: in/}, {suffix: .csv}]}
      - httpApi: GET /
  counts: {image: x}
plugins: [serverless-python-requirements]
resources: {Resources: {}}
"""


def drafted(tmp_path: Path, name: str, text: str) -> TemplateDraft:
    (tmp_path / name).write_text(text)
    found = template.find(tmp_path)
    assert found is not None
    return template.read(found)


def fields(draft: TemplateDraft) -> dict[str, Any]:
    return {one.name: dict(one.fields) for one in draft.functions}


def test_a_sam_templates_functions_are_ours(tmp_path: Path) -> None:
    draft = drafted(tmp_path, "template.yaml", SAM)
    store = "<fill in: the store that is the bucket !Ref Lake>"
    parts = {"prefix": "in/", "suffix": ".csv"}
    assert fields(draft) == {
        "load_flights": {
            "runtime": "python3.12",
            "handler": "app.handler.main",
            "memory": 512,
            "timeout": 60,
            "layers": ["arn:aws:lambda:{region}:336392948345:layer:AWSSDKPandas-Python312:16"],
            "schedule": "rate(1 day)",
            "events": [
                {"store": store, **parts},
                {"store": store, **parts, "on": "ObjectRemoved"},
                {"queue": "<fill in: the ARN of the queue !GetAtt Incoming.Arn, with {region}>"},
            ],
        },
        "web": {
            "runtime": "nodejs22.x",
            "handler": "index.handler",
            "memory": "<fill in: MB of memory>",
            "timeout": 60,
        },
        "counts": {
            "image": "<fill in: the repository of its image, with {region}>",
            "memory": 128,
            "timeout": 60,
        },
    }
    assert [one.code for one in draft.functions] == ["src/load/", ".", "."]
    assert [problem.where.removeprefix("template.yaml: Resources.") for problem in draft.left_out] == [
        "LoadFlightsFunction.Layers",
        "LoadFlightsFunction.Events.Hourly",
        "LoadFlightsFunction.Events.Web",
        "LoadFlightsFunction.Environment",
        "LoadFlightsFunction.Policies",
        "LoadFlightsFunction.Tracing",
        "Web.Tracing",
        "Counts.Tracing",
        "Lake",
    ]


def test_a_serverless_ymls_functions_are_ours(tmp_path: Path) -> None:
    draft = drafted(tmp_path, "serverless.yml", SERVERLESS)
    assert fields(draft) == {
        "load_flights": {
            "runtime": "python3.13",
            "handler": "src.load.main",
            "memory": 1024,
            "timeout": 30,
            "schedule": "cron(0 6 * * ? *)",
            "events": [
                {"queue": "arn:aws:sqs:{region}:123456789012:incoming"},
                {"store": "<fill in: the store that is the bucket lake>", "prefix": "in/", "suffix": ".csv"},
            ],
        },
        "counts": {
            "image": "<fill in: the repository of its image, with {region}>",
            "memory": 1024,
            "timeout": 6,
        },
    }
    assert [problem.where.removeprefix("serverless.yml: ") for problem in draft.left_out] == [
        "functions.loadFlights.events[3]",
        "functions.loadFlights.environment",
        "plugins",
        "resources",
        "provider.iam",
        "provider.region",
    ]


def test_what_is_written_is_what_a_function_takes(tmp_path: Path) -> None:
    """But for what is marked: that is told, field by field."""
    draft = drafted(tmp_path, "template.yaml", SAM)
    for function in draft.functions:
        file = tmp_path / "flights/functions" / function.name / "function.yaml"
        file.parent.mkdir(parents=True)
        file.write_text(function.manifest)
    handler = tmp_path / "flights/functions/load_flights/app/handler.py"
    handler.parent.mkdir()
    handler.write_text("def main(event, context): pass\n")
    with pytest.raises(BadInput) as told:
        functions.load(tmp_path / "flights")
    wrong = {problem.where.partition(": ")[2] for problem in told.value.problems}
    assert wrong == {"memory", "image", "events.0.store", "events.1.store", "events.2.queue"}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Resources: {}\n", "has no function"),
        ("- a\n", "is no mapping"),
        ("a: [\n", "cannot be read"),
        ("a: !!python/object/apply:os.system [id]\n", "cannot be read"),
        (
            "Resources:\n  AB: {Type: AWS::Lambda::Function}\n  ab: {Type: AWS::Lambda::Function}\n",
            "two functions would be called ab",
        ),
    ],
)
def test_what_is_no_template_is_told(tmp_path: Path, text: str, what: str) -> None:
    with pytest.raises(BadInput) as told:
        drafted(tmp_path, "template.yaml", text)
    assert what in str(told.value)


def test_a_folder_without_one_has_none(tmp_path: Path) -> None:
    assert template.find(tmp_path) is None
