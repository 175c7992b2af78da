"""From a file's text to its chunks."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from pathlib import PurePosixPath

from tree_sitter import Node

from .attach import attach_leads, emitted_owner, innermost, merge_clauses
from .blocks import Block, BlockMaker, cut_runs, free_runs, node_units, paragraph_units
from .comments import is_licence, strip_comment, strip_docstring
from .definitions import Definition, build_definitions, choose_chunks, nest_again
from .languages import detect_language, load_grammar
from .markdown import section_pieces
from .model import Chunk, FileChunks
from .parsing import Captures, capture, is_comment, node_text, parse
from .pieces import Piece, block_piece, definition_piece
from .recovery import recovered_definitions
from .settings import ChunkSettings
from .skeleton import module_piece
from .source import SourceLines
from .sql import sql_definitions
from .texts import chunk_texts

_DEFAULTS = ChunkSettings()
_HEAD_CHARS = 40_000
_IDENTIFIER = re.compile(r"[^\W\d]\w*")
_CLOSER = re.compile(r"[\W_]*(?:end|fi|done|esac)?[\W_]*|#\s*endif\b.*|[})\];,]+\s*(?://|/\*|--|#).*")
_MAX_CLOSER_CHARS = 200


def chunk_file(path: str, content: str, settings: ChunkSettings = _DEFAULTS) -> FileChunks:
    """All chunks of a file. Never raises: what can't be parsed is cut into blocks of lines.

    Every non-blank line is in the range and in the content of a chunk other than the module's.
    """
    language = detect_language(path, content[:_HEAD_CHARS])
    if not content.strip():
        return FileChunks(language, "lines", [], False)
    source = SourceLines(content)
    grammar = load_grammar(language) if language else None
    tree = parse(grammar, source, settings) if grammar else None
    if grammar is None or tree is None:
        pieces = _line_pieces(source, settings)
        return FileChunks(language, "lines", _chunks(path, source, pieces, {}, "", settings), False)
    captures = capture(grammar, tree.root_node)
    if "heading" in captures.references:
        pieces, doc = section_pieces(captures.references["heading"], source, settings), ""
    else:
        scanned = sql_definitions(source) if language == "sql" else []
        pieces, doc = _tree_pieces(path, source, tree.root_node, captures, scanned, grammar.name, settings)
    chunks = _chunks(
        path, source, pieces, captures.imports, doc, settings, captures.references.get("import", ())
    )
    return FileChunks(language, "tree-sitter", chunks, tree.root_node.has_error)


def _line_pieces(source: SourceLines, settings: ChunkSettings) -> list[Piece]:
    maker = BlockMaker(source, settings)
    pieces = []
    for first, last in free_runs([], source):
        units = paragraph_units(first, last, source, settings.max_size)
        pieces += [block_piece(block, source, settings, "") for block in maker.blocks(first, last, units)]
    return pieces


def _tree_pieces(
    path: str,
    source: SourceLines,
    root: Node,
    captures: Captures,
    scanned: list[Definition],
    language: str,
    settings: ChunkSettings,
) -> tuple[list[Piece], str]:
    """Pieces of definitions and of the blocks between them, in source order; and the file's documentation."""
    roots = build_definitions(captures, path, scanned)
    attach_leads((item for top in roots for item in top.walk()), captures.references, source)
    roots = merge_clauses(roots, source)
    choose_chunks(roots, source, settings)
    definitions = [item for top in roots for item in top.walk()]
    recovered = recovered_definitions(language, root, source, [item for item in definitions if item.emitted])
    if recovered:
        attach_leads(recovered, captures.references, source)
        definitions = nest_again([*definitions, *recovered])
    definitions.sort(key=lambda item: (item.first, -item.end))
    emitted = [definition for definition in definitions if definition.emitted]
    docs = captures.references.get("doc", ())
    for definition in emitted:
        if definition.kind == "class":
            definition.cut = cut_runs(definition, docs, source, settings.max_body_size)
    free_nodes = _distribute(definitions, captures.references)
    blocks = _free_blocks(root, source, captures, emitted, definitions, settings)
    pieces = [definition_piece(definition, source, settings) for definition in emitted]
    pieces += _block_pieces(blocks, free_nodes, source, settings)
    pieces.sort(key=lambda piece: (piece.first, -piece.last))
    return pieces, _file_doc(source, captures, free_nodes)


def _distribute(definitions: list[Definition], references: dict[str, list[Node]]) -> list[tuple[str, Node]]:
    """Hand calls, comments, docstrings and annotations to the chunks around them; what lies in none is returned."""
    free: list[tuple[str, Node]] = []
    for role in ("call", "comment", "doc", "attribute"):
        for node, inner in innermost(definitions, references.get(role, ())):
            owner = emitted_owner(inner)
            if owner is None or (role in ("call", "comment") and _in_cut(owner, node)):
                free.append((role, node))
            elif role == "call":
                if node.start_byte not in owner.name_bytes:  # Elixir's heads look like calls
                    owner.calls.append(node_text(node))
            elif role == "doc" and owner is inner:
                owner.docs.append(node)
            elif role == "attribute":
                if owner.start <= node.start_byte < (owner.body if owner.body >= 0 else owner.end):
                    owner.annotations.append(node)
            elif node not in owner.lead and node not in owner.docs:
                owner.comments.append(node)
    return free


def _in_cut(owner: Definition, node: Node) -> bool:
    return any(first <= node.start_point[0] <= last for first, last in owner.cut)


def _free_blocks(
    root: Node,
    source: SourceLines,
    captures: Captures,
    emitted: list[Definition],
    definitions: list[Definition],
    settings: ChunkSettings,
) -> list[Block]:
    """Blocks of the rows that no definition covers, and of those cut out of types.

    Rows that only close something go to the chunk above.
    """
    runs = free_runs(((item.first_row, item.end_row) for item in emitted), source)
    outermost = {item.end_row: item for item in reversed(emitted) if emitted_owner(item.parent) is None}
    ends = sorted(outermost)
    kept = []
    for first, last in runs:
        above = bisect_right(ends, first) - 1
        if above >= 0 and all(_only_closes(source.rows[row]) for row in range(first, last + 1)):
            outermost[ends[above]].end_row = last
        else:
            kept.append((first, last))
    owners = {run: item for item in emitted for run in item.cut}
    kept = sorted([*kept, *owners])
    references = captures.references
    comments = [*references.get("comment", ()), *references.get("doc", ())]
    maker = BlockMaker(source, settings, definitions, references.get("import", ()), comments)
    units = node_units(root, kept, source, settings.max_size)
    blocks = []
    position = 0
    for first, last in kept:
        inside = []
        while position < len(units) and units[position][0] <= last:
            inside.append(units[position])
            position += 1
        made = maker.blocks(first, last, inside)
        for block in made:
            block.owner = owners.get((first, last))
        blocks += made
    return blocks


def _only_closes(row: str) -> bool:
    return len(row) <= _MAX_CLOSER_CHARS and _CLOSER.fullmatch(row.strip()) is not None


def _block_pieces(
    blocks: list[Block], free_nodes: Iterable[tuple[str, Node]], source: SourceLines, settings: ChunkSettings
) -> list[Piece]:
    """Pieces of blocks, with the calls and comments that lie in them."""
    starts = [block.first for block in blocks]
    calls: list[list[str]] = [[] for _ in blocks]
    comments: list[list[str]] = [[] for _ in blocks]
    for role, node in free_nodes:
        index = bisect_right(starts, node.start_point[0]) - 1
        if index < 0 or blocks[index].last < node.start_point[0]:
            continue
        if role == "call":
            calls[index].append(node_text(node))
        elif role in ("comment", "doc"):
            comments[index].append(_plain(node))
    pieces = []
    for block, called, said in zip(blocks, calls, comments, strict=True):
        text = "\n".join(filter(None, said))
        piece = block_piece(block, source, settings, "" if is_licence(text) else text)
        piece.calls = called
        pieces.append(piece)
    return pieces


def _plain(node: Node) -> str:
    text = node_text(node)
    return strip_comment(text) if is_comment(node) else strip_docstring(text)


def _file_doc(source: SourceLines, captures: Captures, free_nodes: list[tuple[str, Node]]) -> str:
    """The file's docstring, or the first comment above its code that is no licence."""
    strings = [_plain(node) for role, node in free_nodes if role == "doc"]
    if strings:
        return strings[0]
    groups: list[list[str]] = []
    row = 0
    for role, node in free_nodes:
        if role != "comment":
            continue
        first, (last, column) = node.start_point[0], node.end_point
        if source.size(row, first - 1) > 0:
            break
        if not groups or first > row:
            groups.append([])
        groups[-1].append(_plain(node))
        row = last + (column > 0)
    texts = ("\n".join(filter(None, group)) for group in groups)
    return next((text for text in texts if text and not is_licence(text) and not text.startswith("!")), "")


def _chunks(
    path: str,
    source: SourceLines,
    pieces: list[Piece],
    imports: dict[str, str],
    doc: str,
    settings: ChunkSettings,
    import_nodes: Iterable[Node] = (),
) -> list[Chunk]:
    """The module's chunk and those of the pieces."""
    module = module_piece(PurePosixPath(path).stem, source, pieces, import_nodes, doc, settings)
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
        name=piece.name,
        symbol=piece.symbol,
        scope=piece.scope,
        signature=piece.signature,
        doc=piece.doc,
        comments=piece.comments,
        start_line=piece.first + 1,
        end_line=piece.last + 1,
        content=content,
        calls=tuple(dict.fromkeys(piece.calls)),
        imports=mentioned,
        texts=chunk_texts(piece, path, mentioned, settings),
    )
