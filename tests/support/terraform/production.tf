# awsprod as Terraform says it: what `pulumi up` made is imported into this and must be equal to it.
# All is written out, so that what the components say is compared with a second hand's word.

terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  allowed_account_ids         = [local.account]
  s3_use_path_style           = true
  skip_metadata_api_check     = true
  skip_credentials_validation = true
}

variable "bucket" { type = string }
variable "role" { type = string }
variable "schedule_role" { type = string }
variable "group_tags" { type = map(string) }
variable "published" { type = string }
variable "archives" { type = map(string) }
variable "memory" {
  type    = number
  default = 1024
}

locals {
  account = "123456789012"
  region  = "eu-west-1"
  name    = "awsprod"
  path    = "/mayfly/awsprod/"
  lake    = "arn:aws:s3:::flights-lake-123456789012"
  sink    = "arn:aws:s3:::${var.bucket}"
  lambda  = "arn:aws:lambda:${local.region}:${local.account}:function"
  pyarrow = "arn:aws:lambda:${local.region}:336392948345:layer:AWSSDKPandas-Python312:16"

  tags = {
    managed-by     = "mayfly"
    mayfly-env     = "awsprod"
    mayfly-fabric  = "awsprod"
    mayfly-project = "mayfly"
  }
  functions = {
    flights   = { memory = var.memory, timeout = 300, layers = [local.pyarrow] }
    reference = { memory = 256, timeout = 60, layers = [] }
  }
}

# The group

resource "aws_resourcegroups_group" "listing" {
  name = "mayfly-awsprod"
  tags = merge(local.tags, var.group_tags)
  resource_query {
    # A text to AWS, not a document: with the spaces that Python puts into it.
    query = replace(replace(jsonencode({
      ResourceTypeFilters = ["AWS::AllSupported"]
      TagFilters = [
        { Key = "mayfly-env", Values = ["awsprod"] },
        { Key = "mayfly-project", Values = ["mayfly"] },
      ]
    }), ",", ", "), "\":", "\": ")
  }
}

# The sink

resource "aws_s3_bucket" "sink" {
  bucket = var.bucket
  tags   = local.tags
}

resource "aws_s3_bucket_public_access_block" "sink" {
  bucket                  = var.bucket
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "sink" {
  bucket = var.bucket
  rule { object_ownership = "BucketOwnerEnforced" }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "sink" {
  bucket = var.bucket
  rule {
    apply_server_side_encryption_by_default { sse_algorithm = "AES256" }
  }
}

resource "aws_s3_bucket_versioning" "sink" {
  bucket = var.bucket
  versioning_configuration { status = "Enabled" }
}

resource "aws_s3_bucket_lifecycle_configuration" "sink" {
  bucket = var.bucket
  rule {
    id     = "mayfly"
    status = "Enabled"
    filter { prefix = "" }
    abort_incomplete_multipart_upload { days_after_initiation = 7 }
    noncurrent_version_expiration { noncurrent_days = 7 }
  }
}

resource "aws_s3_bucket_policy" "sink" {
  bucket = var.bucket
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "TlsOnly"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [local.sink, "${local.sink}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
}

# The role of the functions

resource "aws_iam_role" "reader" {
  name                 = var.role
  path                 = local.path
  permissions_boundary = "arn:aws:iam::${local.account}:policy/mayfly-boundary"
  tags                 = local.tags
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "reader" {
  name = "mayfly"
  role = var.role
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Sid = "FindSources", Effect = "Allow", Action = ["s3:GetBucketLocation"], Resource = [local.lake] },
      { Sid = "ReadSources", Effect = "Allow", Action = ["s3:GetObject"], Resource = ["${local.lake}/flights/*"] },
      {
        Sid       = "ListSources1"
        Effect    = "Allow"
        Action    = ["s3:ListBucket"]
        Resource  = [local.lake]
        Condition = { StringLike = { "s3:prefix" = ["flights/*"] } }
      },
      {
        Sid      = "ListOwn"
        Effect   = "Allow"
        Action   = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"]
        Resource = [local.sink]
      },
      {
        Sid    = "WriteOwn"
        Effect = "Allow"
        Action = [
          "s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject",
        ]
        Resource = ["${local.sink}/*"]
      },
      {
        Sid      = "WriteLogs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["arn:aws:logs:${local.region}:${local.account}:log-group:${local.path}*"]
      },
    ]
  })
}

# The functions

resource "aws_cloudwatch_log_group" "function" {
  for_each          = local.functions
  name              = "${local.path}${each.key}"
  retention_in_days = 30
  tags              = local.tags
}

resource "aws_lambda_function" "function" {
  for_each      = local.functions
  function_name = "${local.name}-${each.key}"
  role          = aws_iam_role.reader.arn
  runtime       = "python3.12"
  handler       = "handler.main"
  memory_size   = each.value.memory
  timeout       = each.value.timeout
  layers        = each.value.layers
  filename      = var.archives[each.key]
  tags          = local.tags
  environment {
    variables = {
      LAKE    = "s3://flights-lake-123456789012/flights/"
      CURATED = "s3://${var.bucket}/curated/"
      YEAR    = "2013"
    }
  }
  logging_config {
    log_format = "Text"
    log_group  = aws_cloudwatch_log_group.function[each.key].name
  }
  lifecycle {
    # Where the archive lies and whether a version is published with it are not AWS's to tell; its hash is.
    ignore_changes = [filename, publish]
    postcondition {
      condition     = self.code_sha256 == filebase64sha256(var.archives[each.key])
      error_message = "The function's code is not the archive that was built."
    }
  }
}

# The schedules, with a role of their own

resource "aws_iam_role" "schedule" {
  name                 = var.schedule_role
  path                 = local.path
  permissions_boundary = "arn:aws:iam::${local.account}:policy/mayfly-boundary"
  tags                 = local.tags
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "scheduler.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
    }]
  })
}

resource "aws_iam_role_policy" "schedule" {
  name = "mayfly"
  role = var.schedule_role
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "InvokeOwn"
      Effect   = "Allow"
      Action   = ["lambda:InvokeFunction"]
      Resource = [for name in keys(local.functions) : "${local.lambda}:${local.name}-${name}"]
    }]
  })
}

resource "aws_scheduler_schedule" "daily" {
  for_each            = local.functions
  name                = "${local.name}-${each.key}"
  schedule_expression = "cron(0 5 * * ? *)"
  state               = "ENABLED"
  flexible_time_window { mode = "OFF" }
  target {
    arn      = aws_lambda_function.function[each.key].arn
    role_arn = aws_iam_role.schedule.arn
  }
}

# What it publishes

resource "aws_ssm_parameter" "published" {
  name  = "${local.path}infrastructure"
  type  = "String"
  value = var.published
  tags  = local.tags
}
