"""No secret leaves by a text: neither a known one nor one that only looks like it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployment.home import Home, prepare, write_private
from deployment.redaction import HIDDEN, Redactor, redactor_of

HIDE = Redactor(set()).hide

SECRETS = {
    "a token": "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    "a recovery key": "AGE-SECRET-KEY-1PNH90G7YGMUXM03QWERTY",
    "a mandate key": "bmk_Hq3x9ZPw7sTtWn2bVYcKdLrGfJhXaQ",
    "a setup link": "bsl_EwLNXO0Nt9HCXkFbUOSGoKjY-oQXSN7QXDYPeyJDClY",
    "a session token of the store": "x-amz-security-token=FQoGZXIvYXdzEJr%2F%2F",
    "a signature of the store": "X-Amz-Signature=0123456789abcdef0123456789abcdef",
    "a bearer": "Bearer abcdef0123456789",
    "a password in an address": "postgres://fakts:s3cr3t-word@db/fakts",
}


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
def test_what_looks_like_a_secret_is_hidden(secret: str) -> None:
    hidden = HIDE(f"before {secret} after")
    words = [word for word in secret.replace("=", " ").replace(":", " ").split() if len(word) > 30]
    assert HIDDEN in hidden
    assert hidden.startswith("before ") and hidden.endswith(" after")
    assert [word for word in words if word in hidden] == []
    assert "s3cr3t-word" not in hidden


def test_a_private_key_is_hidden_over_its_lines() -> None:
    text = "a\n-----BEGIN RSA PRIVATE KEY-----\nMIIB\nAAAA\n-----END RSA PRIVATE KEY-----\nb"
    assert HIDE(text) == f"a\n{HIDDEN}\nb"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("password: hunter2hunter2", f"password: {HIDDEN}"),
        ("  secret_key = abc def", f"  secret_key = {HIDDEN}"),
        ('"client_secret": "abc",', f'"client_secret": {HIDDEN}'),
        ("db_passphrase: x", f"db_passphrase: {HIDDEN}"),
        # These say where a secret is or how long something holds, not what it is.
        ("password_file: /home/lab/secrets/database", "password_file: /home/lab/secrets/database"),
        ("access_token_seconds: 3600", "access_token_seconds: 3600"),
        ("port: 8000", "port: 8000"),
        ("took a token from nobody", "took a token from nobody"),
    ],
)
def test_settings_are_hidden_by_the_name_of_their_key(line: str, shown: str) -> None:
    assert HIDE(line) == shown
    assert HIDE(f"port: 1\n{line}\nhost: x") == f"port: 1\n{shown}\nhost: x"


def test_ordinary_lines_stay_readable() -> None:
    text = (
        "2026-11-27 12:00:00 INFO event=task.assigned organization=lab agent=42 took 1.3 ms\n"
        "GET /rekuest/graphql 200 user-agent=python-httpx/0.28\n"
    )
    assert HIDE(text) == text


@given(st.text("abcdefghijkmnopqrstuvwxyz0123456789", min_size=12, max_size=60), st.text())
def test_a_known_secret_is_hidden_wherever_it_stands(secret: str, around: str) -> None:
    hidden = Redactor({secret}).hide(f"{around}{secret}{around}")
    assert secret not in hidden.replace(HIDDEN, "\n")


def test_a_secret_within_another_does_not_uncover_it() -> None:
    short, long = "abcdefghijkl", "abcdefghijklmnopqrst"
    assert Redactor({short, long}).hide(f"x{long}y{short}z") == f"x{HIDDEN}y{HIDDEN}z"


def test_short_words_are_no_secrets() -> None:
    assert Redactor({"admin", ""}).hide("admin went home") == "admin went home"


def test_every_secret_of_a_home_is_known(home: Home) -> None:
    prepare(home, ("fakts",))
    write_private(home.secrets_dir / "database-fakts", "abcdefghijklmnop\n")
    write_private(home.state_dir("fakts") / "django.key", "qrstuvwxyzabcdefgh")
    pem = "-----BEGIN X-----\nline-number-one\nline-number-two\n-----END X-----"
    (home.state_dir("fakts") / "signing").mkdir()
    write_private(home.state_dir("fakts") / "signing" / "k1", pem)
    body = {"username": "admin", "password": "first-password-of-all"}
    write_private(home.secrets_dir / "first-admin.json", json.dumps(body))
    hide = redactor_of(home).hide
    for word in (
        "abcdefghijklmnop",
        "qrstuvwxyzabcdefgh",
        "line-number-one",
        "line-number-two",
        "first-password-of-all",
    ):
        assert hide(f"<{word}>") == f"<{HIDDEN}>"
    assert hide("username") == "username"
