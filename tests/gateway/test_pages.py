"""The dashboard behind a real Caddy: its one page, its files, and what stays apart."""

from __future__ import annotations

import re

import httpx
import pytest

from gateway_server.routes import ASSETS, FRAMED_PAGE, PAGES, ROUTES, routes_for, taken_words

PAGE = (
    '<!doctype html><meta property="csp-nonce" nonce=\'{{placeholder "http.request.uuid"}}\'>'
    '<div id="root"></div>'
)
SCRIPT = "export const answer = 42;\n" * 100


@pytest.fixture(scope="module")
def site(module_lanes, tmp_path_factory):
    folder = tmp_path_factory.mktemp("dashboard")
    (folder / "index.html").write_text(PAGE)
    (folder / "icon.svg").write_text("<svg/>")
    (folder / "assets").mkdir()
    (folder / "assets" / "app-1a2b.js").write_text(SCRIPT)
    (folder / "assets" / "page.html").write_text("{{env `HOME`}}")
    return module_lanes(dashboard_dir=str(folder))


@pytest.mark.parametrize(
    "path",
    ["/", "/login", "/login/done", "/device", "/join/abc", "/me", "/o/lab", "/o/lab/data/f/1"],
)
def test_every_address_of_the_dashboard_is_the_one_page(site, path: str) -> None:
    answer = httpx.get(site.url + path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cache-control"] == "no-store"
    assert '<div id="root">' in answer.text


def test_the_nonce_of_the_page_is_the_one_its_policy_allows_and_never_the_same(site) -> None:
    seen = set()
    for _ in range(3):
        answer = httpx.get(site.url + "/o/lab")
        policy = answer.headers["content-security-policy"]
        nonce = re.search(r"nonce='([^']+)'", answer.text)[1]
        assert f"style-src 'self' 'nonce-{nonce}'" in policy
        seen.add(nonce)
    assert len(seen) == 3
    assert all(re.fullmatch(r"[0-9a-f-]{36}", nonce) for nonce in seen)


def test_the_policy_allows_nothing_inline_and_nothing_from_elsewhere(site) -> None:
    answer = httpx.get(site.url + "/")
    policy = answer.headers["content-security-policy"]
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == "'self'"
    assert directives["connect-src"] == "'self'"
    assert "unsafe" not in policy
    assert "http" not in policy
    for name, value in {
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "x-frame-options": "DENY",
        "cross-origin-opener-policy": "same-origin",
    }.items():
        assert answer.headers[name] == value
    assert "server" not in answer.headers


def test_only_the_renewal_may_stand_in_a_frame_of_ours(site) -> None:
    def ancestors(path: str) -> str:
        policy = httpx.get(site.url + path).headers["content-security-policy"]
        return policy.split("frame-ancestors ")[1]

    assert ancestors(FRAMED_PAGE) == "'self'"
    assert {ancestors(path) for path in ("/", "/login/done", "/o/x")} == {"'none'"}


def test_files_with_a_hash_are_kept_for_good_and_squeezed(site) -> None:
    answer = httpx.get(f"{site.url}{ASSETS}/assets/app-1a2b.js")
    assert answer.text == SCRIPT
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_file_that_is_gone_is_told_and_the_answer_is_not_kept(site) -> None:
    answer = httpx.get(f"{site.url}{ASSETS}/assets/app-gone.js")
    assert answer.status_code == 404
    assert answer.json()["error"] == "NOT_FOUND"
    assert "immutable" not in answer.headers["cache-control"]


def test_the_icon_that_browsers_ask_for_is_there(site) -> None:
    answer = httpx.get(f"{site.url}/favicon.ico")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/svg+xml"


def test_templates_run_in_the_one_page_only(site) -> None:
    answer = httpx.get(f"{site.url}{ASSETS}/assets/page.html")
    assert answer.text == "{{env `HOME`}}"


@pytest.mark.parametrize(
    "path", ["/assets/app-1a2b.js", "/index.html", "/nothing", "/loginx", "/o"]
)
def test_other_addresses_are_not_the_dashboard(site, path: str) -> None:
    assert httpx.get(site.url + path).status_code == 404


@pytest.mark.parametrize("path", ["/../gateway.json", "/%2e%2e/gateway.json", "/assets/../../x"])
def test_nothing_outside_of_the_folder_can_be_read(site, path: str) -> None:
    answer = httpx.get(f"{site.url}{ASSETS}{path}")
    assert answer.status_code in (400, 404)


def test_services_and_buckets_keep_their_addresses(site) -> None:
    assert httpx.get(f"{site.url}/alpha/hello").headers.get("content-security-policy") is None
    assert httpx.get(f"{site.url}/bucket/key").headers.get("content-security-policy") is None


def test_without_a_dashboard_the_status_page_stands_at_the_root(lane) -> None:
    assert 'aria-label="Services"' in httpx.get(lane.url).text
    assert httpx.get(f"{lane.url}/o/lab").status_code == 404


def test_a_person_gets_a_page_while_a_service_is_away_and_a_program_gets_json(lane) -> None:
    person = httpx.get(f"{lane.url}/beta/x", headers={"Accept": "text/html,*/*"}, timeout=120)
    assert person.status_code == 503
    assert person.headers["retry-after"] == "2"
    assert person.headers["content-type"].startswith("text/html")
    assert 'http-equiv="refresh"' in person.text
    assert "script" not in person.text
    program = httpx.get(f"{lane.url}/beta/x", headers={"Accept": "*/*"}, timeout=120)
    assert program.status_code == 503
    assert program.json()["error"] == "UNAVAILABLE"


@pytest.mark.parametrize("word", sorted(taken_words() | {"fakts", "mikro"}))
def test_a_bucket_cannot_take_the_address_of_a_page_or_a_service(word: str) -> None:
    with pytest.raises(ValueError, match=word):
        routes_for(buckets=["media", word])


def test_no_page_hides_a_service_and_no_bucket_pattern_hides_a_page() -> None:
    patterns = [pattern.removesuffix("*") for route in ROUTES for pattern in route.paths]
    for page in PAGES:
        assert not any(page.startswith(pattern) for pattern in patterns if pattern != "/")
