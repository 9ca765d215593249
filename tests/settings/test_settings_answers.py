"""What a variable group says of linked services and other documents; values that are lists and mappings."""

from __future__ import annotations

import pytest

from mayfly.settings import load
from mayfly.settings.export import Format, render
from mayfly.settings.models import VariableGroup
from tests.settings.conftest import Project

GROUP = """
linked_services:
  Key Vault 1: as-is
  warehouse:
    typeProperties: {server: qa.example, encryptedCredential: null}
overrides:
  trigger/daily:
    typeProperties.recurrence.interval: 15
managed_private_endpoints: sent
values:
  tables: [orders, {name: lines, keys: [1, 2]}]
  zones: {raw: landing, depth: 2, none: null}
"""


def group(project: Project, **environ: str) -> VariableGroup:
    project.variables("qa", GROUP)
    return load(project.root, "qa-1", environ).variables


def test_a_group_answers_for_what_is_no_store(project: Project) -> None:
    found = group(project)
    assert found.linked_services == {
        "Key Vault 1": "as-is",
        "warehouse": {"typeProperties": {"server": "qa.example", "encryptedCredential": None}},
    }
    assert found.overrides == {"trigger/daily": {"typeProperties.recurrence.interval": 15}}
    assert found.managed_private_endpoints == "sent"


def test_a_value_is_a_list_or_a_mapping_too_and_json_where_texts_are_asked_for(project: Project) -> None:
    found = group(project, MAYFLY_VAR_ZONES='{"raw": "bronze"}')
    assert found.values["tables"] == ["orders", {"name": "lines", "keys": [1, 2]}]
    assert found.values["zones"] == {"raw": "bronze"}
    text = render(found.resolved, Format.ENV)
    assert """MAYFLY_VAR_ZONES='{"raw": "bronze"}'""" in text


@pytest.mark.parametrize("given", ["[1]", "raw", "{"])
def test_a_mapping_is_overridden_by_one(project: Project, given: str) -> None:
    project.variables("qa", GROUP)
    (problem,) = project.problems(MAYFLY_VAR_ZONES=given)
    assert "a mapping in JSON" in problem.fix


@pytest.mark.parametrize(
    ("text", "where", "what", "fix"),
    [
        ("linked_services: {a: asis}", "linked_services.a", "got 'asis'", "as-is, or a mapping"),
        ("linked_services: {a: {}}", "linked_services.a", "is empty", "as-is, or a mapping"),
        (
            "linked_services: {a: {typeProprties: {}}}",
            "services.a",
            "no property of",
            "mean 'typeProperties'",
        ),
        (
            "linked_services: {a: {typeProperties: {password: hunter22}}}",
            "linked_services.a.typeProperties.password",
            "looks like a password",
            "keep it in Key Vault",
        ),
        ("overrides: {linkedService/a: {x: 1}}", "overrides.linkedService/a", "is a linked service", "under"),
        ("overrides: {daily: {x: 1}}", "overrides.daily", "'daily' is no document", "such as trigger/daily"),
        ("overrides: {trigger/daily: 1}", "overrides.trigger/daily", "got 1, a number", "a mapping"),
        (
            "overrides: {dataset/a: {typeProperties.password: hunter22}}",
            "password",
            "looks like",
            "Key Vault",
        ),
        ("managed_private_endpoints: yes please", "managed_private_endpoints", "got 'yes", "sent"),
        ("values: {a: {password: hunter22}}", "values.a.password", "looks like a password", "Key Vault"),
        ("values: {a: [null, [9007199254740993]]}", "values.a", "whole numbers up to", "in quotes"),
    ],
)
def test_every_message(project: Project, text: str, where: str, what: str, fix: str) -> None:
    project.variables("qa", text)
    (problem,) = project.problems()
    assert where in problem.where
    assert what in problem.what
    assert fix in problem.fix


def test_a_workload_answers_for_nothing_itself(project: Project) -> None:
    project.write("examples/flights/mayfly.yaml", "linked_services: {warehouse: as-is}")
    (problem,) = project.problems()
    assert problem.what == "cannot be set by a workload"


def test_functions_have_no_linked_services_and_texts_alone(project: Project) -> None:
    aws = "cloud: aws\naccount: '123456789012'\nregion: eu-west-1\nlifetime: ephemeral\n"
    project.fabric("awsqa", f"{aws}owner: data\nworkload: examples/flights\n")
    project.variables("awsqa", GROUP)
    whats = [problem.what for problem in project.problems("awsqa-1")]
    assert sum("functions have texts" in what for what in whats) == 2
    assert sum("is a data factory's" in what for what in whats) == 2
