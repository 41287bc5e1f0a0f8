"""The app store in plain Python: matching, states, digests, leases; no Django, no I/O."""
