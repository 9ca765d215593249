"""What is refused before anything is created: files to break, and what a refusal has to look like."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.checkout import Checkout, Finished
from tests.support.request_log import RequestLog

BAD_INPUT = 2
READING = ("/checkNameAvailability", "/oauth2/v2.0/token")
"""Ends of Azure's paths that are asked by POST and change nothing."""
LOOKING = ("Describe", "Get", "Head", "List")
"""Beginnings of AWS's operations that change nothing."""


@dataclass
class Files:
    """A checkout's files, to break and to restore."""

    root: Path
    originals: dict[Path, str | None] = field(default_factory=dict)

    def write(self, file: str, text: str) -> None:
        """Give a file another text, or make it."""
        path = self.root / file
        self.originals.setdefault(path, path.read_text() if path.exists() else None)
        path.write_text(text)

    def change(self, file: str, old: str, new: str) -> None:
        """Change what stands in a file once."""
        text = (self.root / file).read_text()
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        self.write(file, text.replace(old, new))

    def restore(self) -> None:
        """Put everything back."""
        for path, text in self.originals.items():
            if text is None:
                path.unlink()
            else:
                path.write_text(text)


@dataclass
class Refusal:
    """A command that was refused. problems: of its JSON document, each with where, what and fix."""

    finished: Finished
    problems: list[dict[str, str]]

    @property
    def lines(self) -> list[str]:
        """Each problem as both the CLI and the program tell it."""
        return [f"{problem['where']}: {problem['what']} ({problem['fix']})" for problem in self.problems]

    def one(self, where: str, what: str, fix: str) -> None:
        """There is one problem, and its parts say this."""
        assert len(self.problems) == 1, self.problems
        (problem,) = self.problems
        for part, said in (("where", where), ("what", what), ("fix", fix)):
            assert said in problem[part], f"{said!r} is not in {problem[part]!r}"


@dataclass
class Refuser:
    """Runs what has to be refused, and looks that nothing came of it."""

    checkout: Checkout
    log: RequestLog

    def mayfly(self, *arguments: str, **environ: str) -> Refusal:
        """A verb that ends with exit code 2; the problems told on stderr are those of the JSON document."""
        verb, *rest = arguments
        finished, document = self.fails("mayfly", verb, "--json", *rest, environ=environ)
        error = document["error"]
        assert (finished.code, error["exit_code"]) == (BAD_INPUT, BAD_INPUT), finished
        refusal = Refusal(finished, error["problems"])
        told = [line for line in finished.stderr.splitlines() if line.startswith("error: ")]
        assert told == [f"error: {line}" for line in refusal.lines], finished
        return refusal

    def fails(
        self, *command: str, timeout: float = 60, environ: Mapping[str, str] | None = None
    ) -> tuple[Finished, dict[str, Any]]:
        """A command of ours, with --json, that fails: stdout is one document, and nothing is created."""
        with self.nothing_created():
            finished = self.checkout.run(*command, timeout=timeout, **(environ or {}))
        assert finished.code != 0, finished
        assert "Traceback" not in finished.stderr, finished.stderr
        document = json.loads(finished.stdout)
        assert document["schema_version"] == 1
        return finished, document

    def pulumi(self, stack: str, **environ: str) -> str:
        """What plain Pulumi shows of an update that fails and makes nothing."""
        flags = ("--yes", "--skip-preview", "--non-interactive", "--stack", stack)
        with self.nothing_created():
            finished = self.checkout.run("pulumi", "up", *flags, timeout=60, **environ)
        shown = finished.stdout + finished.stderr
        assert finished.code != 0, shown
        assert "Traceback" not in shown
        return shown

    @contextmanager
    def nothing_created(self) -> Iterator[None]:
        """Nothing is written in the cloud, and no stack is made, nor anything put into one."""
        before = self.kept()
        self.log.mark()
        yield
        written = [
            f"{entry['method']} {entry['path']} {entry.get('operation', '')}"
            for entry in self.log.entries()
            if _writes(entry)
        ]
        assert not written, f"written: {written}"
        assert self.kept() == before, f"{before} became {self.kept()}"

    def kept(self) -> dict[str, list[str]]:
        """The stacks of Pulumi's backend with the resources in them, and the stacks' configuration files."""
        states = (self.checkout.backend / "stacks/mayfly").glob("*.json")
        files = sorted(path.name for path in (self.checkout.root / "stacks").glob("Pulumi.*.yaml"))
        return {"": files, **{path.stem: _resources(path) for path in sorted(states)}}


def _writes(entry: dict[str, Any]) -> bool:
    """Whether a request changes something; a POST that only asks does not."""
    if "operation" in entry:
        return not entry["operation"].startswith(LOOKING)
    if entry["method"] == "POST":
        return not entry["path"].endswith(READING)
    return entry["method"] not in ("GET", "HEAD")


def _resources(state: Path) -> list[str]:
    """What a provider made, as a stack's state names it; the stack and providers are not made anywhere."""
    latest = json.loads(state.read_text())["checkpoint"].get("latest") or {}
    urns = (str(resource["urn"]) for resource in latest.get("resources") or [])
    return sorted(urn for urn in urns if "pulumi:pulumi:Stack" not in urn and "pulumi:providers:" not in urn)
