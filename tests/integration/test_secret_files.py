"""Files that hold keys are recorded as skipped when a folder is indexed; their text is in no table."""

from pgcodesearch.indexing import Worker, sync_repository
from support.filling import contents
from support.indexing import check_index

TOKEN = "glpat-" + "a1B2c3D4e5F6g7H8i9J0"
CLEAN = "def deploy(token):\n    return token\n"


def test_a_key_in_a_folder_reaches_no_table(database, tmp_path):
    (tmp_path / "clean.py").write_text(CLEAN)
    (tmp_path / "deploy.py").write_text(f"import os\nTOKEN = '{TOKEN}'\n")
    with database.connect(autocommit=False) as connection:
        result = sync_repository(connection, "demo", tmp_path)
        Worker(connection, stages=("chunk",)).run_until_idle()
        assert result.skipped == {"secret": 1}
        skipped = connection.execute("select path, reason, detail from codesearch.skipped_file").fetchall()
        assert skipped == [("deploy.py", "secret", "GitLab token, line 2")]
        assert connection.execute("select skipped_files from codesearch.index_status").fetchone() == (1,)
        assert not any(TOKEN in row for rows in contents(connection).values() for row in rows)
        (tmp_path / "deploy.py").write_text(CLEAN)
        assert sync_repository(connection, "demo", tmp_path).skipped == {}
        Worker(connection, stages=("chunk",)).run_until_idle()
        assert connection.execute("select count(*) from codesearch.skipped_file").fetchone() == (0,)
        check_index(connection)
        # A key that is pasted into an indexed file takes the file out again.
        (tmp_path / "clean.py").write_text(f"{CLEAN}KEY = '{TOKEN}'\n")
        sync_repository(connection, "demo", tmp_path)
        assert connection.execute("select path from codesearch.source_file").fetchall() == [("deploy.py",)]
