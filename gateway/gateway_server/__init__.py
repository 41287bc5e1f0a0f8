"""The one door to the platform: a table of routes, rendered for Caddy, and a status page."""
