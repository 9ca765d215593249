"""Which methods are left out, and which POSTs only ask; each with its reason."""

from __future__ import annotations

from collections.abc import Mapping

_BUILDS = "builds a client, makes no call"
_CLOSES = "closes the client, makes no call"
_ANY = "sends the request that it is handed, and the other methods are such requests"

EXCLUDED: Mapping[str, str] = {
    "service.close": _CLOSES,
    "service.from_connection_string": _BUILDS,
    "service.get_blob_client": _BUILDS,
    "service.get_container_client": _BUILDS,
    "container.close": _CLOSES,
    "container.from_connection_string": _BUILDS,
    "container.from_container_url": _BUILDS,
    "container.get_blob_client": _BUILDS,
    "blob.close": _CLOSES,
    "blob.from_blob_url": _BUILDS,
    "blob.from_connection_string": _BUILDS,
    "blob.get_page_ranges": "deprecated, and asks what list_page_ranges asks",
    "service.get_service_stats": "asks an address of a second region, which the local Azure does not have",
    "storage.close": _CLOSES,
    "storage.send_request": _ANY,
    "authorization.close": _CLOSES,
    "authorization.models": "gives the module of models, makes no call",
    "locks.close": _CLOSES,
    "resources.close": _CLOSES,
    "resources.send_request": _ANY,
    "factories.close": _CLOSES,
    "factories.send_request": _ANY,
}

ASKS: Mapping[str, str] = {
    "blob.query_blob": "a read with an expression",
    "service.get_user_delegation_key": "a key that allows no more than its holder's own roles do",
    "storage_accounts.check_name_availability": "tells whether a name is free",
    "context_caches.check_name_availability": "tells whether a name is free",
    "resources.begin_validate_move_resources": "tells whether a move would be possible",
    "resource_groups.begin_export_template": "shows what is there as a template",
    "activity_runs.query_by_pipeline_run": "a list with a filter",
    "pipeline_runs.query_by_factory": "a list with a filter",
    "trigger_runs.query_by_factory": "a list with a filter",
    "triggers.query_by_factory": "a list with a filter",
    "data_flow_debug_session.query_by_factory": "a list with a filter",
    "exposure_control.get_feature_value": "tells whether a feature is on",
    "exposure_control.get_feature_value_by_factory": "tells whether a feature is on",
    "exposure_control.query_feature_values_by_factory": "tells which features are on",
    "integration_runtimes.get_status": "shows a state",
    "integration_runtimes.get_monitoring_data": "shows figures",
    "integration_runtime_nodes.get_ip_address": "shows an address",
    "integration_runtime_object_metadata.get": "shows what was found before",
    "triggers.get_event_subscription_status": "shows a state",
}
"""POSTs that change nothing and hand out nothing that could. Every other POST counts as a write."""

_DOCUMENT = "create_or_update delete"
_LOCK_LEVELS = ("at_resource_group_level", "at_resource_level", "at_subscription_level", "by_scope")

SERVED: Mapping[str, frozenset[str]] = {
    group: frozenset(names.split())
    for group, names in {
        "storage_accounts": "begin_create delete update",
        "blob_containers": "create delete update",
        "blob_services": "set_service_properties",
        "role_assignments": "create create_by_id delete delete_by_id",
        "role_definitions": "create_or_update delete",
        "management_locks": " ".join(
            f"{verb}_{level}" for verb in ("create_or_update", "delete") for level in _LOCK_LEVELS
        ),
        "resource_groups": "begin_delete create_or_update update",
        "resources": "begin_create_or_update begin_create_or_update_by_id begin_delete begin_delete_by_id "
        "begin_update begin_update_by_id",
        "tags": "begin_create_or_update_at_scope begin_delete_at_scope begin_update_at_scope",
        "providers": "register unregister",
        "factories": "create_or_update delete update",
        "pipelines": f"{_DOCUMENT} create_run",
        "pipeline_runs": "cancel",
        "triggers": f"{_DOCUMENT} begin_start begin_stop",
        "datasets": _DOCUMENT,
        "linked_services": _DOCUMENT,
        "data_flows": _DOCUMENT,
        "credential_operations": _DOCUMENT,
        "integration_runtimes": _DOCUMENT,
        "managed_virtual_networks": "create_or_update",
        "managed_private_endpoints": _DOCUMENT,
        "change_data_capture": _DOCUMENT,
        "service": "create_container delete_container",
        "container": "create_container delete_blob delete_blobs delete_container set_container_metadata "
        "upload_blob",
        "blob": "commit_block_list delete_blob set_blob_metadata set_http_headers stage_block "
        "stage_block_from_url start_copy_from_url upload_blob upload_blob_from_url",
    }.items()
}
"""The writes that the local Azure has, by group. The others it answers with 501, once they are permitted."""

UNSERVED_VARIANTS = frozenset({"blob.upload_blob[append]", "blob.upload_blob[page]"})
"""Kinds of blobs that it does not have."""

_NO_KEYS = "KeyBasedAuthenticationNotPermitted"
_NOBODY = "AuthorizationFailed"

REFUSED_TO_ALL: Mapping[str, str] = {
    # There are no account keys, for whomever; what they would sign is refused as well.
    "storage_accounts.list_keys": _NO_KEYS,
    "storage_accounts.regenerate_key": _NO_KEYS,
    "storage_accounts.list_account_sas": _NO_KEYS,
    "storage_accounts.list_service_sas": _NO_KEYS,
    # What is asked of the tenant as such takes a tenant's administrator, and no role on a subscription.
    "access_review_instance.accept_recommendations": _NOBODY,
    "access_review_instance_my_decisions.patch": _NOBODY,
    "global_administrator.elevate_access": _NOBODY,
    "role_assignment_approval_step.patch": _NOBODY,
    "role_assignment_approval_step.put": _NOBODY,
    "providers.register_at_management_group_scope": _NOBODY,
}
"""Writes that no role in the local Azure allows, so that no control can succeed; and the code it gives."""

ABOVE_THE_CONTAINER = frozenset(
    {"service.find_blobs_by_tags", "service.get_account_information", "service.get_service_properties",
     "service.get_user_delegation_key", "service.list_containers", "container.get_account_information",
     "blob.get_account_information"}
)  # fmt: skip
"""Reads on the data plane that take a role on the account; the grant is on the container."""

BEYOND_THE_READER = frozenset(
    {"container.find_blobs_by_tags", "container.get_container_access_policy", "blob.get_blob_tags"}
)
"""Reads in the container that Storage Blob Data Reader does not allow."""

UNSERVED_READS = frozenset(
    {"blob.get_page_range_diff_for_managed_disk", "blob.list_page_ranges", "blob.query_blob"}
)
"""Reads that the role allows and the local Azure does not have."""
