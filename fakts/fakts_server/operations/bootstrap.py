"""What must be there before the service answers."""

from __future__ import annotations

from fakts_server.models.organization import Hub
from fakts_server.operations.organization import organization_provision
from fakts_server.operations.relying_party import dashboard_ensure
from fakts_server.operations.signing_key import signing_key_ensure
from fakts_server.operations.synthetic import check_begin


def bootstrap() -> None:
    """Make the signing key and the dashboard, and bring organizations in line with the settings."""
    signing_key_ensure()
    dashboard_ensure()
    for hub in Hub.objects.filter(identifier="default").select_related("organization"):
        organization_provision(organization=hub.organization, hub=hub)
    check_begin()
