"""Two processes on one store: a picture comes by C-STORE, is drawn on the page, and its report goes back."""

from __future__ import annotations

import queue
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect
from pydicom.dataset import Dataset

from isthmus.pacs.queue import Queue
from make.orthanc import free_port, wait_for
from make.pacs import ultrasound
from make.peers import receiving, send
from make.running import Running
from make.seen import draw, ready, serious

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pydicom", "ignore::UserWarning:highdicom")


@contextmanager
def link(port: int, back: int, store: Path) -> Iterator[None]:
    """`isthmus pacs` as a process of its own."""
    where = ["--port", str(port), "--send", f"PEER@127.0.0.1:{back}", "--store", str(store)]
    with subprocess.Popen([sys.executable, "-m", "isthmus", "pacs", *where], stderr=subprocess.PIPE, text=True) as one:
        assert one.stderr is not None
        assert "listens" in one.stderr.readline()
        try:
            yield
        finally:
            one.send_signal(signal.SIGTERM)
            assert one.wait(30) == 0


def until_waiting(store: Path) -> None:
    """Waits until a picture waits for its region."""
    rows = Queue(store)
    wait_for(lambda: rows.counts()["waiting"] == 1, 20, "it doesn't wait")
    rows.close()


@pytest.fixture
def arrived() -> Iterator[tuple[int, queue.Queue[Dataset]]]:
    with receiving() as (port, objects):
        yield port, objects


def test_a_picture_from_a_pacs_is_drawn_on_the_page_and_answered(
    context: BrowserContext, arrived: tuple[int, Any], tmp_path: Path
) -> None:
    image, port = ultrasound(), free_port()
    service = Running(options=["--store", str(tmp_path)])
    try:
        with link(port, arrived[0], tmp_path):
            assert send(port, image) == 0
            until_waiting(tmp_path)
            page = ready(context.new_page(), service.url)
            item = page.locator("#worklist li button")
            expect(item).to_contain_text("小明")
            expect(item).to_contain_text("ZH-7, 2026-01-05")
            item.click()
            page.wait_for_selector("#sheet .a9s-annotationlayer")
            expect(item).to_have_attribute("aria-current", "true")
            expect(page.locator("#worklist-answer")).to_be_disabled()
            draw(page, (40, 50, 120, 110))
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                assert serious(page) == []
            page.click("#worklist-answer")
            expect(page.locator("#worklist p[aria-live]")).to_contain_text("is on its way")
            expect(item).to_have_count(0)
            expect(page.locator("#drop")).to_be_visible()
            first = arrived[1].get(timeout=20)
            assert first.Modality == "SR"
            assert image.SOPInstanceUID in first.to_json()
    finally:
        service.stop()
