-- Model versions are compared on a protocol too: questions that the code itself gives, not judged queries.
alter table model_comparison
add column protocol text check (protocol in ('codesearchnet')),
add column measured jsonb,
alter column query_set drop not null,
add check ((query_set is null) = (protocol is not null)),
add check ((measured is null) = (protocol is null));
comment on table model_comparison is
'Two model versions on the same judged queries, or on a protocol: paired differences with intervals, '
'and the gate''s verdict.';
comment on column model_comparison.query_set is 'The set of judged queries; null where a protocol was followed.';
comment on column model_comparison.protocol is
'codesearchnet: the first sentence of a function''s documentation asks for it among others of its language.';
comment on column model_comparison.measured is
'Of a protocol: seed, limit, minimum and repository; functions and MRR of both models by language; languages left out.';
comment on column model_comparison.differences is
'Candidate minus baseline, over all queries and by category (of a protocol: by language): mean, low, '
'high (95 % bootstrap), queries, wins, losses.';
