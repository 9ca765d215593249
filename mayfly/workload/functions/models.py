"""A function: its `function.yaml` and its files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from mayfly.settings.forms import SettingsForm
from mayfly.workload.functions import rules
from mayfly.workload.functions.dependencies import Dependencies, Part

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
    """Path in the function's folder to content, in the order of the paths; neither `function.yaml` nor
    `requirements.txt` is among them.
    """

    dependencies: Dependencies | None = Field(default=None, repr=False)
    """What its `requirements.txt` comes to; None without one."""

    @property
    def layer_parts(self) -> tuple[Part, ...]:
        """What of its dependencies comes as layers of the environment's own."""
        own = self.dependencies
        return own.parts if own is not None and own.is_layer else ()

    @property
    def code_size(self) -> int:
        """Bytes of its own file, nearly."""
        inside = self.dependencies.size if self.dependencies is not None and not self.layer_parts else 0
        return inside + sum(len(content) for content in self.files.values())

    def layer_arns(self, region: str) -> list[str]:
        """The layers' ARNs in a region."""
        return rules.layers_in(self.layers, region)
