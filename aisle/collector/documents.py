"""What the OpenAPI document says of endpoints that read the body themselves."""

from typing import Any

DESCRIPTION = (
    "Takes the events of Segment's, RudderStack's and Mixpanel's clients. 200 means that every "
    "event of the request is on disk, the bad ones in the quarantine."
)
WRITE_KEY = {
    "type": "http",
    "scheme": "basic",
    "description": "The write key as the user, no password; or `writeKey` in the body.",
}
ID = {"type": ["string", "number", "null"], "maxLength": 1024}
OBJECT = {"type": ["object", "null"]}
TIME = {"type": ["string", "number", "null"], "description": "RFC 3339, or epoch in s or ms"}
EVENT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "type": {"enum": ["track", "page", "screen", "identify", "group", "alias"]},
        "event": {"type": "string", "description": "name of what happened, of `track`"},
        "messageId": ID,
        "userId": ID,
        "anonymousId": ID,
        "previousId": ID,
        "groupId": ID,
        "timestamp": TIME,
        "sentAt": TIME,
        "properties": OBJECT,
        "context": OBJECT,
        "traits": OBJECT,
        "writeKey": {"type": "string"},
    },
}
BATCH: dict[str, Any] = {
    "type": "object",
    "required": ["batch"],
    "properties": {
        "batch": {"type": "array", "items": EVENT, "maxItems": 20_000},
        "sentAt": TIME,
        "writeKey": {"type": "string"},
    },
}
SUCCESS = {"type": "object", "properties": {"success": {"const": True}}, "required": ["success"]}
PROBLEM = {
    "type": "object",
    "required": ["success", "message"],
    "properties": {
        "success": {"const": False},
        "code": {"type": "string"},
        "message": {"type": "string"},
    },
}
MIXPANEL_SUCCESS = {
    "type": "object",
    "required": ["status"],
    "properties": {"status": {"const": 1}, "num_records_imported": {"type": "integer"}},
}
MIXPANEL_PROBLEM = {
    "type": "object",
    "required": ["status", "error"],
    "properties": {"status": {"const": 0}, "error": {"type": "string"}},
}
REFUSALS = {
    400: "The body cannot be read: no JSON, no batch, damaged gzip.",
    401: "The write key is missing or unknown.",
    413: "More than 4 MiB, decompressed, or more than 20,000 events.",
    429: "The queue to the disk is full; send the same again after Retry-After.",
    503: "The disk or bucket does not take it; send the same again.",
}


def segment_document(kind: str) -> dict[str, Any]:
    """Return what the document says of an endpoint of Segment's clients."""
    schema = BATCH if kind == "batch" else EVENT
    summary = "Any events at once" if kind == "batch" else f"One event of type {kind}"
    return _document("Segment, RudderStack", summary, schema, (SUCCESS, PROBLEM))


def mixpanel_document(endpoint: str) -> dict[str, Any]:
    """Return what the document says of an endpoint of Mixpanel's clients."""
    message = {"type": "object"}
    schema = {"oneOf": [message, {"type": "array", "items": message, "maxItems": 20_000}]}
    answers = (MIXPANEL_SUCCESS, MIXPANEL_PROBLEM)
    return _document("Mixpanel", f"What Mixpanel's clients send to /{endpoint}", schema, answers)


def _document(
    tag: str, summary: str, schema: dict[str, Any], answers: tuple[dict[str, Any], dict[str, Any]]
) -> dict[str, Any]:
    success, problem = answers
    refusals = {status: _answer(text, problem) for status, text in REFUSALS.items()}
    return {
        "tags": [tag],
        "summary": summary,
        "responses": {200: _answer("All of it is durable.", success), **refusals},
        "openapi_extra": {
            "requestBody": {
                "required": True,
                "content": {
                    kind: {"schema": schema} for kind in ("application/json", "text/plain")
                },
            },
            "security": [{"writeKey": []}, {}],
        },
    }


def _answer(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}
