-- The ways in which people ask, as patterns of whole questions. Brackets group and don't capture; <x> is the one name
-- that is asked about. named says what it has to look like, since 'what is time' is no question about a symbol: code
-- (snake_case, Qualified.name, `quoted`), capital (Session, too), any. <words> may be any number of them.
create or replace function intent_patterns() returns table (place int, intent text, named text, pattern text)
language sql immutable rows 40
as $$
    select p.place, p.intent, p.named,
           replace(replace(replace(replace(replace(replace(replace(
               '^' || replace(p.pattern, '(', '(?:') || '$',
               '<find>', '(?:(?:(?:please|can you|could you) )?(?:find|show|list|give|get)(?: me)? )?'
                   || '(?:(?:all|every|any) )?(?:of )?(?:the )?(?:places where )?'),
               '<who>', '(?:(?:what|who|(?:what|which)(?: of the)? \w+)(?: else)?)'),
               '<would>', '(?:(?:will|would|could|might|can) )?'),
               '<affected>', '(?:breaks?|fails?|(?:is|are|gets?|be) (?:affected|impacted|broken))'),
               '<change>', '(?:change|modify|rename|remove|delete|edit|touch|refactor|move|drop|alter)'),
               '<words>', '(.+)'),
               '<x>', '(?:the )?(?:(?:' || k.kinds || ') )?([`''"]?[^ `''",;?]+[`''"]?)(?: (?:' || k.kinds || '))?')
    from (values
        (1, 'history', 'any', 'when (was|were|is|did) <x> (last |first |been )*(changed?|modified|modify|added'
            '|introduced|removed|deleted|renamed|touched|updated|created|written)'),
        (2, 'history', 'any', '(who|when did (we|someone|anyone)) (last |first |ever )?'
            '(changed?|modified|modify|touch(ed)?|wrote|edited|introduced?|added) <x>'),
        (3, 'history', 'code', '<find>(recent |latest |last |change |git )*(history|log|blame|changes|commits)'
            ' (of|to|for|in|on|touching|that (touch|change)(ed|d)?) <x>'),
        (4, 'history', 'code', '(what (has |was )?changed in|how (did|has)|why (did|was|were)) <x>'
            '( (changed?|evolved?|removed|added|renamed|deprecated))?( over time| recently| lately)?'),
        (5, 'history', 'words', '(when|since when) (did|do|have) (we|they) (start(ed)? |stop(ped)? |begin |last |first '
            '|add(ed)? |introduced? |drop(ped)? |removed? |changed? )?<words>'),
        (6, 'history', 'words', '(when|why) (was|were) <words> (added|introduced|removed|deleted|renamed|changed'
            '|rewritten|dropped|deprecated|reverted|merged|replaced|refactored)'),
        (7, 'history', 'words', '<find>(in )?((which|what) )?(commits?|pull requests?) (that |which |where |when '
            '|in which |has |have |did |made |says? |fixed |added |removed |introduced )+<words>'),
        (8, 'usages', 'any', '<who> (calls?|uses?|references?|invokes?|reads?|writes?|imports?|instantiates?'
            '|constructs?|creates?) <x>'),
        (9, 'usages', 'any', '(where (is|are|does|do)|is|are) <x> ((being|get|gets|ever) )?(used|called|referenced'
            '|invoked|imported|instantiated|constructed)( from| anywhere)?'),
        (10, 'usages', 'any', 'where do (we|you|they|i) (call|use|reference|import|invoke|instantiate) <x>'),
        (11, 'usages', 'any', '<find>(usages?|uses|callers|references|call sites?|calls?|invocations) (of|to|for) <x>'),
        (12, 'usages', 'any', '<find>(places|lines|code|files) (where|that|which) (calls?|uses?|imports?) <x>'),
        (13, 'usages', 'any', '<find><x> is (used|called|referenced|imported)'),
        (14, 'usages', 'code', '<x> (usages?|callers|references|call sites)'),
        (15, 'implementation', 'capital', '<find>(implementations?|implementors?|implementers?|subclass(es)?'
            '|overrides?|subtypes?|heirs|derived classes|child(ren)? class(es)?) (of|for) <x>'),
        (16, 'implementation', 'capital', '<who> (implements?|extends?|overrides?|subclass(es)?'
            '|(inherits?|derives?) from) <x>'),
        (17, 'implementation', 'capital', '<find>(classes|types|structs|objects|things)( that| which)?'
            ' (implement(ing)?|extend(ing)?|overrid(e|ing)|(inherit(ing)?|derived?|deriving) from) <x>'),
        (18, 'implementation', 'code', 'how (is|does) <x> (implemented|work)'),
        (19, 'similar', 'any', '<find>((other|more) )?(similar )?(code|functions?|methods?|class(es)?|anything'
            '|something|things)( that)? ((is |are )?similar to|like|resembl(ing|es?)|(looks?|works?) like|to) <x>'),
        (20, 'similar', 'any', '(what|is there anything|are there (any )?(other )?\w+) ((is |are )?similar to'
            '|(looks? )?like|resembles?) <x>'),
        (21, 'similar', 'any', '<find>(more like|similar to|(near )?(duplicates|copies|clones) of) <x>'),
        (22, 'impact', 'any', '<who> <would>(<affected>|happens?) (if|when) (i|we|you|someone) <change> <x>'),
        (23, 'impact', 'any', '<who> <would><affected> (if|when|by) <x>'
            '( (is|was|were|gets|has|are))?( (changed|changes|removed|renamed|modified|deleted|gone))?'),
        (24, 'impact', 'any', '<who>( code)? (has|have|needs?|must|should|(do|must|should) (i|we)( have| need)?)( to)?'
            '( be)? (changed?|updated?|adapt(ed)?|edit(ed)?) (for|with|if|when|(together|along) with)'
            ' ((i|we|you) <change> )?<x>( (is |was )?(changed|changes|removed|renamed|modified))?'),
        (25, 'impact', 'any', '(if|when) (i|we) <change> <x>,? (what|which) .*'),
        (26, 'impact', 'any', '<who> (depends?|relies|rely) (up)?on <x>'),
        (27, 'impact', 'any', '<find>((ripple )?effects?|impact|consequences|blast radius|dependents)( analysis)?'
            ' (of|for|on) ((a )?chang(e|es|ing) ((of|to|in) )?|(remov|renam|delet|modify)ing )?<x>'),
        (28, 'impact', 'any', '(chang|renam|remov|delet|modify)ing <x> (affects?|breaks?|impacts?) (what|who)'),
        (29, 'impact', 'any', '((can|may) (i|we)( safely)?|(is it|would it be) safe to) <change> <x>( safely)?'),
        (30, 'definition', 'any', '(where(''s| is| are)|(in )?(which|what) (file|module|class) (is|has)) <x>'
            ' (defined|declared)'),
        (31, 'definition', 'any', '(where (can i find|is)|(go|jump) to|find|show|show me) (the )?'
            '(definitions?|declarations?|source|source code|signature) (of|for) <x>'),
        (32, 'definition', 'any', '(where do (we|you|they) (define|declare)'
            '|(which|what) (file|module|class) (defines|declares|contains|has)) <x>'),
        (33, 'definition', 'code', '(what is|what''s|what does|where is|where''s|where does|locate|define|find|show'
            '|show me|go to|open) <x>( (do|mean|come from|live))?'),
        (34, 'definition', 'code', '((the )?(definition|declaration|source) of )?<x>')
    ) as p(place, intent, named, pattern)
    cross join (select 'function|method|class|struct|interface|trait|type|enum|macro|constant|variable|module|file'
        '|symbol|component|field|setting' as kinds) k
$$;
comment on function intent_patterns() is 'The ways in which people ask, as patterns of whole questions.';
