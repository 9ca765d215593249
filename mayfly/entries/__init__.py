"""One file a cloud: its `CLOUD` says what differs from the others. See `mayfly.registry`."""
