"""Management commands of this service."""
