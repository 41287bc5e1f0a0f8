"""Words, values and algebra of imaging data: plain Python, no Django, no I/O."""
