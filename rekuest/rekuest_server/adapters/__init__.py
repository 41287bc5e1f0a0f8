"""The outside: the PostgreSQL pool and the statements of the hot path."""
