"""Which operations read though their names do not say so, which only seem to, and which are left out."""

from __future__ import annotations

from collections.abc import Mapping

READ_VERBS = ("Get", "List", "Head", "Describe", "BatchGet", "Query", "Scan", "Search", "Filter")
"""An operation whose name begins so reads. Every other one writes, unless one of these tables says more."""

READS: Mapping[str, str] = {
    "dynamodb.TransactGetItems": "some items at once",
    "iam.SimulateCustomPolicy": "tells what a policy would allow",
    "iam.SimulatePrincipalPolicy": "tells what a principal's policies allow",
    "logs.TestMetricFilter": "tries a filter on messages that it is given",
    "logs.TestTransformer": "tries a transformer on messages that it is given",
    "s3.SelectObjectContent": "a read with an expression",
    "sts.DecodeAuthorizationMessage": "tells why something was refused",
}
"""They read, by another verb."""

_CREDENTIALS = "hands out credentials"

WRITES: Mapping[str, str] = {
    "s3control.GetDataAccess": _CREDENTIALS,
    "ssm.GetAccessToken": _CREDENTIALS,
    "sts.GetDelegatedAccessToken": _CREDENTIALS,
    "sts.GetFederationToken": _CREDENTIALS,
    "sts.GetWebIdentityToken": _CREDENTIALS,
}
"""They count as writes: what they give could be used to write."""

_UNSIGNED = "is sent without credentials, so no principal's permissions are asked"

EXCLUDED: Mapping[str, str] = {
    "s3.ListDirectoryBuckets": "asks the service of directory buckets, which the local AWS does not have",
    "sts.AssumeRoleWithSAML": _UNSIGNED,
    "sts.AssumeRoleWithWebIdentity": _UNSIGNED,
    "sts.GetCallerIdentity": "is allowed to everybody, whatever the policies say",
    "sts.GetSessionToken": "is allowed to everybody, and refused to who has a session already",
}
"""They are not called."""

JUDGED_OF_S3_CONTROL = frozenset({"ListTagsForResource", "TagResource", "UntagResource"})
"""All that the local AWS has of S3 Control. The rest it answers with 501, before it asks who may."""

UNJUDGED: Mapping[str, str] = {
    "s3.GetObjectTorrent": "the local AWS has it not, and says so to whoever may read",
    "s3.SelectObjectContent": "the local AWS has it not, and says so to whoever may read",
    "s3.WriteGetObjectResponse": "belongs to Object Lambda, which the local AWS does not have",
}
"""What else it has not, so that nothing is said about who may."""

READABLE = frozenset(
    {"s3.GetBucketLocation", "s3.GetObject", "s3.HeadObject", "s3.ListObjects", "s3.ListObjectsV2"}
)
"""How an environment reads a source: these operations, and no other."""

OWN_WRITES = frozenset(
    {"s3.AbortMultipartUpload", "s3.CompleteMultipartUpload", "s3.CopyObject", "s3.CreateMultipartUpload",
     "s3.DeleteObject", "s3.DeleteObjects", "s3.PutObject", "s3.UploadPart", "s3.UploadPartCopy",
     "logs.CreateLogStream", "logs.PutLogEvents"}
)  # fmt: skip
"""How an environment writes its own bucket and its own logs: these operations, and no other."""

REFUSED_TO_ALL: Mapping[str, str] = {
    "sts.GetFederationToken": "is for users; refused to whoever has a session already",
}
"""Writes that no role is allowed, so that no control can get through."""

SERVED: Mapping[str, frozenset[str]] = {
    service: frozenset(names.split())
    for service, names in {
        "dynamodb": "BatchExecuteStatement BatchWriteItem CreateBackup CreateTable DeleteItem "
        "DeleteResourcePolicy DeleteTable EnableKinesisStreamingDestination "
        "ExportTableToPointInTime PutItem PutResourcePolicy TagResource TransactWriteItems "
        "UntagResource UpdateContinuousBackups UpdateContributorInsights UpdateItem "
        "UpdateKinesisStreamingDestination UpdateTable UpdateTimeToLive",
        "iam": "AddRoleToInstanceProfile AddUserToGroup AttachGroupPolicy AttachRolePolicy AttachUserPolicy "
        "CreateAccessKey CreateAccountAlias CreateGroup CreateInstanceProfile CreateLoginProfile "
        "CreateOpenIDConnectProvider CreatePolicy CreatePolicyVersion CreateRole CreateSAMLProvider "
        "CreateServiceLinkedRole CreateUser CreateVirtualMFADevice DeleteAccountAlias "
        "DeleteAccountPasswordPolicy DeleteGroup DeleteGroupPolicy DeleteInstanceProfile "
        "DeleteLoginProfile DeleteOpenIDConnectProvider DeletePolicy DeletePolicyVersion DeleteRole "
        "DeleteRolePermissionsBoundary DeleteRolePolicy DeleteSAMLProvider "
        "DeleteUserPermissionsBoundary DeleteUserPolicy DetachGroupPolicy DetachRolePolicy "
        "DetachUserPolicy EnableMFADevice GenerateCredentialReport "
        "GenerateServiceLastAccessedDetails PutGroupPolicy PutRolePermissionsBoundary PutRolePolicy "
        "PutUserPermissionsBoundary PutUserPolicy RemoveRoleFromInstanceProfile RemoveUserFromGroup "
        "ResyncMFADevice TagInstanceProfile TagPolicy TagRole TagUser UntagInstanceProfile "
        "UntagPolicy UntagRole UntagUser UpdateAccountPasswordPolicy UpdateAssumeRolePolicy "
        "UpdateLoginProfile UpdateRole UpdateRoleDescription UpdateSAMLProvider",
        "lambda": "AddPermission CreateCodeSigningConfig CreateEventSourceMapping CreateFunction "
        "CreateFunctionUrlConfig DeleteAlias DeleteCodeSigningConfig DeleteFunction "
        "DeleteFunctionCodeSigningConfig DeleteFunctionConcurrency DeleteFunctionEventInvokeConfig "
        "DeleteFunctionUrlConfig DeleteLayerVersion Invoke InvokeWithResponseStream "
        "PublishLayerVersion PublishVersion PutFunctionCodeSigningConfig PutFunctionConcurrency "
        "PutFunctionEventInvokeConfig PutFunctionRecursionConfig PutProvisionedConcurrencyConfig "
        "RemovePermission TagResource UntagResource UpdateAlias UpdateCodeSigningConfig "
        "UpdateFunctionCode UpdateFunctionConfiguration UpdateFunctionUrlConfig",
        "logs": "CreateLogGroup CreateLogStream DeleteDestination DeleteLogGroup DeleteLogStream "
        "DeleteMetricFilter DeleteResourcePolicy DeleteRetentionPolicy DeleteSubscriptionFilter "
        "PutDestination PutDestinationPolicy PutLogEvents PutMetricFilter PutResourcePolicy "
        "PutRetentionPolicy PutSubscriptionFilter StartLiveTail StartQuery StopQuery TagLogGroup "
        "TagResource UntagLogGroup UntagResource",
        "resource-groups": "CreateGroup DeleteGroup GroupResources PutGroupConfiguration Tag "
        "UngroupResources Untag UpdateGroup",
        "resourcegroupstaggingapi": "TagResources UntagResources",
        "s3": "AbortMultipartUpload CompleteMultipartUpload CopyObject CreateBucket CreateMultipartUpload "
        "DeleteBucketCors DeleteBucketEncryption DeleteBucketLifecycle DeleteBucketOwnershipControls "
        "DeleteBucketPolicy DeleteBucketReplication DeleteBucketTagging DeleteBucketWebsite "
        "DeleteObject DeleteObjectAnnotation DeleteObjectTagging DeleteObjects "
        "DeletePublicAccessBlock PutBucketAccelerateConfiguration PutBucketCors PutBucketEncryption "
        "PutBucketLifecycle PutBucketLifecycleConfiguration PutBucketLogging PutBucketNotification "
        "PutBucketNotificationConfiguration PutBucketOwnershipControls PutBucketPolicy "
        "PutBucketRequestPayment PutBucketTagging PutBucketVersioning PutBucketWebsite PutObject "
        "PutObjectAcl PutObjectAnnotation PutObjectLockConfiguration PutObjectRetention "
        "PutObjectTagging PutPublicAccessBlock UploadPart UploadPartCopy",
        "s3control": "TagResource UntagResource",
        "scheduler": "CreateScheduleGroup DeleteSchedule DeleteScheduleGroup TagResource UpdateSchedule",
        "sqs": "AddPermission ChangeMessageVisibilityBatch CreateQueue DeleteMessageBatch DeleteQueue "
        "PurgeQueue ReceiveMessage RemovePermission SendMessage SendMessageBatch SetQueueAttributes "
        "TagQueue UntagQueue",
        "ssm": "AddTagsToResource DeleteParameter DeleteParameters LabelParameterVersion PutParameter",
        "sts": "AssumeRole",
    }.items()
}
"""The writes that the local AWS does when they are allowed, by service. To the others it says, once they are
allowed, that it has no such operation, or that what they are about is not there.
"""
