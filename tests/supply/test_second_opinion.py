import os
import pickle
import sys
from pathlib import Path

import pytest

from bartizan.core.errors import MissingExtra
from bartizan.supply.scan.scanning import scan_all
from bartizan.supply.second_opinion import SecondOpinion


class Shell:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("echo x",)


def test_it_doubts_what_runs_commands_and_is_silent_on_numbers(tmp_path: Path) -> None:
    (tmp_path / "bad.pkl").write_bytes(pickle.dumps(Shell()))
    (tmp_path / "good.pkl").write_bytes(pickle.dumps({"a": 1}))
    with SecondOpinion() as second:
        files = {Path(one.path).name: one for one in second.beside(scan_all([tmp_path]))}
    assert [one.rule.id for one in files["bad.pkl"].findings][-1] == "second.dangerous"
    assert "system" in files["bad.pkl"].findings[-1].what
    assert files["good.pkl"].verdict == "CLEAN"
    assert second.words == ["dangerous", "nothing"]


def test_it_never_takes_a_finding_away(tmp_path: Path) -> None:
    (tmp_path / "odd.pkl").write_bytes(b"\x80\x04c" + b"mymodule\nthing\n" + b")R.")
    with SecondOpinion() as second:
        (one,) = second.beside(scan_all([tmp_path]))
    assert one.verdict in ("REVIEW", "DETECT")


def test_one_that_takes_too_long_or_cannot_be_read_gives_no_opinion_and_the_next_is_asked_all_the_same(
    tmp_path: Path,
) -> None:
    (tmp_path / "good.pkl").write_bytes(pickle.dumps({"a": 1}))
    with SecondOpinion(seconds=0) as hasty:
        assert hasty.of(tmp_path / "good.pkl").word == "none"
    with SecondOpinion() as second:
        assert second.of(tmp_path / "absent.pkl").word == "none"
        assert second.of(tmp_path / "a\nb.pkl").word == "none"
        assert second.of(tmp_path / "good.pkl").word == "nothing"


def test_its_process_that_was_killed_is_started_again(tmp_path: Path) -> None:
    (tmp_path / "good.pkl").write_bytes(pickle.dumps({"a": 1}))
    with SecondOpinion() as second:
        second.of(tmp_path / "good.pkl")
        assert second._process is not None
        second._process.kill()
        assert [second.of(tmp_path / "good.pkl").word for _ in range(2)][-1] == "nothing"


def test_without_the_package_the_install_command_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "picklescan", None)
    monkeypatch.setitem(sys.modules, "picklescan.scanner", None)
    with pytest.raises(MissingExtra, match=r"bartizan\[second-opinion\]"):
        SecondOpinion()
