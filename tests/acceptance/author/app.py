"""A tiny app, as its author has it: one action, and rekuest to look things up with."""

from arkitekt import App
from rekuest.arkitekt import rekuest
from rekuest.client.client import Rekuest

app = App("org.example.author", "0.1.0", services=[rekuest])


@app.action
def double(number: int) -> int:
    """Double a number."""
    return 2 * number


@app.action
async def known_agents(rekuest: Rekuest) -> int:
    """Count the agents the platform knows."""
    return len(await rekuest.alist_agents())
