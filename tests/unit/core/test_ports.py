import socket

import pytest

from aisle.core.errors import AisleError
from aisle.core.ports import open_port


def test_a_taken_port_is_one_clear_message() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(AisleError, match=f"127.0.0.1:{port}.*AISLE_SERVING_PORT"):
            open_port("127.0.0.1", port, "AISLE_SERVING_PORT")


def test_port_zero_picks_a_free_one_on_loopback() -> None:
    with open_port("127.0.0.1", 0, "AISLE_SERVING_PORT") as listener:
        host, port = listener.getsockname()
    assert host == "127.0.0.1"
    assert port > 0
