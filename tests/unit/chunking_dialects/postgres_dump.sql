\restrict abc'
\connect shop
SET statement_timeout = 0;
CREATE FUNCTION public.f(a integer) RETURNS integer
    LANGUAGE plpgsql
    AS $_$
begin
  -- it's
  create table inside (x int);
  return $1;
end
$_$;
ALTER FUNCTION public.f(a integer) OWNER TO postgres;
CREATE TABLE public."Order Details" (
    id integer NOT NULL,
    path text DEFAULT 'C:\'::text,
    j jsonb DEFAULT '{}' CHECK (j #> '{a}' IS NULL)
);
COPY public."Order Details" (id, path) FROM stdin;
1	customer's; CREATE TABLE nope (x int);
2	it's
\.


CREATE FUNCTION g() RETURNS int LANGUAGE sql AS 'select 1; select 2';
CREATE FUNCTION h(a int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT CASE WHEN a=1 THEN 2 END; END;
CREATE FUNCTION r(a int) RETURNS int RETURN a + 1;
CREATE VIEW v AS SELECT E'it\'s' AS x, date'2020-01-01' as d, U&'x''y' as u;
CREATE TRIGGER t BEFORE INSERT ON x FOR EACH ROW EXECUTE FUNCTION f();
CREATE MATERIALIZED VIEW mv AS SELECT a # b FROM x WHERE a like'%' and b = 'q';
BEGIN;
CREATE TYPE mood AS ENUM ('sad', 'ok');
COMMIT;
create table if not exists last_one (id int);
