"""Training pairs out of a database: what its repositories say of their own code, and what its users looked for.

``build_dataset`` writes shards that ``pgcodesearch.training.data.read_pairs`` reads. Needs pyarrow; no PyTorch.
"""

from pgcodesearch.training.dataset.build import build_dataset
from pgcodesearch.training.dataset.options import DatasetOptions
from pgcodesearch.training.dataset.report import DatasetReport

__all__ = ["DatasetOptions", "DatasetReport", "build_dataset"]
