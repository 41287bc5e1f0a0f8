"""The outside of the mikro service: the object store."""
