"""The services' effective configuration."""

from __future__ import annotations

from pathlib import Path

import yaml
from hypothesis import given
from hypothesis import strategies as st

from deployment.catalog import SERVICES, service_names
from deployment.render import Facts, merge, render_services

trees = st.recursive(
    st.integers(),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
).filter(lambda tree: isinstance(tree, dict))


def facts(**changes) -> Facts:
    values = {
        "services": SERVICES,
        "state_root": Path("/home/state"),
        "secrets_dir": Path("/home/secrets"),
        "objects_dir": Path("/home/objects"),
        "store_socket": Path("/run/objectstore.sock"),
        "database_host": "/run/postgres",
        "database_port": 5432,
        "public_url": "https://lab.example",
        "local_url": "http://127.0.0.1:8000",
        "allowed_hosts": ["localhost"],
        "issuer": "bauhof-1",
        "public_keys": {"rekuest": "a2V5"},
    }
    return Facts(**{**values, **changes})


def rendered(sections=None, **changes):
    return yaml.safe_load(render_services(facts(**changes), sections or {}))


def test_the_same_input_gives_the_same_bytes() -> None:
    assert render_services(facts(), {}) == render_services(facts(), {})


def test_services_share_neither_database_nor_password_nor_state() -> None:
    document = rendered()
    assert tuple(sorted(document)) == tuple(sorted(service_names()))
    databases = [section["database"] for section in document.values() if "database" in section]
    for part in ("name", "user", "password_file"):
        assert len({database[part] for database in databases}) == 4
    assert len({section["state_dir"] for section in document.values()}) == len(document)


def test_the_store_shares_one_secret_with_services_that_grant_and_nothing_else() -> None:
    document = rendered()
    front, storage = document["objectstore"], document["mikro"]["storage"]
    assert front["secret_file"] == storage["secret_file"] == "/home/secrets/objectstore"
    assert front["folder"] == "/home/objects"
    assert storage["uds"] == "/run/objectstore.sock"
    assert "database" not in front
    others = [name for name, section in document.items() if "storage" in section]
    assert others == ["mikro", "rekuest"]


def test_the_authority_alone_is_told_where_it_takes_orders() -> None:
    document = rendered(orders_socket=Path("/run/orders.sock"))
    told = {name: section.get("orders_socket") for name, section in document.items()}
    assert told.pop("fakts") == "/run/orders.sock"
    assert set(told.values()) == {None}
    assert "orders_socket" not in rendered()["fakts"]


def test_no_secret_stands_in_the_file() -> None:
    text = render_services(facts(), {})
    assert "password:" not in text
    assert "password_file:" in text


def test_only_fakts_knows_the_instances() -> None:
    document = rendered()
    assert [name for name, section in document.items() if "instances" in section] == ["fakts"]
    rows = {row["identifier"]: row for row in document["fakts"]["instances"]}
    assert set(rows) == {"rekuest", "mikro", "kabinet", "s3"}
    assert rows["rekuest"] == {
        "identifier": "rekuest",
        "service": "live.arkitekt.rekuest",
        "path": "rekuest",
        "challenge": "ht",
        "public_key": "a2V5",
    }
    assert rows["s3"]["path"] == ""
    assert rows["s3"]["challenge"] == "minio/health/live"


def test_the_object_store_is_offered_only_with_its_front() -> None:
    some = tuple(service for service in SERVICES if service.name != "objectstore")
    rows = rendered(services=some)["fakts"]["instances"]
    assert "s3" not in {row["identifier"] for row in rows}


def test_keys_are_fetched_from_this_machine_whatever_the_public_address() -> None:
    section = rendered()["mikro"]
    assert section["tokens"]["jwks_url"] == "http://127.0.0.1:8000/fakts/o/jwks/"
    assert section["public_url"] == "https://lab.example"
    assert section["tokens"]["issuer"] == "bauhof-1"


def test_what_the_user_set_wins_and_keeps_the_rest() -> None:
    sections = {"mikro": {"tokens": {"leeway_seconds": 5}, "allowed_hosts": ["a.example"]}}
    section = rendered(sections)["mikro"]
    assert section["tokens"]["leeway_seconds"] == 5
    assert section["tokens"]["issuer"] == "bauhof-1"
    assert section["allowed_hosts"] == ["a.example"]


@given(trees, trees)
def test_merging_keeps_what_was_laid_over(base, over) -> None:
    merged = merge(base, over)
    assert merge(merged, over) == merged
    assert merge(base, {}) == base
    assert merge({}, over) == over
    for key, value in over.items():
        if not isinstance(value, dict):
            assert merged[key] == value


def test_the_store_alone_is_told_where_mandates_are_withdrawn():
    document = rendered()
    told = {name: one["approvals"] for name, one in document.items() if "approvals" in one}
    assert told == {"kabinet": {"mandates_url": "http://127.0.0.1:8000/fakts/graphql"}}


def test_the_synthetic_check_goes_through_the_gateway_and_can_be_switched_off() -> None:
    assert rendered()["fakts"]["synthetic"] == {"address": "http://127.0.0.1:8000"}
    inside = rendered(inside={"gateway": "http://gateway:8080"})
    assert inside["fakts"]["synthetic"] == {"address": "http://gateway:8080"}
    off = rendered({"fakts": {"synthetic": {"every_seconds": 0}}})["fakts"]["synthetic"]
    assert off == {"address": "http://127.0.0.1:8000", "every_seconds": 0}
    assert not any("synthetic" in one for name, one in rendered().items() if name != "fakts")


def test_services_in_containers_find_each_other_and_the_store_by_name() -> None:
    document = rendered(
        inside={"fakts": "http://fakts:8000", "rekuest": "http://rekuest:8000"},
        storage={"endpoint": "http://objectstore:9000"},
        broker="redis://{service}@redis:6379/0",
    )
    mikro = document["mikro"]
    assert mikro["tokens"]["jwks_url"] == "http://fakts:8000/fakts/o/jwks/"
    assert mikro["provenance"]["jwks_url"].startswith("http://rekuest:8000/")
    assert mikro["storage"] == {"endpoint": "http://objectstore:9000"}
    assert document["kabinet"]["approvals"]["mandates_url"] == "http://fakts:8000/fakts/graphql"
    assert mikro["jobs"]["broker_url"] == "redis://mikro@redis:6379/0"
    assert mikro["jobs"]["password_file"] == "/home/secrets/redis-mikro"
    assert "jobs" not in document["rekuest"]  # it has none


def test_without_a_broker_services_run_their_own_jobs() -> None:
    assert all("jobs" not in section for section in rendered().values())
