"""The vocabulary of ports and definitions that agents, callers and app stores share on the wire.

`vocabulary` holds the models, those of `arkitekt_spec` (the clients use the same ones);
`parsing` reads, writes and hashes them. Servers take them from here, so that this package is the
one place that knows where they come from.
"""
