"""Buckets as a variable group names them: an ARN with a prefix."""

from __future__ import annotations

import re

from mayfly.naming.limits import BUCKET, LIMITS
from mayfly.settings.refused import Refused, shown, text
from mayfly.settings.sources import SourceAddress

BUCKET_ARN = "arn:aws:s3:::<bucket>/<prefix>/, or arn:aws:s3:::<bucket> for the whole bucket"
PREFIX = (
    "folders of letters, digits and ! - _ . = ( ), not . or .., each followed by /, at most 256 characters"
)

_START = "arn:aws:s3:::"
_ADDRESS = re.compile(r"s3[an]?://(?P<bucket>[^/]*)/?(?P<prefix>.*)", re.IGNORECASE)
_HOST = re.compile(r"https?://(?P<bucket>[^/]+?)\.s3[.-][^/]*/?(?P<prefix>.*)", re.IGNORECASE)
# Neither * nor ? nor ${}: in a policy they would stand for more than the prefix.
_PREFIX = re.compile(r"((?!\.{1,2}/)[A-Za-z0-9!_.=()-]+/)*")
_LONGEST_PREFIX = 256


class BucketArn(SourceAddress):
    """A bucket, or what is under a prefix of it: `arn:aws:s3:::flights-lake/2013/`."""

    __slots__ = ()
    cloud = "aws"

    @property
    def bucket(self) -> str:
        """The bucket's name."""
        return self.removeprefix(_START).partition("/")[0]

    @property
    def prefix(self) -> str:
        """What the keys begin with: "" for the whole bucket, else it ends in a slash."""
        return self.partition("/")[2]

    @property
    def bucket_arn(self) -> str:
        """The bucket's own ARN, without the prefix."""
        return _START + self.bucket

    @property
    def address(self) -> str:
        """Where the data is, as tools write it: `s3://flights-lake/2013/`."""
        return f"s3://{self.bucket}/{self.prefix}"


def bucket_arn(value: object) -> BucketArn:
    """Return a bucket's ARN with its prefix; a slash at the bucket's own end is dropped.

    Source of the form: Service Authorization Reference, "Amazon S3", resource types.

    Raises Refused for other ARNs, wildcards, and a prefix that does not end in a slash.
    """
    found = text(value, BUCKET_ARN)
    address = _ADDRESS.fullmatch(found) or _HOST.fullmatch(found)
    if address is not None:
        fix = f"buckets are named by ARN: {_written(address['bucket'] or '<bucket>', address['prefix'])}"
        raise Refused(f"{shown(found)} is an address, not an ARN", fix)
    if not found.startswith(_START):
        what = "is the ARN of something else" if found.startswith("arn:") else "is not the ARN of a bucket"
        raise Refused(f"{shown(found)} {what}", BUCKET_ARN)
    bucket, _, prefix = found.removeprefix(_START).partition("/")
    if not LIMITS[BUCKET].allows(bucket):
        raise Refused(f"{shown(bucket)} cannot be the name of a bucket", LIMITS[BUCKET].allowed)
    _check(bucket, prefix)
    return BucketArn(_written(bucket, prefix))


def _check(bucket: str, prefix: str) -> None:
    if "*" in prefix or "?" in prefix:
        fix = f"all that is below a prefix is meant anyway: {PREFIX}"
        raise Refused(f"the prefix {shown(prefix)} has a wildcard", fix)
    if prefix and not prefix.endswith("/"):
        fix = f"{_START}{bucket}/{shown(prefix)[1:-1]}/"
        raise Refused(f"the prefix {shown(prefix)} does not end in a slash", fix)
    if len(prefix) > _LONGEST_PREFIX or not _PREFIX.fullmatch(prefix):
        raise Refused(f"the prefix {shown(prefix)} is not allowed", PREFIX)


def _written(bucket: str, prefix: str) -> str:
    return f"{_START}{bucket}/{prefix}" if prefix else _START + bucket
