"""The questions, in their order; each writes down what was asked, what came, and what it decides."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from smoke.commands import Answer, Shell
from smoke.place import Place
from smoke.report import Finding

Say = Callable[[str], None]


@dataclass
class Smoke:
    """One run. first, second: names of the environments that are made. workload: its folder.

    say: told what is asked, and what came.
    """

    deployer: Shell
    place: Place
    first: str
    second: str
    workload: Path
    say: Say
    findings: list[Finding] = field(default_factory=list)
    before: object = None

    def all(self) -> list[Finding]:
        """Ask everything. A question that fails is written down, and the next is asked."""
        started = time.monotonic()
        self.before = self.place.production()
        try:
            for step in (
                self.rights,
                self.signed_in,
                self.preview,
                self.up,
                self.unchanged,
                self.runs,
                self.proved,
                self.disproved,
                self.drift,
                self.killed,
                self.trigger,
                self.lost,
                self.reused,
                self.down,
                self.again,
                self.left,
                self.untouched,
            ):
                self._ask(step)
            self._ask(lambda: self.trail((time.monotonic() - started) / 60 + 1))
        finally:
            for environment in (self.first, self.second):
                self.deployer.mayfly("down", environment)
        return self.findings

    def _ask(self, step: Callable[[], Finding]) -> None:
        started = time.monotonic()
        try:
            finding = step()
        except Exception as error:  # whatever an SDK raises is an answer, too
            name = getattr(step, "__name__", "trail")
            finding = Finding(name, "", "an answer", f"{type(error).__name__}: {error}", ok=False)
        finding.seconds = finding.seconds or time.monotonic() - started
        finding.got = " ".join(finding.got.replace("|", "/").split())
        self.findings.append(finding)
        self.say(f"{finding.verdict:<9} {finding.name}: {finding.got}")

    def rights(self) -> Finding:
        """The deployer may not give itself more."""
        tries = self.place.forbidden()
        finding = Finding(
            "the deployer's rights end where they should",
            "Whether the documented roles are what the deployer has.",
            "every try refused",
            raw=[f"{one.what}: {one.got or 'LET THROUGH'}" for one in tries],
        )
        finding.ok = all(one.refused for one in tries)
        finding.got = f"{sum(one.refused for one in tries)} of {len(tries)} refused"
        return finding

    def signed_in(self) -> Finding:
        """The verbs that only look."""
        answers = [self.deployer.mayfly("vars", self.first), self.deployer.mayfly("list")]
        return _asked(
            "the deployer is signed in",
            "Whether sign-in works for the verbs that only look.",
            "exit 0 twice",
            answers,
            all(answer.code == 0 for answer in answers),
        )

    def preview(self) -> Finding:
        """Plain Pulumi, before anything is there."""
        answers = [
            self.deployer.run("pulumi", "stack", "select", "--create", self.first),
            self.deployer.run("pulumi", "preview", "--stack", self.first),
        ]
        return _asked(
            "a preview by plain Pulumi",
            "Whether the provider's plugin, the state's backend and the preflight work.",
            "exit 0",
            answers,
            answers[-1].code == 0,
        )

    def up(self) -> Finding:
        """The environment is made."""
        answer = self._up(self.first)
        return _asked(
            "up",
            "How long it takes here, and whether rights and names hold.",
            "exit 0",
            [answer],
            answer.code == 0,
        )

    def unchanged(self) -> Finding:
        """A second `up` finds nothing to do."""
        answer = self._up(self.first)
        changed = {
            kind: number for kind, number in answer.document.get("changes", {}).items() if kind != "same"
        }
        return _asked(
            "up again",
            "Whether what the cloud gives back equals what was asked for.",
            "no change",
            [answer],
            answer.code == 0 and not changed,
            f"{changed or 'no change'}, {answer.seconds:.0f} s",
        )

    def runs(self) -> Finding:
        """The workload reads production, at once."""
        answer = self.deployer.mayfly("run", self.first, *self.place.run)
        return _asked(
            "run, at once",
            "Whether `up` ends when the identity can really read.",
            "it succeeds",
            [answer],
            answer.code == 0,
        )

    def proved(self) -> Finding:
        """Every raw answer is kept: which are none of allowed and refused decides how they are read."""
        answer = self.deployer.mayfly("prove", self.first)
        return _asked(
            "prove",
            "Whether the cloud's answers are as the probes expect: read each that is not.",
            "exit 0",
            [answer],
            answer.code == 0,
            _verdict(answer),
        )

    def disproved(self) -> Finding:
        """The control: with a right too many, `prove` says so."""
        with self.place.widened(self.first) as what:
            answer = self.deployer.mayfly("prove", self.first)
        finding = _asked(
            "prove, with a right too many",
            "Whether a proof can fail: without this one, the other is worth nothing.",
            "exit 1",
            [answer],
            answer.code == 1,
            _verdict(answer),
        )
        finding.raw.insert(0, what)
        return finding

    def drift(self) -> Finding:
        """What somebody changed by hand is seen and put back."""
        what = self.place.drifted(self.first)
        refresh = ("pulumi", "refresh", "--stack", self.first, "--yes", "--skip-preview")
        answers = [
            self.deployer.run(*refresh),
            self._up(self.first),
            self.deployer.run("pulumi", "preview", "--refresh", "--expect-no-changes", "--stack", self.first),
        ]
        put_back = answers[1].document.get("changes", {}).get("update", 0)
        finding = _asked(
            "a tag changed by hand",
            "Whether drift is seen, and whether nothing else drifts.",
            "put back, then nothing to change",
            answers,
            put_back > 0 and answers[-1].code == 0,
            f"{put_back} updated; preview exit {answers[-1].code}",
        )
        finding.raw.insert(0, what)
        return finding

    def killed(self) -> Finding:
        """SIGKILL while things are being made; the next `up` takes them up."""
        answers = [
            self.deployer.killed("mayfly", "up", self.second, at="  created "),
            self._up(self.second),
        ]
        return _asked(
            "kill -9 during up, and up again",
            "Whether what a killed run made is taken up and not refused.",
            "exit 0",
            answers,
            answers[-1].code == 0,
        )

    def trigger(self) -> Finding:
        """An event trigger in the workload."""
        name, decides, expected = "an event trigger", "Whether it is left out and told.", "left out, and told"
        with tempfile.TemporaryDirectory(prefix="mayfly-") as folder:
            copy = shutil.copytree(self.workload, Path(folder, "workload"))
            trigger = self.place.workload(str(copy))
            if trigger is None:
                return Finding(name, decides, expected, "this cloud's workloads have none")
            answer = self.deployer.mayfly("up", self.second, "--workload", str(copy))
        return _asked(name, decides, expected, [answer], answer.code == 0 and trigger in answer.stderr)

    def lost(self) -> Finding:
        """No state, and half of it removed by hand."""
        what = self.place.lost(self.second)
        answers = [
            self.deployer.run("pulumi", "stack", "rm", "--force", "--yes", "--stack", self.second),
            self.deployer.mayfly("down", self.second),
        ]
        complete = answers[-1].document.get("receipt", {}).get("complete")
        finding = _asked(
            "down without a state",
            "Whether tags and names suffice, and whether grants of a dead principal go.",
            "a complete receipt",
            answers,
            answers[-1].code == 0 and complete is True,
        )
        finding.raw.insert(0, what)
        return finding

    def reused(self) -> Finding:
        """The same name again, at once."""
        answers = [self._up(self.second), self.deployer.mayfly("down", self.second)]
        return _asked(
            "the same name again, at once",
            "How long names stay reserved here.",
            "exit 0 twice",
            answers,
            all(answer.code == 0 for answer in answers),
        )

    def down(self) -> Finding:
        """The environment goes."""
        answer = self.deployer.mayfly("down", self.first)
        complete = answer.document.get("receipt", {}).get("complete")
        return _asked(
            "down",
            "How long it takes here, and whether anything sticks.",
            "a complete receipt",
            [answer],
            answer.code == 0 and complete is True,
        )

    def again(self) -> Finding:
        """Absent is success."""
        answer = self.deployer.mayfly("down", self.first)
        return _asked(
            "down again", "Whether lists that lag are believed.", "exit 0", [answer], answer.code == 0
        )

    def left(self) -> Finding:
        """What the cloud says."""
        left = self.place.left((self.first, self.second))
        finding = Finding(
            "what is left", "What `down` overlooks.", "nothing", "nothing", ok=not left, raw=[*left]
        )
        if left:
            finding.got = f"{len(left)} things"
        return finding

    def untouched(self) -> Finding:
        """Production's own side."""
        after = self.place.production()
        finding = Finding(
            "rights on the sources", "Whether a grant stays behind.", "as before", "as before", ok=True
        )
        finding.raw = [f"before: {self.before}", f"after: {after}"]
        if after != self.before:
            finding.ok, finding.got = False, "changed"
        return finding

    def trail(self, minutes: float) -> Finding:
        """Refusals that nobody saw."""
        said = self.place.denied(minutes)
        return Finding(
            "refusals in the trail",
            "Which rights the deployer misses or does not need.",
            "read them",
            said.partition("\n")[0],
            raw=[said],
        )

    def _up(self, environment: str) -> Answer:
        return self.deployer.mayfly("up", environment)


def _asked(name: str, decides: str, expected: str, answers: list[Answer], ok: bool, got: str = "") -> Finding:
    last = answers[-1]
    said = got or f"exit {last.code}" + (
        "" if ok else f": {(last.stderr.strip().splitlines() or [''])[-1][:200]}"
    )
    seconds = sum(answer.seconds for answer in answers)
    return Finding(name, decides, expected, said, ok, seconds, [answer.said for answer in answers])


def _verdict(answer: Answer) -> str:
    """Of a proof: how many probes were not as expected."""
    probes = answer.document.get("probes")
    if probes is None:
        return f"exit {answer.code}, no document"
    odd = [f"{probe['what']} {probe['got']}" for probe in probes if not probe["ok"]]
    return f"exit {answer.code}, {len(probes)} probes, {len(odd)} not as expected {'; '.join(odd[:3])}"
