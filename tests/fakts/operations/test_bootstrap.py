"""What is there before the service answers."""

from __future__ import annotations

from fakts_server.app import BOOTSTRAP
from fakts_server.models.credential import SigningKey
from fakts_server.models.organization import Role
from fakts_server.operations.bootstrap import bootstrap


def test_the_hook_is_wired():
    assert bootstrap in BOOTSTRAP


def test_there_is_a_key_and_every_organization_has_its_roles(lab):
    Role.objects.filter(identifier="bot").delete()
    bootstrap()
    assert SigningKey.objects.count() == 1
    assert Role.objects.filter(organization=lab.organization, identifier="bot").exists()
