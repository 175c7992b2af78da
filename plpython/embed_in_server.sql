-- Embeds a query in the server's own process; the model is read from model_artefact once a session. Installed by
-- `pgcodesearch init` where plpython3u is in the database; called by codesearch.embed_query.
create or replace function codesearch.embed_in_server(query text, model_version_id int) returns real []
language plpython3u stable strict parallel restricted
set search_path from current
as $$
from pgcodesearch.embedding.server import embed_query
return embed_query(plpy, GD, query, model_version_id)
$$;
comment on function codesearch.embed_in_server(text, int) is 'Embeds a query in the server''s own process.';
revoke all on function codesearch.embed_in_server(text, int) from public;
