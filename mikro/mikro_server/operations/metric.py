"""Metrics: values said about objects."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from chassis.errors import Conflict, InvalidInput
from chassis.permissions import authorize
from mikro_server.domain.text import checked_name, checked_text
from mikro_server.models import Metric
from mikro_server.operations.author import Author, Stamp, stamp
from mikro_server.selectors import rows

MOST_AT_ONCE = 10_000
#: Structures a metric may be about, and who may be seen of them.
TARGETS: dict[str, Any] = {
    "@mikro/annotation": rows.annotations_visible_to,
    "@mikro/annotationcollection": rows.collections_visible_to,
    "@mikro/arraydataset": rows.arrays_visible_to,
    "@mikro/tabledataset": rows.tables_visible_to,
    "@mikro/arraylens": rows.lenses_visible_to,
    "@mikro/tablelens": rows.lenses_visible_to,
    "@mikro/annotationlens": rows.lenses_visible_to,
    "@mikro/file": rows.files_visible_to,
    "@mikro/folder": rows.folders_visible_to,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricDraft:
    """A value as the caller states it."""

    identifier: str
    target: object
    key: str
    magnitude: float | None = None
    unit: str | None = None
    code: str | None = None
    supersedes: object | None = None


@transaction.atomic
def metrics_create(*, author: Author, drafts: Sequence[MetricDraft]) -> list[int]:
    """Record values, all or none."""
    made = stamp(author)
    if not 1 <= len(drafts) <= MOST_AT_ONCE:
        raise InvalidInput(f"One call records 1 to {MOST_AT_ONCE} metrics.", field="metrics")
    return [_record(made, author, draft).pk for draft in drafts]


def _record(made: Stamp, author: Author, draft: MetricDraft) -> Metric:
    if draft.identifier not in TARGETS:
        raise InvalidInput(f"Nothing is measured about a {draft.identifier}.", field="target")
    target = rows.row_get(TARGETS[draft.identifier](author.principal), draft.target)
    if (draft.magnitude is None) == (draft.code is None):
        raise InvalidInput("A metric is a magnitude or a code, not both.", field="magnitude")
    if draft.code is not None and draft.unit is not None:
        raise InvalidInput("A code has no unit.", field="unit")
    if draft.magnitude is not None and not math.isfinite(draft.magnitude):
        raise InvalidInput("A magnitude is a finite number.", field="magnitude")
    key = checked_name(draft.key, "key")
    corrected = None
    if draft.supersedes is not None:
        corrected = rows.row_get(rows.metrics_visible_to(author.principal), draft.supersedes)
        about = (corrected.target_identifier, corrected.target_object, corrected.key)
        if about != (draft.identifier, str(target.pk), key):
            raise InvalidInput("A correction has the key and target it had.", field="supersedes")
        if Metric.objects.filter(supersedes=corrected).exists():
            raise Conflict("This metric is corrected already.", field="supersedes")
    return Metric.objects.create(
        **made,
        key=key,
        magnitude=draft.magnitude,
        unit=checked_text(draft.unit, "unit"),
        code=checked_text(draft.code, "code"),
        target_identifier=draft.identifier,
        target_object=str(target.pk),
        supersedes=corrected,
        producer_app=author.principal.app,
        producer_version=author.principal.release,
        descriptors=_descriptors(draft, key, str(target.pk)),
    )


def _descriptors(draft: MetricDraft, key: str, target: str) -> dict[str, Any]:
    value: dict[str, Any] = {"@mikro/magnitude": draft.magnitude, "@mikro/unit": draft.unit}
    if draft.code is not None:
        value = {"@mikro/metric_code": draft.code}
    return {
        "@mikro/metric_key": key,
        **value,
        "@mikro/target_identifier": draft.identifier,
        "@mikro/target_object": target,
    }


@transaction.atomic
def metric_delete(*, author: Author, metric_id: object) -> int:
    """Remove a metric no correction stands on."""
    metric = rows.row_get(rows.metrics_visible_to(author.principal), metric_id)
    authorize(author.principal, "imaging.delete", metric)
    if Metric.objects.filter(supersedes=metric).exists():
        raise Conflict("A correction stands on this metric; remove that first.", field="id")
    pk = metric.pk
    metric.delete()
    return pk
