"""The code graph against jedi, on Python packages: definitions, usages, and the lines of calls.

    python -m venv /tmp/jedi && /tmp/jedi/bin/pip install jedi
    /tmp/jedi/bin/python tests/quality/code_graph.py truth FOLDER click 100 > click.json
    pgcodesearch index FOLDER --repository click
    python tests/quality/code_graph.py compare DATABASE click FOLDER click.json

FOLDER holds the package alone. `truth` needs jedi and nothing of this project; `compare` needs no jedi. What jedi
can't infer counts as wrong here.
"""

from __future__ import annotations

import ast
import json
import random
import sys
from collections import Counter
from pathlib import Path
from typing import Any

Place = tuple[str, int]
_SURE = (0.25, 0.5, 0.75)
_CALL_SAMPLES = 200


def truth(folder: Path, package: str, wanted: int) -> dict[str, Any]:
    """What jedi says: each definition's name in full and its lines, and the usages of a sample of them."""
    import jedi

    project = jedi.Project(folder, sys_path=[*sys.path, str(folder)])
    definitions: dict[str, list[Place]] = {}
    candidates = []
    for path in sorted((folder / package).rglob("*.py")):
        script = jedi.Script(path=path, project=project)
        for name in script.get_names(all_scopes=True, definitions=True):
            outer = name.parent()
            named = name.type in ("function", "class") or (
                name.type == "statement" and outer is not None and outer.type in ("module", "class")
            )
            if not named or not name.full_name or name.line is None:
                continue
            place = (path.relative_to(folder).as_posix(), name.line)
            definitions.setdefault(name.full_name, []).append(place)
            if name.type in ("function", "class") and not name.name.startswith("__"):
                candidates.append((script, name))
    random.Random(1).shuffle(candidates)
    usages = {}
    for script, name in candidates:
        if len(usages) == wanted:
            break
        if len(definitions[name.full_name]) > 1 or name.full_name in usages:
            continue
        found = script.get_references(name.line, name.column, scope="project", include_builtins=False)
        usages[name.full_name] = sorted(
            {
                (Path(item.module_path).relative_to(folder).as_posix(), item.line)
                for item in found
                if item.module_path is not None and Path(item.module_path).is_relative_to(folder)
            }
            - set(definitions[name.full_name])
        )
    return {"definitions": definitions, "usages": usages}


def compare(database: str, repository: str, folder: Path, said: dict[str, Any]) -> None:
    """Print how the graph's answers compare with jedi's."""
    import psycopg

    with psycopg.connect(database, autocommit=True) as connection:
        _compare_definitions(connection, repository, _without_imports(folder, said["definitions"]))
        _compare_usages(connection, repository, said["usages"], said["definitions"])
        calls = connection.execute(
            "select v.path, c.start_line + l.line, coalesce(nullif(r.alias, ''), r.name)"
            " from codesearch.chunk_reference r join codesearch.chunk c using (chunk_id)"
            " join codesearch.file_version v using (version_id)"
            " join codesearch.repository n on n.repository_id = r.repository_id, unnest(r.lines) as l(line)"
            " where n.name = %s and r.kind = 'call' order by 1, 2, 3",
            (repository,),
        ).fetchall()
    sample = random.Random(2).sample(calls, min(_CALL_SAMPLES, len(calls)))
    wrong = [call for call in sample if not _is_call(folder / call[0], call[1], call[2])]
    print(f"lines of calls, by ast: {len(sample) - len(wrong)} of {len(sample)} right", *wrong)


def _without_imports(folder: Path, said: dict[str, list[Place]]) -> dict[str, list[Place]]:
    """The definitions alone: to jedi a name that is imported from elsewhere is one as well."""
    imports: dict[str, set[int]] = {}
    for path in {path for places in said.values() for path, _ in places}:
        tree = ast.parse((folder / path).read_text(encoding="utf-8"))
        nodes = (node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom))
        imports[path] = {line for node in nodes for line in range(node.lineno, (node.end_lineno or 0) + 1)}
    kept = {
        name: [(path, line) for path, line in places if line not in imports[path]]
        for name, places in said.items()
    }
    return {name: places for name, places in kept.items() if places}


def _compare_definitions(connection: Any, repository: str, said: dict[str, list[Place]]) -> None:
    right = found = wanted = missed = 0
    lost = Counter[str]()
    for name, places in said.items():
        rows = connection.execute(
            "select path, line from codesearch.find_definition(%s, repository => %s, min_confidence => 0.3)",
            (name, repository),
        ).fetchall()
        expected = {tuple(place) for place in places}
        right += len(expected & set(rows))
        found += len(rows)
        wanted += 1
        missed += not expected & set(rows)
        if not expected & set(rows):
            lost[name] += 1
    print(
        f"definitions: {wanted}, precision {right / max(found, 1):.3f}, recall {1 - missed / max(wanted, 1):.3f}"
    )
    print("  not found, the first:", *list(lost)[:8])


def _compare_usages(
    connection: Any, repository: str, said: dict[str, list[Place]], defined: dict[str, list[Place]]
) -> None:
    counts = {sure: [0, 0, 0] for sure in _SURE}
    wrong, missed = Counter[str](), Counter[str]()
    for name, places in said.items():
        rows = connection.execute(
            "select path, line, kind, confidence, text from codesearch.find_usages(%s, 1000, %s)",
            (name, repository),
        ).fetchall()
        expected = {tuple(place) for place in places}
        own = {tuple(place) for place in defined[name]}
        for sure, count in counts.items():
            found = {(row[0], row[1]) for row in rows if row[3] >= sure} - own
            count[0] += len(found & expected)
            count[1] += len(found)
            count[2] += len(expected)
        sure_places = {(row[0], row[1]) for row in rows if row[3] >= 0.5}
        wrong.update(f"{name} {row[0]}:{row[1]} {row[3]:.2f} {row[4].strip()[:60]}" for row in rows
                     if row[3] >= 0.5 and (row[0], row[1]) not in expected | own)  # fmt: skip
        missed.update(f"{name} {path}:{line}" for path, line in expected - sure_places)
    for sure, (right, found, wanted) in counts.items():
        print(
            f"usages of {len(said)} with confidence {sure} or more: {found}, precision {right / max(found, 1):.3f},"
            f" recall {right / max(wanted, 1):.3f} of {wanted}"
        )
    for label, items in (("not jedi's", wrong), ("missed", missed)):
        print(
            f"  {label}: {len(items)}",
            *random.Random(3).sample(sorted(items), min(12, len(items))),
            sep="\n    ",
        )


def _is_call(path: Path, line: int, name: str) -> bool:
    """Does a call of that name, written out, stand on the line?"""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and node.func.end_lineno == line:
            called = node.func
            written = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if written == name:
                return True
    return False


if __name__ == "__main__":
    if sys.argv[1] == "truth":
        print(json.dumps(truth(Path(sys.argv[2]).resolve(), sys.argv[3], int(sys.argv[4]))))
    else:
        compare(sys.argv[2], sys.argv[3], Path(sys.argv[4]), json.loads(Path(sys.argv[5]).read_text()))
