"""ExecutePipeline: run another pipeline of the same factory."""

from __future__ import annotations

from typing import Any

from localcloud.azure.datafactory.runs.errors import ActivityError
from localcloud.azure.datafactory.runs.frame import Step


def run(step: Step) -> dict[str, Any]:
    """Start `pipeline` with `parameters`; with `waitOnCompletion` (as by default) it ends as that does."""
    name = step.properties["pipeline"]["referenceName"]
    parameters = step.value("parameters", default={})
    wait = step.value("waitOnCompletion", default=True)
    step.input = {"pipeline": {"referenceName": name}, "parameters": parameters, "waitOnCompletion": wait}
    record = step.flight.engine.run_child(step.flight, name, parameters, wait=bool(wait))
    output = {"pipelineName": record["pipelineName"], "pipelineRunId": record["runId"]}
    if wait and record["status"] != "Succeeded":
        step.stop.check()  # cancelled itself: then that is the outcome, not a failure
        message = record["message"] or f"The pipeline '{name}' was cancelled."
        raise ActivityError("BadRequest", message, output=output)
    return output
