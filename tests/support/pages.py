"""What README and the pages of docs/ show: blocks of commands, and objects."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HERE_DOCUMENT = re.compile(r"<<'?EOF'?\n(.*?)\nEOF$", re.MULTILINE | re.DOTALL)


def blocks(path: Path) -> Iterator[tuple[str, str]]:
    """Language and text of every fenced block of a page."""
    yield from BLOCK.findall(path.read_text())


def objects_shown(path: Path) -> Iterator[dict[str, Any]]:
    """Objects that a page gives to kubectl, and those of the YAML that it shows."""
    for language, text in blocks(path):
        documents = [text] if language == "yaml" else HERE_DOCUMENT.findall(text)
        for document in documents:
            yield from yaml.safe_load_all(document)


def code_in(path: Path) -> str:
    """What a page shows as code, in blocks and in lines."""
    inline = re.findall(r"`([^`\n]+)`", BLOCK.sub("", path.read_text()))
    return "\n".join([*inline, *(block for _, block in blocks(path))])
