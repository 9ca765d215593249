"""What functions bring: dependencies, small and as a shared layer, other runtimes, packages, images."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud import ACCOUNT
from mayfly import naming, settings
from tests.support.aws_sdk import AwsSdk, changes
from tests.support.checkout import HERE, Checkout
from tests.support.request_log import RequestLog
from tests.support.wheels import Wheels

STACK = "awsqa-brings"
RUNTIME = f"python{sys.version_info.major}.{sys.version_info.minor}"
IMAGE = f"{ACCOUNT}.dkr.ecr.{{region}}.amazonaws.com/team/counts"
FIRST, SECOND = (f"sha256:{digit * 64}" for digit in "ab")
LARGE = 5 * 1024 * 1024
IMPORTS = "def main(event, context):\n    import one, two\n    return [one.VALUE, two.VALUE, event]\n"


def manifest(**fields: object) -> str:
    return json.dumps({"memory": 128, "timeout": 30, **fields})


class Workload:
    """A workload's folder, and its `up`."""

    def __init__(self, checkout: Checkout, root: Path, extra: Mapping[str, Any]) -> None:
        self.checkout, self.root, self.extra = checkout, root, extra

    def write(self, path: str, content: str | bytes) -> None:
        file = self.root / "functions" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)

    def up(self, digest: str = FIRST) -> dict[str, Any]:
        command = ("mayfly", "up", STACK, "--workload", str(self.root), "--json")
        found: dict[str, Any] = (
            self.checkout.run(*command, MAYFLY_IMAGE_IMAGED=digest, **self.extra).ok().json()
        )
        return found


def call(owner: AwsSdk, function: str) -> Any:
    """What a function returns, or the document of its error."""
    answer = owner.functions.invoke(FunctionName=f"{STACK}-{function}", Payload=b'{"n": 1}')
    return json.loads(answer["Payload"].read())


@pytest.fixture(scope="module")
def workload(
    checkout: Checkout, owner: AwsSdk, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Workload]:
    """Made once, and removed: nothing is left."""
    before = owner.everything()
    with pytest.MonkeyPatch.context() as patch:
        wheels = Wheels(tmp_path_factory.mktemp("packages"), patch)
        wheels.wheel("one", needs="two")
        wheels.wheel("two", {"two/__init__.py": b"VALUE = 2\n"})
        wheels.wheel("large", {"large/__init__.py": b"VALUE = 3\n", "large/data": b"x" * LARGE})
        made = Workload(checkout, tmp_path_factory.mktemp("brings"), wheels.environ)
    made.write("small/function.yaml", manifest(runtime=RUNTIME))
    made.write("small/handler.py", IMPORTS)
    made.write("small/requirements.txt", "one\n")
    for name in ("large", "larger"):
        made.write(f"{name}/function.yaml", manifest(runtime=RUNTIME))
        made.write(f"{name}/handler.py", "import large\ndef main(event, context): return large.VALUE\n")
        made.write(f"{name}/requirements.txt", "large==1.0\n")
    made.write("node/function.yaml", manifest(runtime="nodejs24.x", handler="index.handler"))
    made.write("node/index.js", "exports.handler = async (event) => [process.version, event.n]\n")
    made.write("imaged/function.yaml", manifest(image=IMAGE))
    made.up()
    yield made
    down = checkout.run("mayfly", "down", STACK, "--json").ok().stdout
    assert '"AWS::Lambda::LayerVersion"' in down
    assert owner.everything() == before
    assert owner.functions.list_layers()["Layers"] == []


@pytest.mark.usefixtures("workload")
def test_small_dependencies_run_beside_the_handler(owner: AwsSdk) -> None:
    assert call(owner, "small") == [1, 2, {"n": 1}]


@pytest.mark.usefixtures("workload")
def test_large_ones_are_one_layer_for_all(owner: AwsSdk) -> None:
    assert [call(owner, name) for name in ("large", "larger")] == [3, 3]
    (layer,) = owner.functions.list_layers()["Layers"]
    assert layer["LayerName"].startswith(f"mf--{STACK}--")
    arn = layer["LatestMatchingVersion"]["LayerVersionArn"]
    for name in ("large", "larger"):
        found = owner.functions.get_function_configuration(FunctionName=f"{STACK}-{name}")
        assert [one["Arn"] for one in found["Layers"]] == [arn]
        assert found["CodeSize"] < 1000


@pytest.mark.usefixtures("workload")
def test_a_runtime_that_this_machine_has_runs_and_one_that_it_has_not_says_so(owner: AwsSdk) -> None:
    ran = call(owner, "node")
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False)
    if version.stdout.startswith("v24."):
        assert ran == [version.stdout.strip(), 1]
    else:
        assert "nodejs24.x is wanted" in ran["errorMessage"]


def test_a_recorded_event_names_the_environments_own_store(workload: Workload, tmp_path: Path) -> None:
    production = naming.aws.names(settings.load(HERE, "awsprod", {})).bucket
    recorded = tmp_path / "event.json"
    recorded.write_text(
        json.dumps({"Records": [{"s3": {"bucket": {"name": production}, "object": {"key": "curated/a"}}}]})
    )
    command = ("mayfly", "run", STACK, "small", "--event", str(recorded), "--json")
    (found,) = workload.checkout.run(*command).ok().json()["result"][2]["Records"]
    own = naming.aws.names(settings.load(HERE, STACK, {})).bucket
    assert found["s3"] == {"bucket": {"name": own}, "object": {"key": "curated/a"}}


def test_an_image_is_pinned_by_its_digest_and_changed_by_one_call(
    workload: Workload, owner: AwsSdk, log: RequestLog
) -> None:
    assert "no container engine" in call(owner, "imaged")["errorMessage"]
    log.mark()
    workload.up(SECOND)
    assert changes(log) == ["UpdateFunctionCode"]
    code = owner.functions.get_function(FunctionName=f"{STACK}-imaged")["Code"]
    assert code["ImageUri"] == f"{IMAGE.format(region='eu-west-1')}@{SECOND}"


@pytest.mark.usefixtures("workload")
def test_what_lambda_refuses_is_refused_here(owner: AwsSdk) -> None:
    """Source: "Lambda quotas"; the enumeration of runtimes in botocore's own model of Lambda."""
    layer = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:layer:x"
    for change, what in (
        ({"Runtime": "python2.0"}, "enum value set"),
        ({"Layers": [f"{layer}{number}:1" for number in range(6)]}, "more than 5 layers"),
        ({"Layers": [f"{layer}:1", f"{layer}:2"]}, "Two different versions of the same layer"),
    ):
        with pytest.raises(ClientError, match=what) as refused:
            owner.client("lambda").update_function_configuration(FunctionName=f"{STACK}-small", **change)
        assert refused.value.response["Error"]["Code"] == "InvalidParameterValueException"


def test_an_image_that_nobody_named_makes_nothing(workload: Workload, log: RequestLog) -> None:
    refused = workload.checkout.run("mayfly", "up", STACK, "--workload", str(workload.root), **workload.extra)
    assert "runs an image, and MAYFLY_IMAGE_IMAGED does not say which" in refused.stderr
    assert changes(log) == []


def test_dependencies_that_change_take_the_old_layer_along(workload: Workload, owner: AwsSdk) -> None:
    (before,) = owner.functions.list_layers()["Layers"]
    for name in ("large", "larger"):
        workload.write(f"{name}/requirements.txt", "large==1.0\ntwo\n")
    workload.up(SECOND)
    (after,) = owner.functions.list_layers()["Layers"]
    assert after["LayerName"] != before["LayerName"]
    assert call(owner, "larger") == 3
