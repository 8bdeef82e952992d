"""Files that come with a request: what they say they are, what they are, how large, and where they would be fetched."""

from __future__ import annotations

import binascii
import re
from fnmatch import fnmatchcase
from typing import NamedTuple
from urllib.parse import unquote_to_bytes, urlsplit

from bartizan.controls.chat.dos_input_validation.pictures import measured, sniffed
from bartizan.detectors.internal_address import internal

_ADDRESS = re.compile(r"\s*[a-zA-Z][a-zA-Z0-9+.-]{1,20}:[/\\]{1,3}|\s*//")
_WILD = frozenset({"application/octet-stream", "image", "file", "audio"})
_LONGEST = 8_192
TEXTS = ("text/*", "application/json")


class Fault(NamedTuple):
    """Why a file may not pass."""

    rule: str
    why: str
    malformed: bool = False


class Bounds(NamedTuple):
    """What is let pass; see the guard's settings."""

    media: tuple[str, ...]
    largest: int
    pixels: int
    frames: int
    remote: str
    hosts: tuple[str, ...]


def fault_of(value: str, media: str, bounds: Bounds) -> Fault | None:
    """What is wrong with a file: a data URL, an address, or base64 of the media type that is named. None: nothing."""
    if value[:5].lower() == "data:":
        head, comma, content = value.partition(",")
        media = head[5:].partition(";")[0].strip().lower() or "text/plain"
        if not comma:
            return Fault("bad_data_url", "a file's data URL is broken", malformed=True)
        is_base64 = head.rstrip().lower().endswith(";base64")
        return _content(content, media, bounds, is_base64=is_base64)
    if _ADDRESS.match(value[:64]):
        return _remote(value, bounds)
    return _content(value, media, bounds, is_base64=True)


def _content(content: str, media: str, bounds: Bounds, *, is_base64: bool) -> Fault | None:
    if len(content) > (bounds.largest * 4 // 3 + 4 if is_base64 else bounds.largest * 3):
        return Fault("file_size", f"a file has more than {bounds.largest} bytes")
    try:
        data = (
            binascii.a2b_base64(content.encode("ascii"), strict_mode=True) if is_base64 else unquote_to_bytes(content)
        )
    except (binascii.Error, ValueError):
        return Fault("bad_base64", "a file is not valid base64", malformed=True)
    if len(data) > bounds.largest:
        return Fault("file_size", f"a file has more than {bounds.largest} bytes")
    return _kind(data, media, bounds)


def _kind(data: bytes, media: str, bounds: Bounds) -> Fault | None:
    """The declared type against the bytes, then against what is let pass."""
    found = sniffed(data[:256])
    declared = "" if "*" in media or media in _WILD else media.replace("image/jpg", "image/jpeg")
    # Office documents are zip archives with a name of their own.
    same = (
        not found or not declared or found == declared or (found == "application/zip" and "officedocument" in declared)
    )
    if not same and (found.startswith("image/") or declared.startswith("image/")):
        return Fault("file_type", "a file is not of the type that it says", malformed=True)
    kind = found if found and "officedocument" not in declared else declared
    if not kind and _is_text(data):
        kind = "text/plain"
    if not any(fnmatchcase(kind, one) for one in bounds.media):
        return Fault("file_type_refused", "files of this type are not taken")
    if not kind.startswith("image/"):
        return None
    picture = measured(data)
    if picture is None or not picture.width or not picture.height:
        return Fault("bad_picture", "a picture's header is broken", malformed=True)
    if picture.frames > bounds.frames:
        return Fault("frames", f"a picture has more than {bounds.frames} frames")
    if picture.width * picture.height > bounds.pixels:
        return Fault("pixels", f"a picture has more than {bounds.pixels} pixels")
    return None


def _remote(value: str, bounds: Bounds) -> Fault | None:
    """An address from which the supplier would fetch a file."""
    try:
        parts = urlsplit(value.strip()) if len(value) <= _LONGEST else None
        host = (parts.hostname or "").rstrip(".").lower() if parts is not None else ""
    except ValueError:
        parts, host = None, ""
    if parts is None or parts.scheme.lower() not in {"http", "https"} or not host:
        return Fault("address", "a file's address must be http or https")
    if bounds.remote == "refuse":
        return Fault("remote_file", "files at addresses are not taken")
    if internal(value, is_argument=True) or internal(f"http://{parts.netloc}/"):
        return Fault("internal_address", "a file's address lies within an organisation")
    if bounds.remote == "listed" and not any(fnmatchcase(host, one) for one in bounds.hosts):
        return Fault("remote_host", "files are not taken from this host")
    return None


def _is_text(data: bytes) -> bool:
    try:
        data[:4096].decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start > len(data[:4096]) - 4
    return b"\0" not in data[:4096]
