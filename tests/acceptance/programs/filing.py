"""An app that makes folders inside of tasks, and tells which task mikro says made each.

How to connect comes from the environment (FAKTS_URL, FAKTS_MANDATE_KEY).
"""

import json
import sys

from arkitekt import App, ConnectionState, run
from mikro.api.schema import Folder
from mikro.arkitekt import mikro as mikro_service
from mikro.mikro import Mikro
from rekuest.arkitekt import rekuest as rekuest_service

app = App("org.example.filing", "1.0.0", services=[rekuest_service, mikro_service])
MADE_IN = """query MadeIn($id: ID!) { folder(id: $id) { createdThrough {
  taskId rootTaskId agentClientId argsHash } } }"""


def tell(what: str, **fields: object) -> None:
    """Tell the test: one line, one write."""
    sys.stdout.write(json.dumps({"what": what, **fields}) + "\n")
    sys.stdout.flush()


@app.action
async def file_away(name: str, mikro: Mikro) -> Folder:
    """Make a folder; the client adds the task's token to the request by itself."""
    folder = await mikro.acreate_folder(name)
    found = await mikro.rath.aquery(MADE_IN, {"id": folder.id})
    tell("made", name=name, folder=folder.id, through=found.data["folder"]["createdThrough"])
    return folder


async def on_connection(state: ConnectionState) -> None:
    """Tell where the connection stands."""
    tell("connection", state=state.value)


if __name__ == "__main__":
    run(app, headless=True, connection_listener=on_connection, mesh=None)
