"""Mayfly: data environments that come with a release and go with it."""
