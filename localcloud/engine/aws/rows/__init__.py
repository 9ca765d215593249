"""The resource types, a file each."""
