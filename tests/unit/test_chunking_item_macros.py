"""Rust items that stand in macros: the grammar keeps them as tokens."""

from __future__ import annotations

from pgcodesearch.chunking import chunk_file

RUST = """\
cfg_rt! {
    cfg_io! {
        /// Runs things.
        pub struct Runtime {
            handle: Handle,
        }
    }

    impl Runtime {
        /// Spawns.
        pub fn spawn(&self, f: F) -> JoinHandle {
            self.handle.spawn(f)
        }
    }
}

impl Other {
    cfg_net! {
        pub(crate) fn driver(&self) -> io::Result<()> { open() }
    }
}

bitflags! { struct Flags: u32 { const A = 1; } }

fn make() -> Tokens {
    quote! {
        fn made() {}
    }
}
"""


def test_items_in_macros_have_their_names() -> None:
    found = [chunk for chunk in chunk_file("src/rt.rs", RUST).chunks if chunk.kind not in ("module", "block")]
    assert [(chunk.kind, chunk.symbol, chunk.start_line, chunk.end_line) for chunk in found] == [
        ("class", "Runtime", 1, 7),
        ("class", "Runtime", 9, 15),
        ("method", "Runtime.spawn", 10, 13),
        ("class", "Other", 17, 21),
        ("method", "Other.driver", 18, 19),
        ("function", "make", 25, 29),
    ]
    assert found[0].doc == "Runs things."
    assert found[0].content.startswith("cfg_rt! {\n    cfg_io! {\n        /// Runs things.")
    assert found[2].calls == ("spawn",)
    assert "fn made()" in found[-1].content


def test_what_only_the_macro_understands_stays_a_block() -> None:
    (block,) = chunk_file(
        "src/flags.rs", "bitflags! {\n    struct Flags: u32 {\n        const A = 1;\n    }\n}\n"
    ).chunks[1:]
    assert (block.kind, block.start_line, block.end_line) == ("block", 1, 5)
