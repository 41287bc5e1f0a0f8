"""The configuration section of fakts."""

from __future__ import annotations

import pytest

from chassis.config import ConfigError, load_config
from fakts_server.config import FaktsConfig


@pytest.mark.parametrize(
    ("variable", "value", "key"),
    [
        ("FAKTS__ACCESS_TOKEN_SECONDS", "0", "fakts.access_token_seconds"),
        ("FAKTS__REFRESH_GRACE_SECONDS", "soon", "fakts.refresh_grace_seconds"),
        ("FAKTS__THROTTLES__LOGIN_FAILURES", "0", "fakts.throttles.login_failures"),
        ("FAKTS__INSTANCES", "[{identifier: a}]", "fakts.instances.0.service"),
        (
            "FAKTS__INSTANCES",
            "[{identifier: a, service: x}, {identifier: a, service: y}]",
            "fakts.instances",
        ),
        ("FAKTS__ACCES_TOKEN_SECONDS", "5", "fakts.acces_token_seconds"),
    ],
)
def test_a_wrong_key_is_named(variable, value, key):
    with pytest.raises(ConfigError) as refused:
        load_config(FaktsConfig, {variable: value})
    assert refused.value.key == key


def test_lifetimes_come_from_the_environment():
    config = load_config(FaktsConfig, {"FAKTS__ACCESS_TOKEN_SECONDS": "4"})
    assert config.access_token_seconds == 4


def test_refresh_tokens_last_as_long_as_the_client_allows():
    config = FaktsConfig()
    assert config.refresh_token_seconds >= 30 * 86_400
    assert config.refresh_chain_seconds >= 180 * 86_400
