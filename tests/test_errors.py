"""Which exit code what was found beforehand ends a verb with."""

from __future__ import annotations

from mayfly.errors import BadInput, Denied, Problem, refusal

TAKEN = Problem("bucket b", "is taken", "choose another id")
UNSEEN = Problem("role r", "iam:GetRole is denied", "give the right", denied=True)
UNREAD = Problem("bucket lake", "s3:ListBucket is denied", "give the right", denied=True)


def test_missing_rights_alone_are_not_bad_input() -> None:
    denied = refusal([UNSEEN, UNREAD])
    assert (type(denied), denied.exit_code, denied.problems) == (Denied, 3, (UNSEEN, UNREAD))
    assert str(denied) == (
        "role r: iam:GetRole is denied\nbucket lake: s3:ListBucket is denied\ngive the right"
    )


def test_a_missing_right_beside_something_else_is_told_with_it() -> None:
    both = refusal([TAKEN, UNSEEN])
    assert (type(both), both.exit_code, both.problems) == (BadInput, 2, (TAKEN, UNSEEN))
