from __future__ import annotations

import pytest

from isthmus.errors import UsageError
from isthmus.pacs.dimse import Peer, refuse_no_title


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [("PACS@here:104", "here", 104), (" MY PACS @10.0.0.1:65535", "10.0.0.1", 65535), ("A@[::1]:1", "::1", 1)],
)
def test_a_peer_is_a_title_a_host_and_a_port(text: str, host: str, port: int) -> None:
    peer = Peer.parse(text)
    assert (peer.title, peer.host, peer.port) == (text.partition("@")[0].strip(), host, port)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is not AET@HOST:PORT"),
        ("PACS", "is not AET@HOST:PORT"),
        ("PACS@here", "is not AET@HOST:PORT"),
        ("PACS@:104", "is not AET@HOST:PORT"),
        ("PACS@here:http", "is not AET@HOST:PORT"),
        ("PACS@here there:104", "is not AET@HOST:PORT"),
        ("A@B@here:104", "is not AET@HOST:PORT"),
        ("PACS@here:0", "there is no port 0"),
        ("PACS@here:65536", "there is no port 65536"),
        ("@here:104", "an AE title of 0 characters"),
        ("SEVENTEEN_LETTERS@here:104", "an AE title of 17 characters"),
        ("A\\B@here:104", "an AE title with"),
        ("A\nB@here:104", "an AE title with"),
        ("ÄÖÜ@here:104", "an AE title with 'Ä'"),
    ],
)
def test_what_is_no_peer_is_refused_and_said_why(text: str, told: str) -> None:
    with pytest.raises(UsageError, match="--send") as raised:
        Peer.parse(text)
    assert told in raised.value.what
    assert raised.value.remedy


def test_our_own_title_is_looked_at_likewise() -> None:
    assert refuse_no_title(" ISTHMUS ", "--aet") == "ISTHMUS"
    with pytest.raises(UsageError, match="--aet"):
        refuse_no_title("X" * 17, "--aet")
