"""Background work of the mikro service."""
