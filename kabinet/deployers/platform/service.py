"""fakts as a service of the app: a client of its own beside Kabinet's."""

# No postponed annotations: the client reads them when the service is declared.
from arkitekt.app.fakts import resolve_url
from arkitekt_spec.declare.app import AppRegistry
from fakts.handle import TokenLoader

from deployers.platform.authority import Authority

registry = AppRegistry()


@registry.service()
def authority(tokens: TokenLoader) -> Authority:
    """Issue and end the keys of containers, as the app that logged in."""
    return Authority(resolve_url(), tokens)
