"""A tiny study as it is planned: a TOML beside three made pictures, with two readers."""

from __future__ import annotations

from pathlib import Path

from make.served import picture

BOX = (20, 30, 150, 140)
NODULES = (("m-one", "malignant", 0.9), ("b-two", "benign", 0.2), ("m-three", "malignant", 0.8))
READERS = (("anna", "senior"), ("ben", "junior"))


def plan(folder: Path, design: str = "sequential", wrong_share: float = 0.5, **more: object) -> Path:
    """Writes the plan and its pictures, and gives the plan; ``more`` are other fields of it."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = ['name = "trial"', f'design = "{design}"', f"wrong_share = {wrong_share}", "seed = 1"]
    lines += [f"{name} = {value}" for name, value in more.items()]
    for name, experience in READERS:
        lines += ["[[readers]]", f'name = "{name}"', f'experience = "{experience}"']
    for number, (name, label, p) in enumerate(NODULES):
        (folder / f"{number}.png").write_bytes(picture(number))
        lines += ["[[nodules]]", f'name = "{name}"', f'label = "{label}"', f'file = "{number}.png"']
        lines += [f"box = {list(BOX)}", f"p_malignant = {p}"]
    (folder / "plan.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder / "plan.toml"
