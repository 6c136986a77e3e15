#include "emulators/postgres/text_search/headline.h"

/* A token of the text. */
struct word {
    struct slice text, lexeme;
    uint16_t position; /* 0: it has no lexeme */
    uint8_t type;
    bool asked; /* the query has a word that means it */
    bool in;    /* of the extract */
};

struct headline {
    struct sql_call *call;
    const struct pg_headline_options *options;
    const struct pg_tsquery *query;
    struct word *words;
    int count, room;
    int cover_max; /* words that may lie between what the query asks for */
};

/* ---- the text as words */

static bool is_asked(const struct pg_tsquery *query, struct slice lexeme)
{
    for (; query; query = query->left) {
        struct slice word = query->word;
        if (query->kind == PG_TSQUERY_WORD &&
            (query->prefix ? word.len <= lexeme.len && !memcmp(word.ptr, lexeme.ptr, word.len)
                           : slice_eq(word, lexeme)))
            return true;
        if (is_asked(query->right, lexeme))
            return true;
    }
    return false;
}

static void drop_weights(struct pg_tsquery *query)
{
    for (; query; query = query->left) {
        query->weights = 0;
        drop_weights(query->right);
    }
}

static struct word *add_word(struct headline *h)
{
    if (h->count == h->room) {
        int room = h->room ? h->room * 2 : 64;
        struct word *words = arena_array(h->call->arena, (size_t)room, sizeof(*words));
        if (!words)
            return NULL;
        if (h->count)
            memcpy(words, h->words, (size_t)h->count * sizeof(*words));
        h->words = words;
        h->room = room;
    }
    struct word *word = &h->words[h->count++];
    *word = (struct word){0};
    return word;
}

static bool read_words(struct headline *h, struct pg_configuration *configuration,
                       struct slice text)
{
    struct pg_ts_parser parser = {.text = text};
    enum pg_lexized result;
    enum pg_ts_token type;
    struct slice token;
    uint32_t position = 0;
    while (pg_ts_parse(&parser, &type, &token)) {
        struct word *word = add_word(h);
        if (!word)
            return sql_fail_memory(h->call->env->error);
        word->text = token;
        word->type = (uint8_t)type;
        if (!sql_call_check(h->call) ||
            !pg_configuration_lexize(h->call, configuration, type, token, &word->lexeme, &result))
            return false;
        if (result == PG_LEXIZED_UNKNOWN)
            continue;
        position++;
        bool found = result == PG_LEXIZED_FOUND;
        word->position = found ? pg_ts_place(position, 0) : 0;
        word->asked = found && is_asked(h->query, word->lexeme);
    }
    return true;
}

/* ---- what kinds of tokens mean here */

/* It comes again in parts, which are shown instead. */
static bool is_whole(const struct word *word)
{
    return word->type == PG_TS_URL || word->type == PG_TS_NUMHWORD ||
           word->type == PG_TS_ASCIIHWORD || word->type == PG_TS_HWORD;
}

/* It does not count as a word. */
static bool is_none(const struct word *word)
{
    return word->type == PG_TS_BLANK || word->type == PG_TS_TAG || is_whole(word);
}

/* An extract does not end here well. */
static bool is_bad_end(const struct headline *h, int index)
{
    const struct word *word = &h->words[index];
    switch (word->type) {
    case PG_TS_SFLOAT:
    case PG_TS_VERSION:
    case PG_TS_FLOAT:
    case PG_TS_INT:
    case PG_TS_UINT:
    case PG_TS_PROTOCOL:
    case PG_TS_ENTITY: return !word->asked;
    default:
        return !word->asked && (is_none(word) || word->text.len <= (size_t)h->options->short_word);
    }
}

/* ---- covers: the shortest rows of words that answer the query */

/* Do the words [from, to] answer it alone? They are a document of their own. */
static bool answers(struct headline *h, int from, int to, bool *out)
{
    struct sql_call *call = h->call;
    struct arena arena, *kept = call->arena;
    struct pg_tsvector vector;
    struct datum value;
    arena_init(&arena);
    call->arena = &arena;
    struct pg_ts_words words = {.arena = &arena};
    bool good = true;
    for (int i = from; good && i <= to; i++)
        if (h->words[i].asked)
            good = pg_ts_words_add(call, &words, h->words[i].lexeme, h->words[i].position);
    good = good && pg_ts_words_finish(call, &words, &value);
    if (good) {
        pg_tsvector_open(value, &vector);
        good = pg_tsquery_match(call, &vector, h->query, out);
    }
    call->arena = kept;
    arena_done(&arena);
    return good;
}

static int next_asked(const struct headline *h, int from)
{
    while (from < h->count && !h->words[from].asked)
        from++;
    return from < h->count ? from : -1;
}

/* The first cover that begins at *from or later. */
static bool next_cover(struct headline *h, int *from, int *to, bool *found)
{
    *found = false;
    for (int start = next_asked(h, *from); h->query && start >= 0;
         start = next_asked(h, start + 1)) {
        for (int end = start; end >= 0 && end - start < h->cover_max;
             end = next_asked(h, end + 1)) {
            if (!sql_call_check(h->call) || !answers(h, start, end, found))
                return false;
            if (*found) {
                *from = start;
                *to = end;
                return true;
            }
        }
    }
    return true;
}

static void include(struct headline *h, int from, int to)
{
    for (int i = from; i <= to; i++)
        h->words[i].in = true;
}

/* The first words, for documents that do not answer. */
static void include_beginning(struct headline *h)
{
    int end = -1;
    for (int i = 0, words = 0; i < h->count && words < h->options->min_words; i++) {
        words += !is_none(&h->words[i]);
        end = i;
    }
    include(h, 0, end);
}

/* ---- one extract */

struct extract {
    int from, to;
    int words, asked;
};

static void count_word(const struct headline *h, int index, int sign, struct extract *e)
{
    e->words += is_none(&h->words[index]) ? 0 : sign;
    e->asked += h->words[index].asked ? sign : 0;
}

/* Grows an extract that is not full: to a good end, then to the left when it is still too short. */
static void grow(const struct headline *h, int from, int to, struct extract *e)
{
    const struct pg_headline_options *o = h->options;
    for (int i = to; i < h->count && e->words < o->max_words; i++) {
        if (i > to)
            count_word(h, i, 1, e);
        e->to = i;
        if (!is_bad_end(h, i) && e->words >= o->min_words)
            break;
    }
    if (e->words >= o->min_words)
        return;
    int i = from - 1;
    for (; i >= 0; i--) {
        count_word(h, i, 1, e);
        if (e->words >= o->max_words || (!is_bad_end(h, i) && e->words >= o->min_words))
            break;
    }
    e->from = i < 0 ? 0 : i;
}

/* Cuts an extract that is full back to a good end. */
static void shrink(const struct headline *h, int at, struct extract *e)
{
    for (int i = at; e->words > h->options->min_words && is_bad_end(h, i); i--) {
        count_word(h, i, -1, e);
        e->to = i - 1;
    }
}

static struct extract extract_of(const struct headline *h, int from, int to)
{
    struct extract e = {from, from, 0, 0};
    int i = from;
    for (; i <= to && e.words < h->options->max_words; i++) {
        count_word(h, i, 1, &e);
        e.to = i;
    }
    if (e.words < h->options->max_words)
        grow(h, from, i - 1, &e);
    else
        shrink(h, i > to ? to : i, &e);
    return e;
}

/* Which covers what it was made for comes first, then the one with more of what was asked for. */
static bool choose_extract(struct headline *h)
{
    struct extract best = {-1, -1, 0, -1};
    bool best_covers = false, found = true;
    for (int from = 0, to = 0; found; from++) {
        if (!next_cover(h, &from, &to, &found))
            return false;
        if (!found)
            break;
        struct extract e = extract_of(h, from, to);
        bool covers = e.from <= from && e.to >= to;
        bool better = covers != best_covers   ? covers
                      : e.asked != best.asked ? e.asked > best.asked
                                              : !is_bad_end(h, e.to) && is_bad_end(h, best.to);
        if (better) {
            best = e;
            best_covers = covers;
        }
    }
    if (best.asked < 0)
        include_beginning(h);
    else
        include(h, best.from, best.to);
    return true;
}

/* ---- several fragments */

struct fragment {
    struct extract extract;
    bool used; /* chosen, or overlapping one that was */
};

struct fragments {
    struct fragment *items;
    int count, room;
};

static bool add_fragment(struct headline *h, struct fragments *fragments, struct extract extract)
{
    if (fragments->count == fragments->room) {
        int room = fragments->room ? fragments->room * 2 : 32;
        struct fragment *items = arena_array(h->call->arena, (size_t)room, sizeof(*items));
        if (!items)
            return sql_fail_memory(h->call->env->error);
        if (fragments->count)
            memcpy(items, fragments->items, (size_t)fragments->count * sizeof(*items));
        fragments->items = items;
        fragments->room = room;
    }
    fragments->items[fragments->count++] = (struct fragment){extract, false};
    return true;
}

/* The first part of [from, to] that begins and ends with what was asked for and is short enough. */
static struct extract first_part(const struct headline *h, int from, int to)
{
    while (from < to && !h->words[from].asked)
        from++;
    struct extract e = {from, to, 0, 0};
    int i = from;
    for (; i <= to && e.words < h->options->max_words; i++)
        count_word(h, i, 1, &e);
    if (to > i)
        for (e.to = i; e.to > from && !h->words[e.to].asked; e.to--)
            e.words -= !is_none(&h->words[e.to]);
    return e;
}

static bool find_fragments(struct headline *h, struct fragments *fragments)
{
    bool found = true;
    for (int from = 0, to = 0; found; from++) {
        if (!next_cover(h, &from, &to, &found))
            return false;
        for (int start = from; found && start <= to;) {
            struct extract part = first_part(h, start, to);
            if (!add_fragment(h, fragments, part))
                return false;
            start = part.to + 1;
        }
    }
    return true;
}

/* Stretches it on both sides as far as words are allowed and free, back to good ends. */
static void stretch(const struct headline *h, struct extract *e)
{
    int half = (h->options->max_words - e->words) / 2, from = e->from, to = e->to, i;
    for (int added = 0, at = from - 1; at >= 0 && added < half && !h->words[at].in; at--) {
        e->words += !is_none(&h->words[at]);
        added += !is_none(&h->words[at]);
        from = at;
    }
    for (i = from; i < e->from && is_bad_end(h, i); i++)
        e->words -= !is_none(&h->words[i]);
    e->from = i;
    for (int at = to + 1; at < h->count && e->words < h->options->max_words && !h->words[at].in;
         at++) {
        e->words += !is_none(&h->words[at]);
        to = at;
    }
    for (i = to; i > e->to && is_bad_end(h, i); i--)
        e->words -= !is_none(&h->words[i]);
    e->to = i;
}

static struct fragment *best_fragment(struct fragments *fragments)
{
    struct fragment *best = NULL;
    for (int i = 0; i < fragments->count; i++) {
        struct fragment *f = &fragments->items[i];
        if (f->used || f->extract.asked == 0)
            continue;
        if (!best || f->extract.asked > best->extract.asked ||
            (f->extract.asked == best->extract.asked && f->extract.words < best->extract.words))
            best = f;
    }
    return best;
}

static bool choose_fragments(struct headline *h)
{
    struct fragments fragments = {0};
    struct fragment *best = NULL;
    int chosen = 0;
    if (!find_fragments(h, &fragments))
        return false;
    for (; chosen < h->options->max_fragments && (best = best_fragment(&fragments)); chosen++) {
        if (best->extract.words < h->options->max_words)
            stretch(h, &best->extract);
        include(h, best->extract.from, best->extract.to);
        for (int i = 0; i < fragments.count; i++)
            fragments.items[i].used |= fragments.items[i].extract.from <= best->extract.to &&
                                       fragments.items[i].extract.to >= best->extract.from;
    }
    if (chosen == 0)
        include_beginning(h);
    return true;
}

/* ---- */

static void print(const struct headline *h, struct sql_bytes *out)
{
    const struct pg_headline_options *o = h->options;
    bool inside = false, any = false;
    for (int i = 0; i < h->count; i++) {
        const struct word *word = &h->words[i];
        if (word->in && !inside && any)
            sql_bytes_add_slice(out, o->delimiter);
        inside = word->in;
        any |= inside;
        if (!inside || is_whole(word))
            continue;
        if (word->type == PG_TS_TAG && !o->all) {
            sql_bytes_add_char(out, ' ');
            continue;
        }
        sql_bytes_add_slice(out, word->asked ? o->start : slice_of(NULL, 0));
        sql_bytes_add_slice(out, word->text);
        sql_bytes_add_slice(out, word->asked ? o->stop : slice_of(NULL, 0));
    }
}

bool pg_headline_make(struct sql_call *call, struct pg_configuration *configuration,
                      struct slice text, struct pg_tsquery *query,
                      const struct pg_headline_options *options, struct sql_bytes *out)
{
    struct headline h = {.call = call, .options = options, .query = query};
    drop_weights(query);
    h.cover_max = options->max_words > 10 ? options->max_words * 10 : 100;
    if (options->max_fragments > 0)
        h.cover_max *= options->max_fragments;
    if (!read_words(&h, configuration, text))
        return false;
    if (options->max_fragments > 0 ? !choose_fragments(&h) : !options->all && !choose_extract(&h))
        return false;
    if (options->max_fragments == 0 && options->all)
        include(&h, 0, h.count - 1);
    print(&h, out);
    return !out->failed || sql_fail_memory(call->env->error);
}
