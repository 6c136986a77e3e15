#include "emulators/postgres/syntax/keywords.h"

const struct pg_keyword pg_keywords[] = {
#define KEYWORD_ROW(id, word, class, bare_label) {SLICE_LITERAL(word), PG_##class, bare_label},
    PG_KEYWORDS(KEYWORD_ROW)
#undef KEYWORD_ROW
};

const uint32_t pg_keyword_count = sizeof(pg_keywords) / sizeof(*pg_keywords);

/* The same as in generate_keywords. */
static uint32_t hash_word(struct slice word)
{
    uint32_t hash = (uint32_t)word.len;
    for (size_t i = 0; i < word.len; i++)
        hash = hash * 31 + word.ptr[i];
    return hash ^ hash >> 10;
}

int pg_keyword_find(struct slice word)
{
    if (word.len > PG_KEYWORD_LEN_MAX)
        return -1;
    uint32_t at = hash_word(word) % PG_KEYWORD_SLOTS;
    while (pg_keyword_slots[at] != 0) {
        int found = pg_keyword_slots[at] - 1;
        if (slice_eq(pg_keywords[found].word, word))
            return found;
        at = (at + 1) % PG_KEYWORD_SLOTS;
    }
    return -1;
}
