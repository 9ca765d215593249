"""The local AWS: MiniStack, in an environment of its own, behind a gate that is as strict as AWS."""
