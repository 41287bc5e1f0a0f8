"""Reads this machine's hardware: nothing is run in a container, no image is fetched."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deployers.core.model import Gpu, GpuKind, Machine

_MB = 1024 * 1024
_QUERY = "uuid,memory.total,compute_cap,driver_version"
_CUDA_VERSION = re.compile(r"CUDA Version:\s*(\d+\.\d+)")
_MIG = re.compile(r"\(UUID:\s*(MIG-[0-9a-fA-F-]+)\)")
_VENDORS = {"0x1002": GpuKind.ROCM, "0x8086": GpuKind.ONEAPI}
_PATIENCE_SECONDS = 20


@dataclass(frozen=True)
class Tables:
    """What the machine said, as it said it; made by hand in tests."""

    #: The answer of `GET /info`.
    info: Mapping[str, Any]
    #: Output of `nvidia-smi --query-gpu=...`, empty where there is none.
    nvidia: str = ""
    #: Output of `nvidia-smi -L`, which names hardware slices, and of plain `nvidia-smi`.
    nvidia_list: str = ""
    nvidia_banner: str = ""
    #: Render node to PCI vendor and memory in bytes.
    render_nodes: tuple[tuple[str, str, int], ...] = ()
    has_kfd: bool = False
    rocm_version: str = ""
    cpu_frequency: float | None = None


def read_machine(tables: Tables) -> Machine:
    """Return the machine behind the tables. Pure."""
    info = tables.info
    facts: dict[str, str] = {}
    cards: list[Gpu] = []
    if _has_nvidia_runtime(info):
        cards += nvidia_cards(tables.nvidia, tables.nvidia_list)
        found = _CUDA_VERSION.search(tables.nvidia_banner)
        if found and cards:
            facts["cuda.version"] = found[1]
        if any(card.id.startswith("MIG-") for card in cards):
            facts["cuda.sharing"] = "exclusive"
    for node, vendor, memory in tables.render_nodes:
        kind = _VENDORS.get(vendor)
        if kind is None or (kind is GpuKind.ROCM and not tables.has_kfd):
            continue
        cards.append(Gpu(kind, node, memory // _MB, files=(node,)))
    if tables.rocm_version and any(card.kind is GpuKind.ROCM for card in cards):
        facts["rocm.apiVersion"] = tables.rocm_version
    return Machine(
        cpus=int(info.get("NCPU") or 1),
        arch=str(info.get("Architecture") or "unknown"),
        memory=int(info.get("MemTotal") or 0) // _MB,
        frequency=tables.cpu_frequency,
        gpus=tuple(cards),
        facts=facts,
    )


def _has_nvidia_runtime(info: Mapping[str, Any]) -> bool:
    """Cards the engine cannot hand to a container are no use, and are not declared."""
    if "nvidia" in (info.get("Runtimes") or {}):
        return True
    devices = info.get("DiscoveredDevices") or ()
    return any(str(one.get("ID", "")).startswith("nvidia.com/gpu") for one in devices)


def nvidia_cards(table: str, listing: str = "") -> list[Gpu]:
    """Read the cards; a card that is cut into slices is replaced by its slices."""
    slices = _slices(listing)
    cards = []
    for line in table.splitlines():
        words = [word.strip() for word in line.split(",")]
        if len(words) < 3 or not words[0].startswith("GPU-"):
            continue
        uuid, capability = words[0], words[2]
        memory = _leading_number(words[1])
        parts = slices.get(uuid)
        if parts:
            cards += [Gpu(GpuKind.CUDA, one, memory // len(parts), capability) for one in parts]
        else:
            cards.append(Gpu(GpuKind.CUDA, uuid, memory, capability))
    return cards


def _slices(listing: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    card = ""
    for line in listing.splitlines():
        whole = re.search(r"\(UUID:\s*(GPU-[0-9a-fA-F-]+)\)", line)
        part = _MIG.search(line)
        if whole:
            card = whole[1]
        elif part and card:
            found.setdefault(card, []).append(part[1])
    return found


def _leading_number(text: str) -> int:
    found = re.match(r"\d+", text)
    return int(found[0]) if found else 0


def look(info: Mapping[str, Any], root: Path = Path("/")) -> Tables:
    """Read the files and ask the tools of this machine."""
    return Tables(
        info=info,
        nvidia=_said("nvidia-smi", f"--query-gpu={_QUERY}", "--format=csv,noheader,nounits"),
        nvidia_list=_said("nvidia-smi", "-L"),
        nvidia_banner=_said("nvidia-smi"),
        render_nodes=tuple(_render_nodes(root)),
        has_kfd=(root / "dev/kfd").exists(),
        rocm_version=_first_line(root / "opt/rocm/.info/version").partition("-")[0],
        cpu_frequency=_frequency(root),
    )


def _said(*words: str) -> str:
    program = shutil.which(words[0])
    if program is None:
        return ""
    try:
        done = subprocess.run(
            [program, *words[1:]],
            capture_output=True,
            text=True,
            timeout=_PATIENCE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


def _render_nodes(root: Path) -> Iterable[tuple[str, str, int]]:
    for node in sorted((root / "dev/dri").glob("renderD*")):
        device = root / "sys/class/drm" / node.name / "device"
        memory = _first_line(device / "mem_info_vram_total")
        yield f"/dev/dri/{node.name}", _first_line(device / "vendor"), _leading_number(memory)


def _frequency(root: Path) -> float | None:
    khz = _first_line(root / "sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq")
    if khz.isdigit():
        return int(khz) / 1000
    for line in _lines(root / "proc/cpuinfo"):
        name, _, value = line.partition(":")
        if name.strip() == "cpu MHz":
            return float(value)
    return None


def _first_line(path: Path) -> str:
    return next(iter(_lines(path)), "").strip()


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(errors="replace").splitlines()
    except OSError:
        return []
