"""What a container is given: names, limits, variables, secrets, volumes and cards."""

from dataclasses import replace

import pytest
from hypothesis import strategies as st
from samples import CARDS, SETTINGS, flavour, image_of

from deployers.core.errors import StoreRefused
from deployers.core.labels import Belonging
from deployers.core.model import Key, Limits, Values
from deployers.core.settings import Door
from deployers.core.specifying import (
    container_name,
    environment,
    limits_for,
    specify,
    volume_name,
)

OURS = Belonging("engine-1", "1", "d1", "f1", "a1", "m1", "r1")
words = st.text(st.characters(exclude_characters=",", codec="ascii"), min_size=1)


class TestSpecifying:
    """From a flavour to a container."""

    KEY = Key("bmk_x", "m1")
    INSIDE = Door("http://bauhof.internal:8000", {"bauhof.internal": "10.0.0.1"})

    def spec(self, image=None, settings=SETTINGS, **fields):
        one = flavour("r1", **fields)
        return specify(
            flavour=one,
            image=image or image_of(one),
            belonging=OURS,
            key=self.KEY,
            door=self.INSIDE,
            network="net",
            cards=CARDS[:1],
            settings=settings,
        )

    def test_the_command_is_the_entrypoint_without_a_secret(self) -> None:
        made = self.spec(more={"entrypoint": "my.app"})
        assert made.command == ("arkitekt", "run", "prod", "my.app", "--headless")
        assert made.gpus == CARDS[:1]
        assert made.hosts == {"bauhof.internal": "10.0.0.1"}
        assert made.name == container_name("engine-1", "d1")

    def test_a_user_of_the_image_is_kept_and_root_is_not_named(self) -> None:
        one = flavour("r1")
        assert self.spec(image_of(one, user="app")).user == "app"
        assert self.spec(image_of(one, user="1000:1000")).user == "1000:1000"
        for root in ("", "0", "root", "0:0"):
            assert self.spec(image_of(one, user=root)).user is None

    def test_folders_of_the_image_become_volumes_that_outlive_it(self) -> None:
        one = flavour("r1")
        found = self.spec(image_of(one, volumes=("/a", "/b"))).volumes
        assert set(found) == {"/a", "/b"}
        assert len(set(found.values())) == 2
        assert found["/a"] == volume_name("engine-1", "org.example.app", "/a")

    def test_volumes_of_two_apps_or_engines_are_never_one(self) -> None:
        names = {
            volume_name(engine, app, path)
            for engine in ("engine-1", "engine-2"[::-1])
            for app in ("a.b", "a-b", "A.B")
            for path in ("/x", "/y")
        }
        assert len(names) == 12

    @pytest.mark.parametrize(
        ("url", "told"),
        [
            ("http://bauhof.internal:8000", "1"),
            ("http://10.0.0.1:8000", "1"),
            ("http://127.0.0.1:8000", None),
            ("http://localhost:8000", None),
            ("https://lab.example.org", None),
        ],
    )
    def test_plain_http_is_allowed_only_where_it_is_needed(self, url: str, told) -> None:
        found = environment(Door(url), self.KEY, SETTINGS)
        assert found.get("FAKTS_ALLOW_INSECURE_TRANSPORT") == told
        assert found["FAKTS_URL"] == url
        assert found["ARKITEKT_DEVICE_ID"] == "box"
        assert found["ARKITEKT_SUPERVISOR"] == "live.bauhof.docker"
        assert found["XDG_STATE_HOME"] == "/tmp"
        assert found["REKUEST_JOURNAL_PATH"].startswith("/var/tmp/")

    def test_what_people_set_is_there_by_name_and_never_in_the_way(self) -> None:
        values = Values({"MODEL": "cyto", "DEPTH": 3, "FAKTS_URL": "http://evil"}, {"TOKEN": "s"})
        found = environment(self.INSIDE, self.KEY, SETTINGS, values)
        assert (found["MODEL"], found["DEPTH"], found["TOKEN"]) == ("cyto", "3", "s")
        assert found["FAKTS_URL"] == self.INSIDE.url

    @pytest.mark.parametrize("name", ["", "a b", "1st", "A=B", "A\n"])
    def test_a_name_that_is_no_variable_is_refused_in_words(self, name: str) -> None:
        with pytest.raises(StoreRefused, match="cannot be a variable"):
            environment(self.INSIDE, self.KEY, SETTINGS, Values({}, {name: "x"}))

    def test_secrets_are_in_no_picture_of_them(self) -> None:
        values = Values({}, {"TOKEN": "hush-hush", "PIN": 12345, "ON": True, "N": 1})
        assert "hush" not in repr(values)
        assert values.hidden() == ("hush-hush", "12345", "true")

    def test_a_read_only_root_moves_the_home(self) -> None:
        assert "HOME" not in self.spec().env
        made = self.spec(settings=replace(SETTINGS, read_only=True))
        assert made.read_only
        assert made.env["HOME"] == "/tmp"

    @pytest.mark.parametrize(
        ("selectors", "limits"),
        [
            ([], Limits()),
            ([{"kind": "ram", "min": 100}], Limits()),
            ([{"kind": "ram", "min": 16_000}], replace(Limits(), memory=16_000)),
            ([{"kind": "cpu", "min_count": 8}], replace(Limits(), cpus=8.0)),
            ([{"kind": "cpu"}, {"kind": "ram"}], Limits()),
        ],
    )
    def test_limits_rise_to_what_a_flavour_needs(self, selectors, limits: Limits) -> None:
        assert limits_for(selectors, Limits()) == limits
