"""Clients of one process share a loaded model, and what a database says of its files is checked before they do."""

import threading

import numpy as np
import pytest

from pgcodesearch.embedding import ArtefactCorrupt
from pgcodesearch.embedding.stored import LOADED, cache_folder, describe_model, load_local, load_stored
from pgcodesearch.indexing.worker import load_embedder
from pgcodesearch.searching import Client
from support.commands import installed_database

_ADD_COPY = "insert into codesearch.model_version (name, dimension, max_tokens) values ('copy', 384, 256)"
# The same graph and tokenizer under a configuration of another name: another artefact.
_ADD_FILES = """
    insert into codesearch.model_artefact (model_version_id, file, content, sha256)
    select c.model_version_id, a.file, new.content, sha256(new.content)
    from codesearch.model_artefact a, codesearch.model_version c, lateral (
        select case when a.file = 'config.json'
            then convert_to(replace(convert_from(a.content, 'utf8'), 'minilm-code', 'copied-code'), 'utf8')
            else a.content end as content
    ) new
    where c.name = 'copy'
"""


@pytest.fixture(scope="module")
def databases(server_url):
    with installed_database(server_url) as one, installed_database(server_url) as other:
        with one.connect() as connection:
            connection.execute(_ADD_COPY)
            connection.execute(_ADD_FILES)
        yield one, other


def embedder_of(client):
    client.embed("where are redirects followed")
    (embedder,) = client._embedders.values()
    return embedder


def test_clients_share_a_model_whichever_database_it_is_of(databases):
    with Client(databases[0].url) as a, Client(databases[0].url) as b, Client(databases[1].url) as c:
        assert embedder_of(a) is embedder_of(b) is embedder_of(c)
        assert load_local(describe_model(a._connection)) is embedder_of(a)


def test_another_model_is_another_embedder(databases):
    with databases[0].connect(autocommit=False) as connection:
        shipped, copy = describe_model(connection), describe_model(connection, "copy")
        assert load_stored(connection, copy) is load_embedder(connection, copy.model_version_id)
        assert load_stored(connection, copy) is not load_stored(connection, shipped)
        assert load_stored(connection, copy).name.startswith("copied-code")
        assert load_stored(connection, shipped, threads=1) is not load_stored(connection, shipped, threads=2)


def test_clients_in_threads_find_what_one_alone_finds(databases):
    queries = [f"value {number} of the response" for number in range(6)]
    with Client(databases[0].url) as client:
        expected = [client.embed(query) for query in queries]
    found = {}

    def work(number):
        with Client(databases[number % 2].url) as own:
            found[number] = [own.embed(query) for query in queries]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    for number in range(6):
        np.testing.assert_allclose(found[number], expected, atol=2e-3)


def test_files_that_are_not_those_on_record_are_refused(databases):
    with databases[0].connect(autocommit=False) as connection:
        connection.execute(
            "update codesearch.model_artefact set content = content || 'x'::bytea"
            " where file = 'config.json' and model_version_id ="
            " (select model_version_id from codesearch.model_version where name = 'copy')"
        )
        copy = describe_model(connection, "copy")
        LOADED.forget()
        for path in (cache_folder() / copy.digest).glob("*"):
            path.unlink()
        with pytest.raises(ArtefactCorrupt, match=r"config\.json of model version 'copy'"):
            load_stored(connection, copy)
        connection.rollback()
        assert load_stored(connection, copy).dimension == 384, "a failure is not kept"
