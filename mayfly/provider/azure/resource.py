"""`mayfly:azure:FactoryContent` as the servicer drives it."""

from __future__ import annotations

from mayfly.clouds.shared import Clouds
from mayfly.errors import MayflyError
from mayfly.naming.azure import ids
from mayfly.provider.azure import factory_content as content
from mayfly.provider.azure.apply import Unfinished, apply, refresh, remove_all
from mayfly.provider.azure.factory import Factory
from mayfly.provider.resource import Bag, Call, Change, HalfMade, ResourceState, Unsupported


class FactoryContent:
    """A whole factory folder as one resource."""

    deletes_first = False

    def __init__(self, clouds: Clouds) -> None:
        self._clouds = clouds

    def check(self, news: Bag) -> tuple[Bag, list[tuple[str, str]]]:
        """Everything that is wrong with the documents; those with secrets are made secret."""
        return content.guarded(news), content.check(news)

    def diff(self, olds: Bag, news: Bag) -> dict[str, Change]:
        """Return what changes, by document; formatting is no change."""
        return content.diff(olds, news)

    def preview(self, news: Bag) -> Bag:
        """The cloud's ETags come later."""
        return content.previewed(news)

    def create(self, news: Bag, call: Call) -> ResourceState:
        """Send all documents."""
        return self._apply({}, news, call)

    def update(self, olds: Bag, news: Bag, call: Call) -> ResourceState:
        """Send what changed, remove what went."""
        return self._apply(olds, news, call)

    def read(self, id: str, olds: Bag) -> ResourceState | None:
        """Drifted and missing documents show; a missing factory ends the resource."""

        if "documents" not in olds:
            raise Unsupported("cannot be imported: an `up` adopts what is there")
        found = refresh(self._factory(olds), content.content_of(olds))
        if found is None:
            return None
        secret = content.wanted(olds).secret | content.with_secrets(found.documents)
        known = (_factory_id(olds), found, secret)
        return ResourceState(id, content.state(*known), content.inputs(*known))

    def delete(self, olds: Bag, call: Call) -> None:
        """Remove all documents; asked for only when the group stays."""

        try:
            remove_all(self._factory(olds), content.content_of(olds), call.cancelled)
        except Unfinished as stopped:
            raise MayflyError(str(stopped)) from stopped

    def _apply(self, olds: Bag, news: Bag, call: Call) -> ResourceState:
        """Bring the factory to `news`; what was reached is kept in the state even when it stops midway."""

        after, before = content.wanted(news), content.content_of(olds)
        id, secret = _factory_id(news), after.secret | content.wanted(olds).secret
        try:
            reached = apply(self._factory(news), before, after.content, call.cancelled)
        except Unfinished as stopped:
            what = f"{len(stopped.reasons)} of the documents could not be brought in place"
            half = ResourceState(id, content.state(id, stopped.content, secret))
            raise HalfMade(half, what, stopped.reasons) from stopped
        return ResourceState(id, content.state(id, reached, secret))

    def _factory(self, bag: Bag) -> Factory:

        factory = ids.parse_as(_factory_id(bag), ids.FACTORY)
        return Factory(self._clouds.azure(factory.subscription), str(factory))


def _factory_id(bag: Bag) -> str:
    return content.wanted(bag).factory_id or ""
