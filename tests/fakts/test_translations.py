"""Every sentence of the pages is there in every language, and compiled."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import polib
import pytest
from django.test import Client as Browser
from django.utils import translation
from django.utils.translation.template import templatize

from fakts_server.http.sentences import sentence

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "fakts" / "fakts_server"
CATALOGS = sorted(PACKAGE.glob("locale/*/LC_MESSAGES/django.po"))
CALL = re.compile(r"n?gettext\(\s*(?:u?r?\"\"\"|u?')(.*?)(?:\"\"\"|')\s*[,)]", re.S)
PLACE = re.compile(r"%\((\w+)\)s")


def sentences():
    found = set()
    for template in PACKAGE.glob("templates/**/*.html"):
        found |= set(CALL.findall(templatize(template.read_text(), str(template))))
    for module in PACKAGE.glob("http/*.py"):
        found |= set(re.findall(r"(?:gettext|noop)\(\"(.*?)\"\)", module.read_text()))
    return {text for text in found if text}


#: Modules whose errors a person meets on a page.
TOLD = (
    *("http/account.py", "http/authorize.py", "http/invite.py", "http/openid.py"),
    *("http/page.py", "http/pages.py", "operations/device_code.py", "operations/joining.py"),
    *("operations/registration.py", "operations/user.py", "domain/joining.py"),
    "selectors/instance.py",
)
#: Told to programs and to web apps, never to a person.
UNTOLD = {"AccessDenied", "InvalidGrant", "InvalidRequest", "Unauthenticated", "Unavailable"}
#: Functions no page calls.
ELSEWHERE = {
    "wished_code_decide",
    "invite_create",
    "invite_cancel",
    "roles_among",
    "_checked_email",
    "user_create",
    "member_set",
}


def errors_told():
    """The sentences of errors a page may show; a value in one stands as `{}`."""
    found = set()
    for name in TOLD:
        for function in ast.walk(ast.parse((PACKAGE / name).read_text())):
            if isinstance(function, ast.FunctionDef) and function.name not in ELSEWHERE:
                found |= set(sentences_raised(function))
    return found


def sentences_raised(function):
    for node in ast.walk(function):
        match node:
            case ast.Return(value=ast.Constant(value=str(told))) if told.endswith("."):
                yield told
            case ast.Raise(exc=ast.Call(func=name, args=[argument, *_])):
                if ast.unparse(name).rpartition(".")[2] not in UNTOLD:
                    yield from text_of(argument)


def text_of(argument):
    if isinstance(argument, ast.Constant):
        yield argument.value
    elif isinstance(argument, ast.JoinedStr):
        yield "".join(
            part.value if isinstance(part, ast.Constant) else "{}" for part in argument.values
        )


def test_errors_are_found():
    assert {
        "The two passwords are not the same.",
        "This invite was taken back.",
        "Only optional requirements can be declined, not {}.",
    } <= errors_told()


@pytest.mark.parametrize("text", sorted(errors_told()))
def test_every_error_of_a_page_is_translated(text):
    with translation.override("de"):
        assert sentence(text) != text


def test_a_sentence_keeps_its_value():
    with translation.override("de"):
        told = sentence("Only optional requirements can be declined, not a.b and %(names)s.")
    assert told == "Nur Freiwilliges kann abgelehnt werden, nicht a.b and %(names)s."


def test_sentences_are_found():
    assert {"Log in", "It asks for the same as before.", "Saved."} <= sentences()


@pytest.mark.parametrize("catalog", CATALOGS, ids=lambda path: path.parts[-3])
def test_every_sentence_is_translated(catalog):
    known = {entry.msgid: entry for entry in polib.pofile(str(catalog))}
    assert sorted(text for text in sentences() if text not in known) == []
    for entry in known.values():
        texts = entry.msgstr_plural.values() if entry.msgid_plural else [entry.msgstr]
        for text in texts:
            assert text, entry.msgid
            assert set(PLACE.findall(text)) == set(PLACE.findall(entry.msgid)), entry.msgid


@pytest.mark.parametrize("catalog", CATALOGS, ids=lambda path: path.parts[-3])
def test_the_compiled_catalog_is_current(catalog):
    compiled = polib.pofile(str(catalog)).to_binary()
    assert catalog.with_suffix(".mo").read_bytes() == compiled, "run make schema"


@pytest.mark.parametrize(
    ("asked", "language", "title"),
    [
        ("de-AT,de;q=0.9,en;q=0.5", "de", "Anmelden"),
        ("en-GB", "en", "Log in"),
        ("fr", "en", "Log in"),
        ("*/nonsense;;", "en", "Log in"),
        (None, "en", "Log in"),
    ],
)
def test_a_page_speaks_the_language_of_the_browser(db, asked, language, title):
    headers = {"accept-language": asked} if asked else {}
    answer = Browser().get("/fakts/login/", headers=headers)
    page = answer.content.decode()
    assert f'<html lang="{language}">' in page
    assert f"<h1>{title}</h1>" in page
    assert answer["Content-Language"] == language
    assert "Accept-Language" in answer["Vary"]


def test_errors_speak_it_too(db, lab):
    answer = Browser().post(
        "/fakts/login/", {"username": "x", "password": "y"}, headers={"accept-language": "de"}
    )
    assert "Benutzername oder Passwort ist falsch." in answer.content.decode()


def test_one_request_in_german_leaves_the_next_alone(db):
    Browser().get("/fakts/login/", headers={"accept-language": "de"})
    assert "Log in" in Browser().get("/fakts/login/").content.decode()
