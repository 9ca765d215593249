"""What a member's name stands for in a place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.support.isolation_aws import documents
from tests.support.isolation_aws.places import PROBE, Place

Value = Callable[[Place], Any]

BY_NAME: Mapping[str, Value] = {
    # Where: the place, and what lies in it.
    "AccountId": lambda place: place.account,
    "Bucket": lambda place: place.bucket,
    "S3Bucket": lambda place: place.bucket,
    "Key": lambda place: place.key,
    "UploadId": lambda place: place.upload,
    "CopySource": lambda place: f"{place.bucket}/{place.other_key}",
    "RenameSource": lambda place: f"/{place.other_key}",
    "RoleName": lambda place: place.role,
    "RoleArn": lambda place: place.role_arn,
    "roleArn": lambda place: place.role_arn,
    "IAMRoleArn": lambda place: place.role_arn,
    "IamRole": lambda place: place.role,
    "importRoleArn": lambda place: place.role_arn,
    "executionRoleArn": lambda place: place.role_arn,
    "Role": lambda place: place.role_arn,
    "PolicySourceArn": lambda place: place.role_arn,
    "PolicyArn": lambda place: place.boundary,
    "PermissionsBoundary": lambda place: documents.ADMINISTRATOR,
    "FunctionName": lambda place: place.function,
    "UserName": lambda place: place.probe,
    "GroupName": lambda place: place.probe,
    "InstanceProfileName": lambda place: place.probe,
    "logGroupName": lambda place: place.log_group,
    "logGroupIdentifier": lambda place: place.log_group,
    "logGroupIdentifiers": lambda place: place.log_group,
    "logGroupArnList": lambda place: place.arn("logs", f"log-group:{place.log_group}"),
    "logStreamName": lambda place: PROBE,
    "QueueUrl": lambda place: place.queue_url,
    "TableName": lambda place: place.probe,
    "TableArn": lambda place: place.arn("dynamodb", f"table/{place.probe}"),
    "Group": lambda place: place.resource_group,
    # What.
    "PolicyName": lambda place: PROBE,
    "Policy": documents.on_bucket,
    "PolicyDocument": lambda place: documents.EVERYTHING,
    "AssumeRolePolicyDocument": documents.trust,
    "PolicyInputList": lambda place: documents.EVERYTHING,
    "ActionNames": lambda place: "s3:PutObject",
    "VersionId": lambda place: "v1",
    "Tags": lambda place: [{"Key": PROBE, "Value": "changed"}],
    "TagKeys": lambda place: [PROBE],
    "tagKeys": lambda place: [PROBE],
}
"""Of any service, unless the service says otherwise."""

IN_SERVICE: Mapping[str, Mapping[str, Value]] = {
    "s3": {
        "Bucket": lambda place: place.bucket,
        "Id": lambda place: PROBE,
        "Expression": lambda place: "SELECT * FROM s3object",
        "AnnotationName": lambda place: PROBE,
    },
    "s3control": {
        "Name": lambda place: PROBE,
        "ResourceArn": lambda place: place.bucket_arn,
        "S3Prefix": lambda place: "s3:",
        "Target": lambda place: f"{place.bucket_arn}/*",
        "LocationScope": lambda place: f"s3://{place.bucket}/*",
    },
    "iam": {
        "Name": lambda place: PROBE,
        "OpenIDConnectProviderArn": lambda place: f"arn:aws:iam::{place.account}:oidc-provider/probe.invalid",
        "SAMLProviderArn": lambda place: f"arn:aws:iam::{place.account}:saml-provider/{PROBE}",
        "Url": lambda place: "https://probe.invalid",
        "SerialNumber": lambda place: f"arn:aws:iam::{place.account}:mfa/{PROBE}",
        "ServiceNamespace": lambda place: "s3",
        "AWSServiceName": lambda place: "scheduler.amazonaws.com",
        "Arn": lambda place: place.role_arn,
        "EntityArn": lambda place: place.role_arn,
        "AccountAlias": lambda place: place.probe,
        "AccessKeyId": lambda place: "AKIAMAYFLYPROBE00000",
        "Status": lambda place: "Inactive",
        "NewPassword": lambda place: "Probe-0-probe-0",
    },
    "lambda": {
        "ResourceArn": lambda place: place.function_arn,
        "Resource": lambda place: place.function_arn,
        "Principal": lambda place: "scheduler.amazonaws.com",
        "Action": lambda place: "lambda:InvokeFunction",
        "StatementId": lambda place: PROBE,
        "Tags": lambda place: {PROBE: "changed"},
        "Qualifier": lambda place: PROBE,
        "Name": lambda place: PROBE,
        "FunctionVersion": lambda place: "$LATEST",
        "LayerName": lambda place: place.probe,
        "ReservedConcurrentExecutions": lambda place: 0,
        "UUID": lambda place: "5d0a8c1e-0000-4000-8000-00000000000d",
        "Policy": lambda place: documents.on(place.function_arn, "lambda:InvokeFunction"),
    },
    "sts": {
        "RoleSessionName": lambda place: PROBE,
        "TargetPrincipal": lambda place: place.account,
        "Name": lambda place: PROBE,
    },
    "logs": {
        "resourceArn": lambda place: place.arn("logs", f"log-group:{place.log_group}"),
        "tags": lambda place: {PROBE: "changed"},
        "destinationArn": lambda place: place.function_arn,
        "targetArn": lambda place: place.function_arn,
        "filterPattern": lambda place: "",
        "filterName": lambda place: PROBE,
        "policyDocument": lambda place: documents.EVERYTHING,
        "accessPolicy": lambda place: documents.EVERYTHING,
        "destination": lambda place: place.bucket,
        "retentionInDays": lambda place: 1,
        "startTime": lambda place: 0,
        "endTime": lambda place: 4_000_000_000,
        "importSourceArn": lambda place: place.function_arn,
        "queryString": lambda place: "fields @message",
    },
    "scheduler": {
        "Name": lambda place: place.probe,
        "ResourceArn": lambda place: place.arn("scheduler", f"schedule-group/{place.probe}"),
        "ScheduleExpression": lambda place: "rate(1 days)",
        "Arn": lambda place: place.function_arn,
    },
    "sqs": {
        "QueueName": lambda place: place.probe,
        "Label": lambda place: PROBE,
        "AWSAccountIds": lambda place: [place.account],
        "Actions": lambda place: ["SendMessage"],
        "ReceiptHandle": lambda place: place.receipt,
        "SourceArn": lambda place: place.arn("sqs", place.probe),
        "Attributes": lambda place: {"VisibilityTimeout": "31"},
        "Tags": lambda place: {PROBE: "changed"},
        "Id": lambda place: PROBE,
        "VisibilityTimeout": lambda place: 0,
    },
    "dynamodb": {
        "ResourceArn": lambda place: place.arn("dynamodb", f"table/{place.probe}"),
        "Key": lambda place: {"id": {"S": PROBE}},
        "Item": lambda place: {"id": {"S": PROBE}},
        "GlobalTableName": lambda place: place.probe,
        "TargetTableName": lambda place: f"{place.probe}-restored",
        "BackupName": lambda place: PROBE,
        "StreamArn": lambda place: place.arn("kinesis", f"stream/{place.probe}"),
        "Statement": documents.partiql,
        "RequestItems": lambda place: {place.probe: [{"PutRequest": {"Item": {"id": {"S": PROBE}}}}]},
        "Policy": lambda place: documents.on(
            place.arn("dynamodb", f"table/{place.probe}"), "dynamodb:GetItem"
        ),
    },
    "ssm": {
        "Name": lambda place: place.parameter,
        "Names": lambda place: [place.parameter],
        "Path": lambda place: f"/mayfly/{place.environment}/",
        "ResourceId": lambda place: place.parameter,
        "ResourceType": lambda place: "Parameter",
        "ResourceArn": lambda place: place.arn("ssm", f"parameter{place.parameter}"),
        "ParameterVersion": lambda place: 1,
        "Content": lambda place: '{"schemaVersion": "2.2", "description": "probe", "mainSteps": []}',
        "Schedule": lambda place: "rate(1 day)",
        "InstanceId": lambda place: "i-0123456789abcdef0",
        "InstanceIds": lambda place: ["i-0123456789abcdef0"],
        "Policy": lambda place: documents.on(
            place.arn("ssm", f"parameter{place.parameter}"), "ssm:GetParameter"
        ),
    },
    "resource-groups": {
        "Name": lambda place: place.probe,
        "Arn": lambda place: place.arn("resource-groups", f"group/{place.resource_group}"),
        "ResourceArns": lambda place: [place.function_arn],
        "Tags": lambda place: {PROBE: "changed"},
        "Keys": lambda place: [PROBE],
    },
    "resourcegroupstaggingapi": {
        "ResourceARNList": lambda place: [place.bucket_arn, place.function_arn],
        "Tags": lambda place: {PROBE: "changed"},
        "Key": lambda place: PROBE,
    },
}
"""Where a service means something of its own."""
