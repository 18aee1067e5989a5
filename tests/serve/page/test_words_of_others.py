"""Names of files, readers' words and names on a report are text wherever they are shown: none of them is run."""

from __future__ import annotations

from pathlib import Path

import httpx
from playwright.sync_api import BrowserContext, expect

from make.running import Running
from make.seen import BOX, draw, open_file, read, ready

SCRIPT = "<img src=x onerror=window.ran=1><script>window.ran=1</script>"
NAME = "<img src=x onerror=window.ran=1>.png"


def test_no_words_of_others_are_run(context: BrowserContext, pictures: Path, tmp_path: Path) -> None:
    running = Running(options=["--store", str(tmp_path / "store")])
    try:
        page = ready(context.new_page(), running.url)
        content = (pictures / "made.png").read_bytes()
        (tmp_path / NAME).write_bytes(content)
        open_file(page, tmp_path / NAME)
        draw(page, BOX)
        read(page)
        with httpx.Client(base_url=running.url, timeout=60) as service:
            picture = service.post("pictures", files={"file": ("a.png", content)}).json()["picture"]
            own = {"probability": 0.5, "tirads": SCRIPT[:20], "note": SCRIPT}
            new = {"key": "key-0001", "reader": SCRIPT, "picture": picture, "box": ["100,80,260,220"], "own": own}
            saved = service.post("reads", json=new).json()
            change = {"reader": SCRIPT, "number": 1, "own": own, "reason": SCRIPT}
            assert service.post(f"reads/{saved['id']}/changes", json=change).status_code == 200
            fields = {"box": "100,80,260,220", "read": saved["id"], "form": "html"}
            fields |= dict.fromkeys(("title", "patient", "clinician"), SCRIPT)
            report = service.post("report", files={"file": (NAME, content)}, data=fields)
        assert report.status_code == 200
        page.evaluate("name => localStorage.setItem('isthmus.reader', name)", SCRIPT)  # as saving on the page does
        page.click("#saved-panel summary")
        expect(page.locator("#saved-panel li")).to_have_count(1)
        expect(page.locator("body")).to_contain_text(NAME)
        assert not page.evaluate("window.ran")
        (tmp_path / "report.html").write_text(report.text, encoding="utf-8")
        sheet = context.new_page()  # as it is opened from a disk, without the service's headers
        sheet.goto((tmp_path / "report.html").as_uri())
        expect(sheet.locator("body")).to_contain_text("<script>window.ran=1</script>")
        assert not sheet.evaluate("window.ran")
        assert not sheet.locator("script").count()
    finally:
        running.stop()
