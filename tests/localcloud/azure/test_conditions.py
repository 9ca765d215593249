"""The condition language of role assignments."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.azure.authorization.conditions import BadCondition, holds, parse
from localcloud.azure.core.authorizing import Attributes

READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"
WRITE = "Microsoft.Authorization/roleAssignments/write"
DELETE = "Microsoft.Authorization/roleAssignments/delete"
ROLE = "microsoft.authorization/roleassignments:roledefinitionid"
TYPE = "microsoft.authorization/roleassignments:principaltype"


def clause(action: str, source: str) -> str:
    attribute = f"@{source}[Microsoft.Authorization/roleAssignments"
    return (
        f"((!(ActionMatches{{'{action}'}})) OR ({attribute}:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals "
        f"{{{READER}}} AND {attribute}:PrincipalType] StringEqualsIgnoreCase 'ServicePrincipal'))"
    )


DELEGATION = f"{clause(WRITE, 'Request')} AND {clause(DELETE, 'Resource')}"


def values(role: str = READER, type: str = "ServicePrincipal") -> dict[str, str]:
    return {ROLE: role, TYPE: type}


def test_delegation() -> None:
    assert holds(DELEGATION, WRITE, Attributes(request=values()))
    assert holds(DELEGATION, DELETE, Attributes(resource=values()))
    assert holds(DELEGATION, "Microsoft.Authorization/roleAssignments/read", Attributes())
    assert not holds(DELEGATION, WRITE, Attributes(request=values(CONTRIBUTOR)))
    assert not holds(DELEGATION, WRITE, Attributes(request=values(type="User")))
    assert not holds(DELEGATION, DELETE, Attributes(resource=values(CONTRIBUTOR)))


def test_the_request_cannot_stand_in_for_the_resource() -> None:
    assert not holds(DELEGATION, DELETE, Attributes(request=values()))
    assert not holds(DELEGATION, WRITE, Attributes(resource=values()))


@pytest.mark.parametrize(
    "text",
    [
        f"@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] GuidEquals {READER}",
        f"@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] GuidEquals '{READER.upper()}'",
        f"!(@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] GuidNotEquals {READER})",
        "NOT ActionMatches{'*/delete'} && ActionMatches{'microsoft.authorization/*'}",
        "@Request[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEquals"
        " {'User', 'ServicePrincipal'}",
        f"@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAllValues:GuidNotEquals"
        f" {{{CONTRIBUTOR}}}",
        "(ActionMatches{'*/write'} || ActionMatches{'*/nothing'})",
    ],
)
def test_holds(text: str) -> None:
    assert holds(text, WRITE, Attributes(request=values()))


def test_case_counts_only_where_it_should() -> None:
    equals = "@Request[Microsoft.Authorization/roleAssignments:PrincipalType] StringEquals 'serviceprincipal'"
    assert not holds(equals, WRITE, Attributes(request=values()))
    assert holds(equals.replace("Equals", "EqualsIgnoreCase"), WRITE, Attributes(request=values()))


def test_what_is_absent_grants_nothing_even_negated() -> None:
    absent = "@Resource[Microsoft.Authorization/roleAssignments:PrincipalType] StringEquals 'User'"
    assert not holds(absent, WRITE, Attributes())
    assert not holds(f"!({absent})", WRITE, Attributes())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "(",
        "ActionMatches{'a'} ActionMatches{'b'}",
        "ActionMatches{'a'} AND ActionMatches{'b'} OR ActionMatches{'c'}",
        "SubOperationMatches{'Blob.List'}",
        "@Principal[Microsoft.Directory/CustomSecurityAttributes/Id:A_b] StringEquals 'x'",
        "@Environment[UtcNow] DateTimeGreaterThan '2026-01-01'",
        "@Request[a/b:C] StringLike 'x*'",
        "@Request[a/b:C] GuidEquals 'no guid'",
        "@Request[a/b:C] ForAnyOfAnyValues:GuidEquals {}",
        "Exists @Request[a/b:C]",
        "ActionMatches{'a'} AND",
        "ActionMatches{'a'})",
    ],
)
def test_what_is_not_known_is_refused(text: str) -> None:
    with pytest.raises(BadCondition):
        parse(text)
    assert not holds(text, WRITE, Attributes(request=values(), resource=values()))


@given(st.text(alphabet="(){}[]'!@&| ,*aANDORcionMtchesRqu/:Guidl-", max_size=60))
def test_any_text_is_either_read_or_refused(text: str) -> None:
    try:
        parse(text)
    except BadCondition:
        assert not holds(text, WRITE, Attributes(request=values(), resource=values()))


ATOMS = st.sampled_from([("ActionMatches{'*/write'}", True), ("ActionMatches{'*/delete'}", False)])


@st.composite
def conditions(draw: st.DrawFn, depth: int = 3) -> tuple[str, bool]:
    if depth == 0 or draw(st.booleans()):
        return draw(ATOMS)
    if draw(st.booleans()):
        text, value = draw(conditions(depth - 1))
        return f"!({text})", not value
    parts = draw(st.lists(conditions(depth - 1), min_size=2, max_size=3))
    word, combine = draw(st.sampled_from([("AND", all), ("OR", any), ("&&", all), ("||", any)]))
    return f" {word} ".join(f"({text})" for text, _ in parts), combine(value for _, value in parts)


@given(conditions())
def test_logic_is_that_of_python(condition: tuple[str, bool]) -> None:
    text, expected = condition
    assert holds(text, WRITE, Attributes()) is expected
