"""A sink is filled inside the cloud, by the environment's own factory as its own identity."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mayfly.clouds.azure import permissions
from mayfly.clouds.azure.seeding import Amount, Seed, TooMuch, blobs, documents, fill, next_marker, split
from mayfly.errors import MayflyError
from tests.teardown.world import ACCOUNT, CONTAINER, FACTORY, LAKE_ACCOUNT, World, open_world

FILES = {
    "2013/01/a.csv": b"one",
    "2013/02/b.csv": b"three",
    "2013/readme.txt": b"r",
    "2014/c.csv": b"not asked for",
    "reference/airports & co.csv": b"airports",
    "reference/planes.csv": b"planes",
}
OWN = f"{ACCOUNT}/blobServices/default/containers/bronze"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """An environment whose factory may read the lake and write its own account; nobody else may read data."""
    folder: Path = tmp_path_factory.mktemp("seeding")
    with open_world(folder / "azure") as found:
        principal = found.build()
        found.role(principal, permissions.STORAGE_BLOB_DATA_CONTRIBUTOR, ACCOUNT)
        found.owner.put(OWN, {"properties": {}}, wait=False)
        found.server.assign("loader", permissions.STORAGE_BLOB_DATA_CONTRIBUTOR, LAKE_ACCOUNT)
        found.server.assign("looker", permissions.STORAGE_BLOB_DATA_READER, ACCOUNT)
        for name, content in FILES.items():
            reply = found.server.send(
                "blob", "PUT", f"/mayflylake/flights/{name}", content, as_="loader",
                headers={"x-ms-version": "2023-11-03", "x-ms-blob-type": "BlockBlob"},
            )  # fmt: skip
            assert reply.status == 201, reply.body
        yield found


def seed(world: World, *paths: str, at_most: int = 10**9) -> Seed:
    return Seed(
        FACTORY, f"{_blob(world, LAKE_ACCOUNT)}flights", f"{_blob(world, ACCOUNT)}bronze", paths, at_most
    )


def _blob(world: World, account: str) -> str:
    document = world.owner.get(account)
    assert document is not None
    return str(document["properties"]["primaryEndpoints"]["blob"])


def there(world: World) -> dict[str, int]:
    reply = world.server.send(
        "blob", "GET", "/qa7flights/bronze", as_="looker",
        query={"restype": "container", "comp": "list"}, headers={"x-ms-version": "2023-11-03"},
    )  # fmt: skip
    assert isinstance(reply.body, bytes)
    return dict(blobs(reply.body.decode("utf-8-sig")))


def _no_wait(_seconds: float) -> None:
    raise AssertionError("nothing is to be waited for")


def test_what_the_paths_name_is_copied_to_the_same_paths(world: World) -> None:
    copied = fill(world.deployer, seed(world, "2013/*.csv", "reference/airports & co.csv"), 5)
    wanted = ("2013/01/a.csv", "2013/02/b.csv", "reference/airports & co.csv")
    assert there(world) == {name: len(FILES[name]) for name in wanted}
    assert copied == Amount(3, sum(len(FILES[name]) for name in wanted))


def test_nothing_of_it_stays_in_the_factory(world: World) -> None:
    fill(world.deployer, seed(world, "reference/planes.csv"), 5)
    for collection in ("pipelines", "datasets", "linkedservices"):
        assert list(world.deployer.list(f"{FACTORY}/{collection}")) == []


def test_a_plan_above_the_cap_copies_nothing(world: World) -> None:
    before = there(world)
    with pytest.raises(TooMuch, match=r"6 files of \d+ bytes are more than at_most, 10 bytes"):
        fill(world.deployer, seed(world, "*", at_most=10), 5, _no_wait)
    assert there(world) == before


def test_paths_that_name_nothing_are_told(world: World) -> None:
    with pytest.raises(MayflyError, match=r"no file in .*flights fits 2015/"):
        fill(world.deployer, seed(world, "2015/*"), 5, _no_wait)


def test_a_refusal_is_tried_again_until_the_time_is_up(world: World) -> None:
    wanted = seed(world, "*")
    closed = Seed(FACTORY, wanted.source.replace("flights", "secret"), wanted.sink, ("*",), 10**9)
    world.owner.put(
        CONTAINER.replace("containers/flights", "containers/secret"), {"properties": {}}, wait=False
    )
    with pytest.raises(MayflyError, match=r"the environment's identity is refused: .*403"):
        fill(world.deployer, closed, 0, _no_wait)
    with pytest.raises(AssertionError, match="nothing is to be waited for"):
        fill(world.deployer, closed, 60, _no_wait)


def test_the_name_is_the_same_each_time_and_another_for_another_seed(world: World) -> None:
    assert seed(world, "*").name == seed(world, "*", at_most=5).name != seed(world, "2013/*").name


def test_a_listing_is_read_page_by_page_without_folders() -> None:
    text = (
        "<Blobs><Blob><Name>a&amp;b</Name><Properties><Content-Length>7</Content-Length></Properties></Blob>"
        "<Blob><Name>folder</Name><Properties><ResourceType>directory</ResourceType>"
        "<Content-Length>0</Content-Length></Properties></Blob></Blobs><NextMarker>2!76!x</NextMarker>"
    )
    assert list(blobs(text)) == [("a&b", 7)]
    assert next_marker(text) == "2!76!x"
    assert next_marker("<NextMarker/>") == next_marker("<NextMarker></NextMarker>") == ""


@pytest.mark.parametrize(
    ("path", "parts"), [("2013/*", ("2013", "*")), ("*", ("", "*")), ("a/b/c.csv", ("a/b", "c.csv"))]
)
def test_a_path_is_a_folder_and_a_pattern(path: str, parts: tuple[str, str]) -> None:
    assert split(path) == parts


def test_each_path_is_one_copy_activity() -> None:
    found = documents(Seed(FACTORY, "https://a/x", "https://b/y", ("*", "c/d.csv"), 1))
    assert [path.partition("/")[0] for path in found] == ["linkedservices"] * 2 + ["datasets"] * 4 + [
        "pipelines"
    ]
    *_, pipeline = found.values()
    reading = [one["typeProperties"]["source"]["storeSettings"] for one in pipeline["activities"]]
    assert [one.get("wildcardFileName") for one in reading] == ["*", None]
