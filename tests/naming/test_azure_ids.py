from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayfly.errors import BadInput
from mayfly.naming.azure import ids

SUBSCRIPTION = "/subscriptions/6d617966-6c79-4000-8000-0000000000a0"
GROUP = f"{SUBSCRIPTION}/resourceGroups/lake.rg-(1)"
ACCOUNT = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/lake"
CONTAINER = f"{ACCOUNT}/blobServices/default/containers/flights"


@pytest.mark.parametrize("text", [SUBSCRIPTION, GROUP, ACCOUNT, CONTAINER, f"{ACCOUNT}/a/Copy data1"])
def test_an_id_is_taken_apart_and_put_together_again(text: str) -> None:
    assert str(ids.parse(text)) == text


def test_an_id_knows_its_type_its_name_and_what_it_lies_in() -> None:
    id = ids.parse_as(CONTAINER, ids.CONTAINER)
    assert (id.type, id.name, id.group) == (ids.CONTAINER, "flights", "lake.rg-(1)")
    assert str(ids.account_of(id)) == ACCOUNT
    above = []
    parent = id.parent
    while parent is not None:
        above.append(str(parent))
        parent = parent.parent
    assert above == [f"{ACCOUNT}/blobServices/default", ACCOUNT, GROUP, SUBSCRIPTION]


def test_segments_that_name_a_kind_may_be_written_in_any_case() -> None:
    assert str(ids.parse(GROUP.replace("resourceGroups", "resourcegroups"))) == GROUP


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "lake",
        "/subscriptions/",
        "/subscriptions/not-a-guid",
        f"{SUBSCRIPTION}/",
        f"{SUBSCRIPTION}/resourceGroups",
        f"{SUBSCRIPTION}/resourceGroups/",
        f"{SUBSCRIPTION}/resourceGroups/..",
        f"{SUBSCRIPTION}/resourceGroups/a?b",
        f"{GROUP}/providers",
        f"{GROUP}/providers/Microsoft.Storage",
        f"{GROUP}/providers/Microsoft.Storage/storageAccounts",
        f"{GROUP}/providers/Microsoft.Storage/storageAccounts/..",
        f"{GROUP}/providers/Microsoft.Storage/storageAccounts/a/",
        f"{GROUP}/providers/../storageAccounts/a",
        f"{ACCOUNT}?api-version=1",
        f"{ACCOUNT}#x",
        f"{ACCOUNT}%2F..",
        f"{ACCOUNT}\n",
    ],
)
def test_what_is_not_an_id_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="is not a Resource Manager id"):
        ids.parse(text)


@given(st.text())
def test_whatever_is_accepted_cannot_leave_its_path(text: str) -> None:
    try:
        parsed = str(ids.parse(f"{GROUP}/providers/Microsoft.Storage/storageAccounts/{text}"))
    except BadInput:
        return
    assert parsed.startswith(ACCOUNT.rsplit("/", 1)[0])
    assert not {"?", "#", "%", "\\"} & set(parsed)
    assert ".." not in parsed.split("/")


def test_an_id_of_another_type_is_named() -> None:
    with pytest.raises(BadInput, match=r"is the id of a Microsoft\.Storage/storageAccounts"):
        ids.parse_as(ACCOUNT, ids.FACTORY)


def test_scopes_hold_what_lies_in_them_and_nothing_that_only_begins_alike() -> None:
    assert ids.is_at_or_below(CONTAINER, ACCOUNT.upper())
    assert ids.is_at_or_below(ACCOUNT, ACCOUNT)
    assert not ids.is_at_or_below(f"{ACCOUNT}2", ACCOUNT)


@pytest.mark.parametrize("scope", ["", "/providers/Microsoft.Management/managementGroups/corp-data"])
def test_an_assignment_at_a_management_group_or_at_the_root_is_read_and_no_crash(scope: str) -> None:
    name = "11111111-2222-3333-4444-555555555555"
    text = f"{scope}/providers/Microsoft.Authorization/roleAssignments/{name}"
    assert (str(ids.parse_grant(text)), ids.parse_grant(text).scope) == (text, scope)
    with pytest.raises(BadInput):
        ids.assignable("/providers/Microsoft.Management/managementGroups/a/b")


def test_a_grants_id_has_a_scope_and_a_guid() -> None:
    name = "11111111-2222-3333-4444-555555555555"
    text = f"{CONTAINER}/providers/Microsoft.Authorization/roleAssignments/{name}"
    grant = ids.parse_grant(text)
    assert (str(grant), str(grant.scope), grant.name) == (text, CONTAINER, name)
    for bad in (CONTAINER, f"{text}x", f"/x/providers/Microsoft.Authorization/roleAssignments/{name}"):
        with pytest.raises(BadInput):
            ids.parse_grant(bad)
