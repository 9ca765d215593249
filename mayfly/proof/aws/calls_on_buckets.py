"""Every kind of write on an object and on a bucket, each on what is absent or with what S3 does not take.

Source: Service Authorization Reference, "Actions defined by Amazon S3", access levels Write, Permissions
management and Tagging.
"""

from __future__ import annotations

from typing import Any

from mayfly.proof.aws.calls import UNKNOWN, WRONG_MD5, Arguments, Bucket, Call, gone, listing


def object_writes(target: Arguments, name: str) -> list[Call]:
    """Each on an object that is not there. Source: "Actions defined by Amazon S3", access level Write."""
    upload = {**target, "UploadId": name}
    version, null = gone(target, "VersionId"), {**target, "VersionId": "null"}
    tags = {"Tagging": {"TagSet": [{"Key": name, "Value": name}]}}
    retention = {"Retention": {"Mode": "GOVERNANCE", "RetainUntilDate": "2000-01-01T00:00:00Z"}}
    bulk = {"Bucket": target["Bucket"], "Delete": {"Objects": [{"Key": target["Key"]}]}}
    started = ("abort_multipart_upload", target, {"UploadId": "UploadId"})
    return [
        Call("write an object", "put_object", {**target, "Body": name}, version),
        Call("begin an upload", "create_multipart_upload", target, started),
        Call("upload a part", "upload_part", {**upload, "PartNumber": 1, "Body": name}),
        Call("complete an upload", "complete_multipart_upload", {**upload, "MultipartUpload": _parts()}),
        Call("abort an upload", "abort_multipart_upload", upload),
        Call("tag an object", "put_object_tagging", {**target, **tags}),
        Call("untag an object", "delete_object_tagging", target),
        Call("set an object's ACL", "put_object_acl", {**target, "ACL": "private"}),
        Call("retain an object", "put_object_retention", {**target, **retention}),
        Call("hold an object", "put_object_legal_hold", {**target, "LegalHold": {"Status": "OFF"}}),
        Call("restore an object", "restore_object", {**target, "RestoreRequest": {"Days": 1}}),
        Call("delete an object", "delete_object", target, version),
        Call("delete a version", "delete_object", null),
        Call("delete objects", "delete_objects", bulk, gone(target, "Deleted.0.DeleteMarkerVersionId")),
    ]


def bucket_calls(bucket: str) -> list[Call]:
    """On a bucket itself. Source: "Actions defined by Amazon S3", resource type bucket."""
    of, wrong = {"Bucket": bucket}, {"Bucket": bucket, "ContentMD5": WRONG_MD5}
    rule = {"ID": UNKNOWN, "Status": UNKNOWN, "Filter": {"Prefix": UNKNOWN}, "Expiration": {"Days": 0}}
    lifecycle = {"LifecycleConfiguration": {"Rules": [rule]}}
    versioning = {"VersioningConfiguration": {"Status": UNKNOWN}}
    ownership = {"OwnershipControls": {"Rules": [{"ObjectOwnership": UNKNOWN}]}}
    return [
        Call("set the policy", "put_bucket_policy", {**wrong, "Policy": UNKNOWN}),
        Call("set the ACL", "put_bucket_acl", {**wrong, "ACL": UNKNOWN}),
        Call("set a lifecycle", "put_bucket_lifecycle_configuration", {**of, **lifecycle}),
        Call("set versioning", "put_bucket_versioning", {**wrong, **versioning}),
        Call("set ownership", "put_bucket_ownership_controls", {**wrong, **ownership}),
    ]  # fmt: skip


def delete_bucket(store: Bucket) -> Call:
    """S3 deletes none that holds something, whoever asks: of one that is empty it is not asked."""
    return Call("delete the bucket", "delete_bucket", {"Bucket": store.bucket}, filled=listing(store))


def _parts() -> dict[str, Any]:
    return {"Parts": [{"PartNumber": 1, "ETag": UNKNOWN}]}
