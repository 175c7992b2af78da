-- What training goes on from: a model version's weights before they were made int8, as a Hugging Face folder. Apart
-- from the artefact, because nothing that searches ever reads them; deleting rows costs only exactness of the next
-- training.
create table model_weights (
    model_version_id int not null references model_version on delete cascade,
    file text not null,
    content bytea not null,
    sha256 bytea not null,
    primary key (model_version_id, file)
);
comment on table model_weights is
'The fp32 weights of model versions that were trained here: training goes on from them; searching never reads them.';
alter table model_weights alter column content set storage external;
