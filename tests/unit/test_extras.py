"""A missing extra is named, with the command that installs it, before anything is imported."""

import pytest

from pgcodesearch.database.errors import MissingExtra
from pgcodesearch.extras import require_extra


def test_what_is_there_passes():
    require_extra("dev", "pytest", "psycopg")


def test_what_is_missing_is_named():
    with pytest.raises(MissingExtra, match="no_such_module") as caught:
        require_extra("train", "pytest", "no_such_module")
    assert caught.value.hint == "pip install 'pgcodesearch[train]'"
