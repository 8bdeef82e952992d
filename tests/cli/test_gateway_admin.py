"""A gateway by the command line: what waits, what is stopped, what happened; keys and proofs from its files."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.model_access_control.agents import KEY, claims_of
from bartizan.controls.chat.model_access_control.keys import read_keys
from bartizan.workflows.gateway_desk import GatewayDesk
from tests.cli.running import bartizan
from tests.gateway.admin.office import ASKING, TOKEN, asked_to_pay, free_port, office, paying
from tests.gateway.running import in_a_thread


class Town:
    """A gateway in a thread, its admin API, and a client that asks it."""

    def __init__(self, gateway: str, admin: str, folder: Path) -> None:
        self.gateway, self.admin, self.folder = gateway, admin, folder
        self.answers: list[httpx.Response] = []

    def ask(self, words: str = "Pay the bill.") -> threading.Thread:
        """Ask in a thread, for the answer may be held."""

        def run() -> None:
            url = f"{self.gateway}/v1/chat/completions"
            self.answers.append(httpx.post(url, json=asked_to_pay(words), timeout=20, trust_env=False))

        thread = threading.Thread(target=run)
        thread.start()
        return thread


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """With a policy that asks a person before a payment, behind a token that the environment has."""
    yield from _town(tmp_path, monkeypatch, ASKING)


@pytest.fixture
def careful_town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """The same with four eyes."""
    yield from _town(tmp_path, monkeypatch, ASKING.replace("why:", "people: 2, why:"))


def _town(folder: Path, monkeypatch: pytest.MonkeyPatch, rest: str) -> Iterator[Town]:
    (folder / "token").write_text(TOKEN)

    @contextlib.asynccontextmanager
    async def up() -> AsyncIterator[str]:
        async with office(folder, paying(), rest, key=f"file:{folder}/token") as here:
            yield f"{here.gateway} {here.address}"

    with in_a_thread(up) as both:
        gateway, admin = both.split()
        monkeypatch.setenv("COLUMNS", "160")
        monkeypatch.setenv("BARTIZAN_GATEWAY", admin)
        monkeypatch.setenv("BARTIZAN_GATEWAY_KEY", TOKEN)
        yield Town(gateway, admin, folder)


def waiting(town: Town) -> str:
    """The id of the question that waits."""
    desk = GatewayDesk(town.admin, TOKEN)
    for _ in range(500):
        found = desk.questions().open
        if found:
            return found[0].id
        threading.Event().wait(0.02)
    raise AssertionError("nothing waits")


def test_a_question_is_listed_and_approved_and_the_call_goes_on(town: Town, capsys: Any) -> None:
    assert bartizan("gateway", "approvals") == 0
    assert capsys.readouterr().out == "nothing waits for a person\n"
    thread = town.ask()
    id = waiting(town)
    assert bartizan("gateway", "approvals") == 0
    shown = capsys.readouterr().out
    assert id in shown
    assert 'arguments: {"to":"eve <b>bold</b>","amount":900}' in shown
    assert bartizan("gateway", "approve", id, "--by", "ann", "--why", "it is ours") == 0
    thread.join(10)
    assert capsys.readouterr().out == "it goes on\n"
    assert town.answers[0].json()["choices"][0]["message"]["tool_calls"][0]["function"]["name"] == "pay"
    assert bartizan("gateway", "approvals", "--history") == 0
    assert "yes by ann: it is ours" in capsys.readouterr().out.replace("\n", " ")
    assert bartizan("gateway", "approve", id, "--by", "ann") == 2
    assert "does not wait" in capsys.readouterr().err


def test_one_no_refuses_and_four_eyes_are_two_people(careful_town: Town, capsys: Any) -> None:
    thread = careful_town.ask()
    id = waiting(careful_town)
    assert bartizan("gateway", "approve", id, "--by", "ann") == 0
    assert capsys.readouterr().out == "noted; 1 more must say yes\n"
    assert bartizan("gateway", "approve", id, "--by", "ANN") == 2
    assert bartizan("gateway", "refuse", id, "--by", "ben", "--why", "no") == 0
    thread.join(10)
    assert careful_town.answers[0].status_code == 403


def test_a_switch_is_set_listed_and_cleared(town: Town, capsys: Any) -> None:
    assert bartizan("gateway", "switch", "on", "tool", "pay", "--why", "an exercise", "--until", "2h", "--by", "a") == 0
    assert capsys.readouterr().out.startswith("tool pay is stopped until 20")
    assert bartizan("gateway", "switches") == 0
    assert re.search(r"tool\s+pay\s+a\s+an exercise", capsys.readouterr().out)
    assert bartizan("gateway", "switch", "off", "tool", "pay", "--why", "over", "--by", "a") == 0
    assert bartizan("gateway", "switch", "off", "tool", "pay", "--why", "over", "--by", "a") == 2
    assert "there is no kill switch for tool 'pay'" in capsys.readouterr().err
    for wrong in ("soon", "2020-01-01"):
        assert bartizan("gateway", "switch", "on", "tool", "--why", "x", "--until", wrong) == 2


def test_status_and_events_tell_what_happened(town: Town, capsys: Any) -> None:
    assert bartizan("gateway", "switch", "on", "model", "m", "--why", "an exercise", "--by", "a") == 0
    threading.Event().wait(0.6)
    town.ask().join(10)
    capsys.readouterr()
    assert bartizan("gateway", "events", "--blocked") == 0
    assert re.search(r"503 +\d+ ms  \w{24}  blocked by oversight  m  ", capsys.readouterr().out)
    assert bartizan("gateway", "events", "--json", "--limit", "1") == 0
    assert msgspec.json.decode(capsys.readouterr().out)["ending"] == "blocked"
    assert bartizan("gateway", "status") == 0
    shown = capsys.readouterr().out
    assert shown.startswith("all is well\n")
    assert "1 of 1 requests were blocked" in shown
    assert "0 questions wait, 1 kill switch is set" in shown
    file = town.folder / "gateway.yaml"
    file.write_text(file.read_text() + "nonsense: 1\n")
    assert bartizan("gateway", "reload") == 2
    assert "nonsense" in capsys.readouterr().err
    assert bartizan("gateway", "status") == 1


def test_what_happened_is_proved_and_exported_from_the_folder_alone(town: Town, capsys: Any, tmp_path: Path) -> None:
    assert bartizan("gateway", "switch", "on", "model", "m", "--why", "an exercise", "--by", "a") == 0
    threading.Event().wait(0.6)
    town.ask().join(10)
    folder = tmp_path / "events"
    capsys.readouterr()
    assert bartizan("gateway", "verify", folder) == 0
    assert "all is as it was written" in capsys.readouterr().out
    export = ("gateway", "incident", folder, "-o", tmp_path / "one.zip", "--since", "2020-01-01")
    until = time.monotonic() + 20
    while bartizan(*export) != 0:  # an answer may reach its client before its event reaches the disk
        assert time.monotonic() < until, capsys.readouterr().err
        threading.Event().wait(0.05)
    assert "1 exchanges" in capsys.readouterr().err
    assert bartizan("gateway", "incident", folder, "-o", tmp_path / "all.zip") == 2
    segment = next((folder / "chains").glob("*/*.jsonl"))
    segment.write_bytes(segment.read_bytes().replace(b"an exercise", b"no exercise"))
    assert bartizan("gateway", "verify", folder) == 1
    assert bartizan("gateway", "verify", tmp_path) == 2


def test_where_nobody_answers_it_exits_with_3_and_without_the_token_with_2(
    town: Town, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    assert bartizan("gateway", "status", "--admin", f"http://127.0.0.1:{free_port()}") == 3
    assert "no gateway answers there" in capsys.readouterr().err
    monkeypatch.setenv("BARTIZAN_GATEWAY_KEY", "wrong" * 8)
    assert bartizan("gateway", "status") == 2
    error = capsys.readouterr().err
    assert "BARTIZAN_GATEWAY_KEY" in error
    assert "wrongwrong" not in error
    assert bartizan("gateway", "status", "--admin", "ftp://x") == 2
    assert bartizan("gateway", "status", "--admin", town.gateway) == 3


BEFORE = {
    "none": "",
    "empty": "keys: []   # nobody yet\ncertificates: []\n",
    "one": "# ours\nkeys:\n  # the first\n  - caller: a\n    id: k1\n    sha256: " + "a" * 64 + "\ncertificates: []\n",
    "flush": "certificates: []\nkeys:\n- {caller: a, id: k1, sha256: '" + "0" * 64 + "'}\n",
}


@pytest.mark.parametrize("before", BEFORE.values(), ids=BEFORE)
def test_a_new_key_is_shown_once_and_its_digest_is_put_beside_the_others(
    tmp_path: Path, capsys: Any, before: str
) -> None:
    file = tmp_path / "keys.yaml"
    if before:
        file.write_text(before)
    words = ("--caller", "bot: 'x' #1", "--tenant", "acme", "--model", "small-*", "--expires", "2027-01-31")
    assert bartizan("gateway", "keys", "new", file, *words) == 0
    secret = capsys.readouterr().out.strip()
    assert secret.startswith("btz_")
    entries = {one.caller: one for one in read_keys(file).keys}
    assert entries["bot: 'x' #1"].models == ("small-*",)
    assert secret not in file.read_text()
    assert len(entries) == (2 if "k1" in before else 1)
    assert all(line in file.read_text() for line in before.splitlines() if line.lstrip().startswith("#"))
    if not before:
        assert file.stat().st_mode & 0o777 == 0o600


def test_a_file_of_keys_that_cannot_be_added_to_is_left_as_it_is(tmp_path: Path, capsys: Any) -> None:
    file = tmp_path / "keys.yaml"
    text = "keys: [{caller: a, id: k1, sha256: '" + "0" * 64 + "'}]\n"
    file.write_text(text)
    assert bartizan("gateway", "keys", "new", file, "--caller", "b") == 2
    assert file.read_text() == text
    assert bartizan("gateway", "keys", "new", tmp_path / "new.yaml", "--caller", "b", "--expires", "soon") == 2
    assert capsys.readouterr().out == ""


def test_a_token_for_an_agent_is_one_that_the_gateway_believes(
    tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "s" * 64)
    file = tmp_path / "gateway.yaml"
    text = 'upstreams: {main: {url: "http://127.0.0.1:1"}}\nmodels: {"*": {upstreams: [main]}}\n'
    words = ("--agent", "clerk", "--bound-to", "key:k1", "--task", "t1", "--tool", "mail.*")
    file.write_text(text)
    assert bartizan("gateway", "agent-token", file, *words) == 2
    file.write_text(text + "secret: env:SECRET\n")
    assert bartizan("gateway", "agent-token", file, *words) == 0
    claims = claims_of(Bench(secret=b"s" * 64).key(KEY), capsys.readouterr().out.strip())
    assert (claims.sub, claims.task, claims.tools, claims.exp - claims.iat) == ("clerk", "t1", ("mail.*",), 900)
    assert bartizan("gateway", "agent-token", file, *words, "--seconds", "1000000") == 2
