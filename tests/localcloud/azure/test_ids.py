"""Paths taken apart."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from localcloud.azure.core.ids import parse, subscription_of

GROUP = "/subscriptions/s/resourceGroups/g"
ACCOUNT = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/a"
names = st.text(alphabet="abcXYZ019-_.()", min_size=1, max_size=12) | st.sampled_from(
    ["providers", "resourceGroups"]
)


def test_nested_types() -> None:
    parsed = parse(f"{ACCOUNT}/blobServices/default/containers/c")
    assert [node.type for node in parsed.chain] == [
        "Microsoft.Resources/subscriptions",
        "Microsoft.Resources/subscriptions/resourceGroups",
        "Microsoft.Storage/storageAccounts",
        "Microsoft.Storage/storageAccounts/blobServices",
        "Microsoft.Storage/storageAccounts/blobServices/containers",
    ]
    assert (parsed.tail, parsed.scope) == (None, f"{ACCOUNT}/blobServices/default/containers/c")


def test_collections_and_actions() -> None:
    assert parse("/subscriptions").collection == "Microsoft.Resources/subscriptions"
    assert (
        parse("/subscriptions/s/resourcegroups").collection
        == "Microsoft.Resources/subscriptions/resourcegroups"
    )
    assert parse(f"{GROUP}/providers/N.S/types").collection == "N.S/types"
    assert parse(f"{ACCOUNT}/listKeys").tail == "listKeys"
    assert (
        parse(f"{ACCOUNT}/providers/Microsoft.Authorization/locks").collection
        == "Microsoft.Authorization/locks"
    )


def test_extensions_hang_on_any_scope() -> None:
    for scope in ("", "/subscriptions/s", GROUP, ACCOUNT):
        node = parse(f"{scope}/providers/Microsoft.Authorization/locks/l").chain[-1]
        assert (node.type, node.name) == ("Microsoft.Authorization/locks", "l")


def test_the_subscription_of_an_id() -> None:
    assert subscription_of(ACCOUNT) == "/subscriptions/s"


@given(
    st.lists(st.tuples(names.filter(lambda name: name.lower() != "providers"), names), min_size=1, max_size=4)
)
def test_a_name_is_never_taken_for_structure(pairs: list[tuple[str, str]]) -> None:
    path = f"{GROUP}/providers/N.S" + "".join(f"/{type}/{name}" for type, name in pairs)
    parsed = parse(path)
    assert parsed.scope == path
    assert parsed.chain[-1].name == pairs[-1][1]
    assert parsed.chain[-1].type == "N.S/" + "/".join(type for type, _ in pairs)


@given(st.text(max_size=80))
def test_any_path_is_taken_apart(path: str) -> None:
    parse(path)
