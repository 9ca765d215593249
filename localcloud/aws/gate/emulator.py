"""MiniStack's modules that the gate needs: imported once its variables are set."""

from __future__ import annotations

from importlib import import_module
from typing import Any

app: Any = import_module("ministack.app")
actions: Any = import_module("ministack.core.iam_actions")
evaluator: Any = import_module("ministack.core.iam_evaluator")
eventbridge: Any = import_module("ministack.services.eventbridge")
glue: Any = import_module("ministack.services.glue")
iam: Any = import_module("ministack.services.iam")
lambda_runtime: Any = import_module("ministack.core.lambda_runtime")
lambda_svc: Any = import_module("ministack.services.lambda_svc")
loaders: Any = import_module("botocore.loaders")
responses: Any = import_module("ministack.core.responses")
resource_groups: Any = import_module("ministack.services.resource_groups")
router: Any = import_module("ministack.core.router")
s3: Any = import_module("ministack.services.s3")
scheduler: Any = import_module("ministack.services.scheduler")
ssm: Any = import_module("ministack.services.ssm")
sts: Any = import_module("ministack.services.sts")
tagging: Any = import_module("ministack.services.tagging")
