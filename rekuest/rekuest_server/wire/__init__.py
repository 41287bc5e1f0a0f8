"""What strangers see besides GraphQL: the messages of the agent socket."""
