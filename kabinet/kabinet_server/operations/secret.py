"""Parameters and secrets of apps: set by people, opened by the backend that runs the app."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from chassis.errors import InvalidInput
from chassis.identity import Principal
from kabinet_server.adapters.sealing import seal, unseal
from kabinet_server.domain.kinds import AuditKind
from kabinet_server.models import AppSetting
from kabinet_server.operations.author import acting, audit
from kabinet_server.selectors import rows
from kabinet_server.selectors.scope import one

_MOST = 200
_LONGEST_NAME = 200


def setting_get(*, principal: Principal, app_id: object) -> AppSetting | None:
    """Return what is set of an app, or nothing."""
    app = one(rows.apps_visible_to(principal), app_id)
    return AppSetting.objects.filter(app=app).first()


@transaction.atomic
def app_configure(
    *,
    principal: Principal,
    app_id: object,
    params: Mapping[str, Any] | None = None,
    secrets: Mapping[str, Any] | None = None,
) -> AppSetting:
    """Set parameters whole and secrets one by one; a secret of null is taken away."""
    app = one(rows.apps_visible_to(principal), app_id)
    acting(principal, "store.manage", app)
    _check(params, "params")
    _check(secrets, "secrets")
    AppSetting.objects.get_or_create(organization_id=principal.organization, app=app)
    row = AppSetting.objects.select_for_update().get(app=app)
    if params is not None:
        row.params = dict(params)
    if secrets is not None:
        known = {**unseal(row.secrets), **secrets}
        kept = {name: value for name, value in known.items() if value is not None}
        row.secrets = seal(kept)
        row.secret_keys = sorted(kept)
        audit(
            AuditKind.SECRETS_SET,
            organization=principal.organization,
            actor=principal.subject,
            subject=app.identifier,
            names=sorted(secrets),
        )
    row.save()
    return row


def _check(values: Mapping[str, Any] | None, field: str) -> None:
    for name in values or ():
        if not name or len(name) > _LONGEST_NAME or "\x00" in name:
            raise InvalidInput(f"{field}: a name has 1 to {_LONGEST_NAME} characters.", field=field)
    if len(values or ()) > _MOST:
        raise InvalidInput(f"{field}: at most {_MOST} values.", field=field)


@transaction.atomic
def values_open(
    *, principal: Principal, deployment_id: object
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return parameters and secrets of a deployment of the caller's own backend.

    What the deployment was made with wins over what is set for its app.
    """
    visible = rows.deployments_visible_to(principal).select_related("backend", "release__app")
    deployment = one(visible, deployment_id)
    acting(principal, "backend.report", deployment.backend)
    setting = AppSetting.objects.filter(app=deployment.release.app).first()
    params = {**(setting.params if setting else {}), **deployment.params}
    secrets = {
        **unseal(setting.secrets if setting else None),
        **unseal(deployment.secret_params),
    }
    if secrets:
        audit(
            AuditKind.SECRETS_OPENED,
            organization=principal.organization,
            actor=principal.subject,
            subject=deployment.release.app.identifier,
            names=sorted(secrets),
            deployment=deployment.pk,
        )
    return params, secrets
