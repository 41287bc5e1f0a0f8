"""Reads, always scoped by an organization or a secret the caller holds."""
