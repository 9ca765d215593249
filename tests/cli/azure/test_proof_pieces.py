"""What a proof on Azure judges, tries and tells, whole, on documents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from localcloud.azure.core.ids import NONPRODUCTION, PRODUCTION
from mayfly.clouds.azure import grants, permissions, runs
from mayfly.clouds.azure.errors import CloudError
from mayfly.clouds.azure.grants import Grant, GrantSearch
from mayfly.clouds.azure.runs import Activity
from mayfly.proof import canaries
from mayfly.proof.azure import canary, environments, prove, sources, trial
from mayfly.proof.azure.canary import Probe, Store
from mayfly.proof.azure.environments import DeployedEnvironment
from mayfly.proof.azure.sources import Container
from mayfly.proof.azure.trial import ProbeAnswer, Trial
from mayfly.proof.verdict import Outcome, Row
from mayfly.settings.sinks import Sink
from tests.support.azure_documents import Documents
from tests.teardown.world import ACCOUNT, CONTAINER, FACTORY, GROUP, LAKE_ACCOUNT, OURS

READER, WRITER = permissions.STORAGE_BLOB_DATA_READER, permissions.STORAGE_BLOB_DATA_CONTRIBUTOR
PRINCIPAL = "00000000-0000-4000-8000-000000000001"
WHO, READS = "the factory's identity", "Storage Blob Data Reader"
NAME = "mayfly-canary-0123456789abcdef"
LAKE = Store("lake", "https://lake.blob/", "flights")
CURATED = Store("curated", "https://own.blob", "curated")
DECLARED = Container(CONTAINER, "lake", ["the group's tags"])
STRAY = Container(CONTAINER.replace("flights", "stray"), "stray", ["a role assignment"])


def place(permanent: bool = False, shared: bool = False, **sinks: str) -> DeployedEnvironment:
    azure = SimpleNamespace(subscription=NONPRODUCTION, permanent=permanent, shared_subscription=shared)
    settings = SimpleNamespace(
        name="qa-7",
        azure=azure,
        fabric=azure,
        variables=SimpleNamespace(
            linked_services={},
            overrides={},
            managed_private_endpoints="left out",
            granted={"lake": CONTAINER},
            sinks={name: Sink(text) for name, text in sinks.items()},
        ),
    )
    return DeployedEnvironment(
        cast(Any, settings), GROUP, FACTORY, ACCOUNT, PRINCIPAL, "https://own.blob", OURS
    )


def grant(scope: str, role: str = READER) -> Grant:
    return Grant(f"{scope}/x", scope, role, PRINCIPAL)


def holds(scope: str, expected: str, got: str, outcome: Outcome = Outcome.OK, who: str = WHO) -> Row:
    what = "holds a role" if who == WHO else f"{who} holds a role"
    return Row(who, what, scope, expected, got, outcome)


def judged(*held: tuple[str, GrantSearch], permanent: bool = False) -> list[Row]:
    return prove.role_rows(place(permanent), held, [DECLARED, STRAY])


OTHER = "the identity of more"


def test_roles_at_home_on_sources_and_nowhere_else() -> None:
    """A guid stands for a role that we do not know; scopes are the same in any case."""
    found = GrantSearch(
        (
            grant(GROUP.upper(), WRITER),
            grant(ACCOUNT, "f" * 8),
            grant(CONTAINER.upper()),
            grant(CONTAINER, WRITER),
            grant(STRAY.id),
            grant(LAKE_ACCOUNT),
        )
    )
    home, none = "any in its own group", "none"
    assert judged((WHO, found)) == [
        holds(GROUP.upper(), home, "Storage Blob Data Contributor"),
        holds(ACCOUNT, home, "f" * 8),
        holds(CONTAINER.upper(), READS, READS),
        holds(CONTAINER, READS, "Storage Blob Data Contributor", Outcome.NO),
        holds(STRAY.id, none, READS, Outcome.NO),
        holds(LAKE_ACCOUNT, none, READS, Outcome.NO),
    ]
    assert judged((OTHER, GrantSearch((grant(CONTAINER, WRITER),)))) == [
        holds(CONTAINER, READS, "Storage Blob Data Contributor", Outcome.NO, OTHER),
    ]


def test_a_source_without_the_reader_role_is_missing_for_the_factory_alone() -> None:
    missing = holds(CONTAINER, READS, "none", Outcome.NO)
    assert judged((WHO, GrantSearch())) == [missing]
    assert judged((WHO, GrantSearch((grant(CONTAINER, WRITER),))))[1:] == [missing]
    assert judged((WHO, GrantSearch((grant(GROUP),))))[1:] == [missing]
    assert judged((OTHER, GrantSearch())) == []


def test_a_permanent_environment_reads_by_the_account() -> None:
    assert judged((WHO, GrantSearch((grant(LAKE_ACCOUNT),))), permanent=True) == [
        holds(LAKE_ACCOUNT, READS, READS)
    ]


def test_roles_that_cannot_be_read_are_not_shown() -> None:
    found = GrantSearch((grant(CONTAINER),), ((CONTAINER, "Forbidden: no"),))
    row = Row(OTHER, "holds roles", CONTAINER, "readable", "Forbidden: no", Outcome.NOT_SHOWN)
    assert judged((OTHER, found))[1:] == [row]
    assert judged((OTHER, found), (WHO, GrantSearch()))[1:] == [
        row,
        holds(CONTAINER, READS, "none", Outcome.NO),
    ]
    (_, _, second) = judged((OTHER, found), (OTHER, GrantSearch((grant(GROUP),))))
    assert second.where == GROUP


def test_the_roles_of_every_identity_are_asked_for_where_they_could_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What has to be readable and is not, is told; what lies beside may be closed."""
    beside, cloud = f"/subscriptions/{PRODUCTION}", Documents().cloud
    asked: list[Any] = []

    def effective(given: Any, principal: str, scopes: Sequence[str]) -> GrantSearch:
        asked.append((given, principal, scopes))
        return GrantSearch((grant(CONTAINER),), ((CONTAINER.upper(), "closed"), (beside, "closed")))

    monkeypatch.setattr(grants, "effective", effective)
    monkeypatch.setattr(
        grants, "beside", lambda given, id: [beside] if (given, id) == (cloud, PRINCIPAL) else []
    )
    at, found_in = place(), {PRINCIPAL: WHO, "another": OTHER}
    monkeypatch.setattr(
        environments, "identities", lambda given, where: found_in if given is cloud and where else {}
    )
    found = GrantSearch((grant(CONTAINER),), ((CONTAINER.upper(), "closed"),))
    assert prove._role_assignments(cloud, at) == [(WHO, found), (OTHER, found)]
    own = f"/subscriptions/{NONPRODUCTION}"
    assert asked == [(cloud, id, [own, CONTAINER, beside]) for id in (PRINCIPAL, "another")]
    asked.clear()
    prove._role_assignments(cloud, place(permanent=True))
    assert asked[0][2] == [own, LAKE_ACCOUNT, beside]


def test_stores_have_the_addresses_that_their_accounts_name() -> None:
    blob = {"properties": {"primaryEndpoints": {"blob": "https://lake.blob/"}}}
    there = Documents(things={LAKE_ACCOUNT: blob}).cloud
    assert prove._stores(there, [DECLARED]) == ([Store("lake", "https://lake.blob/", "flights")], [])
    told = Row(WHO, "is tried", CONTAINER, "an address", "the account is not there", Outcome.NOT_SHOWN)
    assert prove._stores(Documents().cloud, [DECLARED]) == ([], [told])
    closed = Documents(things={LAKE_ACCOUNT: CloudError(403, "AuthorizationFailed", "no")}).cloud
    assert prove._stores(closed, [DECLARED]) == ([], [replace(told, got="AuthorizationFailed: no")])


@pytest.mark.parametrize(
    ("permanent", "shared", "source", "said"),
    [(False, False, CONTAINER, False), (False, True, CONTAINER, True), (True, True, CONTAINER, False),
     (False, False, CONTAINER.replace(PRODUCTION, NONPRODUCTION), True)],
)  # fmt: skip
def test_what_no_identity_holds(permanent: bool, shared: bool, source: str, said: bool) -> None:
    found = prove.caveats(place(permanent, shared), [Container(source, "lake")])
    assert found == ([permissions.SHARED] if said else [])


@pytest.mark.parametrize(
    ("where", "told"),
    [
        (f"/subscriptions/{PRODUCTION}", f"/subscriptions/{PRODUCTION}"),
        (f"/subscriptions/{PRODUCTION}/resourceGroups/lake", "lake"),
        (LAKE_ACCOUNT, "lake/mayflylake"),
        (CONTAINER, "lake/mayflylake/flights"),
        ("lake (https://lake.blob/flights/a b)", "lake flights/a b"),
        ("lake (http://127.0.0.1:1/flights/a)", "lake flights/a"),
        ("/providers/Microsoft.Management/x/root", "/providers/Microsoft.Management/x/root"),
    ],
)  # fmt: skip
def test_where_for_a_narrow_table(where: str, told: str) -> None:
    assert prove.short(where) == told


class Factory(Documents):
    """A data factory whose canaries get the status that `answers` says, 403 where it says none.

    made: by run, the names of its probes. ends: what happens when a canary has run.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **answers: int) -> None:
        super().__init__()
        self.answers = {name.replace("_", "-"): status for name, status in answers.items()}
        self.listing = ""
        self.made: list[list[str]] = []
        self.ends: Callable[[], None] = lambda: None
        monkeypatch.setattr(runs, "start", self._start)
        monkeypatch.setattr(runs, "follow", self._follow)

    def _start(self, cloud: Any, factory: str, name: str) -> str:
        assert (cloud, factory) == (self, FACTORY)
        kind, id, document = self.done[-1]
        assert (kind, id) == ("put", f"{FACTORY}/pipelines/{name}")
        self.made.append([one["name"] for one in document["properties"]["activities"]])
        return "run-1"

    def _follow(self, cloud: Any, factory: str, run: str, keep: Any, **limits: float) -> None:
        assert (cloud, factory, run) == (self, FACTORY, "run-1")
        assert limits == {"longest": 1800, "first_pause": 0.1}
        keep(None, [Activity("x", "an older look", "WebActivity", "InProgress")])
        keep(None, [self._activity(name) for name in self.made[-1] if self.answers.get(name) != 0])
        self.ends()

    def _activity(self, name: str) -> Activity:
        output = {"statuscode": self.answers.get(name, 403), "Response": self.listing}
        return Activity("x", name, "WebActivity", "Failed", output=output)


ALLOWED = {
    "source0_list": 200,
    "source0_read": 404,
    "sink0_write": 201,
    "sink0_read": 200,
    "sink0_delete": 202,
}


def test_first_what_is_allowed_then_what_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each in a canary of its own, that goes when it has run; older ones go too."""
    factory = Factory(monkeypatch, **ALLOWED)
    factory.listing = "<BlobPrefix><Name>2013/</Name></BlobPrefix>"
    old, young = "mayfly-canary-0000000100000000", canaries.new_name()
    factory.lists[f"{FACTORY}/pipelines"] = [{"name": name} for name in (old, young, "flights")]
    tried = Trial(factory.cloud, place(), [LAKE], [CURATED])
    assert tried.try_allowed() == 0
    tried.try_forbidden()
    allowed = [name.replace("_", "-") for name in ALLOWED]
    assert factory.made[0] == allowed
    assert "source0-folder0-write" in factory.made[1]
    assert not {*allowed} & {*factory.made[1]}
    steps = [(kind, id.rpartition("/")[2]) for kind, id, _ in factory.done]
    assert steps[0] == ("delete", old)
    first, second = (name for kind, name in steps if kind == "put")
    assert first != second
    canary_runs = [("delete", old), ("put", first), ("delete", first)]
    assert steps == [*canary_runs, ("delete", old), ("put", second), ("delete", second)]
    assert {tried.outcome(one) for one in tried.answers.values()} == {Outcome.OK}
    assert tried.sources == [replace(LAKE, folders=("2013/",))]


def test_only_stores_where_something_is_open_are_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    factory = Factory(monkeypatch, **{**ALLOWED, "sink0_read": 403})
    tried = Trial(factory.cloud, place(), [LAKE], [CURATED])
    assert tried.try_allowed() == 1
    factory.answers["sink0-read"] = 404
    assert tried.try_allowed() == 0
    assert [{name.partition("-")[0] for name in made} for made in factory.made] == [
        {"source0", "sink0"},
        {"sink0"},
    ]
    assert tried.outcome(tried.answers["sink0-read"]) is Outcome.NOT_SHOWN


def test_a_canary_goes_though_its_run_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    factory = Factory(monkeypatch)

    def fail() -> None:
        raise CloudError(500, "InternalServerError", "no")

    factory.ends = fail
    with pytest.raises(CloudError):
        Trial(factory.cloud, place(), [LAKE], []).try_allowed()
    assert [kind for kind, _, _ in factory.done] == ["put", "delete"]


def test_a_source_without_a_listing_has_no_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    factory = Factory(monkeypatch)
    tried = Trial(factory.cloud, place(), [LAKE], [])
    tried.try_forbidden()
    assert not any("folder" in name for name in tried.answers)
    assert {tried.outcome(one) for one in tried.answers.values()} == {Outcome.NOT_SHOWN}


PROBE = Probe("source0-read", "read a blob", LAKE, "GET", "flights/x", True, accepted=(200, 404))


def test_what_an_activity_tells() -> None:
    assert trial._answer(PROBE, None) == ProbeAnswer(PROBE, None, "the activity did not run")
    failed = Activity("x", PROBE.name, "WebActivity", "Failed", error="no answer", error_code="2108")
    assert trial._answer(PROBE, failed) == ProbeAnswer(PROBE, None, "2108: no answer", "")
    output = {"statuscode": 200, "Response": "<x/>"}
    fine = Activity("x", PROBE.name, "WebActivity", "Succeeded", output=output)
    assert trial._answer(PROBE, fine) == ProbeAnswer(PROBE, 200, "", "<x/>")
    silent = Activity("x", PROBE.name, "WebActivity", "Succeeded")
    assert trial._answer(PROBE, silent) == ProbeAnswer(PROBE, 200, "")
    assert str(trial._answer(PROBE, failed)) == "no status: 2108: no answer"
    assert str(trial._answer(PROBE, fine)) == "200"


@pytest.mark.parametrize(
    ("status", "pending"),
    [(None, True), (399, True), (400, False), (401, False), (403, True), (408, True), (409, False),
     (429, True), (499, False), (500, True), (503, True), (200, False), (404, False)],
)  # fmt: skip
def test_what_may_work_a_little_later(status: int | None, pending: bool) -> None:
    assert ProbeAnswer(PROBE, status, "").pending is pending
    assert not ProbeAnswer(replace(PROBE, allowed=False), status, "").pending


def lines(rows: Sequence[Row]) -> list[tuple[str, str, str, str, Outcome]]:
    """Without the canary's name."""
    found = []
    for row in rows:
        assert row.who == WHO
        where = row.where.partition("mayfly-canary-")[0]
        found.append((row.what, where, row.expected, row.got, row.outcome))
    return found


def test_the_rows_of_the_probes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sources first; a refusal where nothing works says that it shows nothing; what is not told says so."""
    factory = Factory(monkeypatch, **{**ALLOWED, "source0_read": 403, "source0_write_a_block": 0})
    rows = prove.probe_rows(factory.cloud, place(curated="curated"), [LAKE], 0.0, print)
    on, refused, early = (
        "lake (https://lake.blob/flights",
        "refused (403)",
        "403, but what is allowed here does not work",
    )
    silent = "no status: the activity did not run"
    assert lines(rows) == [
        ("list blobs", f"{on})", "allowed", "200", Outcome.OK),
        ("read a blob", f"{on}/", "allowed", "403", Outcome.NO),
        ("write a blob", f"{on}/", refused, early, Outcome.NOT_SHOWN),
        ("write a block", f"{on}/", refused, silent, Outcome.NOT_SHOWN),
        ("change metadata", f"{on}/", refused, early, Outcome.NOT_SHOWN),
        ("delete a blob", f"{on}/", refused, early, Outcome.NOT_SHOWN),
        ("create a container", "lake (https://lake.blob/", refused, early, Outcome.NOT_SHOWN),
        ("delete a container", "lake (https://lake.blob/", refused, early, Outcome.NOT_SHOWN),
        ("write a blob", "curated (https://own.blob/curated/", "allowed", "201", Outcome.OK),
        ("read a blob", "curated (https://own.blob/curated/", "allowed", "200", Outcome.OK),
        ("delete a blob", "curated (https://own.blob/curated/", "allowed", "202", Outcome.OK),
    ]  # fmt: skip


def test_what_up_cannot_do_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not what works, nor anything that has to be refused; nothing is tried where there is nothing."""
    factory = Factory(monkeypatch, **{**ALLOWED, "source0_read": 403})
    factory.things[LAKE_ACCOUNT] = {"properties": {"primaryEndpoints": {"blob": "https://lake.blob"}}}
    at = place()
    rows = prove.usable(factory.cloud, at, [CURATED], 0.0, print)
    assert lines(rows) == [("read a blob", "lake (https://lake.blob/flights/", "allowed", "403", Outcome.NO)]
    assert len(factory.made) == 1
    factory.things.clear()
    assert [(row.what, row.got) for row in prove.usable(factory.cloud, at, [], 0.0, print)] == [
        ("is tried", "the account is not there")
    ]
    assert len(factory.made) == 1
    assert prove.usable(factory.cloud, at, [CURATED], 0.0, print)[1:] == []
    assert len(factory.made) == 2


@pytest.mark.parametrize(
    ("permanent", "made", "sinks"),
    [
        (False, None, ["curated"]),
        (True, None, []),
        (False, {"azure-native:authorization:RoleAssignment", "x"}, ["curated"]),
        (False, {"azure-native:datafactory:Factory"}, ["curated"]),
        (False, {"azure-native:storage:BlobContainer"}, None),
        (False, set[str](), None),
    ],
)
def test_what_an_up_waits_for(
    permanent: bool, made: set[str] | None, sinks: list[str] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A permanent environment's sinks are production's own; where no permission was made, nothing."""
    at, cloud, asked, said = place(permanent, curated="curated"), Documents().cloud, list[Any](), list[str]()
    tell = said.append
    monkeypatch.setattr(
        environments, "deployed", lambda *given: at if given == (cloud, at.settings) else None
    )
    waited: Any = ["a row"]

    def usable(*given: object) -> Any:
        asked.append(given)
        return waited

    monkeypatch.setattr(prove, "usable", usable)
    found = prove.await_access(cloud, at.settings, made, tell)
    if sinks is None:
        assert (found, asked, said) == ([], [], [])
        return
    stores = [Store(name, "https://own.blob", name) for name in sinks]
    assert found is waited
    assert asked == [(cloud, at, stores, 600, tell)]
    assert said == ["waiting until the permissions of qa-7 are effective"]


def test_a_whole_judgement(monkeypatch: pytest.MonkeyPatch) -> None:
    """Roles, then what cannot be asked, then what was tried; sources, reach and caveats beside it."""
    lost = Container(CONTAINER.replace("mayflylake", "lost"), "lost", ["the variable group"])
    at = place(shared=True, curated="curated")
    factory = Factory(monkeypatch, **ALLOWED, source1_list=200, source1_read=404)
    factory.things[LAKE_ACCOUNT] = {"properties": {"primaryEndpoints": {"blob": "https://lake.blob/"}}}
    asked: list[Any] = []

    def elsewhere(cloud: Any, given: DeployedEnvironment, readable: list[str]) -> list[str]:
        asked.append((cloud, given, readable))
        return ["a reach"]

    held = [(WHO, GrantSearch((grant(CONTAINER),)))]
    monkeypatch.setattr(
        prove, "_role_assignments", lambda cloud, given: held if (cloud, given) == (factory, at) else []
    )

    def known(given: DeployedEnvironment, grants: Any) -> list[Container]:
        assert (given, [*grants]) == (at, [grant(CONTAINER)])
        return [DECLARED, lost, STRAY]

    monkeypatch.setattr(sources, "known", known)
    monkeypatch.setattr(sources, "elsewhere", elsewhere)
    deployed = {(id(factory), id(at.settings)): at}
    monkeypatch.setattr(environments, "deployed", lambda cloud, wanted: deployed[id(cloud), id(wanted)])
    proof = prove.prove(factory.cloud, at.settings, 0.0, print)
    assert (proof.who, proof.short) == (WHO, prove.short)
    assert [str(one) for one in proof.elsewhere] == ["a reach"]
    assert asked == [(factory, at, [CONTAINER])]
    assert [(one.name, one.where) for one in proof.sources] == [
        ("lake", "mayflylake/flights"), ("lost", "lost/flights"), ("stray", "mayflylake/stray"),
    ]  # fmt: skip
    assert proof.caveats == [permissions.SHARED]
    assert proof.rows[0] == holds(CONTAINER, READS, READS)
    assert [row.what for row in proof.rows[1:3]] == ["holds a role", "is tried"]
    assert proof.rows[2].where == lost.id
    assert [row.outcome for row in proof.rows[3:]] == [Outcome.OK] * (len(proof.rows) - 3)
    assert {row.what for row in proof.rows[3:]} >= {"list blobs", "write a blob", "read a blob"}


def test_batches_go_up_to_the_limit() -> None:
    """Forty activities to a pipeline: five sources of eight probes, and not a sixth."""
    wanted = canary.probes(NAME, [LAKE] * 6, [])
    assert [len(batch) for batch in canary.batches(wanted)] == [40, 8]
    larger = canary.probes(NAME, [replace(LAKE, folders=("2013/", "2014/"))] * 4, [])
    assert [len(batch) for batch in canary.batches(larger)] == [36, 12]
    assert canary.batches([]) == []


@pytest.mark.parametrize(
    ("ended", "output", "error", "status"),
    [
        ("Failed", {"statuscode": "403"}, "", 403),
        ("Failed", {"statusCode": 409}, "", 409),
        ("Succeeded", {"statuscode": 202}, "HttpStatusCode - 403", 202),
        ("Failed", {}, "AuthorizationFailure", 403),
        ("Failed", {}, "InsufficientAccountPermissions", 403),
        ("Failed", {}, "<Code>BlobNotFound</Code>", 404),
        ("Failed", {}, "HttpStatusCode - NoSuchStatus", None),
        ("Failed", {}, "HttpStatusCode - MovedPermanently", 301),
        ("Failed", {}, "", None),
    ],
)
def test_the_status_of_an_activity(
    ended: str, output: dict[str, Any], error: str, status: int | None
) -> None:
    assert canary.status(ended, output, error) == status


def test_folders_are_few() -> None:
    listing = "".join(f"<BlobPrefix><Name>{year}/</Name></BlobPrefix>" for year in range(2010, 2020))
    assert canary.folders(listing) == ("2010/", "2011/", "2012/")
