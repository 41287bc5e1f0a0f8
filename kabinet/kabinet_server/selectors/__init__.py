"""Reads of the kabinet service, always scoped by the principal."""
