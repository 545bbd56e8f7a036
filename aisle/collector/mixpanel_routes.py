"""The endpoints of Mixpanel's clients."""

import base64
import binascii
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl

from fastapi import Request
from starlette.responses import Response

from aisle.collector.batches import Verdicts
from aisle.collector.bodies import gunzip, read_body
from aisle.collector.judging import TOO_DEEP, Judge
from aisle.collector.mixpanel import Message, from_engage, from_groups, from_track, token_of
from aisle.collector.problems import BadBody, TooLarge, json_response
from aisle.collector.receipts import Receipt, quarantined
from aisle.collector.records import (
    MAX_BATCH_BYTES,
    MAX_EVENTS,
    Landed,
    Quarantined,
    Refused,
    encoder,
)
from aisle.collector.segment_routes import collector_of

Translate = Callable[[Message], dict[str, Any]]
TRANSLATIONS: dict[str, Translate] = {
    "track": from_track,
    "import": from_track,
    "engage": from_engage,
    "groups": from_groups,
}
FORM_FIELD = b"data="


@dataclass(frozen=True)
class Sent:
    """What a request holds: its messages and the fields beside them."""

    messages: list[Any]
    fields: dict[str, str]


def taking_mixpanel(endpoint: str) -> Callable[[Request], Awaitable[Response]]:
    """Return the handler of one endpoint."""
    translate = TRANSLATIONS[endpoint]

    async def take(request: Request) -> Response:
        collector = collector_of(request)
        body = await read_body(request)
        sent = read_sent(body, dict(request.query_params))
        tokens = (token_of(one) for one in sent.messages if isinstance(one, dict))
        keys = (sent.fields.get("api_key"), sent.fields.get("token"))
        source = collector.source_of(request, next(filter(None, tokens), None), *keys)
        receipt = collector.receipt(request, source)
        if sent.fields.get("ip") == "0":  # the client says: the sender is not the visitor
            receipt = replace(receipt, address=None)
        verdicts = judge_messages(sent.messages, translate, collector.judge, receipt)
        await collector.keep(source, verdicts, len(body))
        count = len(verdicts.landed)
        return json_response(
            {"code": 200, "status": 1, "error": None, "num_records_imported": count}
        )

    return take


def read_sent(body: bytes, query: dict[str, str]) -> Sent:
    """Return the messages of a form, a query or a JSON body; raise when there are none."""
    fields = dict(query)
    text = body
    if body.lstrip()[:1] not in (b"[", b"{") and FORM_FIELD in body:
        try:
            fields |= dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=100))
        except ValueError as error:
            raise BadBody(f"the form cannot be read: {error}") from None
        text = b""
    if not text and "data" in fields:
        text = fields["data"].encode("utf-8", "surrogatepass")
    messages = _messages(text)
    if len(messages) > MAX_EVENTS:
        raise TooLarge(f"a request holds at most {MAX_EVENTS} messages")
    return Sent(messages, fields)


def judge_messages(
    messages: list[Any], translate: Translate, by: Judge, receipt: Receipt
) -> Verdicts:
    """Return what became of each message."""
    verdicts = Verdicts()
    for message in messages:
        try:
            if not isinstance(message, dict):
                raise Refused("not a JSON object")
            event = json.dumps(translate(message)).encode()
        except (Refused, RecursionError) as refused:
            reason = str(refused) if isinstance(refused, Refused) else TOO_DEEP
            original, hashed = by.without_private(encoder.encode(_without_token(message)))
            verdict: Landed | Quarantined = quarantined(original, reason, receipt, hashed)
        else:
            verdict = by.judge(event, receipt)
        if isinstance(verdict, Landed):
            verdicts.landed.append(verdict)
        else:
            verdicts.refused.append(verdict)
    return verdicts


def _without_token(message: Any) -> Any:
    """Return a message without its write key and the visitor's address."""
    if not isinstance(message, dict):
        return message
    kept = {name: value for name, value in message.items() if name not in ("$token", "$ip")}
    properties = kept.get("properties")
    if isinstance(properties, dict):
        inner = {name: properties[name] for name in properties if name not in ("token", "ip")}
        kept["properties"] = inner
    return kept


def _messages(text: bytes) -> list[Any]:
    if not text.strip():
        raise BadBody("there is no `data`")
    content = _json(text)
    return content if isinstance(content, list) else [content]


def _json(text: bytes) -> Any:
    """Return JSON, JSON lines (`/import` allows them) or either in base64."""
    try:
        return json.loads(text)
    except RecursionError:
        raise BadBody("the body is nested too deep") from None
    except ValueError as error:
        reason = str(error)
    if text.lstrip()[:1] == b"{":
        try:
            return [json.loads(line) for line in text.splitlines() if line.strip()]
        except (ValueError, RecursionError):
            raise BadBody(f"the body is no JSON: {reason}") from None
    return _unpacked(text, reason)


def _unpacked(text: bytes, reason: str) -> Any:
    try:
        unpacked = base64.b64decode(text.strip().replace(b" ", b"+"), validate=True)
        if unpacked.startswith(b"\x1f\x8b"):
            unpacked = gunzip(unpacked)
        if len(unpacked) > MAX_BATCH_BYTES:
            raise TooLarge("a request holds too much")
        return json.loads(unpacked)
    except (binascii.Error, ValueError, RecursionError):
        raise BadBody(f"the body is neither JSON nor JSON in base64: {reason}") from None
