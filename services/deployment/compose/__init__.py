"""The installation in containers: what they are, how they are written down, started and asked."""
