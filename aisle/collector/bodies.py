"""The body of a request as plain bytes: within its limits and unpacked, whatever its type."""

import zlib
from collections.abc import AsyncIterator, Mapping
from typing import Protocol

from aisle.collector.problems import BadBody, TooLarge
from aisle.collector.records import MAX_BATCH_BYTES

GZIP_MAGIC = b"\x1f\x8b"
PLAIN = ("", "identity", "gzip", "x-gzip")
TOO_LARGE = f"a batch holds at most {MAX_BATCH_BYTES} bytes, decompressed"


class Received(Protocol):
    """The part of a request that is needed here."""

    @property
    def headers(self) -> Mapping[str, str]: ...

    def stream(self) -> AsyncIterator[bytes]: ...


async def read_body(request: Received) -> bytes:
    """Return the unpacked body; raise when it is too large or no gzip although it says so."""
    encoding = request.headers.get("content-encoding", "").strip().lower()
    if encoding not in PLAIN:
        raise BadBody(f"Content-Encoding {encoding[:40]!r} is not read here; gzip or none is")
    length = request.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length[:20]) > MAX_BATCH_BYTES:
        raise TooLarge(TOO_LARGE)
    body = await _gather(request)
    if body.startswith(GZIP_MAGIC):  # some clients compress and do not say so; JSON never looks so
        return gunzip(body)
    if "gzip" in encoding and body:
        raise BadBody("Content-Encoding says gzip and the body is not")
    return body


def gunzip(packed: bytes) -> bytes:
    """Return what was packed, reading no more than a batch may hold."""
    parts, total = [], 0
    while packed:
        unpacking = zlib.decompressobj(wbits=31)
        try:
            part = unpacking.decompress(packed, MAX_BATCH_BYTES - total + 1)
        except zlib.error as error:
            raise BadBody(f"the gzip body cannot be unpacked: {error}") from None
        total += len(part)
        if total > MAX_BATCH_BYTES:
            raise TooLarge(TOO_LARGE)
        if not unpacking.eof:
            raise BadBody("the gzip body is cut off")
        parts.append(part)
        packed = unpacking.unused_data if unpacking.unused_data.startswith(GZIP_MAGIC) else b""
    return b"".join(parts)


async def _gather(request: Received) -> bytes:
    parts, total = [], 0
    async for part in request.stream():
        total += len(part)
        if total > MAX_BATCH_BYTES:
            raise TooLarge(TOO_LARGE)
        parts.append(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)
