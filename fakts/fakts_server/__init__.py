"""Fakts: people, organizations, apps and the handshake that gives apps their tokens."""
