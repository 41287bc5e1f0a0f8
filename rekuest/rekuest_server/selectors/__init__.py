"""Reads: querysets and values scoped by the principal; foreign and absent rows look the same."""
