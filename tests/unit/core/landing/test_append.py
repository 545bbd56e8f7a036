import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path

import pytest

from aisle.core.landing import landed_files
from aisle.core.landing.active_file import finish_abandoned
from aisle.core.landing.append import (
    LandingLog,
    LogFailed,
    LogFull,
    LogOptions,
    Observer,
    Unobserved,
)
from aisle.core.landing.sinks import FolderSink

SOON = 10  # seconds after which a test gives up waiting


def line(number: int) -> bytes:
    return json.dumps({"message_id": f"m{number}"}).encode() + b"\n"


def landed(landing: Path) -> list[str]:
    texts = [path.read_text() for path in landed_files(landing, "events")]
    return [json.loads(one)["message_id"] for text in texts for one in text.splitlines()]


def growing(landing: Path) -> list[Path]:
    return sorted(landing.rglob("*.open"))


class Disk:
    """Stands between a log and the disk: counts, holds up and fails what is written."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.synced: list[int] = []  # size of the file at each fsync
        self.fails: list[str] = []  # the calls that fail
        self.is_free = threading.Event()
        self.is_free.set()
        for name in ("fsync", "pwritev", "ftruncate", "rename"):
            monkeypatch.setattr(os, name, self._behind(name, getattr(os, name)))

    def _behind(self, name: str, real: Callable[..., int]) -> Callable[..., int]:
        def call(*arguments: object) -> int:
            if name in self.fails:
                raise OSError(5, f"{name} failed")
            if name == "pwritev":
                self.is_free.wait(SOON)
            done = real(*arguments)
            if name == "fsync":
                self.synced.append(os.fstat(arguments[0]).st_size)  # type: ignore[arg-type]
            return done

        return call


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    disk = Disk(monkeypatch)
    yield disk
    disk.is_free.set()


@pytest.fixture
def open_log(tmp_path: Path) -> Iterator[Callable[..., LandingLog]]:
    logs = []

    def start(**options: object) -> LandingLog:
        logs.append(LandingLog(tmp_path, "events", "test", LogOptions(**options)))  # type: ignore[arg-type]
        return logs[-1]

    yield start
    for log in logs:
        log.close()


OpenLog = Callable[..., LandingLog]


def test_lines_are_synced_before_they_are_acknowledged(open_log: OpenLog, disk: Disk) -> None:
    at_acknowledgement: list[list[int]] = []
    future = open_log().append(line(1), 1)
    future.add_done_callback(lambda _: at_acknowledgement.append(list(disk.synced)))
    future.result(SOON)
    assert len(line(1)) in at_acknowledgement[0]


def test_the_folders_of_a_new_file_are_synced_before_its_lines(
    tmp_path: Path, open_log: OpenLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[Path] = []
    fsync = os.fsync

    def note(descriptor: int) -> None:
        synced.append(Path(os.readlink(f"/proc/self/fd/{descriptor}")))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    open_log().append(line(1), 1).result(SOON)
    file = growing(tmp_path)[0]
    folders = [file.parent, *file.parent.parents]
    assert synced == [*folders[: folders.index(tmp_path.parent) + 1], file]


def test_what_waits_together_is_synced_once(open_log: OpenLog, disk: Disk) -> None:
    log = open_log()
    log.append(line(0), 1).result(SOON)
    disk.is_free.clear()
    first = log.append(line(1), 1)
    while log._waiting.batches:  # until the writer has taken it
        pass
    others = [log.append(line(number), 1) for number in range(2, 50)]
    before = len(disk.synced)
    assert not first.done()
    disk.is_free.set()
    for future in [first, *others]:
        future.result(SOON)
    assert len(disk.synced) - before == 2


def test_while_many_send_what_comes_a_moment_later_joins_the_next_group(
    open_log: OpenLog, disk: Disk
) -> None:
    log = open_log(gather_seconds=1.0)
    disk.is_free.clear()
    log.append(line(0), 1)
    while log._waiting.batches:  # until the writer has taken it
        pass
    together = [log.append(line(number), 1) for number in (1, 2)]
    disk.is_free.set()
    for future in together:
        future.result(SOON)
    before = len(disk.synced)
    for number in (3, 4, 5):
        later = log.append(line(number), 1)
    later.result(SOON)
    assert len(disk.synced) - before == 1


def test_one_batch_after_the_other_waits_for_nobody(open_log: OpenLog) -> None:
    log = open_log(gather_seconds=60)
    for number in range(5):
        log.append(line(number), 1).result(SOON)


def test_readers_see_a_file_only_when_it_is_complete(tmp_path: Path, open_log: OpenLog) -> None:
    log = open_log()
    log.append(line(1) + line(2), 2).result(SOON)
    assert landed(tmp_path) == []
    log.close()
    assert landed(tmp_path) == ["m1", "m2"]
    assert growing(tmp_path) == []


def test_files_lie_by_the_utc_hour_of_receipt(tmp_path: Path, open_log: OpenLog) -> None:
    hours = [datetime(2026, 1, 1, 22, 59, 59, tzinfo=UTC), datetime(2026, 1, 2, 0, 0, tzinfo=UTC)]
    now = [hours[0].timestamp()]
    log = open_log(clock=lambda: now[0])
    log.append(line(1), 1).result(SOON)
    now[0] = hours[1].timestamp()
    log.append(line(2), 1).result(SOON)
    log.close()
    found = [str(path.parent.relative_to(tmp_path)) for path in landed_files(tmp_path, "events")]
    assert found == [
        "events/collector/date=2026-01-01/hour=22",
        "events/collector/date=2026-01-02/hour=00",
    ]


def test_a_file_is_complete_after_its_time_without_another_line(
    tmp_path: Path, open_log: OpenLog
) -> None:
    open_log(rotate_seconds=0.05).append(line(1), 1).result(SOON)
    wait_until(lambda: landed(tmp_path) == ["m1"])


def test_a_file_is_complete_at_its_size(tmp_path: Path, open_log: OpenLog) -> None:
    log = open_log(rotate_bytes=2 * len(line(1)))
    for number in range(5):
        log.append(line(number), 1).result(SOON)
    assert [len(path.read_bytes().splitlines()) for path in landed_files(tmp_path, "events")] == [
        2,
        2,
    ]
    log.close()
    assert landed(tmp_path) == ["m0", "m1", "m2", "m3", "m4"]


def test_a_full_queue_refuses_at_once_and_takes_more_later(open_log: OpenLog, disk: Disk) -> None:
    log = open_log(queue_batches=3, retry_after_seconds=7)
    disk.is_free.clear()
    waiting = [log.append(line(number), 1) for number in range(3)]
    with pytest.raises(LogFull) as refused:
        log.append(line(3), 1)
    assert refused.value.retry_after_seconds == 7
    disk.is_free.set()
    for future in waiting:
        future.result(SOON)
    log.append(line(3), 1).result(SOON)


def test_the_queue_is_bounded_in_bytes_yet_takes_one_large_batch(
    open_log: OpenLog, disk: Disk
) -> None:
    log = open_log(queue_bytes=50)
    disk.is_free.clear()
    large = log.append(line(1) * 10, 10)
    with pytest.raises(LogFull):
        log.append(line(2), 1)
    disk.is_free.set()
    large.result(SOON)


@pytest.mark.parametrize("call", ["pwritev", "fsync", "ftruncate", "rename"])
def test_a_disk_fault_fails_the_append_and_keeps_what_was_durable(
    tmp_path: Path, open_log: OpenLog, disk: Disk, call: str
) -> None:
    log = open_log()
    log.append(line(1), 1).result(SOON)
    disk.fails = [call] if call in ("pwritev", "fsync") else [call, "fsync"]
    with pytest.raises(LogFailed, match=r"fsync|pwritev"):
        log.append(line(2), 1).result(SOON)
    with pytest.raises(LogFailed):
        log.append(line(3), 1).result(SOON)
    disk.fails = []
    log.append(line(4), 1).result(SOON)
    log.close()
    open_log().close()  # finishes what could not be completed
    acknowledged = {"m1", "m4"}
    assert acknowledged <= set(landed(tmp_path)) <= acknowledged | {"m2"}
    if call != "ftruncate":
        assert sorted(landed(tmp_path)) == ["m1", "m4"]


def test_a_disk_that_takes_a_few_bytes_at_a_time_gets_all_of_them_in_order(
    tmp_path: Path, open_log: OpenLog, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def few(descriptor: int, blocks: tuple[memoryview, ...], offset: int) -> int:
        return os.pwrite(descriptor, b"".join(blocks)[:25], offset)

    log = open_log()
    disk.is_free.clear()
    log.append(line(0), 1)
    queued = [log.append(line(at), 1) for at in range(1, 9)]  # one group, several blocks
    monkeypatch.setattr(os, "pwritev", few)
    disk.is_free.set()
    for waiting in queued:
        waiting.result(SOON)
    log.close()
    assert landed(tmp_path) == [f"m{at}" for at in range(9)]


def test_a_file_removed_while_it_is_written_fails_one_append(
    tmp_path: Path, open_log: OpenLog
) -> None:
    log = open_log()
    log.append(line(1), 1).result(SOON)
    growing(tmp_path)[0].unlink()
    with pytest.raises(LogFailed, match="removed"):
        log.append(line(2), 1).result(SOON)
    log.append(line(3), 1).result(SOON)
    log.close()
    assert landed(tmp_path) == ["m3"]


def test_a_folder_that_cannot_be_written_fails_until_it_can(
    tmp_path: Path, open_log: OpenLog
) -> None:
    (tmp_path / "events").write_text("a file where the folder should be")
    log = open_log()
    for _ in range(3):
        with pytest.raises(LogFailed, match=r"Not a directory|File exists"):
            log.append(line(1), 1).result(SOON)
    (tmp_path / "events").unlink()
    log.append(line(1), 1).result(SOON)
    log.close()
    assert landed(tmp_path) == ["m1"]


FULL_DISK = """
import sys, resource
from pathlib import Path
from aisle.core.landing.active_file import finish_abandoned
from aisle.core.landing.append import LandingLog, LogFailed
{prepare}
log = LandingLog(Path(sys.argv[1]), "events", "full")
line = b'{{"message_id": "m%d", "text": "' + b"x" * 1000 + b'"}}\\n'
acknowledged, refused = [], 0
for number in range(600):
    if refused == 3:
        {recover}
    try:
        log.append(line % number, 1).result(10)
        acknowledged.append(number)
    except LogFailed as error:
        refused += 1
        assert "{error}" in str(error), error
    if refused > 50:
        break
log.close()
print(acknowledged[-1], refused)
found = [one for path in sorted(Path(sys.argv[1]).rglob("*.jsonl")) for one in open(path, "rb")]
assert found == [line % number for number in acknowledged], (len(found), len(acknowledged))
"""


def run_full(code: str, landing: Path, *before: str) -> tuple[int, int]:
    command = [*before, sys.executable, "-c", code, str(landing)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    last, refused = done.stdout.split()
    return int(last), int(refused)


def test_a_limit_on_the_size_of_files_fails_what_does_not_fit(tmp_path: Path) -> None:
    """The file that is too large is completed, and the next one takes the next append."""
    prepare = "resource.setrlimit(resource.RLIMIT_FSIZE, (200_500, 200_500))"
    code = FULL_DISK.format(prepare=prepare, recover="pass", error="File too large")
    last, refused = run_full(code, tmp_path)
    assert (last, refused) == (599, 600 // 198)


def test_a_full_disk_fails_appends_until_there_is_room(tmp_path: Path) -> None:
    probe = ["unshare", "-rm", "mount", "-t", "tmpfs", "none", str(tmp_path)]
    if subprocess.run(probe, capture_output=True, check=False).returncode:
        pytest.skip("needs a mount namespace (unshare -rm)")
    disk = tmp_path / "disk"
    disk.mkdir()
    prepare = (
        "import subprocess\n"
        f"subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=300k', 'none', '{disk}'], check=True)"
    )
    recover = f"subprocess.run(['mount', '-o', 'remount,size=9m', '{disk}'], check=True)"
    code = FULL_DISK.format(prepare=prepare, recover=recover, error="No space left")
    last, refused = run_full(code, disk, "unshare", "-rm")
    assert (last, refused) == (599, 3)


def test_a_read_only_disk_fails_appends_until_it_is_writable(tmp_path: Path) -> None:
    probe = ["unshare", "-rm", "mount", "-t", "tmpfs", "none", str(tmp_path)]
    if subprocess.run(probe, capture_output=True, check=False).returncode:
        pytest.skip("needs a mount namespace (unshare -rm)")
    prepare = (
        "import subprocess\n"
        f"subprocess.run(['mount', '-t', 'tmpfs', '-o', 'ro', 'none', '{tmp_path}'], check=True)"
    )
    recover = f"subprocess.run(['mount', '-o', 'remount,rw', '{tmp_path}'], check=True)"
    code = FULL_DISK.format(prepare=prepare, recover=recover, error="Read-only file system")
    last, refused = run_full(code, tmp_path, "unshare", "-rm")
    assert (last, refused) == (599, 3)


def test_what_a_killed_writer_left_is_finished_without_its_torn_line(
    tmp_path: Path, open_log: OpenLog
) -> None:
    folder = tmp_path / "events" / "collector" / "date=2026-01-01" / "hour=00"
    folder.mkdir(parents=True)
    (folder / "a.jsonl.open").write_bytes(line(1) + line(2) + b'{"message_id": "m3')
    (folder / "b.jsonl.open").write_bytes(b'{"torn": "' + b"x" * 200_000)
    (folder / "c.jsonl.open").write_bytes(line(4) + b"y" * 200_000)
    open_log()
    assert landed(tmp_path) == ["m1", "m2", "m4"]
    assert [path.name for path in folder.iterdir() if path.name[0] == "b"] == []


def test_what_cannot_be_finished_now_stays_and_stops_nobody(tmp_path: Path, disk: Disk) -> None:
    for name in ("a", "b"):
        (tmp_path / "events" / name).mkdir(parents=True)
        (tmp_path / "events" / name / "1.jsonl.open").write_bytes(line(1))
    disk.fails = ["rename"]
    assert finish_abandoned(tmp_path) == []
    assert len(growing(tmp_path)) == 2
    disk.fails = []
    assert len(finish_abandoned(tmp_path)) == 2


def test_a_name_that_is_taken_is_passed_over(tmp_path: Path) -> None:
    """Whatever stands there, complete or growing, is never written into."""
    sink = FolderSink(tmp_path, "events", "test", rotate_seconds=60, rotate_bytes=1)
    folder = tmp_path / "events" / "collector" / "date=1970-01-01" / "hour=00"
    folder.mkdir(parents=True)
    (folder / "test-000001.jsonl").write_bytes(line(1))
    (folder / "test-000002.jsonl.open").write_bytes(line(2))
    sink.write([line(3)], now=0)
    assert sorted(landed(tmp_path)) == ["m1", "m3"]
    assert (folder / "test-000002.jsonl.open").read_bytes() == line(2)


def test_a_file_that_a_living_log_holds_is_left_alone(tmp_path: Path, open_log: OpenLog) -> None:
    log = open_log()
    log.append(line(1), 1).result(SOON)
    other = open_log()
    assert len(growing(tmp_path)) == 1
    other.append(line(2), 1).result(SOON)
    log.append(line(3), 1).result(SOON)
    log.close()
    other.close()
    assert sorted(landed(tmp_path)) == ["m1", "m2", "m3"]


def test_a_closed_log_takes_nothing_more_and_closes_twice(open_log: OpenLog) -> None:
    log = open_log()
    waiting = log.append(line(1), 1)
    log.close()
    log.close()
    waiting.result(SOON)
    with pytest.raises(LogFailed, match="closed"):
        log.append(line(2), 1).result(SOON)


def test_an_empty_block_is_done_and_half_a_line_is_refused(open_log: OpenLog) -> None:
    log = open_log()
    log.append(b"", 0).result(0)
    with pytest.raises(ValueError, match="newline"):
        log.append(b"{}", 1)


def test_a_future_cannot_be_cancelled_so_the_writer_never_stumbles(open_log: OpenLog) -> None:
    future: Future[None] = open_log().append(line(1), 1)
    assert not future.cancel()
    future.result(SOON)


def test_an_observer_hears_sizes_times_and_faults(tmp_path: Path, disk: Disk) -> None:
    class Heard(Observer):
        def __init__(self) -> None:
            self.sizes: list[tuple[int, int]] = []
            self.lost = 0
            self.depths: list[tuple[int, int]] = []

        def committed(self, records: int, size_bytes: int, seconds: float) -> None:
            assert seconds > 0
            self.sizes.append((records, size_bytes))

        def failed(self, records: int, error: Exception) -> None:
            self.lost += records

        def queued(self, batches: int, size_bytes: int) -> None:
            self.depths.append((batches, size_bytes))

    heard = Heard()
    log = LandingLog(tmp_path, "events", "test", observe=heard)
    log.append(line(1) + line(2), 2).result(SOON)
    disk.fails = ["fsync"]
    with pytest.raises(LogFailed):
        log.append(line(3), 1).result(SOON)
    disk.fails = []
    log.close()
    size = 2 * len(line(1))
    assert (heard.sizes, heard.lost) == ([(2, size)], 1)
    assert heard.depths == [(1, size), (0, 0), (1, size // 2), (0, 0)]


def wait_until(holds: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(SOON * 100):
        if holds():
            return
        pause.wait(0.01)
    raise AssertionError("it never held")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_writer_that_ends_leaves_nobody_waiting(tmp_path: Path, disk: Disk) -> None:
    class Faulty(Unobserved):
        def queued(self, batches: int, size_bytes: int) -> None:
            if not batches:
                raise RuntimeError("an observer must not raise")

    log = LandingLog(tmp_path, "events", "test", observe=Faulty())
    log.append(line(1), 1).result(SOON)
    log.close()
    with pytest.raises(LogFailed, match="closed"):
        log.append(line(2), 1).result(SOON)
    assert landed(tmp_path) == ["m1"]
