"""Source files into chunks: functions, classes, modules and the blocks between them."""

from .chunker import chunk_file
from .languages import LANGUAGES, detect_language
from .model import Chunk, ChunkText, FileChunks, Reference
from .settings import ChunkSettings

__all__ = [
    "LANGUAGES",
    "Chunk",
    "ChunkSettings",
    "ChunkText",
    "FileChunks",
    "Reference",
    "chunk_file",
    "detect_language",
]
