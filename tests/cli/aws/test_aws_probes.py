"""The table of probes: each a call that boto3 would send, and none that could harm what exists."""

from __future__ import annotations

import json
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.validate import ParamValidator

from mayfly.proof.aws.calls import Bucket, ProbedRole
from mayfly.proof.aws.probes import Probe, table

NAME = "mayfly-canary-0123456789abcdef"
OWN, OTHER, LAKE = Bucket("own", "qa-7--x"), Bucket("qa-8", "qa-8--x"), Bucket("lake", "lake", "flights/")
SINK = Bucket("curated", "qa-7--x", "curated/")
ACCOUNT = "123456789012"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/mayfly-boundary"
ROLE = ProbedRole(
    "qa-7-x",
    f"arn:aws:iam::{ACCOUNT}:role/mayfly/qa-7/qa-7-x",
    ACCOUNT,
    "eu-west-1",
    BOUNDARY,
    BOUNDARY,
    "{}",
)
SESSION = botocore.session.Session()

PROBES = table(NAME, ROLE, OWN, [SINK], [LAKE], [OTHER])

SENT_WRONG = {
    "put_bucket_policy", "put_bucket_acl", "put_bucket_versioning", "put_bucket_lifecycle_configuration",
    "put_bucket_ownership_controls",
}  # fmt: skip
"""What has no name of its own, and so is sent a content that S3 does not take."""


def input_of(service: str, operation: str) -> Any:
    model = SESSION.get_service_model(service)
    (found,) = [
        model.operation_model(name) for name in model.operation_names if xform_name(name) == operation
    ]
    return found.input_shape


@pytest.mark.parametrize("probe", PROBES, ids=[probe.name for probe in PROBES])
def test_each_probe_and_what_undoes_it_is_a_call_that_boto3_sends(probe: Probe) -> None:
    calls = [(probe.service, probe.operation, probe.arguments)]
    calls += [
        (undo["service"], undo["operation"], {**undo["arguments"], **dict.fromkeys(undo["take"], "x" * 20)})
        for undo in probe.undo
    ]
    for service, operation, arguments in calls:
        if operation == "copy_object":  # boto3 takes bucket and key apart, and puts them together itself
            arguments = {**arguments, "CopySource": "bucket/key"}
        report = ParamValidator().validate(arguments, input_of(service, operation))
        assert not report.has_errors(), report.generate_report()


def test_names_are_unique_and_the_event_is_json() -> None:
    names = [probe.name for probe in PROBES]
    assert len(set(names)) == len(names)
    assert json.loads(json.dumps([probe.document() for probe in PROBES]))


def test_reads_alone_are_allowed_on_a_source_and_nothing_on_another_environments_sink() -> None:
    allowed = {(probe.arguments["Bucket"], probe.operation) for probe in PROBES if probe.allowed}
    assert {operation for bucket, operation in allowed if bucket == LAKE.bucket} == {
        "get_object",
        "list_objects_v2",
    }
    assert {bucket for bucket, _ in allowed} == {LAKE.bucket, OWN.bucket}


@pytest.mark.parametrize(
    "probe", [probe for probe in PROBES if not probe.allowed], ids=lambda probe: probe.name
)
def test_no_refused_probe_could_harm_what_exists(probe: Probe) -> None:
    """It names what is the canary's own or absent; or its content is wrong; or it is undone; or it reads."""
    arguments = json.dumps(probe.arguments)
    own_name = NAME in arguments or probe.arguments.get("VersionId") == "v999999"
    wrong = probe.operation in SENT_WRONG or probe.arguments.get("PolicyDocument") == "canary"
    held = probe.operation == "delete_bucket" and probe.only_if_filled is not None
    reads = probe.operation == "list_objects_v2"
    assert own_name or wrong or held or reads or probe.undo


@pytest.mark.parametrize(
    "operation", ["put_object", "copy_object", "create_multipart_upload", "create_bucket"]
)
def test_what_would_make_something_is_undone(operation: str) -> None:
    makes = [probe for probe in PROBES if probe.operation == operation and not probe.allowed]
    assert makes
    assert all(probe.undo for probe in makes)


def test_the_sinks_object_is_there_while_the_own_buckets_deletion_is_tried() -> None:
    order = [(probe.operation, probe.where) for probe in PROBES]
    assert order.index(("put_object", str(SINK))) < order.index(("delete_bucket", str(OWN)))
    assert order[-1] == ("delete_object", str(SINK))
