"""Measurements on AWS."""
