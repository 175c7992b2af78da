"""From a file's text to its chunks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from pathlib import PurePosixPath

from tree_sitter import Node

from .blocks import BlockMaker, free_runs, paragraph_units
from .languages import detect_language
from .layers import notebook_layers, read_layers
from .markdown import section_pieces
from .model import Chunk, FileChunks
from .notebook import Notebook, read_notebook
from .pieces import Piece, block_piece
from .references import module_references
from .settings import ChunkSettings
from .skeleton import module_piece
from .source import SourceLines
from .texts import chunk_texts
from .tree_pieces import merged_references, tree_pieces

_DEFAULTS = ChunkSettings()
_IDENTIFIER = re.compile(r"[^\W\d]\w*")


def chunk_file(path: str, content: str, settings: ChunkSettings = _DEFAULTS) -> FileChunks:
    """All chunks of a file. Never raises: what can't be parsed is cut into blocks of lines.

    Every non-blank line is in the range and in the content of a chunk other than the module's. Of a notebook those
    are the lines of its cells: outputs are in no chunk.
    """
    language = detect_language(path, content)
    if not content.strip():
        return FileChunks(language, "lines", [], False)
    notebook = read_notebook(content) if path.lower().endswith(".ipynb") else None
    if notebook is not None:
        return _notebook_chunks(path, content, notebook, settings)
    source = SourceLines(content)
    layers = read_layers(language, source, settings)
    if not layers:
        pieces = _line_pieces(source, settings)
        return FileChunks(language, "lines", _chunks(path, source, pieces, {}, "", settings), False)
    references = merged_references(layers)
    if "heading" in references:
        pieces, doc = section_pieces(references["heading"], source, settings), ""
    else:
        pieces, doc = tree_pieces(path, source, layers, [], settings)
    imports = {used: name for layer in reversed(layers) for used, name in layer.captures.imports.items()}
    chunks = _chunks(
        path, source, pieces, imports, doc, settings, references.get("import", ()), layers[0].grammar.name
    )
    errors = any(layer.root.has_error for layer in layers)
    return FileChunks(layers[0].grammar.name, "tree-sitter", chunks, errors)


def _notebook_chunks(path: str, content: str, notebook: Notebook, settings: ChunkSettings) -> FileChunks:
    """Chunks of a notebook's cells, with the lines they have in the file."""
    source = SourceLines(notebook.text)
    layers = notebook_layers(notebook, source, settings)
    prose = [(cell.first, cell.last) for cell in notebook.cells if not cell.language]
    pieces, doc = tree_pieces(path, source, layers, prose, settings)
    imports = {used: name for layer in reversed(layers) for used, name in layer.captures.imports.items()}
    import_nodes = merged_references(layers).get("import", ())
    chunks = _chunks(path, source, pieces, imports, doc, settings, import_nodes)
    chunks = [_at_lines(chunk, notebook.lines) for chunk in chunks]
    chunks[0] = replace(chunks[0], start_line=1, end_line=content.count("\n", 0, len(content) - 1) + 1)
    errors = any(layer.root.has_error for layer in layers)
    return FileChunks(notebook.language, "tree-sitter" if layers else "lines", chunks, errors)


def _line_pieces(source: SourceLines, settings: ChunkSettings) -> list[Piece]:
    maker = BlockMaker(source, settings)
    pieces = []
    for first, last in free_runs([], source):
        units = paragraph_units(first, last, source, settings.max_size)
        pieces += [block_piece(block, source, settings, "") for block in maker.blocks(first, last, units)]
    return pieces


def _chunks(
    path: str,
    source: SourceLines,
    pieces: list[Piece],
    imports: dict[str, str],
    doc: str,
    settings: ChunkSettings,
    import_nodes: Iterable[Node] = (),
    language: str = "",
) -> list[Chunk]:
    """The module's chunk and those of the pieces."""
    module = module_piece(PurePosixPath(path).stem, source, pieces, import_nodes, doc, settings)
    module.references = module_references(path, language)
    return [_chunk(path, piece, imports, settings) for piece in [module, *pieces]]


def _chunk(path: str, piece: Piece, imports: dict[str, str], settings: ChunkSettings) -> Chunk:
    content = "\n".join(text for _, text in piece.lines)
    if piece.kind == "module":
        mentioned = tuple(dict.fromkeys(imports.values()))
    else:
        words = set(_IDENTIFIER.findall(content)) if imports else set()
        mentioned = tuple(dict.fromkeys(name for used, name in imports.items() if used in words))
    return Chunk(
        kind=piece.kind,
        name=_composed(piece.name),
        symbol=_composed(piece.symbol),
        scope=_composed(piece.scope),
        signature=piece.signature,
        doc=piece.doc,
        comments=piece.comments,
        start_line=piece.first + 1,
        end_line=piece.last + 1,
        content=content,
        references=piece.references,
        imports=mentioned,
        texts=chunk_texts(piece, path, mentioned, settings),
        entity=piece.entity,
        role=piece.role,
    )


def _composed(name: str) -> str:
    """A name as it is typed in a query: letters with their accents in one (Unicode's NFC)."""
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def _at_lines(chunk: Chunk, lines: list[int]) -> Chunk:
    """The chunk with its lines, which count rows of a text, as those rows' lines in the file."""
    first = chunk.start_line - 1
    references = tuple(
        replace(item, lines=tuple(lines[first + line] - lines[first] for line in item.lines))
        for item in chunk.references
    )
    texts = tuple(
        replace(text, start_line=lines[text.start_line - 1], end_line=lines[text.end_line - 1])
        for text in chunk.texts
    )
    return replace(
        chunk,
        start_line=lines[first],
        end_line=lines[chunk.end_line - 1],
        texts=texts,
        references=references,
    )
