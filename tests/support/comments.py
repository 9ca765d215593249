"""What a pull request would be told of what verbs really printed."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mayfly.comments import documents
from mayfly.comments.render import render


def told(environment: str, **printed: Any) -> str:
    """The comment's verdict, without the name. printed: `--json` documents by verb."""
    with tempfile.TemporaryDirectory() as folder:
        files: dict[str, Path | None] = dict.fromkeys(("up", "run", "prove", "receipt"))
        for verb, document in printed.items():
            option = "receipt" if verb == "down" else verb
            files[option] = Path(folder, f"{verb}.json")
            Path(folder, f"{verb}.json").write_text(json.dumps(document))
        text = render("mayfly", environment, documents.read(environment, **files), datetime.now(UTC))
    return text.splitlines()[1].removeprefix("### ").replace(f"`{environment}` ", "")
