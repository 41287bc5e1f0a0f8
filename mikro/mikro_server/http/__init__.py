"""Plain endpoints of the mikro service."""
