"""Text of others, made fit for a log and a terminal.

What functions log, what clouds answer and what activities put out is written by whoever wrote the workload.
CI systems read commands in what a job prints: GitHub `::add-mask::…` at the beginning of a line, white space
before it left out, and `##[…]` anywhere in one; Azure DevOps `##vso[…]` anywhere. Terminals read escape
sequences. Sources: actions/runner, `ActionCommand.cs`; microsoft/azure-pipelines-agent, `Command.cs`.
"""

from __future__ import annotations

import re
import unicodedata

# CSI, OSC (up to its end, or the line's), and the short ones. Source: ECMA-48.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b\]|\x9d)[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?|\x1b[ -/]*[0-~]"
)
_BREAKS = re.compile(r"\r\n?|[\v\f\x85\u2028\u2029]")
# .NET compares by the rules of a language, to which these are nothing: `##` with one between is still `##`.
_UNSEEN = re.compile(
    r"[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_COMMANDS = re.compile(r"(?im)#(?=#(?:vso)?\[)|^[^\S\n]*:(?=:)")


def plain(text: str) -> str:
    """Return a text without control characters and escape sequences, and with every CI command broken.

    Line ends of all kinds become newlines; tabs stay. A space breaks a command: `# #vso[`, `# #[`, `: :`.
    """
    text = _BREAKS.sub("\n", _ESCAPES.sub("", text))
    if not text.isascii() or not text.isprintable():
        text = _UNSEEN.sub("", "".join(letter for letter in text if letter in "\n\t" or not _control(letter)))
    return _COMMANDS.sub(lambda found: f"{found[0]} ", text)


def plain_json(text: str) -> str:
    """Return a JSON document as it is, in ASCII, but with no CI command in it.

    No line of one begins with a colon; `#` stands in strings alone, which may write it otherwise.
    """
    return text.replace("##", "#\\u0023")


def _control(letter: str) -> bool:
    """Whether it is a control character, one of format (bidirectional marks, zero width), or half a pair."""
    return unicodedata.category(letter) in ("Cc", "Cf", "Cs")
