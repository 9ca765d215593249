"""`mayfly up` does each thing once: one Python, one reading of the settings, one preflight."""

from __future__ import annotations

from pathlib import Path

from tests.support.checkout import NONPRODUCTION, Checkout, finish
from tests.support.interpreters import Interpreters
from tests.support.request_log import RequestLog

ASKED_BY_THE_PREFLIGHT_ALONE = f"/subscriptions/{NONPRODUCTION}/providers/Microsoft.DataFactory"
PLAIN = ("pulumi", "up", "--stack", "qa-once", "--yes", "--skip-preview")


def preflights(log: RequestLog) -> int:
    """How many since the last time."""
    found = [each for each in log.entries() if each["path"] == ASKED_BY_THE_PREFLIGHT_ALONE]
    log.mark()
    return len(found)


def test_up_starts_no_other_python_and_asks_the_cloud_once(
    checkout: Checkout, log: RequestLog, tmp_path: Path
) -> None:
    python = Interpreters(tmp_path / "noted")
    for _ in ("made", "again"):
        finish(checkout.start("mayfly", "up", "qa-once", **python.environ)).ok()
        assert len(python.started()) == 1
        assert preflights(log) == 1
    finish(checkout.start(*PLAIN, **python.environ)).ok()  # the same program, which asks by itself
    assert any("language_host" in line for line in python.started())
    assert preflights(log) == 1
    assert checkout.run("mayfly", "up", "qa-once", "--json").ok().json()["changes"].keys() == {"same"}


def test_what_the_preflight_finds_is_told_as_before_whether_the_stack_is_new_or_not(
    checkout: Checkout, log: RequestLog, tmp_path: Path
) -> None:
    path = checkout.root / "stacks/variables/qa.yaml"
    kept = path.read_text()
    checkout.run("mayfly", "up", "qa-once").ok()
    log.mark()
    try:
        path.write_text(kept.replace("/flightslake/", "/flightslaker/"))
        for name in ("qa-once", "qa-never"):
            done = checkout.run("mayfly", "up", name)
            assert done.code == 3, done.stderr
            assert done.stderr.count("sources.lake: ") == 1, done.stderr
            assert "Traceback" not in done.stderr
            assert done.stdout == ""
            assert preflights(log) == 1
    finally:
        path.write_text(kept)
    assert list((checkout.root / "stacks").glob("Pulumi.qa-never*")) == []
    assert checkout.run("mayfly", "up", "qa-once", "--json").ok().json()["changes"].keys() == {"same"}
    checkout.run("mayfly", "down", "qa-once").ok()


def test_what_two_threads_import_is_no_package_that_imports_its_own_modules(checkout: Checkout) -> None:
    done = checkout.run("python", "-m", "tests.support.imported_twice", "qa-once").ok()
    assert set(done.json()) <= {"mayfly.clouds", "mayfly.clouds.shared"}
