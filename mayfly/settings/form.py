"""What all forms of `stacks/` have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class SettingsForm(BaseModel):
    """A form: no field but its own, nothing changed once it is filled, no value repeated in an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
