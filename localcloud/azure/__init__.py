"""The local Azure: Resource Manager with its services, and the blob data plane."""
