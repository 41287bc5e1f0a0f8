"""Background jobs; each calls an operation."""
