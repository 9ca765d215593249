"""Production's tables in a variable group: what is loaded, what functions get, and every message."""

from __future__ import annotations

import pytest

from mayfly.errors import BadInput
from mayfly.naming import clones
from mayfly.settings import load
from mayfly.workload.functions import environment_variables
from tests.settings.conftest import VARIABLES, Project
from tests.settings.test_settings_aws import GROUP, fabric

TABLES = """tables:
  sales:
    engine: iceberg
    catalog: glue://123456789012
    namespace: lake
    tables: [orders, lines]
"""


@pytest.fixture(name="project")
def _project(project: Project) -> Project:
    project.fabric("awsqa", fabric())
    project.fabric("awsprod", fabric(lifetime="permanent"))
    project.variables("awsqa", GROUP + TABLES)
    project.variables("awsprod", GROUP + TABLES)
    return project


def test_functions_get_the_clones_namespace_and_in_production_productions_own(project: Project) -> None:
    wanted = load(project.root, "awsqa-7", {})
    assert wanted.variables.tables["sales"].at == "latest"
    own = clones.namespaces(wanted)["sales"]
    assert own.startswith("mf__awsqa_7__sales__")
    found = environment_variables(wanted, "bucket")
    assert (found["SALES_CATALOG"], found["SALES_NAMESPACE"]) == ("glue://123456789012", own)
    production = environment_variables(load(project.root, "awsprod", {}), "bucket")
    assert production["SALES_NAMESPACE"] == "lake"


def test_two_environments_never_share_a_name() -> None:
    names = [
        clones.namespace(project, environment, "123456789012", entry)
        for project in ("mayfly", "other")
        for environment in ("awsqa-1", "awsqa-1-b", "awsqa-11")
        for entry in ("b", "sales", "b_sales")
    ]
    assert len({*names}) == len(names)
    prefix = clones.namespace_prefix("awsqa-1")
    assert [name.startswith(prefix) for name in names[:9]] == [True] * 3 + [False] * 6


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("engine: iceberg", "engine: icebergs", r"awsqa.yaml:\d+: tables.sales.engine: .*iceberg"),
        ("glue://123456789012", "glue://1234", r"tables.sales.catalog: got 'glue://1234'"),
        ("glue://123456789012", "glue://999999999999", r"not of the account of the fabric 'awsqa'"),
        ("glue://123456789012", "sql:///lake.db", r"functions cannot reach sql:///lake.db"),
        ("glue://123456789012", "rest://user@host/x", r"tables.sales.catalog: got"),
        ("namespace: lake", "namespace: La-ke", r"tables.sales.namespace: got 'La-ke'"),
        ("namespace: lake", "namespace: mf__awsqa_7__sales", r"tables.sales.namespace: got"),
        ("[orders, lines]", "[orders, orders]", r"tables.sales.tables: .*each once"),
        ("[orders, lines]", "[]", r"tables.sales.tables"),
        ("  sales:", "  Sales:", r"tables.Sales: got 'Sales'"),
        ("  sales:", "  sa__les:", r"tables.sa__les: got 'sa__les'"),
        ("namespace: lake", "namespace: lake\n    at: yesterday", r"tables.sales.at: got 'yesterday'"),
        ("namespace: lake", "namespace: lake\n    at: '2026-11-21T04:46:00'", r"tables.sales.at: got"),
        ("namespace: lake", "namespaces: lake", r"tables.sales.namespaces: is not a field"),
        ("year: 2013", "sales-namespace: x", r"sets SALES_NAMESPACE, which values.sales-namespace does too"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(project: Project, before: str, after: str, told: str) -> None:
    project.variables("awsqa", (GROUP + TABLES).replace(before, after))
    with pytest.raises(BadInput, match=told):
        load(project.root, "awsqa-7", {})


def test_there_are_none_on_azure_yet(project: Project) -> None:
    project.variables("qa", VARIABLES + TABLES)
    with pytest.raises(BadInput, match=r"tables.sales: there are no clones on azure yet"):
        load(project.root, "qa-1", {})
