"""A command that begins warm answers as a cold one, and does not outlive who asked for it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.checkout import HERE, Checkout, clean_environment, finish
from tests.support.warm import warm


@pytest.mark.parametrize(
    "words", [("id", "feature/ä"), ("vars", "qa-UP", "--json"), ("destroy",), ("--version",)]
)
def test_a_command_that_begins_warm_answers_as_a_cold_one(words: tuple[str, ...]) -> None:
    here = Checkout(HERE)
    cold = finish(here.start("mayfly", *words, principal="nobody"))
    begun_warm = here.run("mayfly", *words, principal="nobody")
    assert (begun_warm.code, begun_warm.stdout, begun_warm.stderr) == (cold.code, cold.stdout, cold.stderr)


def test_a_language_host_ends_with_who_asked_for_it() -> None:
    """Killed, so that it can tell nobody."""
    line, end = os.pipe()
    launcher = warm().programs / "pulumi-language-python"
    with subprocess.Popen(
        [launcher, "127.0.0.1:1"], stdin=subprocess.PIPE, stdout=end, env=clean_environment()
    ) as host, Path(f"/dev/fd/{line}").open() as said:  # fmt: skip
        os.close(end)
        assert int(said.readline()) > 0
        host.kill()
        assert said.read() == "", "the host has closed it"
    os.close(line)
