"""Text that any file, terminal and JSON parser takes, from text of any origin; and the kind of other bytes."""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import Path, PurePath

SURROGATE = re.compile("[\ud800-\udfff]")
NO_BYTE = re.compile("[\ud800-\udc7f\udd00-\udfff]")  # surrogates that don't stand for a byte of a file name
CONTROL = re.compile("[\0-\x1f\x7f-\x9f]")
ESCAPED_BYTE = re.compile(rb"\\x([89a-f][0-9a-f])")

# What a file begins with -> what it is. The longer signature first.
SIGNATURES = (
    (b"\xff\xfe\0\0", "UTF-32"),
    (b"\0\0\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
    (b"PK\x03\x04", "an Excel workbook or another zip file"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"PAR1", "a Parquet file"),
    (b"\x1f\x8b", "a gzip file"),
)
HEAD = 4096  # bytes that are looked at before a file is read as text


def printable(text: str | PurePath) -> str:
    r"""The text without lone surrogates, which UTF-8 and JSON can't hold; nothing else is changed.

    Python decodes a file name's bytes that aren't valid text as surrogates. Here each such byte becomes ``\xe9``. A
    path is taken as its bytes on disk, read as UTF-8, so that its text doesn't depend on the locale.

    >>> printable("scan \udce9.png"), printable("größe")
    ('scan \\xe9.png', 'größe')
    """
    if isinstance(text, PurePath):
        try:
            return os.fsencode(text).decode("utf-8", "backslashreplace")
        except UnicodeEncodeError:  # a path that was not read from a disk, under a locale that can't write it
            text = str(text)
    if not SURROGATE.search(text):
        return text
    bytes_only = NO_BYTE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
    return bytes_only.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def one_line(text: str) -> str:
    r"""The text, printable, with control characters escaped: a file name may hold line ends and terminal commands.

    >>> one_line("a\nb\x1b[2J")
    'a\\nb\\x1b[2J'
    """
    return CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode(), printable(text))


def composed(text: str) -> str:
    """The text with composed accents (NFC): the name of a patient must not depend on the keyboard."""
    return unicodedata.normalize("NFC", text)


def word(text: str) -> str:
    """The key by which words that people type are compared: without case, outer blanks, and the form of accents.

    >>> word(" GU\\u0308TIG") == word("g\\u00fctig")
    True
    """
    return composed(composed(text.strip()).casefold())


def is_unicode(path: PurePath) -> bool:
    """Whether libraries that take only UTF-8 for a path can open it under this locale."""
    return SURROGATE.search(str(path)) is None


def path_of(text: str) -> Path:
    r"""The path whose bytes on disk are ``text`` in UTF-8, under any locale."""
    return Path(os.fsdecode(printable(text).encode("utf-8")))


def path_of_printable(text: str) -> Path:
    r"""The path that a table of isthmus has as ``text``: ``\xe9`` is a byte again, ``\r`` a carriage return."""
    content = printable(text).encode("utf-8").replace(rb"\r", b"\r")
    return Path(os.fsdecode(ESCAPED_BYTE.sub(lambda match: bytes.fromhex(match[1].decode()), content)))


def what_it_is(content: bytes) -> str:
    """The kind of ``content`` that isn't UTF-8 text, by its first bytes; "" where it may be UTF-8.

    >>> what_it_is("p".encode("utf-16")), what_it_is(b"label,p")
    ('UTF-16', '')
    """
    for signature, kind in SIGNATURES:
        if content.startswith(signature):
            return kind
    return "UTF-16 without a byte order mark, or no text at all" if b"\0" in content[:HEAD] else ""


def what_the_byte_says(error: UnicodeDecodeError, line: int) -> str:
    """The probable encoding of text that isn't UTF-8 from ``line`` on."""
    return f"probably Windows-1252 or Latin-1 (line {line}, byte 0x{error.object[error.start]:02x})"
