"""What is connected to this process: agents' sockets and callers' feeds. Memory only."""

from __future__ import annotations

from collections import defaultdict
from typing import Protocol

from rekuest_server.operations.elsewhere import Elsewhere
from rekuest_server.operations.feed_queue import FeedItem, FeedQueue
from rekuest_server.operations.metrics import AGENTS_CONNECTED


class AgentLink(Protocol):
    """A registered agent's socket, as operations use it."""

    agent_id: int
    session_id: str
    #: Row id of the journal session of this connection, if it has one.
    session_row: int | None
    epoch: int
    #: Tasks whose ASSIGN went out on this connection, with the loop time of the sending.
    awaiting: dict[int, float]
    takes_state_requires: bool

    @property
    def is_congested(self) -> bool:
        """Whether so much waits for the agent that it should get no further work."""

    def send(self, frame: str) -> None:
        """Queue a frame; frames sent before INIT follow it."""

    def acknowledge(self, session_id: str, pos: int) -> None:
        """Tell the agent that a journal is committed up to a position."""

    def written(self, frames: int) -> None:
        """Note that frames of this connection were written, whatever became of them."""

    def close(self, code: int, reason: str) -> None:
        """End the connection."""


class Hub:
    """Registry of links by agent and of feeds by caller."""

    def __init__(self, elsewhere: Elsewhere) -> None:
        #: The other processes of this service.
        self.elsewhere = elsewhere
        self.links: dict[int, AgentLink] = {}
        #: Open tasks bound to each agent, as far as this process knows: the load.
        self.load: dict[int, int] = defaultdict(int)
        #: Connected agents that are to get no new work.
        self.draining: set[int] = set()
        self._feeds: dict[int, set[FeedQueue]] = {}

    def link_of(self, agent_id: int | None) -> AgentLink | None:
        """Return the live link of an agent, if it is connected to this process."""
        return self.links.get(agent_id) if agent_id is not None else None

    def attach(self, link: AgentLink) -> AgentLink | None:
        """Make a link the one of its agent; return the one it replaces."""
        before = self.links.get(link.agent_id)
        self.links[link.agent_id] = link
        AGENTS_CONNECTED.set(len(self.links))
        return before

    def detach(self, link: AgentLink) -> bool:
        """Forget a link; false if another has taken its place."""
        if self.links.get(link.agent_id) is not link:
            return False
        del self.links[link.agent_id]
        AGENTS_CONNECTED.set(len(self.links))
        return True

    def subscribe(self, caller_id: int, feed: FeedQueue) -> None:
        """Send a caller's changes to a feed from now on."""
        self._feeds.setdefault(caller_id, set()).add(feed)

    def unsubscribe(self, caller_id: int, feed: FeedQueue) -> None:
        """Stop sending to a feed."""
        feeds = self._feeds.get(caller_id)
        if feeds is not None:
            feeds.discard(feed)
            if not feeds:
                del self._feeds[caller_id]

    def listens(self, caller_id: int) -> bool:
        """Tell whether anybody here listens to a caller's changes."""
        return caller_id in self._feeds

    def callers(self) -> list[int]:
        """Return the callers somebody here listens to."""
        return list(self._feeds)

    def close_feeds(self) -> None:
        """End all feeds: what they would show next might be missing."""
        for feeds in self._feeds.values():
            for feed in feeds:
                feed.close()

    def publish(self, caller_id: int, item: FeedItem) -> None:
        """Hand an item to every feed of a caller."""
        for feed in self._feeds.get(caller_id, ()):
            feed.put(item)
