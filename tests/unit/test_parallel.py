"""A parallel run keeps together what shares a server or a corpus: each group would else be set up by every process."""

import os

import pytest


@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="not a parallel run")
def test_tests_of_a_file_share_a_process(request):
    assert request.node.nodeid.endswith("@test_parallel.py")
