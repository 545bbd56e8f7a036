"""Bytes of a product picture, from a folder or an allowed host, within limits; never elsewhere."""

import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import httpx

MOST_BYTES = 10 * 2**20
MOST_SECONDS = 10.0  # for one picture, redirects included
MOST_REDIRECTS = 3


class BrokenImage(Exception):
    """A picture that cannot be used; the message says why. It never ends a run."""


@dataclass(frozen=True)
class ImageSource:
    """What `image_url` may lead to: files below `folder`, and http(s) on `hosts` (lower case)."""

    folder: Path | None
    hosts: frozenset[str]

    def stamp(self, location: str, known_at: str) -> str:
        """Return what changes when a picture may have: a file's time and size, else the record's.

        A file that cannot be used has an empty stamp.
        """
        if _is_web(location):
            return known_at
        try:
            status = self._file(location).stat()
        except (BrokenImage, OSError):
            return ""
        return f"{status.st_mtime_ns}:{status.st_size}"

    def read(self, location: str) -> bytes:
        """Return the picture's bytes. Raises BrokenImage."""
        try:
            return self._download(location) if _is_web(location) else self._read_file(location)
        except (OSError, ValueError, httpx.HTTPError, httpx.InvalidURL) as error:
            raise BrokenImage(f"{type(error).__name__}: {error}") from error

    def _read_file(self, location: str) -> bytes:
        path = self._file(location)
        if path.stat().st_size > MOST_BYTES:
            raise BrokenImage(f"larger than {MOST_BYTES} bytes")
        return path.read_bytes()

    def _file(self, location: str) -> Path:
        """Return the file, links followed; refuse what is outside the folder or no plain file."""
        if self.folder is None:
            raise BrokenImage("a file, and AISLE_IMAGE_FOLDER names no folder")
        path = unquote(urlsplit(location).path) if location.startswith("file:") else location
        folder = self.folder.expanduser().resolve()
        try:
            target = (folder / path).resolve()
            if path.startswith("/") and not target.is_relative_to(folder):
                target = (folder / path.lstrip("/")).resolve()  # as a site's own addresses are
            is_file = target.is_file()
        except (OSError, ValueError) as error:  # a name that no file can have
            raise BrokenImage(f"no file: {error}") from error
        if not target.is_relative_to(folder):
            raise BrokenImage("outside AISLE_IMAGE_FOLDER")
        if not is_file:
            raise BrokenImage("no such file")
        return target

    def _download(self, location: str) -> bytes:
        """Follow redirects by hand, because each host must be an allowed one."""
        deadline = time.monotonic() + MOST_SECONDS
        # As it is sent: a few compressed bytes must not become gigabytes.
        plain = {"accept-encoding": "identity"}
        with httpx.Client(headers=plain, timeout=MOST_SECONDS, trust_env=False) as client:
            for _ in range(MOST_REDIRECTS + 1):
                self._require_allowed(location)
                _require_time(deadline)
                with client.stream("GET", location, follow_redirects=False) as answer:
                    if not answer.is_redirect:
                        return _body(answer, deadline)
                    location = urljoin(location, answer.headers["location"])
        raise BrokenImage(f"more than {MOST_REDIRECTS} redirects")

    def _require_allowed(self, location: str) -> None:
        url = urlsplit(location)
        host = (url.hostname or "").lower()
        if not _is_web(location) or not ({host, f"{host}:{url.port}"} & self.hosts):
            raise BrokenImage(f"host {host or location!r} is not in AISLE_IMAGE_HOSTS")


def _is_web(location: str) -> bool:
    return location.lower().startswith(("http://", "https://"))


def _body(answer: httpx.Response, deadline: float) -> bytes:
    if answer.status_code != httpx.codes.OK:
        raise BrokenImage(f"answered {answer.status_code}")
    body = bytearray()
    for part in answer.iter_raw():
        body += part
        if len(body) > MOST_BYTES:
            raise BrokenImage(f"larger than {MOST_BYTES} bytes")
        _require_time(deadline)
    return bytes(body)


def _require_time(deadline: float) -> None:
    if time.monotonic() > deadline:
        raise BrokenImage(f"took longer than {MOST_SECONDS:g} s")
