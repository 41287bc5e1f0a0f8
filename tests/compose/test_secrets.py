"""What is seen from outside of an installation in containers holds none of its secrets."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path

from installation import Installation
from secret_words import secret_words

#: Written by the installation for others to read, and looked at by people who help.
OPEN_FOLDERS = ("rendered", "logs")
OPEN_FILES = ("config.yaml", "docker-compose.yml", ".env", "home.json", "run.json")


def of_containers(installation: Installation) -> Iterator[tuple[str, str]]:
    for name, ident in installation.containers().items():
        yield f"docker inspect {name}", installation.docker("inspect", ident)
        yield f"the log of {name}", installation.whole_log(ident)
        if name != "migrate":
            yield f"the processes of {name}", installation.docker("top", ident, "-eo", "pid,args")
        image = installation.docker("inspect", "--format", "{{.Image}}", ident).strip()
        yield f"the image of {name}", installation.docker("image", "inspect", image)
        history = installation.docker("history", "--no-trunc", image)
        yield f"how the image of {name} was made", history


def of_the_engine(installation: Installation) -> Iterator[tuple[str, str]]:
    project = f"label=com.docker.compose.project={installation.project}"
    networks = installation.docker("network", "ls", "--quiet", "--filter", project).split()
    assert networks
    yield "the networks", installation.docker("network", "inspect", *networks)
    yield "compose logs", installation.call("compose", "logs", "-n", "100000").stdout
    for words in (
        ("compose", "status"),
        ("doctor",),
        ("key", "list"),
        ("webapp", "list", "--org", "default"),
    ):
        done = installation.call(*words)
        yield " ".join(words), done.stdout + done.stderr


def of_files(installation: Installation) -> Iterator[tuple[str, str]]:
    for folder in OPEN_FOLDERS:
        for path in sorted((installation.root / folder).rglob("*")):
            if path.is_file():
                yield str(path), path.read_text(errors="replace")
    for name in OPEN_FILES:
        path = installation.root / name
        if path.exists():
            yield str(path), path.read_text()


def of_the_bundle(installation: Installation, folder: Path) -> Iterator[tuple[str, str]]:
    bundle = folder / "bundle.tar.gz"
    installation.run("support-bundle", "--to", str(bundle))
    with tarfile.open(bundle) as archive:
        for entry in archive:
            file = archive.extractfile(entry) if entry.isfile() else None
            if file is not None:
                yield f"{entry.name} of the bundle", file.read().decode(errors="replace")


def test_no_secret_can_be_seen_from_outside(installation: Installation, tmp_path: Path) -> None:
    key = installation.run("key", "create", "--user", "admin", "--org", "default")["key"]
    words = ("--org", "default", "--redirect-uri", "https://app.example/back", "--confidential")
    web = installation.run("webapp", "add", "seen from outside", *words)
    secrets = secret_words(installation.root) | {
        "a key that was handed out": key,
        "the secret of a web app": web["secret"],
        "the first admin": installation.first["admin"]["password"],
    }
    # Passwords of databases and the broker, keys of services, of buckets, of what runs besides.
    for part in ("secrets/database-mikro", "secrets/redis-fakts", "secrets/objectstore"):
        assert part in secrets
    places = {where.partition("#")[0] for where in secrets}
    assert {"secrets/engine-key", "secrets/engine-default.json"} <= places
    assert any(where.startswith("state/rekuest/") for where in places)
    assert any("recovery" in where or "backup" in where for where in places), places
    seen = dict(
        [
            *of_containers(installation),
            *of_the_engine(installation),
            *of_files(installation),
            *of_the_bundle(installation, tmp_path),
        ]
    )
    assert len(seen) > 60 and all(seen[name] for name in seen if "inspect" in name)
    told = [
        f"{where} in {place}"
        for place, text in seen.items()
        for where, word in secrets.items()
        if word in text
    ]
    assert told == []
