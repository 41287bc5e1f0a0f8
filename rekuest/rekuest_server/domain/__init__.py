"""Plain Python: enums, value objects and state machines; no Django, no I/O."""
