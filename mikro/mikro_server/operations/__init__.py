"""Writes of the mikro service: checked, scoped, in one transaction."""
