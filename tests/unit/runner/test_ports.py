"""Which ports are used, and what a person reads when one is taken."""

import os
import socket
from collections.abc import Iterator

import pytest

from aisle.core.errors import AisleError
from aisle.runner.ports import chosen_ports, free_port, listener_on


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_taken_port_is_one_message_naming_port_setting_and_listener(taken: int):
    with pytest.raises(AisleError) as refused:
        chosen_ports({"AISLE_DOCS_PORT": taken})
    for word in (str(taken), "AISLE_DOCS_PORT", "pytest", str(os.getpid()), "0 picks"):
        assert word in str(refused.value)


def test_all_taken_ports_are_named_at_once(taken: int):
    with socket.create_server(("127.0.0.1", 0)) as other:
        wanted = {"AISLE_ONE": taken, "AISLE_TWO": other.getsockname()[1]}
        with pytest.raises(AisleError, match=r"AISLE_ONE(.|\n)*AISLE_TWO"):
            chosen_ports(wanted)


def test_zero_picks_free_ports_and_others_stay():
    wanted = {"AISLE_ONE": 0, "AISLE_TWO": 0, "AISLE_THREE": free_port()}
    chosen = chosen_ports(wanted)
    assert len(set(chosen.values())) == 3
    assert chosen["AISLE_THREE"] == wanted["AISLE_THREE"]


def test_one_port_for_two_settings_is_refused():
    port = free_port()
    with pytest.raises(AisleError, match=f"AISLE_ONE and AISLE_TWO are both {port}"):
        chosen_ports({"AISLE_ONE": port, "AISLE_TWO": port})


def test_a_port_nobody_listens_on_has_no_listener_of_ours():
    assert listener_on(free_port()) == "another user's process"
