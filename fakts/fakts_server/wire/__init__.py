"""What strangers send and receive over HTTP, besides GraphQL."""
