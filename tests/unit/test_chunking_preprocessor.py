"""C's conditional lines: #if in the middle of declarations, and branches that each open a brace."""

from __future__ import annotations

import pytest

from pgcodesearch.chunking import Chunk, chunk_file
from pgcodesearch.chunking.preprocessor import with_first_branches, without_conditions, without_macros

C = """\
#ifdef HAVE_THREADS
static int start(worker *w, int count)
#else
static int start(worker *w)
#endif
{
    return spawn(w);
}

/* Stops all workers. */
#ifndef _WIN32
int stop(worker *w) {
    if (w->running) {
#if 0
        if (w->never) {
#elif defined(SIGTERM)
        kill(w->pid, SIGTERM);
    } else {
#else
        kill(w->pid, 9);
    } else {
#endif
        wait_for(w);
    }
    return 0;
}
#endif

int count_workers(void) { return total; }
"""

CSHARP = """\
namespace Log;

public interface ILogger
{
    /// <summary>Writes one event.</summary>
#if DEFAULT_BODIES
    [Generated]
#endif
    void Write(LogEvent logEvent)
#if DEFAULT_BODIES
        => Sink.Emit(logEvent)
#endif
    ;

    /// <summary>Writes all that waits.</summary>
    void Flush();
}
"""


def definitions(path: str, content: str) -> dict[str, Chunk]:
    found = chunk_file(path, content).chunks
    return {chunk.symbol: chunk for chunk in found if chunk.kind not in ("module", "block")}


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_functions_that_conditions_cut_in_two(newline: str) -> None:
    found = definitions("a.c", C.replace("\n", newline))
    assert list(found) == ["start", "stop", "count_workers"]
    assert (found["start"].start_line, found["start"].end_line) == (1, 8)
    assert found["start"].calls == ("spawn",)
    assert (found["stop"].start_line, found["stop"].end_line) == (10, 27)
    assert set(found["stop"].calls) == {"kill", "wait_for"}


def test_documentation_above_a_conditional_line() -> None:
    stop = definitions("a.c", C)["stop"]
    assert stop.doc == "Stops all workers."
    assert stop.signature == "int stop(worker *w)"
    assert "#elif defined(SIGTERM)" in stop.content  # what parsers must not see, readers do


def test_members_of_an_interface_with_conditional_bodies() -> None:
    found = definitions("ILogger.cs", CSHARP)
    assert list(found) == ["ILogger", "ILogger.Write"]
    write = found["ILogger.Write"]
    assert write.doc.strip() == "Writes one event."
    assert write.signature.endswith("void Write(LogEvent logEvent)")
    assert "#" not in write.signature
    assert not chunk_file("ILogger.cs", CSHARP).has_errors


def test_a_condition_above_a_definition_goes_with_it() -> None:
    found = chunk_file(
        "a.c", "int one(void) { return 1; }\n\n#ifdef B\nint two(void) { return 2; }\n#endif\n"
    ).chunks
    assert [(chunk.kind, chunk.start_line, chunk.end_line) for chunk in found[1:]] == [
        ("function", 1, 1), ("function", 3, 5),
    ]  # fmt: skip


def test_includes_under_conditions_are_one_block() -> None:
    text = "#ifdef A\n#include <a.h>\n#endif\n#ifdef B\n#include <b.h>\n#endif\n"
    (block,) = chunk_file("a.c", text).chunks[1:]
    assert (block.kind, block.start_line, block.end_line) == ("block", 1, 6)


def test_offsets_and_rows_stay() -> None:
    data = C.replace("\n", "\r\n").encode()
    for changed in (without_conditions(data), with_first_branches(data), without_macros(data)):
        assert len(changed) == len(data)
        assert changed.count(b"\r\n") == data.count(b"\r\n")
    branches = b"#if 0\na\n#else\nb\n#endif\n#if X \\\n  && Y\nc\n#elif Z\nd\n#endif\n"
    assert without_conditions(branches).split() == [b"a", b"b", b"c", b"d"]
    assert with_first_branches(branches).split() == [b"b", b"c"]
    assert without_conditions(b"int a;\n") == b"int a;\n"


CPP = """\
BEGIN_NAMESPACE

namespace shop {

/// Sells things.
class SHOP_EXPORT Shop : public Base {
  Q_OBJECT
 public:
  /// Opens it.
  static Status Open(const Options& options) REQUIRES(mutex_);
  SHOP_INLINE void close(int code = DEFAULT_CODE) NOEXCEPT { stop(code); }
};

struct ALIGNED(16) Cell { int value; };

SHOP_API(int) count(const Shop& shop);

int CALLBACK compare(NONNULL const void* a, NONNULL const void* b) {
  return less(a, b);
}

}  // namespace shop

END_NAMESPACE
"""


def test_macros_hide_no_names() -> None:
    found = definitions("shop.cpp", CPP)
    assert list(found) == ["shop.Shop", "shop.Shop.close", "shop.Cell", "shop.compare"]
    assert found["shop.Shop"].doc == "Sells things."
    assert found["shop.Shop"].signature == "class SHOP_EXPORT Shop : public Base"
    assert "Open(const Options& options) REQUIRES(mutex_);" in found["shop.Shop"].content
    assert found["shop.Shop.close"].calls == ("stop",)


def test_macros_of_files_that_parse_stay() -> None:
    found = definitions("a.c", "#define LIST(x) x\nint one(void) { RETRY(3); return 1; }\n")
    assert "RETRY" in found["one"].calls
