CREATE TABLE first (id int);
INSERT INTO x VALUES ('unterminated);
CREATE TABLE second (id int default 'x');
CREATE FUNCTION broken() RETURNS int AS $$
BEGIN
  RETURN 1;
CREATE TABLE third (id int);
CREATE FUNCTION open_block() RETURNS int
BEGIN
  IF x THEN
CREATE PROCEDURE fourth()
BEGIN
  SELECT 1;
END;
CREATE VIEW fifth AS SELECT ((1 FROM x;
CREATE TABLE sixth (id int);
/* never closed
CREATE TABLE seventh (id int);
