"""What `./scripts/setup --for` brings: a part of the lock that lacks nothing and has nothing of another."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata

import pytest

from mayfly import errors
from tests.docs.commands import verbs
from tests.support import scripts
from tests.support.checkout import HERE, clean_environment

LOCK = (HERE / "requirements.txt").read_text()
PARTS = [["aws"], ["azure"], ["aws", "engine"], ["azure", "engine"], ["aws", "azure"]]
OWN = {"azure": r"azure|msal|requests", "aws": r"boto|aws|s3transfer", "engine": r"pulumi|grpc|debugpy|pip$"}


lean_lock = scripts.load("scripts/lean_lock.py")


def packages(lock: str) -> set[str]:
    return set(re.findall(r"^([\w.-]+)==", lock, re.MULTILINE))


def needs(package: str) -> Iterator[str]:
    """What a package asks for on this machine, as its own metadata says. It has no other home than pip's."""
    from pip._vendor.packaging.requirements import Requirement

    for each in map(Requirement, metadata.requires(package) or ()):
        if each.marker is None or each.marker.evaluate({"extra": ""}):
            yield re.sub(r"[-_.]+", "-", each.name).lower()


@pytest.mark.parametrize("parts", PARTS, ids=" ".join)
def test_a_part_lacks_nothing_that_its_packages_need(parts: list[str]) -> None:
    found = packages(lean_lock.lean(LOCK, parts))
    installed = {name for name in found if any(metadata.distributions(name=name))}
    assert {need for name in installed for need in needs(name)} <= found
    assert len(found - installed) < 3  # those of other systems, such as colorama


@pytest.mark.parametrize("parts", PARTS, ids=" ".join)
def test_a_part_has_nothing_of_another(parts: list[str]) -> None:
    found = packages(lean_lock.lean(LOCK, parts))
    other = "|".join(pattern for part, pattern in OWN.items() if part not in parts)
    assert [name for name in found if re.match(rf"(pulumi-)?({other})", name)] == []


def test_all_parts_are_the_whole_lock() -> None:
    assert lean_lock.lean(LOCK, ["aws", "azure", "engine"]) == LOCK


def test_every_entry_keeps_its_hashes() -> None:
    entries = lean_lock.ENTRY.findall(lean_lock.lean(LOCK, ["aws"]))
    assert len(entries) > 15
    assert all("--hash=sha256:" in entry and entry in LOCK for entry in entries)


def test_a_lock_without_annotations_is_refused() -> None:
    """Else everything would go, since nobody asks for it."""
    with pytest.raises(ValueError, match="attrs does not say who asks for it"):
        lean_lock.lean("attrs==1 \\\n    --hash=sha256:0\n", ["aws"])


def test_the_parts_name_dependencies_of_the_project() -> None:
    declared = tomllib.loads((HERE / "pyproject.toml").read_text())["project"]["dependencies"]
    assert set(lean_lock.PARTS) <= {re.split(r"[=><]", each)[0] for each in declared}


def set_parts(*words: str) -> subprocess.CompletedProcess[str]:
    """What set-up would bring for these words, as it says itself."""
    text = (HERE / "scripts/setup").read_text()
    functions, _, _ = text.partition("\nmkdir -p")
    script = f"{functions}\nprintf '%s\\n' $parts | sort -u | xargs"
    return subprocess.run(
        ["bash", "-c", script, str(HERE / "scripts/setup"), *words],
        capture_output=True, text=True, env=clean_environment(), cwd=HERE / "scripts", check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        ("", "all"),
        ("--for aws", "aws cli engine"),
        ("--for azure aws", "aws azure cli engine"),
        ("--for azure up run", "azure cli engine"),
        ("--for azure down", "azure cli"),
        ("--for azure run prove", "azure"),
        ("--for aws azure list", "aws azure"),
        ("--for azure local", "azure cli engine"),
    ],
)
def test_a_verb_gets_what_it_needs(words: str, parts: str) -> None:
    assert set_parts(*words.split()).stdout.split() == parts.split()


@pytest.mark.parametrize("words", ["--for", "--for up", "--for gcp", "azure", "--nope azure"])
def test_what_set_up_does_not_know_is_refused(words: str) -> None:
    ended = set_parts(*words.split())
    assert ended.returncode == 2
    assert "got '" in ended.stderr


def test_verbs_that_need_less_are_verbs() -> None:
    named = re.findall(r'^NO_(?:ENGINE|CLI)="(.*?)"', (HERE / "scripts/setup").read_text(), re.MULTILINE)
    assert len(named) == 2
    assert set(" ".join(named).split()) <= {name.split()[0] for name in verbs()}
    assert "up" not in named


LACKING = """
import sys
sys.modules.update(dict.fromkeys(sys.argv.pop(1).split(",")))
from mayfly.cli import main
main()
"""


@pytest.mark.parametrize(
    ("missing", "verb", "said"),
    [
        ("botocore", "down awsqa-1", "botocore is not installed: .* `./scripts/setup --for aws` adds it"),
        ("azure", "run qa-1 month", "azure is not installed: .* `./scripts/setup --for azure` adds it"),
        ("pulumi,grpc", "up qa-1", "pulumi is not installed: .* `./scripts/setup --for azure` adds it"),
    ],
)
def test_a_verb_without_its_part_says_how_to_get_it(missing: str, verb: str, said: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", LACKING, missing, *verb.split()],
        capture_output=True, text=True, env=clean_environment(), cwd=HERE, check=False,
    )  # fmt: skip
    assert ended.returncode == errors.NotInstalled.exit_code
    assert re.search(said, ended.stderr)
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("verb", ["down awsqa-1", "sweep --fabric=awsqa", "prove awsqa-1"])
def test_a_verb_that_needs_no_engine_imports_none(verb: str) -> None:
    """Nobody answers it, which it says; nothing of what is missing does it miss."""
    nowhere = {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
    }
    ended = subprocess.run(
        [sys.executable, "-c", LACKING, "pulumi,grpc,pulumi_aws,azure", *verb.split()],
        capture_output=True, text=True, env={**clean_environment(), **nowhere}, cwd=HERE, check=False,
    )  # fmt: skip
    assert "EndpointConnectionError" in ended.stderr
    assert not re.search("Traceback|not installed|No module", ended.stderr)
