"""Names of metrics are promises: the page lists every one, its kind and labels, and no other."""

from __future__ import annotations

import ast
import re

from sources import ROOT, modules

KINDS = {"Counter", "Gauge", "Histogram"}
ROW = re.compile(r"^\| `(bauhof_\w+)` \| (\w+) \| ([\w, ]*)\|", re.MULTILINE)


def labels_of(call: ast.Call) -> tuple[str, ...]:
    given = [one.value for one in call.keywords if one.arg == "labelnames"] + call.args[2:3]
    return tuple(ast.literal_eval(given[0])) if given else ()


def test_the_page_of_metrics_is_complete_and_true() -> None:
    made = {}
    for module in modules():
        for node in ast.walk(ast.parse(module.text)):
            name = getattr(getattr(node, "func", None), "id", None)
            if isinstance(node, ast.Call) and name in KINDS and len(node.args) > 1:
                made[node.args[0].value] = (name.lower(), labels_of(node))
    page = (ROOT / "docs" / "reference" / "metrics.md").read_text()
    told = {
        name: (kind, tuple(re.findall(r"\w+", labels))) for name, kind, labels in ROW.findall(page)
    }
    assert told == made
    assert len(made) >= 10
