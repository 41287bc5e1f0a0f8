"""Wheels of other versions of this working copy, and an environment into which pip puts them."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deployment.home import Home

ROOT = Path(__file__).parents[2]
BROKEN = """
from django.db import migrations

class Migration(migrations.Migration):
    atomic = False
    dependencies = [("fakts", {last!r})]
    operations = [
        migrations.RunSQL("DROP TABLE fakts_device CASCADE"),
        migrations.RunSQL("SELECT 1 / 0"),
    ]
"""


def build_wheel(folder: Path) -> Path:
    """Build the wheel of the working copy."""
    words = ("wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder))
    subprocess.run([sys.executable, "-m", "pip", *words, str(ROOT)], check=True, timeout=600)
    (found,) = folder.glob("bauhof-*.whl")
    return found


def as_version(wheel: Path, version: str, more: Mapping[str, str] | None = None) -> Path:
    """Write the same wheel as another version, with more files in it."""
    _, old, *tags = wheel.stem.split("-")
    target = wheel.with_name("-".join(["bauhof", version, *tags]) + ".whl")
    info = f"bauhof-{version}.dist-info"
    with zipfile.ZipFile(wheel) as source, zipfile.ZipFile(target, "w") as made:
        files = {name: source.read(name) for name in source.namelist() if "/RECORD" not in name}
        files |= {name: text.encode() for name, text in (more or {}).items()}
        record = []
        for name, content in files.items():
            if name.endswith(".dist-info/METADATA"):
                content = content.replace(
                    f"Version: {old}".encode(), f"Version: {version}".encode()
                )
            place = name.replace(f"bauhof-{old}.dist-info", info)
            made.writestr(place, content)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=")
            record.append(f"{place},sha256={digest.decode()},{len(content)}")
        made.writestr(f"{info}/RECORD", "\n".join([*record, f"{info}/RECORD,,"]) + "\n")
    return target


def as_broken_version(wheel: Path, version: str) -> Path:
    """The same, with a migration that loses a table and then fails."""
    numbered = (ROOT / "fakts" / "fakts_server" / "migrations").glob("[0-9]*.py")
    last = max(path.stem for path in numbered)
    name = "fakts_server/migrations/9999_broken.py"
    return as_version(wheel, version, {name: BROKEN.format(last=last)})


class Environment:
    """A virtual environment of its own; what Bauhof needs it borrows from that of the tests."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        subprocess.run(
            [sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=120
        )
        self.python = folder / "bin" / "python"
        (site,) = folder.glob("lib/python3*/site-packages")
        site.joinpath("borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
        self.env = {
            key: value
            for key, value in os.environ.items()
            if "__" not in key and not key.startswith(("BAUHOF", "PYTHON", "PIP_"))
        }
        self.env |= {"FAKTS__SYNTHETIC__EVERY_SECONDS": "0", "PIP_NO_INDEX": "1"}
        # Programs that wheels bring lie beside the interpreter of the tests.
        places = (folder / "bin", Path(sys.executable).parent)
        self.env["PATH"] = os.pathsep.join([*map(str, places), os.environ["PATH"]])

    def install(self, wheel: Path) -> None:
        """Install a wheel as a person does."""
        words = ("install", "--quiet", "--disable-pip-version-check", str(wheel))
        command = [str(self.python), "-m", "pip", *words]
        subprocess.run(command, env=self.env, check=True, timeout=300)

    def run(self, home: Home, *words: str) -> subprocess.CompletedProcess[str]:
        """Run its `bauhof` on a home."""
        command = [str(self.folder / "bin" / "bauhof"), *words, "--home", str(home.root)]
        return subprocess.run(
            command, capture_output=True, text=True, env=self.env, cwd=self.folder, timeout=400
        )

    def json(self, home: Home, *words: str, code: int = 0) -> Any:
        """The same with `--json`; what it printed."""
        done = self.run(home, *words, "--json")
        assert done.returncode == code, done.stderr + done.stdout
        assert done.stdout.count("\n") == 1, done.stdout
        return json.loads(done.stdout)
