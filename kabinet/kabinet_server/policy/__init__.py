"""Permission rules of the kabinet service, one function a rule."""
