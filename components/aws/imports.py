"""The provider SDK's classes, ahead of their first use."""

from __future__ import annotations


def import_classes() -> None:
    """Import the modules that an environment uses, ahead of the first use of their classes.

    They are large: a third of a second, in which a program may well do something else, such as ask the cloud.
    A permanent environment's parameter is not among them: `ssm` is imported where there is one.
    """
    from pulumi_aws import cloudwatch, iam, lambda_, resourcegroups, s3, scheduler

    _ = (cloudwatch.LogGroup, iam.Role, lambda_.Function, resourcegroups.Group, s3.Bucket)
    _ = scheduler.Schedule
