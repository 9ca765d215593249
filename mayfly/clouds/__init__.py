"""Thin clients of the clouds."""
