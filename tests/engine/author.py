"""An author at work: an app of a few lines, packed and published by the unmodified `arkitekt`."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

from daemon import Engine

_APP = '''\
"""Counts words; its version tells which one answers."""

import asyncio
import os
from pathlib import Path

from arkitekt import App

app = App("{identifier}", "{version}", description="Counts words")


@app.action
def count_words(text: str) -> int:
    """Count the words of a text."""
    return len(text.split())


@app.action
def tell_version() -> str:
    """Tell which version this is."""
    return "{version}"


@app.action
def remember(word: str) -> str:
    """Keep a word in the folder that outlives the container; return all that were kept."""
    file = Path("/data/words")
    with file.open("a") as words:
        words.write(word + "\\n")
    return " ".join(file.read_text().split())


@app.action
async def rest(seconds: float) -> float:
    """Be at work for a while."""
    await asyncio.sleep(seconds)
    return seconds


@app.action
def look_around() -> str:
    """Tell what this container is and may."""
    status = Path("/proc/self/status").read_text()
    caps = status.split("CapEff:")[1].split()[0]
    return f"uid={{os.getuid()}} caps={{caps}} version={version}"


print("counter {version} starts", flush=True)
'''
_DOCKERFILE = """\
FROM {base}
RUN mkdir -p /app /data && chown 1000:1000 /app /data
WORKDIR /app
COPY . /app
USER 1000:1000
VOLUME /data
"""
#: Debian's engine has no buildx, which the default command of the client asks for.
_BUILD_COMMAND = '["docker", "build", "-q", "-t", "{tag}", "-f", "{dockerfile}", "."]'


class Author:
    """A folder with an app, and the released command line in it."""

    def __init__(
        self, folder: Path, *, identifier: str, base: str, engine: Engine, python: Path
    ) -> None:
        self.folder = folder
        self.identifier = identifier
        self._base = base
        self._arkitekt = str(python.parent / "arkitekt")
        self._environment = self._variables(engine)
        folder.mkdir(parents=True)
        self.write("0.1.0")
        self._git("init", "-q", "-b", "main")

    def _variables(self, engine: Engine) -> dict[str, str]:
        # `publish` wants to know who pushes; with a tag given it makes no use of it.
        config = self.folder.parent / f"{self.folder.name}-docker"
        config.mkdir(parents=True)
        login = {"auths": {"https://index.docker.io/v1/": {"auth": "dGVzdDp0ZXN0"}}}
        (config / "config.json").write_text(json.dumps(login))
        return {
            **engine.environment(),
            "DOCKER_CONFIG": str(config),
            "HOME": str(config),
            "XDG_STATE_HOME": str(config),
            "GIT_AUTHOR_NAME": "Author",
            "GIT_AUTHOR_EMAIL": "author@example.org",
            "GIT_COMMITTER_NAME": "Author",
            "GIT_COMMITTER_EMAIL": "author@example.org",
            "NO_COLOR": "1",
            "COLUMNS": "200",
            "PATH": os.environ["PATH"],
        }

    def _run(self, *words: str) -> str:
        done = subprocess.run(
            words,
            cwd=self.folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, f"{' '.join(words)}:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def _git(self, *words: str) -> str:
        return self._run("git", *words)

    def write(self, version: str) -> None:
        """Write the app at a version."""
        text = _APP.format(identifier=self.identifier, version=version)
        (self.folder / "app.py").write_text(text)
        self.version = version

    def init(self) -> None:
        """`arkitekt plugin init`, then what the author changes in the files it made."""
        self._run(self._arkitekt, "plugin", "init", "--no-multi-arch", "--devcontainer")
        flavour = self.folder / ".arkitekt" / "flavours" / "vanilla"
        (flavour / "Dockerfile").write_text(_DOCKERFILE.format(base=self._base))
        config = flavour / "config.yaml"
        text = re.sub(r"build_command:\n(- .*\n)+", "", config.read_text())
        config.write_text(f"{text}build_command: {_BUILD_COMMAND}\n")

    def build(self) -> None:
        """`arkitekt plugin build`."""
        self._run(self._arkitekt, "plugin", "build")

    def publish(self, tag: str) -> str:
        """`arkitekt plugin publish`; returns the text of the deployments file it wrote."""
        self._run(self._arkitekt, "plugin", "publish", "--tag", tag)
        return (self.folder / ".arkitekt" / "deployments.yaml").read_text()

    def release(self, repository: str) -> None:
        """Commit, tag, and `arkitekt plugin release`."""
        self._git("add", "-A")
        self._git("commit", "-q", "-m", f"Version {self.version}")
        self._git("tag", f"v{self.version}")
        self._run(
            *(self._arkitekt, "plugin", "release"),
            *("--repository", repository, "--no-test"),
        )
