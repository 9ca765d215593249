"""The error of a value that a rule does not take, and what messages show of a value."""

from __future__ import annotations

from mayfly.secrets import looks_secret

NO_SECRETS = (
    "settings land in outputs, state and global parameters, for all to read: keep it in Key Vault or Secrets "
    "Manager, let the environment's identity read it there, and name it here"
)


class InvalidValue(ValueError):
    """A value that a rule does not take.

    what: what was got and why it cannot be used. fix: what is allowed, or what to do.
    A ValueError, so that pydantic collects it with the others; it becomes a Problem where file and field are
    known.
    """

    def __init__(self, what: str, fix: str) -> None:
        self.what = what
        self.fix = fix
        super().__init__(f"{what} ({fix})")


def shown(value: object) -> str:
    """A value as a message shows it: what was written, on one line, at most 60 characters, and no secret."""
    if secret := looks_secret(str(value)):
        return f"what looks like {secret}"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:40]}… ({len(str(value))} characters)"


TYPE_WORDS = {bool: "a truth value", int: "a number", float: "a number", list: "a list", dict: "a mapping"}


def no_secret(value: str, name: str = "") -> None:
    """Raise InvalidValue for what looks like a secret, without repeating it. name: the value's."""
    if secret := looks_secret(value, name):
        raise InvalidValue(f"looks like {secret}", NO_SECRETS)


def text(value: object, allowed: str) -> str:
    """Return the value if it is a non-empty text that looks like no secret; raise InvalidValue otherwise.

    allowed: what the field takes, for the message.
    """
    if isinstance(value, str) and value:
        no_secret(value)
        return value
    if value is None or value == "":
        raise InvalidValue("is empty", allowed)
    raise InvalidValue(
        f"got {shown(value)}, {TYPE_WORDS.get(type(value), 'no text')}", f"{allowed}; as a text"
    )
