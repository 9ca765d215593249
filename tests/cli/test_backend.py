"""What we write into Pulumi's file backend."""

from __future__ import annotations

from pathlib import Path

from mayfly.engine.backend import write_no_tags


def test_a_stack_gets_a_file_of_no_tags_and_keeps_its_own(tmp_path: Path) -> None:
    environ = {"PULUMI_BACKEND_URL": f"file://{tmp_path}?metadata=skip"}
    stacks = tmp_path / ".pulumi/stacks/mayfly"
    stacks.mkdir(parents=True)
    (stacks / "qa-1.json").touch()
    for stack in ("qa-1", "qa-2"):
        write_no_tags(environ, "mayfly", stack)
        write_no_tags({"PULUMI_BACKEND_URL": "s3://states"}, "mayfly", stack)
    tags = stacks / "qa-1.pulumi-tags"
    assert tags.read_text() == '{"version":1,"tags":{}}'
    assert not (stacks / "qa-2.pulumi-tags").exists()
    tags.write_text('{"version":1,"tags":{"team":"data"}}')
    write_no_tags(environ, "mayfly", "qa-1")
    assert "team" in tags.read_text()


def test_a_link_that_somebody_laid_is_not_followed(tmp_path: Path) -> None:
    """Whoever may write to the backend would choose where the owner's `down` makes a file."""
    environ = {"PULUMI_BACKEND_URL": f"file://{tmp_path}"}
    stacks = tmp_path / ".pulumi/stacks/mayfly"
    stacks.mkdir(parents=True)
    (stacks / "qa-1.json").touch()
    (stacks / "qa-1.pulumi-tags").symlink_to(tmp_path / "elsewhere")
    write_no_tags(environ, "mayfly", "qa-1")
    assert not (tmp_path / "elsewhere").exists()
