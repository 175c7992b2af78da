-- The key of a text: half of its sha256, because tenants share what is stored under it, and md5 can be made to collide.
create or replace function text_hash(content text) returns uuid
language sql immutable strict parallel safe
as $$
    select encode(substr(sha256(convert_to(content, 'UTF8')), 1, 16), 'hex')::uuid
$$;
comment on function text_hash(text) is 'The key of a text: half of its sha256.';
