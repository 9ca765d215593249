"""Optional arguments without which an operation says nothing, asks for less, or names no place."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from tests.support.isolation_aws import documents
from tests.support.isolation_aws.places import PROBE, Place

Options = Callable[[Place], dict[str, Any]]


def _user(place: Place) -> dict[str, Any]:
    return {"UserName": place.probe}


def _resource_group(place: Place) -> dict[str, Any]:
    return {"Group": place.resource_group}


def _managed_instance(place: Place) -> dict[str, Any]:
    return {"InstanceId": "mi-0123456789abcdef0"}


def _folder(place: Place) -> dict[str, Any]:
    return {"Prefix": place.folder}


OPTIONS: Mapping[str, Options] = {
    # S3
    "s3.PutObject": lambda _: {"Body": PROBE},
    "s3.UploadPart": lambda _: {"Body": PROBE, "PartNumber": 1},
    "s3.ListObjects": _folder,
    "s3.ListObjectsV2": _folder,
    "s3.ListObjectVersions": _folder,
    "s3.AbortMultipartUpload": lambda place: {"UploadId": place.other_upload},
    "s3.CompleteMultipartUpload": lambda place: {
        "MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": documents.ETAG}]}
    },
    "s3.CreateBucket": lambda place: {
        "Bucket": f"mf--{place.environment}--{PROBE}",
        "CreateBucketConfiguration": {"LocationConstraint": place.region},
    },
    "s3.DeleteObjects": lambda place: {"Delete": {"Objects": [{"Key": place.key}, {"Key": place.other_key}]}},
    "s3.PutBucketAcl": lambda _: {"ACL": "private"},
    "s3.PutObjectAcl": lambda _: {"ACL": "private"},
    "s3.PutBucketLifecycleConfiguration": lambda _: {
        "LifecycleConfiguration": {
            "Rules": [{"ID": PROBE, "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}]
        }
    },
    "s3.PutBucketLifecycle": lambda _: {
        "LifecycleConfiguration": {"Rules": [{"Prefix": "", "Status": "Enabled", "Expiration": {"Days": 1}}]}
    },
    "s3.PutObjectRetention": lambda _: {
        "Retention": {"Mode": "GOVERNANCE", "RetainUntilDate": "2030-01-01T00:00:00Z"},
        "BypassGovernanceRetention": True,
    },
    "s3.PutObjectLegalHold": lambda _: {"LegalHold": {"Status": "ON"}},
    "s3.PutObjectLockConfiguration": lambda _: {"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"}},
    "s3.RestoreObject": lambda _: {"RestoreRequest": {"Days": 1}},
    # IAM
    "iam.AttachRolePolicy": lambda _: {"PolicyArn": documents.ADMINISTRATOR},
    "iam.AttachUserPolicy": lambda _: {"PolicyArn": documents.ADMINISTRATOR},
    "iam.AttachGroupPolicy": lambda _: {"PolicyArn": documents.ADMINISTRATOR},
    "iam.DetachRolePolicy": lambda _: {"PolicyArn": documents.ADMINISTRATOR},
    "iam.DetachUserPolicy": lambda _: {"PolicyArn": documents.ADMINISTRATOR},
    "iam.DetachGroupPolicy": lambda _: {"PolicyArn": documents.ADMINISTRATOR},
    "iam.CreateAccessKey": _user,
    "iam.CreateLoginProfile": lambda place: {"UserName": place.probe, "Password": "Probe-0-probe-0"},
    "iam.DeleteLoginProfile": _user,
    "iam.DeleteAccessKey": _user,
    "iam.UpdateAccessKey": _user,
    "iam.CreateRole": lambda place: {"Path": place.path, "RoleName": place.probe},
    "iam.CreateUser": lambda place: {"UserName": f"{place.probe}-new"},
    "iam.CreateGroup": lambda place: {"GroupName": f"{place.probe}-new"},
    "iam.CreateInstanceProfile": lambda place: {"InstanceProfileName": f"{place.probe}-new"},
    "iam.CreatePolicy": lambda place: {"PolicyName": f"{place.probe}-new"},
    "iam.CreatePolicyVersion": lambda _: {"SetAsDefault": True},
    "iam.UpdateAssumeRolePolicy": lambda place: {"PolicyDocument": documents.trust(place)},
    "iam.UpdateRole": lambda _: {"MaxSessionDuration": 7200},
    "iam.UpdateUser": lambda place: {"NewPath": "/probe/"},
    "iam.UpdateGroup": lambda place: {"NewPath": "/probe/"},
    # Lambda
    "lambda.CreateFunction": lambda place: {
        "FunctionName": place.probe,
        "Runtime": "python3.12",
        "Handler": "handler.main",
    },
    "lambda.UpdateFunctionCode": lambda place: {"S3Bucket": place.bucket, "S3Key": "code.zip"},
    "lambda.UpdateFunctionConfiguration": lambda place: {"Role": place.role_arn, "Timeout": 4},
    "lambda.CreateEventSourceMapping": lambda place: {"EventSourceArn": place.arn("sqs", place.probe)},
    "lambda.UpdateFunctionEventInvokeConfig": lambda _: {"MaximumRetryAttempts": 0},
    "lambda.PutFunctionEventInvokeConfig": lambda _: {"MaximumRetryAttempts": 0},
    "lambda.CreateAlias": lambda _: {"Name": f"{PROBE}-new"},
    "lambda.UpdateAlias": lambda _: {"Description": PROBE},
    "lambda.UpdateFunctionUrlConfig": lambda _: {"AuthType": "AWS_IAM"},
    "lambda.CreateFunctionUrlConfig": lambda _: {"AuthType": "AWS_IAM"},
    # Logs
    "logs.CreateLogGroup": lambda place: {"logGroupName": f"/mayfly/{place.environment}/{PROBE}"},
    "logs.CreateLogStream": lambda _: {"logStreamName": f"{PROBE}-{uuid.uuid4()}"},
    "logs.PutResourcePolicy": lambda _: {"policyName": PROBE, "policyDocument": documents.EVERYTHING},
    "logs.DeleteResourcePolicy": lambda _: {"policyName": PROBE},
    "logs.StartQuery": lambda place: {"logGroupName": place.log_group},
    "logs.UntagLogGroup": lambda _: {"tags": [PROBE]},
    # Others
    "scheduler.CreateSchedule": lambda place: {"Name": f"{place.probe}-new"},
    "scheduler.CreateScheduleGroup": lambda place: {"Name": f"{place.probe}-new"},
    "sqs.CreateQueue": lambda place: {"QueueName": f"{place.probe}-new"},
    "dynamodb.CreateTable": lambda place: {
        "TableName": f"{place.probe}-new",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    },
    "dynamodb.BatchGetItem": lambda place: {"RequestItems": {place.probe: {"Keys": [{"id": {"S": PROBE}}]}}},
    "dynamodb.UpdateTable": lambda _: {"DeletionProtectionEnabled": False},
    "ssm.PutParameter": lambda _: {"Type": "String", "Value": PROBE, "Overwrite": True},
    "ssm.DeregisterManagedInstance": _managed_instance,
    "ssm.UpdateManagedInstanceRole": _managed_instance,
    "resource-groups.DeleteGroup": _resource_group,
    "resource-groups.UpdateGroup": _resource_group,
    "resource-groups.PutGroupConfiguration": _resource_group,
    "resource-groups.GetGroup": _resource_group,
}
