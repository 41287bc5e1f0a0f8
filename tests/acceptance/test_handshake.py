"""The handshake's proof with the released client, also on a server's bad days.

A relay stands between client and platform and spoils single answers.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from lab import Lab
from processes import Message, Program
from relay import Relay, Spoil, changed, relayed, silence, telling

DISCOVERY = "/.well-known/fakts"
START = "/o/app-authorization/"
TOKEN = "/o/token/"
REPORT = "/f/report/"
CHALLENGE = "/rekuest/ht"
GRANTED = {"rekuest": "granted", "mikro": "granted", "laser": "unavailable"}


class Hand:
    """The client program, with its orders as methods."""

    def __init__(self, lab: Lab, relay: Relay) -> None:
        self.lab, self.relay = lab, relay
        self.program: Program = lab.start("handshake", "hand", APP="org.example.hand")
        self.program.wait(id=0, done=True)
        self._count = 0

    def give(self, do: str, **fields: Any) -> int:
        """Give an order; its number."""
        self._count += 1
        self.program.say({"id": self._count, "do": do, **fields})
        return self._count

    def end(self, number: int) -> Message:
        """What came of an order."""
        return self.program.wait(id=number, done=True)

    def got(self, do: str, **fields: Any) -> Any:
        """Give an order that works; what it gave."""
        end = self.end(self.give(do, **fields))
        assert "error" not in end, end
        return end["got"]

    def refused(self, do: str, **fields: Any) -> list[str]:
        """Give an order that fails; the kinds of error it is."""
        end = self.end(self.give(do, **fields))
        assert "error" in end, end
        return list(end["kinds"])

    def open(self, **fields: Any) -> None:
        """Begin with a fresh client at the relay."""
        self.relay.fresh()
        self.got("open", **{"url": self.relay.url, **fields})

    def begin(self) -> int:
        """Begin a login by code; the number of its order, once the code was shown."""
        number = self.give("load")
        code = self.program.wait(what="code", order=number)["code"]
        self.lab.approve(code)
        return number

    def log_in(self) -> Any:
        """Log in by code."""
        end = self.end(self.begin())
        assert "error" not in end, end
        return end["got"]


@pytest.fixture(scope="module")
def relay(lab: Lab) -> Iterator[Relay]:
    with relayed(lab.platform.url) as relay:
        yield relay


@pytest.fixture(scope="module")
def hand(lab: Lab, relay: Relay) -> Hand:
    return Hand(lab, relay)


@pytest.fixture(scope="module")
def key(lab: Lab) -> str:
    return lab.key()


# --- logins that work -----------------------------------------------------------------------------


def test_what_nobody_has_is_unavailable_and_the_rest_is_signed(hand: Hand) -> None:
    hand.open()
    loaded = hand.log_in()
    assert loaded["statuses"] == GRANTED
    assert loaded["signed"] == ["mikro", "rekuest"]


def dead_first(document: Any) -> None:
    """Put an address where nobody answers before the others."""
    aliases = document["instances"]["rekuest"]["aliases"]
    aliases.insert(0, {**aliases[0], "id": "dead", "kind": "absolute", "port": 1})


def test_a_dead_address_is_passed_over_and_reported(hand: Hand, key: str) -> None:
    hand.open(key=key)
    hand.relay.always(TOKEN, changed(dead_first))
    found = hand.got("alias", key="rekuest")
    assert found["alias"] != "dead"
    assert found["url"].startswith(hand.relay.url)
    # The challenge was a signed one, and what was found was told.
    assert any("nonce=" in asked for asked in hand.relay.asked if CHALLENGE in asked)
    hand.got("token")
    assert hand.relay.told(REPORT) == {"status": "reported"}


def test_a_revoked_chain_asks_for_a_new_login_and_the_token_lasts(hand: Hand) -> None:
    hand.open()
    hand.log_in()
    token = hand.got("token")
    refresh = hand.relay.told(TOKEN)["refresh_token"]
    hand.lab.platform.post_form("/fakts/o/revoke/", token=refresh)
    assert "NeedsReauthenticationError" in hand.refused("refresh")
    assert hand.relay.counted(START) == 1
    assert hand.got("token") == token


def test_a_static_credential_logs_in_once(hand: Hand) -> None:
    hand.open()
    hand.log_in()
    answer = hand.relay.told(TOKEN)
    hand.open(token=f"{answer['client_id']}:{answer['refresh_token']}")
    assert hand.got("load")["statuses"] == GRANTED
    assert hand.relay.counted(START) == 0


def test_a_narrower_scope_than_asked_is_taken(hand: Hand, key: str) -> None:
    hand.open(key=key)
    hand.relay.once(TOKEN, changed(lambda document: document.update(scope="")))
    assert hand.got("load")["statuses"] == GRANTED


def test_an_unknown_key_is_refused(hand: Hand) -> None:
    hand.open(key="bmk_unknown")
    assert "NeedsReauthenticationError" in hand.refused("load")


# --- bad days -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (telling(503, {}), "a server that starts again"),
        (silence, "a connection that breaks"),
        (telling(400, {"error": "slow_down"}), "a server that wants to be asked less often"),
    ],
    ids=["503", "no answer", "slow_down"],
)
def test_polls_go_on_after(hand: Hand, spoil: Spoil, why: str) -> None:
    hand.open()
    hand.relay.once(TOKEN, spoil)
    assert hand.log_in()["statuses"] == GRANTED, why
    assert hand.relay.counted(TOKEN) >= 2


@pytest.mark.parametrize(
    ("spoil", "kind"),
    [
        (telling(400, {"error": "access_denied"}), "UserDeniedError"),
        (telling(400, {"error": "expired_token"}), "DeviceCodeExpiredError"),
        (telling(400, {"error": "invalid_grant"}), "DeviceCodeError"),
        (telling(307, {}, location="http://127.0.0.1:1/"), "FaktsError"),
    ],
    ids=["denied", "expired_token", "invalid_grant", "307"],
)
def test_polls_end_with(hand: Hand, spoil: Spoil, kind: str) -> None:
    hand.open()
    hand.relay.once(TOKEN, spoil)
    end = hand.end(hand.begin())
    assert kind in end["kinds"], end
    assert hand.relay.counted(TOKEN) == 1


@pytest.mark.parametrize(
    "spoil",
    [
        telling(200, {"status": "error", "error": "not today"}),
        telling(429, {"error": "slow_down"}),
    ],
    ids=["200 with an error", "429"],
)
def test_a_start_ends_with(hand: Hand, spoil: Spoil) -> None:
    hand.open()
    hand.relay.once(START, spoil)
    assert "OAuth2ErrorResponse" in hand.refused("load")
    assert hand.relay.counted(TOKEN) == 0


def test_a_wrong_signature_is_no_address(hand: Hand, key: str) -> None:
    hand.open(key=key)
    hand.relay.always(CHALLENGE, changed(lambda document: document.update(signature="AAAA")))
    assert "CompositionError" in hand.refused("alias", key="rekuest")


# --- discovery ------------------------------------------------------------------------------------


def without(name: str) -> Spoil:
    return changed(lambda document: document.pop(name))


def saying(**fields: object) -> Spoil:
    return changed(lambda document: document.update(fields))


@pytest.mark.parametrize(
    "spoil",
    [
        without("protocol_version"),
        saying(protocol_version="1"),
        saying(protocol_version=2),
        saying(token_endpoint="http://localhost:1/fakts/o/token/"),
        without("name"),
        telling(404, {}),
    ],
    ids=["no version", "version 1", "version as a number", "another origin", "no name", "404"],
)
def test_a_document_is_refused_that_has(hand: Hand, key: str, spoil: Spoil) -> None:
    hand.open(key=key)
    hand.relay.always(DISCOVERY, spoil)
    assert hand.refused("load")
    assert hand.relay.counted(DISCOVERY) >= 1
    assert hand.relay.counted(TOKEN) == 0


@pytest.mark.parametrize(
    "address",
    [
        lambda url: url,
        lambda url: f"{url}/fakts",
        lambda url: url.removeprefix("http://"),
    ],
    ids=["the root", "the prefix", "no scheme"],
)
def test_a_server_is_found_at(hand: Hand, key: str, address: Callable[[str], str]) -> None:
    hand.open(key=key, url=address(hand.relay.url))
    assert hand.got("load")["statuses"] == GRANTED
    # The same origin the client asked: another one it would refuse.
    assert hand.relay.told(DISCOVERY)["token_endpoint"].startswith(hand.relay.url)


def test_without_a_base_url_nothing_is_reported(hand: Hand, key: str) -> None:
    hand.open(key=key)
    hand.relay.always(DISCOVERY, without("base_url"))
    assert hand.got("alias", key="rekuest")["url"].startswith(hand.relay.url)
    assert hand.relay.counted(REPORT) == 0


# --- an authority of one's own --------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate nobody signed but itself, for this machine."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "lab")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "lab.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture(scope="module")
def sealed(lab: Lab, certificate: Path) -> Iterator[Relay]:
    """The relay behind that certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with relayed(lab.platform.url, tls=context) as relay:
        yield relay


def test_fakts_behind_an_unknown_authority_is_refused(hand: Hand, sealed: Relay, key: str) -> None:
    hand.open(key=key, url=sealed.url)
    assert hand.refused("load")
    assert sealed.counted(DISCOVERY) == 0


@pytest.mark.parametrize("is_told", [True, False], ids=["told", "not told"])
def test_a_service_behind_one_is_reached_if_its_certificate_is(
    hand: Hand, sealed: Relay, certificate: Path, key: str, is_told: bool
) -> None:
    pem = certificate.read_text()
    pem = pem[pem.index("-----BEGIN CERTIFICATE-----") :]

    def behind(document: Any) -> None:
        instance = document["instances"]["rekuest"]
        port = int(sealed.url.rsplit(":", 1)[1])
        instance["aliases"] = [
            {**alias, "port": port, "ssl": True} for alias in instance["aliases"]
        ]
        instance["tls"] = {"certificates": [pem]} if is_told else None

    hand.open(key=key)
    hand.relay.always(TOKEN, changed(behind))
    if is_told:
        assert hand.got("alias", key="rekuest")["url"].startswith(sealed.url)
    else:
        assert "CompositionError" in hand.refused("alias", key="rekuest")
