"""What looks like a secret, told by its own form: keys, tokens, signatures, passwords in connection strings.

Variables are no place for secrets: they land in outputs, in the state and in the factory's global
parameters, for all to read. No detection finds every secret. This one knows the forms that clouds and forges
give to theirs, so that what it finds is one, and a path, a name or a number is none.

Sources: Microsoft, "Configure Azure Storage connection strings", "Create a service SAS", "Sensitive
information type entity definitions" (keys of 64 bytes, `Q~` in an application's secret, `AZDO` in a token of
Azure DevOps); AWS, "IAM identifiers" (unique ids' prefixes), "Authenticating requests: using query
parameters"; GitHub, "GitHub's token formats"; RFC 7468 (PEM); RFC 7519 (JWT).
"""

from __future__ import annotations

import re
from itertools import pairwise

# Not what stands for a secret: `***`, `<password>`, `@{linkedService().password}`, `$(PASSWORD)`, nothing.
_NOT_ONE = r"""(?!["']?(?:[*<@{]|\$[({]|[\s;,&]|$))"""

_FORMS = tuple(
    (secret, re.compile(pattern))
    for secret, pattern in (
        ("a private key", r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY"),
        ("a connection string with a key", r"(?i)(?:Account|SharedAccess)Key\s*=\s*[a-z0-9+/%_-]{20}"),
        ("a shared access signature", r"(?i)(?<![a-z0-9])sig=[a-z0-9+/%_-]{20}"),
        ("a presigned address", r"(?i)X-Amz-(?:Signature|Credential|Security-Token)=[a-z0-9]"),
        ("a function's key", r"(?i)[?&]code=[a-z0-9+/%_=-]{40}"),
        ("an AWS access key", r"(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])"),
        ("a signed token (JWT)", r"(?<![\w-])eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10}"),
        ("a token of GitHub", r"(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{22})"),
        (
            "a token of Azure DevOps",
            r"(?<![A-Za-z0-9])(?:[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}|^(?=[a-z]*[2-7])[a-z2-7]{52}$)",
        ),
        ("an application's secret", r"(?<![\w.~-])[\w.~-]{3}[0-9]Q~[\w.~-]{31}"),
        ("a token of Databricks", r"(?<![A-Za-z0-9])dapi[0-9a-f]{32}(?![A-Za-z0-9])"),
        ("a token of Pulumi", r"(?<![A-Za-z0-9])pul-[0-9a-f]{40}(?![A-Za-z0-9])"),
        (
            "an authorization header",
            r"(?i)(?<![a-z0-9])(?:bearer\s+[\w.~+/-]{20}|authorization[\"']?\s*[:=]\s*[\"']?basic\s+\w)",
        ),
        ("an address with a password", rf"://[^/\s:@]{{1,256}}:{_NOT_ONE}[^/\s@]{{1,256}}@"),
        (
            "a password",
            r"(?i)(?<![a-z0-9])(?:password|passwd|pwd|client[ _-]?secret|(?:api|account|private)[ _-]?key"
            rf"|secret[ _-]?access[ _-]?key|access[ _-]?token)(?:\s*=\s*|[\"']\s*:\s*[\"']){_NOT_ONE}\S",
        ),
        ("a storage account's key", r"^[A-Za-z0-9+/]{86}==$"),
    )
)
_AWS_SECRET = re.compile(r"[A-Za-z0-9+/]{40}")
_NAMES = re.compile(
    r"(?i)(?:.*[_-])?(?:password|passwd|pwd|client[_-]?secret|(?:account|access|api|private)[_-]?key"
    r"|(?:access|sas)[_-]?token)"
)
_ONE = re.compile(rf"{_NOT_ONE}\S")


def looks_secret(text: str, name: str = "") -> str | None:
    """Return which secret a text looks like, as "a private key", or None where it looks like none.

    text: a value, or a longer text with one in it.
    name: what the value is called, where that is known: any text that is called a password is one, unless it
    is empty or stands for one (`***`, `$(PASSWORD)`, `@{…}`).

    The time grows with the text's length alone, whatever is in it.
    """
    for secret, form in _FORMS:
        if form.search(text):
            return secret
    if _AWS_SECRET.fullmatch(text) and _random(text):
        return "an AWS secret access key"
    # Words of a name are told apart: `apiKey` is `api_Key`.
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    if _NAMES.fullmatch(words) and _ONE.match(text):
        return "a password"
    return None


def _random(text: str) -> bool:
    """Whether letters of both cases and digits take turns as in random texts, and in no path or hash."""
    cases = [(letter.isupper(), letter.islower()) for letter in text]
    turns = sum(one != other for one, other in pairwise(cases))
    return len(set(cases)) == 3 and turns >= 17
