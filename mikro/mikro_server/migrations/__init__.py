"""Migrations of the mikro service."""
