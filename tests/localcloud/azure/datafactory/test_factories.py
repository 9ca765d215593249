"""Factories and their documents, judged by the official SDK."""

from __future__ import annotations

from typing import Any

import pytest
from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceModifiedError, ResourceNotFoundError
from azure.mgmt.datafactory.models import (
    ActivityDependency,
    Factory,
    FactoryIdentity,
    FactoryProperties,
    FactoryUpdateParameters,
    GlobalParameterSpecification,
    Pipeline,
    PipelineResource,
    WaitActivity,
    WaitActivityTypeProperties,
)

from localcloud.azure.core.ids import TENANT
from tests.localcloud.azure.datafactory.factory_lab import ACCOUNT_ID as LAB_ACCOUNT
from tests.localcloud.azure.datafactory.factory_lab import FACTORY_ID as LAB_FACTORY
from tests.localcloud.azure.datafactory.factory_lab import Lab, activity
from tests.localcloud.azure.datafactory.factory_place import FACTORY, FACTORY_ID, GROUP, Place, window


def code(error: pytest.ExceptionInfo[HttpResponseError]) -> tuple[int | None, str | None]:
    assert error.value.error is not None
    return error.value.status_code, error.value.error.code


def test_a_factory_has_an_identity_and_global_parameters(place: Place) -> None:
    factory = place.client.factories.get(GROUP, FACTORY)
    assert factory is not None
    assert factory.id == FACTORY_ID
    assert factory.identity is not None
    assert factory.identity.principal_id == place.principal_id
    assert factory.identity.tenant_id == TENANT
    assert factory.properties is not None
    assert factory.properties.provisioning_state == "Succeeded"
    assert factory.properties.version == "2018-06-01"
    assert factory.properties.global_parameters is not None
    assert factory.properties.global_parameters["year"].value == 2013
    assert [one.name for one in place.client.factories.list_by_resource_group(GROUP)] == [FACTORY]
    assert [one.name for one in place.client.factories.list()] == [FACTORY]


def test_an_update_keeps_the_identity(place: Place) -> None:
    changed = Factory(
        location="West Europe",
        identity=FactoryIdentity(type="SystemAssigned"),
        tags={"a": "b"},
        properties=FactoryProperties(
            global_parameters={"x": GlobalParameterSpecification(type="Bool", value=True)}
        ),
    )
    factory = place.client.factories.create_or_update(GROUP, FACTORY, changed)
    assert factory.identity is not None
    assert factory.identity.principal_id == place.principal_id
    assert factory.tags == {"a": "b"}
    patched = place.client.factories.update(GROUP, FACTORY, FactoryUpdateParameters(tags={"c": "d"}))
    assert patched.tags == {"c": "d"}
    assert patched.properties is not None
    assert patched.properties.global_parameters is not None
    assert list(patched.properties.global_parameters) == ["x"]


def test_a_factory_goes_with_all_it_has(place: Place) -> None:
    place.publish_example()
    place.client.factories.delete(GROUP, FACTORY)
    place.client.factories.delete(GROUP, FACTORY)  # 204
    with pytest.raises(ResourceNotFoundError):
        place.client.factories.get(GROUP, FACTORY)
    assert list(place.server.cloud.store.below(FACTORY_ID)) == []
    assert place.server.cloud.principals.get(place.principal_id) is None


def test_names_are_unique_in_the_world(place: Place) -> None:
    other = "/subscriptions/6d617966-6c79-4000-8000-0000000000a0/resourceGroups/elsewhere"
    assert place.server.request("PUT", other, {"location": "westeurope"}).status == 201
    path = f"{other}/providers/Microsoft.DataFactory/factories/{FACTORY.upper()}"
    reply = place.server.request("PUT", path, {"location": "westeurope"}, version="2018-06-01")
    assert reply.status == 409
    assert reply.body["error"]["code"] == "DataFactoryNameInUse"  # type: ignore[index,call-overload]


@pytest.mark.parametrize("name", ["ab", "a" * 64, "-abc", "abc-", "a--b", "a_b", "a.b"])
def test_a_factory_name_has_rules(place: Place, name: str) -> None:
    path = FACTORY_ID.replace(FACTORY, name)
    reply = place.server.request("PUT", path, {"location": "westeurope"}, version="2018-06-01")
    assert (reply.status, reply.body["error"]["code"]) == (400, "InvalidResourceName")  # type: ignore[index,call-overload]


@pytest.mark.parametrize(
    ("body", "status"), [({}, 400), ({"location": "westeurope", "identity": {"type": "UserAssigned"}}, 501)]
)
def test_what_a_factory_needs(lab: Lab, body: Any, status: int) -> None:
    assert lab.send("PUT", f"{LAB_FACTORY}2", body).status == status


def test_a_factory_stays_where_it_is(lab: Lab) -> None:
    reply = lab.send("PUT", LAB_FACTORY, {"location": "northeurope"})
    assert (reply.status, reply.body["error"]["code"]) == (409, "InvalidResourceLocation")  # type: ignore[index,call-overload]


def test_the_example_round_trips_through_the_sdks_models(place: Place) -> None:
    place.publish_example()
    pipelines = {one.name: one for one in place.client.pipelines.list_by_factory(GROUP, FACTORY)}
    assert set(pipelines) == {"flights", "month", "reference"}
    for name, pipeline in pipelines.items():
        stored = place.server.cloud.store.get(f"{FACTORY_ID}/pipelines/{name}")
        assert pipeline.as_dict()["properties"] == stored["properties"]  # type: ignore[index]
        place.client.pipelines.create_or_update(GROUP, FACTORY, str(name), pipeline)
        again = place.server.cloud.store.get(f"{FACTORY_ID}/pipelines/{name}")
        assert again["properties"] == stored["properties"]  # type: ignore[index]
    assert len(list(place.client.datasets.list_by_factory(GROUP, FACTORY))) == 4
    assert len(list(place.client.linked_services.list_by_factory(GROUP, FACTORY))) == 2
    assert [one.name for one in place.client.triggers.list_by_factory(GROUP, FACTORY)] == ["daily"]


def test_a_pipeline_of_the_sdks_own_models_runs(place: Place) -> None:
    first = WaitActivity(name="first", type_properties=WaitActivityTypeProperties(wait_time_in_seconds=1))
    after = [ActivityDependency(activity="first", dependency_conditions=["Succeeded"])]
    again = WaitActivityTypeProperties(wait_time_in_seconds=1)
    second = WaitActivity(name="second", depends_on=after, type_properties=again)
    for one in (first, second):
        one.type = "Wait"  # azure-mgmt-datafactory 10.0.0 says "Container" for every control activity
    pipeline = PipelineResource(properties=Pipeline(activities=[first, second]))
    place.client.pipelines.create_or_update(GROUP, FACTORY, "waits", pipeline)
    run = place.run("waits")
    assert run.status == "Succeeded"
    assert [one.activity_name for one in place.activities(run)] == ["first", "second"]
    queried = place.client.pipeline_runs.query_by_factory(GROUP, FACTORY, window())
    assert [one.run_id for one in queried.value] == [run.run_id]


def test_a_trigger_starts_and_stops(place: Place) -> None:
    place.publish_example()
    triggers: Any = place.client.triggers

    def state() -> Any:
        return triggers.get(GROUP, FACTORY, "daily").properties.runtime_state

    assert state() == "Stopped"  # whatever the file says
    triggers.begin_start(GROUP, FACTORY, "daily").result()
    assert state() == "Started"
    trigger = triggers.get(GROUP, FACTORY, "daily")
    with pytest.raises(HttpResponseError) as refused:
        triggers.create_or_update(GROUP, FACTORY, "daily", trigger)
    assert code(refused) == (400, "TriggerEnabledCannotUpdate")
    with pytest.raises(HttpResponseError) as refused:
        triggers.delete(GROUP, FACTORY, "daily")
    assert code(refused) == (400, "TriggerEnabledCannotUpdate")
    triggers.begin_stop(GROUP, FACTORY, "daily").result()
    assert state() == "Stopped"
    triggers.delete(GROUP, FACTORY, "daily")


def test_a_missing_reference_is_refused(place: Place) -> None:
    properties = {
        "activities": [activity("call", "ExecutePipeline", pipeline=reference("Pipeline", "nosuch"))]
    }
    with pytest.raises(HttpResponseError) as refused:
        place.client.pipelines.create_or_update(
            GROUP, FACTORY, "p", PipelineResource({"properties": properties})
        )
    assert code(refused) == (400, "BadRequest")
    assert "invalid reference 'nosuch'" in refused.value.message


def test_what_is_referred_to_cannot_be_deleted(place: Place) -> None:
    place.publish_example()
    with pytest.raises(HttpResponseError) as refused:
        place.client.linked_services.delete(GROUP, FACTORY, "lake")
    assert code(refused) == (400, "BadRequest")
    assert "cannot be deleted since it is referenced by flights_csv" in refused.value.message
    place.client.triggers.delete(GROUP, FACTORY, "daily")
    place.client.pipelines.delete(GROUP, FACTORY, "reference")
    place.client.datasets.delete(GROUP, FACTORY, "lake_reference")


def test_etags_change_and_are_matched(place: Place) -> None:
    pipelines: Any = place.client.pipelines
    made = pipelines.create_or_update(GROUP, FACTORY, "p", {"properties": {"activities": []}})
    changed = pipelines.create_or_update(
        GROUP, FACTORY, "p", {"properties": {"description": "new"}},
        etag=made.etag, match_condition=MatchConditions.IfNotModified,
    )  # fmt: skip
    assert changed.etag != made.etag
    with pytest.raises(ResourceModifiedError) as refused:
        pipelines.create_or_update(
            GROUP, FACTORY, "p", {"properties": {}},
            etag=made.etag, match_condition=MatchConditions.IfNotModified,
        )  # fmt: skip
    assert refused.value.status_code == 412


def reference(kind: str, name: str) -> dict[str, str]:
    return {"referenceName": name, "type": f"{kind}Reference"}


def nested(outer: str, *inner: str) -> Any:
    """Activities in each other; both kinds of list are filled, whichever the type reads."""
    held = [nested(*inner)] if inner else []
    return activity(f"a{len(inner)}", outer, activities=held, ifTrueActivities=held)


WAIT = activity("a", "Wait")
CALLS_ITSELF = activity("a", "ExecutePipeline", pipeline=reference("Pipeline", "p"))
AUTOMATIC = reference("IntegrationRuntime", "AutoResolveIntegrationRuntime")


def put(lab: Lab, kind: str, name: str, properties: Any) -> int:
    return lab.send("PUT", f"{LAB_FACTORY}/{kind}/{name}", {"properties": properties}).status


def test_documents_are_kept_as_they_stand(lab: Lab) -> None:
    properties = {"activities": [], "anything": {"Else": [1, None, {"x": 1.5}]}, "annotations": []}
    lab.put("pipelines", "P", properties)
    kept = lab.arm("GET", f"{LAB_FACTORY}/Pipelines/p")
    assert kept["properties"] == properties
    assert (kept["name"], kept["type"]) == ("P", "Microsoft.DataFactory/factories/pipelines")


@pytest.mark.parametrize(
    ("kind", "name", "properties", "status"),
    [
        ("pipelines", "p", None, 400),
        ("pipelines", "p", {"activities": [{"name": "a"}, {"name": "a"}]}, 400),
        ("pipelines", "p", {"activities": [activity("a", "Wait", {"b": ["Succeeded"]})]}, 400),
        ("pipelines", "p", {"activities": [activity("a", "Wait", {"a": ["Succeeded"]})]}, 400),
        ("pipelines", "p", {"activities": [WAIT, activity("b", "Wait", {"a": ["Maybe"]})]}, 400),
        ("pipelines", "p", {"activities": [CALLS_ITSELF]}, 400),
        ("pipelines", "p", {"activities": [nested("ForEach", "ForEach")]}, 400),
        ("pipelines", "p", {"activities": [nested("IfCondition", "IfCondition")]}, 400),
        ("pipelines", "p", {"activities": [nested("ForEach", "IfCondition", "IfCondition")]}, 400),
        ("pipelines", "p", {"activities": [nested("ForEach", "IfCondition")]}, 200),
        ("pipelines", "a.b", {}, 400),
        ("pipelines", "a b", {}, 200),
        ("datasets", "d", {}, 400),
        ("credentials", "c", {"type": "ManagedIdentity"}, 200),
        ("integrationRuntimes", "runtime", {"type": "SelfHosted"}, 200),
        ("integrationRuntimes", "i_r", {"type": "SelfHosted"}, 400),
        ("managedVirtualNetworks", "default", {}, 200),
        ("dataflows", "f", {"type": "MappingDataFlow"}, 200),
        ("linkedservices", "l", {"type": "Any", "connectVia": reference("IntegrationRuntime", "none")}, 400),
        ("linkedservices", "l", {"type": "Any", "connectVia": AUTOMATIC}, 200),
        ("nosuch", "n", {}, 501),
    ],
)  # fmt: skip
def test_what_documents_need(lab: Lab, kind: str, name: str, properties: Any, status: int) -> None:
    assert put(lab, kind, name, properties) == status


def test_a_trigger_without_pipelines_cannot_start(lab: Lab) -> None:
    lab.put("triggers", "t", {"type": "ScheduleTrigger", "typeProperties": {}})
    assert lab.send("POST", f"{LAB_FACTORY}/triggers/t/start").status == 400
    assert lab.send("POST", f"{LAB_FACTORY}/triggers/nosuch/start").status == 404


def test_a_get_can_ask_for_a_newer_one(lab: Lab) -> None:
    etag = lab.put("pipelines", "p", {})["etag"]
    headers = {"if-none-match": f'"{etag}"'}
    path, query = f"{LAB_FACTORY}/pipelines/p", {"api-version": "2018-06-01"}
    assert lab.local.send("arm", "GET", path, query=query, headers=headers).status == 304
    lab.put("pipelines", "p", {})
    assert lab.local.send("arm", "GET", path, query=query, headers=headers).status == 200


def test_roles_decide_here_too(lab: Lab) -> None:
    lab.pipeline()
    lab.local.assign("reader", "acdd72a7-3385-48ef-bd42-f606fba81ae7", LAB_FACTORY)

    def as_reader(method: str, path: str, body: Any = None) -> int:
        return lab.local.request(
            method, f"{LAB_FACTORY}{path}", body, as_="reader", version="2018-06-01"
        ).status

    assert as_reader("GET", "/pipelines/p") == 200
    assert as_reader("GET", "/pipelines") == 200
    assert as_reader("PUT", "/pipelines/p", {"properties": {}}) == 403
    assert as_reader("DELETE", "/pipelines/p") == 403
    assert as_reader("POST", "/pipelines/p/createRun", {}) == 403
    assert as_reader("POST", "/queryPipelineRuns", {}) == 403
    run_id = lab.start()
    assert as_reader("GET", f"/pipelineruns/{run_id}") == 200
    assert as_reader("POST", f"/pipelineruns/{run_id}/cancel") == 403


EVENTS_CONTRIBUTOR = "428e0ff0-5e57-4d9c-a221-2c70d0e0a443"


@pytest.mark.parametrize("type", ["BlobEventsTrigger", "CustomEventsTrigger"])
def test_4_an_event_trigger_asks_for_rights_on_what_it_listens_to_although_it_is_stopped(
    lab: Lab, type: str
) -> None:
    """The control: with EventGrid's role on the account it succeeds; a schedule asks for none."""
    lab.local.assign("publisher", "b24988ac-6180-42a0-ab88-20f7382dd24c", LAB_FACTORY)

    def publish(name: str, type: str, **inside: Any) -> Any:
        body = {"properties": {"type": type, "typeProperties": inside}}
        path = f"{LAB_FACTORY}/triggers/{name}"
        return lab.local.request("PUT", path, body, as_="publisher", version="2018-06-01")

    assert publish("daily", "ScheduleTrigger").status == 200
    assert publish("arrival", type).status == 400
    refused = publish("arrival", type, scope=LAB_ACCOUNT)
    assert (refused.status, refused.body["error"]["code"]) == (403, "LinkedAuthorizationFailed")
    assert f"on the linked scope(s) '{LAB_ACCOUNT}'" in refused.body["error"]["message"]
    lab.local.assign("publisher", EVENTS_CONTRIBUTOR, LAB_ACCOUNT)
    assert publish("arrival", type, scope=LAB_ACCOUNT).status == 200
