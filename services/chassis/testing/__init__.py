"""Help for the tests of services: a database, tokens, two organizations, clients in process."""

from __future__ import annotations

from chassis.testing.client import GraphQLAnswer, GraphQLClient
from chassis.testing.mint import Member, TokenMint
from chassis.testing.websocket import SocketClosed, WebSocketSession

__all__ = [
    "GraphQLAnswer",
    "GraphQLClient",
    "Member",
    "SocketClosed",
    "TokenMint",
    "WebSocketSession",
]
