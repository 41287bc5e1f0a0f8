"""Starts the services: supervisor, command line, rendering. Knows them by a table only."""
