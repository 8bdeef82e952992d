"""Archives that say two things: each lie is named, and whatever any reader would see in them is looked at."""

from __future__ import annotations

import struct

import pytest

from tests.supply.scan.containers.building_zip import (
    BAD,
    GOOD,
    TEXT,
    archive,
    deflated,
    end,
    end64,
    entries,
    found,
    levels,
    local,
    part,
    rules,
    said,
)

ENCRYPTED, PATCHED, STRONG, MASKED = 1, 1 << 5, 1 << 6, 1 << 13


def test_an_archive_that_tells_the_truth_is_quiet() -> None:
    assert found(archive(part("a.pkl", GOOD), deflated("b/c.txt", TEXT), part("b/", b""), part("empty", b""))) == []


@pytest.mark.parametrize(
    "lie",
    [{"name": b"data.txt"}, {"method": 8}, {"crc": 7}, {"packed": 3}, {"size": 3}, {"flags": 1}, {"flags": 1 << 13}],
)
@pytest.mark.parametrize("side", ["central", "local"])
def test_headers_that_differ_are_told_and_the_data_looked_at(lie: dict[str, object], side: str) -> None:
    data = archive(part("data.pkl", BAD, **{side: lie}), part("x.txt", TEXT))
    assert {"zip.differs", "pickle.dangerous"} <= rules(data)


@pytest.mark.parametrize("lie", [{"flags": 0x800}, {"flags": 1 << 4}])
def test_small_differences_are_for_a_person(lie: dict[str, object]) -> None:
    data = archive(part("a.pkl", GOOD, local=lie))
    assert levels(data) == {"review"}


def test_how_hard_deflate_tried_may_differ() -> None:
    assert found(archive(deflated("a.txt", TEXT, local={"flags": 2}))) == []


@pytest.mark.parametrize("mark", [ENCRYPTED, STRONG, ENCRYPTED | STRONG])
def test_a_false_mark_of_encryption_hides_nothing(mark: int) -> None:
    assert {"zip.not-encrypted", "pickle.dangerous"} <= rules(archive(part("d.pkl", BAD, flags=mark)))
    assert {"zip.not-encrypted", "pickle.dangerous"} <= rules(archive(deflated("d.pkl", BAD, flags=mark)))
    wrong = part("d.pkl", BAD, flags=mark, central={"crc": 1}, local={"crc": 1})
    assert {"zip.encrypted", "pickle.dangerous"} <= rules(archive(wrong))


@pytest.mark.parametrize("mark", [PATCHED, MASKED, 1 << 9])
def test_marks_that_nobody_sets_hide_nothing(mark: int) -> None:
    assert {"zip.flags", "pickle.dangerous"} <= rules(archive(part("d.pkl", BAD, flags=mark)))


def test_a_wrong_checksum_is_an_error_and_hides_nothing() -> None:
    wrong = {"crc": 1}
    assert {"zip.crc", "pickle.dangerous"} == rules(archive(part("d.pkl", BAD, central=wrong, local=wrong)))
    assert {"zip.crc", "pickle.dangerous"} == rules(archive(deflated("d.pkl", BAD, central=wrong, local=wrong)))


def test_sizes_that_both_headers_lie_about_hide_nothing() -> None:
    short = {"size": 2}
    assert {"zip.sizes", "pickle.dangerous"} <= rules(archive(part("d.pkl", BAD, central=short, local=short)))
    assert {"zip.sizes", "pickle.dangerous"} <= rules(archive(deflated("d.pkl", BAD, central=short, local=short)))
    none = {"packed": 0}
    assert {"zip.sizes", "pickle.dangerous"} <= rules(archive(part("d.pkl", BAD, central=none, local=none)))


def test_bytes_behind_what_is_compressed_are_looked_at() -> None:
    one = deflated("d.txt", TEXT)
    one.data += BAD
    assert {"zip.rest", "pickle.dangerous"} <= rules(archive(one))


def test_what_is_compressed_and_breaks_gives_what_came_before() -> None:
    one = deflated("d.pkl", BAD + bytes(range(256)) * 40)
    one.data = one.data[: len(one.data) // 2] + b"\xff" * 9
    assert {"file.broken", "pickle.dangerous"} <= rules(archive(one))


def test_names_that_become_one_are_told() -> None:
    assert "zip.twice" in rules(archive(part("a.pkl", GOOD), part("a.pkl", BAD)))
    assert "zip.twice" in rules(archive(part("a.pkl", GOOD), part("./x/../a.pkl", BAD)))
    assert "zip.twice" in rules(archive(part("b/a.pkl", GOOD), part("b\\a.pkl", BAD)))
    assert "zip.twice-alike" in rules(archive(part("a.pkl", GOOD), part("A.PKL", BAD)))
    assert "pickle.dangerous" in rules(archive(part("a.pkl", GOOD), part("A.PKL", BAD)))
    assert found(archive(part("license/", b""), part("LICENSE", TEXT))) == []


def test_an_entry_that_is_not_listed_is_told_and_looked_at() -> None:
    hidden = part("x.pkl", BAD, is_listed=False)
    assert {"zip.hidden", "pickle.dangerous"} <= rules(archive(hidden, part("a.pkl", GOOD)))
    assert {"zip.hidden", "pickle.dangerous"} <= rules(archive(part("a.pkl", GOOD), hidden))
    packed = deflated("x.pkl", BAD, is_listed=False, flags=8, local={"crc": 0, "packed": 0, "size": 0})
    assert {"zip.hidden", "pickle.dangerous"} <= rules(archive(part("a.pkl", GOOD), packed, part("b.txt", TEXT)))
    stored = part("x.pkl", BAD, is_listed=False, flags=8, local={"crc": 0, "packed": 0, "size": 0})
    assert {"zip.hidden", "pickle.dangerous"} <= rules(archive(part("a.pkl", GOOD), stored, part("b.txt", TEXT)))


def test_an_entry_that_is_not_there_is_an_error() -> None:
    assert "zip.missing" in rules(archive(part("a.pkl", GOOD, central={"at": 9})))
    assert "zip.missing" in rules(archive(part("a.pkl", GOOD, central={"at": 1 << 31})))


@pytest.mark.parametrize("more", [BAD, b"\x00\xff\xfe binary", b"#!/bin/sh\n"])
def test_what_lies_around_and_between_is_told_and_looked_at(more: bytes) -> None:
    plain = archive(part("a.pkl", GOOD))
    held, listed = entries(part("a.pkl", GOOD))
    between = held + more + listed + end(1, len(listed), len(held) + len(more))
    before_end = held + listed + more + end(1, len(listed), len(held))
    for data, rule in ((more + plain, "zip.before"), (plain + more, "zip.behind"), (between, "zip.gap")):
        assert rule in rules(data)
        assert ("pickle.dangerous" in rules(data)) == (more == BAD)
    assert rules(before_end) - {"file.unknown"}


def test_zeros_between_are_quiet() -> None:
    assert found(archive(part("a.pkl", GOOD, behind=bytes(60)), part("b.txt", TEXT))) == []
    assert found(archive(part("a.pkl", GOOD)) + bytes(10)) == []


def test_a_prefix_that_the_offsets_know_is_told_as_well() -> None:
    held, listed = entries(part("a.pkl", GOOD), start=10)
    assert rules(b"ten bytes\n" + held + listed + end(1, len(listed), 10 + len(held))) == {"zip.before"}


def test_no_end_is_an_error_and_entries_are_looked_at_from_the_beginning() -> None:
    for one in (part("d.pkl", BAD), deflated("d.pkl", BAD)):
        whole = archive(part("a.txt", TEXT), one)
        for cut in (whole[: whole.rfind(b"PK\x05\x06")], whole[: whole.find(b"PK\x01\x02")]):
            assert {"zip.no-end", "pickle.dangerous"} == rules(cut)
    broken = archive(part("d.pkl", BAD)).replace(b"PK\x05\x06", b"PK\x05\x07")
    assert {"zip.no-end", "pickle.dangerous"} <= rules(broken)


def test_an_entry_that_is_cut_off_is_an_error_and_looked_at() -> None:
    data = local(part("d.pkl", BAD + bytes(100)))
    assert {"zip.no-end", "file.broken", "pickle.dangerous"} <= rules(data[:-90])


def test_two_directories_by_place_and_by_length_are_both_read() -> None:
    """Python looks for the directory just before the end, torch where the end says."""
    held, listed = entries(part("a.pkl", BAD))
    calm, named = entries(part("a.pkl", GOOD))
    assert len(listed) == len(named)
    data = held + listed + calm + named + end(1, len(named), len(held))
    assert {"zip.several-ends", "pickle.dangerous"} <= rules(data)


@pytest.mark.parametrize("is_bad_first", [True, False])
def test_two_whole_archives_one_behind_the_other_are_both_read(is_bad_first: bool) -> None:
    first, second = archive(part("a.pkl", BAD)), archive(part("b.pkl", GOOD))
    data = first + second if is_bad_first else second + first
    assert {"zip.several-ends", "pickle.dangerous"} <= rules(data)


def test_an_empty_archive_behind_one_does_not_hide_it() -> None:
    assert {"zip.several-ends", "pickle.dangerous"} <= rules(archive(part("a.pkl", BAD)) + archive())


def test_an_archive_in_a_comment_is_looked_at() -> None:
    for inner, outer in ((BAD, GOOD), (GOOD, BAD)):
        data = archive(part("a.pkl", outer), comment=archive(part("a.pkl", inner)))
        assert {"zip.several-ends", "pickle.dangerous"} <= rules(data)


def test_a_comment_of_words_is_quiet_and_one_of_bytes_is_not() -> None:
    assert found(archive(part("a.pkl", GOOD), comment=b"made by hand")) == []
    assert "pickle.dangerous" in rules(archive(part("a.pkl", GOOD), comment=BAD))


def test_ends_that_lead_nowhere_are_told() -> None:
    assert "zip.odd-end" in rules(archive(part("a.pkl", GOOD)) + end(1, 50, 9_999))
    data = archive(part("a.pkl", GOOD))
    assert "zip.odd-end" in rules(data[:-2] + b"\x09\0")


def test_a_wrong_number_of_entries_is_told_and_all_are_looked_at() -> None:
    held, listed = entries(part("a.pkl", GOOD), part("b.pkl", BAD))
    assert {"zip.count", "pickle.dangerous"} <= rules(held + listed + end(1, len(listed), len(held)))


def test_a_directory_that_is_cut_short_hides_nothing() -> None:
    """The second header of the directory lies outside of what the end says is the directory."""
    held, listed = entries(part("a.pkl", GOOD), part("b.pkl", BAD))
    first = listed.index(b"PK\x01\x02", 4)
    assert "pickle.dangerous" in rules(held + listed + end(1, first, len(held)))


def large(count: int, size: int, at: int) -> dict[str, int]:
    return {"count": count, "size": size, "at": at}


def test_ends_of_zip64_that_agree_are_quiet() -> None:
    held, listed = entries(part("a.pkl", GOOD))
    at = len(held) + len(listed)
    for short in (end(1, len(listed), len(held)), end(0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF)):
        assert found(held + listed + end64(1, len(listed), len(held), at) + short) == []


def test_ends_of_zip64_that_lead_elsewhere_are_told_and_both_directories_read() -> None:
    held, listed = entries(part("a.pkl", BAD))
    calm, named = entries(part("b.txt", TEXT), start=len(held) + len(listed))
    both = held + listed + calm + named
    place = len(held) + len(listed) + len(calm)
    for one, other in ((len(held), place), (place, len(held))):
        data = both + end64(1, len(named), one, len(both)) + end(1, len(named), other)
        assert {"zip.zip64", "pickle.dangerous"} <= rules(data)


def test_a_record_of_zip64_that_is_pointed_to_elsewhere_is_told() -> None:
    held, listed = entries(part("a.pkl", BAD))
    calm, named = entries(part("b.txt", TEXT), start=len(held) + len(listed) + 76)
    wide = end64(1, len(listed), len(held), 0)
    first = held + listed + wide
    data = first + calm + named
    near = end64(1, len(named), len(first) + len(calm), len(held) + len(listed))
    data += near + end(0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF)
    assert {"zip.zip64", "pickle.dangerous"} <= rules(data)
    lost = held + listed + end64(1, len(listed), len(held), 5) + end(1, len(listed), len(held))
    assert {"zip.zip64", "pickle.dangerous"} <= rules(lost)


def test_large_sizes_of_an_entry_are_read() -> None:
    full = 0xFFFFFFFF
    extra = struct.pack("<2H2Q", 1, 16, len(BAD), len(BAD))
    lie = {"packed": full, "size": full, "extra": extra}
    assert rules(archive(part("a.pkl", BAD, central=lie, local=lie))) == {"pickle.dangerous"}
    cut = lie | {"extra": struct.pack("<2HQ", 1, 8, len(BAD))}
    assert {"zip.differs", "pickle.dangerous"} <= rules(archive(part("a.pkl", BAD, central=cut, local=lie)))
    twice = lie | {"extra": extra + struct.pack("<2H2Q", 1, 16, 1, 1)}
    assert {"zip.differs-little"} <= rules(archive(part("a.pkl", GOOD, central=twice | {"packed": 4, "size": 4})))


def test_a_second_name_in_the_extra_field_is_told() -> None:
    other = b"../../x.pkl"
    extra = struct.pack("<2HBL", 0x7075, 5 + len(other), 1, 0) + other
    assert {"zip.escapes", "zip.differs"} <= rules(archive(part("a.pkl", GOOD, central={"extra": extra})))


@pytest.mark.parametrize(
    "name", ["../x", "a/../../x", "/etc/x", "\\x", "C:\\x", "c:x", "..\\..\\x", "a.txt\0.pkl", "\\\\host\\share\\x"]
)
def test_names_that_lead_out_are_detected(name: str) -> None:
    assert "zip.escapes" in rules(archive(part(name, TEXT)))


@pytest.mark.parametrize("name", ["a\\b", "a/../b", "", "a\nb", "a\x1b[2Jb"])
def test_odd_names_are_for_a_person(name: str) -> None:
    assert {"zip.name"} == rules(archive(part(name, TEXT)))


@pytest.mark.parametrize("name", ["..a/b..", "a b/c.d", ".hidden/x", "...", "a/./b", "C/x", "Caf\u00e9.txt"])
def test_ordinary_names_are_quiet(name: str) -> None:
    flags = {} if name.isascii() else {"flags": 0x800}
    assert found(archive(part(name, TEXT, **flags))) == []


def test_names_of_old_windows_are_read_in_its_code_page() -> None:
    one = part("x", BAD)
    one.name = "Café.pkl".encode("cp437")
    assert [one.member for one in found(archive(one))] == ["Café.pkl"]


def test_links_and_devices_are_told() -> None:
    link = 0o120777
    assert "zip.link-out" in rules(archive(part("w", b"/etc/passwd", central={"mode": link})))
    assert "zip.link-out" in rules(archive(part("a/w", b"../../x", central={"mode": link})))
    assert "zip.link" in rules(archive(part("a/w", b"../x", central={"mode": link})))
    assert "zip.link" in rules(archive(part("a/pipe", b"", central={"mode": 0o010644})))


def test_what_follows_streamed_data_is_compared() -> None:
    streamed = {"crc": 0, "packed": 0, "size": 0}
    good = part("a.pkl", GOOD, flags=8, local=streamed)
    told = good.told({})
    for form, mark in (("<3L", b"PK\x07\x08"), ("<3L", b""), ("<L2Q", b"PK\x07\x08"), ("<L2Q", b"")):
        good.behind = mark + struct.pack(form, told["crc"], told["packed"], told["size"])
        assert found(archive(good, part("b.txt", TEXT))) == []
    good.behind = b"PK\x07\x08" + struct.pack("<3L", 5, told["packed"], told["size"])
    assert "zip.differs" in rules(archive(good))
    good.behind = b""
    assert "zip.differs-little" in rules(archive(good))


def test_unknown_methods_are_errors() -> None:
    for method in (1, 6, 9, 93, 98):
        assert rules(archive(part("a.pkl", BAD, method=method))) == {"zip.method"}
    assert rules(archive(part("a.pkl", BAD, method=99))) == {"zip.encrypted"}


def test_what_is_said_quotes_the_entry() -> None:
    assert "'data.pkl' and 'data.txt'" in said(archive(part("data.pkl", GOOD, local={"name": b"data.txt"})))
