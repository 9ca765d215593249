"""The arguments of an operation, from its signature: what each name stands for in a place."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from azure.core import MatchConditions
from azure.storage.blob import BlobBlock, ContentSettings, ImmutabilityPolicy

from tests.support.isolation.bodies import LOCATION, body_of
from tests.support.isolation.places import PROBE, RUN, Place

CONTENT = b"probe---" * 64
"""As long as a page."""
BLOCK = "cHJvYmU="
GUID = RUN

Value = Callable[[Place], Any]


def arguments(key: str, method: Callable[..., Any], place: Place) -> tuple[list[Any], dict[str, Any]]:
    """Positional and keyword arguments for an operation, such as "blob_containers.create".

    Raises LookupError for a name that nothing is known about: it has to be added here.
    """
    named = {**EXTRA.get(key, {})}
    rest: list[Any] = []
    for parameter in inspect.signature(method).parameters.values():
        if parameter.kind is parameter.VAR_POSITIONAL:
            rest.append(place.blob)
        elif parameter.default is parameter.empty and parameter.kind is not parameter.VAR_KEYWORD:
            named[parameter.name] = _value(key, parameter, place)
    if rest:  # what stands before it has to be positional too
        return [*named.values(), *rest], {}
    return [], named


def _value(key: str, parameter: inspect.Parameter, place: Place) -> Any:
    special = SPECIAL.get(key, {}).get(parameter.name) or BY_NAME.get(parameter.name)
    if special:
        return special(place)
    if any(hint in str(parameter.annotation) for hint in ("IO[bytes]", "JSON", "IO]")):
        return json.dumps(body_of(key, place)).encode()
    if str(parameter.annotation).startswith(("<class 'str'>", "str", "typing.Union[str, azure.")):
        return PROBE
    raise LookupError(f"{key}: nothing is known about {parameter}")


def _now(hours: int) -> datetime:
    return datetime.now(UTC) + timedelta(hours=hours)


BY_NAME: Mapping[str, Value] = {
    # Where: names and ids of the place.
    "resource_group_name": lambda place: place.group,
    "source_resource_group_name": lambda place: place.group,
    "account_name": lambda place: place.account,
    "container_name": lambda place: place.container,
    "factory_name": lambda place: place.factory,
    "run_id": lambda place: place.run,
    "scope": lambda place: place.container_id,
    "resource_id": lambda place: place.account_id,
    "role_assignment_id": lambda place: place.assignment_id(place.assignment),
    "role_assignment_name": lambda place: place.assignment,
    "role_definition_id": lambda place: place.role,
    "role_id": lambda place: place.role_id,
    "location": lambda _: LOCATION,
    "location_id": lambda _: LOCATION,
    "resource_provider_namespace": lambda _: "Microsoft.Storage",
    "parent_resource_path": lambda _: "",
    "resource_type": lambda _: "storageAccounts",
    "resource_name": lambda place: place.account,
    "api_version": lambda _: "2024-01-01",
    # What: the blob plane's own.
    "blob": lambda place: place.blob,
    "container": lambda place: place.container,
    "name": lambda place: place.blob,
    "data": lambda _: CONTENT,
    "page": lambda _: CONTENT,
    "offset": lambda _: 0,
    "source_offset": lambda _: 0,
    "length": lambda _: len(CONTENT),
    "size": lambda _: len(CONTENT),
    "block_id": lambda _: BLOCK,
    "block_list": lambda _: [BlobBlock(BLOCK)],
    "source_url": lambda place: f"{place.endpoint}{place.container}/{place.other_blob}",
    "copy_source_url": lambda place: f"{place.endpoint}{place.container}/{place.other_blob}",
    "previous_snapshot_url": lambda place: f"{place.endpoint}{place.container}/{place.blob}?snapshot=any",
    "copy_id": lambda _: GUID,
    "proposed_lease_id": lambda _: GUID,
    "standard_blob_tier": lambda _: "Cool",
    "premium_page_blob_tier": lambda _: "P10",
    "sequence_number_action": lambda _: "increment",
    "immutability_policy": lambda _: ImmutabilityPolicy(expiry_time=_now(1), policy_mode="Unlocked"),
    "legal_hold": lambda _: True,
    "signed_identifiers": lambda _: {},
    "query_expression": lambda _: "SELECT * from BlobStorage",
    "filter_expression": lambda _: "\"probe\"='1'",
    "deleted_container_name": lambda place: place.container,
    "deleted_container_version": lambda _: "01D60F8BB59A4652",
    "key_start_time": lambda _: _now(0),
    "key_expiry_time": lambda _: _now(1),
    # How.
    "etag": lambda _: '"any"',
    "match_condition": lambda _: MatchConditions.IfNotModified,
    "request_type": lambda _: "HnsOnValidationRequest",
}

SPECIAL: Mapping[str, Mapping[str, Value]] = {
    "service.create_container": {"name": lambda _: PROBE},
    "blob_containers.set_legal_hold": {"legal_hold": lambda _: b'{"tags": ["probe"]}'},
    "blob_containers.clear_legal_hold": {"legal_hold": lambda _: b'{"tags": ["probe"]}'},
    "role_assignments.create": {"role_assignment_name": lambda place: place.new_assignment},
    "role_assignments.create_by_id": {
        "role_assignment_id": lambda place: place.assignment_id(place.new_assignment)
    },
    "role_definitions.create_or_update": {"scope": lambda place: place.subscription_id},
    "role_definitions.delete": {"scope": lambda place: place.subscription_id},
    "tags.begin_create_or_update_at_scope": {"scope": lambda place: place.account_id},
    "tags.begin_update_at_scope": {"scope": lambda place: place.account_id},
    "tags.begin_delete_at_scope": {"scope": lambda place: place.account_id},
    "deny_assignments.get_by_id": {"deny_assignment_id": lambda place: place.assignment_id(place.assignment)},
}
"""Where a name means something of its own in one operation."""

EXTRA: Mapping[str, Mapping[str, Any]] = {
    "blob.upload_blob": {"overwrite": True},
    "container.upload_blob": {"overwrite": True},
    "blob.upload_blob_from_url": {"overwrite": True},
    "blob.set_http_headers": {"content_settings": ContentSettings(content_type="text/plain")},
    "blob.set_blob_metadata": {"metadata": {"probe": "changed"}},
    "container.set_container_metadata": {"metadata": {"probe": "changed"}},
    "blob.set_blob_tags": {"tags": {"probe": "changed"}},
    "service.set_service_properties": {"cors": []},
}
"""Optional arguments without which an operation says nothing, or asks for less."""
