"""Takes credentials out of logs before they leave the machine."""

from __future__ import annotations

import re
from collections.abc import Iterable

from deployers.core.labels import from_labels
from deployers.core.model import Container
from deployers.core.ports import Engine, Store

_HIDDEN = "[hidden]"
#: Mandate keys of this platform, bearer tokens, and anything shaped like a signed token.
_SHAPES = re.compile(
    r"\bbmk_[A-Za-z0-9_-]{8,}"
    r"|(?<=[Bb]earer )[A-Za-z0-9._~+/=-]{8,}"
    r"|\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+"
)
#: What Kabinet keeps of one dump; the end of a log says why something failed.
DUMP_BYTES = 256 * 1024


def masked(text: str, secrets: Iterable[str] = ()) -> str:
    """Return a log without credentials, NUL bytes and all but its last part."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, _HIDDEN)
    text = _SHAPES.sub(_HIDDEN, text).replace("\0", "")
    return text.encode()[-DUMP_BYTES:].decode(errors="ignore")


async def secrets_of(store: Store, container: Container) -> tuple[str, ...]:
    """Return the secrets a container was given, from the store: a restart forgets none of them.

    Where the store cannot be asked this raises, and the log is passed on to nobody.
    """
    belonging = from_labels(container.labels)
    if belonging is None:
        return ()
    return (await store.values_of(belonging.deployment)).hidden()


async def shown_log(engine: Engine, store: Store, container: Container, lines: int) -> str:
    """Return the last lines of a container as they may be passed on."""
    hidden = await secrets_of(store, container)
    return masked(await engine.logs(container.id, lines), hidden)
