-- What a path says of its file. Tests, examples, generated, vendored and legacy code are pushed down unless asked
-- for; entry marks files that mostly re-export (index.ts, __init__.py, mod.rs). Names of folders count in any case;
-- where a name is told by its capitals (OrderTests/, UserSpec.scala, README) the pattern says so.
create or replace function path_flags(path text) returns text []
language sql immutable strict parallel safe
as $$
    select coalesce(array_agg(distinct f.flag order by f.flag), '{}')
    from (values
        ('test', false, '(^|/)(tests?|testing|specs?|__tests__|__mocks__|testdata|fixtures?|e2e|mocks?|src/test'
                        '|[a-z]+[._-]tests?)/|(^|/)(test_[^/]*|conftest)\.[a-z]+$'
                        '|[^/]+([._-](test|tests|spec|mock|bench)|_unittest)\.[a-z]+$'),
        ('test', true, '[^/]*[a-z](Tests?|Spec|TestCase|IT)\.(java|kt|scala|cs|swift|php|groovy)$|(^|/)[^/]*Tests/'
                       '|(^|/)[^/]*[a-z0-9](Test|Specs?|Mocks?|Fixtures?)/'),
        ('example', false,
            '(^|/)(examples?|samples?|demos?|docs?_src|tutorials?|playgrounds?|benchmarks?|bench|perf)/'),
        ('example', true, '(^|/)[^/]*[a-z0-9](Examples?|Samples?|Demos?|Tutorials?|Playground|Benchmarks?)/'),
        ('generated', false,
            '(^|/)(generated|gen|__generated__|dist|build|out|autogen)/|(_pb2(_grpc)?\.pyi?|\.pb\.(go|cc|h)'
                             '|\.g\.(dart|cs)|\.designer\.cs|\.generated\.[a-z]+|_generated\.[a-z]+|\.min\.(js|css)'
                             '|-lock\.json|\.lock)$'),
        ('vendored', false,
            '(^|/)(vendor|vendored|_vendor|third[_-]?party|node_modules|external|deps|bower_components)/'),
        ('vendored', true, '(^|/)(Pods|Carthage|Godeps)/'),
        ('legacy', false, '(^|/)(legacy|deprecated|obsolete|old|compat|archive|attic)/'
                          '|(^|/)[^/]*(_legacy|_compat|_deprecated|-legacy|-compat|_old)\.[a-z]+$'
                          '|(^|/)(compat|legacy|deprecated)\.[a-z]+$'),
        ('docs', false, '(^|/)(docs?|documentation|wiki)/|\.(md|rst|txt|adoc)$'),
        ('docs', true, '(^|/)(CHANGES|CHANGELOG|LICENSE|AUTHORS|NEWS|README)[^/]*$'),
        ('entry', true, '(^|/)(__init__\.pyi?|index\.(js|ts|tsx|jsx|mjs|cjs)|mod\.rs|lib\.rs|package-info\.java'
                        '|__main__\.py)$|\.d\.(ts|mts|cts)$|\.pyi$')
    ) as f(flag, capitals_count, pattern)
    where case when f.capitals_count then path ~ f.pattern else path ~* f.pattern end
$$;
comment on function path_flags(text) is
'What a path says of its file: test, example, generated, vendored, legacy, docs, entry.';
