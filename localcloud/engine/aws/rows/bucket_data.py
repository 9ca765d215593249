"""Objects of an S3 bucket: encryption, versioning, lifecycle."""

from __future__ import annotations

from typing import Any

from localcloud.engine.aws.case import camel, pascal
from localcloud.engine.aws.cloud import Cloud
from localcloud.engine.aws.row import names
from localcloud.engine.aws.rows.bucket_settings import Bucket, Setting
from localcloud.engine.values import Properties

ENCRYPTION_NAMES = {"sseAlgorithm": "SSEAlgorithm", "kmsMasterKeyId": "KMSMasterKeyID"}
MFA_DELETE = {"mfaDelete": "MFADelete"}
NEVER_VERSIONED = "Disabled"
"""The state before versioning is first enabled. Afterwards it can only be suspended."""


def _put_encryption(cloud: Cloud, bucket: Bucket, inputs: Properties) -> None:
    rules: Any = [_encryption(rule) for rule in inputs["rules"]]
    cloud.s3.put_bucket_encryption(**bucket, ServerSideEncryptionConfiguration={"Rules": rules})


def _get_encryption(cloud: Cloud, bucket: Bucket) -> Properties:
    found = cloud.s3.get_bucket_encryption(**bucket)["ServerSideEncryptionConfiguration"]
    return {"rules": [_seen_encryption(rule) for rule in found["Rules"]]}


def _encryption(rule: Properties) -> Properties:
    found: Properties = pascal(rule, ENCRYPTION_NAMES)
    if "blockedEncryptionTypes" in rule:
        found["BlockedEncryptionTypes"] = {"EncryptionType": rule["blockedEncryptionTypes"]}
    return found


def _seen_encryption(rule: Any) -> Properties:
    found: Properties = camel(rule, ENCRYPTION_NAMES)
    if "blockedEncryptionTypes" in found:
        found["blockedEncryptionTypes"] = found["blockedEncryptionTypes"]["encryptionType"]
    return found


def _put_versioning(cloud: Cloud, bucket: Bucket, inputs: Properties) -> None:
    wanted: Any = pascal(inputs["versioningConfiguration"], MFA_DELETE)
    if wanted["Status"] == NEVER_VERSIONED:
        return
    extra = {"MFA": inputs["mfa"]} if inputs.get("mfa") else {}
    cloud.s3.put_bucket_versioning(**bucket, VersioningConfiguration=wanted, **extra)


def _get_versioning(cloud: Cloud, bucket: Bucket) -> Properties:
    found = cloud.s3.get_bucket_versioning(**bucket)
    wanted: Properties = {"status": found.get("Status", NEVER_VERSIONED)}
    if found.get("MFADelete"):
        wanted["mfaDelete"] = found["MFADelete"]
    return {"versioningConfiguration": wanted}


def _remove_versioning(cloud: Cloud, bucket: Bucket, state: Properties) -> None:
    if state["versioningConfiguration"]["status"] == "Enabled":
        cloud.s3.put_bucket_versioning(**bucket, VersioningConfiguration={"Status": "Suspended"})


def _put_lifecycle(cloud: Cloud, bucket: Bucket, inputs: Properties) -> None:
    extra: dict[str, Any] = {}
    if inputs.get("transitionDefaultMinimumObjectSize"):
        extra["TransitionDefaultMinimumObjectSize"] = inputs["transitionDefaultMinimumObjectSize"]
    rules: Any = [_rule(rule) for rule in inputs["rules"]]
    cloud.s3.put_bucket_lifecycle_configuration(**bucket, LifecycleConfiguration={"Rules": rules}, **extra)


def _get_lifecycle(cloud: Cloud, bucket: Bucket) -> Properties:
    found = cloud.s3.get_bucket_lifecycle_configuration(**bucket)
    size = found.get("TransitionDefaultMinimumObjectSize", "all_storage_classes_128K")
    return {"rules": [_seen(rule) for rule in found["Rules"]], "transitionDefaultMinimumObjectSize": size}


def _rule(rule: Properties) -> Properties:
    """Return a lifecycle rule as S3 takes it. A rule without a filter is for all objects."""
    plain = {key: value for key, value in rule.items() if key not in ("filter", "id")}
    found = {"ID": rule["id"], **pascal(plain)}
    if "filter" in rule or "prefix" not in rule:
        found["Filter"] = _filter(rule.get("filter") or {})
    return found


def _filter(wanted: Properties) -> Properties:
    found: Properties = pascal(wanted)
    if "and" in wanted:
        tags = [{"Key": key, "Value": value} for key, value in (wanted["and"].get("tags") or {}).items()]
        found["And"] = {**found["And"], **({"Tags": tags} if tags else {})}
    return found or {"Prefix": ""}


def _seen(rule: Any) -> Properties:
    found: Properties = camel(rule, {"id": "ID"})
    if "and" in found.get("filter", {}):
        pairs = found["filter"]["and"].pop("tags", None)
        if pairs:
            found["filter"]["and"]["tags"] = {pair["key"]: pair["value"] for pair in pairs}
    if "date" in found.get("expiration", {}):
        found["expiration"]["date"] = found["expiration"]["date"].strftime("%Y-%m-%dT%H:%M:%SZ")
    return found


ENCRYPTION = Setting(
    type="aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    noun="S3 Bucket Server-side Encryption Configuration",
    missing="ServerSideEncryptionConfigurationNotFoundError",
    put=_put_encryption,
    get=_get_encryption,
    remove=lambda cloud, bucket, state: cloud.s3.delete_bucket_encryption(**bucket),
    required=names("rules"),
    sets=names("rules"),
    owned=True,
).row()

VERSIONING = Setting(
    type="aws:s3/bucketVersioning:BucketVersioning",
    noun="S3 Bucket Versioning",
    missing="NoSuchVersioningConfiguration",
    put=_put_versioning,
    get=_get_versioning,
    remove=_remove_versioning,
    required=names("versioningConfiguration"),
    optional=names("mfa"),
    kept=names("mfa"),
    owned=True,
).row()

LIFECYCLE = Setting(
    type="aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    noun="S3 Bucket Lifecycle Configuration",
    missing="NoSuchLifecycleConfiguration",
    put=_put_lifecycle,
    get=_get_lifecycle,
    remove=lambda cloud, bucket, state: cloud.s3.delete_bucket_lifecycle(**bucket),
    optional=names("rules"),
    computed=names("transitionDefaultMinimumObjectSize"),
    refused=names("timeouts"),
    owned=True,
).row()
