"""The same environment on AWS, made in several ways: ours by the deployer, others by the account's owner.

The deployer has a policy of many statements, and the local AWS takes a third of a millisecond for each key of
a bulk delete to judge by it: in our figures it is in.
"""

from __future__ import annotations

from collections.abc import Mapping

from bench.aws import objects, terraform
from bench.contender import Contender, Step, commands, pulumi
from bench.project import Project

OWNER = "owner"
PEER = "hand-written Pulumi"
COLUMNS = {"up": "up", "code": "a line of code", "down": "down"}


def contenders(place: Project, count: int) -> Mapping[str, Contender]:
    """By name; the peer is what the ratios are to. count: objects in the bucket before each down."""
    again = commands("mayfly up awsqa-1")
    found = {
        PEER: Contender(pulumi("peer-1", "bench/aws/peer", OWNER), filled("peer-1", count)),
        "mayfly up, mayfly down": Contender(
            {"up": again, "code": again, "down": commands("mayfly down awsqa-1")},
            filled("awsqa-1", count),
        ),
        "our program, plain Pulumi": Contender(pulumi("awsqa-2"), filled("awsqa-2", count)),
        "boto3 script": Contender(script("bare_sdk", "sdk-1"), filled("sdk-1", count)),
        "CloudFormation by boto3": Contender(script("cloudformation", "stack-1"), filled("stack-1", count)),
        "an empty program": Contender(pulumi("empty-1", "bench/empty", OWNER)),
    }
    if terraform.there(place.root):
        found["Terraform"] = Contender(script("terraform", "tf-1"), filled("tf-1", count), once=True)
    return found


def script(module: str, name: str) -> Mapping[str, Step]:
    """One of this folder's."""
    line = f"python -m bench.aws.{module}"
    return {step: commands(f"{line} {step} {name}", principal=OWNER) for step in ("up", "code", "down")}


def filled(name: str, count: int) -> Step:
    """Objects in the environment's one bucket, whatever it is called after the environment's name."""
    return lambda place: objects.fill(place, objects.bucket(place, name), count)
