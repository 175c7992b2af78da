-- Whether a text holds a key, token or password: such a query is logged without its text. The formats of the frequent
-- issuers, a private key, a URL with a password, and a value beside a telling name; the indexer knows many more
-- (secret_rules.py). None of the expressions refers back, so that each reads the text once. What all of these have is
-- looked for first: the expressions take a new connection 70 ms to compile, and few queries need them.
create or replace function looks_secret(text text) returns boolean
language sql immutable parallel safe
as $$
    select coalesce(
        text ~ '[0-9]|[A-Z]{4}' and text ~ '[A-Za-z0-9_+/-]{20}' and text ~ (
            '\m(A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\M'
            || '|\m(gh[pousr]|github_pat|npm|hf|do[opr]_v1)_[A-Za-z0-9_]{20}'
            || '|\mgl(pat|dt|ft|soat|rt|cbt|imt|ptt|agent|oas)-[A-Za-z0-9_-]{20}|\m(sk|xox[a-z]|xapp'
                '|GOCSPX)-[A-Za-z0-9-]{20}'
            || '|\m[rs]k_(live|test|prod)_[A-Za-z0-9]{16}|\mwhsec_[A-Za-z0-9+/]{20}|\mAIza[A-Za-z0-9_-]{20}'
            || '|\mpypi-AgE[A-Za-z0-9_-]{20}|\mSG\.[A-Za-z0-9_-]{20}|\m(dapi|SK)[0-9a-f]{20}'
                '|AccountKey=[A-Za-z0-9+/]{20}'
            || '|AGE-SECRET-KEY-1[A-Z0-9]{20}|[0-9]{8}:AA[A-Za-z0-9_-]{20}|PRIVATE KEY( '
                'BLOCK)?-----(\s|\\n)*[A-Za-z0-9+/]{20}'
            || '|\meyJ[A-Za-z0-9_-]+\.eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]')
        or strpos(text, '://') > 0 and text ~ '://[^\s:/@]*:[^\s/@<>{}$%]{4,}@'
        or text ~ '[0-9]' and text ~ '[:=]|\mis\M' and exists (
            select from regexp_matches(
                text, '(?i)(?:passw(?:or)?d|passphrase|pwd|secret|token|(?:api|access)[_-]?key)["'']?\s*(?:[:=]|\mis\M)'
                      || '\s*["''`]?([^\s"''`(){}<>$,;]{8,})', 'g') as m(value)
            where m.value[1] ~ '[0-9]' and m.value[1] ~ '[A-Za-z]'),
        false)
$$;
comment on function looks_secret(text) is 'Whether a text holds a key, token or password.';
