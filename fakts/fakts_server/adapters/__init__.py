"""The outside of the service: key files, counters, hashing with server secrets."""
