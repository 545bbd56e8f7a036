"""The pages of `aisle ui`: what is served, and what never is."""

import http.client
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest

from aisle.runner.pages import Link, Site, answer_for, serving_pages
from aisle.runner.ports import free_port


@pytest.fixture
def sites(tmp_path: Path) -> dict[str, Site]:
    docs = tmp_path / "docs"
    (docs / "deep").mkdir(parents=True)
    (docs / "index.html").write_text("<p>front</p>")
    (docs / "deep" / "page.html").write_text("<p>deep</p>")
    (docs / "style.css").write_text("p {}")
    (tmp_path / "secret.txt").write_text("secret")
    (docs / "way_out").symlink_to(tmp_path)
    (tmp_path / "docs_too").mkdir()
    (tmp_path / "docs_too" / "secret.txt").write_text("secret")
    return {
        "docs": Site(docs, "Docs", "about", "how"),
        "absent": Site(tmp_path / "absent", "Absent", "about", "run `aisle <make>`"),
    }


def no_links() -> list[Link]:
    return []


@pytest.mark.parametrize(
    ("path", "content", "kind"),
    [
        ("/docs/", b"<p>front</p>", "text/html"),
        ("/docs/deep/page.html?x=1", b"<p>deep</p>", "text/html"),
        ("/docs/style.css", b"p {}", "text/css"),
    ],
)
def test_files_below_a_site_are_served(sites, path: str, content: bytes, kind: str):
    answer = answer_for(path, sites, no_links)
    assert (answer.status, answer.content, answer.kind) == (HTTPStatus.OK, content, kind)


@pytest.mark.parametrize(
    "path",
    [
        "/docs/../secret.txt",
        "/docs/%2e%2e/secret.txt",
        "/docs/..%2fsecret.txt",
        "/docs/../docs_too/secret.txt",
        "/docs/way_out/secret.txt",
        "/docs//etc/passwd",
        "/docs/%00",
        "/docs/" + "a" * 300,
        "/docs/deep/",
        "/secret.txt",
    ],
)
def test_nothing_else_is(sites, path: str):
    answer = answer_for(path, sites, no_links)
    assert answer.status == HTTPStatus.NOT_FOUND
    assert b"secret</" not in answer.content


def test_a_site_that_is_not_there_yet_says_how_to_make_it(sites):
    answer = answer_for("/absent/", sites, no_links)
    assert answer.status == HTTPStatus.NOT_FOUND
    assert b"run `aisle &lt;make&gt;`" in answer.content


def test_a_site_without_its_slash_is_redirected_so_that_its_links_work(sites):
    answer = answer_for("/docs", sites, no_links)
    assert (answer.status, answer.location) == (HTTPStatus.MOVED_PERMANENTLY, "/docs/")


def test_the_start_page_leads_to_everything(sites):
    links = [Link("Airflow", "http://127.0.0.1:1", "<says>")]
    page = answer_for("/", sites, lambda: links).content
    assert b'<a href="http://127.0.0.1:1">Airflow</a>' in page
    assert b"&lt;says&gt;" in page


@pytest.fixture
def port(sites) -> Iterator[int]:
    port = free_port()
    with serving_pages(port, sites, no_links):
        yield port


def _status(port: int, method: str, host: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request(method, "/docs/", headers={"Host": host})
    return connection.getresponse().status


def test_only_reading_under_names_of_this_machine(port: int):
    assert _status(port, "GET", f"localhost:{port}") == HTTPStatus.OK
    assert _status(port, "HEAD", f"127.0.0.1:{port}") == HTTPStatus.OK
    assert _status(port, "GET", "evil.example.com") == HTTPStatus.FORBIDDEN
    assert _status(port, "POST", f"localhost:{port}") == HTTPStatus.NOT_IMPLEMENTED
