-- Keeps the gate's verdict with a comparison and with its candidate. A refused candidate can't be activated from then
-- on, and one that passes later is a candidate again; the active model keeps its status.
create or replace function settle_comparison(comparison_id bigint, promote boolean, reason text, rule jsonb)
    returns void
language plpgsql volatile
set search_path from current
as $$
#variable_conflict use_column
declare
    word constant text := case when promote then 'promote' else 'refuse' end;
    judged text;
begin
    update model_comparison set verdict = word, reason = settle_comparison.reason
    where comparison_id = settle_comparison.comparison_id returning candidate into judged;
    update model_version
    set metrics = metrics || jsonb_build_object('gate',
        jsonb_build_object('verdict', word, 'reason', settle_comparison.reason,
            'comparison_id', settle_comparison.comparison_id, 'rule', rule)),
        status = case when status not in ('candidate', 'refused') then status
                      when promote then 'candidate' else 'refused' end
    where name = judged;
end
$$;
comment on function settle_comparison(bigint, boolean, text, jsonb) is
'Keeps the gate''s verdict with a comparison and with its candidate; a refused one can''t be activated.';
