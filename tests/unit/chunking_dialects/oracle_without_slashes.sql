CREATE OR REPLACE PROCEDURE one(p NUMBER) IS
  v NUMBER;
BEGIN
  v := 1;
END one;

CREATE OR REPLACE PROCEDURE two(p NUMBER) IS
BEGIN
  NULL;
END;
CREATE TABLE t (a int, "end" date, begin date, end date);
CREATE TABLE u (a int);
