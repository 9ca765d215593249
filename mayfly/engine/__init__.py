"""The Pulumi engine: calls of its CLI, its locks and backend, and our provider served to it."""
