"""The released imaging client beside its own zarr writer and reader with one fixed key.

Both go through the gateway to the front on the same disk, turn by turn, medians of the rounds.
`IMAGING_BENCH_MIB` makes the array smaller than 1024 MiB.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from figures import figure

sys.path.append(str(Path(__file__).parents[1] / "acceptance"))

from lab import Lab
from platform_handle import clients_python, deployed
from processes import private_environment

from chassis import clock
from chassis.objectstore import tokens
from chassis.secretfile import read_secret
from deployment.home import Home

PROGRAM = Path(__file__).parent / "imaging_program.py"
ROUNDS = 3
LEAST = 0.95


def key_file(folder: Path, home: Home) -> Path:
    """Write one key for everything, which only the services have otherwise."""
    master = read_secret(home.secrets_dir / "objectstore")
    key = tokens.mint(master, None, clock.now().timestamp() + 86_400)
    path = folder / "fixed.json"
    about = {
        "access_key": key.access_key,
        "secret_key": key.secret_key,
        "session_token": key.session_token,
        "bucket": "mikro-zarr",
    }
    path.touch(mode=0o600)
    path.write_text(json.dumps(about), encoding="utf8")
    return path


def rounds(folder: Path, mebibytes: int) -> list[dict[str, Any]]:
    """Run the program on a platform of its own; return what it told."""
    with deployed(services=["fakts", "mikro", "objectstore"]) as platform:
        lab = Lab(platform, name="speed", folder=folder, python=clients_python())
        environment = private_environment(
            folder / "client",
            FAKTS_URL=platform.url,
            FAKTS_MANDATE_KEY=lab.key(),
            ENDPOINT=platform.url,
            KEY=str(key_file(folder, Home(platform.deployed.home))),
            MIB=str(mebibytes),
            ROUNDS=str(ROUNDS),
        )
        (folder / "client").mkdir()
        done = subprocess.run(
            [str(lab.python), str(PROGRAM)],
            env=environment,
            cwd=folder / "client",
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=1800,
        )
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def main() -> bool:
    """Measure."""
    mebibytes = int(os.environ.get("IMAGING_BENCH_MIB", "1024"))
    with tempfile.TemporaryDirectory(prefix="bh") as folder:
        told = rounds(Path(folder), mebibytes)
    ok = True
    for codec in ("zstd", "plain"):
        seconds = [one["seconds"] for one in told if one["codec"] == codec]
        median = {name: statistics.median(one[name] for one in seconds) for name in seconds[0]}
        for what in ("write", "read", "plane"):
            mine, twin = median[f"client_{what}"], median[f"twin_{what}"]
            against = f"one fixed key: {twin:.3f} s, the client: {mine:.3f} s, {mebibytes} MiB"
            # Of the pairs, not of the medians: what else the machine does hits both of a pair.
            pairs = [one[f"twin_{what}"] / one[f"client_{what}"] for one in seconds]
            value = statistics.median(pairs)
            ratio = figure("imaging", f"{codec}_{what}", value, "x", least=LEAST, against=against)
            ok = ok and ratio
        raw = median["raw_write"] / median["client_write"]
        against = f"plain puts of the same bytes: {median['raw_write']:.3f} s"
        figure("imaging", f"{codec}_write_to_raw", raw, "x", against=against)
    return ok
