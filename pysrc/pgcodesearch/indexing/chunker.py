"""Which chunker made a file's chunks. Apart from the chunker itself, which takes long to import."""

from __future__ import annotations

from pgcodesearch import __version__

# Files of the same path and content take over each other's chunks only where this is equal: a new release chunks
# anew. Raise the second part where a change of the chunker should show before the next release.
CHUNKER = f"{__version__}/2"
