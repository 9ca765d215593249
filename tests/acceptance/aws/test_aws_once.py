"""`mayfly up` does each thing once on AWS, too."""

from __future__ import annotations

from pathlib import Path

from tests.support.checkout import Checkout, finish
from tests.support.interpreters import Interpreters
from tests.support.request_log import RequestLog


def test_up_starts_no_other_python_and_asks_the_cloud_once(
    checkout: Checkout, log: RequestLog, tmp_path: Path
) -> None:
    python = Interpreters(tmp_path / "noted")
    for _ in ("made", "again"):
        finish(checkout.start("mayfly", "up", "awsqa-once", **python.environ)).ok()
        assert len(python.started()) == 1
        # The preflight alone asks for the boundary's text.
        assert len([each for each in log.entries() if each["operation"] == "GetPolicyVersion"]) == 1
        log.mark()
    checkout.run("mayfly", "down", "awsqa-once").ok()


def test_what_two_threads_import_is_no_package_that_imports_its_own_modules(checkout: Checkout) -> None:
    done = checkout.run("python", "-m", "tests.support.imported_twice", "awsqa-once").ok()
    assert set(done.json()) <= {"mayfly.clouds", "mayfly.clouds.shared"}
