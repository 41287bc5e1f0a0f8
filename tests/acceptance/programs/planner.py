"""An app whose form hangs together: a search that depends on a port, fields of the camera's action,
a port that follows another, rules inside of a model, and a volume with at least two channels.

How to connect comes from the environment (FAKTS_URL, FAKTS_MANDATE_KEY).
"""

import json
import sys
from dataclasses import asdict
from typing import Annotated

from arkitekt import App, ConnectionState, run
from arkitekt.widgets import ProxyWidget, SearchWidget, withEffect, withValidator
from arkitekt_spec.actions import DescriptorOperator, EffectKind, StringAssignWidgetInput
from arkitekt_spec.declare.annotations.markers import Requires
from mikro.api.schema import ArrayDataset
from mikro.arkitekt import mikro as mikro_service
from rekuest.arkitekt import rekuest as rekuest_service

app = App("org.example.planner", "1.0.0", services=[rekuest_service, mikro_service])
ACTIONS = """
query Actions($search: String, $values: [ID!], $offered_by: String) {
  options: actions(filters: {search: $search, ids: $values, appIdentifier: $offered_by}) {
    value: id
    label: name
  }
}
"""


@app.declare(app="org.example.camera", auto_resolvable=True)
class Camera:
    """What is asked of a camera."""

    def snap(self, lens: str, speed: str) -> str:
        """Take a picture."""
        ...


@app.model
class Span:
    """From where to where."""

    low: int
    high: Annotated[int, withValidator("value > span.low", error_message="must be above low")]


@app.workflow
def plan(
    camera: Camera,
    offered_by: str,
    action: Annotated[str, SearchWidget(ACTIONS, "rekuest", ["offered_by"])],
    lens: Annotated[str, ProxyWidget("camera", "snap", "lens")],
    speed: Annotated[str, ProxyWidget("camera", "snap", "speed")],
    span: Span,
    volume: Annotated[
        ArrayDataset, Requires(key="@mikro/n_channels", operator=DescriptorOperator.GTE, value=2)
    ],
    width: int,
    height: Annotated[int, StringAssignWidgetInput(follow_value="width")],
    note: Annotated[
        str | None, withEffect(EffectKind.MESSAGE, "width > 100", message="That is wide.")
    ] = None,
) -> str:
    """Give back what was given."""
    given = {
        "action": action,
        "lens": lens,
        "speed": speed,
        "span": asdict(span),
        "volume": volume.id,
        "width": width,
        "height": height,
        "note": note,
    }
    return json.dumps(given, sort_keys=True)


async def on_connection(state: ConnectionState) -> None:
    """Tell where the connection stands."""
    sys.stdout.write(json.dumps({"what": "connection", "state": state.value}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    run(app, headless=True, connection_listener=on_connection, mesh=None)
