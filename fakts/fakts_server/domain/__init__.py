"""Plain rules of the handshake: no Django, no I/O."""
