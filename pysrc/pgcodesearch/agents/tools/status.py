"""What is indexed, and how fresh it is."""

from __future__ import annotations

from dataclasses import dataclass

from pgcodesearch.agents.freshness import Fresh
from pgcodesearch.agents.toolbox import Call, Repository, tool
from pgcodesearch.database.errors import UnknownRepository

_SIZES = """
select f.repository, f.files, f.chunks,
       array(select v.language from codesearch.source_file s join codesearch.file_version v using (version_id)
             where s.branch_id = f.branch_id and v.language is not null group by 1 order by count(*) desc limit 8)
from codesearch.index_freshness f
where %(name)s::text is null or f.repository = %(name)s order by 1
"""
_MODELS = "select name from codesearch.model_version where status <> 'refused' order by status <> 'active', 1"


@dataclass(frozen=True, slots=True)
class IndexedRepository:
    """A repository, or another branch of one, and the languages most of its files are in."""

    repository: str
    files: int
    chunks: int
    languages: list[str]
    freshness: Fresh | None


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """What can be asked; the active model is the first."""

    repositories: list[IndexedRepository]
    models: list[str]

    def text(self) -> str:
        """A line for each repository."""
        lines = []
        for one in self.repositories:
            state = one.freshness.line().partition(": ")[2] if one.freshness else ""
            lines.append(
                f"{one.repository}: {one.files} files, {one.chunks} chunks ({', '.join(one.languages) or '-'}); {state}"
            )
        lines = lines or ["Nothing is indexed yet. Run in a shell: pgcodesearch index PATH --repository NAME"]
        return "\n".join([*lines, f"models: {', '.join(self.models) or 'none'}"])


@tool("Status of the index")
def index_status(call: Call, repository: Repository = None) -> IndexStatus:
    """Which repositories and branches are indexed, how large they are, how up to date, and which models there are.
    Ask it where you don't know the names; every answer has its own freshness."""
    asked = {"name": repository}
    sizes = call.client.read(lambda connection: connection.execute(_SIZES, asked).fetchall())
    models = [name for (name,) in call.client.read(lambda connection: connection.execute(_MODELS).fetchall())]
    if not sizes and repository is not None:
        raise UnknownRepository(f"there is no repository {repository!r}")
    fresh = {one.repository: one for one in call.watch.all(call.client)}
    repositories = [
        IndexedRepository(name, files, chunks, languages, fresh.get(name))
        for name, files, chunks, languages in sizes
    ]
    return IndexStatus(repositories, models)
