"""Pictures are read from one folder and named hosts, within limits, and from nowhere else."""

import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from aisle.embeddings import image_source as limits
from aisle.embeddings import picture
from aisle.embeddings.image_source import BrokenImage, ImageSource
from aisle.embeddings.picture import open_picture
from aisle.embeddings.pixels import SIDE


def png(size: tuple[int, int] = (8, 4), colour: object = "red", mode: str = "RGB") -> bytes:
    written = BytesIO()
    Image.new(mode, size, colour).save(written, "PNG")  # type: ignore[arg-type]
    return written.getvalue()


class Site(BaseHTTPRequestHandler):
    """A shop's site: a picture, a large one, a slow one, redirects, and what is not there."""

    def do_GET(self) -> None:
        if self.path.startswith("/to="):
            self.send_response(302)
            self.send_header("location", self.path.removeprefix("/to="))
            self.end_headers()
            return
        self.send_response(404 if self.path == "/gone" else 200)
        self.end_headers()
        if self.path == "/slow":
            while not self.server.is_over.wait(0.02):  # type: ignore[attr-defined]
                self.wfile.write(b"x")
                self.wfile.flush()
        self.wfile.write(png() if self.path == "/a.png" else b"x" * 5000)

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[str]:
    """The address of the site."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.daemon_threads = True
    server.is_over = threading.Event()  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.is_over.set()  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()


def test_a_file_below_the_folder_is_read_however_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "red one.png").write_bytes(b"picture")
    source = ImageSource(tmp_path, frozenset())
    absolute = tmp_path / "red one.png"
    for name in ("red one.png", "/red one.png", str(absolute), absolute.as_uri()):
        assert source.read(name) == b"picture", name


@pytest.mark.parametrize("name", ["../secret", "link", "/etc/passwd", "file:///etc/passwd"])
def test_a_file_outside_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    (tmp_path / "secret").write_text("x")
    (folder / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(BrokenImage, match=r"outside|no such file"):
        ImageSource(folder, frozenset()).read(name)


@pytest.mark.parametrize("name", ["", ".", "none.png", "pipe", "a\x00b", "x" * 5000])
def test_what_is_no_plain_file_is_refused(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BrokenImage):
        ImageSource(tmp_path, frozenset()).read(name)


def test_without_a_folder_no_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"x")
    with pytest.raises(BrokenImage, match="AISLE_IMAGE_FOLDER"):
        ImageSource(None, frozenset()).read(str(tmp_path / "a.png"))


def test_a_large_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_BYTES", 10)
    (tmp_path / "a.png").write_bytes(b"x" * 11)
    with pytest.raises(BrokenImage, match="larger than 10 bytes"):
        ImageSource(tmp_path, frozenset()).read("a.png")


def test_an_allowed_host_is_asked_also_through_its_own_redirects(site: str) -> None:
    for hosts in ({"127.0.0.1"}, {site.removeprefix("http://")}):
        source = ImageSource(None, frozenset(hosts))
        assert source.read(f"{site}/a.png") == png()
        assert source.read(f"{site}/to=/a.png") == png()


@pytest.mark.parametrize(
    "address", ["/a.png", "http://127.0.0.1@evil.example/a.png", "http://[::1", "http://"]
)
def test_no_other_host_is_asked(site: str, address: str) -> None:
    location = f"{site}{address}" if address.startswith("/") else address
    for hosts in ((), ("shop.example",), ("127.0.0.1:1",)):
        with pytest.raises(BrokenImage):
            ImageSource(None, frozenset(hosts)).read(location)


@pytest.mark.parametrize(
    "target", ["http://localhost/a.png", "file:///etc/passwd", "/to=/to=/to=/to=/a"]
)
def test_a_redirect_elsewhere_or_without_end_is_not_followed(site: str, target: str) -> None:
    with pytest.raises(BrokenImage, match=r"AISLE_IMAGE_HOSTS|redirects|answered"):
        ImageSource(None, frozenset({"127.0.0.1"})).read(f"{site}/to={target}")


def test_answers_are_limited(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source = ImageSource(None, frozenset({"127.0.0.1"}))
    with pytest.raises(BrokenImage, match="answered 404"):
        source.read(f"{site}/gone")
    monkeypatch.setattr(limits, "MOST_SECONDS", 0.2)
    with pytest.raises(BrokenImage, match="took longer"):
        source.read(f"{site}/slow")
    monkeypatch.setattr(limits, "MOST_BYTES", 1000)
    with pytest.raises(BrokenImage, match="larger than 1000 bytes"):
        source.read(f"{site}/large")


def test_a_stamp_changes_with_the_file_or_the_record(tmp_path: Path) -> None:
    source = ImageSource(tmp_path, frozenset())
    assert source.stamp("a.png", "today") == ""
    (tmp_path / "a.png").write_bytes(b"x")
    before = source.stamp("a.png", "today")
    assert source.stamp("a.png", "tomorrow") == before
    (tmp_path / "a.png").write_bytes(b"xx")
    assert source.stamp("a.png", "today") != before
    assert source.stamp("https://shop.example/a.png", "today") == "today"


def test_a_picture_is_whole_and_upright_on_white() -> None:
    square = open_picture(png((8, 4)))
    assert square.size == (SIDE, SIDE)
    assert square.getpixel((SIDE // 2, 0)) == (255, 255, 255)
    assert square.getpixel((0, SIDE // 2)) == (255, 0, 0)


def test_what_is_transparent_is_white() -> None:
    assert open_picture(png(colour=(255, 0, 0, 0), mode="RGBA")).getpixel((0, 112)) == (255,) * 3


@pytest.mark.parametrize("content", [b"", b"<svg/>", png()[:50], b"%!PS-Adobe\n", b"\x89PNG\r\n"])
def test_what_is_no_picture_is_broken(content: bytes) -> None:
    with pytest.raises(BrokenImage):
        open_picture(content)


def test_a_bomb_of_pixels_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture, "MOST_PIXELS", 31)
    with pytest.raises(BrokenImage, match="too many"):
        open_picture(png((8, 4)))
