"""Whose a thing on AWS is."""

from __future__ import annotations

from mayfly.clouds.aws.owner import Owner

OWNER = Owner("mayfly", "awsqa-7", "123456789012", "eu-west-1")


def test_what_carries_no_tags_is_nobodys_unless_its_name_tells() -> None:
    assert not OWNER.has({})
    assert OWNER.has({}, by_name=True)


def test_anothers_tags_say_more_than_a_name() -> None:
    theirs = {"mayfly-env": "awsqa-7", "mayfly-project": "another"}
    assert not OWNER.has(theirs, by_name=True)
    assert OWNER.has({"mayfly-env": "awsqa-7", "mayfly-project": "mayfly"})
