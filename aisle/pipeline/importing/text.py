"""Which encoding a text file has: Unicode where it is, a Western code page if it can only be one.

The whole file is decoded once before anything else reads it, so no later step meets a bad byte.
"""

import codecs
import re
from dataclasses import dataclass

from charset_normalizer import from_bytes

from aisle.core.errors import AisleError
from aisle.pipeline.importing.source import Source

CHUNK_BYTES = 4 << 20
SAMPLE_BYTES = 1 << 16
BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
# Western code pages agree on letters; cp1252 holds latin-1's and the euro sign besides.
WESTERN = {"cp1252", "latin_1", "iso8859_1", "iso8859_15", "cp1254", "iso8859_9", "ascii"}
TAKEN_FOR_WESTERN = "cp1252"
# Signs that stand inside no Western word; Eastern European letters look like them in cp1252.
IN_NO_WESTERN_WORD = re.compile(r"[^\W\d_][¹³¼½¾¿¨¯¢¥¦¶£¡][^\W\d_]|\ufffd")
PLAUSIBLE = [*WESTERN - {"ascii"}, "cp1250", "cp1251", "cp1253", "cp1255", "cp1256", "iso8859_2",
             "koi8_r", "shift_jis", "euc_jp", "gb18030", "big5", "euc_kr"]  # fmt: skip


@dataclass(frozen=True)
class Text:
    """A text file that was read from end to end."""

    source: Source
    encoding: str
    sample: str
    has_odd_quotes: bool
    note: str = ""


def read_through(source: Source, encoding: str = "") -> Text:
    """Return the encoding of the file after decoding all of it; `encoding` is the mapping's."""
    with source.opened() as file:
        head = file.read(SAMPLE_BYTES)
    wanted = encoding or _unicode(head)
    try:
        return _decoded(source, wanted)
    except UnicodeDecodeError as error:
        if encoding or not wanted.startswith("utf-8"):
            raise AisleError(_refusal(source, wanted, error)) from error
        return _code_page(source, error)


def _unicode(head: bytes) -> str:
    """Return the Unicode form the first bytes show; UTF-8 when they show none."""
    for mark, name in BYTE_ORDER_MARKS.items():
        if head.startswith(mark):
            return name
    if len(head) > 3 and head.count(0) > len(head) // 4:  # Western text as UTF-16 is half zeros
        return "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"
    return "utf-8"


def _decoded(source: Source, encoding: str, note: str = "") -> Text:
    decoder = codecs.getincrementaldecoder(encoding)(errors="strict")
    sample, quotes = "", 0
    with source.opened() as file:
        while piece := file.read(CHUNK_BYTES):
            text = decoder.decode(piece)
            if len(sample) < SAMPLE_BYTES:
                sample += text[: SAMPLE_BYTES - len(sample)]
            if "\0" in text:
                raise AisleError(
                    f"{source.path} holds zero bytes, so it is no text file in {encoding}. "
                    "Nothing was imported."
                )
            quotes += text.count('"')
    decoder.decode(b"", final=True)
    return Text(source, encoding, sample.removeprefix("\ufeff"), quotes % 2 == 1, note)


def _code_page(source: Source, error: UnicodeDecodeError) -> Text:
    """Return the file as Western text where it reads as that; refuse another guess."""
    sample = _sample_with_letters(source)
    likely = _plausible(sample)
    western = sample.decode(TAKEN_FOR_WESTERN, errors="replace")
    if not WESTERN.intersection(likely) or IN_NO_WESTERN_WORD.search(western):
        others = [name for name in likely if name not in WESTERN]
        guess = f"it may be {others[0]}" if others else "no encoding fits well"
        raise AisleError(_refusal(source, "utf-8", error, guess)) from error
    shown = western.strip().splitlines()[0][:60]
    note = f"not UTF-8: read as {TAKEN_FOR_WESTERN}, Western European; is this right? {shown}"
    try:
        return _decoded(source, TAKEN_FOR_WESTERN, note)
    except UnicodeDecodeError as mismatch:
        raise AisleError(_refusal(source, TAKEN_FOR_WESTERN, mismatch)) from mismatch


def _plausible(sample: bytes) -> list[str]:
    """Return the code pages under which the text looks least like noise, the likeliest first."""
    matches = from_bytes(sample, cp_isolation=PLAUSIBLE)
    best = matches.best()
    if best is None:
        return []
    equals = [match for match in matches if match.chaos <= best.chaos]
    return list(dict.fromkeys(name for match in equals for name in match.could_be_from_charset))


def _sample_with_letters(source: Source) -> bytes:
    """Return lines with bytes beyond ASCII: only they tell one code page from another."""
    found: list[bytes] = []
    with source.opened() as file:
        while (piece := file.read(CHUNK_BYTES)) and sum(map(len, found)) < SAMPLE_BYTES:
            found += [line for line in piece.split(b"\n") if not line.isascii()]
    return b"\n".join(found)[:SAMPLE_BYTES]


def _refusal(source: Source, encoding: str, error: UnicodeDecodeError, likely: str = "") -> str:
    wrong = error.object[error.start : error.start + 4].hex(" ")
    guess = f"; {likely}" if likely else ""
    return (
        f"{source.path} is not text in {encoding} (bytes {wrong}: {error.reason}){guess}. Say "
        "which it is in the mapping (`encoding: cp1250`), or save the file as UTF-8. "
        "Nothing was imported."
    )
