"""Who is who in a BOM: the organisation whose system it describes, and the suppliers of its parts."""

from __future__ import annotations

from bartizan.system.importers.node import Node
from bartizan.system.importers.prefill import Prefill
from bartizan.system.importers.words import is_personal, is_sensitive


class Parties:
    """Organisations of a BOM. Ours is the manufacturer or supplier of the described system, unless it is a bare model.

    A BOM whose main component is a model was written by whoever sells or publishes the model; then nobody in it is us.
    """

    def __init__(self, metadata: Node | None) -> None:
        self.owner = ""
        self._ours: set[str] = set()
        main = metadata.child("component") if metadata else None
        if metadata is None or (main is not None and main.data.get("type") == "machine-learning-model"):
            return
        names = [self.named(metadata.child(key)) for key in ("manufacturer", "manufacture", "supplier")]
        if main is not None:
            names += [self.named(main.child(key)) for key in ("manufacturer", "supplier")] + [main.text("publisher")]
        self._ours = {name.casefold() for name in names if name}
        self.owner = next((name for name in names if name), "")

    def named(self, organisation: Node | None) -> str:
        """The name of an organisation."""
        if organisation is None:
            return ""
        organisation.skip("bom-ref", "address", "url", "contact")
        return organisation.text("name")

    def is_ours(self, name: str) -> bool:
        """Whether a name is that of the organisation whose system it is."""
        return name.casefold() in self._ours

    def supplier_of(self, node: Node) -> str:
        """Who a component comes from."""
        for key in ("supplier", "manufacturer"):
            name = self.named(node.child(key))
            if name:
                return name
        return node.text("publisher") or node.text("author") or node.text("group")

    def input_of(self, data: Node, model: str, prefill: Prefill) -> None:
        """What a service's data says of a model's input."""
        flow, classification = data.text("flow"), data.text("classification")
        sensitive = True if is_personal(classification) else is_sensitive(classification)
        if flow in {"inbound", "bi-directional"} and sensitive is not None:
            prefill.set(model, "input_sensitive", sensitive, f"{data.at('classification')} '{classification}'")
        elif flow in {"inbound", "bi-directional"}:
            data.cannot(f"whether '{classification:.40}' is sensitive cannot be told", "classification")
        else:
            data.cannot("only what flows in is described")
