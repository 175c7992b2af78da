PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE IF NOT EXISTS "notes" (id integer primary key, body text);
INSERT INTO notes VALUES(1,'It''s
multi-line; CREATE TABLE x (y);
CREATE TABLE z (y);');
CREATE VIRTUAL TABLE ft USING fts5(body);
CREATE TRIGGER tr AFTER INSERT ON notes BEGIN
  INSERT INTO ft VALUES (new.body);
END;
CREATE INDEX i ON notes(body);
COMMIT;
