"""pytest plugin of the platform: fixtures that run a real deployment."""
