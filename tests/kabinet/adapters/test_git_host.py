"""Reading deployments files from hosts of git repositories and from folders."""

from __future__ import annotations

import json

import pytest
from images import image
from servers import serving

from chassis.config import current
from kabinet_server.adapters.fetch import Fetcher
from kabinet_server.adapters.git_host import PATHS, file_url, read_git_repo, trusted_hosts
from kabinet_server.config import KabinetConfig
from kabinet_server.domain.errors import SourceUnreachable, SourceUnreadable

FILE = json.dumps({"app_images": [image()]}).encode()


class GitHost:
    def __init__(self):
        self.files = {}
        self.status = 404

    def answer(self, method, path, headers):
        body = self.files.get(path)
        if body is None:
            return self.status, {}, b""
        if headers.get("if-none-match") == '"1"':
            return 304, {}, b""
        return 200, {"ETag": '"1"'}, body


@pytest.fixture
def host(configure):
    found = GitHost()
    with serving(found.answer) as site:
        url = f"{site.address}/{{user}}/{{repo}}/raw/branch/{{branch}}/{{path}}"
        configure(sources={"git_url": url, "timeout_seconds": 3.0, "file_bytes": 100_000})
        found.site = site
        yield found


async def read(**options):
    config = current(KabinetConfig).sources
    async with Fetcher(config, trusted=trusted_hosts(config)) as fetcher:
        given = {"user": "ada", "repo": "cells", "branch": "main"}
        return await read_git_repo(fetcher, **{**given, **options})


async def test_the_new_path_is_read_first(host):
    host.files[f"/ada/cells/raw/branch/main/{PATHS[0]}"] = FILE
    reading = await read()
    assert [one.version for one in reading.releases] == ["1.0.0"]
    assert len(host.site.asked) == 1


async def test_the_old_path_is_read_second(host):
    host.files[f"/ada/cells/raw/branch/dev/{PATHS[1]}"] = FILE
    assert len((await read(branch="dev")).releases) == 1
    assert [path.rpartition("/")[0].rpartition("/")[2] for path in host.site.paths()] == [
        ".arkitekt",
        ".arkitekt_next",
    ]


async def test_what_has_not_changed_is_not_sent_again(host):
    host.files[f"/ada/cells/raw/branch/main/{PATHS[0]}"] = FILE
    first = await read()
    again = await read(seen=first.seen)
    assert again.is_unchanged
    assert again.seen == first.seen


async def test_a_repository_without_apps_is_told(host):
    with pytest.raises(SourceUnreadable, match="not an Arkitekt repository"):
        await read()


async def test_a_broken_host_is_told(host):
    host.status = 418
    with pytest.raises(SourceUnreachable, match="418"):
        await read()


async def test_a_large_file_and_bytes_that_are_no_text_are_refused(host, configure):
    path = f"/ada/cells/raw/branch/main/{PATHS[0]}"
    host.files[path] = b"\xff\xfe"
    with pytest.raises(SourceUnreadable, match="UTF-8"):
        await read()
    configure(sources={"file_bytes": 2000})
    host.files[path] = FILE + b" " * 3000
    with pytest.raises(SourceUnreadable, match="larger than 2000"):
        await read()


async def test_parts_of_the_address_are_quoted(host):
    config = current(KabinetConfig).sources
    url = file_url(config, "a b", "c?d", "e/f#g", "x.yaml")
    assert url.endswith("/a%20b/c%3Fd/raw/branch/e/f%23g/x.yaml")


async def test_a_folder_serves_as_a_host(configure, tmp_path):
    folder = tmp_path / "ada" / "cells" / ".arkitekt"
    folder.mkdir(parents=True)
    (folder / "deployments.yaml").write_bytes(FILE)
    configure(sources={"git_url": f"file://{tmp_path}/{{user}}/{{repo}}/{{path}}"})
    assert len((await read()).releases) == 1
    with pytest.raises(SourceUnreadable, match="not an Arkitekt repository"):
        await read(repo="other")
    configure(sources={"file_bytes": 1024})
    with pytest.raises(SourceUnreadable, match="larger than 1024"):
        await read()
