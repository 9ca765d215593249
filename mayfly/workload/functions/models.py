"""A function: its `function.yaml` and its files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from mayfly.settings.forms import SettingsForm
from mayfly.workload.functions import rules

Runtime = Literal["python3.11", "python3.12", "python3.13", "python3.14"]
Handler = Annotated[str, BeforeValidator(rules.handler), Field(description=rules.HANDLER)]
Megabytes = Annotated[int, BeforeValidator(rules.memory), Field(description=rules.MEMORY)]
Seconds = Annotated[int, BeforeValidator(rules.timeout), Field(description=rules.TIMEOUT)]
Layer = Annotated[str, BeforeValidator(rules.layer), Field(description=rules.LAYER)]
Layers = Annotated[tuple[Layer, ...], BeforeValidator(rules.layers), Field(description=rules.LAYERS)]
Schedule = Annotated[str, BeforeValidator(rules.schedule), Field(description=rules.SCHEDULE)]
Days = Annotated[int, BeforeValidator(rules.log_retention), Field(description=rules.LOG_RETENTION)]


class FunctionSettings(SettingsForm):
    """The settings of a function: `functions/<name>/function.yaml`."""

    name: str
    """The folder's name."""

    runtime: Runtime
    """The Python that AWS runs it with."""

    handler: Handler = "handler.main"
    """The module and, behind the last period, the function in it that is called."""

    memory: Megabytes
    """In MB; the processor's share grows with it."""

    timeout: Seconds
    """How long one call may take, in seconds."""

    layers: Layers = ()
    """ARNs of layers, each with {region}, and the ARNs for regions where it differs."""

    schedule: Schedule | None = None
    """When EventBridge Scheduler calls it in a permanent environment; in an ephemeral one it is off."""

    log_retention: Days = 30
    """How long its log is kept, in days."""


class Function(FunctionSettings):
    """A function with its code."""

    files: Mapping[str, bytes] = Field(repr=False)
    """Path in the function's folder to content, `function.yaml` not among them; in the order of the paths."""

    def layer_arns(self, region: str) -> list[str]:
        """The layers' ARNs in a region."""
        return rules.layers_in(self.layers, region)
