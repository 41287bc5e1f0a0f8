"""What the database itself refuses."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from fakts_server.models.client import Client
from fakts_server.models.organization import Membership


def test_the_migrations_are_complete(db):
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_a_person_is_a_member_once(lab):
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(user=lab.user, organization=lab.organization)


def test_a_client_is_there_once_also_without_a_device(api, lab, approve):
    approve(api.start(device_id=None))
    client = Client.objects.get()
    client.pk, client.client_id = None, "another"
    with pytest.raises(IntegrityError), transaction.atomic():
        client.save(force_insert=True)
