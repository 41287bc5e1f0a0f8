"""The documentation is whole: links lead somewhere and the map names every room."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sources import ROOT, SERVICES, TOP_FOLDERS

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
ROOMS = ("domain", "wire", "models", "adapters", "policy", "selectors", "operations")
DOORS = ("graphql", "http", "ws", "jobs")
ADR_PARTS = ("**Context.**", "**Decision.**", "**Consequences.**")


def pages() -> list[Path]:
    own = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/**/*.md")]
    return sorted([*own, *(path for top in TOP_FOLDERS for path in ROOT.glob(f"{top}/*.md"))])


def anchors(text: str) -> set[str]:
    """The names under which the headings of a page can be linked."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
        for heading in HEADING.findall(text)
    }


def dead_links(page: Path, text: str) -> Iterator[str]:
    for target in LINK.findall(FENCE.sub("", text)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        if not path.exists() or (anchor and anchor not in anchors(path.read_text(encoding="utf8"))):
            yield target


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    assert [*dead_links(page, page.read_text(encoding="utf8"))] == []


def test_dead_links_are_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# One two\n", encoding="utf8")
    text = "[a](page.md) [b](#one-two) [c](none.md) [d](page.md#none) [e](https://example.org)"
    assert [*dead_links(page, text)] == ["none.md", "page.md#none"]


def test_every_page_can_be_reached_from_the_readme() -> None:
    seen: set[Path] = set()
    queue = [ROOT / "README.md"]
    while queue:
        page = queue.pop()
        if page in seen or page.suffix != ".md" or not page.exists():
            continue
        seen.add(page)
        for target in LINK.findall(page.read_text(encoding="utf8")):
            if not re.match(r"[a-z]+:", target):
                queue.append((page.parent / target.partition("#")[0]).resolve())
    lost = {path for path in pages() if path.is_relative_to(ROOT / "docs")} - seen
    decisions = {path for path in lost if path.parent.name == "decisions"}
    assert lost - decisions == set()


def test_the_map_names_every_folder_and_room() -> None:
    text = (ROOT / "docs" / "map.md").read_text(encoding="utf8")
    packages = {path.parent.name for top in TOP_FOLDERS for path in ROOT.glob(f"{top}/*/py.typed")}
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and path.name[0] not in "._"}
    kept = folders - {"build", "dist", "site", "artifacts", "node_modules"}
    rooms = {f"{room}/" for room in (*ROOMS, *DOORS)}
    missing = [word for word in (*packages, *kept, *rooms) if word not in text]
    assert missing == []


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_introduces_itself(service: str) -> None:
    text = (ROOT / service / "README.md").read_text(encoding="utf8")
    assert f"{service}_server" in text


def test_decisions_are_numbered_without_gaps_and_have_their_parts() -> None:
    decisions = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [int(path.name.partition("-")[0]) for path in decisions]
    assert numbers == [*range(1, len(decisions) + 1)]
    for number, path in zip(numbers, decisions, strict=True):
        text = path.read_text(encoding="utf8")
        assert text.startswith(f"# {number}. "), path.name
        assert [part for part in ADR_PARTS if part not in text] == [], path.name


def test_the_changelog_says_what_is_new() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf8")
    newest = text.partition("\n## ")[2].partition("\n## ")[0]
    assert re.search(r"^- \S", newest, re.MULTILINE)


def test_old_words_stand_in_the_glossary_only() -> None:
    """The newest clients' words win; the older generations' are explained once."""
    old = re.compile(r"\b(Assignation|Provision|Reservation|Node)s?\b")
    found = {
        path.relative_to(ROOT).as_posix()
        for path in pages()
        if path.name != "glossary.md" and old.search(path.read_text(encoding="utf8"))
    }
    assert found == set()
