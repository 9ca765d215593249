"""Every resource and function of the provider, by token. A new one is one line here and its own files.

Each is imported at its first use: an update of one cloud loads nothing of the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mayfly.clouds.shared import Clouds
from mayfly.provider import VERSION
from mayfly.provider.resource import Bag, Function, Resource


def _factory_content(clouds: Clouds) -> Resource:
    from mayfly.provider.azure.resource import FactoryContent

    return FactoryContent(clouds)


def _seed(clouds: Clouds) -> Resource:
    from mayfly.provider.azure.seed import Seed

    return Seed(clouds)


def _azure_preflight(clouds: Clouds) -> Function:
    from mayfly.clouds.azure.preflight import preflight

    return lambda arguments: preflight(clouds.azure(arguments["subscription"]), arguments)


def _aws_group(clouds: Clouds) -> Resource:
    from mayfly.provider.aws.group import Group

    return Group(clouds)


def _clone(clouds: Clouds) -> Resource:
    from mayfly.provider.clone import Clone

    return Clone(clouds)


def _aws_preflight(clouds: Clouds) -> Function:
    from mayfly.clouds.aws.preflight import preflight

    return lambda arguments: preflight(clouds.aws(arguments["account"], arguments["region"]), arguments)


RESOURCES: Mapping[str, Callable[[Clouds], Resource]] = {
    "mayfly:aws:Group": _aws_group,
    "mayfly:azure:FactoryContent": _factory_content,
    "mayfly:data:Clone": _clone,
    "mayfly:azure:Seed": _seed,
}
FUNCTIONS: Mapping[str, Callable[[Clouds], Function]] = {
    "mayfly:aws:preflight": _aws_preflight,
    "mayfly:azure:preflight": _azure_preflight,
    "mayfly:index:ready": lambda clouds: lambda arguments: {},
}


def schema() -> Bag:
    """Return a schema with the names only: programs use our own `sdk`, not a generated one."""
    return {
        "name": "mayfly",
        "version": VERSION,
        "resources": {token: {} for token in RESOURCES},
        "functions": {token: {} for token in FUNCTIONS},
    }
