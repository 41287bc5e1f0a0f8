"""The GraphQL surface of fakts, one noun a file; names are those the released client uses."""
