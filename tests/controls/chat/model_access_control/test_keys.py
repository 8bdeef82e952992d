"""API keys: who holds one is let in as the file says, for as long as it says so."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from bartizan.controls.chat.exchange import Caller, Segment
from bartizan.controls.chat.model_access_control import Anonymous, ModelAccessControl, new_key
from bartizan.controls.chat.model_access_control import keys as keys_module
from bartizan.controls.chat.model_access_control.keys import read_keys
from bartizan.controls.chat.verdict import Block
from bartizan.core.errors import InputError
from tests.controls.chat.model_access_control.letting_in import NOW, asked, bearer, bench, key_file, let_in, rule


def test_a_key_makes_its_caller_by_any_header_that_clients_use(tmp_path: Path) -> None:
    key = new_key("ci", tenant="acme", models=("m*",))
    guard = ModelAccessControl(keys=key_file(tmp_path / "k", key))
    wanted = Caller(id="ci", tenant="acme", kind="service", models=("m*",))
    for headers in (bearer(key.secret), {"x-api-key": key.secret}, {"api-key": key.secret}):
        assert asked(guard, headers) == wanted
    assert asked(guard, bearer(key.secret) | {"x-api-key": key.secret}) == wanted


@pytest.mark.parametrize(
    ("headers", "wanted"),
    [
        ({}, "no_credentials"),
        ({"authorization": "Bearer btz_nope_abc"}, "unknown_key"),
        ({"authorization": "Bearer btz_"}, "unknown_key"),
        ({"authorization": "Bearer "}, "bad_scheme"),
        ({"authorization": "Basic am86am8="}, "bad_scheme"),
        ({"authorization": "Bearer sk-something"}, "bad_token"),
        ({"authorization": "Bearer \ud800"}, "bad_token"),
        ({"authorization": "Bearer btz_a", "x-api-key": "btz_b"}, "two_credentials"),
        ({"x-bartizan-agent": "a.b.c"}, "no_credentials"),
    ],
)
def test_what_is_no_key_lets_nobody_in(tmp_path: Path, headers: dict[str, str], wanted: str) -> None:
    guard = ModelAccessControl(keys=key_file(tmp_path / "k", new_key("ci")))
    seen = asked(guard, headers)
    assert rule(seen) == wanted
    assert isinstance(seen, Block)
    assert seen.kind == "credentials"


def test_a_key_with_one_letter_changed_is_another_key(tmp_path: Path) -> None:
    key = new_key("ci")
    guard = ModelAccessControl(keys=key_file(tmp_path / "k", key))
    last = "a" if key.secret[-1] != "a" else "b"
    assert rule(asked(guard, bearer(key.secret[:-1] + last))) == "unknown_key"
    assert rule(asked(guard, bearer(key.secret + "a"))) == "unknown_key"


def test_wrong_credentials_never_count_as_none(tmp_path: Path) -> None:
    guard = ModelAccessControl(keys=key_file(tmp_path / "k", new_key("ci")), anonymous=Anonymous(models=("small",)))
    assert asked(guard, {}, model="small") == Caller(models=("small",), tools=())
    assert rule(asked(guard, bearer("btz_wrong_key"), model="small")) == "unknown_key"
    assert rule(asked(guard, {}, model="large")) == "model"


def test_a_key_ends_with_its_day_and_not_before(tmp_path: Path) -> None:
    key = new_key("ci", expires="2027-01-15")  # NOW is 2027-01-15T08:00Z
    guard = ModelAccessControl(keys=key_file(tmp_path / "k", key))
    assert isinstance(asked(guard, bearer(key.secret)), Caller)
    later = bench(now=NOW + 16 * 3600)
    assert rule(asked(guard, bearer(key.secret), at=later)) == "expired"


def test_models_and_routes_are_only_those_of_the_key(tmp_path: Path) -> None:
    key = new_key("ci", models=("small-*",))
    guard = ModelAccessControl(keys=key_file(tmp_path / "k", key, routes=["openai.*"]))
    assert isinstance(asked(guard, bearer(key.secret), model="small-1", route="openai.chat"), Caller)
    refused = asked(guard, bearer(key.secret), model="large", route="openai.chat")
    assert isinstance(refused, Block)
    assert (refused.kind, rule(refused)) == ("permission", "model")
    assert rule(asked(guard, bearer(key.secret), model="small-1", route="anthropic.messages")) == "route"


def test_who_is_known_may_ask_which_models_there_are_but_not_prompt_without_naming_one(tmp_path: Path) -> None:
    key = new_key("ci", models=("small-*",))
    guard = ModelAccessControl(keys=key_file(tmp_path / "k", key))
    assert isinstance(asked(guard, bearer(key.secret), model="", segments=[Segment(part="request")]), Caller)
    assert rule(asked(guard, bearer(key.secret), model="")) == "model"
    assert rule(asked(guard, {}, model="", segments=[Segment(part="request")])) == "no_credentials"


def test_a_key_that_is_taken_out_of_the_file_stops_working(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys_module, "LOOK_EVERY", 0.0)
    key, other = new_key("ci"), new_key("cd")
    guard = ModelAccessControl(keys=key_file(tmp_path / "k", key, other))
    assert isinstance(asked(guard, bearer(key.secret)), Caller)
    key_file(tmp_path / "k", other)
    assert rule(asked(guard, bearer(key.secret))) == "unknown_key"
    assert isinstance(asked(guard, bearer(other.secret)), Caller)


def test_a_broken_file_is_believed_as_it_was_for_a_minute_and_then_nobody_is_let_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys_module, "LOOK_EVERY", 0.0)
    key = new_key("ci")
    guard = ModelAccessControl(keys=key_file(tmp_path / "k", key))
    assert isinstance(asked(guard, bearer(key.secret)), Caller)
    (tmp_path / "k").write_text("keys: [{caller: ci, id: a, sha256: short}]")
    assert isinstance(asked(guard, bearer(key.secret)), Caller)
    monkeypatch.setattr(keys_module, "BROKEN_FOR", -1.0)
    time.sleep(0.001)
    seen = asked(guard, bearer(key.secret))
    assert isinstance(seen, Block)
    assert seen.kind == "failure"


def test_a_file_says_all_that_is_wrong_with_it_with_lines(tmp_path: Path) -> None:
    (tmp_path / "k").write_text(
        "keys:\n- {caller: '', id: a, sha256: xyz}\n- {caller: b, id: a, sha256: '" + "0" * 64 + "', expires: soon}\n"
    )
    with pytest.raises(InputError) as raised:
        read_keys(tmp_path / "k")
    text = str(raised.value)
    for wanted in ("k:2", "64 hexadecimal", "whose it is", "stands twice", "k:3", "expires"):
        assert wanted in text
    assert ModelAccessControl(keys=str(tmp_path / "k")).faults()["keys"] == text


def test_nobody_could_be_let_in_is_a_fault_and_so_are_broken_parts(tmp_path: Path) -> None:
    assert "nobody" in ModelAccessControl().faults()["keys"]
    assert "keys" in ModelAccessControl(keys=str(tmp_path / "none")).faults()
    anonymous = Anonymous()
    assert ModelAccessControl(anonymous=anonymous).faults() == {}
    assert "failures" in ModelAccessControl(anonymous=anonymous, failures="many").faults()
    assert "proxies" in ModelAccessControl(anonymous=anonymous, proxies=("here",)).faults()


def test_after_many_wrong_ones_an_address_is_told_to_wait_and_right_ones_still_pass(tmp_path: Path) -> None:
    key = new_key("ci")
    guard = ModelAccessControl(keys=key_file(tmp_path / "k", key), failures="3/minute")

    async def work() -> None:
        one = bench()
        kinds = []
        for i in range(5):
            seen = await let_in(guard, bearer(f"btz_a_{i}"), at=one)
            assert isinstance(seen, Block)
            kinds.append((seen.kind, seen.retry_after))
        assert kinds == [("credentials", None)] * 3 + [("rate", 60.0)] * 2
        assert isinstance(await let_in(guard, bearer(key.secret), at=one), Caller)
        other = await let_in(guard, bearer("btz_a_1"), at=one, peer="192.0.2.8")
        assert isinstance(other, Block)
        assert other.kind == "credentials"

    asyncio.run(work())


def test_no_secret_is_in_any_representation_or_message(tmp_path: Path) -> None:
    key = new_key("ci")
    guard = ModelAccessControl(keys=key_file(tmp_path / "k", new_key("other")))
    seen = asked(guard, bearer(key.secret))
    for text in (repr(key), repr(seen), repr(guard), (tmp_path / "k").read_text()):
        assert key.secret not in text
        assert key.secret.rpartition("_")[2] not in text
