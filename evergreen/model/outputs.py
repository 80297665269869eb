"""Convert nbformat output nodes to the values of `model`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from evergreen.model import CellError, Display, Output, Stream

if TYPE_CHECKING:
    from nbformat import NotebookNode

DRAWING = "application/vnd.evergreen.figure+json"
"""Type under which a kernel sends a figure's description beside its picture."""


def read_output(node: NotebookNode) -> Output:
    """Convert an nbformat output node."""
    if node.output_type == "stream":
        return Stream(node.name, node.text)
    if node.output_type == "error":
        return CellError(node.ename, node.evalue, "\n".join(node.traceback) + "\n")
    data = {mime: _read_mime(mime, value) for mime, value in node.data.items()}
    metadata = json.dumps(node.metadata, sort_keys=True)
    drawing = str(data.pop(DRAWING, ""))
    return Display(data, metadata, node.output_type == "execute_result", drawing)


def is_json(mime: str) -> bool:
    """True for the MIME types whose values are JSON objects in nbformat, not text."""
    return mime == "application/json" or (
        mime.startswith("application/") and mime.endswith("+json")
    )


def _read_mime(mime: str, value: Any) -> str | bytes:
    if is_json(mime):
        return json.dumps(value, sort_keys=True, ensure_ascii=False)
    if mime.startswith("image/") and mime != "image/svg+xml":
        import base64

        return base64.b64decode(value)
    return "".join(value) if isinstance(value, list) else str(value)
