"""Every sentence of the pages is there in every language, and compiled."""

from __future__ import annotations

import re
from pathlib import Path

import polib
import pytest
from django.test import Client as Browser
from django.utils.translation.template import templatize

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
        found |= set(re.findall(r"gettext\(\"(.*?)\"\)", module.read_text()))
    return {text for text in found if text}


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
