"""Sections of the report that need the pictures."""
