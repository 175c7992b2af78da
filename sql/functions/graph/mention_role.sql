-- What a file is that names code without being code: configuration or documentation; null for any other.
create or replace function mention_role(path text, path_flags text []) returns text
language sql immutable parallel safe
as $$
    select case
        when path ~* '\.(ya?ml|toml|json|ini|cfg|conf|properties|xml|env|gradle|sbt|cmake|mk|bzl|nix|plist)$'
            '|(^|/)(makefile|dockerfile|cmakelists\.txt|procfile|rakefile|jenkinsfile|\.[a-z]+rc)$' then 'configuration'
        when 'docs' = any(path_flags) then 'documentation' end
$$;
comment on function mention_role(text, text []) is 'What a file is that names code without being code.';
