"""A shop's page at a loopback address of its own, its script bundled as shops bundle theirs."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HERE = Path(__file__).parent
PAGE = (
    '<!doctype html><html lang="de"><meta charset="utf-8"><title>Küche</title>'
    '<link rel="icon" href="data:,"><script src="shop.js"></script></html>'
)


@contextmanager
def shop_site(script: str, folder: Path) -> Iterator[str]:
    """Yield the address of a page that runs `script` with the packages of this folder."""
    bundle = subprocess.run(
        ["node_modules/.bin/esbuild", "--bundle", "--log-level=error"],
        input=script.encode(),
        cwd=HERE,
        check=True,
        stdout=subprocess.PIPE,
    )
    (folder / "shop.js").write_bytes(bundle.stdout)
    (folder / "index.html").write_text(PAGE, encoding="utf-8")
    handler = partial(QuietHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *_: object) -> None:
        pass
