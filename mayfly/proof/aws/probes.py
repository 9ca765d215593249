"""What an environment's execution role may and may not do, as one table: operation, arguments, expected.

No probe can harm what exists. What is written has a name that nothing else has, and is taken away again
should it be let through; what is deleted or changed is absent; what has no name of its own, such as the
policy of a bucket, is sent a content that AWS does not take. Where AWS asks for the permission first, each is
answered AccessDenied. What is wrong with a content may be told before that as well, so such an answer shows
neither; that something is absent is told to those alone who may do it. Left out is what is safe in no form:
DeleteBucketPolicy and DeleteBucketWebsite. Nothing is called here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mayfly.proof.aws.calls import Arguments, Bucket, Call, Role, gone, listing, target_of
from mayfly.proof.aws.calls_in_account import in_account, on_boundary, on_own_role
from mayfly.proof.aws.calls_on_buckets import bucket_calls, delete_bucket, object_writes


@dataclass(frozen=True)
class Probe:
    """One call. allowed: what is expected. accepted: codes that show the permission as well as success does.

    undo: calls that take back what should not have succeeded; `take` names what they need of its answer.
    only_if_filled: a listing that has to show something, or the call is not made.
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
        """Of its store, or of what else it is tried on: "source0", "sink0", "own", "iam"."""
        return self.name.partition("-")[0]

    @property
    def expected(self) -> str:
        """In words."""
        return "allowed" if self.allowed else "refused"

    def document(self) -> dict[str, Any]:
        """The call as the canary takes it."""
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
"""What is answered of what is absent on purpose, once the permission has been seen to be there."""


def table(
    name: str,
    role: Role,
    own: Bucket,
    sinks: Sequence[Bucket],
    sources: Sequence[Bucket],
    others: Iterable[Bucket],
) -> list[Probe]:
    """All probes, in the order in which they are made.

    name: the canary's own, which everything it could make carries. own: the environment's bucket, the sink
    where it has no other. others: those of other environments.
    """
    sinks = sinks or [own]
    made = [probe for number, sink in enumerate(sinks) for probe in _sink(f"sink{number}", name, sink)]
    ends = [probe for probe in made if probe.operation == "delete_object"]
    first = sinks[0]
    return [
        *(probe for probe in made if probe not in ends),
        *_all("source", sources, lambda label, store: _source(label, name, store, first)),
        *_all("other", others, lambda label, store: _other(label, name, store)),
        *_refused("own", "s3", str(own), [*bucket_calls(own.bucket), delete_bucket(first)]),
        *_elsewhere(name, role),
        *ends,
    ]


def _all(label: str, stores: Iterable[Bucket], make: Any) -> Iterator[Probe]:
    for number, store in enumerate(stores):
        yield from make(f"{label}{number}", store)


def _sink(label: str, name: str, sink: Bucket) -> Iterator[Probe]:
    """An object is written, read, listed and deleted again, which comes whatever became of the others."""
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


def _source(label: str, name: str, store: Bucket, sink: Bucket) -> Iterator[Probe]:
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


def _other(label: str, name: str, store: Bucket) -> Iterator[Probe]:
    """Another environment's sink: neither read nor written."""
    target = target_of(store, name)
    reads = [
        Call("list objects", "list_objects_v2", listing(store)),
        Call("read an object", "get_object", target),
    ]
    yield from _refused(label, "s3", str(store), [*reads, *object_writes(target, name)])
    yield from _refused(label, "s3", str(store), bucket_calls(store.bucket))


def _elsewhere(name: str, role: Role) -> Iterator[Probe]:
    """IAM, other roles, functions, and services that the role has nothing to do with."""
    account = f"the account {role.account}"
    yield from _refused("iam", "iam", f"its role {role.name}", on_own_role(name, role))
    yield from _refused("iam", "iam", f"the boundary {role.boundary}", on_boundary(role))
    for service, calls in in_account(name, role).items():
        yield from _refused(service, service, account, calls)


def _refused(label: str, service: str, where: str, calls: Iterable[Call]) -> Iterator[Probe]:
    """Rows of a table as probes; no two have one name, since what is tried on one thing differs in words."""
    for call in calls:
        named = f"{label}-{call.operation}-{call.what.replace(' ', '-')}"
        undo = (_undo(service, *call.undo),) if call.undo else ()
        yield Probe(
            named, call.what, where, service, call.operation, call.arguments, False, ABSENT,
            undo=undo, only_if_filled=call.filled,
        )  # fmt: skip


def _undo(service: str, operation: str, arguments: Arguments, take: Mapping[str, str]) -> dict[str, Any]:
    return {"service": service, "operation": operation, "arguments": arguments, "take": take}
