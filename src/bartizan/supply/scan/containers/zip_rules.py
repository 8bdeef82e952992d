"""What is looked for in zip archives, and in what torch makes of them."""

from __future__ import annotations

from typing import Final

from bartizan.supply.scan.rule import Rule

_READERS: Final = ("CWE-436", "AML.T0011.000")

DIFFERS = Rule(
    id="zip.differs",
    level="detect",
    title="The two headers of an entry differ",
    why="A zip says everything twice; a scanner that believes one and a loader that believes the other see two files.",
    refs=(*_READERS, "CVE-2025-1945", "CVE-2025-1944"),
)
DIFFERS_LITTLE = Rule(
    id="zip.differs-little",
    level="review",
    title="The two headers of an entry are not quite the same",
    why="Few writers do so; programs that compare the headers refuse the entry, and others read it.",
    refs=_READERS,
)
TWICE = Rule(
    id="zip.twice",
    level="detect",
    title="One name stands for two contents",
    why="Some programs take the first entry of a name, others the last.",
    refs=(*_READERS, "CWE-694"),
)
TWICE_ALIKE = Rule(
    id="zip.twice-alike",
    level="review",
    title="Two entries have one name, or names that become one",
    why="Which one is read depends on the program, or on whether its file system knows small from large letters.",
    refs=(*_READERS, "CWE-694"),
)
HIDDEN = Rule(
    id="zip.hidden",
    level="review",
    title="An entry is not in the directory",
    why="Programs that read the archive from its beginning see it, those that read the directory do not.",
    refs=_READERS,
)
MISSING = Rule(
    id="zip.missing",
    level="error",
    title="An entry of the directory is not in the archive",
    why="Nobody can tell what was there; programs that search for it may find something else.",
    refs=("CWE-20",),
)
BEFORE = Rule(
    id="zip.before",
    level="review",
    title="Something lies before the first entry",
    why="A program that looks at the beginning of the file reads something else than one that looks for the zip.",
    refs=_READERS,
)
BEHIND = Rule(
    id="zip.behind",
    level="review",
    title="Something lies behind the archive",
    why="Nothing that reads zip archives sees it; whatever put it there wants it read by something else.",
    refs=_READERS,
)
GAP = Rule(
    id="zip.gap",
    level="review",
    title="Something lies between the entries",
    why="It belongs to no entry, so that no program shows it.",
    refs=_READERS,
)
NO_END = Rule(
    id="zip.no-end",
    level="error",
    title="The archive has no end that leads to its directory",
    why="It is cut off or made to look so: programs that read it from its beginning, or repair it, get its entries.",
    refs=("CWE-20",),
)
SEVERAL_ENDS = Rule(
    id="zip.several-ends",
    level="detect",
    title="The archive has several directories",
    why="Which one is read depends on the program: one sees harmless entries, the other those that do harm.",
    refs=_READERS,
)
ODD_END = Rule(
    id="zip.odd-end",
    level="review",
    title="The end of the archive is not as it should be",
    why="Some programs refuse it and others read it, so that a scanner may see less than a loader.",
    refs=_READERS,
)
COUNT = Rule(
    id="zip.count",
    level="detect",
    title="The directory has more or fewer entries than it says",
    why="Some programs read as many as it says, others all that are there.",
    refs=_READERS,
)
ZIP64 = Rule(
    id="zip.zip64",
    level="detect",
    title="The two ends of a large archive contradict each other",
    why="Programs that know zip64 read one directory, the others another one.",
    refs=(*_READERS, "CVE-2025-8291"),
)
CRC = Rule(
    id="zip.crc",
    level="error",
    title="The checksum is wrong",
    why="It is damaged or made to look so: strict programs stop here, torch does not look at checksums and reads on.",
    refs=("CWE-354", "CVE-2025-10156"),
)
NO_CRC = Rule(
    id="zip.no-crc",
    level="review",
    title="The archive has no checksums",
    why="Torch can write so and reads it; most other programs refuse it.",
    refs=("CWE-354", "CVE-2025-10156"),
)
SIZES = Rule(
    id="zip.sizes",
    level="detect",
    title="An entry is longer or shorter than it says",
    why="Programs stop at different places, so that they read different contents.",
    refs=(*_READERS, "CWE-130"),
)
REST = Rule(
    id="zip.rest",
    level="review",
    title="Something lies behind the end of what is compressed",
    why="It is within an entry, and nothing that unpacks the entry sees it.",
    refs=_READERS,
)
ENCRYPTED = Rule(
    id="zip.encrypted",
    level="error",
    title="An entry is encrypted",
    why="Nobody can tell what is in it; encryption is how malware passes scanners.",
    refs=("AML.T0011.000",),
)
NOT_ENCRYPTED = Rule(
    id="zip.not-encrypted",
    level="detect",
    title="An entry says it is encrypted, and is not",
    why="Scanners give up on it; programs that do not look at the mark read it.",
    refs=(*_READERS, "CVE-2025-1945"),
)
FLAGS = Rule(
    id="zip.flags",
    level="review",
    title="An entry has marks that ordinary archives do not have",
    why="Python refuses some of them and other programs ignore them.",
    refs=(*_READERS, "CVE-2025-1945"),
)
METHOD = Rule(
    id="zip.method",
    level="error",
    title="An entry is compressed in a way that is not known",
    why="What cannot be unpacked here may be unpacked where the archive is used.",
    refs=("CWE-20",),
)
ESCAPES = Rule(
    id="zip.escapes",
    level="detect",
    title="A name leads out of the folder",
    why="Unpacking writes where the name says, over whatever is there.",
    refs=("CWE-22", "CVE-2018-1002200"),
)
NAME = Rule(
    id="zip.name",
    level="review",
    title="A name is not as ordinary names are",
    why="Programs read it in different ways, or show something else than what it is.",
    refs=("CWE-22", "CWE-436"),
)
LINK_OUT = Rule(
    id="zip.link-out",
    level="detect",
    title="A link leads out of the folder",
    why="What is unpacked after it is written through it, over whatever is there.",
    refs=("CWE-59",),
)
LINK = Rule(
    id="zip.link",
    level="review",
    title="An entry is a link or device",
    why="No model needs one; reading or unpacking it leads elsewhere.",
    refs=("CWE-59",),
)
OVERLAP = Rule(
    id="zip.overlap",
    level="detect",
    title="Entries lie upon each other",
    why="One piece of data is unpacked many times, which fills memory and disks; no program writes such archives.",
    refs=("CWE-409", "CVE-2019-9674"),
)
SCRIPT = Rule(
    id="torch.script",
    level="review",
    title="The archive holds a program of TorchScript",
    why="torch.jit.load gives code that was sent with the model to an interpreter; calling the model runs it.",
    refs=("CWE-94", "AML.T0011.000", "AML.T0018.002"),
)
PACKAGE = Rule(
    id="torch.package",
    level="review",
    title="The archive is a package of torch",
    why="torch.package imports Python code from it, which may do anything.",
    refs=("CWE-94", "AML.T0011.000"),
)

RULES: Final[tuple[Rule, ...]] = (
    DIFFERS,
    DIFFERS_LITTLE,
    TWICE,
    TWICE_ALIKE,
    HIDDEN,
    MISSING,
    BEFORE,
    BEHIND,
    GAP,
    NO_END,
    SEVERAL_ENDS,
    ODD_END,
    COUNT,
    ZIP64,
    CRC,
    NO_CRC,
    SIZES,
    REST,
    ENCRYPTED,
    NOT_ENCRYPTED,
    FLAGS,
    METHOD,
    ESCAPES,
    NAME,
    LINK_OUT,
    LINK,
    OVERLAP,
    SCRIPT,
    PACKAGE,
)
