"""The small pure pieces: labels, states, hardware, approvals, settings, masks, progress."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import CARDS, MACHINE, SETTINGS, approval, container, flavour, release

from deployers.core.adoption import DENIALS, difference
from deployers.core.approving import approval_for, revoked
from deployers.core.errors import NotApproved, NothingFits
from deployers.core.hardware import qualifiers
from deployers.core.labels import PREFIX, Belonging, from_labels, to_labels
from deployers.core.masking import DUMP_BYTES, masked
from deployers.core.model import Gpu, GpuKind, Pod, State
from deployers.core.placing import best_flavour
from deployers.core.pulling import PullProgress
from deployers.core.settings import with_remote
from deployers.core.status import reason_of, status_of
from kabinet_server.domain.facts import Facts
from kabinet_server.domain.kinds import PodStatus

OURS = Belonging("engine-1", "1", "d1", "f1", "a1", "m1", "r1")
words = st.text(st.characters(exclude_characters=",", codec="ascii"), min_size=1)


class TestLabels:
    """Labels say all that is needed to know a container again."""

    @given(
        st.builds(
            Belonging, *[words] * 7, client=words, gpus=st.lists(words, max_size=3).map(tuple)
        )
    )
    def test_what_was_written_is_read_back(self, belonging: Belonging) -> None:
        assert from_labels(to_labels(belonging)) == belonging

    def test_a_container_of_somebody_else_belongs_to_nobody(self) -> None:
        assert from_labels({}) is None
        assert from_labels({"com.docker.compose.project": "x"}) is None
        assert from_labels({PREFIX + "engine": "e"}) is None

    def test_all_labels_are_in_our_name_space(self) -> None:
        assert all(name.startswith(PREFIX) for name in to_labels(OURS))


class TestStatus:
    """What Kabinet is told of a container."""

    @pytest.mark.parametrize(
        ("fields", "status"),
        [
            ({"state": State.CREATED}, PodStatus.PENDING),
            ({"state": State.RUNNING}, PodStatus.RUNNING),
            ({"state": State.RUNNING, "health": "starting"}, PodStatus.PENDING),
            ({"state": State.RUNNING, "health": "healthy"}, PodStatus.RUNNING),
            ({"state": State.RUNNING, "health": "unhealthy"}, PodStatus.RUNNING),
            ({"state": State.PAUSED}, PodStatus.STOPPED),
            ({"state": State.RESTARTING}, PodStatus.PENDING),
            ({"state": State.REMOVING}, PodStatus.STOPPING),
            ({"state": State.EXITED}, PodStatus.STOPPED),
            ({"state": State.EXITED, "exit_code": 143}, PodStatus.STOPPED),
            ({"state": State.EXITED, "exit_code": 1}, PodStatus.FAILED),
            ({"state": State.EXITED, "exit_code": 137, "out_of_memory": True}, PodStatus.FAILED),
            ({"state": State.DEAD}, PodStatus.FAILED),
            ({"state": State.UNKNOWN}, PodStatus.UNKOWN),
        ],
    )
    def test_of_each_state(self, fields: dict[str, object], status: PodStatus) -> None:
        assert status_of(container(**fields)) is status

    @pytest.mark.parametrize(
        ("fields", "text"),
        [
            ({}, ""),
            ({"health": "unhealthy"}, "its health check fails"),
            ({"state": State.EXITED, "exit_code": 3}, "it ended with code 3"),
            ({"state": State.EXITED, "error": "no such file"}, "no such file"),
            ({"state": State.EXITED, "out_of_memory": True}, "more memory than it may"),
            ({"state": State.PAUSED}, "it is paused"),
        ],
    )
    def test_the_reason_is_in_plain_words(self, fields: dict[str, object], text: str) -> None:
        assert text in reason_of(container(**fields))


class TestHardware:
    """What a machine declares."""

    def test_a_machine_without_cards_says_so(self) -> None:
        found = dict(qualifiers(MACHINE))
        assert found == {
            "cpu.count": "16",
            "cpu.arch": "amd64",
            "ram.total": "64000",
            "cuda.count": "0",
            "rocm.count": "0",
            "oneapi.count": "0",
            "gpu": "false",
        }

    def test_the_weakest_card_speaks_for_all(self) -> None:
        weak = Gpu(GpuKind.CUDA, "GPU-c", 8_000, "7.5")
        found = dict(qualifiers(replace(MACHINE, gpus=(*CARDS, weak), frequency=3600.4)))
        assert found["cuda.count"] == "3"
        assert found["cuda.memory"] == "8000"
        assert found["cuda.computeCapability"] == "7.5"
        assert found["cuda.devices"] == "GPU-a:24000,GPU-b:24000,GPU-c:8000"
        assert found["gpu"] == "true"
        assert found["cpu.frequency"] == "3600"

    def test_what_no_tool_told_is_not_declared(self) -> None:
        unknown = Gpu(GpuKind.CUDA, "GPU-c")
        found = dict(qualifiers(replace(MACHINE, gpus=(*CARDS, unknown))))
        assert "cuda.memory" not in found
        assert "cuda.computeCapability" not in found

    def test_facts_of_the_probe_are_passed_on(self) -> None:
        found = dict(qualifiers(replace(MACHINE, facts={"cuda.version": "12.10"})))
        assert found["cuda.version"] == "12.10"

    def test_a_capability_of_two_digits_is_more_than_one_of_one(self) -> None:
        cards = (Gpu(GpuKind.CUDA, "a", 1, "8.10"), Gpu(GpuKind.CUDA, "b", 1, "8.9"))
        found = dict(qualifiers(replace(MACHINE, gpus=cards)))
        assert found["cuda.computeCapability"] == "8.9"


class TestPlacing:
    """Which flavour is started."""

    VANILLA = flavour("r", "vanilla")
    CUDA = flavour("r", "cuda", selectors=[{"kind": "cuda", "required": True}])

    def best(self, *flavours, gpus=()) -> str:
        machine = replace(MACHINE, gpus=tuple(gpus))
        return best_flavour(flavours, Facts(dict(qualifiers(machine)))).name

    def test_the_card_is_used_where_there_is_one(self) -> None:
        assert self.best(self.VANILLA, self.CUDA) == "vanilla"
        assert self.best(self.VANILLA, self.CUDA, gpus=CARDS) == "cuda"
        assert self.best(self.CUDA, self.VANILLA, gpus=CARDS) == "cuda"

    def test_a_misfit_is_explained(self) -> None:
        with pytest.raises(NothingFits, match=r"cuda: cuda.count: 0 < 1"):
            self.best(self.CUDA)

    def test_an_image_for_another_platform_does_not_fit(self) -> None:
        arm = flavour("r", "arm", platforms=("linux/arm64",))
        with pytest.raises(NothingFits, match="platform"):
            self.best(arm)


class TestApproving:
    """Which approval counts, and what is said when none does."""

    def find(self, *approvals):
        return approval_for(release(), approvals, agent=SETTINGS.agent, backend="1")

    def test_an_active_one_is_found(self) -> None:
        assert self.find(approval(release())).id == "1"

    def test_one_for_this_backend_comes_first_then_the_newest(self) -> None:
        old = approval(release(), id="3", backends=frozenset({"1"}))
        new = approval(release(), id="10")
        assert self.find(old, new).id == "3"
        assert self.find(approval(release(), id="9"), new).id == "10"

    @pytest.mark.parametrize(
        ("fields", "why"),
        [
            ({"revoked_at": datetime(2026, 1, 1, tzinfo=UTC)}, "was revoked"),
            ({"agent": "org.example.other"}, "names another deployer"),
            ({"backends": frozenset({"2"}), "is_active": True}, "does not cover this backend"),
            ({"is_active": False}, "published anew"),
        ],
    )
    def test_each_refusal_says_why(self, fields: dict[str, object], why: str) -> None:
        one = approval(release(), **{"is_active": "revoked_at" not in fields, **fields})
        with pytest.raises(NotApproved, match=why):
            self.find(one)

    def test_one_for_another_release_is_none(self) -> None:
        with pytest.raises(NotApproved, match="Nobody has approved"):
            self.find(approval(release("r2")))

    def test_only_revoked_ones_end_what_runs(self) -> None:
        moment = datetime(2026, 1, 1, tzinfo=UTC)
        gone = approval(release(), id="2", is_active=False, revoked_at=moment)
        stale = approval(release(), id="3", is_active=False)
        assert revoked([approval(release()), gone, stale]) == {"2"}


class TestRemoteValues:
    """What an admin may change from afar."""

    @pytest.mark.parametrize(
        ("value", "seconds"),
        [
            (30, 30.0),
            ("2.5", 2.5),
            (None, 5.0),
            (True, 5.0),
            ("soon", 5.0),
            (0, 5.0),
            (-1, 5.0),
            (1e9, 5.0),
            (float("nan"), 5.0),
            ([1], 5.0),
        ],
    )
    def test_only_sense_is_taken(self, value: object, seconds: float) -> None:
        assert with_remote(SETTINGS, {"docker.sync_interval": value}).sync_seconds == seconds

    def test_nothing_set_changes_nothing(self) -> None:
        assert with_remote(SETTINGS, {}) is SETTINGS


class TestMasking:
    """Credentials do not leave the machine with a log."""

    @pytest.mark.parametrize(
        "secret",
        [
            "bmk_AbCdEfGh12345678",
            "eyJhbGciOi.eyJzdWIiOjF9.c2lnbmF0dXJl",
        ],
    )
    def test_shapes_of_credentials_are_hidden(self, secret: str) -> None:
        assert secret not in masked(f"before {secret} after")
        assert masked(f"before {secret} after") == "before [hidden] after"

    def test_bearer_tokens_and_named_secrets_are_hidden(self) -> None:
        assert masked("Authorization: Bearer abcdefgh1234") == "Authorization: Bearer [hidden]"
        assert masked("password is hunter2", ["hunter2", ""]) == "password is [hidden]"

    def test_plain_text_stays(self) -> None:
        text = "Traceback: KeyError 'bmk'\nbearer of bad news\nüñí"
        assert masked(text) == text

    def test_the_end_of_a_long_log_is_kept_and_nul_is_not(self) -> None:
        found = masked("a" * DUMP_BYTES + "ü\0end")
        assert found.endswith("üend")
        assert len(found.encode()) <= DUMP_BYTES


class TestPullProgress:
    """Percentages out of the lines of the engine."""

    def test_a_whole_pull(self) -> None:
        meter = PullProgress()
        lines = [
            {"status": "Pulling from app", "id": "1"},
            {"status": "Pulling fs layer", "id": "a"},
            {"status": "Already exists", "id": "b"},
            {"status": "Downloading", "id": "a", "progressDetail": {"current": 50, "total": 100}},
            {"status": "Download complete", "id": "a"},
            {"status": "Extracting", "id": "a", "progressDetail": {"current": 100, "total": 100}},
            {"status": "Pull complete", "id": "a"},
            {"status": "Digest: sha256:1"},
        ]
        found = [meter.heard(line) for line in lines]
        assert found == [0, 0, 50, 68, 87, 100, 100, 100]
        assert meter.error is None

    def test_an_error_is_kept_in_the_words_of_the_registry(self) -> None:
        meter = PullProgress()
        meter.heard({"errorDetail": {"message": "no space left"}, "error": "no space left"})
        assert meter.error == "no space left"

    @given(
        st.lists(
            st.fixed_dictionaries(
                {
                    "status": st.sampled_from(
                        [
                            "Pulling fs layer",
                            "Waiting",
                            "Downloading",
                            "Extracting",
                            "Pull complete",
                            "Already exists",
                            "???",
                        ]
                    ),
                    "id": st.sampled_from(["a", "b", "c", ""]),
                    "progressDetail": st.one_of(
                        st.none(),
                        st.fixed_dictionaries(
                            {"current": st.integers(0, 10), "total": st.integers(0, 5)}
                        ),
                    ),
                }
            )
        )
    )
    def test_it_never_falls_and_never_leaves_its_range(self, lines) -> None:
        meter = PullProgress()
        found = [meter.heard(line) for line in lines]
        assert found == sorted(found)
        assert all(0 <= one <= 100 for one in found)


class TestDifference:
    """What is to be done, as data."""

    def pod(self, local_id: str = "c1", status: PodStatus = PodStatus.RUNNING) -> Pod:
        return Pod("p1", local_id, status, "d1", flavour("r1"), "a1")

    def ours(self, id: str = "c1", **fields: object):
        return container(id, labels=to_labels(OURS), **fields)

    def test_agreement_is_empty(self) -> None:
        found = difference([self.ours()], [self.pod()], engine="engine-1")
        assert found == type(found)()

    def test_a_pod_that_ended_and_is_gone_is_history(self) -> None:
        assert difference([], [self.pod(status=PodStatus.FAILED)], engine="engine-1").gone == ()
        assert len(difference([], [self.pod()], engine="engine-1").gone) == 1

    def test_a_stray_becomes_unwanted_by_denials(self) -> None:
        for denials in range(DENIALS + 1):
            (stray,) = difference(
                [self.ours()], [], engine="engine-1", denials={"c1": denials}
            ).strays
            assert stray.is_unwanted == (denials >= DENIALS)

    def test_what_was_withdrawn_and_has_ended_is_left(self) -> None:
        done = self.ours(state=State.EXITED)
        found = difference([done], [self.pod()], engine="engine-1", revoked={"a1"})
        assert found.withdrawn == ()
        found = difference([self.ours()], [], engine="engine-1", revoked={"a1"})
        assert [(one.container.id, one.pod) for one in found.withdrawn] == [("c1", None)]

    @given(st.lists(st.sampled_from(list(State)), max_size=5), st.booleans())
    def test_it_is_the_same_however_often_one_looks(self, states, known: bool) -> None:
        containers = [self.ours(f"c{n}", state=state) for n, state in enumerate(states)]
        pods = [self.pod(one.id, status_of(one)) for one in containers] if known else []
        first = difference(containers, pods, engine="engine-1")
        assert first == difference(list(reversed(containers))[::-1], pods, engine="engine-1")
        assert first.reports == ()
        assert len(first.strays) == (0 if known else len(containers))
