/* How well a document answers a query: ts_rank by frequencies and neighbourhood, ts_rank_cd by how
 * closely the words of the query stand together (cover density). */
#include <math.h>
#include <stdlib.h>

#include "emulators/postgres/text_search/tsquery.h"
#include "emulators/sql/value/array.h"

enum { WEIGHTS = 4 };
enum {
    NORM_LOG_LENGTH = 1,
    NORM_LENGTH = 2,
    NORM_EXTENT = 4,
    NORM_UNIQUE = 8,
    NORM_LOG_UNIQUE = 16,
    NORM_OWN = 32,
};

static bool read_weights(struct sql_call *call, const struct datum *list, float out[WEIGHTS])
{
    static const float defaults[WEIGHTS] = {0.1f, 0.2f, 0.4f, 1.0f};
    struct sql_array array;
    memcpy(out, defaults, sizeof(defaults));
    if (!list)
        return true;
    sql_array_open(*list, &array);
    if (array.shape.dims != 1)
        return sql_fail(call->env->error, "2202E", "array of weight must be one-dimensional");
    if (array.count < WEIGHTS)
        return sql_fail(call->env->error, "2202E", "array of weight is too short");
    for (uint32_t i = 0; i < WEIGHTS; i++) {
        struct datum weight = sql_array_get(&array, i);
        if (weight.null)
            return sql_fail(call->env->error, "22004", "array of weight must not contain nulls");
        if (weight.d >= 0)
            out[i] = (float)weight.d;
        if (out[i] > 1.0f)
            return sql_fail(call->env->error, "22023", "weight out of range");
    }
    return true;
}

/* Places, counting one for words without any. */
static int length_of(const struct pg_tsvector *vector)
{
    int length = 0;
    for (uint32_t i = 0; i < vector->count; i++) {
        uint32_t count = pg_tsvector_get(vector, i).count;
        length += count ? (int)count : 1;
    }
    return length;
}

/* ---- ts_rank */

/* Words of the query, each once, in order. */
struct word_list {
    const struct pg_tsquery **items;
    uint32_t count;
};

static void collect(const struct pg_tsquery *query, struct word_list *out)
{
    for (; query; query = query->left) {
        if (query->kind == PG_TSQUERY_WORD)
            out->items[out->count++] = query;
        collect(query->right, out);
    }
}

static int order_words(const void *left, const void *right)
{
    const struct pg_tsquery *const *a = left, *const *b = right;
    return pg_ts_compare_words((*a)->word, (*b)->word);
}

static bool unique_words(struct sql_call *call, const struct pg_tsquery *query,
                         struct word_list *out)
{
    uint32_t kept = 0;
    out->count = 0;
    out->items = arena_array(call->arena, pg_tsquery_count(query), sizeof(*out->items));
    if (!out->items)
        return sql_fail_memory(call->env->error);
    collect(query, out);
    qsort(out->items, out->count, sizeof(*out->items), order_words);
    for (uint32_t i = 0; i < out->count; i++)
        if (kept == 0 || !slice_eq(out->items[kept - 1]->word, out->items[i]->word))
            out->items[kept++] = out->items[i];
    out->count = kept;
    return true;
}

/* A lexeme without places stands nowhere in particular: at the end, for pairs. */
static struct pg_lexeme with_place(struct pg_lexeme lexeme, const uint16_t *instead)
{
    if (lexeme.count == 0) {
        lexeme.places = (const uint8_t *)instead;
        lexeme.count = 1;
    }
    return lexeme;
}

static float sum_of_places(const struct pg_lexeme *lexeme, const float *weights)
{
    float sum = 0, best = -1;
    uint32_t at = 0;
    for (uint32_t i = 0; i < lexeme->count; i++) {
        float weight = weights[pg_ts_weight(pg_lexeme_place(lexeme, i))];
        sum = sum + weight / (float)((i + 1) * (i + 1));
        if (weight > best) {
            best = weight;
            at = i;
        }
    }
    /* The sum of all 1/(i*i) is this divisor. */
    return (float)((best + sum - best / (float)((at + 1) * (at + 1))) / 1.64493406685);
}

static float rank_any(const float *weights, const struct pg_tsvector *vector,
                      const struct word_list *words)
{
    static const uint16_t nowhere = 0;
    float rank = 0;
    for (uint32_t w = 0; w < words->count; w++) {
        uint32_t first, count;
        pg_tsquery_lexemes(vector, words->items[w], &first, &count);
        for (uint32_t i = 0; i < count; i++) {
            struct pg_lexeme lexeme = with_place(pg_tsvector_get(vector, first + i), &nowhere);
            rank += sum_of_places(&lexeme, weights);
        }
    }
    return words->count ? rank / (float)words->count : rank;
}

static float nearness(int distance)
{
    return distance > 100 ? 1e-30f : (float)(1.0 / (1.005 + 0.05 * exp((float)distance / 1.5 - 2)));
}

static void add_pairs(const struct pg_lexeme *a, const struct pg_lexeme *b, bool nowhere,
                      const float *weights, float *rank)
{
    for (uint32_t i = 0; i < a->count; i++) {
        for (uint32_t k = 0; k < b->count; k++) {
            uint16_t x = pg_lexeme_place(a, i), y = pg_lexeme_place(b, k);
            int distance = abs((int)pg_ts_position(x) - (int)pg_ts_position(y));
            if (distance == 0 && !nowhere)
                continue;
            if (distance == 0)
                distance = PG_TS_POSITION_MAX + 1;
            float pair = (float)sqrt(weights[pg_ts_weight(x)] * weights[pg_ts_weight(y)] *
                                     nearness(distance));
            *rank = *rank < 0 ? pair : (float)(1.0 - (1.0 - *rank) * (1.0 - pair));
        }
    }
}

static bool rank_all(struct sql_call *call, const float *weights, const struct pg_tsvector *vector,
                     const struct word_list *words, float *rank)
{
    static const uint16_t nowhere = PG_TS_POSITION_MAX;
    /* The last lexeme of each word that came before. */
    struct pg_lexeme *last = arena_zalloc(call->arena, words->count * sizeof(*last));
    if (!last)
        return sql_fail_memory(call->env->error);
    *rank = -1;
    for (uint32_t w = 0; w < words->count; w++) {
        uint32_t first, count;
        pg_tsquery_lexemes(vector, words->items[w], &first, &count);
        for (uint32_t i = 0; i < count; i++) {
            last[w] = with_place(pg_tsvector_get(vector, first + i), &nowhere);
            for (uint32_t before = 0; before < w; before++)
                add_pairs(&last[w], &last[before],
                          last[w].places == (const uint8_t *)&nowhere ||
                              last[before].places == (const uint8_t *)&nowhere,
                          weights, rank);
        }
    }
    return true;
}

static bool calculate(struct sql_call *call, const float *weights, const struct pg_tsvector *vector,
                      const struct pg_tsquery *query, int64_t method, float *out)
{
    struct word_list words;
    *out = 0;
    if (vector->count == 0 || !query)
        return true;
    if (!unique_words(call, query, &words))
        return false;
    bool all = query->kind == PG_TSQUERY_AND || query->kind == PG_TSQUERY_PHRASE;
    if (all && words.count >= 2) {
        if (!rank_all(call, weights, vector, &words, out))
            return false;
    } else {
        *out = rank_any(weights, vector, &words);
    }
    float rank = *out < 0 ? 1e-20f : *out;
    if (method & NORM_LOG_LENGTH)
        rank = (float)(rank / (log((double)(length_of(vector) + 1)) / log(2.0)));
    if (method & NORM_LENGTH)
        rank /= (float)length_of(vector);
    if (method & NORM_UNIQUE)
        rank /= (float)vector->count;
    if (method & NORM_LOG_UNIQUE)
        rank = (float)(rank / (log((double)(vector->count + 1)) / log(2.0)));
    if (method & NORM_OWN)
        rank /= rank + 1;
    *out = rank;
    return true;
}

/* ---- ts_rank_cd */

/* A place of the document at which words of the query stand. */
struct spot {
    uint16_t place;
    uint32_t lexeme;
    const struct pg_tsquery *word;
};

struct spots {
    struct spot *items;
    uint32_t count, room;
};

struct cover {
    uint32_t begin, end; /* groups */
    int first, last;     /* positions */
};

static bool add_spots(struct sql_call *call, const struct pg_tsvector *vector,
                      const struct pg_tsquery *word, struct spots *spots)
{
    uint32_t first, count;
    pg_tsquery_lexemes(vector, word, &first, &count);
    for (uint32_t i = 0; i < count; i++) {
        struct pg_lexeme lexeme = pg_tsvector_get(vector, first + i);
        for (uint32_t p = 0; p < lexeme.count; p++) {
            uint16_t place = pg_lexeme_place(&lexeme, p);
            if (word->weights && !(word->weights & 1u << pg_ts_weight(place)))
                continue;
            if (spots->count == spots->room) {
                uint32_t room = spots->room ? spots->room * 2 : 64;
                struct spot *items = arena_array(call->arena, room, sizeof(*items));
                if (!items)
                    return sql_fail_memory(call->env->error);
                if (spots->count)
                    memcpy(items, spots->items, spots->count * sizeof(*items));
                spots->items = items;
                spots->room = room;
            }
            spots->items[spots->count++] = (struct spot){place, first + i, word};
        }
    }
    return true;
}

static bool find_spots(struct sql_call *call, const struct pg_tsvector *vector,
                       const struct pg_tsquery *query, struct spots *spots)
{
    for (; query; query = query->left)
        if ((query->kind == PG_TSQUERY_WORD && !add_spots(call, vector, query, spots)) ||
            !find_spots(call, vector, query->right, spots))
            return false;
    return true;
}

static int order_spots(const void *left, const void *right)
{
    const struct spot *a = left, *b = right;
    uint32_t x = pg_ts_position(a->place), y = pg_ts_position(b->place);
    if (x != y)
        return x > y ? 1 : -1;
    if (a->place != b->place)
        return pg_ts_weight(a->place) > pg_ts_weight(b->place) ? 1 : -1;
    return a->lexeme == b->lexeme ? 0 : a->lexeme > b->lexeme ? 1 : -1;
}

/* Where in the document each group of spots, those of one lexeme at one place, begins. */
struct groups {
    const struct pg_tsvector *vector;
    const struct pg_tsquery *query;
    struct spots spots;
    uint32_t *starts; /* count + 1 of them */
    uint32_t count;
};

static bool group_spots(struct sql_call *call, struct groups *groups)
{
    struct spots *spots = &groups->spots;
    groups->starts = arena_array(call->arena, spots->count + 1, sizeof(*groups->starts));
    if (!groups->starts)
        return sql_fail_memory(call->env->error);
    if (spots->count)
        qsort(spots->items, spots->count, sizeof(*spots->items), order_spots);
    for (uint32_t i = 0; i < spots->count; i++)
        if (i == 0 || spots->items[i].place != spots->items[i - 1].place ||
            spots->items[i].lexeme != spots->items[i - 1].lexeme)
            groups->starts[groups->count++] = i;
    groups->starts[groups->count] = spots->count;
    return true;
}

static int group_position(const struct groups *groups, uint32_t group)
{
    return (int)pg_ts_position(groups->spots.items[groups->starts[group]].place);
}

/* Do the groups [from, to] alone answer the query? They are a document of their own. */
static bool answers(struct sql_call *call, const struct groups *groups, uint32_t from, uint32_t to,
                    bool *out)
{
    struct arena arena, *kept = call->arena;
    struct pg_tsvector part;
    struct datum value;
    arena_init(&arena);
    call->arena = &arena;
    struct pg_ts_words words = {.arena = &arena};
    bool good = true;
    for (uint32_t i = groups->starts[from]; good && i < groups->starts[to + 1]; i++) {
        const struct spot *spot = &groups->spots.items[i];
        good = pg_ts_words_add(call, &words, pg_tsvector_get(groups->vector, spot->lexeme).word,
                               spot->place);
    }
    if (good && pg_ts_words_finish(call, &words, &value)) {
        pg_tsvector_open(value, &part);
        good = pg_tsquery_match(call, &part, groups->query, out);
    } else {
        good = false;
    }
    call->arena = kept;
    arena_done(&arena);
    return good;
}

/* The next cover from group *from on: the shortest that ends where the query is answered first. */
static bool next_cover(struct sql_call *call, const struct groups *groups, uint32_t *from,
                       struct cover *out, bool *found)
{
    *found = false;
    for (uint32_t start = *from; start < groups->count; start++) {
        bool good = false;
        uint32_t end = start, begin;
        for (; end < groups->count && !good; end++)
            if (!answers(call, groups, start, end, &good))
                return false;
        if (!good)
            return true;
        end--;
        good = false;
        for (begin = end + 1; begin > start && !good; begin--)
            if (!answers(call, groups, begin - 1, end, &good))
                return false;
        *out =
            (struct cover){begin, end, group_position(groups, begin), group_position(groups, end)};
        *found = out->first <= out->last;
        *from = begin + 1;
        if (*found)
            return true;
    }
    return true;
}

struct density {
    double sum, gaps, before;
    int count;
};

static void add_cover(const struct groups *groups, const struct cover *cover, const double *inverse,
                      struct density *density)
{
    double weights = 0, middle = (cover->last + cover->first) / 2.0;
    int words = (int)(cover->end - cover->begin);
    for (uint32_t g = cover->begin; g <= cover->end; g++)
        weights += inverse[pg_ts_weight(groups->spots.items[groups->starts[g]].place)];
    int noise = cover->last - cover->first - words;
    if (noise < 0)
        noise = words / 2;
    density->sum += (words + 1) / weights / (1 + noise);
    if (density->count > 0 && middle > density->before)
        density->gaps += 1.0 / (middle - density->before);
    density->before = middle;
    density->count++;
}

static bool calculate_cd(struct sql_call *call, const float *weights,
                         const struct pg_tsvector *vector, const struct pg_tsquery *query,
                         int64_t method, float *out)
{
    struct groups groups = {.vector = vector, .query = query};
    struct density density = {0};
    double inverse[WEIGHTS];
    struct cover cover;
    uint32_t from = 0;
    bool found = true;
    *out = 0;
    for (int i = 0; i < WEIGHTS; i++)
        inverse[i] = 1.0 / weights[i];
    if (!find_spots(call, vector, query, &groups.spots) || !group_spots(call, &groups))
        return false;
    while (found) {
        if (!sql_call_check(call) || !next_cover(call, &groups, &from, &cover, &found))
            return false;
        if (found)
            add_cover(&groups, &cover, inverse, &density);
    }
    double rank = density.sum;
    if (method & NORM_LOG_LENGTH && vector->count > 0)
        rank /= log((double)(length_of(vector) + 1));
    if (method & NORM_LENGTH && vector->count > 0)
        rank /= length_of(vector);
    if (method & NORM_EXTENT && density.count > 0 && density.gaps > 0)
        rank /= density.count / density.gaps;
    if (method & NORM_UNIQUE && vector->count > 0)
        rank /= vector->count;
    if (method & NORM_LOG_UNIQUE && vector->count > 0)
        rank /= log((double)(vector->count + 1)) / log(2.0);
    if (method & NORM_OWN)
        rank /= rank + 1;
    *out = (float)rank;
    return true;
}

/* ---- functions: (weights)? document query (method)? */

typedef bool calculation(struct sql_call *call, const float *weights,
                         const struct pg_tsvector *vector, const struct pg_tsquery *query,
                         int64_t method, float *out);

static bool rank(struct sql_call *call, const struct datum *weights, const struct datum *args,
                 int64_t method, calculation *how, struct datum *out)
{
    struct pg_tsvector vector;
    struct pg_tsquery *query;
    float parsed[WEIGHTS], result;
    pg_tsvector_open(args[0], &vector);
    if (!read_weights(call, weights, parsed) || !pg_tsquery_open(call, args[1], &query) ||
        !how(call, parsed, &vector, query, method, &result))
        return false;
    *out = datum_float(result);
    return true;
}

#define RANK(symbol, weights, first, method, how)                                          \
    static bool symbol(struct sql_call *call, const struct datum *args, struct datum *out) \
    {                                                                                      \
        return rank(call, weights, &args[first], method, how, out);                        \
    }

RANK(ts_rank_wttf, &args[0], 1, args[3].i, calculate)
RANK(ts_rank_wtt, &args[0], 1, 0, calculate)
RANK(ts_rank_ttf, NULL, 0, args[2].i, calculate)
RANK(ts_rank_tt, NULL, 0, 0, calculate)
RANK(ts_rankcd_wttf, &args[0], 1, args[3].i, calculate_cd)
RANK(ts_rankcd_wtt, &args[0], 1, 0, calculate_cd)
RANK(ts_rankcd_ttf, NULL, 0, args[2].i, calculate_cd)
RANK(ts_rankcd_tt, NULL, 0, 0, calculate_cd)

const struct sql_builtin pg_ts_rank_functions[] = {
    {"ts_rank_tt",     ts_rank_tt    },
    {"ts_rank_ttf",    ts_rank_ttf   },
    {"ts_rank_wtt",    ts_rank_wtt   },
    {"ts_rank_wttf",   ts_rank_wttf  },
    {"ts_rankcd_tt",   ts_rankcd_tt  },
    {"ts_rankcd_ttf",  ts_rankcd_ttf },
    {"ts_rankcd_wtt",  ts_rankcd_wtt },
    {"ts_rankcd_wttf", ts_rankcd_wttf},
    {NULL,             NULL          },
};
