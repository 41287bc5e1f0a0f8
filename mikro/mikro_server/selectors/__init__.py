"""Reads of the mikro service, always scoped by the principal."""
