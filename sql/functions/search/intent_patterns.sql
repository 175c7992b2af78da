-- The ways in which people ask, as whole questions in lower case: ‹find› stands for what may come first, ‹the› for what
-- may come before a name, ‹name› for one name. named says what the name has to look like, since "what is time" is no
-- question about a symbol: code (snake_case, Qualified.name, `quoted`), capital (Session, too), any. Those of history
-- take words as well (‹words›).
create or replace function intent_patterns() returns table (place bigint, intent text, named text, pattern text)
language sql immutable rows 40
as $$
    select p.place, p.intent, p.named, '^' || replace(replace(replace(replace(c.pattern,
            '‹find›', '(?:(?:please |(?:can|could) you )?(?:find|show|list|give|get)(?: me)? )?(?:(?:all|every|any|each) )?'
                || '(?:of )?(?:the )?(?:places where )?'),
            '‹name›', '([`''"]?[^ `''",;?]+[`''"]?)' || k.kinds),
            '‹the›', '(?:the )?(?:(?:' || k.words || ') )?'), '‹words›', '(.+)') || '$'
    from (values
        (1, 'history', 'any', 'when (?:was|were|is|did) ‹the›‹name› (?:last |first |been )*'
            || '(?:changed?|modified|modify|added|introduced|removed|deleted|renamed|touched|updated|created|written)'),
        (2, 'history', 'any', '(?:who|when did (?:we|someone|anyone)) (?:last |first |ever )?(?:changed?|modif(?:y|ied)'
            || '|touch(?:ed)?|wrote|edited|introduced?|added) ‹the›‹name›'),
        (3, 'history', 'code', '‹find›(?:recent |latest |last |change |git )*(?:history|log|blame|changes|commits)'
            || ' (?:of|to|for|in|on|touching|that (?:touch|touched|change|changed)) ‹the›‹name›'),
        (4, 'history', 'code', '(?:what (?:has |was )?changed in|how (?:did|has)|why (?:did|was|were)) ‹the›‹name›'
            || '(?: (?:changed?|evolved?|removed|added|renamed|deprecated))?(?: over time| recently| lately)?'),
        (5, 'history', 'words', '(?:when|since when) (?:did|do|have) (?:we|they) (?:start(?:ed)? |stop(?:ped)? |begin |last '
            || '|first |add(?:ed)? |introduced? |drop(?:ped)? |removed? |change(?:d)? )?‹words›'),
        (6, 'history', 'words', '(?:when|why) (?:was|were) ((?:the |a |an )?.+) (?:last |first )?(?:added|introduced|removed'
            || '|deleted|renamed|changed|rewritten|dropped|deprecated|reverted|merged|replaced|refactored)'),
        (7, 'history', 'words', '‹find›(?:in )?(?:(?:which|what) )?(?:commits?|pull requests?)'
            || ' (?:that |which |where |when |in which |has |have |did |made |says? |fixed |added |removed |introduced )+'
            || '‹words›'),
        (8, 'usages', 'any', '(?:who|what|which (?:of )?(?:the )?\w+)(?: else)? (?:calls?|uses?|references?|invokes?'
            || '|reads?|writes?|imports?|instantiates?|constructs?|creates?) ‹the›‹name›'),
        (9, 'usages', 'any', '(?:where|is|are) (?:is |are |does |do )?‹the›‹name› (?:(?:being|get|gets|ever) )?(?:used|called'
            || '|referenced|invoked|imported|instantiated|constructed)(?: from| anywhere| by (?:anyone|anything))?'),
        (10, 'usages', 'any', 'where do (?:we|you|they|i) (?:call|use|reference|import|invoke|instantiate) ‹the›‹name›'),
        (11, 'usages', 'any', '‹find›(?:usages?|uses|callers|references|call sites?|calls?|invocations)'
            || ' (?:of|to|for) ‹the›‹name›'),
        (12, 'usages', 'any', '‹find›(?:places|lines|code|files)(?: where| that| which) (?:calls?|uses?|imports?) ‹the›‹name›'),
        (13, 'usages', 'any', '‹find›‹the›‹name› is (?:used|called|referenced|imported)'),
        (14, 'usages', 'code', '‹name› (?:usages?|callers|references|call sites)'),
        (15, 'implementation', 'capital', '‹find›(?:implementations?|implementors?|implementers?|subclass(?:es)?|overrides?'
            || '|subtypes?|heirs|derived classes|child(?:ren)? class(?:es)?) (?:of|for) ‹the›‹name›'),
        (16, 'implementation', 'capital', '(?:who|what|(?:which|what) \w+)(?: else)? (?:implements?|extends?|overrides?'
            || '|subclass(?:es)?|(?:inherits?|derives?) from) ‹the›‹name›'),
        (17, 'implementation', 'capital', '‹find›(?:classes|types|structs|objects|things)(?: that| which)?'
            || ' (?:implement(?:ing)?|extend(?:ing)?|overrid(?:e|ing)|(?:inherit(?:ing)?|derived?|deriving) from) ‹the›‹name›'),
        (18, 'implementation', 'code', 'how (?:is|does) ‹the›‹name› (?:implemented|work)'),
        (19, 'similar', 'any', '‹find›(?:(?:other|more) )?(?:similar )?(?:code|functions?|methods?|class(?:es)?|anything'
            || '|something|things)(?: that)? (?:(?:is |are )?similar to|like|resembling|resembles?|(?:looks?|works?) like|to)'
            || ' ‹the›‹name›'),
        (20, 'similar', 'any', '(?:what|is there anything|are there (?:any )?(?:other )?\w+) (?:(?:is |are )?similar to'
            || '|(?:looks? )?like|resembles?) ‹the›‹name›'),
        (21, 'similar', 'any', '‹find›(?:more like|similar to|(?:near )?(?:duplicates|copies|clones) of) ‹the›‹name›'),
        (22, 'impact', 'any', '(?:what|which \w+)(?: else)? (?:(?:will|would|could|might|can) )?(?:breaks?|fails?|happens?'
            || '|(?:is|are|gets?|be) (?:affected|impacted|broken)) (?:if|when) (?:i|we|you|someone) (?:‹change›) ‹the›‹name›'),
        (23, 'impact', 'any', '(?:what|which \w+)(?: else)? (?:(?:will|would|could|might|can) )?(?:breaks?|fails?'
            || '|(?:is|are|gets?|be) (?:affected|impacted|broken)) (?:if|when|by) ‹the›‹name›'
            || '(?: (?:is|was|were|gets|has|are))?(?: (?:changed|changes|removed|renamed|modified|deleted|gone))?'),
        (24, 'impact', 'any', '(?:what|which \w+)(?: else| code)? (?:(?:has|have|needs?|must|should|do (?:i|we) (?:have|need)|'
            || 'must (?:i|we)|should (?:i|we)) ?)(?:to )?(?:be )?(?:change|changed|update|updated|adapt|adapted|edited)'
            || ' (?:for|with|if|when|together with|along with) (?:(?:i|we|you) (?:‹change›) )?‹the›‹name›'
            || '(?: (?:is |was )?(?:changed|changes|removed|renamed|modified))?'),
        (25, 'impact', 'any', '(?:if|when) (?:i|we) (?:‹change›) ‹the›‹name›,? (?:what|which).*'),
        (26, 'impact', 'any', '(?:what|who|which \w+)(?: else)? (?:depends?|relies|rely) (?:up)?on ‹the›‹name›'),
        (27, 'impact', 'any', '‹find›(?:impact|effects?|consequences|blast radius|dependents|ripple effects?)(?: analysis)?'
            || ' (?:of|for|on) (?:(?:a )?chang(?:e|es|ing) (?:(?:of|to|in) )?|removing |renaming |deleting |modifying )?'
            || '‹the›‹name›'),
        (28, 'impact', 'any', '(?:chang|renam|remov|delet|modify)ing ‹the›‹name› (?:affects?|breaks?|impacts?) (?:what|who)'),
        (29, 'impact', 'any', '(?:(?:can|may) (?:i|we)(?: safely)?|(?:is it|would it be) safe to) (?:‹change›) ‹the›‹name›'
            || '(?: safely)?'),
        (30, 'definition', 'any', '(?:where(?:''s| is| are)|(?:in )?(?:which|what) (?:file|module|class) (?:is|has)) ‹the›'
            || '‹name› (?:defined|declared)'),
        (31, 'definition', 'any', '(?:where (?:can i find|is)|(?:go|jump) to|find|show|show me) (?:the )?'
            || '(?:definitions?|declarations?|source|source code|signature) (?:of|for) ‹the›‹name›'),
        (32, 'definition', 'any', '(?:where do (?:we|you|they) (?:define|declare)|(?:which|what) (?:file|module|class)'
            || ' (?:defines|declares|contains|has)) ‹the›‹name›'),
        (33, 'definition', 'code', '(?:what is|what''s|what does|where is|where''s|where does|locate|define|find|show|show me'
            || '|go to|open) ‹the›‹name›(?: (?:do|mean|come from|live))?'),
        (34, 'definition', 'code', '(?:(?:the )?(?:definition|declaration|source) of )?‹name›')
    ) as p(place, intent, named, pattern)
    cross join (select w.words, '(?: (?:' || w.words || '))?' as kinds
        from (select 'function|method|class|struct|interface|trait|type|enum|macro|constant|variable|module|file|symbol'
            || '|component|field|setting' as words) w) k
    cross join lateral (select replace(p.pattern, '‹change›', 'change|modify|rename|remove|delete|edit|touch|refactor'
        || '|move|drop|alter')) c(pattern)
$$;
comment on function intent_patterns() is 'The ways in which people ask, as patterns of whole questions.';
