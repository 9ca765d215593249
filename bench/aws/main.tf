# The same resources as Terraform has them; the names come from same.py.

terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  allowed_account_ids         = [var.account]
  s3_use_path_style           = true
  skip_metadata_api_check     = true
  skip_credentials_validation = true
}

variable "account" { type = string }
variable "boundary" { type = string }
variable "bucket" { type = string }
variable "execution" { type = string }
variable "expire_days" { type = number }
variable "functions" { type = any }
variable "group" { type = string }
variable "path" { type = string }
variable "query" { type = string }
variable "role" { type = string }
variable "schedule_role" { type = string }
variable "scheduling" { type = string }
variable "tags" { type = map(string) }
variable "tls" { type = string }
variable "trust" { type = map(string) }
variable "variables" { type = map(string) }

resource "aws_resourcegroups_group" "group" {
  name = var.group
  tags = var.tags
  resource_query { query = var.query }
}

resource "aws_s3_bucket" "sink" {
  bucket        = var.bucket
  force_destroy = true
  tags          = var.tags
}

resource "aws_s3_bucket_public_access_block" "sink" {
  bucket                  = aws_s3_bucket.sink.bucket
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "sink" {
  bucket = aws_s3_bucket.sink.bucket
  rule { object_ownership = "BucketOwnerEnforced" }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "sink" {
  bucket = aws_s3_bucket.sink.bucket
  rule {
    apply_server_side_encryption_by_default { sse_algorithm = "AES256" }
  }
}

resource "aws_s3_bucket_policy" "sink" {
  bucket = aws_s3_bucket.sink.bucket
  policy = var.tls
}

resource "aws_s3_bucket_lifecycle_configuration" "sink" {
  bucket = aws_s3_bucket.sink.bucket
  rule {
    id     = "expire"
    status = "Enabled"
    filter { prefix = "" }
    expiration { days = var.expire_days }
    abort_incomplete_multipart_upload { days_after_initiation = var.expire_days }
  }
}

resource "aws_iam_role" "reader" {
  name                 = var.role
  path                 = var.path
  permissions_boundary = var.boundary
  assume_role_policy   = var.trust["lambda"]
  tags                 = var.tags
}

resource "aws_iam_role_policy" "reader" {
  name   = "own"
  role   = aws_iam_role.reader.name
  policy = var.execution
}

resource "aws_iam_role" "schedule" {
  name                 = var.schedule_role
  path                 = var.path
  permissions_boundary = var.boundary
  assume_role_policy   = var.trust["scheduler"]
  tags                 = var.tags
}

resource "aws_iam_role_policy" "schedule" {
  name   = "own"
  role   = aws_iam_role.schedule.name
  policy = var.scheduling
}

resource "aws_cloudwatch_log_group" "function" {
  for_each          = var.functions
  name              = each.value.log_group
  retention_in_days = each.value.retention
  tags              = var.tags
}

resource "aws_lambda_function" "function" {
  for_each         = var.functions
  function_name    = each.value.name
  role             = aws_iam_role.reader.arn
  runtime          = "python3.12"
  handler          = "handler.main"
  memory_size      = each.value.memory
  timeout          = each.value.timeout
  layers           = each.value.layers
  filename         = each.value.archive
  source_code_hash = filebase64sha256(each.value.archive)
  tags             = var.tags
  depends_on       = [aws_iam_role_policy.reader]
  environment { variables = var.variables }
  logging_config {
    log_format = "Text"
    log_group  = aws_cloudwatch_log_group.function[each.key].name
  }
}

resource "aws_scheduler_schedule" "function" {
  for_each            = var.functions
  name                = each.value.name
  schedule_expression = each.value.schedule
  state               = "DISABLED"
  flexible_time_window { mode = "OFF" }
  depends_on = [aws_iam_role_policy.schedule]
  target {
    arn      = aws_lambda_function.function[each.key].arn
    role_arn = aws_iam_role.schedule.arn
  }
}
