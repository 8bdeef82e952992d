"""gateway.yaml: all problems at once, each at its line."""

from __future__ import annotations

import pytest

from bartizan.core.errors import InputError
from bartizan.gateway.reading import parse_settings

SOUND = """\
upstreams:
  main: {url: "https://api.example", key: "env:KEY"}
models:
  "gpt-*": {upstreams: [main]}
guards:
  prompt_injection_io_handling: {classifier: false, data: {block: 0.9}, mode: monitor, share: 0.5}
  input_segregation:
policies:
  - name: no-marks
    when: {tenants: [acme]}
    guards: {input_segregation: off}
"""


def _problems(text: str) -> list[str]:
    with pytest.raises(InputError) as raised:
        parse_settings(text)
    return [str(one) for one in raised.value.problems]


def test_a_sound_file_is_read() -> None:
    settings = parse_settings(SOUND.replace("off", '"off"'))
    assert settings.upstreams["main"].url == "https://api.example"
    assert settings.policies[0].when.tenants == ("acme",)


def test_off_need_not_be_quoted() -> None:
    assert parse_settings(SOUND).policies[0].guards["input_segregation"] in ("off", False)


def test_all_problems_come_at_once_with_their_lines() -> None:
    text = SOUND.replace("classifier: false", "clasifier: false").replace("mode: monitor", "mode: watch")
    text = text.replace("input_segregation:\n", "input_segregatoin: {}\n").replace("tenants", "tenant")
    problems = _problems(text)
    assert [one.partition(":")[2].partition(":")[0] for one in problems] == ["6", "6", "7", "10"]
    assert "did you mean 'classifier'?" in problems[0] + problems[1]
    assert "did you mean 'input_segregation'?" in problems[2]


def test_a_misspelt_setting_is_told_the_nearest_of_the_guard_and_of_its_post() -> None:
    assert "did you mean 'mode'?" in _problems(SOUND.replace("mode: monitor", "mod: monitor"))[0]


def test_who_looks_for_a_guard_that_writes_down_is_told_where_that_is_set() -> None:
    assert "events" in _problems(SOUND.replace("input_segregation:\n", "monitor_use: {}\n"))[0]


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("upstreams: [main]", "upstreams: [mian]", "did you mean 'main'?"),
        ("https://api.example", "ftp://api.example", "http(s)://HOST"),
        ("https://api.example", "https://user:pw@api.example", "http(s)://HOST"),
        ("env:KEY", "sk-123456", "does not stand in this file"),
        ("share: 0.5", "share: 1.5", "from 0 to 1"),
        ("upstreams:\n", "listen: 0.0.0.0:80\nupstreams:\n", "nobody is asked who they are"),
        ("upstreams:\n", "listen: nowhere\nupstreams:\n", "HOST:PORT"),
        ("upstreams:\n", "workers: 4\nupstreams:\n", "shared state"),
        ("upstreams:\n", "redis: 'redis://127.0.0.1'\nupstreams:\n", "shared secret"),
        ("upstreams:\n", "admin: {listen: '0.0.0.0:81'}\nupstreams:\n", "without a key"),
        ("upstreams:\n", "events: {content: encrypted}\nupstreams:\n", "needs a key"),
        ("  input_segregation:\n", "  input_segregation: 3\n", "has settings, or is 'off'"),
        ("  input_segregation:\n", "  input_segregation: {fences: [{opens: '', closes: x}]}\n", "open and close"),
    ],
)
def test_what_cannot_work_is_told(before: str, after: str, says: str) -> None:
    assert any(says in one for one in _problems(SOUND.replace(before, after, 1)))


def test_a_key_never_stands_in_a_message() -> None:
    assert "sk-123456" not in "\n".join(_problems(SOUND.replace("env:KEY", "sk-123456")))


@pytest.mark.parametrize("text", ["", "[]", "3", "guards: {a: b}", "upstreams: []\nmodels: 3", "a: &x [*x]"])
def test_what_is_no_settings_file_is_told(text: str) -> None:
    assert _problems(text)
