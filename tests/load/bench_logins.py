"""Logins by mandate key per second against one fakts process."""

from __future__ import annotations

import asyncio
import time

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from figures import figure, percentile
from login import log_in
from rawhttp import Connection, Where

from bauhof.testing import deployment
from deployment.home import Home

CLIENTS = 8
SECONDS = 8.0


def signatures_per_second() -> float:
    """How many RS256 signatures one core makes: no login is cheaper."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    count = 0
    ends = time.perf_counter() + 1
    while time.perf_counter() < ends:
        key.sign(b"x" * 600, padding.PKCS1v15(), hashes.SHA256())
        count += 1
    return float(count)


async def load(where: Where, keys: list[str], *, new_apps: bool) -> tuple[float, list[float]]:
    """Log in again and again; return logins per second and the milliseconds of each."""
    times: list[float] = []
    ends = time.perf_counter() + SECONDS

    async def client(number: int) -> None:
        async with Connection(where) as connection:
            await log_in(connection, keys[number], f"org.example.bench-{number}")
            turn = 0
            while time.perf_counter() < ends:
                turn += 1
                name = f"org.example.bench-{number}" + (f"-{turn}" if new_apps else "")
                started = time.perf_counter()
                answer = await log_in(connection, keys[number], name)
                times.append((time.perf_counter() - started) * 1000)
                assert answer["access_token"]

    started = time.perf_counter()
    await asyncio.gather(*(client(number) for number in range(CLIENTS)))
    return len(times) / (time.perf_counter() - started), times


def main() -> bool:
    """Measure."""
    against = f"RS256 signatures on one core: {signatures_per_second():.0f}/s"
    with deployment() as platform:
        keys = [platform.key() for _ in range(CLIENTS)]
        direct = Where(socket=Home(platform.home).socket("fakts"), origin=platform.url)
        cases = (
            ("direct_on_socket", direct, False),
            ("through_gateway", Where(origin=platform.url), False),
            ("new_app_each_time", direct, True),
        )
        met = True
        for name, where, new_apps in cases:
            rate, times = asyncio.run(load(where, keys, new_apps=new_apps))
            least = 100 if name == "direct_on_socket" else None
            met = figure("logins", name, rate, "logins/s", least=least, against=against) and met
            p50, p95 = percentile(times, 0.5), percentile(times, 0.95)
            figure("logins", f"{name}_p50", p50, "ms", against=f"{CLIENTS} clients at once")
            figure("logins", f"{name}_p95", p95, "ms", against=f"{CLIENTS} clients at once")
    return met
