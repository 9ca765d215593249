"""What runs in an environment: a Data Factory folder (`factory`) or Lambda functions (`functions`)."""
