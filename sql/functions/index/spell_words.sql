-- Text beyond ASCII as words that a search can find: each letter in one form (NFKC: an accent typed apart, full width),
-- punctuation as blanks, and scripts that put no spaces between words as overlapping pairs of letters and as single
-- ones, so that a word is found inside a run. Of such letters 50,000 at most, which a tsvector always has room for.
create or replace function spell_words(input text) returns text
language sql immutable strict parallel safe
as $$
    select case when n.words !~ ('[' || n.unspaced || ']') then n.words else
        (select regexp_replace(n.words, '[' || n.unspaced || ']+', ' ', 'g')
                || ' ' || regexp_replace(r.runs, '[^ ]{2}', '\& ', 'g')
                || ' ' || regexp_replace(regexp_replace(r.runs, '( |^)[^ ]', ' ', 'g'), '[^ ]{2}', '\& ', 'g')
                || ' ' || regexp_replace(r.runs, '', ' ', 'g')
         from (select left(regexp_replace(n.words, '[^' || n.unspaced || ']+', ' ', 'g'), 50000) as runs offset 0) r)
        end
    from (select regexp_replace(normalize(input, nfkc),
                     '[\u00a0\u00a1\u00ab\u00b7\u00bb\u00bf\u2000-\u200a\u2010-\u2027\u202f-\u205f'
                     '\u3000-\u3004\u3008-\u3020\u3030\u30a0\u30fb]+', ' ', 'g') as words,
                 -- Thai, Lao, Burmese and Khmer; kana, bopomofo, Han and Hangul
                 '\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ede\u1000-\u109f\u1780-\u17d3\u3005-\u3007\u3040-\u309f'
                 '\u30a1-\u30fa\u30fc-\u312f\u31f0-\u31ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff'
                 '\U00020000-\U0003ffff' as unspaced
          offset 0) n
$$;
comment on function spell_words(text) is
'Text beyond ASCII as words: letters in one form, runs of Chinese, Japanese, Korean, '
'Thai and the like as pairs of letters.';
