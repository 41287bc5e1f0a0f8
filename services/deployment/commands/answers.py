"""How the administration commands show what fakts answered."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import typer
from rich.table import Table
from rich.text import Text

from deployment.console import err, out, print_json
from deployment.errors import Exit
from deployment.home import Home

if TYPE_CHECKING:
    # Only to be named: most commands look at nothing of the machine.
    from deployment.preflight import Finding

#: An ISO time stamp; people need no microseconds.
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*")


def show(result: Any, sentence: str, *, as_json: bool) -> None:
    """Print the object for programs, the sentence for people."""
    if as_json:
        print_json(result if result is not None else {"ok": True})
    else:
        out.print(Text(sentence))


def show_once(secret: str, what: str) -> None:
    """Print a secret alone on stdout, so that `KEY=$(bauhof ...)` works; what it is goes beside."""
    err.print(Text(f"{what}, shown once:", style="dim"))
    out.print(Text(secret))


def show_list(result: Any, *, as_json: bool) -> None:
    """Print rows as a JSON list or as a table."""
    rows = rows_of(result)
    if as_json:
        print_json(rows)
        return
    if not rows:
        out.print(Text("none", style="dim"))
        return
    columns = list(dict.fromkeys(key for row in rows for key in row))
    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(Text(_cell(row.get(column))) for column in columns))
    out.print(table)


def show_findings(findings: list[Finding], *, as_json: bool) -> None:
    """Print what was looked at, with the way out of what is wrong; then exit 1 if anything is."""
    ok = all(finding.ok for finding in findings)
    if as_json:
        print_json({"ok": ok, "checks": [finding.as_dict() for finding in findings]})
    else:
        for finding in findings:
            mark = Text("✔ ", style="green") if finding.ok else Text("✘ ", style="red")
            mark.append(f"{finding.name}: ", style="bold default")
            mark.append(finding.text, style="not bold default")
            out.print(mark)
            if finding.hint and not finding.ok:
                out.print(Text(f"  {finding.hint}", style="yellow"))
    if not ok:
        raise typer.Exit(int(Exit.REFUSED))


def show_ready(
    home: Home,
    result: dict[str, Any],
    setup_url: str | None,
    *,
    as_json: bool,
    stop_with: str | None,
) -> None:
    """Print the address and, once, how the first admin logs in."""
    if as_json:
        print_json(result)
    else:
        # No frame and no wrapping: the link has to survive being copied.
        out.print(_ready_text(result, setup_url, stop_with=stop_with), soft_wrap=True)
    # It has been shown: from now on only its hash exists.
    home.first_admin_file.unlink(missing_ok=True)


def _ready_text(result: dict[str, Any], setup_url: str | None, *, stop_with: str | None) -> Text:
    text = Text("\n")
    text.append("Bauhof is ready at ").append(result["url"], style="bold green")
    if setup_url:
        text.append("\n\nFirst admin, shown once. Set a password of your own at\n")
        text.append(setup_url, style="bold")
        admin = result["admin"]
        text.append(f"\nor log in as {admin['username']} with {admin['password']}")
    if stop_with:
        text.append(f"\n\nStop it with: {stop_with}", style="dim")
    else:
        text.append("\n\nCtrl-C stops it.", style="dim")
    return text


def rows_of(result: Any) -> list[dict[str, Any]]:
    """Return the list in an answer, whether it stands alone or as the only member."""
    if isinstance(result, dict) and len(result) == 1:
        result = next(iter(result.values()))
    return list(result) if isinstance(result, list) else []


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        return value[:16].replace("T", " ")
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return str(value)
