"""An environment on Azure: names, tags and documents for `components.azure`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import pulumi
from pulumi_azure_native import Provider

from components.azure import Environment, EnvironmentArgs, SeedArgs
from mayfly import naming
from mayfly.errors import Problem, refusal
from mayfly.naming.azure import AzureNames
from mayfly.provider import sdk
from mayfly.workload import factory
from stacks.plan import Plan
from stacks.preflight import ask, say


def build(plan: Plan) -> Mapping[str, pulumi.Input[object]]:
    """Register an environment's resources, and return the stack's outputs by their names.

    The provider is pinned to the fabric's subscription, whatever the shell's default is. Raises BadInput,
    with nothing else registered, when azure-native is not who was checked.
    """
    names = naming.azure.names(plan.wanted)
    provider = Provider("azure", subscription_id=plan.wanted.azure.subscription)
    if problems := _two_principals(plan.answer["caller"], ask(sdk.acting, provider=provider)):
        raise refusal(problems)
    _tell(plan)
    component = Environment(
        plan.wanted.name, _args(plan, names), pulumi.ResourceOptions(providers=[provider])
    )
    component.publish(_documents(plan, component))
    return _outputs(plan, component)


def _two_principals(ours: Mapping[str, str], other: Mapping[str, str]) -> list[Problem]:
    """What is wrong when what is checked is not checked as the one who makes it."""
    if ours["object_id"].lower() == str(other.get("objectId")).lower():
        return []
    what = (
        f"Mayfly is {ours['object_id']} of tenant {ours['tenant_id']} (by {ours['how']}), azure-native is"
        f" {other.get('objectId')} of tenant {other.get('tenantId')}"
    )
    fix = "sign in by the ARM_… variables of README's table alone, so that both are one"
    return [Problem("sign-in", what, fix)]


def _tell(plan: Plan) -> None:
    """Say who makes it, what is not sent, what lies open, and what can reach elsewhere; it stops nothing."""
    who = plan.answer["caller"]
    client = f" (client {who['client_id']})" if who["client_id"] else ""
    say(f"as {who['object_id']}{client} of tenant {who['tenant_id']}, by {who['how']}")
    for note in plan.answer["notes"]:
        say(note)
    for problem in plan.factory.notes:
        pulumi.log.warn(str(problem))
    for reach in plan.factory.elsewhere(plan.wanted.variables.containers):
        pulumi.log.info(f"can reach elsewhere: {reach}")


def _args(plan: Plan, names: AzureNames) -> EnvironmentArgs:
    wanted, life = plan.wanted, plan.life
    accounts = wanted.variables.accounts
    tags, group_tags = naming.azure.tags(
        wanted, plan.origin, life.created, life.expires, plan.workload_origin, life.kept
    )
    return EnvironmentArgs(
        identity=naming.azure.identity(wanted.project, wanted.name, wanted.azure.subscription),
        location=wanted.azure.location,
        group_name=names.group,
        account_name=names.account,
        factory_name=names.factory,
        sources=wanted.variables.granted,
        containers=accounts.pop(""),
        further={word: (names.further[word], containers) for word, containers in accounts.items()},
        global_parameters=factory.global_parameters(wanted.variables.values),
        tags=tags,
        group_tags=group_tags,
        permanent=wanted.fabric.permanent,
        seeds=_seeds(plan),
    )


def _seeds(plan: Plan) -> dict[str, SeedArgs]:
    """What sinks begin with. The address of where it comes from was told by the preflight."""
    group, told = plan.wanted.variables, plan.answer["endpoints"]
    return {
        label: SeedArgs(
            source=f"{told[label]['blob'].rstrip('/')}/{seed.source.parsed.name}",
            account=group.sinks[store].account,
            container=seed.into,
            paths=seed.paths,
            at_most=seed.at_most,
        )
        for label, (store, seed) in group.seeds.items()
    }


def _documents(plan: Plan, component: Environment) -> dict[str, pulumi.Input[str]]:
    """Return the workload's documents, with the linked services of the variable group's stores.

    The addresses of the sinks are known when their account is there, so each is an output of its own: a
    preview of a new environment shows all other documents.
    """
    own = {
        word: pulumi.Output.all(blob=sink.blob_endpoint, dfs=sink.dfs_endpoint)
        for word, sink in {"": component.sink, **component.further}.items()
    }
    sinks = {
        factory.key_of(plan.factory, store): own[sink.account].apply(
            partial(factory.linked_service, plan.factory, store)
        )
        for store, sink in plan.wanted.variables.sinks.items()
    }
    return {**factory.bind(plan.factory, _endpoints(plan)), **sinks}


def _endpoints(plan: Plan) -> dict[str, Mapping[str, str]]:
    """The addresses of each source's account. The cloud was asked for each container, by `granted`."""
    told, group = plan.answer["endpoints"], plan.wanted.variables
    first = {label.partition(".")[0]: label for label in reversed(group.granted)}
    return {store: told[first[store]] for store in group.sources if first[store] in told}


def _outputs(plan: Plan, component: Environment) -> dict[str, pulumi.Input[object]]:
    further = {word: sink.account_name for word, sink in component.further.items()}
    seeds = {
        label: pulumi.Output.all(files=seed.files, bytes=seed.bytes)
        for label, seed in component.seeds.items()
    }
    return {
        "resource_group": component.group.group_name,
        "resource_group_id": component.group.group_id,
        "storage_account": component.sink.account_name,
        "blob_endpoint": component.sink.blob_endpoint,
        **({"further_accounts": further} if further else {}),
        "factory": component.factory.factory_name,
        "factory_id": component.factory.factory_id,
        "principal_id": component.factory.principal_id,
        "variables": plan.wanted.variables.resolved,
        **({"seeds": seeds} if seeds else {}),
        **plan.infrastructure,
    }
