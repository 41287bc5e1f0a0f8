"""Names of metrics are promises: the page lists every one, its kind and labels, and no other."""

from __future__ import annotations

import ast
import re

from sources import ROOT, modules

#: What makes a metric: one that is counted here, or a family of what others counted.
KINDS = {
    f"{kind}{family}": kind.lower()
    for kind in ("Counter", "Gauge", "Histogram")
    for family in ("", "MetricFamily")
}
ROW = re.compile(r"^\| `(bauhof_\w+)` \| (\w+) \| ([\w, ]*)\|", re.MULTILINE)


def labels_of(call: ast.Call) -> tuple[str, ...]:
    given = [one.value for one in call.keywords if one.arg in ("labelnames", "labels")]
    # The third word of a family is its value.
    given += [one for one in call.args[2:3] if isinstance(one, ast.List)]
    return tuple(ast.literal_eval(given[0])) if given else ()


def test_the_page_of_metrics_is_complete_and_true() -> None:
    made = {}
    for module in modules():
        for node in ast.walk(ast.parse(module.text)):
            name = getattr(getattr(node, "func", None), "id", None)
            if isinstance(node, ast.Call) and name in KINDS and len(node.args) > 1:
                made[node.args[0].value] = (KINDS[name], labels_of(node))
    page = (ROOT / "docs" / "reference" / "metrics.md").read_text()
    told = {
        name: (kind, tuple(re.findall(r"\w+", labels))) for name, kind, labels in ROW.findall(page)
    }
    assert told == made
    assert len(made) >= 40
