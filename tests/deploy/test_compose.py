"""The Dockerfile and the compose file: their commands are ours, their names fit together, and nothing runs as root."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from isthmus.cli.main import load
from make.commands import isthmus

DEPLOY = Path(__file__).parents[2] / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: one for name, one in SERVICES.items() if one["image"] == "isthmus"}
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "deploy.md"


def listed(instruction: str) -> list[str]:
    """The last such instruction of the Dockerfile, as a list."""
    found = re.findall(rf"^{instruction} (\[.*\])$", DOCKERFILE, re.MULTILINE)
    made: list[str] = json.loads(found[-1])
    return made


def filled(words: list[str]) -> list[str]:
    """Words with the defaults of their variables."""
    return [re.sub(r"\$\{\w+:-(.*?)\}", r"\1", word) for word in words]


def options(words: list[str]) -> dict[str, Any]:
    """What the verb's own parser makes of a command."""
    verb, *rest = filled(words)
    return dict(load(verb).make_context(verb, rest).params)


def test_what_is_run_is_ours() -> None:
    assert set(OURS) == {"page", "pacs"}
    assert listed("ENTRYPOINT") == ["isthmus"]
    assert options(listed("CMD"))["host"] == "0.0.0.0"
    for one in OURS.values():
        assert str(options(one["command"])["store"]) == "/store"
    health = SERVICES["pacs"]["healthcheck"]["test"]
    assert health[:2] == ["CMD", "isthmus"]
    assert options(health[2:])["status"]


def test_an_option_that_isnt_ours_would_be_seen() -> None:
    with pytest.raises(Exception, match="No such option"):
        options([*OURS["page"]["command"], "--nothing"])


def test_titles_hosts_and_ports_fit_together() -> None:
    orthanc = json.loads((DEPLOY / "orthanc.json").read_text(encoding="utf-8"))
    pacs = options(OURS["pacs"]["command"])
    assert pacs["send"] == f"{orthanc['DicomAet']}@orthanc:{orthanc['DicomPort']}"
    known = orthanc["DicomModalities"]["isthmus"]
    assert (known["AET"], known["Host"], known["Port"]) == (pacs["aet"], "pacs", pacs["port"])
    exposed = set(re.findall(r"^EXPOSE (.*)$", DOCKERFILE, re.MULTILINE)[0].split())
    assert exposed == {str(options(one["command"])["port"]) for one in OURS.values()}


def test_nothing_of_ours_runs_as_root_or_writes_but_in_the_store() -> None:
    assert int(re.findall(r"^USER (\d+)$", DOCKERFILE, re.MULTILINE)[-1]) > 0
    for one in OURS.values():
        assert (one["read_only"], one["cap_drop"], one["volumes"]) == (True, ["ALL"], ["store:/store"])
        assert "no-new-privileges:true" in one["security_opt"]
    assert {mount.split(":")[0] for one in OURS.values() for mount in one["volumes"]} <= set(COMPOSE["volumes"])


def test_only_this_machine_reaches_a_port_that_is_published() -> None:
    published = [port for one in SERVICES.values() for port in one.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_without_a_user_the_page_does_not_start(tmp_path: Path) -> None:
    words = [word.replace("/store", str(tmp_path / "store")) for word in filled(OURS["page"]["command"])]
    assert "--add-user" in str(isthmus(*words).exception)


def test_what_the_build_copies_is_there_and_the_page_says_what_was_not_run() -> None:
    root = DEPLOY.parent
    for words in re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, re.MULTILINE):
        for name in words.split()[:-1]:
            assert (root / name).exists(), name
    assert "not been run" in PAGE.read_text(encoding="utf-8")


def test_the_commands_of_the_page_are_ours() -> None:
    told = re.findall(r"docker compose .*? (?:run --rm|exec) (page|pacs) (.*)", PAGE.read_text(encoding="utf-8"))
    assert told
    for _, command in told:
        words = command.split("#")[0].removeprefix("isthmus ").split()
        load(words[0]).make_context(words[0], words[1:])
