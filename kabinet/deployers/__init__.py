"""Container backends as apps: each dials out, declares what it can run, and runs it."""
