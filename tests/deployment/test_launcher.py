"""Children end with their supervisor, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from standing import alive, until_now

from deployment.child import launch_command

SUPERVISOR = textwrap.dedent(
    """
    import subprocess, sys, time
    from deployment.child import launch_command
    child = subprocess.Popen(launch_command(["/bin/sleep", "600"]), start_new_session=True)
    print(child.pid, flush=True)
    time.sleep(600)
    """
)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_child_ends_with_its_supervisor(number: int) -> None:
    with subprocess.Popen([sys.executable, "-c", SUPERVISOR], stdout=subprocess.PIPE) as parent:
        child = int(parent.stdout.readline())
        until_now(lambda: Path(f"/proc/{child}/comm").read_text().strip() == "sleep")
        parent.send_signal(number)
    until_now(lambda: not alive(child))


def test_a_child_of_nobody_does_not_start() -> None:
    words = launch_command(["/bin/echo", "hello"])
    words[4] = words[4].replace(str(os.getpid()), "1")
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode != 0
    assert done.stdout == ""


def test_the_listening_socket_is_descriptor_three(folder: Path) -> None:
    with (folder / "marked").open("w+") as file:
        file.write("handed over")
        file.flush()
        words = launch_command(["/bin/cat", "/dev/fd/3"], listen_fd=file.fileno())
        done = subprocess.run(words, pass_fds=[file.fileno()], capture_output=True, text=True)
    assert done.stdout == "handed over"


def test_files_of_a_child_are_private(folder: Path) -> None:
    words = launch_command(["/bin/touch", str(folder / "file")])
    subprocess.run(words, check=True)
    assert (folder / "file").stat().st_mode & 0o077 == 0
