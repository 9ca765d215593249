"""Pulumi component resources: plain typed arguments, provider SDKs, nothing else of the project."""
