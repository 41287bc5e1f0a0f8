"""The forward proxy of the settings or the environment, and which parts are told of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import yaml
from platform_cli import Cli

from bauhof.running import deployment
from deployment import embedded_files, preflight
from deployment.catalog import SERVICES
from deployment.compose import operate
from deployment.compose.founding import init
from deployment.config import ProxySettings, Settings, load_settings
from deployment.embedded_files import Door
from deployment.errors import ConfigProblem
from deployment.home import Home, prepare
from deployment.proxy import check, found, from_environment, of_gateway, of_sources

URL = "http://proxy.lab:3128"
CHOSEN = ProxySettings(URL, (".lab.example", "10.0.0.0/8"))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://ada:hush@proxy.lab:3128", "no login"),
        ("http://ada@proxy.lab:3128", "no login"),
        ("https://proxy.lab:3128", "HOST:PORT"),
        ("proxy.lab:3128", "HOST:PORT"),
        ("http://proxy.lab", "HOST:PORT"),
        ("http://proxy.lab:port", "HOST:PORT"),
        ("http://proxy.lab:1/x", "HOST:PORT"),
    ],
)
def test_what_is_no_proxy_or_shows_a_login_is_refused(home: Home, url: str, said: str) -> None:
    with pytest.raises(ConfigProblem, match=said) as refused:
        check(ProxySettings(url))
    assert refused.value.field == "proxy.url" and "hush" not in str(refused.value)
    with pytest.raises(ConfigProblem):
        init(home, {"proxy": {"url": url}})
    for variable in ("PROXY__URL", "HTTPS_PROXY") if "@" in url else ("PROXY__URL",):
        seen = preflight.examine(home, port=0, environ={variable: url})
        assert not next(one for one in seen if one.name == "config").ok


def test_the_environment_is_understood_as_other_programs_do() -> None:
    environ = {"HTTPS_PROXY": f"{URL}/", "no_proxy": "localhost, *.lab.example,10.0.0.0/8,"}
    exceptions = ["localhost", ".lab.example", "10.0.0.0/8"]
    assert from_environment(environ) == {"url": URL, "exceptions": exceptions}
    assert from_environment({"all_proxy": "proxy.lab:3128"})["url"] == URL
    assert from_environment({"HTTP_PROXY": URL, "NO_PROXY": "x"}) == {}


def test_the_settings_win_over_the_environment() -> None:
    environ = {"https_proxy": "http://other.lab:1", "NO_PROXY": "x"}
    assert found(CHOSEN, environ) == CHOSEN
    assert found(ProxySettings(), environ) == ProxySettings("http://other.lab:1", ("x",))
    assert found(ProxySettings(), {}) == ProxySettings()
    with pytest.raises(ConfigProblem, match="no login") as refused:
        found(ProxySettings(), {"https_proxy": "http://ada:hush@other.lab:1"})
    assert "proxy.url" in (refused.value.hint or "")


def test_without_one_nobody_is_told_anything() -> None:
    assert of_sources(ProxySettings()) == {} and of_gateway(ProxySettings(), ["fakts"]) == {}


def test_in_containers_those_who_go_out_are_told_and_inside_it_is_never_asked(home: Home) -> None:
    init(home, {"proxy": {"url": URL, "exceptions": list(CHOSEN.exceptions)}})
    parts = yaml.safe_load(home.compose_file.read_text())["services"]
    told = parts["gateway"]["environment"]
    assert told["HTTPS_PROXY"] == URL
    # By plain http it reaches the services.
    assert not {"HTTP_PROXY", "http_proxy", "ALL_PROXY"} & {*told}
    inside = {name for name in parts if name not in ("gateway", "deployer", "backup")}
    assert {"localhost", "127.0.0.1", "::1", *CHOSEN.exceptions} | inside == {
        *told["NO_PROXY"].split(",")
    }
    others = [name for name, part in parts.items() if "PROXY" in str(part.get("environment"))]
    assert others == ["gateway"]
    sections = yaml.safe_load((home.root / "rendered" / "services.yaml").read_text())
    sources = {name for name, body in sections.items() if "proxy" in str(body.get("sources"))}
    assert sources == {"kabinet"}
    assert sections["kabinet"]["sources"] == of_sources(CHOSEN)


def test_init_keeps_what_its_shell_goes_by(home: Home, tmp_path: Path) -> None:
    cli = Cli(home, tmp_path)
    cli.env |= {"HTTPS_PROXY": URL, "NO_PROXY": ".lab.example"}
    cli.json("init", "--port", "9000")
    kept = yaml.safe_load(home.config_file.read_text())["proxy"]
    assert kept == {"url": URL, "exceptions": [".lab.example"]}
    before = home.compose_file.read_bytes()
    del cli.env["HTTPS_PROXY"]
    assert cli.json("build")["changed"] is False and home.compose_file.read_bytes() == before
    settings = load_settings(home.config_file, {}, ())
    operate.rebuild(home, replace(settings, proxy=ProxySettings()))
    assert home.compose_file.read_bytes() != before


def test_without_containers_the_app_store_is_told_too(home: Home) -> None:
    identity = prepare(home, ("kabinet",))
    services = tuple(one for one in SERVICES if one.name == "kabinet")
    door = Door(host="127.0.0.1", url="http://127.0.0.1:1", local_url="http://127.0.0.1:1")
    embedded_files.write_configuration(
        home, Settings(proxy=CHOSEN), services=services, issuer=identity.issuer, door=door
    )
    written = yaml.safe_load(home.services_file.read_text())
    assert written["kabinet"]["sources"] == of_sources(CHOSEN)


def test_a_platform_answers_over_the_new_kind_of_address_and_asks_itself_without_a_proxy() -> None:
    """Whatever the environment says of proxies; nobody listens at this one."""
    dead = "http://127.0.0.1:9"
    env = dict.fromkeys(("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"), dead)
    with deployment(
        services=("fakts", "mikro", "objectstore"), env={**env, "GATEWAY__HOST": "::1"}
    ) as six:
        assert six.url.startswith("http://[::1]:")
        with httpx.Client(trust_env=False, timeout=60) as client:
            told = client.get(f"{six.url}/.well-known/fakts").json()
            assert told["base_url"].startswith(six.url)
            # mikro has asked fakts for its keys by then.
            assert client.get(f"{six.url}/mikro/ht").status_code == 200
            assert client.get(f"{six.url}/fakts/o/jwks/").json()["keys"]
        assert six.key("org.example.six")
        children = Home(six.home).children_file.read_text()
        assert "gateway" in children
