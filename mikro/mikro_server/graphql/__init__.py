"""The GraphQL surface of the mikro service, one noun a file."""
