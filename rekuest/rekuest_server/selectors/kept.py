"""Reads of what people keep: shortcuts, test cases, dashboards, bloks, drawers, files."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Model, Q, QuerySet

from chassis.definitions import demand as demands
from chassis.identity import Principal
from rekuest_server.models import (
    Action,
    Asset,
    Blok,
    Dashboard,
    Drawer,
    MaterializedBlok,
    Resolution,
    Shortcut,
    Space,
    TestCase,
    TestResult,
    Toolbox,
    UiCatalog,
)
from rekuest_server.selectors.scope import row_id, visible

M = TypeVar("M", bound=Model)
READ = "catalog.read"


def one(rows: QuerySet[M], key: object) -> QuerySet[M]:
    """Narrow rows that may be seen to the one of an id."""
    return rows.filter(pk=row_id(key))


def toolboxes_visible_to(principal: Principal) -> QuerySet[Toolbox]:
    """Return the toolboxes of the organization, by name."""
    return visible(principal, READ, Toolbox.objects.order_by("name", "pk"))


def shortcuts_visible_to(principal: Principal) -> QuerySet[Shortcut]:
    """Return the shortcuts of the organization, by name."""
    return visible(principal, READ, Shortcut.objects.order_by("name", "pk"))


def cases_visible_to(principal: Principal) -> QuerySet[TestCase]:
    """Return the test cases of the organization, by name."""
    return visible(principal, READ, TestCase.objects.order_by("name", "pk"))


def results_visible_to(principal: Principal) -> QuerySet[TestResult]:
    """Return the test results of the organization, newest first."""
    return visible(principal, READ, TestResult.objects.order_by("-pk"))


def dashboards_visible_to(principal: Principal) -> QuerySet[Dashboard]:
    """Return the dashboards of the organization, by name."""
    return visible(principal, READ, Dashboard.objects.order_by("name", "pk"))


def spaces_visible_to(principal: Principal) -> QuerySet[Space]:
    """Return the spaces of the organization, by name."""
    return visible(principal, READ, Space.objects.order_by("name", "pk"))


def catalogs_visible_to(principal: Principal) -> QuerySet[UiCatalog]:
    """Return the catalogs of the organization, by name."""
    return visible(principal, READ, UiCatalog.objects.order_by("name", "pk"))


def bloks_visible_to(principal: Principal) -> QuerySet[Blok]:
    """Return the bloks of the organization that are still offered, by name."""
    return visible(principal, READ, Blok.objects.filter(retired_at=None).order_by("name", "pk"))


def materialized_visible_to(principal: Principal) -> QuerySet[MaterializedBlok]:
    """Return the bound bloks of the organization that are still offered, by name."""
    rows = MaterializedBlok.objects.filter(retired_at=None).order_by("name", "pk")
    return visible(principal, READ, rows)


def drawers_visible_to(principal: Principal) -> QuerySet[Drawer]:
    """Return what the agents of the organization keep in memory, newest first."""
    rows = Drawer.objects.order_by("-pk")
    return visible(principal, READ, rows, path="agent__organization")


def assets_visible_to(principal: Principal) -> QuerySet[Asset]:
    """Return the assets of the organization whose bytes are stored."""
    return visible(principal, READ, Asset.objects.filter(store__isnull=False).order_by("pk"))


def resolutions_visible_to(principal: Principal) -> QuerySet[Resolution]:
    """Return the stored bindings of the organization, by name."""
    return visible(principal, READ, Resolution.objects.order_by("name", "pk"))


def of_actions(condition: Q, *, prefix: str = "") -> Q:
    """Return the condition that the action of a row meets one."""
    return Q(**{f"{prefix}action__in": Action.objects.filter(condition).values("pk")})


def with_args(wanted: list[demands.Demand], *, prefix: str = "") -> Q:
    """Return the condition that the arguments of a blok meet demands; a blok returns nothing."""
    return demands.all_of(
        demands.port_demand(demand, definition=f"{prefix}content") for demand in wanted
    )
