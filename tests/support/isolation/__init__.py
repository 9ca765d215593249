"""Every operation of Azure's SDKs, called on a place as somebody, and what came of it."""
