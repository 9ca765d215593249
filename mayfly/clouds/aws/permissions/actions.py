"""What the deployer does, by service: what pulumi-aws calls for our types, the sweep, run, prove and list."""

from __future__ import annotations

ROLES = (
    "iam:DeletePolicy*",
    "iam:DeleteRole",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:GetPolicy*",
    "iam:GetRole*",
    "iam:ListAttachedRolePolicies",
    "iam:ListInstanceProfilesForRole",
    "iam:ListPolicyVersions",
    "iam:ListRolePolicies",
    "iam:ListRoleTags",
    "iam:UntagRole",
    "iam:UpdateRole",
)

BUCKETS = (
    "s3:AbortMultipartUpload",
    "s3:CreateBucket",
    "s3:DeleteBucket",
    "s3:DeleteBucketPolicy",
    "s3:DeleteObject*",
    "s3:Get*",
    "s3:List*",
    "s3:PutBucketOwnershipControls",
    "s3:PutBucketPolicy",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketTagging",
    "s3:PutBucketVersioning",
    "s3:PutEncryptionConfiguration",
    "s3:PutLifecycleConfiguration",
    "s3:TagResource",
    "s3:UntagResource",
)

FUNCTIONS = (
    "lambda:DeleteFunction",
    "lambda:InvokeFunction",
    "lambda:TagResource",
    "lambda:UntagResource",
    "lambda:UpdateFunctionCode",
    "lambda:UpdateFunctionConfiguration",
)
"""What is allowed on functions that carry a stage's marker."""

LOGS = (
    "logs:*RetentionPolicy",
    "logs:CreateLogGroup",
    "logs:DeleteLogGroup",
    "logs:FilterLogEvents",
    "logs:ListTagsForResource",
    "logs:TagResource",
    "logs:UntagResource",
)

SCHEDULES = ("scheduler:*Schedule",)
"""Create, Delete, Get and Update."""

GROUPS = (
    "resource-groups:DeleteGroup",
    "resource-groups:Tag",
    "resource-groups:Untag",
    "resource-groups:UpdateGroup*",
)

PARAMETERS = (
    "ssm:AddTagsToResource",
    "ssm:DeleteParameter",
    "ssm:GetParameter*",
    "ssm:ListTagsForResource",
    "ssm:PutParameter",
    "ssm:RemoveTagsFromResource",
)

LISTS = (
    "iam:ListPolicies",
    "iam:ListRoles",
    "lambda:ListEventSourceMappings",
    "lambda:ListFunctions",
    "logs:DescribeLogGroups",
    "resource-groups:Get*",
    "resource-groups:ListGroups",
    "s3:ListAllMyBuckets",
    "scheduler:ListSchedules",
    "ssm:DescribeParameters",
    "tag:GetResources",
)
"""By which a sweep and `mayfly list` find what there is, other stages' groups too.

AWS lets no list be restricted to some resources.
"""

WIDENING = (
    "iam:AttachRolePolicy",
    "iam:DeleteRolePermissionsBoundary",
    "iam:UpdateAssumeRolePolicy",
    "sts:AssumeRole",
    "sts:TagSession",
)
"""What would give a role, or the deployer through one, more than it was made with."""

SEEN_BY_NAME = ("iam:GetPolicy*", "iam:GetRole", "iam:ListRoleTags")

SEEN = ("lambda:Get*", "lambda:List*")
"""What is asked of functions, also of those that are not there, which carry no marker."""

OWN = (*BUCKETS, *ROLES, *LOGS, *SCHEDULES, *GROUPS, *PARAMETERS)
"""What is allowed on whatever has a stage in its name."""
