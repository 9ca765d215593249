"""Carries out a plan: concurrently within a level, and reports what was done when it fails."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from mayfly.clouds.azure import CloudError
from mayfly.clouds.concurrent import concurrently
from mayfly.provider.azure import documents as docs
from mayfly.provider.azure.factory import Factory
from mayfly.provider.azure.plan import Content, Plan, concerned, plan
from mayfly.workload.factory.secrets import masked_text


class Unfinished(Exception):
    """It stopped midway. content: the factory's present content. reasons: one for each failed document."""

    def __init__(self, content: Content, reasons: list[str]) -> None:
        self.content = content
        self.reasons = reasons
        super().__init__("; ".join(reasons))


def apply(factory: Factory, before: Content, after: Content, cancelled: threading.Event) -> Content:
    """Bring a factory from `before` to `after`; the content it then has.

    Every step may be repeated: a document is put whole, a removal of what is absent succeeds. So whatever
    an earlier attempt left is met by the next. Raises Unfinished after the first level with a failure;
    triggers that ran before run again even then. A process that is killed between stop and start leaves
    its trigger stopped: the next update cannot tell that from one stopped by hand.
    """
    triggers = concerned(before, after)
    started = dict(zip(triggers, concurrently(factory.is_started, triggers), strict=True))
    work = _Work(factory, before, after, cancelled)
    return work.carry_out(plan(before, after, started))


class _Work:
    def __init__(self, factory: Factory, before: Content, after: Content, cancelled: threading.Event) -> None:
        self._factory = factory
        self._before = before
        self._after = after
        self._cancelled = cancelled
        self._documents = dict(before.documents)
        self._etags = dict(before.etags)
        self._failures: dict[str, str] = {}

    def carry_out(self, plan: Plan) -> Content:
        self._step(plan.stop, self._factory.stop)
        for level in plan.send:
            self._step(level, self._send)
        for level in plan.remove:
            self._step(level, self._remove)
        self._start(plan)
        if self._failures:
            reasons = [f"{key}: {reason}" for key, reason in self._failures.items()]
            raise Unfinished(Content(self._documents, self._etags, self._before.triggers), reasons)
        return Content(self._documents, self._etags, self._after.triggers)

    def _start(self, plan: Plan) -> None:
        """Start what shall run; after a failure, only what ran before.

        A trigger that shall run and does not is forgotten, so that the next update takes it as new.
        """
        failed = bool(self._failures)
        ready = [key for key in plan.start if not failed or key in plan.stop]
        self._do(ready, self._factory.start)
        for key in plan.start:
            if key not in ready or (not failed and key in self._failures):
                self._documents.pop(key, None)

    def _send(self, key: str) -> None:
        self._etags[key] = self._factory.put(key, self._after.documents[key])
        self._documents[key] = self._after.documents[key]

    def _remove(self, key: str) -> None:
        self._factory.delete(key)
        self._documents.pop(key, None)
        self._etags.pop(key, None)

    def _step(self, keys: Iterable[str], do: Callable[[str], None]) -> None:
        """One level, at once; nothing when an earlier one failed or the engine asked to stop."""
        if self._failures:
            return
        if self._cancelled.is_set():
            self._failures.update(dict.fromkeys(keys, "cancelled before it was done"))
            return
        self._do(keys, do)

    def _do(self, keys: Iterable[str], do: Callable[[str], None]) -> None:
        tried = list(keys)
        failures = concurrently(lambda key: _failure(do, key), tried)
        self._failures.update({key: why for key, why in zip(tried, failures, strict=True) if why})


def _failure(do: Callable[[str], None], key: str) -> str | None:

    try:
        do(key)
    except CloudError as error:
        return masked_text(str(error))  # Data Factory repeats what it was sent.
    return None


def remove_all(factory: Factory, content: Content, cancelled: threading.Event) -> None:
    """Remove all documents from a factory, referring ones first. Raises Unfinished."""
    if factory.exists():
        apply(factory, content, Content(triggers=content.triggers), cancelled)


def refresh(factory: Factory, content: Content) -> Content | None:
    """The content as the cloud has it: drifted texts replaced, absent documents left out.

    None when the factory itself is gone. Documents that others put into the factory are not ours to show.
    """
    if not factory.exists():
        return None
    keys = list(content.documents)
    found = dict(zip(keys, concurrently(factory.read, keys), strict=True))

    def text_of(key: str, text: str, etag: str) -> str:
        # What we sent, if the cloud still has it; otherwise the cloud's own.
        sent = content.documents[key]
        same = bool(etag) and etag == content.etags.get(key)
        return sent if same or docs.same_but_for_state(sent, text) else text

    here = {key: answer for key, answer in found.items() if answer is not None}
    return Content(
        {key: text_of(key, *answer) for key, answer in here.items()},
        {key: etag for key, (_, etag) in here.items()},
        content.triggers,
    )
