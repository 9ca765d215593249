"""Commands as the documentation writes them, held against the command lines that there are."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from functools import cache
from typing import Any

import typer

from mayfly.cli.app import application
from tests.support.checkout import clean_environment

_CALL = re.compile(r"(?<![\w./-])(?P<program>mayfly|pulumi) (?P<rest>[^|;&)\n]*)")
HELP = {"--help"}


def calls(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each call of mayfly and pulumi in a piece of shell: the program and its words."""
    joined = text.replace("\\\n", " ")
    for match in _CALL.finditer(re.sub(r"(?m)(^|\s)#.*$", "", joined)):
        yield match["program"], shlex.split(match["rest"])


def wrong(text: str) -> list[str]:
    """What a piece of shell asks of mayfly or pulumi that they do not have."""
    check = {"mayfly": _wrong_for_mayfly, "pulumi": _wrong_for_pulumi}
    return [problem for program, words in calls(text) for problem in check[program](words)]


def _wrong_for_mayfly(words: list[str]) -> Iterator[str]:
    verb: list[str] = []
    rest = words
    known = verbs()
    while rest and " ".join([*verb, rest[0]]) in {" ".join(name.split()[: len(verb) + 1]) for name in known}:
        verb, rest = [*verb, rest[0]], rest[1:]
    name = " ".join(verb)
    if name not in known:
        yield f"mayfly {' '.join(words)}: there is no such verb"
        return
    for option in _options(rest):
        if option not in known[name] | HELP:
            yield f"mayfly {name} has no option {option}"


def _wrong_for_pulumi(words: list[str]) -> Iterator[str]:
    verb: list[str] = []
    while len(verb) < len(words) and re.fullmatch(r"[a-z]+", words[len(verb)]):
        verb.append(words[len(verb)])
    told = _pulumi_help(*verb)
    if not re.search(rf"Usage:\n  pulumi {' '.join(verb)}\b", told) and verb[-1] not in _aliases(told):
        yield f"pulumi {' '.join(verb)}: there is no such verb"
    for option in _options(words[len(verb) :]):
        if not re.search(rf"(?<![\w-]){re.escape(option)}\b", told):
            yield f"pulumi {' '.join(verb)} has no option {option}"


def _aliases(told: str) -> list[str]:
    found = re.search(r"Aliases:\n(.*)", told)
    return found[1].replace(",", " ").split() if found else []


def _options(words: list[str]) -> list[str]:
    return [word.partition("=")[0] for word in words if word.startswith("-")]


@cache
def _pulumi_help(*verb: str) -> str:
    command = ["pulumi", *verb, "--help"]
    return subprocess.run(command, env=clean_environment(), capture_output=True, text=True, check=True).stdout


@cache
def verbs() -> dict[str, set[str]]:
    """Every verb of mayfly ("local start") with its options; and each option that is given without a verb."""
    return dict(_verbs(typer.main.get_command(application()), ""))


def _verbs(command: Any, name: str) -> Iterator[tuple[str, set[str]]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        options = {option for parameter in command.params for option in parameter.opts}
        yield name, {option for option in options if option.startswith("-")}
        return
    for option in (option for parameter in command.params for option in parameter.opts):
        yield f"{name} {option}".strip(), set()
    for word, each in inner.items():
        yield from _verbs(each, f"{name} {word}".strip())
