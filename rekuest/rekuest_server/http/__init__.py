"""Plain endpoints."""
