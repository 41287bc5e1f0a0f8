"""Background work of the kabinet service."""
