"""GraphQL form of the definition language: ports, widgets, definitions, what is declared."""
