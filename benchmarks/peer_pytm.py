"""The same system for pytm 1.4.0: its model as Python, and a report template that lists elements and findings."""

from __future__ import annotations

from bartizan.system.description import Actor, Data, Tool
from bartizan.system.graph import System

TEMPLATE = """# Report

{dataflows:repeat:{{item.name}} {{item.source.name}} {{item.sink.name}}
}

{findings:repeat:* {{item.id}} {{item.description}} {{item.target}} {{item.severity}} {{item.mitigations}}
}
"""


def as_pytm(system: System) -> str:
    """Every component as an element of the nearest kind, every edge as a data flow."""
    lines = [
        "from pytm import TM, Actor, Dataflow, Datastore, LLM, Process, Server",
        "",
        f"tm = TM({system.described.name!r})",
    ]
    for number, component in enumerate(system.components.values()):
        kind = "Server"
        if isinstance(component, Actor):
            kind = "Actor"
        elif isinstance(component, Data):
            kind = "Datastore"
        elif isinstance(component, Tool):
            kind = "Process"
        elif component.__struct_config__.tag == "model":
            kind = "LLM"
        lines.append(f"e{number} = {kind}({component.label!r})")
    index = {name: number for number, name in enumerate(system.components)}
    for edge in system.edges:
        lines.append(f"Dataflow(e{index[edge.source]}, e{index[edge.target]}, {edge.kind!r})")
    return "\n".join([*lines, "", "tm.process()", ""])
