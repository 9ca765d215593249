"""What every contender makes on AWS: the resources of `mayfly up`, by names of its own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from components.aws import policies

ACCOUNT, REGION = "123456789012", "eu-west-1"
LAKE = "arn:aws:s3:::flights-lake-123456789012/flights/"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/mayfly-boundary"
FOLDER = Path(__file__).parents[2] / "examples/flights/functions"
EXPIRE_DAYS = 31


@dataclass(frozen=True)
class Function:
    """As the function's own file says."""

    name: str
    memory: int
    timeout: int
    schedule: str
    retention: int
    layers: list[str]

    @property
    def folder(self) -> Path:
        return FOLDER / self.name


def functions() -> list[Function]:
    """The example's."""
    found = []
    for path in sorted(FOLDER.glob("*/function.yaml")):
        says: dict[str, Any] = yaml.safe_load(path.read_text())
        layers = [layer.format(region=REGION) for layer in says.get("layers", [])]
        found.append(
            Function(
                path.parent.name, says["memory"], says["timeout"], says["schedule"],
                says.get("log_retention", 30), layers,
            )
        )  # fmt: skip
    return found


@dataclass(frozen=True)
class Names:
    """The names of one environment."""

    name: str

    @property
    def bucket(self) -> str:
        return f"mf--{self.name}--flights-bench"

    @property
    def role(self) -> str:
        return f"{self.name}-flights"

    @property
    def schedule_role(self) -> str:
        return f"{self.name}-schedule"

    @property
    def path(self) -> str:
        return f"/mayfly/{self.name}/"

    @property
    def group(self) -> str:
        return f"mayfly-{self.name}"

    @property
    def tags(self) -> dict[str, str]:
        return {"mayfly-env": self.name, "mayfly-project": "bench"}

    @property
    def query(self) -> str:
        filters = [{"Key": key, "Values": [value]} for key, value in self.tags.items()]
        return json.dumps({"ResourceTypeFilters": ["AWS::AllSupported"], "TagFilters": filters})

    @property
    def variables(self) -> dict[str, str]:
        return {
            "LAKE": "s3://" + LAKE.partition(":::")[2],
            "CURATED": f"s3://{self.bucket}/curated/",
            "YEAR": "2013",
        }

    @property
    def execution(self) -> str:
        logs = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/mayfly/{self.name}/*"
        return policies.execution([LAKE], self.bucket, logs)

    @property
    def scheduling(self) -> str:
        return policies.scheduling(self.arn(function.name) for function in functions())

    def function(self, name: str) -> str:
        return f"{self.name}-{name}"

    def arn(self, name: str) -> str:
        return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self.function(name)}"

    def role_arn(self, role: str) -> str:
        return f"arn:aws:iam::{ACCOUNT}:role{self.path}{role}"

    def log_group(self, name: str) -> str:
        return f"/mayfly/{self.name}/{name}"
