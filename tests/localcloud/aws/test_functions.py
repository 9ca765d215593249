"""A function's call has one id: in its answer, in what the function is told, and in its log."""

from __future__ import annotations

import json
import re

from tests.localcloud.aws.conftest import Caller
from tests.localcloud.aws.test_permissions import make_function, make_role, zipped

SOURCE = "def handler(event, context):\n    return context.aws_request_id\n"


def test_a_calls_answer_and_log_have_one_request_id(owner: Caller, name: str) -> None:
    environment = f"awsqa-{name}"
    role = make_role(owner.client("iam"), environment, PermissionsBoundary=None)
    function = make_function(owner, environment, role, Code={"ZipFile": zipped(SOURCE)})
    calls = [owner.client("lambda").invoke(FunctionName=function) for _ in range(2)]
    answered = [call["ResponseMetadata"]["RequestId"] for call in calls]
    assert [json.loads(call["Payload"].read()) for call in calls] == answered
    log = owner.client("logs").filter_log_events(logGroupName=f"/mayfly/{environment}/probe")
    said = "\n".join(event["message"] for event in log["events"])
    assert sorted(re.findall(r"REPORT RequestId: (\S+)", said)) == sorted({*answered})
