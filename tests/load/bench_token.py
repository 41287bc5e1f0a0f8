"""Cost of verifying an access token: the first time, and every time after."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

from figures import figure

from chassis.config import TokensConfig
from chassis.identity import TokenVerifier
from chassis.testing.mint import TokenMint

FIRST = 300
AGAIN = 50_000


async def measure(mint: TokenMint) -> tuple[float, float]:
    """Return microseconds of a first and of a repeated verification."""
    verifier = TokenVerifier(TokensConfig(jwks_file=mint.jwks_file), audience="rekuest")
    tokens = [mint.member(sub=str(number)).token for number in range(FIRST)]
    await verifier.verify(mint.member().token)
    started = time.perf_counter()
    for token in tokens:
        await verifier.verify(token)
    first = time.perf_counter() - started
    started = time.perf_counter()
    for number in range(AGAIN):
        await verifier.verify(tokens[number % FIRST])
    again = time.perf_counter() - started
    return first / FIRST * 1e6, again / AGAIN * 1e6


def main() -> bool:
    """Measure."""
    with tempfile.TemporaryDirectory() as folder:
        first, again = asyncio.run(measure(TokenMint(Path(folder), audience="rekuest")))
    figure("token", "first_verification", first, "us")
    against = f"the first verification of a token: {first:.0f} us"
    return figure("token", "verification_after_the_first", again, "us", most=150, against=against)
