"""Mixpanel's library for Python as shops use it, unmodified, at the collector's address."""

import json
from typing import Any

from mixpanel import BufferedConsumer, Mixpanel, MixpanelException

from tests.integration.collector_process import WRITE_KEY
from tests.integration.shopping_session import Message

EVENTS_PER_REQUEST = 5
GROUP_KEY = "company"


class Recording(BufferedConsumer):  # type: ignore[misc]
    """Mixpanel's own consumer, that notes what it was given to send."""

    def __init__(self, host: str) -> None:
        super().__init__(
            max_size=EVENTS_PER_REQUEST,
            events_url=f"{host}/track",
            people_url=f"{host}/engage",
            groups_url=f"{host}/groups",
            import_url=f"{host}/import",
        )
        self.given: list[Message] = []

    def send(self, endpoint: str, json_message: str, *keys: Any) -> None:
        self.given.append(json.loads(json_message))
        super().send(endpoint, json_message, *keys)


class MixpanelShop:
    """A shop that tells Mixpanel of what its visitors do."""

    def __init__(self, host: str) -> None:
        self._consumer = Recording(host)
        self._mixpanel = Mixpanel(WRITE_KEY, consumer=self._consumer)

    def send(self, calls: list[Message]) -> list[Message]:
        """Make the calls, what is of another kind after what was before; return the messages."""
        before = len(self._consumer.given)
        for number, call in enumerate(calls):
            if number and kind(call) != kind(calls[number - 1]):
                self._consumer.flush()  # it keeps a queue for each kind of message
            getattr(self, f"_{call['call']}")(call)
        return self._consumer.given[before:]

    def flush(self) -> None:
        """Return once everything has been acknowledged; raise what the library raises."""
        self._consumer.flush()

    def is_refused(self) -> bool:
        """Tell whether what waits cannot be sent now; it goes on waiting."""
        try:
            self._consumer.flush()
        except MixpanelException:
            return True
        return False

    def _track(self, call: Message) -> None:
        user, visitor = call.get("userId"), call.get("anonymousId")
        ids = {"$user_id": user, "$device_id": visitor}  # Mixpanel's simplified identities
        known = {name: value for name, value in ids.items() if value is not None}
        properties = {**call["properties"], **known, "time": call["timestamp"].timestamp()}
        self._mixpanel.track(user or f"$device:{visitor}", call["event"], properties)

    def _alias(self, call: Message) -> None:
        properties = {"alias": call["userId"], "time": call["timestamp"].timestamp()}
        self._mixpanel.track(call["previousId"], "$create_alias", properties)

    def _identify(self, call: Message) -> None:
        meta = {"$time": call["timestamp"].timestamp()}
        self._mixpanel.people_set(call["userId"], call["traits"], meta)

    def _group(self, call: Message) -> None:
        meta = {"$time": call["timestamp"].timestamp()}
        self._mixpanel.group_set(GROUP_KEY, call["groupId"], call["traits"], meta)


def kind(call: Message) -> str:
    """Return which of its queues Mixpanel's library puts a call into."""
    return {"identify": "people", "group": "groups"}.get(call["call"], "events")


def as_mixpanel_can_say(script: list[Message]) -> list[Message]:
    """Return the script without what Mixpanel has no call or field for."""
    unsaid = {"identify": ("anonymousId",), "group": ("userId",)}
    return [
        {name: value for name, value in call.items() if name not in unsaid.get(call["call"], ())}
        | {"context": {}}
        for call in script
        if call["call"] in ("track", "identify", "alias", "group")
    ]
