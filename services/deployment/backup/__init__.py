"""Backups of an installation: sealed copies of its databases, objects, settings and keys."""
