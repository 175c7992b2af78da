"""How far codesearch.token_count is off, against tokenizers of language models; needs tiktoken, which fetches them.

    python tests/quality/token_estimate.py --database URL [--encoding cl100k_base --encoding o200k_base]

Prints the estimate over the true count of every sixth chunk: in all, at the 5th, 50th and 95th percentile of chunks,
and the mean error of a chunk; and the same of a quarter of the characters.
"""

from __future__ import annotations

import argparse
from statistics import mean

from pgcodesearch.database import connect

_CHUNKS = """
select content, codesearch.token_count(content) from codesearch.chunk
where level = 0 and hashtext(content) % 6 = 0 and length(content) between 60 and 20000"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", required=True)
    parser.add_argument("--encoding", action="append")
    options = parser.parse_args()
    import tiktoken  # type: ignore[import-not-found,unused-ignore]

    with connect(options.database) as connection:
        chunks = connection.execute(_CHUNKS).fetchall()
    print(f"{len(chunks)} chunks\n| | in all | p5 | median | p95 | mean error |\n|---|---|---|---|---|---|")
    for name in options.encoding or ["cl100k_base", "o200k_base"]:
        encoding = tiktoken.get_encoding(name)
        true = [len(encoding.encode(content, disallowed_special=())) for content, _ in chunks]
        print(row(name, [float(estimate) for _, estimate in chunks], true))
        print(row(f"{name}, characters / 4", [len(content) / 4 for content, _ in chunks], true))


def row(label: str, estimates: list[float], true: list[int]) -> str:
    """A line of the table."""
    shares = sorted(estimate / count for estimate, count in zip(estimates, true, strict=True))
    at = [shares[int(len(shares) * share)] for share in (0.05, 0.5, 0.95)]
    values = [sum(estimates) / sum(true), *at, mean(abs(share - 1) for share in shares)]
    return f"| {label} | {' | '.join(f'{value:.2f}' for value in values)} |"


if __name__ == "__main__":
    main()
