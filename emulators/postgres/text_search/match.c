/* Does a document answer a query? Below a phrase the places count where parts of it were found; a
 * document without places then only may answer. */
#include <stdlib.h>

#include "emulators/postgres/text_search/tsquery.h"

enum answer { NO, YES, MAYBE };

/* Ends of what was found. With `negate` it is found everywhere else; width: how many words before its
 * end it begins. */
struct places {
    uint16_t *at;
    uint32_t count;
    bool negate;
    uint32_t width;
};

struct matching {
    struct sql_call *call;
    const struct pg_tsvector *vector;
    bool failed;
};

void pg_tsquery_lexemes(const struct pg_tsvector *vector, const struct pg_tsquery *word,
                        uint32_t *first, uint32_t *count)
{
    bool found = pg_tsvector_find(vector, word->word, first);
    *count = found;
    if (!word->prefix)
        return;
    for (*count = 0; *first + *count < vector->count; ++*count) {
        struct slice lexeme = pg_tsvector_get(vector, *first + *count).word;
        if (lexeme.len < word->word.len || memcmp(lexeme.ptr, word->word.ptr, word->word.len) != 0)
            return;
    }
}

static bool has_weight(const struct pg_lexeme *lexeme, uint8_t weights)
{
    for (uint32_t i = 0; i < lexeme->count; i++)
        if (weights & 1u << pg_ts_weight(pg_lexeme_place(lexeme, i)))
            return true;
    return false;
}

/* Without places every weight is right. */
static enum answer find_word(const struct matching *m, const struct pg_tsquery *word)
{
    uint32_t first, count;
    pg_tsquery_lexemes(m->vector, word, &first, &count);
    for (uint32_t i = 0; i < count; i++) {
        struct pg_lexeme lexeme = pg_tsvector_get(m->vector, first + i);
        if (!word->weights || lexeme.count == 0 || has_weight(&lexeme, word->weights))
            return YES;
    }
    return NO;
}

static int order_places(const void *a, const void *b)
{
    return *(const uint16_t *)a - *(const uint16_t *)b;
}

static uint32_t unique(uint16_t *at, uint32_t count)
{
    uint32_t kept = 0;
    qsort(at, count, sizeof(*at), order_places);
    for (uint32_t i = 0; i < count; i++)
        if (kept == 0 || at[kept - 1] != at[i])
            at[kept++] = at[i];
    return kept;
}

static uint16_t *make_room(struct matching *m, uint32_t count)
{
    uint16_t *at = arena_array(m->call->arena, count + 1, sizeof(*at));
    if (!at) {
        sql_fail_memory(m->call->env->error);
        m->failed = true;
    }
    return at;
}

static enum answer place_word(struct matching *m, const struct pg_tsquery *word, struct places *out)
{
    uint32_t first, count, room = 0;
    pg_tsquery_lexemes(m->vector, word, &first, &count);
    for (uint32_t i = 0; i < count; i++) {
        struct pg_lexeme lexeme = pg_tsvector_get(m->vector, first + i);
        if (lexeme.count == 0)
            return MAYBE;
        room += lexeme.count;
    }
    out->at = make_room(m, room);
    for (uint32_t i = 0; out->at && i < count; i++) {
        struct pg_lexeme lexeme = pg_tsvector_get(m->vector, first + i);
        for (uint32_t p = 0; p < lexeme.count; p++) {
            uint16_t place = pg_lexeme_place(&lexeme, p);
            if (!word->weights || word->weights & 1u << pg_ts_weight(place))
                out->at[out->count++] = (uint16_t)pg_ts_position(place);
        }
    }
    if (out->count)
        out->count = unique(out->at, out->count);
    return out->count ? YES : NO;
}

enum { LEFT_ONLY = 1, RIGHT_ONLY = 2, BOTH = 4 };

/* The places of both sides, moved to the right by so much, that are asked for. */
static enum answer merge(struct matching *m, const struct places *sides, const uint32_t *offsets,
                         int wanted, struct places *out)
{
    uint32_t l = 0, r = 0;
    out->at = make_room(m, sides[0].count + sides[1].count);
    while (out->at && (l < sides[0].count || r < sides[1].count)) {
        uint32_t left = l < sides[0].count ? sides[0].at[l] + offsets[0] : UINT32_MAX;
        uint32_t right = r < sides[1].count ? sides[1].at[r] + offsets[1] : UINT32_MAX;
        int which = left == right ? BOTH : left < right ? LEFT_ONLY : RIGHT_ONLY;
        if (wanted & which)
            out->at[out->count++] = (uint16_t)(left < right ? left : right);
        l += which != RIGHT_ONLY;
        r += which != LEFT_ONLY;
    }
    return out->count ? YES : NO;
}

static enum answer place(struct matching *m, const struct pg_tsquery *node, struct places *out);

static enum answer place_not(struct matching *m, const struct pg_tsquery *node, struct places *out)
{
    enum answer answer = place(m, node->right, out);
    if (answer == MAYBE)
        return MAYBE;
    if (answer == NO) {
        *out = (struct places){.negate = true};
        return YES;
    }
    out->negate = !out->negate;
    return out->count || out->negate ? YES : NO;
}

/* Both sides must be there, one behind the other or together. */
static enum answer place_both(struct matching *m, const struct pg_tsquery *node,
                              struct places *sides, struct places *out)
{
    uint32_t wider = sides[0].width > sides[1].width ? sides[0].width : sides[1].width;
    uint32_t offsets[2] = {wider - sides[0].width, wider - sides[1].width};
    out->width = wider;
    if (node->kind == PG_TSQUERY_PHRASE) {
        offsets[0] = node->distance + sides[1].width;
        offsets[1] = 0;
        out->width = node->distance + sides[0].width + sides[1].width;
    }
    if (sides[0].negate && sides[1].negate) {
        merge(m, sides, offsets, LEFT_ONLY | RIGHT_ONLY | BOTH, out);
        out->negate = true;
        return YES;
    }
    int wanted = sides[0].negate ? RIGHT_ONLY : sides[1].negate ? LEFT_ONLY : BOTH;
    return merge(m, sides, offsets, wanted, out);
}

static enum answer place_either(struct matching *m, struct places *sides, struct places *out)
{
    uint32_t wider = sides[0].width > sides[1].width ? sides[0].width : sides[1].width;
    const uint32_t offsets[2] = {wider - sides[0].width, wider - sides[1].width};
    out->width = wider;
    out->negate = sides[0].negate || sides[1].negate;
    int wanted = sides[0].negate && sides[1].negate ? BOTH
                 : sides[0].negate                  ? LEFT_ONLY
                 : sides[1].negate                  ? RIGHT_ONLY
                                                    : LEFT_ONLY | RIGHT_ONLY | BOTH;
    enum answer answer = merge(m, sides, offsets, wanted, out);
    return out->negate ? YES : answer;
}

static enum answer place(struct matching *m, const struct pg_tsquery *node, struct places *out)
{
    struct places sides[2] = {{0}, {0}};
    if (m->failed || !pg_tsquery_check_depth(m->call)) {
        m->failed = true;
        return NO;
    }
    if (node->kind == PG_TSQUERY_WORD)
        return place_word(m, node, out);
    if (node->kind == PG_TSQUERY_NOT)
        return place_not(m, node, out);
    bool either = node->kind == PG_TSQUERY_OR;
    enum answer left = place(m, node->left, &sides[0]);
    if (left == NO && !either)
        return NO;
    enum answer right = place(m, node->right, &sides[1]);
    if (right == NO && (!either || left == NO))
        return NO;
    if (left == MAYBE || right == MAYBE)
        return MAYBE;
    if (left == NO)
        sides[0] = (struct places){0};
    if (right == NO)
        sides[1] = (struct places){0};
    return either ? place_either(m, sides, out) : place_both(m, node, sides, out);
}

/* Above all phrases. */
static bool is_found(struct matching *m, const struct pg_tsquery *node)
{
    struct places places = {0};
    if (m->failed || !pg_tsquery_check_depth(m->call)) {
        m->failed = true;
        return false;
    }
    switch (node->kind) {
    case PG_TSQUERY_NOT: return !is_found(m, node->right);
    case PG_TSQUERY_AND: return is_found(m, node->left) && is_found(m, node->right);
    case PG_TSQUERY_OR: return is_found(m, node->left) || is_found(m, node->right);
    case PG_TSQUERY_PHRASE: return place(m, node, &places) == YES;
    default: return find_word(m, node) == YES;
    }
}

bool pg_tsquery_match(struct sql_call *call, const struct pg_tsvector *vector,
                      const struct pg_tsquery *query, bool *out)
{
    struct matching m = {.call = call, .vector = vector};
    *out = query && is_found(&m, query);
    return !m.failed;
}
