"""Generated pages of the documentation: the catalogue, the commands, the description's fields, the examples.

Nothing generated is committed: mkdocs calls `on_files` at each build, and the pages come from the same values that the
program uses.
"""

from __future__ import annotations

import inspect
import json
import typing
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click
import msgspec
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from bartizan.catalog.entries import Case, Catalog, Control, Threat
from bartizan.catalog.load import load_catalog
from bartizan.catalog.wording import PARTIES, condition_in_words, rule_in_words
from bartizan.cli.main import main
from bartizan.core.rule import ALWAYS, dump
from bartizan.report.formats import FORMATS
from bartizan.system import description
from bartizan.system.privacy import schema as privacy
from bartizan.workflows.assess import Options, make_dossier
from bartizan.workflows.schemas import SCHEMAS, field_docs

ROOT = Path(__file__).parents[2]


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add every generated page."""
    catalog = load_catalog()
    for path, content in _pages(catalog):
        files.append(File.generated(config, path, content=content))
    return files


def _pages(catalog: Catalog) -> Iterator[tuple[str, str | bytes]]:
    for threat in catalog.threats.values():
        yield f"reference/threats/{threat.id}.md", _threat(threat, catalog)
    for control in catalog.controls.values():
        yield f"reference/controls/{control.id}.md", _control(control, catalog)
    yield "reference/threats/index.md", _index("Threats", catalog.threats.values())
    yield "reference/controls/index.md", _index("Controls", catalog.controls.values())
    yield "reference/facts.md", _facts(catalog)
    yield "reference/duties.md", _duties(catalog)
    yield "reference/description.md", _description()
    yield "reference/commands.md", _commands()
    yield "reference/schemas.md", _schemas()
    for name, schema in SCHEMAS.items():
        yield f"reference/schemas/{name}.schema.json", json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
    yield from _examples()


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _bullets(title: str, items: Iterable[str]) -> Iterator[str]:
    listed = list(items)
    if listed:
        yield f"## {title}\n\n" + "\n".join(f"- {item}" for item in listed) + "\n"


def _index(title: str, entries: Iterable[Threat | Control]) -> str:
    rows = [
        f"| [{_cell(e.name if isinstance(e, Threat) else e.title)}]({e.id}.md) | {e.kind.replace('_', ' ')} "
        f"| {_cell(e.what if isinstance(e, Threat) else e.purpose).split('. ')[0].rstrip('.')}. |"
        for e in sorted(entries, key=lambda e: e.id)
    ]
    return f"# {title}\n\n| entry | kind | in short |\n|---|---|---|\n" + "\n".join(rows) + "\n"


def _threat(threat: Threat, catalog: Catalog) -> str:
    parts = [
        f"# {threat.name}\n",
        f"`{threat.id}` · {threat.kind.replace('_', ' ')} · {threat.lifecycle}\n",
        threat.what + "\n",
    ]
    parts += _bullets("How it is done", threat.how)
    for title, text in (
        ("Example", threat.example),
        ("What an attacker needs", threat.attacker_needs),
        ("Consequence", threat.consequence),
    ):
        if text:
            parts.append(f"## {title}\n\n{text}\n")
    if threat.rules:
        parts.append("## When it applies\n")
        for edition, condition in sorted(threat.rules.items(), reverse=True):
            told = " ".join(condition_in_words(catalog, threat, condition))
            rule = f"`{dump(condition.possible)}`".replace("'", "")
            matters = f", matters when `{dump(condition.matters)}`".replace("'", "") if condition.matters else ""
            parts.append(f"- **{edition}** ({condition.because}): {told} Rule: possible when {rule}{matters}.")
        parts.append("")
    parts += _bullets("Whose it is", (_case(case, catalog) for case in threat.who))
    if threat.controls:
        parts.append("## Controls\n\n| control | why it helps |\n|---|---|")
        for advice in threat.controls:
            name = (
                f"[{catalog.controls[advice.control].title}](../controls/{advice.control}.md)"
                if advice.control
                else f"group: {catalog.groups[advice.group or ''].name}"
            )
            parts.append(f"| {name} | {_cell(advice.why)} |")
        parts.append("")
    parts += _bullets("Names", (f"{edition}: {name}" for edition, name in sorted(threat.names.items())))
    parts += _references(threat)
    parts += _bullets("Decisions", threat.decisions)
    return "\n".join(parts)


def _case(case: Case, catalog: Catalog) -> str:
    condition = "otherwise" if case.when == ALWAYS else f"if the component {rule_in_words(catalog, case.when)}"
    return f"**{PARTIES[case.who]}**, {condition}: {case.why}"


def _control(control: Control, catalog: Catalog) -> str:
    advised = [t for t in catalog.threats.values() if any(a.control == control.id for a in t.controls)]
    parts = [
        f"# {control.title}\n",
        f"`{control.id}` · {control.kind} · effort {control.effort.value} · done by {control.done_by}\n",
        control.purpose + "\n",
    ]
    parts += _bullets("How it is implemented", control.how)
    parts += _bullets("What can be tuned", control.tune)
    parts += _bullets("What it does not do", control.limits)
    parts += _bullets("How to verify it", control.verify)
    if control.ask_supplier:
        parts.append(f"## Ask a supplier\n\n{control.ask_supplier}\n")
    parts += _bullets("Figures", control.figures)
    parts += _bullets("Against", (f"[{t.name}](../threats/{t.id}.md)" for t in advised))
    parts += _bullets("Names", (f"{edition}: {name}" for edition, name in sorted(control.names.items())))
    parts += _references(control)
    parts += _bullets("Decisions", control.decisions)
    return "\n".join(parts)


def _references(entry: Threat | Control) -> Iterator[str]:
    links = [f"[OWASP AI Exchange]({entry.permalink})"] if entry.permalink else []
    listed = (" ".join(filter(None, (r.standard, r.id, r.name, r.note and f"({r.note})"))) for r in entry.references)
    yield from _bullets("References", [*links, *listed])


def _facts(catalog: Catalog) -> str:
    rows = [
        f"| `{f.id}` | {f.subject} | {_cell(f.says)} | {_cell(f.why)} |"
        for f in sorted(catalog.facts.values(), key=lambda f: (f.subject, f.id))
    ]
    head = "# Facts\n\nWhat a rule may ask.\n\n| fact | of a | says | why it matters |\n|---|---|---|---|\n"
    return head + "\n".join(rows) + "\n"


def _duties(catalog: Catalog) -> str:
    parts = ["# Duties\n\nWhat law and the principles of privacy ask. This is not legal advice.\n"]
    for chapter in catalog.privacy.chapters:
        source = f" {chapter.source}." if chapter.source else ""
        parts.append(f"## {chapter.name}\n\n{chapter.what}{source}\n")
        parts.append("| id | duty | asked when | law | shown by |\n|---|---|---|---|---|")
        for duty in chapter.duties:
            rule = f"`{dump(duty.applies)}`".replace("'", "")
            where = "each purpose: " if duty.at == "purpose" else ""
            law = ", ".join(duty.law)
            told = f"**{duty.title}**: {duty.what}"
            parts.append(f"| `{duty.id}` | {_cell(told)} | {where}{_cell(rule)} | {law} | {_cell(duty.proof)} |")
        parts.append("")
    return "\n".join(parts)


def _description() -> str:
    parts = ["# system.yaml, field by field\n", inspect.getdoc(description) or "", ""]
    structs: list[type[msgspec.Struct]] = [
        description.Description, description.Model, description.Data, description.Tool, description.Actor,
        description.Application, description.Runtime, description.Development, description.Flow,
        description.Consequences, description.ControlInPlace, description.FactAnswer, description.Provenance,
        privacy.Privacy, privacy.People, privacy.Purpose, privacy.Recipient, privacy.AutomatedDecision, privacy.Measure,
    ]  # fmt: skip
    for struct in structs:
        parts.append(
            f"## {struct.__name__}\n\n{inspect.getdoc(struct)}\n\n| field | takes | what it says |\n|---|---|---|"
        )
        texts = field_docs(struct)
        for field in msgspec.structs.fields(struct):
            note = _cell(texts[field.encode_name]) + (" Required." if field.required else "")
            parts.append(f"| `{field.encode_name}` | {_cell(_type_words(field.type))} | {note} |")
        parts.append("")
    return "\n".join(parts)


def _type_words(kind: Any) -> str:
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Literal:
        return ", ".join(str(a) for a in args)
    if origin in {tuple, list}:
        return f"list of {_type_words(args[0])}"
    if origin is dict:
        return "names with " + _type_words(args[1])
    if args:
        return " or ".join(dict.fromkeys(_type_words(a) for a in args if a is not type(None)))
    return {
        "bool": "yes or no",
        "str": "text",
        "int": "number",
        "ComponentId": "id",
        "ControlId": "id of a control",
    }.get(getattr(kind, "__name__", ""), getattr(kind, "__name__", ""))


def _commands() -> str:
    parts = ["# Commands\n"]
    context = click.Context(main, info_name="bartizan")
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        assert command is not None
        parts += _command(command, f"bartizan {name}", 2)
    return "\n".join(parts)


def _command(command: click.Command, name: str, depth: int) -> Iterator[str]:
    context = click.Context(command, info_name=name, max_content_width=100)
    yield f"{'#' * depth} {name}\n\n```\n{command.get_help(context)}\n```\n"
    if isinstance(command, click.Group):
        for sub in command.list_commands(context):
            found = command.get_command(context, sub)
            if found is not None:
                yield from _command(found, f"{name} {sub}", depth + 1)


def _schemas() -> str:
    rows = [f"- [{name}.schema.json](schemas/{name}.schema.json)" for name in SCHEMAS]
    head = "# JSON Schemas\n\nOf the files people write and programs read; `bartizan schema NAME` prints the same.\n\n"
    return head + "\n".join(rows) + "\n"


def _examples() -> Iterator[tuple[str, str | bytes]]:
    rows = []
    for folder in sorted(p.parent for p in (ROOT / "examples").glob("*/system.yaml")):
        dossier = make_dossier(folder / "system.yaml", Options(today="2026-11-22"))
        for made in FORMATS:
            if made.name in {"html", "markdown"}:
                suffix = ".html" if made.name == "html" else ".txt"
                yield f"examples/{folder.name}/report{suffix}", made.render(dossier)
        text = (folder / "README.md").read_text("utf-8") if (folder / "README.md").exists() else f"# {folder.name}\n"
        source = (folder / "system.yaml").read_text("utf-8")
        yield (
            f"examples/{folder.name}/index.md",
            f"{text}\n\n[Read the report](report.html) · [as Markdown](report.txt)\n\n"
            f"## system.yaml\n\n```yaml\n{source}\n```\n",
        )
        risks = dossier.assessment.risks
        above = sum(r.above_appetite for r in risks)
        rows.append(f"| [{dossier.assessment.system}]({folder.name}/index.md) | {len(risks)} | {above} |")
    head = "# Examples\n\n| system | risks | above appetite |\n|---|---|---|\n"
    yield "examples/index.md", head + "\n".join(rows) + "\n"
