"""How the generator reads templates and writes YAML and JSON: one factory each.

Called by everything in this package; holds no opinion about what is written.
"""

from __future__ import annotations

import io
import json
import textwrap
from pathlib import Path
from typing import Any

import jinja2
from ruamel.yaml import YAML

TEMPLATES = Path(__file__).parent / "templates"


def template_environment(folder: Path = TEMPLATES) -> jinja2.Environment:
    """Make the environment of the chart templates.

    `{{ }}` is helm's, `[[ ]]` bash's and `<< >>` a heredoc's, so jinja gets `@{ }@ @% %@ @# #@`.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        variable_start_string="@{",
        variable_end_string="}@",
        block_start_string="@%",
        block_end_string="%@",
        comment_start_string="@#",
        comment_end_string="#@",
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701 - YAML and helm templates, not HTML
    )
    environment.filters["to_yaml"] = _template_yaml
    return environment


def yaml() -> YAML:
    """Make a writer for YAML that people read; a new one for each use, since it keeps state."""
    made = YAML(typ="rt")
    made.preserve_quotes = True
    made.indent(mapping=2, sequence=4, offset=2)
    made.width = 4096
    made.representer.ignore_aliases = lambda _: True
    return made


def yaml_text(document: Any) -> str:
    """Write a document as YAML."""
    stream = io.StringIO()
    yaml().dump(document, stream)
    return stream.getvalue()


def _template_yaml(document: Any) -> str:
    """Write a part of a template; a list begins at the margin, so that `nindent` says where."""
    return textwrap.dedent(yaml_text(document))


def json_text(document: Any) -> str:
    """Write a document as JSON that people can read."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
