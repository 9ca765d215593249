"""Functions of a workload: what is loaded, and every message."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest

from components.aws import policies
from mayfly.settings import VariableGroup
from mayfly.settings.invalid import InvalidValue
from mayfly.settings.sinks import Sink
from mayfly.settings.sources import bucket_arn
from mayfly.workload import functions as workload
from mayfly.workload.functions import folder, packed, rules, variables, zipped
from tests.workload.functions_folder import HANDLER, FunctionsFolder, manifest

REPOSITORY = Path(__file__).parents[2]
LAYER = "arn:aws:lambda:{region}:336392948345:layer:AWSSDKPandas-Python312:16"


def test_a_function_is_loaded(functions: FunctionsFolder) -> None:
    functions.write(
        "load/function.yaml",
        manifest(
            handler="code.start.run", layers=f"['{LAYER}']", schedule="rate(1 hours)", log_retention="7"
        ),
    )
    functions.write("load/code/start.py", "from .other import run\n")
    functions.write("load/code/other.py", "def run(event, context): ...\n")
    functions.write("load/schema.json", "{}")
    found = functions.one()
    assert (found.name, found.runtime, found.handler) == ("load", "python3.12", "code.start.run")
    assert (found.memory, found.timeout, found.log_retention) == (256, 60, 7)
    assert found.schedule == "rate(1 hours)"
    assert found.layer_arns("eu-west-1") == [LAYER.replace("{region}", "eu-west-1")]
    assert list(found.files) == ["code/other.py", "code/start.py", "handler.py", "schema.json"]


def test_what_is_left_out_has_its_default(functions: FunctionsFolder) -> None:
    found = functions.one()
    assert (found.handler, found.layers, found.schedule, found.log_retention) == (
        "handler.main",
        (),
        None,
        30,
    )


def test_the_folder_itself_may_be_named(functions: FunctionsFolder) -> None:
    assert workload.load(functions.root / "functions").names == ["load"]


def test_a_functions_code_is_not_shown(functions: FunctionsFolder) -> None:
    functions.write("load/handler.py", HANDLER + "SECRET = 1\n")
    assert "SECRET" not in repr(functions.load())


def test_what_python_editors_and_systems_leave_behind_is_no_source(functions: FunctionsFolder) -> None:
    for file in ("__pycache__/handler.cpython-312.pyc", "old.pyc", ".DS_Store", ".idea/x.py", "handler.py~"):
        functions.write(f"load/{file}", b"\0")
    functions.write("__pycache__/x.pyc", b"")
    functions.write(".git/x", b"")
    assert list(functions.one().files) == ["handler.py"]


def test_the_example_loads() -> None:
    found = workload.load(REPOSITORY / "examples/flights")
    assert found.names == ["flights", "reference"]


@pytest.mark.parametrize(
    "source",
    [
        "from other import *",
        "from other import main",
        "import x as main",
        "main = lambda event, context: 1",
        "if True:\n    def main(): ...",
        "try:\n    from x import main\nexcept ImportError:\n    raise",
        "class main: ...",
        "# coding: latin-1\nmain = '\xe9'".encode("latin-1"),
        "main = '\\d'",
    ],
)
def test_a_handler_is_found_however_it_is_defined(functions: FunctionsFolder, source: str | bytes) -> None:
    functions.write("load/handler.py", source)
    assert functions.one().handler == "handler.main"


# what stands in function.yaml, then the one problem: where, what, fix
MANIFESTS = [
    (manifest(runtime="python3.8"), ":1: runtime", "got 'python3.8'", "did you mean 'python3.14'?"),
    (manifest(runtime="3.12"), ":1: runtime", "got 3.12", "python3.11, python3.12"),
    (manifest(runtime=None), "function.yaml: runtime", "is missing", "one of python3.11, python3.12"),
    (manifest(memory="127"), ":2: memory", "got 127", "128 to 10240"),
    (manifest(memory="10241"), ":2: memory", "got 10241", "128 to 10240"),
    (manifest(memory="1 GB"), ":2: memory", "got '1 GB', no whole number", "128 to 10240"),
    (manifest(memory="true"), ":2: memory", "got True, a truth value", "a whole number of MB"),
    (manifest(memory=""), ":2: memory", "is empty", "a whole number of MB"),
    (manifest(memory=None), "function.yaml: memory", "is missing", "a whole number of MB"),
    (manifest(timeout="0"), ":3: timeout", "got 0", "1 to 900"),
    (manifest(timeout="901"), ":3: timeout", "got 901", "1 to 900"),
    (manifest(timeout="1.5"), ":3: timeout", "got 1.5, a number", "1 to 900"),
    (manifest(handler="main"), ":4: handler", "'main' is not a handler", "such as handler.main"),
    (manifest(handler="handler.main()"), ":4: handler", "is not a handler", "such as handler.main"),
    (manifest(handler="handler.py"), "handler.py", "defines no 'py'", "known: main"),
    (
        manifest(handler="handlr.main"),
        ":4: handler",
        "there is no flights/functions/load/handlr.py",
        "handler.py",
    ),
    (manifest(handler="handler.mian"), "load/handler.py", "defines no 'mian'", "did you mean 'main'?"),
    (manifest(layers="x"), ":4: layers", "got 'x', a text", "a list of at most 5"),
    (manifest(layers="[x]"), ":4: layers.0", "'x' is not the ARN of a layer's version", "arn:aws:lambda:"),
    (
        manifest(layers=f"['{LAYER.replace('{region}', 'eu-west-1')}']"),
        ":4: layers",
        "is for the region 'eu-west-1' alone",
        "for all other regions",
    ),
    (manifest(layers=f"['{LAYER.rpartition(':')[0]}']"), ":4: layers.0", "of a layer's version", "<version>"),
    (manifest(layers=f"[{', '.join([repr(LAYER)] * 6)}]"), ":4: layers", "has 6 layers", "at most 5"),
    (manifest(log_retention="31"), ":4: log_retention", "got 31", "30 is the nearest"),
    (manifest(log_retention="7d"), ":4: log_retention", "got '7d', no whole number", "a number of days"),
    (manifest(schedule="daily"), ":4: schedule", "'daily' is not a schedule", "rate(1 hours)"),
    (manifest(schedule="[1]"), ":4: schedule", "got [1], a list", "cron(0 6"),
    (manifest(name="load"), ":4: name", "is not a field of this file", "the name is the file's own"),
    (manifest(memroy="1"), ":4: memroy", "is not a field of this file", "did you mean 'memory'?"),
    (manifest() + "memory: 256\n", ":4: memory", "is there twice; first in line 2", "keep one"),
    ("a: [", "function.yaml:2:1", "is not YAML", "mend it there"),
    ("- a\n", "function.yaml:1", "is not a mapping", "lines of `key: value`"),
    ("", "function.yaml: runtime", "is missing", "one of python3.11"),
]


@pytest.mark.parametrize(("text", "where", "what", "fix"), MANIFESTS)
def test_every_message_of_a_manifest(
    functions: FunctionsFolder, text: str, where: str, what: str, fix: str
) -> None:
    functions.write("load/function.yaml", text)
    _one(functions, where, what, fix)


SOURCES = [
    (b"def main(:\n", "handler.py:1", "is not Python: invalid syntax", "mend it there"),
    (b"x = 1\n  y = 2\n", "handler.py:2", "is not Python: unexpected indent", "mend it there"),
    (b"def main(e, c): ...\nreturn 1\n", "handler.py:2", "'return' outside function", "mend it there"),
    (b"\xff\xfe", "handler.py", "is not Python", "mend it there"),
    (b"main = 1\0", "handler.py", "is not Python", "mend it there"),
    (b"", "handler.py", "defines no 'main'", "def main(event, context):"),
    (b"def mani(e, c): ...\n", "handler.py", "defines no 'main'", "did you mean 'mani'?"),
    (b"def inner():\n    main = 1\nprint(main)\n", "handler.py", "defines no 'main'", "known: inner"),
]


@pytest.mark.parametrize(("content", "where", "what", "fix"), SOURCES)
def test_every_message_of_a_source(
    functions: FunctionsFolder, content: bytes, where: str, what: str, fix: str
) -> None:
    functions.write("load/handler.py", content)
    _one(functions, where, what, fix)


def test_a_missing_handler_file(functions: FunctionsFolder) -> None:
    (functions.root / "functions/load/handler.py").unlink()
    _one(functions, "load/function.yaml", "there is no flights/functions/load/handler.py", "write flights/")


def test_a_broken_module_beside_the_handler(functions: FunctionsFolder) -> None:
    functions.write("load/lib/deep.py", "def x(:\n")
    _one(functions, "flights/functions/load/lib/deep.py:1", "is not Python", "read as Python 3.")


def test_a_link_is_not_followed(functions: FunctionsFolder, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    (functions.root / "functions/load/data.txt").symlink_to(tmp_path / "secret")
    _one(functions, "flights/functions/load/data.txt", "is a link", "a file of its own")


def test_more_code_than_lambda_takes(functions: FunctionsFolder) -> None:
    with functions.write("load/big.bin", b"").open("wb") as file:
        file.truncate(50 * 1024 * 1024 + 1)
    _one(functions, "flights/functions/load", "holds 52,428,", "comes as a layer")


@pytest.mark.parametrize("name", ["my-load", "Load", "1st", "x" * 41, "über"])
def test_a_name_that_no_function_has(functions: FunctionsFolder, name: str) -> None:
    functions.write(f"{name}/function.yaml", manifest())
    functions.write(f"{name}/handler.py", HANDLER)
    _one(functions, f"flights/functions/{name}", "is not a function's name", "no hyphen")


def test_a_folder_without_its_manifest(functions: FunctionsFolder) -> None:
    functions.write("other/handler.py", HANDLER)
    _one(functions, "flights/functions/other", "there is no function.yaml in it", "with function.yaml")


def test_more_schedules_than_one_role_can_name(functions: FunctionsFolder) -> None:
    for number in range(rules.MOST_SCHEDULED):
        functions.write(f"f{number}/function.yaml", manifest(schedule="rate(1 day)"))
        functions.write(f"f{number}/handler.py", HANDLER)
    functions.load()
    functions.write("load/function.yaml", manifest(schedule="rate(1 day)"))
    (problem,) = functions.problems()
    assert (problem.where, problem.what) == ("flights/functions", "81 functions have a schedule")
    longest = f"arn:aws:lambda:ap-southeast-3:123456789012:function:{'f' * 62}"
    policy = json.loads(policies.scheduling([f"{longest}{n:02}" for n in range(rules.MOST_SCHEDULED)]))
    assert len(json.dumps(policy, separators=(",", ":"))) <= variables.LARGEST_POLICY


def test_a_manifest_of_another_name(functions: FunctionsFolder) -> None:
    functions.write("other/function.yml", manifest())
    _one(functions, "flights/functions/other", "no function.yaml in it, but function.yml", "rename it to")


def test_code_beside_the_functions(functions: FunctionsFolder) -> None:
    functions.write("shared.py", "x = 1\n")
    _one(functions, "flights/functions/shared.py", "lies beside the functions", "or make a layer")


def test_no_function_at_all(tmp_path: Path, functions: FunctionsFolder) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    (found,) = workload.folder.examine(empty, None)[1]
    assert (found.where, found.what) == ("empty", "there is no folder functions/ in it")
    (empty / "functions").mkdir()
    (found,) = workload.folder.examine(empty, None)[1]
    assert (found.where, found.what) == ("empty/functions", "holds no function")


def test_all_problems_of_all_functions_come_at_once(functions: FunctionsFolder) -> None:
    functions.write("load/function.yaml", manifest(memory="1", timeout="1000", schedule="x"))
    functions.write("load/handler.py", "def main(:\n")
    functions.write("load/other.py", "def x(:\n")
    functions.write("next/function.yaml", "a: [")
    functions.write("stray.py", "")
    assert [problem.where for problem in functions.problems()] == [
        "flights/functions/stray.py",
        "flights/functions/load/function.yaml:2: memory",
        "flights/functions/load/function.yaml:3: timeout",
        "flights/functions/load/function.yaml:4: schedule",
        "flights/functions/load/handler.py:1",
        "flights/functions/load/other.py:1",
        "flights/functions/next/function.yaml:2:1",
    ]


def test_more_variables_than_a_function_can_have(functions: FunctionsFolder) -> None:
    def group(length: int) -> VariableGroup:
        sources = {"lake": bucket_arn("arn:aws:s3:::lake/x/")}
        return VariableGroup(
            name="awsqa", sources=sources, sinks={"out": Sink("out")}, values={"text": "x" * length}
        )

    # TEXT=…, LAKE=s3://lake/x/ and OUT=s3://<63 characters>/out/: 4, 4 + 12 and 3 + 73 characters
    assert functions.load(group(4096 - 4 - 16 - 76)).names == ["load"]
    (problem,) = functions.problems(group(4096 - 4 - 16 - 76 + 1))
    assert problem.where == "stacks/variables/awsqa.yaml"
    assert "take 4097 bytes" in problem.what


def _one(functions: FunctionsFolder, where: str, what: str, fix: str) -> None:
    problems = functions.problems()
    assert all(problem.where.startswith("flights/functions/") for problem in problems), problems
    assert [
        problem
        for problem in problems
        if where in problem.where and what in problem.what and fix in problem.fix
    ], "\n".join(map(str, problems))


def test_a_layer_of_another_account_in_some_region_takes_its_place_there() -> None:
    """AWS's own layers have other accounts and versions in some regions."""
    there = "arn:aws:lambda:ap-east-1:839552336658:layer:AWSSDKPandas-Python312:9"
    layers = [LAYER, there, "arn:aws:lambda:{region}:123456789012:layer:mine:1"]
    mine = "arn:aws:lambda:ap-east-1:123456789012:layer:mine:1"
    assert rules.layers_in(layers, "ap-east-1") == [there, mine]
    assert rules.layers_in(layers, "eu-west-1") == [
        LAYER.replace("{region}", "eu-west-1"),
        mine.replace("ap-east-1", "eu-west-1"),
    ]
    assert list(rules.layers([LAYER, there])) == [LAYER, there]
    with pytest.raises(InvalidValue, match="is no region"):
        rules.layer(LAYER.replace("{region}", "everywhere"))


IMAGED = "image: 123456789012.dkr.ecr.{region}.amazonaws.com/team/load\nmemory: 128\ntimeout: 1\n"
DIGEST = f"sha256:{'a' * 64}"


def test_an_image_is_pinned_by_the_digest_that_a_pipeline_hands_over(functions: FunctionsFolder) -> None:
    functions.write("load/function.yaml", IMAGED)
    found, problems = folder.examine(functions.root, None, {"load": DIGEST})
    assert problems == []
    uri = f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/load@{DIGEST}"
    assert found.functions["load"].image_uri("eu-west-1") == uri


@pytest.mark.parametrize(
    ("images", "where", "what"),
    [
        ({}, "flights/functions/load", "MAYFLY_IMAGE_LOAD does not say which"),
        ({"load": ""}, "MAYFLY_IMAGE_LOAD", "is empty"),
        ({"load": "latest"}, "MAYFLY_IMAGE_LOAD", "got 'latest'"),
        ({"load": f"evil.example/x@{DIGEST}"}, "MAYFLY_IMAGE_LOAD", "got 'evil.example"),
        ({"load": DIGEST, "more": DIGEST}, "MAYFLY_IMAGE_MORE", "no function 'more' runs an image"),
    ],
)
def test_what_is_handed_over_is_a_digest_of_a_function_that_runs_an_image(
    functions: FunctionsFolder, images: dict[str, str], where: str, what: str
) -> None:
    functions.write("load/function.yaml", IMAGED)
    (problem,) = folder.examine(functions.root, None, images)[1]
    assert problem.where == where
    assert what in problem.what


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ("runtime: nodejs24.x\n", "handler: is empty"),
        ("memory: 128\n", "runtime: is missing"),
        ("runtime: nodejs20.x\nhandler: index.handler\n", "runtime: got 'nodejs20.x'"),
        ("runtime: nodejs24.x\nhandler: index.handler\n", "there is no flights/functions/load/index.js"),
        ("runtime: nodejs24.x\nhandler: other.handler\n", "there is no flights/functions/load/other.js"),
        ("runtime: java21\nhandler: a.B::c\npackage: ../b.zip\n", "is no path of a .zip file"),
        ("runtime: java21\nhandler: a.B::c\npackage: b.zip\n", "there is no flights/functions/load/b.zip"),
        ("runtime: java21\nhandler: a.B::c\npackage: text.zip\n", "is no .zip file"),
        (
            "runtime: python3.12\npackage: code.zip\n",
            "there is no flights/functions/load/code.zip/handler.py",
        ),
        ("image: a/b:latest\n", "image: 'a/b:latest' is no repository"),
        ("image: 123456789012.dkr.ecr.{region}.amazonaws.com/a/b:latest\n", "is no repository"),
        (IMAGED.partition("\n")[0] + "\nruntime: python3.12\n", "does not go with an image"),
    ],
)
def test_what_runs_a_function_fits_what_it_is_made_of(
    functions: FunctionsFolder, fields: str, what: str
) -> None:
    functions.write("load/text.zip", "no zip")
    functions.write("load/code.zip", packed({"other.py": b""}))
    functions.write(
        "load/function.yaml", f"{fields}timeout: 1\n" + ("memory: 128\n" * ("memory" not in fields))
    )
    (problem,) = functions.problems()
    assert what in f"{problem.where}: {problem.what}"


def test_a_package_is_sent_as_it_is_and_a_folder_of_others_can_be_started(functions: FunctionsFolder) -> None:
    content = packed({"handler.py": b"def main(event, context): pass\n"})
    functions.write("load/built.zip", content)
    functions.write("load/requirements.txt", "never-asked-for\n")
    functions.write("load/function.yaml", manifest(package="built.zip"))
    assert zipped(functions.one()) == content
    functions.write("load/bootstrap", "#!/bin/sh\n")
    functions.write("load/function.yaml", manifest(runtime="provided.al2023", handler="any"))
    with zipfile.ZipFile(io.BytesIO(zipped(functions.one()))) as archive:
        assert archive.getinfo("bootstrap").external_attr >> 16 == 0o100755
