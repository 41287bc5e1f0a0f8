"""Permission rules of the mikro service, one function a rule."""
