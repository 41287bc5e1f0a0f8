"""The GraphQL surface of the kabinet service, one noun a file."""
