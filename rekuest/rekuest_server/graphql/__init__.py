"""The GraphQL door: noun files with types, filters and root fields, and their list in schema.py."""
