"""Metrics as they are told, with those of the parts a service stands on: database and broker."""
