"""The addresses of sources: containers of a storage account on Azure, buckets and prefixes on AWS."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar

from mayfly import registry
from mayfly.naming.azure import ids
from mayfly.naming.limits import ACCOUNT, BUCKET, CONTAINER, GROUP, LIMITS
from mayfly.settings.invalid import InvalidValue, shown, text
from mayfly.settings.rules import subscription

CONTAINER_ID = (
    "/subscriptions/<id>/resourceGroups/<group>/providers/Microsoft.Storage/storageAccounts/<account>"
    "/blobServices/default/containers/<container>"
)
ACCOUNT_ID = CONTAINER_ID.partition("/blobServices")[0]
BUCKET_ARN = "arn:aws:s3:::<bucket>/<prefix>/, or arn:aws:s3:::<bucket> for the whole bucket"
PREFIX_RULE = (
    "folders of letters, digits and ! - _ . = ( ), not . or .., each followed by /, at most 256 characters"
)

ARN_START = "arn:aws:s3:::"
_ADDRESS = re.compile(r"s3[an]?://(?P<bucket>[^/]*)/?(?P<prefix>.*)", re.IGNORECASE)
_HOST = re.compile(r"https?://(?P<bucket>[^/]+?)\.s3[.-][^/]*/?(?P<prefix>.*)", re.IGNORECASE)
# Neither * nor ? nor ${}: in a policy they would stand for more than the prefix.
_PREFIX = re.compile(r"((?!\.{1,2}/)[A-Za-z0-9!_.=()-]+/)*")
_LONGEST_PREFIX = 256

_URL = re.compile(r"[a-z]+://.+", re.IGNORECASE)


class SourceAddress(str):
    """The address of a source, in its cloud's own spelling. cloud: the cloud's name."""

    __slots__ = ()
    cloud: ClassVar[str]

    @property
    def parts(self) -> Mapping[str, str]:
        """What is granted, each by itself: a container's name → its resource id; a bucket has no parts."""
        return {"": str(self)}


def source(value: object) -> SourceAddress:
    """Return a source's address. Raises InvalidValue."""
    clouds = registry.every().values()
    form = ", ".join(f"on {one.title} {one.source_form}" for one in clouds)
    found = text(value, form)
    for one in clouds:
        if one.is_source(found):
            return one.source(found)
    forms = ", nor ".join(one.source_kind for one in clouds)
    raise InvalidValue(f"{shown(found)} is not {forms}", form)


class ContainerId(SourceAddress):
    """The resource id of a container of a storage account, in the cloud's own spelling.

    Of several containers of one account, their names stand at its end with commas between them.
    """

    __slots__ = ()
    cloud = "azure"

    @property
    def parsed(self) -> ids.ResourceId:
        """The id, taken apart."""
        return ids.parse(self)

    @property
    def account(self) -> ids.ResourceId:
        """The storage account."""
        return ids.account_of(self.parsed)

    @property
    def names(self) -> tuple[str, ...]:
        """The containers' names, in the order of the file."""
        return tuple(self.parsed.name.split(","))

    @property
    def parts(self) -> Mapping[str, str]:
        """A container's name → its resource id."""
        start = str(self).rpartition("/")[0]
        return {name: f"{start}/{name}" for name in self.names}


def containers(account: ids.ResourceId, names: Sequence[str]) -> ContainerId:
    """Return the address of containers of one account. account: in the cloud's own spelling."""
    return ContainerId(ids.container(account.subscription, str(account.group), account.name, ",".join(names)))


def container_names(value: object) -> tuple[str, ...]:
    """Return the names of containers to make: a list of them, or a text with commas between them."""
    given = value if isinstance(value, list) else value.split(",") if isinstance(value, str) else [value]
    found = [container_name(name.strip() if isinstance(name, str) else name) for name in given or [None]]
    if twice := next((name for name in found if found.count(name) > 1), None):
        raise InvalidValue(f"the container {twice!r} is named twice", "name it once")
    return tuple(found)


def account_id(value: object) -> ids.ResourceId:
    """Return a storage account's resource id in the cloud's own spelling."""
    found = text(value, ACCOUNT_ID)
    id = ids.split(found)
    if id is None or id.group is None or not id.is_type(ACCOUNT):
        raise InvalidValue(f"{shown(found)} is not the resource id of a storage account", ACCOUNT_ID)
    return ids.account_of(ids.parse(container_id(f"{found}/blobServices/default/containers/any")))


def container_name(value: object) -> str:
    """Return the name of a container to make. A path inside one is refused."""
    limit = LIMITS[CONTAINER]
    found = text(value, limit.allowed)
    if "/" in found.strip("/") and limit.allows(found.split("/")[0]):
        raise _path(shown(value), found.split("/")[0])
    if not limit.allows(found):
        raise InvalidValue(f"{shown(value)} is not a container's name", limit.allowed)
    return found


def container_id(value: object) -> ContainerId:
    """Return a container's resource id in the cloud's own spelling. A path inside a container is refused.

    value: of several containers of the account, with commas between their names.
    """
    found = text(value, CONTAINER_ID)
    if _URL.fullmatch(found):
        raise InvalidValue(f"{shown(value)} is an address, not a resource id", _id_of_address(found))
    segments = found.split("/")
    id, inside = ids.split("/".join(segments[:13])), segments[13:]
    if id is None or id.group is None or not ids.account_of(id).is_type(ACCOUNT):
        raise InvalidValue(f"{shown(value)} is not the resource id of a container", CONTAINER_ID)
    account = ids.account_of(id).name
    if str(id).lower() != str(ids.container(id.subscription, id.group, account, id.name)).lower():
        what = "is the id of a storage account" if len(id.path) == 1 else "names no container"
        raise InvalidValue(f"{shown(value)} {what}", f"the container is asked for: {CONTAINER_ID}")
    if inside:
        raise _path(f"{'/'.join(['', *inside])!r} after the container {id.name!r}", id.name)
    names = [name.strip() for name in id.name.split(",")]
    for type, name, words in (
        (GROUP, id.group, "a resource group"),
        (ACCOUNT, account, "a storage account"),
        *((CONTAINER, name, "a container") for name in names),
    ):
        if not LIMITS[type].allows(name):
            raise InvalidValue(f"{shown(name)} cannot be the name of {words}", LIMITS[type].allowed)
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise InvalidValue(f"the container {twice!r} is named twice", "name it once")
    return ContainerId(ids.container(subscription(id.subscription), id.group, account, ",".join(names)))


def _path(what: str, container: str) -> InvalidValue:
    """The refusal of a path inside a container."""
    fix = f"permissions on data stop at the container: name {container!r}, and keep the path in the dataset"
    return InvalidValue(f"{what}: a path inside a container", fix)


def _id_of_address(address: str) -> str:
    """The resource id for a blob's or a lake's address, as far as the address contains it."""
    scheme, _, rest = address.partition("://")
    host, _, path = rest.partition("/")
    if scheme.lower() in ("abfs", "abfss", "wasb", "wasbs") and "@" in host:
        container, _, host = host.partition("@")
    else:
        container = path.partition("/")[0]
    known = {"<account>": host.partition(".")[0], "<container>": container}
    id = CONTAINER_ID
    for blank, name in known.items():
        id = id.replace(blank, name or blank)
    return f"stores are named by resource id: {id}"


class BucketArn(SourceAddress):
    """A bucket, or what is under a prefix of it: `arn:aws:s3:::flights-lake/2013/`."""

    __slots__ = ()
    cloud = "aws"

    @property
    def bucket(self) -> str:
        """The bucket's name."""
        return self.removeprefix(ARN_START).partition("/")[0]

    @property
    def prefix(self) -> str:
        """What the keys begin with: "" for the whole bucket, else it ends in a slash."""
        return self.partition("/")[2]

    @property
    def bucket_arn(self) -> str:
        """The bucket's own ARN, without the prefix."""
        return ARN_START + self.bucket

    @property
    def address(self) -> str:
        """Where the data is, as tools write it: `s3://flights-lake/2013/`."""
        return f"s3://{self.bucket}/{self.prefix}"


def bucket_arn(value: object) -> BucketArn:
    """Return a bucket's ARN with its prefix; a slash at the bucket's own end is dropped.

    Source of the form: Service Authorization Reference, "Amazon S3", resource types.

    Raises InvalidValue for other ARNs, wildcards, and a prefix that does not end in a slash.
    """
    found = text(value, BUCKET_ARN)
    address = _ADDRESS.fullmatch(found) or _HOST.fullmatch(found)
    if address is not None:
        fix = f"buckets are named by ARN: {_written(address['bucket'] or '<bucket>', address['prefix'])}"
        raise InvalidValue(f"{shown(found)} is an address, not an ARN", fix)
    if not found.startswith(ARN_START):
        what = "is the ARN of something else" if found.startswith("arn:") else "is not the ARN of a bucket"
        raise InvalidValue(f"{shown(found)} {what}", BUCKET_ARN)
    bucket, _, prefix = found.removeprefix(ARN_START).partition("/")
    if not LIMITS[BUCKET].allows(bucket):
        raise InvalidValue(f"{shown(bucket)} cannot be the name of a bucket", LIMITS[BUCKET].allowed)
    if "*" in prefix or "?" in prefix:
        fix = f"everything below a prefix is meant anyway: {PREFIX_RULE}"
        raise InvalidValue(f"the prefix {shown(prefix)} has a wildcard", fix)
    if prefix and not prefix.endswith("/"):
        fix = f"{ARN_START}{bucket}/{shown(prefix)[1:-1]}/"
        raise InvalidValue(f"the prefix {shown(prefix)} does not end in a slash", fix)
    if len(prefix) > _LONGEST_PREFIX or not _PREFIX.fullmatch(prefix):
        raise InvalidValue(f"the prefix {shown(prefix)} is not allowed", PREFIX_RULE)
    return BucketArn(_written(bucket, prefix))


def _written(bucket: str, prefix: str) -> str:
    return f"{ARN_START}{bucket}/{prefix}" if prefix else ARN_START + bucket
