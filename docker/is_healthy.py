"""Exit 0 when an address answers well and, if named, a component in its JSON says it is healthy.

For health checks inside the images, which have no curl: `is_healthy.py URL [COMPONENT]`.
"""

import json
import sys
import urllib.error
import urllib.request

TIMEOUT_SECONDS = 8


def main(url: str, component: str | None = None) -> int:
    """Return the exit code; say on stderr what is wrong."""
    # No proxy of the environment: the address is in this container or on its network.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=TIMEOUT_SECONDS) as response:
            answer = response.read()
    except (urllib.error.URLError, OSError) as error:
        sys.stderr.write(f"{url}: {error}\n")
        return 1
    if component is None:
        return 0
    try:
        status = (json.loads(answer).get(component) or {}).get("status")
    except (ValueError, AttributeError):
        status = f"nowhere in {answer[:80]!r}"
    if status != "healthy":
        sys.stderr.write(f"{url}: {component} is {status}\n")
    return int(status != "healthy")


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
