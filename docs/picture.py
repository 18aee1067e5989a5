"""Draws the README's picture: the head of a report and its first figures, as a PNG of few colours.

python docs/picture.py REPORT.html OUT.png

Only reports on simulated nodules are drawn. Needs chromium.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

EXCERPT = """<style>
section, dl { display: none }
section:nth-of-type(1), section:nth-of-type(4) { display: block }
section:nth-of-type(4) > :nth-child(n + 3) { display: none }
</style></head>"""
WIDTH, HEIGHT = 1100, 1175  # pixels


def draw(report: Path, picture: Path) -> None:
    """Raises SystemExit for a report on anything but simulated nodules."""
    page = report.read_text(encoding="utf-8")
    if "The nodules are simulated." not in page:
        sys.exit(f"{report}: not on simulated nodules")
    with tempfile.TemporaryDirectory() as folder:
        excerpt, screenshot = Path(folder, "excerpt.html"), Path(folder, "screenshot.png")
        excerpt.write_text(page.replace("</head>", EXCERPT, 1), encoding="utf-8")
        options = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars")
        size = f"--window-size={WIDTH},{HEIGHT}"
        subprocess.run(["chromium", *options, size, f"--screenshot={screenshot}", excerpt.as_uri()], check=True)
        Image.open(screenshot).convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
            picture, optimize=True
        )


if __name__ == "__main__":
    draw(Path(sys.argv[1]), Path(sys.argv[2]))
