"""The committed list of client documents each service validates; it may only grow.

``python tests/contract/ratchet.py`` prints N of M per client; with ``--write`` it takes the
growth into ``ratchet.json`` (and refuses to drop a document that was valid before).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import clients_venv
from documents import CLIENTS, Client, misfits, operations, schema_of

FILE = Path(__file__).with_name("ratchet.json")


def committed() -> dict[str, list[str]]:
    """Client name to the operations that are known to validate."""
    return json.loads(FILE.read_text(encoding="utf8")) if FILE.exists() else {}


def sdl_path(client: Client) -> Path:
    """The committed schema a client's documents are held against."""
    return clients_venv.ROOT / client.service / "schema.graphql"


def measured(client: Client, packages: Path) -> tuple[dict[str, str], dict[str, list[str]]]:
    """All documents of a client, and those that do not validate with the reasons."""
    documents = operations(packages, client.name)
    return documents, misfits(schema_of(sdl_path(client)), documents)


def main(arguments: list[str]) -> int:
    """Print the table; with ``--write`` raise the ratchet, with ``--why`` print every reason."""
    packages = clients_venv.find()
    known = committed()
    fallen = []
    for client in CLIENTS:
        documents, bad = measured(client, packages)
        valid = sorted(set(documents) - set(bad))
        fallen += [f"{client.name}: {name}" for name in known.get(client.name, ()) if name in bad]
        known[client.name] = valid
        sys.stdout.write(f"{client.name}: {len(valid)} of {len(documents)}\n")
        if "--why" in arguments:
            for name, reasons in sorted(bad.items()):
                sys.stdout.write(f"  {name}: {'; '.join(reasons[:3])}\n")
    if fallen:
        sys.stdout.write("no longer valid: " + ", ".join(fallen) + "\n")
        return 1
    if "--write" in arguments:
        FILE.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", encoding="utf8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
