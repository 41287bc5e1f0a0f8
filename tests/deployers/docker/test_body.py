"""What the engine is asked: the whole body, so that nothing is missing and nothing is too much."""

from dataclasses import replace

import pytest
from samples import CARDS

from deployers.core.model import Gpu, GpuKind, Limits, Spec
from deployers.docker.body import container_body

SPEC = Spec(
    name="bauhof-1",
    image="sha256:1",
    command=("arkitekt", "run", "prod", "app", "--headless"),
    env={"FAKTS_URL": "http://bauhof.internal:8000", "FAKTS_MANDATE_KEY": "bmk_x"},
    labels={"live.bauhof.engine": "e"},
    limits=Limits(memory=512, cpus=1.5, pids=100, shared_memory=64, log_mb=5, log_files=2),
    network="bauhof-e",
    hosts={"bauhof.internal": "172.18.0.1"},
    volumes={"/data": "bauhof-data"},
)
AMD = Gpu(GpuKind.ROCM, "/dev/dri/renderD128", files=("/dev/dri/renderD128",))
INTEL = Gpu(GpuKind.ONEAPI, "/dev/dri/renderD129", files=("/dev/dri/renderD129",))


def test_the_whole_body() -> None:
    assert container_body(SPEC) == {
        "Image": "sha256:1",
        "Cmd": ["arkitekt", "run", "prod", "app", "--headless"],
        "Env": ["FAKTS_MANDATE_KEY=bmk_x", "FAKTS_URL=http://bauhof.internal:8000"],
        "Labels": {"live.bauhof.engine": "e"},
        "StopTimeout": 10,
        "Tty": False,
        "OpenStdin": False,
        "HostConfig": {
            "NetworkMode": "bauhof-e",
            "RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 5},
            "CapDrop": ["ALL"],
            "SecurityOpt": ["no-new-privileges:true"],
            "Privileged": False,
            "Init": True,
            "ReadonlyRootfs": False,
            "ExtraHosts": ["bauhof.internal:172.18.0.1"],
            "Mounts": [
                {"Type": "volume", "Source": "bauhof-data", "Target": "/data"},
                {"Type": "volume", "Target": "/var/tmp"},
            ],
            "Tmpfs": {"/tmp": "rw,nosuid,nodev,mode=1777"},
            "Memory": 512 * 1024 * 1024,
            "MemorySwap": 512 * 1024 * 1024,
            "CpuPeriod": 100_000,
            "CpuQuota": 150_000,
            "PidsLimit": 100,
            "ShmSize": 64 * 1024 * 1024,
            "LogConfig": {"Type": "json-file", "Config": {"max-size": "5m", "max-file": "2"}},
        },
        "NetworkingConfig": {"EndpointsConfig": {"bauhof-e": {}}},
    }


def test_a_volume_of_the_image_is_not_covered_by_the_one_of_the_container() -> None:
    own = {"/var/tmp": "bauhof-own"}
    mounts = container_body(replace(SPEC, volumes=own))["HostConfig"]["Mounts"]
    assert mounts == [{"Type": "volume", "Source": "bauhof-own", "Target": "/var/tmp"}]


def test_the_key_stands_in_the_environment_alone() -> None:
    body = container_body(SPEC)
    assert body.pop("Env") == ["FAKTS_MANDATE_KEY=bmk_x", "FAKTS_URL=http://bauhof.internal:8000"]
    assert "bmk_" not in str(body)


def test_nothing_of_the_host_is_reachable_by_the_body() -> None:
    """No ports, no binds, no engine socket, no other namespaces, whatever the spec says."""
    body = container_body(replace(SPEC, gpus=(*CARDS, AMD, INTEL)))
    host = body["HostConfig"]
    forbidden = {"Binds", "PortBindings", "PidMode", "IpcMode", "UTSMode", "CapAdd", "UsernsMode"}
    assert forbidden.isdisjoint(host)
    assert "ExposedPorts" not in body
    assert all(mount["Type"] == "volume" for mount in host["Mounts"])
    assert "docker.sock" not in str(body)


def test_a_user_and_a_read_only_root_are_asked_for() -> None:
    body = container_body(replace(SPEC, user="app", read_only=True))
    assert body["User"] == "app"
    assert body["HostConfig"]["ReadonlyRootfs"] is True
    assert "User" not in container_body(SPEC)


def files_of(body) -> list[str]:
    return [one["PathOnHost"] for one in body["HostConfig"].get("Devices", [])]


@pytest.mark.parametrize(
    ("cards", "request_ids", "files"),
    [
        ((), None, []),
        (CARDS[:1], ["GPU-a"], []),
        (CARDS, ["GPU-a", "GPU-b"], []),
        ((Gpu(GpuKind.CUDA, "MIG-7"),), ["MIG-7"], []),
        ((AMD,), None, ["/dev/kfd", "/dev/dri/renderD128"]),
        ((INTEL,), None, ["/dev/dri/renderD129"]),
        ((CARDS[0], INTEL), ["GPU-a"], ["/dev/dri/renderD129"]),
        ((AMD, AMD), None, ["/dev/kfd", "/dev/dri/renderD128"]),
    ],
)
def test_exactly_the_chosen_cards_are_given(cards, request_ids, files: list[str]) -> None:
    body = container_body(replace(SPEC, gpus=cards))
    requests = body["HostConfig"].get("DeviceRequests")
    if request_ids is None:
        assert requests is None
    else:
        (one,) = requests
        assert one == {"Driver": "nvidia", "DeviceIDs": request_ids, "Capabilities": [["gpu"]]}
        assert "Count" not in one
    assert files_of(body) == files
    assert body["HostConfig"].get("GroupAdd") == (["video", "render"] if files else None)
