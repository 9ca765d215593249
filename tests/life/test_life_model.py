"""A model of how environments live, and `mayfly`'s verbs on the local Azure: after each step both agree.

The engine is not what is tested: `up` makes with the cloud's own calls what it makes, with the life that the
program plans. Whoever is killed leaves what was made by then.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from localcloud.azure.authorization import definitions
from localcloud.azure.core.ids import NONPRODUCTION
from localcloud.azure.datafactory.runs import store
from localcloud.azure.storage import clock
from mayfly import life, naming, registry
from mayfly import settings as projects
from mayfly.cli import extend, keep, run, sweep
from mayfly.cli.target import find
from mayfly.clouds.azure import Azure, grants, groups, runs
from mayfly.errors import BadInput, MayflyError, NotAllowed
from mayfly.naming import stamp, times
from mayfly.settings import expiry
from mayfly.teardown.stack import NoStack
from tests.support import sweeping
from tests.teardown import world as clouds
from tests.teardown.world import CONTAINER, OURS, SOURCE, SUBSCRIPTION, World

EXAMPLES = int(os.environ.get("MAYFLY_MODEL_EXAMPLES", "8"))
"""`./scripts/torture` sets more."""

STEPS = 20
HOUR = timedelta(hours=1)
LONGEST = timedelta(days=30)
"""And a week by default, as stacks/fabrics/qa.yaml has them."""

GROUP, ACCOUNT, FACTORY, GRANT = 1, 2, 3, 4
"""How far an `up` came."""

FOREIGN = f"{SUBSCRIPTION}/resourceGroups/qa-9-flights"
"""Of somebody else: our name, our tags, without the marker."""

ids = st.sampled_from(["qa-1", "qa-2"])
hours = st.sampled_from([1, 30, 24 * 10, 24 * 40])


class Clock(datetime):
    """One that stands still, for the verbs and for the cloud, until it is moved on."""

    stands_at = datetime.now(UTC).replace(microsecond=0)

    @classmethod
    def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
        """As it is here."""
        return cls.stands_at.astimezone(tz)


class Killed(BaseException):
    """Ends a verb as SIGKILL does: nothing catches it."""


@dataclass
class Modelled:
    """What there has to be of an environment. parts: how much of its group. granted: since when."""

    created: datetime
    expires: datetime
    kept: datetime | None = None
    parts: int = 0
    granted: datetime | None = None
    is_open: bool = True

    @property
    def cap(self) -> datetime:
        """The latest that it can be extended to."""
        return self.created + LONGEST

    def cause(self, now: datetime, by_open_ids: bool) -> str | None:
        """Why a sweep removes it; None where none does."""
        if not self.parts:
            return "lost" if self.granted and self.granted + HOUR <= now else None
        if self.kept and now < self.kept:
            return None
        if min(self.expires, self.cap) <= now:
            return "expired"
        if now < self.created + HOUR:
            return None
        if by_open_ids and not self.is_open:
            return "closed"
        return "half" if self.parts < FACTORY else None


class Life(RuleBasedStateMachine):
    """The verbs, one after the other, in any order."""

    def __init__(self, world: World, capsys: pytest.CaptureFixture[str], root: Path) -> None:
        super().__init__()
        self.world, self.capsys, self.root = world, capsys, root
        self.model: dict[str, Modelled] = {}
        self.others = self.of_others()

    def teardown(self) -> None:
        """Leave nothing for the next one."""
        for grant in self.ours():
            self.world.owner.delete(grant.id)
        for group in groups.environments(self.world.owner, NONPRODUCTION):
            self.world.owner.delete(group.id)

    @rule(
        environment=ids,
        ttl=st.sampled_from([None, None, 2, 24 * 29, 24 * 40]),
        killed_after=st.integers(1, 9),
    )
    def up(self, environment: str, ttl: int | None, killed_after: int) -> None:
        """Make it, or bring it up to date; killed half-way in some cases."""
        now, found = Clock.now(UTC), self.model.get(environment)
        parts = min(killed_after, GRANT)
        if ttl and timedelta(hours=ttl) > LONGEST:
            with pytest.raises(BadInput, match="is longer than"):
                self.make(environment, ttl, parts)
            return
        self.make(environment, ttl, parts)
        before = found.granted if found else None
        if found is None or not found.parts:
            end = now + (timedelta(hours=ttl) if ttl else timedelta(days=7))
            found = self.model[environment] = Modelled(now, end, granted=before)
        elif ttl:
            found.expires = max(found.expires, min(now + timedelta(hours=ttl), found.cap))
        found.is_open, found.parts = True, max(found.parts, min(parts, FACTORY))
        if parts == GRANT:
            found.granted = now

    @rule(environment=ids)
    def run(self, environment: str) -> None:
        """Run a pipeline: it changes nothing of a life."""
        found = self.model.get(environment)
        if found is None or not found.parts:
            with pytest.raises(BadInput, match="is not deployed"):
                run.run(environment, "rest")
        elif found.parts < FACTORY:
            with pytest.raises(MayflyError, match="is not complete"):
                run.run(environment, "rest")
        else:
            assert run.run(environment, "rest") == 0

    @rule(environment=ids, by=hours)
    def extend(self, environment: str, by: int) -> None:
        """Let it live longer, up to the cap."""
        found = self.model.get(environment)
        if found is None or not found.parts:
            with pytest.raises(BadInput, match="mayfly up"):
                extend.extend(environment, f"{by}h")
            return
        expires = max(min(found.expires, found.cap), Clock.now(UTC)) + timedelta(hours=by)
        if expires > found.cap:
            with pytest.raises(NotAllowed, match="longest life"):
                extend.extend(environment, f"{by}h")
        else:
            extend.extend(environment, f"{by}h")
            found.expires = expires

    @rule(environment=ids, by=st.sampled_from([None, 5, 24 * 60]))
    def keep(self, environment: str, by: int | None) -> None:
        """Hold it, or no longer."""
        found = self.model.get(environment)
        until = Clock.now(UTC) + timedelta(hours=by) if by else None
        how: dict[str, Any] = {"until": stamp(until), "why": "a look"} if until else {"release": True}
        if found is None or not found.parts:
            with pytest.raises(BadInput, match="mayfly up"):
                keep.keep(environment, **how)
        else:
            keep.keep(environment, **how)
            found.kept = until

    @rule(environment=ids)
    def close(self, environment: str) -> None:
        """Close its pull request; nobody tells us."""
        if found := self.model.get(environment):
            found.is_open = False

    @rule(by_open_ids=st.booleans())
    def sweep(self, by_open_ids: bool) -> None:
        """Remove what is over, and nothing else."""
        now, options = Clock.now(UTC), {}
        if by_open_ids:
            known = [name for name, one in self.model.items() if one.is_open]
            (file := self.root / "open").write_text("\n".join(name.partition("-")[2] for name in known))
            options = {"open_ids": file, "none_open": True}
        due = {name: cause for name, one in self.model.items() if (cause := one.cause(now, by_open_ids))}
        code, found = sweeping.swept("qa", self.capsys, **options)
        assert (code, {name: one["cause"] for name, one in found.items() if one["cause"]}) == (0, due)
        assert {one["outcome"] for one in found.values()} <= {None, "gone"}
        for name in due:
            del self.model[name]

    @rule(environment=ids, killed_before=st.sampled_from(["never", "never", "grants", "group"]))
    def down(self, environment: str, killed_before: str) -> None:
        """Tear it down, whatever its life; killed half-way in some cases."""
        found = self.model.get(environment)
        target, done = find(self.root, environment), False
        with self.killing(killed_before):
            done = registry.of("azure").tear_down(target, NoStack(), lambda _: None).complete
        if done:
            self.model.pop(environment, None)
        else:
            assert found
            found.granted = None if killed_before == "group" else found.granted

    @rule(environment=ids)
    def lose_its_group(self, environment: str) -> None:
        """Somebody deletes the group by hand: its grants live on."""
        found = self.model.get(environment)
        self.world.owner.delete(self.group(environment))
        if found:
            found.parts, found.kept = 0, None
            if not found.granted:
                del self.model[environment]

    @rule(by=hours)
    def jump(self, by: int) -> None:
        """The clock moves on."""
        Clock.stands_at += timedelta(hours=by)

    @invariant()
    def agree(self) -> None:
        """The cloud has what the model has, and what is of others is as it was."""
        there = {
            group.environment: group.tags for group in groups.environments(self.world.owner, NONPRODUCTION)
        }
        told = {name: tuple(tags.get(tag) for tag in TOLD) for name, tags in there.items()}
        assert told == {
            name: (stamp(one.created), stamp(one.expires), stamp(one.kept) if one.kept else None)
            for name, one in self.model.items()
            if one.parts
        }
        assert sorted(grant.description for grant in self.ours()) == sorted(
            grants.description(identity(name)) for name, one in self.model.items() if one.granted
        )
        assert self.of_others() == self.others

    def make(self, environment: str, ttl: int | None, parts: int) -> None:
        """What an `up` makes, in its order, as far as it comes."""
        environ = {**os.environ, expiry.TTL: f"{ttl}h" if ttl else ""}
        wanted = registry.complete(projects.load(self.root, environment, environ))
        names, group = naming.azure.names(wanted), self.group(environment)
        there = groups.get(self.world.owner, group)
        planned = life.plan(wanted, there.tags if there else {}, Clock.now(UTC))
        assert planned.expires
        put, ours = partial(self.world.owner.put, wait=False), {**OURS, "mayfly-env": environment}
        told = {times.CREATED_AT: stamp(planned.created), times.EXPIRES_AT: stamp(planned.expires)}
        common = {"location": "westeurope", "tags": ours}
        put(group, {**common, "tags": {**ours, **SOURCE, **told, **planned.kept}})
        if parts >= ACCOUNT:
            account = {**common, "kind": "StorageV2", "sku": {"name": "Standard_LRS"}, "properties": {}}
            put(f"{group}/providers/Microsoft.Storage/storageAccounts/{names.account}", account)
        if parts >= FACTORY:
            factory = f"{group}/providers/Microsoft.DataFactory/factories/{names.factory}"
            made = put(factory, {**common, "identity": {"type": "SystemAssigned"}, "properties": {}})
            put(f"{factory}/pipelines/rest", {"properties": {"activities": []}})
        if parts >= GRANT:
            whose = grants.description(identity(environment))
            for grant in [one for one in self.ours() if one.description == whose]:
                self.world.owner.delete(grant.id)
            self.world.grant(str(made["identity"]["principalId"]), whose)

    @contextmanager
    def killing(self, before: str) -> Iterator[None]:
        """Let a verb end at its first DELETE of a grant, or of anything else."""
        delete = Azure.delete

        def killed(cloud: Azure, id: str, **options: Any) -> bool:
            if before != "never" and (grants.ASSIGNMENTS in id) == (before == "grants"):
                raise Killed
            return delete(cloud, id, **options)

        with pytest.MonkeyPatch.context() as patch, suppress(Killed):
            patch.setattr(Azure, "delete", killed)
            yield

    def group(self, environment: str) -> str:
        """The id of its group."""
        return f"{SUBSCRIPTION}/resourceGroups/{environment}-flights"

    def ours(self) -> list[grants.Grant]:
        """The grants on the lake that say that they are an environment's."""
        return list(grants.of_environments(self.world.owner, [CONTAINER]).grants)

    def of_others(self) -> Any:
        """Production's permissions besides, and the group that is not ours."""
        own = {grant.id for grant in self.ours()}
        there = self.world.owner.list(f"{CONTAINER}/{grants.ASSIGNMENTS}")
        return [one for one in there if one["id"] not in own], self.world.owner.get(FOREIGN)


TOLD = (times.CREATED_AT, times.EXPIRES_AT, times.KEPT_UNTIL)


def identity(environment: str) -> str:
    """As its grants are described."""
    return naming.azure.identity("mayfly", environment, NONPRODUCTION)


@pytest.fixture
def moved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the verbs and the cloud go by the clock that is moved on."""
    for module in (sweep, extend, keep, definitions, store, runs):
        monkeypatch.setattr(module, "datetime", Clock)
    nanoseconds = SimpleNamespace(time_ns=lambda: int(Clock.now(UTC).timestamp() * 1e9))
    monkeypatch.setattr(clock, "time", nanoseconds)
    monkeypatch.setattr(runs, "follow", partial(runs.follow, first_pause=0.01))


@pytest.mark.usefixtures("moved")
def test_the_model_and_the_cloud_agree_after_each_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "project"
    root.mkdir()
    with clouds.open_world(tmp_path / "azure") as world:
        sweeping.sign_in(world.server, "deployer", CONTAINER, monkeypatch)
        sweeping.enter_project(root, monkeypatch)
        tags = {**OURS, "managed-by": "terraform", times.EXPIRES_AT: "2020-01-01T00:00:00Z"}
        world.owner.put(FOREIGN, {"location": "westeurope", "tags": tags}, wait=False)
        chosen = settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
        )
        machine = partial(Life, world, capsys, root)
        run_state_machine_as_test(machine, settings=chosen)  # type: ignore[arg-type]  # any factory will do
