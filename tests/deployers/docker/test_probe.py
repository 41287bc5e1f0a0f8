"""Hardware out of what a machine says, with tables of machines this one is not."""

from pathlib import Path

import pytest

from deployers.core.model import Gpu, GpuKind
from deployers.docker.probe import Tables, look, nvidia_cards, read_machine

INFO = {
    "NCPU": 8,
    "Architecture": "x86_64",
    "MemTotal": 32 * 1024**3,
    "Runtimes": {"runc": {}, "nvidia": {}},
}
TABLE = "GPU-aa-1, 24564, 8.9, 555.42.02\nGPU-bb-2, 24564, 8.9, 555.42.02\n"
LISTING = """\
GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-aa-1)
  MIG 3g.20gb     Device  0: (UUID: MIG-11111111-0)
  MIG 3g.20gb     Device  1: (UUID: MIG-11111111-1)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-bb-2)
"""
BANNER = "| NVIDIA-SMI 555.42.02   Driver Version: 555.42.02   CUDA Version: 12.5     |"
AMD = ("/dev/dri/renderD128", "0x1002", 16 * 1024**3)
INTEL = ("/dev/dri/renderD129", "0x8086", 0)


def test_a_machine_without_cards() -> None:
    machine = read_machine(Tables({**INFO, "Runtimes": {"runc": {}}}, cpu_frequency=3600.0))
    assert (machine.cpus, machine.arch, machine.memory) == (8, "x86_64", 32 * 1024)
    assert machine.frequency == 3600.0
    assert machine.gpus == ()
    assert machine.facts == {}


def test_nvidia_cards_with_their_memory_and_capability() -> None:
    machine = read_machine(Tables(INFO, nvidia=TABLE, nvidia_banner=BANNER))
    assert machine.gpus == (
        Gpu(GpuKind.CUDA, "GPU-aa-1", 24564, "8.9"),
        Gpu(GpuKind.CUDA, "GPU-bb-2", 24564, "8.9"),
    )
    assert machine.facts == {"cuda.version": "12.5"}


def test_a_card_the_engine_cannot_hand_out_is_not_declared() -> None:
    bare = {**INFO, "Runtimes": {"runc": {}}}
    assert read_machine(Tables(bare, nvidia=TABLE, nvidia_banner=BANNER)).gpus == ()
    devices = {**bare, "DiscoveredDevices": [{"Source": "cdi", "ID": "nvidia.com/gpu=0"}]}
    assert len(read_machine(Tables(devices, nvidia=TABLE)).gpus) == 2


def test_a_card_in_slices_is_its_slices() -> None:
    cards = nvidia_cards(TABLE, LISTING)
    assert [card.id for card in cards] == ["MIG-11111111-0", "MIG-11111111-1", "GPU-bb-2"]
    assert [card.memory for card in cards] == [12282, 12282, 24564]


@pytest.mark.parametrize(
    "table",
    ["", "No devices were found", "NVIDIA-SMI has failed because", "GPU-aa", "x, y, z", ",,,"],
)
def test_what_a_broken_tool_says_is_no_card(table: str) -> None:
    assert nvidia_cards(table) == []


def test_memory_that_is_not_told_is_zero() -> None:
    (card,) = nvidia_cards("GPU-aa, [N/A], 8.9, 555")
    assert card.memory == 0


def test_an_amd_card_needs_the_driver_node() -> None:
    with_kfd = read_machine(Tables(INFO, render_nodes=(AMD,), has_kfd=True, rocm_version="6.2.0"))
    assert with_kfd.gpus == (Gpu(GpuKind.ROCM, AMD[0], 16 * 1024, files=(AMD[0],)),)
    assert with_kfd.facts == {"rocm.apiVersion": "6.2.0"}
    assert read_machine(Tables(INFO, render_nodes=(AMD,))).gpus == ()


def test_an_intel_card_and_one_of_a_stranger() -> None:
    nodes = (INTEL, ("/dev/dri/renderD130", "0x1af4", 0))
    machine = read_machine(Tables(INFO, render_nodes=nodes, rocm_version="6.2.0"))
    assert machine.gpus == (Gpu(GpuKind.ONEAPI, INTEL[0], files=(INTEL[0],)),)
    assert machine.facts == {}


def test_an_engine_that_says_little_is_a_small_machine() -> None:
    machine = read_machine(Tables({}))
    assert (machine.cpus, machine.arch, machine.memory) == (1, "unknown", 0)


def test_a_machine_is_read_from_its_files(tmp_path: Path) -> None:
    (tmp_path / "dev/dri").mkdir(parents=True)
    (tmp_path / "dev/dri/renderD128").touch()
    (tmp_path / "dev/dri/card0").touch()
    (tmp_path / "dev/kfd").touch()
    device = tmp_path / "sys/class/drm/renderD128/device"
    device.mkdir(parents=True)
    (device / "vendor").write_text("0x1002\n")
    (device / "mem_info_vram_total").write_text(f"{8 * 1024**3}\n")
    (tmp_path / "opt/rocm/.info").mkdir(parents=True)
    (tmp_path / "opt/rocm/.info/version").write_text("6.1.2-115\n")
    cpufreq = tmp_path / "sys/devices/system/cpu/cpu0/cpufreq"
    cpufreq.mkdir(parents=True)
    (cpufreq / "cpuinfo_max_freq").write_text("3600000\n")
    tables = look(INFO, tmp_path)
    assert tables.render_nodes == (("/dev/dri/renderD128", "0x1002", 8 * 1024**3),)
    assert (tables.has_kfd, tables.rocm_version, tables.cpu_frequency) == (True, "6.1.2", 3600.0)


def test_the_frequency_may_stand_in_the_list_of_processors(tmp_path: Path) -> None:
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/cpuinfo").write_text("processor : 0\ncpu MHz\t\t: 2800.5\n")
    assert look(INFO, tmp_path).cpu_frequency == 2800.5


def test_an_empty_machine_has_nothing(tmp_path: Path) -> None:
    tables = look(INFO, tmp_path)
    assert (tables.render_nodes, tables.has_kfd, tables.rocm_version) == ((), False, "")
    assert tables.cpu_frequency is None
