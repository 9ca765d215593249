"""Switch, Until, Filter, AppendVariable, Validation."""

from __future__ import annotations

from typing import Any

import pytest

from tests.localcloud.azure.datafactory.factory_lab import (
    FACTORY_ID,
    Lab,
    activity,
    expression,
    fail,
    set_variable,
)

STRING = {"x": {"type": "String"}}
LIST = {"list": {"type": "Array"}, "x": {"type": "String"}}


def append(value: Any, name: str = "add", after: Any = None) -> Any:
    return activity(name, "AppendVariable", after, variableName="list", value=value)


@pytest.mark.parametrize(
    ("on", "ran"),
    [("@concat('a')", "a"), ("@add(0, 1)", "one"), ("@concat('A')", "other"), ("@concat('')", "other")],
)
def test_a_switch_runs_one_case(lab: Lab, on: str, ran: str) -> None:
    cases = [
        {"value": "a", "activities": [set_variable("a", "1")]},
        {"value": "1", "activities": [set_variable("one", "1")]},
    ]
    made = activity(
        "s", "Switch", on=expression(on), cases=cases, defaultActivities=[set_variable("other", "1")]
    )
    assert set(lab.activities(lab.run(made, variables=STRING))) == {"s", ran}


def test_a_switch_without_a_fitting_case_does_nothing(lab: Lab) -> None:
    made = activity("s", "Switch", on=expression("@concat('z')"), cases=[{"value": "a", "activities": []}])
    assert lab.run(made)["status"] == "Succeeded"


def test_a_failed_case_fails_the_switch(lab: Lab) -> None:
    made = activity(
        "s", "Switch", on=expression("@concat('a')"), cases=[{"value": "a", "activities": [fail("no")]}]
    )
    assert "Inner activity name: no" in lab.run(made)["message"]


def test_a_switch_takes_strings_and_integers_alone(lab: Lab) -> None:
    run = lab.run(activity("s", "Switch", on=expression("@equals(1, 1)"), cases=[]))
    assert "must give a string or an integer, not 'Boolean'" in run["message"]


def refused(lab: Lab, made: Any) -> str:
    reply = lab.send("PUT", f"{FACTORY_ID}/pipelines/p", {"properties": {"activities": [made]}})
    assert reply.status == 400
    assert isinstance(reply.body, dict)
    return str(reply.body["error"]["message"])


def test_a_switch_has_at_most_25_cases(lab: Lab) -> None:
    cases = [{"value": str(number), "activities": []} for number in range(26)]
    assert "has 26 cases" in refused(lab, activity("s", "Switch", on=expression("@'a'"), cases=cases))


def test_what_published_factories_nest_is_taken_and_what_the_service_refuses_is_not(lab: Lab) -> None:
    switch = activity("s", "Switch", on=expression("@concat('a')"), cases=[])
    condition = activity(
        "if", "IfCondition", expression=expression("@equals(1, 1)"), ifTrueActivities=[switch]
    )
    assert lab.run(condition)["status"] == "Succeeded"
    again = activity("s2", "Switch", on=expression("@concat('a')"), defaultActivities=[condition])
    assert "may not lie inside one of type Switch" in refused(lab, again)
    check = activity("v", "Validation", dataset=lab.dataset("d", "Binary", "in", "a"))
    loop = activity("each", "ForEach", items=expression("@range(0, 1)"), activities=[check])
    assert "of type Validation, may not lie inside one of type ForEach" in refused(lab, loop)


def until(condition: str, *activities: Any, **properties: Any) -> Any:
    return activity("until", "Until", expression=expression(condition), activities=activities, **properties)


def test_until_runs_until_its_condition_holds(lab: Lab) -> None:
    run = lab.run(until("@equals(length(variables('list')), 3)", append("a")), variables=LIST)
    assert run["status"] == "Succeeded"
    path = f"{FACTORY_ID}/pipelineruns/{run['runId']}/queryActivityruns"
    window = {"lastUpdatedAfter": "2020-01-01", "lastUpdatedBefore": "2100-01-01"}
    rounds = [one for one in lab.arm("POST", path, window)["value"] if one["activityName"] == "add"]
    assert len({one["iterationHash"] for one in rounds}) == 3


def test_until_sees_the_results_of_its_activities(lab: Lab) -> None:
    run = lab.run(until("@equals(activity('add').output.value, 'a')", append("a")), variables=LIST)
    assert run["status"] == "Succeeded"


def test_a_failure_inside_does_not_end_until(lab: Lab) -> None:
    once = activity(
        "if",
        "IfCondition",
        {"add": ["Succeeded"]},
        expression=expression("@less(length(variables('list')), 2)"),
        ifTrueActivities=[fail("early")],
    )
    run = lab.run(until("@equals(length(variables('list')), 2)", append("a"), once), variables=LIST)
    assert run["status"] == "Succeeded"


def test_until_ends_at_its_timeout(lab: Lab) -> None:
    run = lab.run(until("@equals(1, 2)", append("a"), timeout="0.00:00:00"), variables=LIST)
    assert "did not end within its timeout" in run["message"]


def test_until_takes_a_boolean_alone(lab: Lab) -> None:
    assert "must give a boolean" in lab.run(until("@concat('true')", append("a")), variables=LIST)["message"]


def test_filter_gives_the_items_that_fit(lab: Lab) -> None:
    made = activity(
        "f", "Filter", items=expression("@range(1, 6)"), condition=expression("@greater(item(), 3)")
    )
    after = set_variable("told", expression("@join(activity('f').output.value, ',')"), {"f": ["Succeeded"]})
    done = lab.activities(lab.run(made, after, variables=STRING))
    assert done["f"]["output"] == {"ItemsCount": 6, "FilteredItemsCount": 3, "Value": [4, 5, 6]}
    assert done["told"]["output"]["value"] == "4,5,6"


@pytest.mark.parametrize(
    ("items", "condition", "message"),
    [
        ("@concat('a')", "@equals(1, 1)", "Filter takes an array of items, not 'String'"),
        ("@range(0, 1)", "@item()", "must give a boolean, not 'Integer'"),
    ],
)
def test_filter_refuses(lab: Lab, items: str, condition: str, message: str) -> None:
    made = activity("f", "Filter", items=expression(items), condition=expression(condition))
    assert message in lab.run(made)["message"]


def test_append_adds_to_an_array_variable(lab: Lab) -> None:
    run = lab.run(
        append("a"),
        append(expression("@createArray(1)"), "more", {"add": ["Succeeded"]}),
        set_variable("told", expression("@string(variables('list'))"), {"more": ["Succeeded"]}),
        variables=LIST,
    )
    assert lab.activities(run)["told"]["output"]["value"] == '["a",[1]]'


def test_append_refuses_a_variable_that_is_no_array(lab: Lab) -> None:
    made = activity("add", "AppendVariable", variableName="x", value="a")
    assert "takes an Array" in lab.run(made, variables=STRING)["message"]


def validation(lab: Lab, file: str | None, **properties: Any) -> Any:
    made = activity("v", "Validation", dataset=lab.dataset("d", "Binary", "in", file), **properties)
    return lab.activities(lab.run(made))["v"]


@pytest.mark.parametrize(
    ("file", "properties", "valid"),
    [
        ("a", {}, True),
        ("a", {"minimumSize": 3}, True),
        ("a", {"minimumSize": 4}, False),
        ("b", {}, False),
        (None, {}, True),
        (None, {"childItems": True}, True),
        (None, {"childItems": False}, False),
    ],
)
def test_validation_waits_for_its_condition(lab: Lab, file: Any, properties: Any, valid: bool) -> None:
    lab.upload("in/a", b"abc")
    done = validation(lab, file, **properties, **({} if valid else {"timeout": "0.00:00:00"}))
    assert done["status"] == ("Succeeded" if valid else "Failed")
    assert valid or "did not end within its timeout" in done["error"]["message"]


def test_validation_sees_what_comes_later(lab: Lab) -> None:
    made = activity("v", "Validation", dataset=lab.dataset("d", "Binary", "in", "a"), sleep=1)
    run_id = lab.start(lab.pipeline(made))
    lab.once(run_id, lambda run: run["status"] == "InProgress")
    lab.upload("in/a", b"abc")
    done = lab.activities(lab.ended(run_id))["v"]
    assert (done["output"]["exists"], done["output"]["size"]) == (True, 3)


def test_settings_that_are_not_honoured_fail_and_are_named(lab: Lab) -> None:
    made = activity("f", "Filter", items=expression("@range(0, 1)"), condition=expression("@true"), other=1)
    assert "does not implement 'other' of the Filter activity" in lab.run(made)["message"]
