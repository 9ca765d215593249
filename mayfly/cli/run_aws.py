"""Invokes a function of an environment, once, and follows its log."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from typing import TYPE_CHECKING, Any

from mayfly import naming
from mayfly.cli.output import Output
from mayfly.cli.run import RunResult
from mayfly.clouds.aws import CloudError, translated
from mayfly.clouds.aws.functions import follow, invoke
from mayfly.errors import BadInput, Problem
from mayfly.proof.aws import environments

if TYPE_CHECKING:
    from mypy_boto3_lambda.type_defs import FunctionConfigurationResponseTypeDef

    from mayfly.clouds.aws import Aws
    from mayfly.clouds.aws.functions import Invocation
    from mayfly.settings import EnvironmentSettings


def run(
    cloud: Aws, wanted: EnvironmentSettings, name: str, parameters: Mapping[str, Any], output: Output
) -> RunResult:
    """Invoke a function; the parameters are its event. Raises BadInput for one that is not deployed."""
    environments.check_deployed(cloud, wanted)
    function = known_function(cloud, wanted, name)
    output.line(f"{name} runs in {wanted.name}: {function['FunctionName']}")
    started = time.monotonic()
    ended = followed(cloud, function, parameters, output)
    return run_result(name, function["FunctionName"], ended, time.monotonic() - started)


def known_function(
    cloud: Aws, wanted: EnvironmentSettings, name: str
) -> FunctionConfigurationResponseTypeDef:
    """A function's configuration. Raises BadInput, with the functions there are, for one there is not."""

    own = naming.aws.function_name(wanted, name)
    try:
        with translated(f"GetFunctionConfiguration {own}"):
            return cloud.client("lambda").get_function_configuration(FunctionName=own)
    except CloudError as error:
        if not error.tells_absence:
            raise
    there = ", ".join(functions(cloud, wanted)) or "none"
    raise BadInput([Problem("NAME", f"'{name}' is not deployed", f"one of {there}")])


def functions(cloud: Aws, wanted: EnvironmentSettings) -> list[str]:
    """The workload's names of the functions that an environment has. Raises CloudError.

    Their log groups tell them: they end in a function's whole name, where the function's own may be cut.
    """

    logs = naming.aws.log_prefix(wanted.name)
    with translated("ListFunctions"):
        pages = cloud.client("lambda").get_paginator("list_functions").paginate()
        found = [function for page in pages for function in page["Functions"]]
    groups = (function.get("LoggingConfig", {}).get("LogGroup", "") for function in found)
    return sorted(group.removeprefix(logs) for group in groups if group.startswith(logs))


def followed(
    cloud: Aws, function: FunctionConfigurationResponseTypeDef, event: Mapping[str, Any], output: Output
) -> Invocation:
    """Invoke it and show its log. An interrupted call goes on: Lambda has no way to stop one."""

    name, since = function["FunctionName"], time.time()
    group = function.get("LoggingConfig", {}).get("LogGroup") or f"/aws/lambda/{name}"
    running = _started(lambda: invoke(cloud, name, event, function["Timeout"]))
    with output.working(f"{name} runs"):
        try:
            return follow(
                cloud,
                group,
                since,
                lambda line: output.result_line(f"  {line}"),
                lambda: running.result() if running.done() else None,
                pause=lambda seconds: _pause(running, seconds),
            )
        except KeyboardInterrupt:
            output.line(f"{name} goes on to its own end, at most {function['Timeout']} s; its log: {group}")
            raise


def _pause(running: Future[Invocation], seconds: float) -> None:
    """Wait until the call has ended, or the pause is over: the last lines of a log arrive late."""
    if running.done():
        time.sleep(seconds)
    else:
        wait([running], seconds)


def _started(call: Callable[[], Invocation]) -> Future[Invocation]:
    """A call in a thread that a Ctrl-C does not wait for."""
    future: Future[Invocation] = Future()

    def work() -> None:
        try:
            future.set_result(call())
        except Exception as error:  # raised where the result is asked for
            future.set_exception(error)

    threading.Thread(target=work, name="invoke", daemon=True).start()
    return future


def run_result(name: str, function: str, ended: Invocation, seconds: float) -> RunResult:
    """A call that ended, as the verb tells it. function: its name on AWS."""
    run = {
        "function": name,
        "name": function,
        "status": "Failed" if ended.error else "Succeeded",
        "error": ended.error,
        "request_id": ended.request_id,
        "seconds": round(seconds, 1),
    }
    summary = f"{name} {run['status']} in {seconds:.1f} s: {_words(ended)}"
    return RunResult(not ended.error, summary, {"run": run, "result": ended.payload})


def _words(ended: Invocation) -> str:
    """What it returned; of an error its type and message, without the trace, which is in the log."""
    payload = ended.payload
    if ended.error and isinstance(payload, dict) and "errorMessage" in payload:
        return ": ".join(str(payload[key]) for key in ("errorType", "errorMessage") if payload.get(key))
    return json.dumps(payload)
