"""How much a visitor loads before the first page shows, from the manifest of the build."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

BUILT = Path(__file__).resolve().parents[2] / "gateway" / "gateway_server" / "dashboard"
KIB = 1024
INITIAL_KIB = 300
STYLE_KIB = 35
PAGE_KIB = 60
ENTRY = "index.html"


@pytest.fixture(scope="module")
def manifest() -> dict:
    return json.loads((BUILT / ".vite" / "manifest.json").read_text(encoding="utf8"))


def closure(manifest: dict, *names: str) -> set[str]:
    """The chunks that come with these, whether or not they are needed."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += manifest[name].get("imports", [])
    return found


def weight(files: set[str]) -> float:
    return sum(len(gzip.compress((BUILT / name).read_bytes())) for name in files) / KIB


def initial(manifest: dict) -> set[str]:
    """What the shell and its first page need: the entry, and the application it imports."""
    return closure(manifest, ENTRY, "src/app.tsx", "src/pages/home/HomePage.tsx")


def test_the_first_page_is_light(manifest: dict) -> None:
    chunks = initial(manifest)
    scripts = weight({manifest[name]["file"] for name in chunks})
    assert 50 < scripts <= INITIAL_KIB
    styles = weight({file for name in chunks for file in manifest[name].get("css", [])})
    assert 5 < styles <= STYLE_KIB


def test_no_page_is_heavy(manifest: dict) -> None:
    shell = initial(manifest)
    pages = [name for name in manifest if name.startswith("src/pages/")]
    assert len(pages) > 15
    heavy = {
        name: round(size)
        for name in pages
        if (size := weight({manifest[c]["file"] for c in closure(manifest, name) - shell}))
        > PAGE_KIB
    }
    assert heavy == {}


def test_nothing_is_inline_and_nothing_comes_from_elsewhere() -> None:
    page = (BUILT / "index.html").read_text(encoding="utf8")
    assert "<style" not in page
    assert "onclick" not in page
    assert "http" not in page.replace("{http.request", "").replace("http.request.uuid", "")
    for part in page.split("<script")[1:]:
        assert part.split(">", 1)[1].startswith("</script>")
    for path in BUILT.rglob("*.css"):
        assert "@import" not in path.read_text(encoding="utf8")
