"""The renderer: pure, complete, and the same bytes twice."""

from __future__ import annotations

import json

import pytest

from deployment.catalog import SERVICES, service_names
from gateway_server.caddy import Gateway, configuration, render
from gateway_server.page import render_site
from gateway_server.routes import ROUTES, routes_for, served_names


def gateway(**changes) -> Gateway:
    values = {
        "routes": ROUTES,
        "upstreams": {name: f"unix//run/{name}.sock" for name in served_names()},
        "site_dir": "/site",
        "storage_dir": "/store",
    }
    return Gateway(**{**values, **changes})


def proxies(document):
    server = document["apps"]["http"]["servers"]["gateway"]
    for route in server["routes"]:
        for handler in route["handle"]:
            if handler["handler"] == "reverse_proxy":
                yield route, handler


def test_render_is_a_function_of_its_input() -> None:
    assert render(gateway()) == render(gateway())
    assert json.loads(render(gateway())) == configuration(gateway())


def test_every_service_of_the_catalog_has_its_prefix_in_the_table() -> None:
    assert set(service_names()) == set(served_names())
    for service in SERVICES:
        patterns = {p for r in ROUTES if r.service == service.name for p in r.paths}
        if service.at_root:
            assert "/minio/health/*" in patterns
        else:
            assert {service.prefix, f"{service.prefix}/*"} <= patterns


def test_buckets_of_a_service_never_hide_a_service() -> None:
    (store,) = [r for r in ROUTES if r.service == "objectstore"]
    prefixes = [service.prefix for service in SERVICES if not service.at_root]
    for pattern in store.paths:
        start = pattern.removesuffix("*")
        assert not any(prefix == start or prefix.startswith(start) for prefix in prefixes)


def test_nothing_is_rewritten_and_everything_is_streamed() -> None:
    found = list(proxies(configuration(gateway())))
    assert len(found) == len(ROUTES)
    for route, handler in found:
        assert handler["flush_interval"] == -1
        assert "rewrite" not in handler
        assert route["terminal"] is True


def test_requests_are_parked_for_less_than_an_agent_waits() -> None:
    """The client's websocket gives up after 10 s, and giving up ends the agent."""
    for _, handler in proxies(configuration(gateway())):
        assert handler["load_balancing"]["try_duration"] == "6s"


def test_the_administration_interface_is_off() -> None:
    assert configuration(gateway())["admin"] == {"disabled": True, "config": {"persist": False}}


def test_metrics_can_be_exposed_by_choice() -> None:
    hidden = render(gateway())
    shown = render(gateway(expose_metrics=True))
    assert "/fakts/metrics" in hidden
    assert "/fakts/metrics" not in shown


def test_the_store_tells_its_metrics_by_the_same_choice() -> None:
    def way(**changes) -> list[str]:
        server = configuration(gateway(**changes))["apps"]["http"]["servers"]["gateway"]
        routes = [r for r in server["routes"] if "match" in r]
        path = "/objectstore/metrics"
        (first, *_) = [r for r in routes if path in r["match"][0]["path"]]
        return [handler["handler"] for handler in first["handle"]]

    assert way() == ["error"]
    assert "reverse_proxy" in way(expose_metrics=True)


def test_its_own_metrics_have_a_listener_of_their_own_or_none() -> None:
    http = configuration(gateway(metrics_listen="unix//run/m.sock|0600"))["apps"]["http"]
    assert http["servers"]["metrics"]["listen"] == ["unix//run/m.sock|0600"]
    assert http["metrics"] == {}
    told = [name for name, one in http["servers"].items() if '"metrics"' in json.dumps(one)]
    assert told == ["metrics"]
    without = configuration(gateway(expose_metrics=True))["apps"]["http"]
    assert "metrics" not in without and "metrics" not in without["servers"]


def test_trusted_proxies_are_believed_only_when_named() -> None:
    def server(**changes):
        return configuration(gateway(**changes))["apps"]["http"]["servers"]["gateway"]

    assert "trusted_proxies" not in server()
    assert server(trusted_proxies=("10.0.0.0/8",))["trusted_proxies"]["ranges"] == ["10.0.0.0/8"]


def test_buckets_are_served_at_the_root_without_a_limit() -> None:
    routes = routes_for(buckets=["media", "zarr"])
    added = routes[-1]
    assert added.paths == ("/media", "/media/*", "/zarr", "/zarr/*")
    assert added.service == "objectstore"
    assert added.body_bytes is None
    assert routes_for() == ROUTES


def test_the_log_can_be_switched_off() -> None:
    document = configuration(gateway(access_log=None))
    assert "logs" not in document["apps"]["http"]["servers"]["gateway"]
    assert list(document["logging"]["logs"]) == ["default"]


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", 'x"onload="y'])
def test_the_page_escapes_what_it_is_given(name: str) -> None:
    page = render_site(services=[name], version=name)["index.html"]
    assert name not in page


def test_the_page_needs_nothing_from_elsewhere() -> None:
    page = render_site(services=service_names(), version="1")["index.html"]
    assert "http://www.w3.org" in page  # the name of SVG, not a request
    for word in ("https://", "//cdn", "<style", "onclick", "{{"):
        assert word not in page
    for service in SERVICES:
        assert f'data-health="{service.prefix}/{service.challenge}"' in page
