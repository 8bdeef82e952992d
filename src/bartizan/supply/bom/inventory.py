"""A folder -> a bill: models and data by content, what they say of themselves, and the packages listed beside them."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from bartizan.core.errors import printable
from bartizan.supply.bom import cards
from bartizan.supply.bom.cards import Beside
from bartizan.supply.bom.kinds import Kind, formats_of, kind_of
from bartizan.supply.bom.libraries import Package, package, packages_in
from bartizan.supply.bom.stating import stated
from bartizan.supply.bom.texts import line
from bartizan.supply.bom.values import Bom, Card, Edge, Held, Part
from bartizan.supply.bom.walking import Root, digest_of, opened, paths_in, root_of
from bartizan.supply.scan.limits import Unreadable

_SHARD: Final = re.compile(r"(.*?)[-_.]?(?:part-?)?\d{1,5}[-_]of[-_]\d{1,5}(\.[\w.]{1,20})?")
_PLAIN_NAMES: Final = frozenset(
    {"model", "pytorch_model", "tf_model", "flax_model", "weights", "saved_model", "adapter_model", "variables",
     "diffusion_pytorch_model", "consolidated", "checkpoint"}
)  # fmt: skip
_MOST_READ: Final = 8 << 20
_MOST_EDGES: Final = 50_000
_MOST_REMARKS: Final = 200


class _Seen(msgspec.Struct, frozen=True, kw_only=True):
    """One file that was looked at."""

    held: Held
    kind: Kind
    says: dict[str, str]

    @property
    def folder(self) -> str:
        """Where it lies; empty: in the folder itself."""
        return self.held.path.rpartition("/")[0]


def inventory(path: Path, progress: Callable[[str], None] = lambda path: None) -> Bom:
    """The bill of a folder, or of one file. Nothing is loaded, run or fetched.

    Raises InputError where the path leads nowhere; a file that cannot be read is a remark in the bill.
    """
    root = root_of(path)
    remarks: list[str] = []
    seen = []
    for below in paths_in(root, remarks):
        progress(below)
        try:
            with opened(root, below) as (blob, file):
                formats = formats_of(blob, file)
                held = digest_of(below, blob, file, formats)
                seen.append(_Seen(held=held, kind=kind_of(below, formats), says=stated(formats, blob, file)))
        except (OSError, Unreadable) as error:
            remarks.append(f"not read: {printable(below)} ({getattr(error, 'strerror', None) or error})")
    return _Building(root, seen, remarks).bom()


class _Building:
    """Puts files together to parts."""

    def __init__(self, root: Root, seen: list[_Seen], remarks: list[str]) -> None:
        self._root, self._seen, self._remarks = root, seen, remarks
        self._packages: dict[str, Part] = {}
        self._listed: dict[str, list[str]] = defaultdict(list)
        """Folder of a list -> refs of its packages."""
        self._edges: set[Edge] = set()
        self._refs: set[str] = set()
        self._count: Counter[str] = Counter()
        """Models in a folder."""

    def bom(self) -> Bom:
        beside = self._all_beside()
        self._libraries()
        groups = self._groups("model")
        for group in groups:
            self._count[group[0].folder] += 1
        models = [self._model(group, beside) for group in groups]
        for folder, count in self._count.items():
            if count > 1 and beside.get(folder, Beside()).card != Card():
                self._remarks.append(
                    f"{printable(folder or '.')}: README.md and config.json are taken for all {count} models there"
                )
        data = self._data(beside)
        files = [self._file(one) for one in self._seen if one.kind in ("file", "packages")]
        self._link(models, data)
        name = self._root.only or self._root.folder.name or "models"
        remarks = list(dict.fromkeys(self._remarks))
        if len(remarks) > _MOST_REMARKS:
            remarks = [*remarks[:_MOST_REMARKS], f"and {len(remarks) - _MOST_REMARKS} remarks more"]
        return Bom(
            name=line(name, 200) or "models",
            parts=(*models, *data, *sorted(self._packages.values(), key=lambda one: one.ref), *files),
            edges=tuple(sorted(self._edges)),
            remarks=tuple(remarks),
        )

    # What lies beside

    def _all_beside(self) -> dict[str, Beside]:
        folders: dict[str, dict[str, str]] = defaultdict(dict)
        for one in self._seen:
            if one.kind in ("file", "packages"):
                path = one.held.path
                folders[one.folder].setdefault(path.rpartition("/")[2].lower(), path)
        found = {folder: cards.beside(folder, names, self._content) for folder, names in sorted(folders.items())}
        for told in found.values():
            self._remarks += told.remarks
        return found

    def _content(self, path: str) -> bytes:
        try:
            with opened(self._root, path) as (blob, _):
                return blob.read(0, min(blob.size, _MOST_READ))
        except (OSError, Unreadable):
            return b""

    def _nearest(self, folder: str, beside: dict[str, Beside]) -> Beside:
        """What lies beside a file: in its folder, else in the next one above that tells anything."""
        while True:
            found = beside.get(folder)
            if found is not None and (found.licences or found.card != Card() or found.name):
                return found
            if not folder:
                return Beside()
            folder = folder.rpartition("/")[0]

    # Libraries

    def _libraries(self) -> None:
        for one in self._seen:
            if one.kind != "packages":
                continue
            path = one.held.path
            if one.held.size > _MOST_READ:
                self._remarks.append(f"not read: {printable(path)} (a list of more than {_MOST_READ:,} bytes)")
                continue
            try:
                found = packages_in(path, self._content(path))
            except ValueError as error:
                self._remarks.append(f"not read: {printable(path)} ({printable(str(error), 120)})")
                continue
            for each in found:
                self._listed[one.folder].append(self._library(each, path))
            if bare := [each.name for each in found if not each.version]:
                more = f" and {len(bare) - 10} more" if len(bare) > 10 else ""
                self._remarks.append(
                    f"{printable(path)}: no exact version, so no package URL: {', '.join(bare[:10])}{more}"
                )

    def _library(self, one: Package, path: str) -> str:
        ref = one.purl or f"library:{one.name}"
        if ref not in self._packages:
            self._packages[ref] = Part(
                ref=ref,
                kind="library",
                name=one.name,
                version=one.version,
                purl=one.purl,
                sha256=one.sha256,
                properties=(("listed:in", line(path)),),
            )
        return ref

    # Models

    def _groups(self, kind: Kind) -> list[list[_Seen]]:
        """Files that are one thing: parts of one set of weights, and the folder of a saved model."""
        groups: dict[tuple[str, str], list[_Seen]] = defaultdict(list)
        saved = {one.folder for one in self._seen if "TensorFlow saved model" in one.held.formats}
        for one in self._seen:
            if one.kind != kind:
                continue
            inside = next((folder for folder in saved if _is_below(one.folder, folder)), None)
            shard = _SHARD.fullmatch(one.held.path.rpartition("/")[2])
            if inside is not None:
                groups[inside, "a saved model"].append(one)
            elif shard:
                groups[one.folder, f"shards of {shard[1]}{shard[2] or ''}"].append(one)
            else:
                groups[one.folder, one.held.path].append(one)
        return list(groups.values())

    def _model(self, group: list[_Seen], beside: dict[str, Beside]) -> Part:
        first = group[0]
        near = self._nearest(first.folder, beside)
        says: dict[str, str] = {}
        for one in group:
            says = {**one.says, **says}
        card = near.card
        card = msgspec.structs.replace(
            card,
            architecture=card.architecture or says.get("architecture", ""),
            base=card.base or ((says["base"],) if says.get("base") else ()),
        )
        alone, lonely = len(group) == 1, self._count[first.folder] == 1
        part = Part(
            ref=self._ref(first.held.path if alone else f"{_common(group)}"),
            kind="model",
            name=(near.name if lonely else "")
            or says.get("name")
            or _name(first.held.path, self._root, alone=alone, lonely=lonely),
            about=says.get("about", ""),
            version=near.version or says.get("version", ""),
            supplier=says.get("author", ""),
            sha256=first.held.sha256 if alone else "",
            files=tuple(one.held for one in group),
            licences=near.licences or ((says["licence"],) if says.get("licence") else ()),
            card=card,
            links=(*near.links, *((says["link"],) if says.get("link", "").startswith("http") else ())),
            properties=(("file:format", ", ".join(dict.fromkeys(f for one in group for f in one.held.formats))),),
        )
        self._written_by(part, says)
        return part

    def _written_by(self, part: Part, says: dict[str, str]) -> None:
        """The library that wrote a file, where the file names it with its version."""
        if says.get("library") and says.get("library_version"):
            found = package(says["library"], says["library_version"])
            if found is not None and found.version:
                self._edges.add(Edge(source=part.ref, target=self._library(found, part.ref), kind="depends"))

    # Data

    def _data(self, beside: dict[str, Beside]) -> list[Part]:
        found = [self._table([one], beside) for one in self._seen if one.kind == "data"]
        media: dict[str, list[_Seen]] = defaultdict(list)
        for one in self._seen:
            if one.kind == "media":
                media[one.folder].append(one)
        return [*found, *(self._table(group, beside) for group in media.values())]

    def _table(self, group: list[_Seen], beside: dict[str, Beside]) -> Part:
        """One table, or all pictures and sounds of a folder. Its licence is what stands in its own folder only where no
        model lies there.
        """
        first = group[0]
        alone = first.kind == "data"
        own = beside.get(first.folder, Beside())
        with_model = any(one.kind == "model" and one.folder == first.folder for one in self._seen)
        return Part(
            ref=self._ref(first.held.path if alone else f"{first.folder or '.'}/*"),
            kind="data",
            name=_name(first.held.path, self._root, alone=alone, lonely=not alone),
            sha256=first.held.sha256 if alone else "",
            files=tuple(one.held for one in group),
            licences=() if with_model else own.licences,
            properties=(("file:format", ", ".join(dict.fromkeys(f for one in group for f in one.held.formats))),),
        )

    def _file(self, one: _Seen) -> Part:
        return Part(
            ref=self._ref(one.held.path),
            kind="file",
            name=line(one.held.path) or "file",
            sha256=one.held.sha256,
            files=(one.held,),
        )

    def _ref(self, path: str) -> str:
        """A path as a name within the bill, which no other part has: what does not show is written out."""
        ref = printable(path, 2_000)
        if ref.startswith(("pkg:", "library:")):
            ref = f"./{ref}"
        while ref in self._refs:
            ref += "'"
        self._refs.add(ref)
        return ref

    # What needs what

    def _link(self, models: list[Part], data: list[Part]) -> None:
        by_name = {part.name.lower(): part.ref for part in (*data, *models)}
        for model in models:
            folder = model.files[0].path.rpartition("/")[0]
            for where, refs in self._listed.items():
                if _is_below(folder, where) and len(self._edges) < _MOST_EDGES:
                    self._edges.update(Edge(source=model.ref, target=ref, kind="depends") for ref in refs)
            card = model.card or Card()
            for name in card.base:
                if (ref := by_name.get(name.lower())) and ref != model.ref:
                    self._edges.add(Edge(source=model.ref, target=ref, kind="based_on"))
            for name in card.data_sets:
                if ref := by_name.get(name.lower()):
                    self._edges.add(Edge(source=model.ref, target=ref, kind="trained_on"))


def _is_below(folder: str, above: str) -> bool:
    return not above or folder == above or folder.startswith(f"{above}/")


def _common(group: list[_Seen]) -> str:
    """A name for several files: the first one's, with * for its number."""
    return re.sub(r"\d{1,5}[-_]of[-_]", "*-of-", group[0].held.path, count=1)


def _name(path: str, root: Root, *, alone: bool, lonely: bool) -> str:
    """What to call a model without a name: its file without the ending, or its folder where the file says nothing."""
    folder, _, name = path.rpartition("/")
    stem = name.rpartition(".")[0] or name
    if shard := _SHARD.fullmatch(name):
        stem = shard[1] or stem
    if lonely and (not alone or stem.lower() in _PLAIN_NAMES) and not root.only:
        stem = folder.rpartition("/")[2] or root.folder.name or stem
    return line(stem, 200) or "model"
