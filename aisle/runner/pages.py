"""The start page of `aisle ui`, Data Docs and dbt docs over HTTP, on loopback."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from mimetypes import guess_type
from pathlib import Path
from string import Template
from urllib.parse import unquote, urlsplit

from aisle.runner.ports import HOST

TEMPLATE = Path(__file__).with_name("page.html")
OWN_NAMES = (HOST, "localhost")  # a page elsewhere must not read ours by renaming itself


@dataclass(frozen=True)
class Site:
    """A folder of pages: where it lies, what it tells, and how it is made while it is missing."""

    folder: Path
    title: str
    about: str
    how_to_make: str

    @property
    def exists(self) -> bool:
        """Whether it has a first page."""
        return (self.folder / "index.html").is_file()


@dataclass(frozen=True)
class Link:
    """One row of the start page."""

    title: str
    address: str
    says: str


@dataclass(frozen=True)
class Answer:
    """What is sent back: a status, its text or bytes, and for a redirect where to go."""

    status: HTTPStatus
    content: bytes = b""
    kind: str = "text/html; charset=utf-8"
    location: str | None = None


def answer_for(path: str, sites: Mapping[str, Site], links: Callable[[], list[Link]]) -> Answer:
    """Return the answer to a request path: the start page, a file of a site, or how to make it."""
    parts = [part for part in unquote(urlsplit(path).path).split("/") if part]
    if not parts:
        return Answer(HTTPStatus.OK, start_page(links()))
    site = sites.get(parts[0])
    if site is None:
        return _missing(path)
    if not site.exists:
        return Answer(HTTPStatus.NOT_FOUND, _page(site.title, f"<p>{escape(site.how_to_make)}</p>"))
    if len(parts) == 1 and not urlsplit(path).path.endswith("/"):
        return Answer(HTTPStatus.MOVED_PERMANENTLY, location=f"/{parts[0]}/")
    file = _file_below(site.folder, parts[1:])
    if file is None:
        return _missing(path)
    kind = guess_type(file.name)[0] or "application/octet-stream"
    return Answer(HTTPStatus.OK, file.read_bytes(), kind)


def start_page(links: list[Link]) -> bytes:
    """Return the page that leads to all others."""
    rows = "\n".join(
        f'<tr><td><a href="{escape(link.address)}">{escape(link.title)}</a></td>'
        f"<td>{escape(link.says)}</td></tr>"
        for link in links
    )
    return _page("Aisle", f"<table>{rows}</table>")


@contextmanager
def serving_pages(
    port: int, sites: Mapping[str, Site], links: Callable[[], list[Link]]
) -> Iterator[None]:
    """Answer on a port of loopback while the block runs."""
    handler = partial(_Handler, sites, links)
    with ThreadingHTTPServer((HOST, port), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, name="pages", daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()


class _Handler(BaseHTTPRequestHandler):
    def __init__(
        self, sites: Mapping[str, Site], links: Callable[[], list[Link]], *request: object
    ) -> None:
        self._sites = sites
        self._links = links
        super().__init__(*request)  # type: ignore[arg-type]  # answers the request at once

    def do_GET(self) -> None:
        """Answer with content."""
        answer = self._answer()
        self._send_head(answer)
        self.wfile.write(answer.content)

    def do_HEAD(self) -> None:
        """Answer without content."""
        self._send_head(self._answer())

    def log_message(self, format: str, *values: object) -> None:
        """Keep the terminal for what people need to read."""

    def _answer(self) -> Answer:
        if (self.headers.get("Host") or "").split(":")[0] not in OWN_NAMES:
            return Answer(HTTPStatus.FORBIDDEN, _page("Forbidden", "<p>Not a name of ours.</p>"))
        return answer_for(self.path, self._sites, self._links)

    def _send_head(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(answer.content)))
        self.send_header("Cache-Control", "no-cache")
        self.send_header("X-Content-Type-Options", "nosniff")
        if answer.location:
            self.send_header("Location", answer.location)
        self.end_headers()


def _file_below(folder: Path, parts: list[str]) -> Path | None:
    """Return the file that a path names if it really lies below the folder, links followed."""
    try:
        root = folder.resolve()
        file = root.joinpath(*parts).resolve()
        file = file / "index.html" if file.is_dir() else file
        is_ours = file.is_relative_to(root) and file.is_file()
    except (OSError, ValueError):  # too long a name, a null byte
        return None
    return file if is_ours else None


def _missing(path: str) -> Answer:
    text = f"<p>There is nothing at {escape(path)}. <a href='/'>Start page</a></p>"
    return Answer(HTTPStatus.NOT_FOUND, _page("Not found", text))


def _page(title: str, body: str) -> bytes:
    template = Template(TEMPLATE.read_text(encoding="utf-8"))
    return template.substitute(title=escape(title), body=body).encode()
