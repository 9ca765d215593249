"""A function: its `function.yaml` and its files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from mayfly.settings.forms import SettingsForm
from mayfly.settings.invalid import InvalidValue
from mayfly.settings.types import StoreName
from mayfly.workload.functions import rules
from mayfly.workload.functions.dependencies import Dependencies, Part

Runtime = Literal[
    "python3.11", "python3.12", "python3.13", "python3.14", "nodejs22.x", "nodejs24.x", "java11", "java17",
    "java21", "java25", "dotnet8", "dotnet10", "ruby3.3", "ruby3.4", "provided.al2023",
]  # fmt: skip
"""Those that a function can be made with. Source: AWS Lambda, "Lambda runtimes", supported ones."""

PYTHON = "python"
Package = Annotated[str, BeforeValidator(rules.package), Field(description=rules.PACKAGE)]
Image = Annotated[str, BeforeValidator(rules.image), Field(description=rules.IMAGE)]
Megabytes = Annotated[int, BeforeValidator(rules.memory), Field(description=rules.MEMORY)]
Seconds = Annotated[int, BeforeValidator(rules.timeout), Field(description=rules.TIMEOUT)]
Layer = Annotated[str, BeforeValidator(rules.layer), Field(description=rules.LAYER)]
Layers = Annotated[tuple[Layer, ...], BeforeValidator(rules.layers), Field(description=rules.LAYERS)]
Schedule = Annotated[str, BeforeValidator(rules.schedule), Field(description=rules.SCHEDULE)]
Days = Annotated[int, BeforeValidator(rules.log_retention), Field(description=rules.LOG_RETENTION)]


KeyPart = Annotated[str, BeforeValidator(rules.key_part), Field(description=rules.KEY_PART)]


class EventSource(SettingsForm):
    """What calls a function in production: files that appear in a store, or messages of a queue."""

    store: StoreName | None = None
    """A source of the variable group, whose files are told."""

    prefix: KeyPart = ""
    """Of those files: what their keys begin with, below the store's own prefix."""

    suffix: KeyPart = ""
    """What their keys end with."""

    on: Annotated[Literal["ObjectCreated", "ObjectRemoved"], Field(description=rules.ON)] = "ObjectCreated"
    """What has to happen to a file."""

    queue: Annotated[
        str | None,
        BeforeValidator(rules.queue),
        Field(description=rules.QUEUE),
    ] = None
    """A queue of SQS, by its ARN with {region}."""

    @field_validator("queue")
    @classmethod
    def _one_of_both(cls, queue: str | None, info: ValidationInfo) -> str | None:
        if queue is not None and info.data.get("store") is not None:
            raise InvalidValue("stands beside a store", "one of both: a list has an entry for each")
        return queue

    def __str__(self) -> str:
        if self.queue is not None:
            return f"messages of {self.queue}"
        return f"{self.on} of {self.store}: {self.prefix}*{self.suffix}"


class FunctionSettings(SettingsForm):
    """The settings of a function: `functions/<name>/function.yaml`."""

    name: str
    """The folder's name."""

    image: Image | None = None
    """The repository of a container image, with {region}. A pipeline says which image: its digest."""

    runtime: Annotated[Runtime | None, Field(validate_default=True)] = None
    """What AWS runs it with; of no use with an image."""

    handler: Annotated[str, Field(validate_default=True)] = ""
    """What is called: in Python the module and, behind the last period, the function in it."""

    package: Package | None = None
    """A .zip file of the folder that is sent as it is, instead of the folder."""

    memory: Megabytes
    """In MB; the processor's share grows with it."""

    timeout: Seconds
    """How long one call may take, in seconds."""

    layers: Layers = ()
    """ARNs of layers, each with {region}, and the ARNs for regions where it differs."""

    schedule: Schedule | None = None
    """When EventBridge Scheduler calls it in a permanent environment; in an ephemeral one it is off."""

    events: tuple[EventSource, ...] = ()
    """What else calls it in production."""

    log_retention: Days = 30
    """How long its log is kept, in days."""

    @property
    def is_python(self) -> bool:
        """Whether Python runs it."""
        return (self.runtime or "").startswith(PYTHON)

    @property
    def takes_requirements(self) -> bool:
        """Whether a `requirements.txt` beside it is resolved."""
        return self.is_python and self.package is None

    @property
    def is_node(self) -> bool:
        """Whether Node.js runs it."""
        return (self.runtime or "").startswith("nodejs")

    @field_validator("runtime")
    @classmethod
    def _one_of_both(cls, runtime: str | None, info: ValidationInfo) -> Any:
        if runtime is None and info.data.get("image") is None and "image" in info.data:
            raise InvalidValue("is missing", f"one of {', '.join(get_args(Runtime))}, or an image")
        return cls._not_of_an_image(runtime, info)

    @field_validator("handler", mode="before")
    @classmethod
    def _of_the_runtime(cls, handler: object, info: ValidationInfo) -> str:
        runtime = info.data.get("runtime")
        if info.data.get("image") is not None:
            return str(cls._not_of_an_image(handler or "", info))
        if runtime is not None and not runtime.startswith(PYTHON):
            return rules.other_handler(handler)
        return rules.handler("handler.main" if handler == "" else handler)

    @field_validator("package", "layers")
    @classmethod
    def _not_of_an_image(cls, value: Any, info: ValidationInfo) -> Any:
        if value and info.data.get("image") is not None:
            raise InvalidValue("does not go with an image", "leave it out: the image has it inside")
        return value


class Function(FunctionSettings):
    """A function with its code."""

    files: Mapping[str, bytes] = Field(repr=False)
    """Path in the function's folder to content, in the order of the paths; neither `function.yaml` nor
    `requirements.txt` is among them.
    """

    digest: str = ""
    """Of the image that it runs, if it runs one."""

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

    def image_uri(self, region: str) -> str:
        """The image in a region, pinned by its digest."""
        return f"{rules.in_region(self.image or '', region)}@{self.digest}"

    def layer_arns(self, region: str) -> list[str]:
        """The layers' ARNs in a region."""
        return rules.layers_in(self.layers, region)
