-- The dictionary behind tokenize: Snowball's English stemmer without its stop words, which are code words too
-- (not, all, before, off). Words no query needs are left out of queries instead: setting query.stop_words.
create text search dictionary code_stem (template = snowball, language = english);
comment on text search dictionary code_stem is 'English stemmer without stop words.';

create text search configuration code (parser = pg_catalog."default");
comment on text search configuration code is 'Stems the words that split_identifiers made; every other token stays as it is.';
alter text search configuration code add mapping for asciiword, word, numword,
hword, asciihword, numhword, hword_part, hword_asciipart, hword_numpart with code_stem;
alter text search configuration code add mapping for int, uint, float, sfloat, version, host, file, email, url,
url_path with simple;
