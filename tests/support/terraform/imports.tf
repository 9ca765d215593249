# Which of awsprod's things is which of production.tf's.

import {
  to = aws_resourcegroups_group.listing
  id = "mayfly-awsprod"
}

import {
  to = aws_s3_bucket.sink
  id = var.bucket
}

import {
  to = aws_s3_bucket_public_access_block.sink
  id = var.bucket
}

import {
  to = aws_s3_bucket_ownership_controls.sink
  id = var.bucket
}

import {
  to = aws_s3_bucket_server_side_encryption_configuration.sink
  id = var.bucket
}

import {
  to = aws_s3_bucket_versioning.sink
  id = var.bucket
}

import {
  to = aws_s3_bucket_lifecycle_configuration.sink
  id = var.bucket
}

import {
  to = aws_s3_bucket_policy.sink
  id = var.bucket
}

import {
  to = aws_iam_role.reader
  id = var.role
}

import {
  to = aws_iam_role_policy.reader
  id = "${var.role}:mayfly"
}

import {
  for_each = local.functions
  to       = aws_cloudwatch_log_group.function[each.key]
  id       = "${local.path}${each.key}"
}

import {
  for_each = local.functions
  to       = aws_lambda_function.function[each.key]
  id       = "${local.name}-${each.key}"
}

import {
  to = aws_iam_role.schedule
  id = var.schedule_role
}

import {
  to = aws_iam_role_policy.schedule
  id = "${var.schedule_role}:mayfly"
}

import {
  for_each = local.functions
  to       = aws_scheduler_schedule.daily[each.key]
  id       = "default/${local.name}-${each.key}"
}

import {
  to = aws_ssm_parameter.published
  id = "${local.path}infrastructure"
}
