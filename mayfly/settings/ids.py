"""Names of environments: `<fabric>-<id>`, and the rule that makes an id of a branch.

**A branch's id.** A branch whose name is an id already, and does not end like a hash (below), is its own id:
`142`, `feature-1`. Every other name is changed, and then ends in a hash of what it was:

1. letters become lower-case; one with an accent becomes the letter below it (`ü` → `u`), a ligature its
   letters (`ß` → `ss`, `æ` → `ae`); each run of other characters than a-z and 0-9 becomes one hyphen,
   hyphens at the ends go: `feature/New_Sink` → `feature-new-sink`, `größe` → `grosse`;
2. it is cut to 27 characters;
3. a hyphen and 12 hexadecimal digits of the SHA-256 of the branch's exact name follow:
   `feature-new-sink-a0c84e7fe914`.

So no two branches share an id. Two that are their own ids differ as they stand. One that is its own id never
ends in a hyphen and 12 hexadecimal digits (nor consists of 12 alone): that shape is reserved, and a branch
that happens to have it is hashed too. Two that are hashed differ in their hashes (48 bits of SHA-256).
"""

from __future__ import annotations

import re
import shlex
import unicodedata
from hashlib import sha256

from mayfly.errors import BadInput, Problem
from mayfly.settings.invalid import InvalidValue, shown, text

LONGEST_ID = 40
LONGEST_FABRIC = 10
LONGEST_SHOWN = 60
_HASH_LENGTH = 12

_ID = re.compile(r"[a-z0-9](-?[a-z0-9])*")
_FABRIC = re.compile(r"[a-z][a-z0-9]*")
_RESERVED = re.compile(rf"(.*-)?[0-9a-f]{{{_HASH_LENGTH}}}", re.DOTALL)
# Letters that Unicode does not decompose.
_SPELLED = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ħ": "h"}
)
# What Git refuses in the name of a branch (git-check-ref-format).
_NO_BRANCH = re.compile(r"^-|^[./]|[./]$|\.\.|//|/\.|\.lock(/|$)|@\{|^@$|[\x00-\x20\x7f~^:?*\[\\]")

REAPER = "reaper"
"""No fabric's name: stacks of the name reaper-<cloud> are the in-cloud reapers, and no environments."""

FABRIC_RULE = f"a lower-case letter, then lower-case letters and digits, at most {LONGEST_FABRIC} characters"
ID_RULE = f"lower-case letters, digits and single hyphens between them, at most {LONGEST_ID} characters"
NAME_RULE = "<fabric>-<id>, such as qa-142, or a permanent fabric's name alone"


def parse(stack: str) -> tuple[str, str | None]:
    """Split an environment's name into its fabric and its id; the id is None for a fabric's name alone.

    Whether there is such a fabric, and whether it takes ids, is not asked here: `load` does.

    Raises BadInput with each part that is not allowed; where a branch seems to have been meant, the message
    names the id that it has.
    """
    if not stack or stack.startswith("-"):
        what = f"{shown(stack)} looks like an option" if stack else "no environment is named"
        raise BadInput([Problem("environment", what, f"name it {NAME_RULE}")])
    fabric, hyphen, id = stack.partition("-")
    found = _bad_fabric(fabric, id, stack) + (_bad_id(fabric, id, stack) if hyphen else [])
    if found:
        raise BadInput(found)
    return fabric, id if hyphen else None


def from_branch(branch: str) -> str:
    """Return the id of a branch's environments, by the rule of this module.

    branch: the name as Git has it, `feature/New_Sink`, without `refs/heads/`.

    Raises BadInput for an empty name.
    """
    if not branch:
        raise BadInput([Problem("branch", "no branch is named", "give the branch's name, feature/x")])
    if _is_id(branch) and not _RESERVED.fullmatch(branch):
        return branch
    slug = re.sub(r"[^a-z0-9]+", "-", _ascii(branch.lower())).strip("-")
    slug = slug[: LONGEST_ID - _HASH_LENGTH - 1].rstrip("-")
    hashed = sha256(branch.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH_LENGTH]
    return f"{slug}-{hashed}" if slug else hashed


def _ascii(name: str) -> str:
    """A name with accents gone and ligatures spelled out. What has no such spelling stays."""
    spelled = name.translate(_SPELLED)
    decomposed = unicodedata.normalize("NFKD", spelled)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def fabric_name(value: object) -> str:
    """Return a valid fabric's name. Raises InvalidValue."""
    name = text(value, FABRIC_RULE)
    if len(name) > LONGEST_FABRIC or not _FABRIC.fullmatch(name):
        raise InvalidValue(f"{shown(name)} is not a fabric's name", FABRIC_RULE)
    if name == REAPER:
        what = "is the name of the in-cloud reapers' stacks, which no verb makes or removes"
        raise InvalidValue(f"{shown(name)} {what}", "another name; a reaper is made by plain `pulumi up`")
    return name


def environment_id(value: object) -> str:
    """Return a valid environment's id. Raises InvalidValue."""
    id = text(value, ID_RULE)
    if len(id) > LONGEST_ID:
        raise InvalidValue(f"the id {shown(id)} is too long", ID_RULE)
    if not _is_id(id):
        raise InvalidValue(f"the id {shown(id)} has characters that no id has", ID_RULE)
    return id


def is_branch(name: str) -> bool:
    """Return whether Git would take this as the name of a branch."""
    return bool(name) and _NO_BRANCH.search(name) is None


def _is_id(name: str) -> bool:
    return len(name) <= LONGEST_ID and _ID.fullmatch(name) is not None


def _bad_fabric(fabric: str, id: str, stack: str) -> list[Problem]:
    try:
        fabric_name(fabric)
    except InvalidValue as refused:
        if fabric == REAPER:
            return [Problem(f"environment {shown(stack)}", refused.what, refused.fix)]
        lower = f"{fabric.lower()}-{id}" if id else fabric.lower()
        if _FABRIC.fullmatch(fabric.lower()) and len(fabric) <= LONGEST_FABRIC:
            hint = f"did you mean {lower}?"
        else:
            hint = _id_of_branch("<fabric>", stack) or f"name it {NAME_RULE}"
        return [Problem(f"environment {shown(stack)}", refused.what, f"{refused.fix}; {hint}")]
    return []


def _bad_id(fabric: str, id: str, stack: str) -> list[Problem]:
    try:
        environment_id(id)
    except InvalidValue as refused:
        what = refused.what if id else "the id is missing"
        hint = _id_of_branch(fabric if _FABRIC.fullmatch(fabric) else "<fabric>", id)
        fix = f"{refused.fix}; {hint}" if hint else refused.fix
        return [Problem(f"environment {shown(stack)}", what, fix)]
    return []


def _id_of_branch(fabric: str, branch: str) -> str:
    """What to use instead, when a branch's name was given where an environment's belongs."""
    if not is_branch(branch):
        return ""
    id = from_branch(branch)
    quoted = shlex.quote(branch) if len(branch) <= LONGEST_SHOWN else "BRANCH"
    return f"`mayfly id {quoted}` gives {id}, so use {fabric}-{id}"
