"""Permission rules, one function a rule."""
