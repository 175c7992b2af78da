-- What a path says of its file. Tests, examples, generated, vendored and legacy code are pushed down unless asked
-- for; entry marks files that mostly re-export (index.ts, __init__.py, mod.rs).
create or replace function path_flags(path text) returns text []
language sql immutable strict parallel safe
as $$
    select coalesce(array_agg(f.flag order by f.flag), '{}')
    from (values
        ('test', '(^|/)(tests?|testing|specs?|__tests__|__mocks__|testdata|fixtures?|e2e|mocks?|src/test|[a-z]+[._-]tests?)/|(^|/)(test_[^/]*|conftest)\.[a-z]+$|[^/]+([._-](test|tests|spec|mock|bench)|_unittest)\.[a-z]+$|[^/]*[a-z](Tests?|Spec|TestCase|IT)\.(java|kt|scala|cs|swift|php|groovy)$|(^|/)[^/]*Tests/'),
        ('example', '(^|/)(examples?|samples?|demos?|docs?_src|tutorials?|playgrounds?|benchmarks?|bench|perf)/'),
        ('generated', '(^|/)(generated|gen|__generated__|dist|build|out|autogen)/|(_pb2(_grpc)?\.pyi?|\.pb\.(go|cc|h)|\.g\.(dart|cs)|\.designer\.cs|\.generated\.[a-z]+|_generated\.[a-z]+|\.min\.(js|css)|-lock\.json|\.lock)$'),
        ('vendored', '(^|/)(vendor|vendored|_vendor|third[_-]?party|node_modules|external|deps|bower_components)/'),
        ('legacy', '(^|/)(legacy|deprecated|obsolete|old|compat|archive|attic)/|(^|/)[^/]*(_legacy|_compat|_deprecated|-legacy|-compat|_old)\.[a-z]+$|(^|/)(compat|legacy|deprecated)\.[a-z]+$'),
        ('docs', '(^|/)(docs?|documentation|wiki)/|\.(md|rst|txt|adoc)$|(^|/)(CHANGES|CHANGELOG|LICENSE|AUTHORS|NEWS|README)[^/]*$'),
        ('entry', '(^|/)(__init__\.pyi?|index\.(js|ts|tsx|jsx|mjs|cjs)|mod\.rs|lib\.rs|package-info\.java|__main__\.py)$|\.d\.(ts|mts|cts)$|\.pyi$')
    ) as f(flag, pattern)
    where path ~ f.pattern
$$;
comment on function path_flags(text) is 'What a path says of its file: test, example, generated, vendored, legacy, docs, entry.';
