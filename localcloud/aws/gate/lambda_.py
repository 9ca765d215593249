"""What Lambda does and MiniStack does not.

A function's call has the same request id in its answer and in its log (AWS Lambda Developer Guide, "Invoking
Lambda functions": the answer's x-amzn-RequestId is the log's); what a function is made of has limits ("Lambda
quotas"); and what this machine cannot run fails and says so.
"""

from __future__ import annotations

import json
import sys
import threading
from typing import Any

from localcloud.aws.gate import emulator, operations, runtimes
from localcloud.aws.gate.current_request import RequestRefused, current_request

PENDING_SECONDS = 0.1
"""How long a new or changed function is Pending: long enough for a test to see, short enough to wait."""

IDS = (b"x-amzn-requestid", b"x-amz-request-id")
"""Headers by which an answer names itself."""


LARGEST_REQUEST = 70_167_211
"""Bytes: 50 MB of a .zip file in base64, and what is beside it."""

MOST_LAYERS = 5


def install() -> None:
    """Change MiniStack's Lambda."""
    service, runtime = emulator.lambda_svc, emulator.lambda_runtime
    handlers = emulator.app.SERVICE_HANDLERS
    handlers["lambda"] = _limited(handlers["lambda"])
    service._normalize_layer_attachments = _counted(service._normalize_layer_attachments)
    service._execute_function_docker = _no_containers
    runtime.Worker._spawn = _with_program(runtime.Worker._spawn)
    runtime._detect_runtime_binary = _chosen(runtime._detect_runtime_binary)
    emulator.lambda_svc._LAMBDA_STATE_TRANSITION_DELAY = PENDING_SECONDS
    emulator.lambda_svc._emit_lambda_logs = _with_noted_id(emulator.lambda_svc._emit_lambda_logs)


def _with_noted_id(emit: Any) -> Any:
    def emit_lambda_logs(function: Any, request_id: str, *rest: Any, **more: Any) -> None:
        current_request().invocation = request_id
        emit(function, request_id, *rest, **more)

    return emit_lambda_logs


def with_its_id(head: dict[str, Any]) -> dict[str, Any]:
    """Return the head of an answer with the id of the function's call, if there was one.

    MiniStack writes its own id for the request over whatever its Lambda answers, so this comes after it.
    """
    found = current_request().invocation
    if not found:
        return head
    headers = [(name, found.encode() if name.lower() in IDS else value) for name, value in head["headers"]]
    return {**head, "headers": headers}


def _limited(handle: Any) -> Any:
    """Refuse a request that is too large, and a runtime that is none."""

    async def handle_request(method: str, path: str, headers: Any, body: bytes, query: Any) -> Any:
        operation = current_request().operation or "Lambda"
        try:
            if len(body) > LARGEST_REQUEST:
                what = f"Request must be smaller than {LARGEST_REQUEST} bytes for the {operation} operation"
                raise RequestRefused(413, "RequestEntityTooLargeException", what)
            if operation in ("CreateFunction", "UpdateFunctionConfiguration"):
                _check_runtime(json.loads(body or b"{}").get("Runtime"))
            return await handle(method, path, headers, body, query)
        except RequestRefused as error:
            return emulator.lambda_svc.error_response_json(error.code, error.message, error.status)

    return handle_request


def _check_runtime(wanted: object) -> None:
    known = operations.model("lambda")["shapes"]["Runtime"]["enum"]
    if wanted is not None and wanted not in known:
        what = (
            f"Value {wanted} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: "
        )
        raise RequestRefused(400, "InvalidParameterValueException", f"{what}[{', '.join(known)}]")


def _counted(normalize: Any) -> Any:
    """Refuse too many layers, and two versions of one."""

    def normalize_layer_attachments(layers: Any) -> Any:
        arns = [layer if isinstance(layer, str) else (layer or {}).get("Arn", "") for layer in layers or []]
        if len(arns) > MOST_LAYERS:
            what = f"Cannot reference more than {MOST_LAYERS} layers."
            raise RequestRefused(400, "InvalidParameterValueException", what)
        if len({arn.rpartition(":")[0] for arn in arns}) < len(arns):
            what = "Two different versions of the same layer are not allowed to be referenced in the same "
            raise RequestRefused(400, "InvalidParameterValueException", f"{what}function.")
        return normalize(layers)

    return normalize_layer_attachments


_PROGRAM = threading.local()
"""For what a thread is starting: MiniStack looks for a program by the runtime's name alone."""


def _with_program(spawn: Any) -> Any:
    """Run a function with this machine's own program for its runtime. It fails where there is none."""

    def with_program(worker: Any) -> None:
        layers = [emulator.lambda_svc._resolve_layer_zip(one) for one in worker.config.get("Layers", [])]
        archives = [worker.code_zip, *filter(None, layers)]
        _PROGRAM.path = runtimes.program(worker.config.get("Runtime", ""), archives)
        spawn(worker)

    return with_program


def _chosen(detect: Any) -> Any:
    """The program that was chosen. Another Python finds boto3 where this one has it."""

    def detect_runtime_binary(runtime: str) -> tuple[str, str]:
        script = detect(runtime)[1]
        if runtime.startswith("python") and _PROGRAM.path != sys.executable:
            script = f"import sys\nsys.path.append({runtimes.packages()!r})\n{script}"
        return _PROGRAM.path, script

    return detect_runtime_binary


def _no_containers(function: Any, event: Any, request_id: str) -> Any:
    config = function.get("config") or function
    what = f"the runtime {config.get('Runtime')}" if config.get("PackageType") != "Image" else "an image"
    text = f"the local AWS has no container engine, which {what} needs: the function is here, and cannot run"
    return {
        "body": {"errorMessage": text, "errorType": "Local.NoContainerEngine"},
        "error": True,
        "log": text,
    }
