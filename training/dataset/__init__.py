"""Training pairs out of a database: what its repositories say of their own code, and what its users looked for.

``build_dataset`` writes shards that ``training.data.read_pairs`` reads. Needs pyarrow; no PyTorch.
"""

from training.dataset.build import build_dataset
from training.dataset.options import DatasetOptions
from training.dataset.report import DatasetReport

__all__ = ["DatasetOptions", "DatasetReport", "build_dataset"]
