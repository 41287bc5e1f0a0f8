"""Bare ASGI websocket handlers: decode, call an operation, encode."""
