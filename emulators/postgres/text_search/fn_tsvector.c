/* Functions of tsvectors. */
#include "emulators/postgres/functions/functions.h"
#include "emulators/postgres/text_search/tsvector.h"
#include "emulators/sql/value/array.h"
#include "emulators/sql/value/fn_compare.h"
#include "emulators/sql/value/type_io.h"

enum { TYPE_TEXT = 25, TYPE_INT2 = 21 };

static bool tsvector_length(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    struct pg_tsvector vector;
    pg_tsvector_open(args[0], &vector);
    return sql_give_int(out, vector.count);
}

static bool tsvector_strip(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct pg_ts_words words = {.arena = call->arena};
    struct pg_tsvector vector;
    pg_tsvector_open(args[0], &vector);
    for (uint32_t i = 0; i < vector.count; i++)
        if (!pg_ts_words_add(call, &words, pg_tsvector_get(&vector, i).word, 0))
            return false;
    return pg_ts_words_finish(call, &words, out);
}

/* ---- weights */

static bool read_weight(struct sql_call *call, struct datum letter, unsigned *out)
{
    int weight = pg_ts_weight_of((char)letter.i);
    if (weight < 0)
        return sql_fail(call->env->error, "XX000", "unrecognized weight: %d", (int)letter.i);
    *out = (unsigned)weight;
    return true;
}

static bool is_in(const struct sql_array *list, struct slice word)
{
    for (uint32_t i = 0; list && i < list->count; i++) {
        struct datum one = sql_array_get(list, i);
        if (!one.null && slice_eq(datum_slice(one), word))
            return true;
    }
    return false;
}

/* only: the lexemes to change; NULL: all. */
static bool set_weight(struct sql_call *call, struct datum value, unsigned weight,
                       const struct sql_array *only, struct datum *out)
{
    struct pg_ts_words words = {.arena = call->arena};
    struct pg_tsvector vector;
    pg_tsvector_open(value, &vector);
    for (uint32_t i = 0; i < vector.count; i++) {
        struct pg_lexeme lexeme = pg_tsvector_get(&vector, i);
        uint32_t first = words.count;
        if (!pg_ts_words_add_lexeme(call, &words, &lexeme))
            return false;
        if (only && !is_in(only, lexeme.word))
            continue;
        for (uint32_t w = first; w < words.count && lexeme.count; w++)
            words.items[w].place = pg_ts_place(pg_ts_position(words.items[w].place), weight);
    }
    return pg_ts_words_finish(call, &words, out);
}

static bool tsvector_setweight(struct sql_call *call, const struct datum *args, struct datum *out)
{
    unsigned weight;
    return read_weight(call, args[1], &weight) && set_weight(call, args[0], weight, NULL, out);
}

static bool tsvector_setweight_by_filter(struct sql_call *call, const struct datum *args,
                                         struct datum *out)
{
    struct sql_array only;
    unsigned weight;
    sql_array_open(args[2], &only);
    return read_weight(call, args[1], &weight) && set_weight(call, args[0], weight, &only, out);
}

static bool tsvector_filter(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct pg_ts_words words = {.arena = call->arena};
    struct pg_tsvector vector;
    struct sql_array letters;
    unsigned wanted = 0;
    sql_array_open(args[1], &letters);
    for (uint32_t i = 0; i < letters.count; i++) {
        struct datum letter = sql_array_get(&letters, i);
        if (letter.null)
            return sql_fail(call->env->error, "22004", "weight array may not contain nulls");
        int weight = pg_ts_weight_of((char)letter.i);
        if (weight < 0)
            return sql_fail(call->env->error, "22023", "unrecognized weight: \"%c\"",
                            (char)letter.i);
        wanted |= 1u << weight;
    }
    pg_tsvector_open(args[0], &vector);
    for (uint32_t i = 0; i < vector.count; i++) {
        struct pg_lexeme lexeme = pg_tsvector_get(&vector, i);
        for (uint32_t p = 0; p < lexeme.count; p++) {
            uint16_t place = pg_lexeme_place(&lexeme, p);
            if (wanted & 1u << pg_ts_weight(place) &&
                !pg_ts_words_add(call, &words, lexeme.word, place))
                return false;
        }
    }
    return pg_ts_words_finish(call, &words, out);
}

/* ---- putting together, taking out */

static uint32_t last_position(const struct pg_tsvector *vector)
{
    uint32_t last = 0;
    for (uint32_t i = 0; i < vector->count; i++) {
        struct pg_lexeme lexeme = pg_tsvector_get(vector, i);
        for (uint32_t p = 0; p < lexeme.count; p++) {
            uint32_t position = pg_ts_position(pg_lexeme_place(&lexeme, p));
            last = position > last ? position : last;
        }
    }
    return last;
}

static bool tsvector_concat(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct pg_ts_words words = {.arena = call->arena};
    struct pg_tsvector a, b;
    pg_tsvector_open(args[0], &a);
    pg_tsvector_open(args[1], &b);
    uint32_t moved = last_position(&a);
    for (uint32_t i = 0; i < a.count; i++) {
        struct pg_lexeme lexeme = pg_tsvector_get(&a, i);
        if (!pg_ts_words_add_lexeme(call, &words, &lexeme))
            return false;
    }
    for (uint32_t i = 0; i < b.count; i++) {
        struct pg_lexeme lexeme = pg_tsvector_get(&b, i);
        uint32_t first = words.count;
        if (!pg_ts_words_add_lexeme(call, &words, &lexeme))
            return false;
        for (uint32_t w = first; w < words.count && lexeme.count; w++) {
            uint16_t place = words.items[w].place;
            words.items[w].place = pg_ts_place(pg_ts_position(place) + moved, pg_ts_weight(place));
        }
    }
    return pg_ts_words_finish(call, &words, out);
}

static bool delete_words(struct sql_call *call, struct datum value, const struct sql_array *list,
                         struct slice one, struct datum *out)
{
    struct pg_ts_words words = {.arena = call->arena};
    struct pg_tsvector vector;
    pg_tsvector_open(value, &vector);
    for (uint32_t i = 0; i < vector.count; i++) {
        struct pg_lexeme lexeme = pg_tsvector_get(&vector, i);
        bool gone = list ? is_in(list, lexeme.word) : slice_eq(lexeme.word, one);
        if (!gone && !pg_ts_words_add_lexeme(call, &words, &lexeme))
            return false;
    }
    return pg_ts_words_finish(call, &words, out);
}

static bool tsvector_delete_str(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return delete_words(call, args[0], NULL, datum_slice(args[1]), out);
}

static bool tsvector_delete_arr(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_array list;
    sql_array_open(args[1], &list);
    return delete_words(call, args[0], &list, slice_of(NULL, 0), out);
}

/* ---- arrays and rows */

static bool array_to_tsvector(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct pg_ts_words words = {.arena = call->arena};
    struct sql_array list;
    sql_array_open(args[0], &list);
    for (uint32_t i = 0; i < list.count; i++) {
        struct datum word = sql_array_get(&list, i);
        if (word.null)
            return sql_fail(call->env->error, "22004", "lexeme array may not contain nulls");
        if (word.len == 0)
            return sql_fail(call->env->error, "2200F",
                            "lexeme array may not contain empty strings");
        if (!pg_ts_words_add(call, &words, datum_slice(word), 0))
            return false;
    }
    return pg_ts_words_finish(call, &words, out);
}

static bool tsvector_to_array(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct sql_type *text = sql_call_find_type(call, TYPE_TEXT);
    struct sql_array_builder builder;
    struct pg_tsvector vector;
    pg_tsvector_open(args[0], &vector);
    sql_array_builder_init(&builder, call->arena, text);
    for (uint32_t i = 0; text && i < vector.count; i++)
        if (!sql_array_builder_add(call, &builder, datum_bytes(pg_tsvector_get(&vector, i).word)))
            return false;
    return text && sql_array_builder_finish(call, &builder, out);
}

/* Its positions and their weights as arrays; NULL without any. */
static bool places_of(struct sql_call *call, const struct pg_lexeme *lexeme,
                      struct datum *positions, struct datum *weights)
{
    static const char letters[] = "DCBA";
    struct sql_array_builder p, w;
    *positions = *weights = datum_null();
    if (lexeme->count == 0)
        return true;
    sql_array_builder_init(&p, call->arena, sql_call_find_type(call, TYPE_INT2));
    sql_array_builder_init(&w, call->arena, sql_call_find_type(call, TYPE_TEXT));
    for (uint32_t i = 0; i < lexeme->count; i++) {
        uint16_t place = pg_lexeme_place(lexeme, i);
        struct slice letter = slice_of(&letters[pg_ts_weight(place)], 1);
        if (!sql_array_builder_add(call, &p, datum_int(pg_ts_position(place))) ||
            !sql_array_builder_add(call, &w, datum_bytes(letter)))
            return false;
    }
    return sql_array_builder_finish(call, &p, positions) &&
           sql_array_builder_finish(call, &w, weights);
}

static bool tsvector_unnest(struct sql_call *call, const struct datum *args, struct datum *out)
{
    uint32_t *next = call->set_state;
    struct pg_tsvector vector;
    struct datum values[3];
    if (!next) {
        next = arena_zalloc(call->set_arena, sizeof(*next));
        if (!next)
            return sql_fail_memory(call->env->error);
        call->set_state = next;
    }
    pg_tsvector_open(args[0], &vector);
    call->done = *next == vector.count;
    if (call->done)
        return true;
    struct pg_lexeme lexeme = pg_tsvector_get(&vector, (*next)++);
    values[0] = datum_bytes(lexeme.word);
    return places_of(call, &lexeme, &values[1], &values[2]) &&
           pg_call_give_row(call, values, 3, out);
}

const struct sql_builtin pg_tsvector_functions[] = {
    {"array_to_tsvector",            array_to_tsvector           },
    {"tsvector_cmp",                 sql_call_cmp                },
    {"tsvector_concat",              tsvector_concat             },
    {"tsvector_delete_arr",          tsvector_delete_arr         },
    {"tsvector_delete_str",          tsvector_delete_str         },
    {"tsvector_eq",                  sql_call_eq                 },
    {"tsvector_filter",              tsvector_filter             },
    {"tsvector_ge",                  sql_call_ge                 },
    {"tsvector_gt",                  sql_call_gt                 },
    {"tsvector_le",                  sql_call_le                 },
    {"tsvector_length",              tsvector_length             },
    {"tsvector_lt",                  sql_call_lt                 },
    {"tsvector_ne",                  sql_call_ne                 },
    {"tsvector_setweight",           tsvector_setweight          },
    {"tsvector_setweight_by_filter", tsvector_setweight_by_filter},
    {"tsvector_strip",               tsvector_strip              },
    {"tsvector_to_array",            tsvector_to_array           },
    {"tsvector_unnest",              tsvector_unnest             },
    {"tsvectorin",                   sql_call_input              },
    {"tsvectorout",                  sql_call_output             },
    {"tsvectorrecv",                 sql_call_receive            },
    {"tsvectorsend",                 sql_call_send               },
    {NULL,                           NULL                        },
};
