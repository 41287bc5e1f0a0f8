"""The outside: git hosts, registries, sealed values, news between processes."""
