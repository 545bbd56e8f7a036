import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any

import pytest

from aisle.collector.intake import WakeUp


def run(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(scenario(), 10))


def test_a_group_wakes_the_loop_once_for_all_who_wait(monkeypatch: pytest.MonkeyPatch):
    async def scenario() -> None:
        durable: Future[None] = Future()
        wake_up, signals = WakeUp(), []
        loop = asyncio.get_running_loop()
        signal = loop.call_soon_threadsafe
        monkeypatch.setattr(
            loop, "call_soon_threadsafe", lambda *of: (signals.append(of), signal(*of))
        )
        waiting = [wake_up.after(durable) for _ in range(50)]
        writer = threading.Thread(target=durable.set_result, args=(None,))
        writer.start()
        await asyncio.gather(*waiting)
        writer.join()
        assert len(signals) == 1

    run(scenario)


def test_a_request_that_ends_early_takes_nobody_else_with_it():
    async def scenario() -> None:
        durable: Future[None] = Future()
        wake_up = WakeUp()
        gone, staying = wake_up.after(durable), wake_up.after(durable)
        gone.cancel()
        await asyncio.sleep(0)
        durable.set_result(None)
        await staying
        assert gone.cancelled()

    run(scenario)


def test_whoever_comes_after_the_disk_is_woken_too():
    async def scenario() -> None:
        durable: Future[None] = Future()
        durable.set_result(None)
        wake_up = WakeUp()
        await wake_up.after(durable)
        await wake_up.after(durable)

    run(scenario)


def test_a_group_that_fails_tells_all_who_wait():
    async def scenario() -> None:
        durable: Future[None] = Future()
        wake_up = WakeUp()
        waiting = [wake_up.after(durable) for _ in range(3)]
        durable.set_exception(OSError("no space left"))
        told = await asyncio.gather(*waiting, return_exceptions=True)
        assert [str(one) for one in told] == ["no space left"] * 3

    run(scenario)
