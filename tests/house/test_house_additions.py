"""What is added takes one new file and one line: a kind of thing on AWS, a verb, a cloud.

Each is added in a copy of the packages, and a process in that copy says what takes it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.checkout import HERE, clean_environment


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The project's code without its fabrics."""
    for package in ("mayfly", "stacks", "components"):
        shutil.copytree(
            HERE / package,
            tmp_path / package,
            ignore=shutil.ignore_patterns("__pycache__", "fabrics", "variables"),
        )
    shutil.copy(HERE / "Pulumi.yaml", tmp_path)
    return tmp_path


def add(copy: Path, file: str, text: str, registry: str, after: str, line: str) -> None:
    """One new file, and one line of a registry. after: the line that it follows."""
    assert not (copy / file).exists()
    (copy / file).write_text(text)
    before = (copy / registry).read_text()
    assert before.count(f"{after}\n") == 1
    (copy / registry).write_text(before.replace(f"{after}\n", f"{after}\n{line}\n"))


def said(copy: Path, script: str, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    ended = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        capture_output=True, text=True, cwd=copy, env=clean_environment(), check=False,
    )  # fmt: skip
    assert ended.returncode == code, f"{ended.stdout}\n{ended.stderr}"
    return ended


MAYFLY = "from mayfly.cli import main; main()"

TOPICS = '''
"""Topics of SNS."""

from mayfly.clouds.aws.kinds.kind import Kind, Step
from mayfly.naming import aws


class Topics(Kind):
    """By name."""

    name = "topics"
    type = "AWS::SNS::Topic"
    engine_type = "aws:sns/topic:Topic"
    engine_prefix = "aws:sns/topic"
    arn_form = "arn:aws:sns:{region}:{account}:{handle}"
    own_form = "{environment}-*"
    step = Step.STARTS_WORK
    own_actions = ("sns:CreateTopic", "sns:DeleteTopic")
    list_actions = ("sns:ListTopics",)

    @classmethod
    def is_own_id(cls, id, owner):
        return id.startswith(f"{owner.environment}-")

    def named(self):
        return [name for name in self.cloud.client("sns").topics if self.is_own_id(name, self.owner)]

    def own_tags(self, handle):
        return self.cloud.client("sns").topics.get(handle, {})

    def delete(self, handle):
        del self.cloud.client("sns").topics[handle]
'''

SEEN = """
import json
from types import SimpleNamespace
from mayfly.clouds.aws import permissions
from mayfly.clouds.aws.owner import Owner
from mayfly.engine import recovery_aws
from mayfly.naming import aws
from mayfly.teardown.aws.teardown import is_own
from mayfly.teardown.aws.sweep import Sweep
from mayfly.teardown.loop import Ledger, tear_down
from mayfly.teardown.stack import Claim

account, region = "123456789012", "eu-west-1"
ours = aws.identity("mayfly", "awsqa-7")
sns = SimpleNamespace(topics={"awsqa-7-news": ours, "awsqa-7-theirs": aws.identity("other", "awsqa-7")})
listed = SimpleNamespace(get_paginator=lambda _: SimpleNamespace(paginate=lambda **_: []))
clients = {"sns": sns, "resourcegroupstaggingapi": listed}
cloud = SimpleNamespace(account=account, region=region, client=clients.__getitem__)
policy = {one["Sid"]: one for one in permissions.deployer(account, region, ["awsqa-*"])["Statement"]}
owner = Owner("mayfly", "awsqa-7", account, region)
pending = {"type": "aws:sns/topic:Topic", "inputs": {"name": "awsqa-7-news", "tags": ours}}
found = recovery_aws.finder(cloud, owner)(pending)
sweep = Sweep(cloud, "mayfly", "awsqa-7", print)
kinds = [[kind.name for kind in step] for step in sweep.steps]
topics = [kind for step in sweep.steps for kind in step if kind.name == "topics"]
ledger = Ledger()
remains = tear_down([topics], ledger, lambda _: None)
print(json.dumps({
    "actions": policy["OwnAwsqa"]["Action"],
    "resources": policy["OwnAwsqa"]["Resource"],
    "lists": policy["Look"]["Action"],
    "recovered": found,
    "kinds": kinds,
    "was": [thing.id for thing in ledger.things],
    "remains": len(remains),
    "left": [*sns.topics],
    "own": is_own(Claim("aws:sns/topicPolicy:TopicPolicy", "awsqa-7-news", "x"), owner, ()),
}))
"""


def test_a_kind_of_thing_on_aws_is_a_file_and_a_line(copy: Path) -> None:
    """The deployer's policy, the sweep, recovery and what a state may name all take it."""
    assert "topics" not in {kind for stage in json.loads(said(copy, KINDS).stdout) for kind in stage}
    line = '    "topics": "Topics",'
    kinds = "mayfly/clouds/aws/kinds"
    add(copy, f"{kinds}/topics.py", TOPICS, f"{kinds}/__init__.py", '    "parameters": "Parameters",', line)
    found: dict[str, Any] = json.loads(said(copy, SEEN).stdout)
    at = "arn:aws:sns:eu-west-1:123456789012"
    assert {"sns:CreateTopic", "sns:DeleteTopic"} <= {*found["actions"]}
    assert f"{at}:awsqa-*-*" in found["resources"]
    assert "sns:ListTopics" in found["lists"]
    assert found["kinds"][0] == ["schedules", "topics"]
    assert (found["was"], found["remains"], found["left"]) == ([f"{at}:awsqa-7-news"], 0, ["awsqa-7-theirs"])
    assert (found["recovered"], found["own"]) == ("awsqa-7-news", True)


KINDS = """
import json
from mayfly.clouds.aws.kinds import STEPS
print(json.dumps([[kind.name for kind in step] for step in STEPS]))
"""

GREET = '''
"""`mayfly greet`: says good day."""

from mayfly.cli.arguments import Environment
from mayfly.cli.output import Output


def greet(environment: Environment) -> None:
    """Say good day to an environment."""
    Output().text(f"good day, {environment}")
'''


def test_a_verb_is_a_file_and_a_line(copy: Path) -> None:
    add(
        copy,
        "mayfly/cli/greet.py",
        GREET,
        "mayfly/cli/app.py",
        '    "id": "show_id",',
        '    "greet": "greet",',
    )
    help = said(copy, MAYFLY, "--help").stdout
    assert "Say good day to an environment." in help
    assert said(copy, MAYFLY, "greet", "qa-7").stdout == "good day, qa-7\n"


PAPER = '''
"""Paper: environments on a shelf."""

from __future__ import annotations

from typing import Literal

from mayfly.listing import Listed, Listing
from mayfly.registry import Cloud
from mayfly.settings.fabrics import Fabric
from mayfly.settings.sources import SourceAddress


class Book(SourceAddress):
    cloud = "paper"


class PaperFabric(Fabric):
    cloud: Literal["paper"]
    shelf: int


class PaperCloud(Cloud):
    title = "Paper"
    source_form = "book:<title>"
    source_kind = "the title of a book"
    group_type = "paper:index:Binder"
    refusals = ("Closed",)
    fabric_form = PaperFabric

    def is_source(self, text):
        return text.startswith("book:")

    def source(self, value):
        return Book(value)

    def environments(self, fabrics, here=False, closely=None):
        shelves = [fabric.shelf for fabric in fabrics]
        found = [Listed.of("paper", f"paperqa-{shelf}", {}, "binder", str(shelf)) for shelf in shelves]
        return Listing(found, asked=["the shelf"])


PaperCloud.__abstractmethods__ = frozenset()  # Of its verbs, nobody calls more than the list.
CLOUD = PaperCloud()
'''

FABRIC = "cloud: paper\nshelf: 7\nlifetime: ephemeral\nowner: data-platform\nworkload: here\n"

LOADED = """
import json
from pathlib import Path
from mayfly import settings
wanted = settings.load(Path.cwd(), "paperqa-1", {})
source = wanted.variables.sources["lake"]
print(json.dumps([type(wanted.fabric).__name__, wanted.fabric.shelf, source, source.cloud]))
"""


def test_a_cloud_is_a_file_and_a_line(copy: Path) -> None:
    """Its fabrics load in their own form, its environments are listed, and what is allowed names it."""
    add(
        copy, "mayfly/entries/paper.py", PAPER, "mayfly/registry.py",
        '    "azure": "mayfly.entries.azure",', '    "paper": "mayfly.entries.paper",',
    )  # fmt: skip
    for folder in ("fabrics", "variables"):
        (copy / "stacks" / folder).mkdir()
    (copy / "here").mkdir()
    file, variables = (copy / "stacks" / folder / "paperqa.yaml" for folder in ("fabrics", "variables"))
    file.write_text(FABRIC)
    variables.write_text("sources:\n  lake: book:flights\nsinks:\n  curated: curated\n")
    loaded = json.loads(said(copy, LOADED).stdout)
    assert loaded == ["PaperFabric", 7, "book:flights", "paper"]
    (row,) = json.loads(said(copy, MAYFLY, "list", "--json").stdout)["environments"]
    assert (row["cloud"], row["environment"], row["group"]) == ("paper", "paperqa-7", "binder")
    file.write_text(FABRIC.replace("paper", "papyrus"))
    variables.write_text("sources:\n  lake: scroll:flights\nsinks:\n  curated: curated\n")
    wrong = said(copy, MAYFLY, "vars", "paperqa-1", code=2).stderr
    assert "aws, azure, paper" in wrong
    assert "nor the title of a book" in wrong
    assert "on Paper book:<title>" in wrong
    file.write_text(FABRIC.replace("7", "seven"))
    assert "shelf" in said(copy, MAYFLY, "vars", "paperqa-1", code=2).stderr
