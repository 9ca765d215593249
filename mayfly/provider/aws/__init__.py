"""AWS's part of the provider."""
