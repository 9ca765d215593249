"""The probes on AWS: what an environment's execution role may and may not do. Nothing is called here.

No probe can harm existing data. A write uses a name that nothing else has and is undone should it succeed; a
delete or change names something absent; a setting without a name, such as a bucket's policy, is sent content
that AWS rejects. AWS answers AccessDenied first where it checks the permission first. It may reject the
content before that, so such an answer shows nothing. Only a caller with the permission learns that something
is absent. DeleteBucketPolicy and DeleteBucketWebsite are left out: no form of them is harmless.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mayfly.proof.aws.calls import (
    Arguments,
    Bucket,
    Call,
    ClonedDatabase,
    ProbedRole,
    bucket_calls,
    delete_bucket,
    gone,
    in_account,
    listing,
    object_writes,
    on_boundary,
    on_own_role,
    target_of,
)


@dataclass(frozen=True)
class Probe:
    """One call. allowed: whether it is expected to work. accepted: codes that show the permission too.

    undo: calls that undo one that should have failed; `take` names the fields of its answer that they need.
    only_if_filled: arguments of a listing; the call is made only if that shows an object.
    """

    name: str
    what: str
    where: str
    service: str
    operation: str
    arguments: Arguments
    allowed: bool
    accepted: tuple[str, ...] = ()
    undo: tuple[Mapping[str, Any], ...] = ()
    only_if_filled: Arguments | None = None

    @property
    def label(self) -> str:
        """The label of its store, or of the service: "source0", "sink0", "own", "iam"."""
        return self.name.partition("-")[0]

    @property
    def expected(self) -> str:
        """The expected result, in words."""
        return "allowed" if self.allowed else "refused"

    def document(self) -> dict[str, Any]:
        """Return the call as the canary function takes it."""
        keys = ("name", "service", "operation", "arguments", "undo", "only_if_filled")
        return {key: getattr(self, key) for key in keys}


ABSENT = (
    "NoSuchEntity",
    "NoSuchKey",
    "NoSuchUpload",
    "NoSuchVersion",
    "ParameterNotFound",
    "ResourceNotFoundException",
)
"""The codes for something absent, which AWS answers only to a caller with the permission."""


def table(
    name: str,
    role: ProbedRole,
    own: Bucket,
    sinks: Sequence[Bucket],
    sources: Sequence[Bucket],
    others: Iterable[Bucket],
    clones: Sequence[ClonedDatabase] = (),
) -> list[Probe]:
    """Return all probes, in the order of their calls.

    name: the canary's own; everything that a probe could make has it. own: the environment's bucket, which
    stands for the sinks where there are none. others: the buckets of other environments. clones: of
    production's databases.
    """
    sinks = sinks or [own]
    on_sinks = [probe for number, sink in enumerate(sinks) for probe in _on_sink(f"sink{number}", name, sink)]
    deletions = [probe for probe in on_sinks if probe.operation == "delete_object"]
    found = [probe for probe in on_sinks if probe not in deletions]
    for number, store in enumerate(sources):
        found += _on_source(f"source{number}", name, store, sinks[0])
    for number, store in enumerate(others):
        found += _on_other(f"other{number}", name, store)
    for number, clone in enumerate(clones):
        found += _on_clone(f"clone{number}", name, clone)
    found += _refused("own", "s3", str(own), [*bucket_calls(own.bucket), delete_bucket(sinks[0])])
    found += _refused("iam", "iam", f"its role {role.name}", on_own_role(name, role))
    found += _refused("iam", "iam", f"the boundary {role.boundary}", on_boundary(role))
    for service, calls in in_account(name, role).items():
        found += _refused(service, service, f"the account {role.account}", calls)
    return [*found, *deletions]


def _on_sink(label: str, name: str, sink: Bucket) -> Iterator[Probe]:
    """Write, read, list and delete an object; the deletion runs whatever became of the others."""
    target = target_of(sink, name)
    undo = (_undo("s3", "abort_multipart_upload", target, {"UploadId": "UploadId"}),)
    calls = (
        ("write an object", "put_object", {**target, "Body": name}, ()),
        ("read an object", "get_object", target, ()),
        ("list objects", "list_objects_v2", listing(sink), ()),
        ("begin an upload, end it", "create_multipart_upload", target, undo),
        ("delete an object", "delete_object", target, ()),
    )
    for what, operation, arguments, back in calls:
        named = f"{label}-{operation}"
        yield Probe(named, what, str(sink), "s3", operation, arguments, True, undo=back)


def _on_source(label: str, name: str, store: Bucket, sink: Bucket) -> Iterator[Probe]:
    """Reads, which are allowed, and every kind of write."""
    target = target_of(store, name)
    copy = Call(
        "copy an object into it",
        "copy_object",
        {**target, "CopySource": {"Bucket": sink.bucket, "Key": f"{sink.prefix}{name}"}},
        gone(target, "VersionId"),
    )
    reads = (
        ("list objects", "list_objects_v2", listing(store)),
        ("read an object", "get_object", target),
    )
    for what, operation, arguments in reads:
        accepted = ("NoSuchKey",) if operation == "get_object" else ()
        named = f"{label}-{operation}"
        yield Probe(named, what, str(store), "s3", operation, arguments, True, accepted)
    yield from _refused(label, "s3", str(store), [copy, *object_writes(target, name)])
    yield from _refused(label, "s3", str(store), [*bucket_calls(store.bucket), delete_bucket(store)])


def _on_other(label: str, name: str, store: Bucket) -> Iterator[Probe]:
    """Reads and writes of another environment's sink; none is allowed."""
    target = target_of(store, name)
    reads = [
        Call("list objects", "list_objects_v2", listing(store)),
        Call("read an object", "get_object", target),
    ]
    yield from _refused(label, "s3", str(store), [*reads, *object_writes(target, name)])
    yield from _refused(label, "s3", str(store), bucket_calls(store.bucket))


def _on_clone(label: str, name: str, clone: ClonedDatabase) -> Iterator[Probe]:
    """Its own tables are listed; production's are neither seen nor changed. None has the canary's name."""
    own = f"{clone.entry} ({clone.namespace})"
    few = {"DatabaseName": clone.namespace, "MaxResults": 1}
    yield Probe(f"{label}-get_tables", "list tables", own, "glue", "get_tables", few, True)
    one = {"DatabaseName": clone.source, "Name": name}
    written = {"DatabaseName": clone.source, "TableInput": {"Name": name}}
    calls = [
        Call("list tables", "get_tables", {"DatabaseName": clone.source, "MaxResults": 1}),
        Call("read a table's pointer", "get_table", one),
        Call("change a table's pointer", "update_table", written),
        Call("make a table", "create_table", written, ("delete_table", one, {})),
        Call("delete a table", "delete_table", one),
    ]
    where = f"production's {clone.source}"
    yield from _refused(label, "glue", where, calls, ("EntityNotFoundException",))


def _refused(
    label: str, service: str, where: str, calls: Iterable[Call], absent: tuple[str, ...] = ABSENT
) -> Iterator[Probe]:
    """Calls that are not allowed, as probes. Names are unique: the words of calls on one thing differ."""
    for call in calls:
        named = f"{label}-{call.operation}-{call.what.replace(' ', '-')}"
        undo = (_undo(service, *call.undo),) if call.undo else ()
        yield Probe(
            named, call.what, where, service, call.operation, call.arguments, False, absent,
            undo=undo, only_if_filled=call.filled,
        )  # fmt: skip


def _undo(service: str, operation: str, arguments: Arguments, take: Mapping[str, str]) -> dict[str, Any]:
    return {"service": service, "operation": operation, "arguments": arguments, "take": take}
