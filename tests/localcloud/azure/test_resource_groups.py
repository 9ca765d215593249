"""Resource groups and lists, by the official SDK over TLS, and what only raw requests can show."""

from __future__ import annotations

import time

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.mgmt.resource.resources import ResourceManagementClient
from azure.mgmt.resource.resources.models import ResourceGroup, ResourceGroupPatchable

from localcloud.azure.core.call import Reply
from localcloud.azure.core.ids import NONPRODUCTION
from tests.support.azure_in_process import LocalCloud, LocalServer

SUBSCRIPTION = f"/subscriptions/{NONPRODUCTION}"
GROUP = f"{SUBSCRIPTION}/resourceGroups/qa-1"
BODY = {"location": "westeurope"}


def code(reply: Reply) -> str:
    assert isinstance(reply.body, dict), reply
    return str(reply.body["error"]["code"])


def make(cloud: LocalCloud, name: str = "qa-1", **tags: str) -> None:
    reply = cloud.request("PUT", f"{SUBSCRIPTION}/resourceGroups/{name}", {**BODY, "tags": tags})
    assert reply.status == 201, reply.body


def test_life(resources: ResourceManagementClient) -> None:
    groups = resources.resource_groups
    made = groups.create_or_update("qa-1", ResourceGroup(location="West Europe", tags={"a": "b"}))
    assert (made.name, made.location, made.tags) == ("qa-1", "westeurope", {"a": "b"})
    assert made.properties is not None
    assert made.properties.provisioning_state == "Succeeded"
    assert made.id == GROUP
    assert groups.check_existence("QA-1") is True
    assert groups.update("qa-1", ResourceGroupPatchable(tags={"c": "d"})).tags == {"c": "d"}
    groups.begin_delete("qa-1").result(timeout=20)
    assert groups.check_existence("qa-1") is False
    with pytest.raises(ResourceNotFoundError, match="ResourceGroupNotFound"):
        groups.get("qa-1")
    with pytest.raises(ResourceNotFoundError, match="ResourceGroupNotFound"):
        groups.begin_delete("qa-1")


def test_another_location_is_a_conflict(resources: ResourceManagementClient) -> None:
    resources.resource_groups.create_or_update("qa-1", ResourceGroup(location="westeurope"))
    with pytest.raises(ResourceExistsError, match="InvalidResourceGroupLocation"):
        resources.resource_groups.create_or_update("qa-1", ResourceGroup(location="northeurope"))
    with pytest.raises(HttpResponseError, match="LocationNotAvailableForResourceGroup"):
        resources.resource_groups.create_or_update("qa-2", ResourceGroup(location="atlantis"))


def test_lists_are_filtered_and_paged(resources: ResourceManagementClient) -> None:
    for number in range(5):
        tags = {"managed-by": "mayfly" if number % 2 else "hand"}
        resources.resource_groups.create_or_update(
            f"g{number}", ResourceGroup(location="westeurope", tags=tags)
        )
    assert [found.name for found in resources.resource_groups.list(top=2)] == [
        f"g{number}" for number in range(5)
    ]
    ours = resources.resource_groups.list(filter="tagName eq 'Managed-By' and tagValue eq 'mayfly'")
    assert [found.name for found in ours] == ["g1", "g3"]
    with pytest.raises(HttpResponseError, match="InvalidFilterInQueryString"):
        list(resources.resource_groups.list(filter="tagName like 'x'"))


def test_deleting_takes_its_time(cloud: LocalCloud) -> None:
    make(cloud)
    cloud.cloud.deletions.delay = 3600.0
    accepted = cloud.request("DELETE", GROUP)
    assert accepted.status == 202
    assert accepted.headers["retry-after"] == "15"
    shown = cloud.request("GET", GROUP).body
    assert isinstance(shown, dict)
    assert shown["properties"] == {"provisioningState": "Deleting"}
    for method, path in (
        ("PUT", GROUP),
        ("PATCH", GROUP),
        ("PUT", f"{GROUP}/providers/Microsoft.Authorization/locks/l"),
    ):
        refused = cloud.request(method, path, BODY, version="2020-05-01" if "locks" in path else "2024-03-01")
        assert (refused.status, code(refused)) == (409, "ResourceGroupBeingDeleted"), path

    operation = accepted.headers["location"].partition(cloud.cloud.arm_url)[2].partition("?")[0]
    assert cloud.request("GET", operation).status == 202
    before = dict(cloud.cloud.deletions._due)
    assert cloud.request("DELETE", GROUP).status == 202
    assert cloud.cloud.deletions._due[GROUP.lower()] > before[GROUP.lower()], "issued again, it takes longer"

    cloud.cloud.deletions._due[GROUP.lower()] = time.time()
    assert cloud.request("GET", operation).status == 200
    assert cloud.request("GET", GROUP).status == 404
    assert cloud.request("GET", f"{SUBSCRIPTION}/operationresults/nonsense").status == 404


def test_a_group_takes_what_is_inside_and_tells_the_services(cloud: LocalCloud) -> None:
    make(cloud)
    cloud.assign("worker", "acdd72a7-3385-48ef-bd42-f606fba81ae7", GROUP)
    gone: list[str] = []
    cloud.cloud.on_deleted(lambda document: gone.append(document["type"]))
    cloud.request("DELETE", GROUP)
    assert cloud.request("GET", GROUP).status == 404
    assert gone == [
        "Microsoft.Resources/subscriptions/resourceGroups",
        "Microsoft.Authorization/roleAssignments",
    ]


def test_api_versions(cloud: LocalCloud) -> None:
    make(cloud)
    for version, expected in (
        ("", "MissingApiVersionParameter"),
        ("1999-01-01", "InvalidApiVersionParameter"),
    ):
        refused = cloud.request("GET", GROUP, version=version)
        assert (refused.status, code(refused)) == (400, expected)
    lock = f"{GROUP}/providers/Microsoft.Authorization/locks/l"
    assert code(cloud.request("GET", lock, version="1999-01-01")) == "NoRegisteredProviderFound"


@pytest.mark.parametrize("name", ["ends.", "a" * 91, "has space", "per%cent"])
def test_names(cloud: LocalCloud, name: str) -> None:
    refused = cloud.request("PUT", f"{SUBSCRIPTION}/resourceGroups/{name}", BODY)
    assert (refused.status, code(refused)) == (400, "InvalidResourceGroup")


def test_tags_have_limits(cloud: LocalCloud) -> None:
    for tags, expected in (
        ({f"t{number}": "" for number in range(51)}, "InvalidTags"),
        ({"n" * 513: ""}, "InvalidTagNameLength"),
        ({"n": "v" * 257}, "InvalidTagValueLength"),
        ({"a/b": ""}, "InvalidTagNameCharacters"),
    ):
        refused = cloud.request("PUT", GROUP, {**BODY, "tags": tags})
        assert (refused.status, code(refused)) == (400, expected)
    fine = {"n" * 512: "v" * 256}
    assert cloud.request("PUT", GROUP, {**BODY, "tags": fine}).status == 201


def test_tags_of_any_scope(cloud: LocalCloud) -> None:
    make(cloud, a="1", b="2")
    path = f"{GROUP}/providers/Microsoft.Resources/tags/default"

    def patch(operation: str, tags: dict[str, str]) -> object:
        reply = cloud.request("PATCH", path, {"operation": operation, "properties": {"tags": tags}})
        assert isinstance(reply.body, dict), reply
        return reply.body["properties"]["tags"]

    assert patch("Merge", {"B": "3", "c": "4"}) == {"a": "1", "B": "3", "c": "4"}
    assert patch("Delete", {"a": "1", "c": "other"}) == {"B": "3", "c": "4"}
    assert patch("Replace", {"z": "9"}) == {"z": "9"}
    group = cloud.request("GET", GROUP).body
    assert isinstance(group, dict)
    assert group["tags"] == {"z": "9"}


def test_bad_requests(cloud: LocalCloud) -> None:
    missing = cloud.request("GET", "/subscriptions/00000000-0000-0000-0000-000000000000/resourcegroups")
    assert (missing.status, code(missing)) == (404, "SubscriptionNotFound")
    broken = cloud.send("arm", "PUT", GROUP, b"{", query={"api-version": "2024-03-01"})
    assert (broken.status, code(broken)) == (400, "InvalidRequestContent")
    unknown = cloud.request("PUT", f"{GROUP}/providers/Microsoft.KeyVault/vaults/v", BODY)
    assert unknown.status == 501
    assert "Microsoft.KeyVault/vaults" in str(unknown.body)


def test_every_answer_has_an_id_and_a_line_in_the_log(cloud: LocalCloud) -> None:
    make(cloud)
    entry = cloud.log()[-1]
    assert (entry["plane"], entry["method"], entry["path"], entry["status"]) == ("arm", "PUT", GROUP, 201)
    assert (entry["principal"], entry["object_id"]) == ("owner", cloud.principal("owner").object_id)
    assert entry["internal"] is True
    reply = cloud.request("GET", GROUP)
    assert cloud.log()[-1]["request_id"] == reply.headers["x-ms-request-id"]


def test_a_request_is_quick(cloud: LocalCloud) -> None:
    make(cloud)
    begun = time.process_time()
    for _ in range(200):
        cloud.request("GET", GROUP)
    assert (time.process_time() - begun) / 200 < 0.005


def test_state_outlives_the_process(server: LocalServer, resources: ResourceManagementClient) -> None:
    resources.resource_groups.create_or_update("qa-1", ResourceGroup(location="westeurope"))
    from tests.support.azure_in_process import local_cloud

    with local_cloud(server.cloud.folder) as again:
        assert again.request("GET", GROUP).status == 200


def test_the_regions_of_a_subscription_are_those_that_groups_may_be_in(cloud: LocalCloud) -> None:
    path = f"/subscriptions/{NONPRODUCTION}/locations"
    found = cloud.request("GET", path, version="2022-12-01").body
    assert isinstance(found, dict)
    shown = {each["name"]: each["displayName"] for each in found["value"]}
    assert shown["westeurope"] == "West Europe"
    for index, name in enumerate(shown):
        group = f"/subscriptions/{NONPRODUCTION}/resourceGroups/in-{index}"
        assert cloud.request("PUT", group, {"location": shown[name]}).status == 201
        made = cloud.request("GET", group).body
        assert isinstance(made, dict)
        assert made["location"] == name
    assert cloud.request("GET", path, version="2022-12-01", as_="deployer").status == 403
