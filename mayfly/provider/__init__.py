"""Our own Pulumi provider, for what no cloud's provider does well."""

VERSION = "0.1.0"
