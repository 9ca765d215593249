"""What a reaper is told: `stacks/reaper-<cloud>.yaml`, beside the fabrics and as protected as they are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BeforeValidator, Field

from mayfly import settings
from mayfly.errors import BadInput, Problem
from mayfly.settings import AwsFabric, AzureFabric
from mayfly.settings.document import read
from mayfly.settings.forms import SettingsForm, fill
from mayfly.settings.types import AccountId, Location, Region, SubscriptionId
from mayfly.workload.functions import rules

Form = TypeVar("Form", bound=SettingsForm)
HOURS = "a number of hours from 1 to 24"
Schedule = Annotated[str, BeforeValidator(rules.schedule), Field(description=rules.SCHEDULE)]


class ReaperSettings(SettingsForm):
    """The reaper of one account and region on AWS. It sweeps the fabrics that deploy there, and no others."""

    name: str
    """The stack's."""

    account: AccountId
    """12 digits."""

    region: Region
    """Where its function is, and whose environments it sweeps."""

    schedule: Schedule
    """When it sweeps; times are UTC."""

    def fabrics(self, known: Mapping[str, settings.Fabric]) -> list[AwsFabric]:
        """The fabrics that deploy into its account and region."""
        place = (self.account, self.region)
        ours = (fabric for fabric in known.values() if isinstance(fabric, AwsFabric))
        return [fabric for fabric in ours if (fabric.account, fabric.region) == place]


class AzureReaperSettings(SettingsForm):
    """The reaper of one subscription on Azure. It sweeps the fabrics that deploy there, and no others."""

    name: str
    """The stack's."""

    subscription: SubscriptionId
    """Whose environments it sweeps, and where its own group is."""

    location: Location
    """Where its factory is."""

    hours: int = Field(ge=1, le=24, description=HOURS)
    """Between two sweeps."""

    def fabrics(self, known: Mapping[str, settings.Fabric]) -> list[AzureFabric]:
        """The fabrics that deploy into its subscription."""
        ours = (fabric for fabric in known.values() if isinstance(fabric, AzureFabric))
        return [fabric for fabric in ours if fabric.subscription == self.subscription]


def load(root: Path, stack: str) -> ReaperSettings:
    """Return the settings of a reaper on AWS. root: the project's folder. stack: "reaper-aws".

    Raises BadInput with all that is wrong, also when there is nothing for it to sweep.
    """
    found, file = _filled(ReaperSettings, root, stack)
    if not any(not fabric.permanent for fabric in found.fabrics(settings.fabrics(root))):
        what = f"no ephemeral fabric deploys into account {found.account} in {found.region}"
        raise BadInput([Problem(file, what, "name the account and region of a file in stacks/fabrics")])
    return found


def load_azure(root: Path, stack: str) -> AzureReaperSettings:
    """Return the settings of a reaper on Azure. root, stack, raises: see `load`."""
    found, file = _filled(AzureReaperSettings, root, stack)
    if not any(not fabric.permanent for fabric in found.fabrics(settings.fabrics(root))):
        what = f"no ephemeral fabric deploys into subscription {found.subscription}"
        raise BadInput([Problem(file, what, "name the subscription of a file in stacks/fabrics")])
    return found


def _filled(form: type[Form], root: Path, stack: str) -> tuple[Form, str]:
    file = f"stacks/{stack}.yaml"
    found, problems = fill(form, read(root / file, file), {"name": stack})
    if found is None:
        raise BadInput(problems)
    return found, file
