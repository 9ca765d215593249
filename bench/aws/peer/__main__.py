"""What a team would write without the project: one file, plain resources, names from the stack's.

It makes what `mayfly up` makes, and no more: no settings, no checks beforehand, nothing that would find it
without the state. Its bucket is emptied by the provider (`force_destroy`).
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

import pulumi
from pulumi_aws import Provider, cloudwatch, iam, lambda_, resourcegroups, s3, scheduler

from bench.aws.same import ACCOUNT, BOUNDARY, EXPIRE_DAYS, REGION, Names, functions
from components.aws import policies

names = Names(pulumi.get_stack())
tags = names.tags
aws = pulumi.ResourceOptions(provider=Provider("aws", region=REGION, allowed_account_ids=[ACCOUNT]))


def after(*others: pulumi.Resource) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions.merge(aws, pulumi.ResourceOptions(depends_on=list(others)))


def role(key: str, name: str, trust: str, document: str) -> tuple[iam.Role, iam.RolePolicy]:
    made = iam.Role(
        key, name=name, path=names.path, permissions_boundary=BOUNDARY, assume_role_policy=trust, tags=tags,
        opts=aws,
    )  # fmt: skip
    return made, iam.RolePolicy(f"{key}-policy", name="own", role=made.name, policy=document, opts=aws)


resourcegroups.Group(
    "group",
    name=names.group,
    resource_query=resourcegroups.GroupResourceQueryArgs(query=names.query),
    tags=tags,
    opts=aws,
)
bucket = s3.Bucket("bucket", bucket=names.bucket, force_destroy=True, tags=tags, opts=aws)
s3.BucketPublicAccessBlock(
    "public-access", bucket=bucket.bucket, block_public_acls=True, block_public_policy=True,
    ignore_public_acls=True, restrict_public_buckets=True, opts=aws,
)  # fmt: skip
s3.BucketOwnershipControls(
    "ownership",
    bucket=bucket.bucket,
    rule=s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
    opts=aws,
)
s3.BucketServerSideEncryptionConfiguration(
    "encryption",
    bucket=bucket.bucket,
    rules=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}],
    opts=aws,
)
s3.BucketPolicy("tls", bucket=bucket.bucket, policy=policies.tls_only(names.bucket), opts=aws)
s3.BucketLifecycleConfiguration(
    "lifecycle",
    bucket=bucket.bucket,
    rules=[
        {
            "id": "expire", "status": "Enabled", "filter": {"prefix": ""},
            "expiration": {"days": EXPIRE_DAYS},
            "abort_incomplete_multipart_upload": {"days_after_initiation": EXPIRE_DAYS},
        }
    ],
    opts=aws,
)  # fmt: skip
reader, reads = role("reader", names.role, policies.trust(policies.LAMBDA), names.execution)
invoker, invokes = role(
    "schedule", names.schedule_role, policies.trust(policies.SCHEDULER, ACCOUNT), names.scheduling
)
for each in functions():
    log = cloudwatch.LogGroup(
        f"log-{each.name}", name=names.log_group(each.name), retention_in_days=each.retention, tags=tags,
        opts=aws,
    )  # fmt: skip
    function = lambda_.Function(
        f"function-{each.name}",
        name=names.function(each.name),
        code=pulumi.FileArchive(str(each.folder)),
        runtime="python3.12",
        handler="handler.main",
        memory_size=each.memory,
        timeout=each.timeout,
        layers=each.layers or None,
        role=reader.arn,
        environment={"variables": names.variables},
        logging_config={"log_format": "Text", "log_group": names.log_group(each.name)},
        tags=tags,
        opts=after(log, reads),
    )
    scheduler.Schedule(
        f"schedule-{each.name}",
        name=names.function(each.name),
        schedule_expression=each.schedule,
        state="DISABLED",
        flexible_time_window={"mode": "OFF"},
        target={"arn": function.arn, "role_arn": invoker.arn},
        opts=after(invokes),
    )
pulumi.export("bucket", bucket.bucket)
