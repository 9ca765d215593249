"""An ephemeral fabric on Azure beside production: its deployer is Contributor there."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mayfly.settings import AzureFabric, load
from tests.settings.conftest import GUID, LAKE, PRODUCTION, VARIABLES, Project

Fabric = Callable[..., str]


def test_an_ephemeral_fabric_beside_a_permanent_one_is_refused(project: Project, fabric: Fabric) -> None:
    project.fabric("prod", fabric(lifetime="permanent"))
    (problem,) = project.problems()
    assert problem.where == "stacks/fabrics/qa.yaml:2: subscription"
    assert problem.what == "holds the permanent fabric 'prod': whoever deploys here could write production"
    assert "shared_subscription: true" in problem.fix


@pytest.mark.parametrize("variables", ["qa", "prod"])
def test_an_ephemeral_fabric_beside_a_source_is_refused_whosever_it_is(
    project: Project, variables: str
) -> None:
    beside = LAKE.replace(PRODUCTION, GUID.upper())
    project.variables(variables, VARIABLES.replace(LAKE, beside))
    (problem,) = project.problems()
    assert f"the source 'raw-lake' of stacks/variables/{variables}.yaml" in problem.what


def test_an_application_beside_its_infrastructure_is_refused(project: Project, fabric: Fabric) -> None:
    project.fabric("prod", fabric(lifetime="permanent"))
    project.fabric("qa", fabric(scope="application", infrastructure="prod"))
    project.variables("qa", "sinks:\n  curated: curated\n")
    (problem,) = project.problems()
    assert "the permanent fabric 'prod'" in problem.what


def test_a_fabric_may_say_that_it_shares_its_subscription(project: Project, fabric: Fabric) -> None:
    project.fabric("prod", fabric(lifetime="permanent"))
    project.fabric("qa", fabric(shared_subscription="true"))
    found = load(project.root, "qa-1", {}).fabric
    assert isinstance(found, AzureFabric)
    assert found.shared_subscription


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"shared_subscription": "sure"}, "'sure'"),
        ({"shared_subscription": "true", "lifetime": "permanent"}, "is production itself"),
    ],
)
def test_what_it_may_not_say(project: Project, fabric: Fabric, changes: dict[str, str], what: str) -> None:
    project.fabric("qa", fabric(**changes))
    told = [problem for problem in project.problems() if "shared_subscription" in problem.where]
    assert [what in problem.what for problem in told] == [True]
