"""Measurements on Azure."""
