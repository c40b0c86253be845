"""Values as scripts: JSON that does no harm inside a script, whatever text it carries."""

import json
from typing import Final

__all__ = [
    "call",
]


# Escaped by `json` already: everything beyond ASCII, so U+2028 and U+2029 too.
_ESCAPES: Final = str.maketrans({"<": r"\u003c", ">": r"\u003e", "&": r"\u0026"})


def call(function: str, *arguments: object) -> str:
    """Return a script that calls `startrack.FUNCTION` with the arguments.

    A script and not plain JSON: pages opened from `file://` may load scripts but fetch nothing.
    """
    written = ",".join(json.dumps(argument, separators=(",", ":"), sort_keys=True) for argument in arguments)
    return f"startrack.{function}({written.translate(_ESCAPES)});\n"
