-- Every weight, size and switch of search and indexing with its value.
create or replace view settings with (security_invoker = true) as
select d.name, coalesce(s.value, d.value) as value, d.value as default_value, d.description, s.changed_at,
    allowed_values(d.name) as allowed
from default_settings() d left join setting s on s.name = d.name and allowed_setting(s.name, s.value)
order by d.name;
comment on view settings is 'Every weight, size and switch of search and indexing with its value.';
