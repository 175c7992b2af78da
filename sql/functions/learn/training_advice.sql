-- Should a model be trained on this database's use? Answers with the numbers it used. A general model that finds the
-- answer near the top (MRR@10 above good_mrr on judged queries) gains little; below few triplets a trained one is as
-- often worse as better, from many on it is reliably better; between them the gate decides. 'measure' comes first:
-- without judged queries nobody can tell a better model from a worse one.
create or replace function training_advice(good_mrr float8 default 0.35, few int default 10000, many int default 50000)
    returns jsonb
language plpgsql stable
set search_path from current
as $$
declare
    active text := (select m.name from model_version m where m.status = 'active');
    run evaluation_run;
    mrr float8;
    triplets bigint := (select count(*) from triplet);
    answer text;
    reason text;
begin
    select r.* into run from evaluation_run r
    where r.model = active and r.metrics is not null and r.k = 10 and r.mode = 'hybrid' order by r.run_id desc limit 1;
    mrr := (run.metrics #>> '{all,mrr}')::float8;
    if mrr is null then
        answer := 'measure';
        reason := 'the active model was not measured on judged queries: pgcodesearch eval run';
    elsif triplets >= many then
        answer := 'train';
        reason := format('%s triplets are enough for a reliable gain', triplets);
    elsif triplets >= few then
        answer := 'try';
        reason := format('with %s triplets gains are noisy: train, and let the gate decide', triplets);
    elsif mrr > good_mrr then
        answer := 'no';
        reason := format('MRR@10 is %s, above %s, and %s triplets are too few to better it', round(mrr::numeric, 3),
            good_mrr, triplets);
    else
        answer := 'collect';
        reason := format(
            'MRR@10 is %s, so a model could help, but %s triplets are too few: look at chunks, '
            'settings and queries first',
            round(mrr::numeric, 3), triplets);
    end if;
    return jsonb_build_object('answer', answer, 'reason', reason, 'numbers', jsonb_build_object(
        'active_model', active, 'mrr', mrr, 'good_mrr', good_mrr,
        'judged_queries', run.metrics #> '{all,queries}', 'run_id', run.run_id,
        'triplets', triplets, 'few', few, 'many', many, 'anchors', (select count(distinct t.anchor) from triplet t),
        'searches', (select count(*) from query_log),
        'searches_with_feedback', (select count(distinct f.query_id) from query_feedback f),
        'files', (select count(*) from source_file)));
end
$$;
comment on function training_advice(float8, int, int) is
'Should a model be trained on this database''s use? measure, collect, no, try or train, with the numbers used.';
