"""Plain HTTP endpoints of the mikro service."""
