"""What is looked for in tar archives."""

from __future__ import annotations

from typing import Final

from bartizan.supply.scan.rule import Rule

ESCAPE: Final = Rule(
    id="tar.escape",
    level="detect",
    title="A file of the archive lands outside of its folder",
    why="Unpacking it overwrites whatever the reader may write: programs, settings, keys.",
    refs=("CWE-22", "CVE-2007-4559"),
)
THROUGH: Final = Rule(
    id="tar.through-link",
    level="detect",
    title="A file of the archive is written through a link of the archive",
    why="The link leads away, and the file behind it lands there: nothing packs files like that.",
    refs=("CWE-59", "CWE-22", "CVE-2025-4517"),
)
TWO_WAYS: Final = Rule(
    id="tar.two-ways",
    level="detect",
    title="The archive can be read in two ways",
    why="Two sizes of a file differ, so that readers go on at different places and see different files.",
    refs=("CWE-436", "CVE-2025-62518"),
)
LIES: Final = Rule(
    id="tar.lies",
    level="detect",
    title="A header says what cannot be",
    why="Sizes below zero send readers backwards, without end or over what they have checked.",
    refs=("CWE-835", "CVE-2025-8194"),
)
BROKEN: Final = Rule(
    id="tar.broken",
    level="error",
    title="A header of the archive is broken",
    why="Some readers stop there without a word, others go on behind it.",
    refs=("CWE-20", "CWE-436"),
)
CUT: Final = Rule(
    id="tar.cut",
    level="error",
    title="A file of the archive is not there whole",
    why="What is missing has not been looked at; readers use what is there.",
    refs=("CWE-20",),
)
SPARSE: Final = Rule(
    id="tar.sparse",
    level="error",
    title="A file of the archive is stored with holes",
    why="What is unpacked is put together from pieces by a list, so it is not what was looked at here.",
    refs=("CWE-436",),
)
LINK: Final = Rule(
    id="tar.link",
    level="review",
    title="A link leads to something that is not in the archive",
    why="Whoever reads the file reads what lies there instead.",
    refs=("CWE-59",),
)
SPECIAL: Final = Rule(
    id="tar.special",
    level="review",
    title="The archive has something that is neither file nor folder",
    why="Devices and pipes have no place beside a model; kinds that are not known are read differently by readers.",
)
TWICE: Final = Rule(
    id="tar.twice",
    level="review",
    title="A name comes twice",
    why="Some readers take the first file, others the last.",
    refs=("CWE-436",),
)
HEADER: Final = Rule(
    id="tar.header",
    level="review",
    title="A header is not as tar writes it",
    why="Readers differ in what they make of it.",
    refs=("CWE-436",),
)
BEHIND: Final = Rule(
    id="tar.behind",
    level="review",
    title="Something follows the end of the archive",
    why="Most readers do not look there; some read on.",
    refs=("CWE-436",),
)
NO_END: Final = Rule(
    id="tar.no-end",
    level="review",
    title="The archive has no end",
    why="It may have been cut off between two files.",
)
RULES: Final = (
    ESCAPE,
    THROUGH,
    TWO_WAYS,
    LIES,
    BROKEN,
    CUT,
    SPARSE,
    LINK,
    SPECIAL,
    TWICE,
    HEADER,
    BEHIND,
    NO_END,
)
