"""What a file's owner, group, mode and access list let whom do. Never what root can do: that is everything."""

from __future__ import annotations

import grp
import os
import pwd
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

READ, WRITE, ENTER = 4, 2, 1
_ACL: Final = "system.posix_acl_access"
_ENTRY: Final = struct.Struct("<HHI")
_USER_OBJ, _USER, _GROUP_OBJ, _GROUP, _MASK, _OTHER = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """Who can do something with a file by its own mode."""

    users: frozenset[str]
    groups: frozenset[str]
    everybody: bool

    def people(self) -> frozenset[str]:
        """All users that it names, those in its groups too."""
        return self.users | frozenset(member for group in self.groups for member in members(group))


def reach(path: Path, want: int) -> Reach:
    """Who may read (4), write (2) or enter (1), by the mode and the access list. Raises OSError."""
    status = path.stat()
    owner, group = user_name(status.st_uid), group_name(status.st_gid)
    mode = status.st_mode
    users, groups = set(), set()
    entries = list(_entries(path))
    mask = next((bits for tag, bits, _ in entries if tag == _MASK), 7)
    if mode >> 6 & want:
        users.add(owner)
    own = next((bits & mask for tag, bits, _ in entries if tag == _GROUP_OBJ), mode >> 3 & 7)
    if own & want:
        groups.add(group)
    for tag, bits, who in entries:
        if tag == _USER and bits & mask & want:
            users.add(user_name(who))
        elif tag == _GROUP and bits & mask & want:
            groups.add(group_name(who))
    return Reach(users=frozenset(users), groups=frozenset(groups), everybody=bool(mode & want))


def _entries(path: Path) -> Iterator[tuple[int, int, int]]:
    """Tag, permissions and id of each entry of the access list; none without a list (linux/posix_acl_xattr.h)."""
    try:
        raw = os.getxattr(path, _ACL)
    except OSError:
        return
    for at in range(4, len(raw) - _ENTRY.size + 1, _ENTRY.size):
        tag, bits, who = _ENTRY.unpack_from(raw, at)
        yield tag, bits, who


def is_closed_above(path: Path) -> bool:
    """Whether a folder above lets in its owner and group only: what the file's mode lets others do is then moot."""
    return any(not folder.stat().st_mode & ENTER for folder in path.resolve().parents)


def is_swappable(path: Path) -> str:
    """The folder above in which anybody may put another file in its place; "" for none."""
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if mode & WRITE and not mode & 0o1000:
            return str(folder)
        if not mode & ENTER:
            break
    return ""


def user_name(number: int) -> str:
    """Of a user; its number where it has no name."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def group_name(number: int) -> str:
    """Of a group; its number where it has no name."""
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)


def members(group: str) -> frozenset[str]:
    """Users of a group, those whose first group it is too."""
    try:
        found = grp.getgrnam(group)
    except KeyError:
        return frozenset()
    first = (one.pw_name for one in pwd.getpwall() if one.pw_gid == found.gr_gid)
    return frozenset((*found.gr_mem, *first))
