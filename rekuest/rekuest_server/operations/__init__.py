"""Writes: keyword-only functions named `<noun>_<verb>`."""
