"""The file that a log appends to: durable up to an offset, locked, renamed when complete."""

import errno
import fcntl
import logging
import os
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path

log = logging.getLogger(__name__)

OPEN = ".open"  # what the name of a growing file ends with; no reader takes it up
AT_ONCE = 1 << 16
AT_ONCE_BLOCKS = 512  # an operating system takes 1,024 or more


class ActiveFile:
    """A growing file `<name>.jsonl.open`; its lock tells the living from the abandoned."""

    def __init__(self, path: Path, descriptor: int) -> None:
        """Take a new, locked file; `create` makes one."""
        self.path = path
        self.durable_bytes = 0
        self._descriptor = descriptor

    @staticmethod
    def create(path: Path, landing: Path) -> "ActiveFile | None":
        """Return the new file, it and its folders on disk; nothing where the name is taken."""
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o644)
        except FileExistsError:
            return None
        try:
            # Whoever finishes abandoned files may have been quicker than the lock.
            mine = _lock(descriptor) and _is_same_file(descriptor, path)
            if not mine or completed(path).exists():
                os.close(descriptor)
                return None
            sync_names(path.parent, landing)
        except OSError:
            os.close(descriptor)
            path.unlink(missing_ok=True)
            raise
        return ActiveFile(path, descriptor)

    def append(self, blocks: Sequence[bytes]) -> None:
        """Write the blocks and wait until the disk has it; after an OSError, `abandon` the file.

        The machine may drop what it could not write: a second fsync would succeed and mean nothing.
        """
        if os.fstat(self._descriptor).st_nlink == 0:
            raise FileNotFoundError(errno.ENOENT, "removed while it was written", str(self.path))
        size = _write(self._descriptor, blocks, self.durable_bytes)
        os.fsync(self._descriptor)
        self.durable_bytes += size

    def complete(self) -> None:
        """Give the file the name that readers take up; without a byte it goes."""
        try:
            if self.durable_bytes:
                os.rename(self.path, completed(self.path))
            else:
                self.path.unlink(missing_ok=True)
            sync(self.path.parent)
        finally:
            os.close(self._descriptor)

    def abandon(self) -> None:
        """Complete the file with what is durable; where that fails, leave it to be finished."""
        try:
            os.ftruncate(self._descriptor, self.durable_bytes)
        except OSError:
            os.close(self._descriptor)
            raise
        self.complete()


def _write(descriptor: int, blocks: Sequence[bytes], offset: int) -> int:
    """Write all blocks, one behind the other without joining them; return their size."""
    rest: deque[memoryview] = deque(memoryview(block) for block in blocks)
    start = offset
    while rest:
        written = os.pwritev(descriptor, tuple(islice(rest, AT_ONCE_BLOCKS)), offset)
        offset += written
        while rest and written >= len(rest[0]):
            written -= len(rest.popleft())
        if written:
            rest[0] = rest[0][written:]
    return offset - start


def sync_names(folder: Path, landing: Path) -> None:
    """Wait until the disk has the folder and those above it, the landing zone's own name too."""
    for above in (folder, *folder.parents):
        sync(above)
        if above == landing:
            break
    with suppress(PermissionError):  # where a landing zone is given, what holds it may be closed
        sync(landing.parent)


def completed(path: Path) -> Path:
    """Return the name of a growing file once it is complete."""
    return path.with_name(path.name.removesuffix(OPEN))


def finish_abandoned(folder: Path) -> list[Path]:
    """Complete the growing files below `folder` that no living writer holds; return their names.

    A last line without its end was never acknowledged and is cut off. What cannot be completed now
    (a disk fault, a folder of somebody else) stays for whoever comes next.
    """
    finished = []
    for path in sorted(folder.rglob(f"*.jsonl{OPEN}")):
        try:
            if target := _finish(path):
                log.info("finished %s, which its writer left", target)
                finished.append(target)
        except OSError as error:
            log.warning("%s, which its writer left, cannot be finished: %s", path, error)
    return finished


def _finish(path: Path) -> Path | None:
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return None  # completed by its writer meanwhile
    try:
        if not (_lock(descriptor) and _is_same_file(descriptor, path)):
            return None
        length = _length_of_whole_lines(descriptor)
        os.ftruncate(descriptor, length)
        os.fsync(descriptor)
        target = completed(path)
        if length:
            os.rename(path, target)
        else:
            path.unlink()
        sync(path.parent)
        return target if length else None
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_same_file(descriptor: int, path: Path) -> bool:
    """Tell whether the path still leads to the opened file."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _length_of_whole_lines(descriptor: int) -> int:
    end = os.fstat(descriptor).st_size
    while end > 0:
        start = max(0, end - AT_ONCE)
        found = os.pread(descriptor, end - start, start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


def sync(path: Path) -> None:
    """Wait until the disk has a file, or the names that stand in a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
