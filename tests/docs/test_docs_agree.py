"""What the documentation lists is what the code has: verbs, exit codes, roles, the local cloud's reach."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

import mayfly.errors
from components.aws import policies
from components.azure import roles
from localcloud.aws.gate.settings import SERVICES
from localcloud.aws.ids import ACCOUNT, REGION
from localcloud.azure import managed_identities
from localcloud.azure.authorization import assignments, definitions, management_locks
from localcloud.azure.authorization.builtin import BUILT_IN
from localcloud.azure.blob.operations import TABLE
from localcloud.azure.blob.responses import HANDLERS
from localcloud.azure.core.ids import NONPRODUCTION, PRODUCTION
from localcloud.azure.datafactory import reference
from localcloud.azure.datafactory.models import API_VERSION
from localcloud.azure.datafactory.runs.activities import KINDS
from localcloud.azure.datafactory.runs.functions import FUNCTIONS
from localcloud.azure.eventgrid import topics
from localcloud.azure.resources.versions import GROUPS, SUBSCRIPTIONS
from localcloud.azure.storage.responses import API_VERSIONS
from localcloud.engine.aws.table import ROWS as AWS_ROWS
from localcloud.engine.azure_native.table import ROWS
from mayfly import naming, settings
from mayfly.clouds.aws.permissions.__main__ import documents
from mayfly.clouds.azure import permissions
from mayfly.workload.factory.document_kinds import DOCUMENT_KINDS as FOLDERS
from mayfly.workload.functions.models import FunctionSettings
from tests.docs.commands import verbs
from tests.docs.pages import PAGES, anchors, blocks, links, prose, section, spans
from tests.support.checkout import HERE

README, LOCAL = HERE / "README.md", HERE / "docs/local-cloud.md"
OWN, FUNCTION = HERE / "docs/your-own-factory.md", HERE / "docs/your-own-functions.md"
ON_AZURE, ON_AWS = HERE / "docs/permissions.md", HERE / "docs/permissions-aws.md"
LAKE = (
    "/subscriptions/00000000-0000-0000-0000-0000000000a0/resourceGroups/lake/providers/Microsoft.Storage"
    "/storageAccounts/acmelake/blobServices/default/containers/flights"
)
ENVIRONMENTS = "00000000-0000-0000-0000-0000000000b0"
SOURCES = ENVIRONMENTS.replace("b0", "a0")
BUCKET = "flights-lake-123456789012"


@pytest.mark.parametrize("verb", sorted(verbs()))
def test_the_readme_has_a_row_for_each_verb_with_all_its_options(verb: str) -> None:
    rows = [line for line in prose(README).splitlines() if re.match(rf"\| `mayfly {verb}[ `]", line)]
    assert len(rows) == 1, verb
    named = {word for span in spans(rows[0]) for word in span.split()}
    assert named >= verbs()[verb]


def test_the_readme_has_every_exit_code() -> None:
    known = {each.exit_code for each in vars(mayfly.errors).values() if hasattr(each, "exit_code")}
    assert {int(code) for code in re.findall(r"^\| (\d) \|", prose(README), re.MULTILINE)} == {0, *known}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for target in links(page):
        path, _, anchor = unquote(target).partition("#")
        if "://" in path:
            continue
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), target


def block_of(marker: str, page: Path = ON_AZURE) -> Any:
    (only,) = [block for block in blocks(page) if block.marker == marker]
    return json.loads(only.text)


def test_architecture_follows_files_that_are_there() -> None:
    named = [span for span in spans(prose(HERE / "docs/architecture.md")) if span.endswith(".py")]
    assert len(named) > 20
    assert [file for file in named if not (HERE / file).is_file()] == []


def test_contributing_has_a_line_for_each_room() -> None:
    rooms = {file.parts[-2] for file in (HERE / "mayfly").glob("*/__init__.py")}
    table = section(HERE / "CONTRIBUTING.md", "Where things live")
    assert {room for room in rooms if f"| `{room}/` |" not in table} == set()


def test_every_json_example_is_json() -> None:
    examples = [block for block in blocks() if block.language == "json"]
    assert all(json.loads(block.text) for block in examples)
    assert len(examples) >= 6


def test_the_deployers_assignments_are_those_of_the_code() -> None:
    assert block_of("deployer") == permissions.deployer(ENVIRONMENTS, [LAKE])


def test_the_janitors_roles_and_assignments_are_those_of_the_code() -> None:
    assert block_of("janitor-roles") == permissions.janitor_roles(ENVIRONMENTS, [LAKE])
    assert block_of("janitor") == permissions.janitor(ENVIRONMENTS, [LAKE])


def test_the_assignment_that_productions_deployer_has_instead_is_that_of_the_code() -> None:
    others = permissions.deployer(SOURCES, [LAKE])
    own = permissions.deployer(SOURCES, [LAKE], permanent=True)
    assert [assignment for assignment in own if assignment not in others] == [block_of("production")]


def test_the_readers_assignment_is_that_of_the_components() -> None:
    shown, role = block_of("reader"), roles.STORAGE_BLOB_DATA_READER
    assert shown == {
        "name": roles.assignment_name(LAKE, role, shown["principalId"]),
        "scope": LAKE,
        "roleDefinitionId": roles.role_definition_id(LAKE, role),
        "principalId": shown["principalId"],
        "principalType": "ServicePrincipal",
        "description": f"mayfly:flights/qa-142/{ENVIRONMENTS}",
    }


def test_the_readers_role_is_the_one_that_the_local_cloud_enforces() -> None:
    (role,) = [role for role in BUILT_IN if role.id == roles.STORAGE_BLOB_DATA_READER]
    assert block_of("role") == {
        "name": role.name,
        "actions": [*role.actions],
        "notActions": [*role.not_actions],
        "dataActions": [*role.data_actions],
        "notDataActions": [*role.not_data_actions],
    }


def test_the_policies_on_aws_are_those_that_the_code_writes() -> None:
    """Of the fabric awsqa: the page's command writes these very files."""
    written = documents(HERE, ["awsqa"], {})
    shown = {
        "mayfly-boundary": "boundary",
        "mayfly-deployer-1": "deployer",
        "mayfly-deployer-sources": "deployer-sources",
        "mayfly-janitor-1": "janitor",
        f"bucket-{BUCKET}": "production",
    }
    assert written == {name: block_of(marker, ON_AWS) for name, marker in shown.items()}


def test_the_execution_roles_policies_are_those_of_the_components() -> None:
    """Of awsqa-142, as `components.aws` makes them."""
    logs = "arn:aws:logs:eu-west-1:123456789012:log-group:/mayfly/awsqa-142/*"
    function = "arn:aws:lambda:eu-west-1:123456789012:function:awsqa-142-"
    own = own_bucket(block_of("execution", ON_AWS))
    made = {
        "execution": policies.execution([f"arn:aws:s3:::{BUCKET}/flights/"], own, logs),
        "trust": policies.trust(policies.LAMBDA),
        "schedule": policies.scheduling([f"{function}flights", f"{function}reference"]),
        "schedule-trust": policies.trust(policies.SCHEDULER, "123456789012"),
    }
    for marker, document in made.items():
        assert block_of(marker, ON_AWS) == json.loads(document), marker


def own_bucket(shown: Any) -> str:
    """The bucket that an execution role's policy names as its own: awsqa-142's, by our naming."""
    (own,) = [one["Resource"] for one in shown["Statement"] if one["Sid"] == "ListOwn"]
    name = str(own[0]).removeprefix("arn:aws:s3:::")
    assert name == naming.aws.names(settings.load(HERE, "awsqa-142", {})).bucket
    return name


def test_the_local_subscriptions_and_account_are_named() -> None:
    assert {PRODUCTION, NONPRODUCTION, ACCOUNT, REGION} <= set(spans(prose(LOCAL)))


def test_the_services_of_the_local_aws_are_listed() -> None:
    listed = section(LOCAL, "Services").partition("All others")[0]
    assert set(spans(listed)) == set(SERVICES.split(","))


def test_every_field_of_a_functions_file_has_a_row() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", prose(FUNCTION), re.MULTILINE)
    assert set(rows) == set(FunctionSettings.model_fields) - {"name"}


OPERATIONS = {row.name for rows in TABLE.values() for row in rows}


@pytest.mark.parametrize(
    ("heading", "known"),
    [
        ("Activities", KINDS),
        ("Functions", FUNCTIONS),
        ("Built-in roles", [role.name for role in BUILT_IN]),
        ("Pulumi resource types", [row.type for row in ROWS.values()]),
        ("Pulumi resource types on AWS", [type.partition(":")[2] for type in AWS_ROWS]),
    ],
)
def test_the_local_cloud_does_what_its_page_lists_and_no_more(heading: str, known: Iterable[str]) -> None:
    listed = section(LOCAL, heading).partition(", and roles of your own")[0]
    listed = re.split(r"\. |; beside", listed)[0]
    assert set(spans(listed)) == set(known)


@pytest.mark.parametrize(
    ("heading", "table"),
    [
        ("Settings of activities", reference.activities()),
        ("Formats", reference.formats()),
        ("Stores", reference.stores()),
    ],
)
def test_the_tables_of_activities_and_formats_are_written_from_the_code(heading: str, table: str) -> None:
    assert table in section(LOCAL, heading)


def test_the_pages_blob_operations_are_the_ones_that_work() -> None:
    works, refused = section(LOCAL, "Blobs").split("answered with 501")
    assert set(spans(works)) == OPERATIONS & set(HANDLERS)
    assert set(spans(refused)) == OPERATIONS - set(HANDLERS)


def test_the_pages_api_versions_are_the_accepted_ones() -> None:
    rows = dict(re.findall(r"^\| ([^|`]+) \| (`.*) \|$", section(LOCAL, "Resource Manager"), re.MULTILINE))
    assert {name: set(spans(versions)) for name, versions in rows.items()} == {
        "subscriptions and their locations": set(SUBSCRIPTIONS),
        "resource groups, the list of resources, tags, registrations of resource providers": set(GROUPS),
        "Microsoft.Storage": set(API_VERSIONS),
        "Microsoft.DataFactory": {API_VERSION},
        "system topics of Microsoft.EventGrid": set(topics.VERSIONS),
        "user-assigned identities": set(managed_identities.VERSIONS),
        "role definitions": set(definitions.VERSIONS),
        "role assignments": set(assignments.VERSIONS),
        "numbers of role assignments": set(assignments.METRICS),
        "locks": set(management_locks.VERSIONS),
    }


def test_the_pages_resource_types_have_their_versions() -> None:
    text = " ".join(section(LOCAL, "Pulumi resource types").split())
    assert all(f"`{row.type}` {row.api_version}" in text for row in ROWS.values())


def test_every_folder_of_a_factory_is_shown() -> None:
    tree = next(block.text for block in blocks(OWN) if block.text.startswith("etl/factory/\n"))
    assert set(re.findall(r"(\w+)/(?=\s)", tree)) - {"factory"} == set(FOLDERS)


def test_what_a_first_run_puts_beside_the_files_is_not_committed() -> None:
    """The owner's credentials and the report, as the page on it names them."""
    assert "--owner owner.env" in (HERE / "docs/first-run.md").read_text()
    named = ["owner.env", "smoke-report.md"]
    ignored = subprocess.run(["git", "check-ignore", *named], cwd=HERE, capture_output=True, text=True)
    assert ignored.stdout.split() == named


def test_what_others_suffered_from_has_a_test_each() -> None:
    table = section(HERE / "docs/failures.md", "What others suffered from")
    named = [span for span in spans(table) if span.startswith("test_")]
    there = {
        name
        for path in (HERE / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE)
    }
    assert len(named) == table.count("\n| ") - 1
    assert set(named) <= there
