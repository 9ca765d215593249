"""Runs one activity, with its retries, and records each attempt as an activity run."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.azure.datafactory.runs import settings
from localcloud.azure.datafactory.runs.activities import KINDS
from localcloud.azure.datafactory.runs.errors import ActivityError, RunCancelled, not_supported
from localcloud.azure.datafactory.runs.frame import Activity, Frame, Step
from localcloud.azure.datafactory.runs.graph import FAILED, SUCCEEDED
from localcloud.azure.datafactory.runs.stop import Stop, seconds
from localcloud.azure.datafactory.runs.store import Record, ended, now
from localcloud.azure.datafactory.runs.values import Json

Save = Callable[[Record], None]
_NO_ERROR = {"errorCode": "", "message": "", "failureType": ""}
_HIDDEN = {"hidden": "by the activity's policy"}


@dataclass(frozen=True)
class Outcome:
    """How an activity ended. message: of its error. view: the value of `activity('name')`."""

    status: str
    message: str = ""
    view: Json = None


def run(frame: Frame, activity: Activity, save: Save, retry_unit: float) -> Outcome:
    """Run an activity until it succeeds or its policy allows no more attempts. Raises RunCancelled.

    save: stores an activity run. retry_unit: seconds that a second of the retry interval lasts.
    """
    if activity.get("state") == "Inactive":
        return Outcome(activity.get("onInactiveMarkAs") or SUCCEEDED)
    policy = activity.get("policy") or {}
    retries = int(policy.get("retry") or 0)
    outcome = _attempt(frame, activity, policy, None, save)
    for number in range(1, retries + 1):
        if outcome.status == SUCCEEDED:
            break
        frame.stop.wait(float(policy.get("retryIntervalInSeconds") or 30) * retry_unit)
        outcome = _attempt(frame, activity, policy, number, save)
    return outcome


def _attempt(
    frame: Frame, activity: Activity, policy: Mapping[str, Any], number: int | None, save: Save
) -> Outcome:
    frame.stop.check()
    record = _begun(frame, activity, number)
    save(record)
    step = Step(activity, frame, _stop(frame, policy))
    try:
        output, error = _work(step), dict(_NO_ERROR)
        status = SUCCEEDED
    except RunCancelled:
        ended(record, "activityRunStart", "activityRunEnd", "Cancelled")
        save(record | {"input": step.input})
        raise
    except ActivityError as failure:
        output, status = failure.output or {}, FAILED
        error = {"errorCode": failure.code, "message": failure.message, "failureType": failure.failure_type}
    ended(record, "activityRunStart", "activityRunEnd", status)
    record |= {
        "input": step.input,
        "output": output,
        "error": error | {"target": activity["name"], "details": ""},
    }
    save(_veiled(record, policy))
    return Outcome(status, str(error["message"]), _view(record))


def _work(step: Step) -> dict[str, Any]:
    kind = KINDS.get(str(step.activity.get("type")))
    if kind is None:
        raise not_supported(f"activities of type '{step.activity.get('type')}'")
    try:
        _check_settings(step)
        return kind(step)
    except (ActivityError, RunCancelled):
        raise
    except Exception as error:  # A fault of the local cloud must not look like the user's.
        message = f"The local Azure failed: {type(error).__name__}: {error}"
        raise ActivityError("InternalServerError", message, failure_type="SystemError") from error


def _check_settings(step: Step) -> None:
    kind = str(step.activity["type"])
    known = settings.MODELS[kind]
    settings.check(
        kind, {name: step.evaluate(value) for name, value in step.properties.items() if not known.knows(name)}
    )
    settings.check("ActivityPolicy", step.activity.get("policy") or {})


def _begun(frame: Frame, activity: Activity, number: int | None) -> Record:
    run = frame.flight.record
    return {
        "activityRunId": str(uuid.uuid4()),
        "pipelineRunId": run["runId"],
        "pipelineName": run["pipelineName"],
        "activityName": activity["name"],
        "activityType": activity.get("type"),
        "linkedServiceName": (activity.get("linkedServiceName") or {}).get("referenceName", ""),
        "status": "InProgress",
        "activityRunStart": now(),
        "activityRunEnd": None,
        "durationInMs": None,
        "input": {},
        "output": {},
        "error": dict(_NO_ERROR),
        "retryAttempt": number,
        "iterationHash": frame.iteration,
        "userProperties": {},
        "recoveryStatus": "None",
    }


def _stop(frame: Frame, policy: Mapping[str, Any]) -> Stop:
    return frame.stop.within(seconds(policy["timeout"])) if policy.get("timeout") else frame.stop


def _veiled(record: Record, policy: Mapping[str, Any]) -> Record:
    hidden = {
        side: _HIDDEN
        for side, wish in (("input", "secureInput"), ("output", "secureOutput"))
        if policy.get(wish)
    }
    return record | hidden


def _view(record: Record) -> Json:
    return {
        "output": record["output"],
        "error": record["error"],
        "Status": record["status"],
        "ActivityRunId": record["activityRunId"],
        "ActivityName": record["activityName"],
        "ActivityType": record["activityType"],
        "PipelineRunId": record["pipelineRunId"],
        "ExecutionStartTime": record["activityRunStart"],
        "ExecutionEndTime": record["activityRunEnd"],
        "Duration": record["durationInMs"],
    }
