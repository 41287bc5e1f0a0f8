"""A small client of this installation, which goes the way every app goes: through the gateway.

It logs in, offers an action and has it run, writes bytes and a row, and reads them back.
"""

from __future__ import annotations

import json
import secrets
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import httpx
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from chassis.clock import now
from chassis.objectstore.sigv4 import encode, signed_headers
from chassis.objectstore.tokens import Credentials

IDENTIFIER = "bauhof.check"
_MANDATE_KEY = "urn:fakts:grant-type:mandate-key"
_INTERFACE = "echo"
_ASSIGN = "ASSIGN"
_PATIENCE_SECONDS = 20.0
#: What it asks for, where this installation has it.
SERVICES = {
    "rekuest": "live.arkitekt.rekuest",
    "mikro": "live.arkitekt.mikro",
    "s3": "live.arkitekt.s3",
}
_UPLOAD = "accessKey secretKey sessionToken region bucket key store"
_AXES = [{"name": "x", "type": "SPACE", "unit": "micrometer"}]


class VisitRefused(Exception):
    """The installation answered otherwise than it should."""


class KeyRefused(VisitRefused):
    """The key is not taken."""


#: What a visit to an installation that is not well may raise.
FAULTS = (
    *(VisitRefused, httpx.HTTPError, WebSocketException, OSError),
    # Answers of another form than they should have.
    *(LookupError, TypeError, ValueError),
)


@dataclass
class Memory:
    """What is used again at the next visit, so that visits leave nothing behind."""

    #: Session of the agent's reports, and how many were made.
    session: str = field(default_factory=lambda: str(uuid.uuid4()))
    pos: int = 0
    #: Upload that is never finished, so that it may be written again.
    store: str | None = None

    def end_session(self) -> None:
        """Begin the reports anew, where nobody knows which of them arrived."""
        self.session, self.pos = str(uuid.uuid4()), 0


@dataclass(frozen=True)
class Written:
    """What a visit wrote."""

    grant: dict[str, Any]
    path: str
    data: bytes
    space: str


class Visitor:
    """One visit; use as a context manager."""

    def __init__(self, *, address: str, origin: str, memory: Memory) -> None:
        where = urlsplit(address)
        self._place = (where.hostname or "127.0.0.1", where.port or 80)
        #: Name under which the installation is asked for.
        self._host = urlsplit(origin).netloc
        self._memory = memory
        self._token = ""
        self._http = httpx.Client(
            base_url=address,
            headers={"Host": self._host},
            timeout=_PATIENCE_SECONDS,
            trust_env=False,
        )

    def __enter__(self) -> Visitor:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._http.close()

    def log_in(self, key: str) -> set[str]:
        """Log in by a mandate key; return which services were granted."""
        manifest = {
            "identifier": IDENTIFIER,
            "version": "1",
            "description": "Tries each minute whether everything works",
            "scopes": ["read", "write"],
            "requirements": [
                {"key": name, "service": service, "optional": True}
                for name, service in SERVICES.items()
            ],
            "device_id": IDENTIFIER,
        }
        form = {
            "grant_type": _MANDATE_KEY,
            "key": key,
            "manifest": json.dumps(manifest),
            "requested_client_kind": "development",
            "requested_client_role": "agent",
            "request_auth_key": "false",
        }
        answer = self._http.post("/fakts/o/token/", data=form)
        if answer.status_code == 400 and answer.json().get("error") == "invalid_grant":
            raise KeyRefused(answer.json().get("error_description", "the key is not taken"))
        envelope = _json(answer)
        self._token = envelope["access_token"]
        return set(envelope["instances"])

    def forget_runs_after(self, days: float) -> None:
        """Have finished runs of this organization deleted after a while; an admin may."""
        self._ask(
            "rekuest",
            "mutation ($days: Float) { setRunPolicy(input: {keepDays: $days}) { keepDays } }",
            days=days,
        )

    def run_an_action(self) -> None:
        """Offer an action, ask for it and carry it out; raise if the task does not end well."""
        try:
            task = self._run()
        except FAULTS:
            self._memory.end_session()
            raise
        query = "query ($id: ID!) { task(id: $id) { isDone latestEventKind } }"
        found = self._ask("rekuest", query, id=task)["task"]
        if not found["isDone"] or found["latestEventKind"] != "COMPLETED":
            raise VisitRefused(f"the task is {found['latestEventKind']}, not COMPLETED")

    def _run(self) -> str:
        with self._agent() as agent:
            made = self._ask(
                "rekuest",
                "mutation ($agent: ID!, $args: Args!) { assign(input: {agent: $agent,"
                f' interface: "{_INTERFACE}", args: $args, capture: false}}) {{ id }} }}',
                agent=agent.id,
                args={"text": "ping"},
            )
            task = str(made["assign"]["id"])
            # What an earlier visit left undone is carried out, too.
            while str(given := agent.receive(_ASSIGN)["task"]) != task:
                agent.complete(given)
            agent.complete(task)
        return task

    def write(self) -> Written:
        """Write some bytes to the object store and a row to the database of images."""
        grant = self._upload()
        data = secrets.token_bytes(64)
        path = f"/{grant['bucket']}/{grant['key']}/check"
        self._object("PUT", path, grant, data)
        made = self._ask(
            "mikro",
            "mutation ($axes: [PhysicalAxisInput!]!, $name: String!) {"
            " createCoordinateSystem(input: {name: $name, axes: $axes}) { id } }",
            axes=_AXES,
            name=data.hex(),
        )
        return Written(grant, path, data, made["createCoordinateSystem"]["id"])

    def read(self, written: Written) -> None:
        """Read both again, compare, and delete them."""
        if self._object("GET", written.path, written.grant) != written.data:
            raise VisitRefused("the object store gave back other bytes than were written")
        query = "query ($id: ID!) { coordinateSystem(id: $id) { name } }"
        found = self._ask("mikro", query, id=written.space)["coordinateSystem"]
        if found is None or found["name"] != written.data.hex():
            raise VisitRefused("the row that was written reads otherwise")
        self._ask(
            "mikro",
            "mutation ($id: ID!) { deleteCoordinateSystem(input: {id: $id}) }",
            id=written.space,
        )
        self._object("DELETE", written.path, written.grant)

    def _upload(self) -> dict[str, Any]:
        """Return credentials for the upload that is kept, or for a new one if it is gone."""
        if self._memory.store is not None:
            answer = self._post(
                "mikro",
                "mutation ($id: String!) { refreshZarrUpload(input: {storeId: $id})"
                f" {{ {_UPLOAD} }} }}",
                id=self._memory.store,
            )
            if not answer.get("errors"):
                return dict(answer["data"]["refreshZarrUpload"])
        made = self._ask("mikro", f"mutation {{ requestZarrUpload(input: {{}}) {{ {_UPLOAD} }} }}")[
            "requestZarrUpload"
        ]
        self._memory.store = made["store"]
        return dict(made)

    def _object(self, method: str, path: str, grant: dict[str, Any], data: bytes = b"") -> bytes:
        quoted = encode(path, safe="/")
        headers = signed_headers(
            method=method,
            host=self._host,
            path=quoted,
            query=(),
            headers={},
            payload_hash="UNSIGNED-PAYLOAD",
            credentials=Credentials(grant["accessKey"], grant["secretKey"], grant["sessionToken"]),
            region=grant["region"],
            moment=now(),
        )
        answer = self._http.request(method, quoted, headers=headers, content=data or None)
        if not answer.is_success:
            raise VisitRefused(f"the object store answered {answer.status_code} to {method}")
        return answer.content

    def _post(self, service: str, document: str, **variables: Any) -> Any:
        return _json(
            self._http.post(
                f"/{service}/graphql",
                json={"query": document, "variables": variables},
                headers={"Authorization": f"Bearer {self._token}"},
            )
        )

    def _ask(self, service: str, document: str, **variables: Any) -> Any:
        answer = self._post(service, document, **variables)
        if answer.get("errors"):
            raise VisitRefused(f"{service}: {answer['errors'][0].get('message')}")
        return answer["data"]

    @contextmanager
    def _agent(self) -> Iterator[_Agent]:
        plain = socket.create_connection(self._place, timeout=_PATIENCE_SECONDS)
        with connect(
            f"ws://{self._host}/rekuest/agi",
            sock=plain,
            compression=None,
            open_timeout=_PATIENCE_SECONDS,
            close_timeout=2,
            proxy=None,
        ) as connection:
            yield _Agent(connection, self._token, self._memory)


class _Agent:
    """A connected agent with one action."""

    def __init__(self, connection: ClientConnection, token: str, memory: Memory) -> None:
        self._connection = connection
        self._memory = memory
        #: Tasks that came while something else was waited for.
        self._given: list[dict[str, Any]] = []
        register = {
            "type": "REGISTER",
            "id": str(uuid.uuid4()),
            "token": token,
            "force": True,
            "session_id": memory.session,
            "name": IDENTIFIER,
            "hash": "1",
            "implementations": [_implementation()],
            "states": [],
            "locks": [],
            "bloks": [],
            "assets": [],
        }
        connection.send(json.dumps(register))
        self.id = str(self.receive("INIT")["agent"])
        if memory.pos == 0:
            self._report("SESSION_INIT", session_id=memory.session, states={})

    def receive(self, kind: str) -> dict[str, Any]:
        """Return the next frame of a kind; others but tasks are passed over."""
        if kind == _ASSIGN and self._given:
            return self._given.pop(0)
        while True:
            try:
                frame = json.loads(self._connection.recv(timeout=_PATIENCE_SECONDS))
            except TimeoutError:
                raise VisitRefused(f"the broker sent no {kind}") from None
            if frame["type"] == "PROTOCOL_ERROR":
                raise VisitRefused(f"the broker refused a frame: {frame.get('error')}")
            if frame["type"] == kind:
                return dict(frame)
            if frame["type"] == _ASSIGN:
                self._given.append(frame)

    def complete(self, task: str) -> None:
        """Carry a task out, and wait until the broker has written that down."""
        self._report("STARTED", task=task, task_step=1)
        self._report("YIELD", task=task, task_step=2, returns={"text": "ping"})
        self._report("COMPLETED", task=task, task_step=3)
        while int(self.receive("JOURNAL_ACK")["pos"]) < self._memory.pos:
            pass

    def _report(self, kind: str, **fields: Any) -> None:
        self._memory.pos += 1
        frame = {
            "type": kind,
            "id": str(uuid.uuid4()),
            "pos": self._memory.pos,
            "journal_session": self._memory.session,
            "agent_ts": now().timestamp(),
            **fields,
        }
        self._connection.send(json.dumps(frame))


def _implementation() -> dict[str, Any]:
    text = {"key": "text", "kind": "STRING"}
    return {
        "interface": _INTERFACE,
        "definition": {
            "key": _INTERFACE,
            "version": "1",
            "name": "Echo",
            "kind": "FUNCTION",
            "args": [text],
            "returns": [text],
        },
    }


def _json(answer: httpx.Response) -> Any:
    if answer.status_code != 200:
        raise VisitRefused(f"{answer.request.url.path} answered {answer.status_code}")
    return answer.json()
