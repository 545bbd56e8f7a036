"""A way to the collector on which answers get lost, although what was sent has arrived."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

PASSED_ON = ("authorization", "content-type", "content-encoding")


@contextmanager
def forgetful_proxy(target: str, lost_answers: int) -> Iterator[str]:
    """Yield the address of a proxy to `target` that keeps the first answers to itself."""
    lock = threading.Lock()
    left = lost_answers

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            nonlocal left
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name: self.headers[name] for name in PASSED_ON if name in self.headers}
            answer = httpx.post(f"{target}{self.path}", content=body, headers=headers)
            with lock:
                is_lost = left > 0
                left -= is_lost
            if is_lost:
                assert answer.status_code == 200, answer.text
                self.close_connection = True
                return
            self.send_response(answer.status_code)
            self.send_header("Content-Type", answer.headers["Content-Type"])
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
        assert left == 0, f"{left} answers were never lost, because nothing was sent"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
