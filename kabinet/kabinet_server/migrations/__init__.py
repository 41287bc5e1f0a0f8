"""Migrations of the kabinet service."""
