#include "emulators/postgres/text_search/tsvector.h"

#include <stdlib.h>

#include "emulators/sql/value/unaligned.h"

#define END_SIZE (2 * sizeof(uint32_t))

void pg_tsvector_open(struct datum value, struct pg_tsvector *out)
{
    out->count = sql_load_u32(value.ptr);
    out->ends = value.ptr + sizeof(uint32_t);
    out->bytes = out->ends + out->count * END_SIZE;
    uint32_t bytes = out->count ? sql_load_u32(out->bytes - END_SIZE) : 0;
    out->places = out->bytes + bytes;
}

struct pg_lexeme pg_tsvector_get(const struct pg_tsvector *vector, uint32_t index)
{
    const uint8_t *end = vector->ends + index * END_SIZE;
    uint32_t first = index ? sql_load_u32(end - END_SIZE) : 0;
    uint32_t first_place = index ? sql_load_u32(end - sizeof(uint32_t)) : 0;
    return (struct pg_lexeme){
        .word = slice_of(vector->bytes + first, sql_load_u32(end) - first),
        .places = vector->places + first_place * sizeof(uint16_t),
        .count = sql_load_u32(end + sizeof(uint32_t)) - first_place,
    };
}

int pg_ts_compare_words(struct slice a, struct slice b)
{
    return slice_compare(a, b);
}

bool pg_tsvector_find(const struct pg_tsvector *vector, struct slice word, uint32_t *out)
{
    uint32_t low = 0, high = vector->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = pg_ts_compare_words(pg_tsvector_get(vector, middle).word, word);
        if (order == 0) {
            *out = middle;
            return true;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *out = low;
    return false;
}

int pg_ts_weight_of(char letter)
{
    switch (letter) {
    case 'a':
    case 'A': return 3;
    case 'b':
    case 'B': return 2;
    case 'c':
    case 'C': return 1;
    case 'd':
    case 'D': return 0;
    default: return -1;
    }
}

/* ---- making */

bool pg_ts_words_add(struct sql_call *call, struct pg_ts_words *words, struct slice word,
                     uint16_t place)
{
    if (words->count == words->room) {
        uint32_t room = words->room ? words->room * 2 : 16;
        struct pg_ts_word *items = arena_array(words->arena, room, sizeof(*items));
        if (!items)
            return sql_fail_memory(call->env->error);
        if (words->count)
            memcpy(items, words->items, words->count * sizeof(*items));
        words->items = items;
        words->room = room;
    }
    words->items[words->count++] = (struct pg_ts_word){word, place};
    return true;
}

bool pg_ts_words_add_lexeme(struct sql_call *call, struct pg_ts_words *words,
                            const struct pg_lexeme *lexeme)
{
    if (lexeme->count == 0)
        return pg_ts_words_add(call, words, lexeme->word, 0);
    for (uint32_t i = 0; i < lexeme->count; i++)
        if (!pg_ts_words_add(call, words, lexeme->word, pg_lexeme_place(lexeme, i)))
            return false;
    return true;
}

/* By word, position, and the heaviest first. */
static int order_words(const void *left, const void *right)
{
    const struct pg_ts_word *a = left, *b = right;
    int order = pg_ts_compare_words(a->word, b->word);
    if (order)
        return order;
    uint32_t x = pg_ts_position(a->place), y = pg_ts_position(b->place);
    if (x != y)
        return x < y ? -1 : 1;
    return (a->place < b->place) - (a->place > b->place);
}

/* Adds the places of the words [first, end), which are equal; how many there are then. */
static uint32_t add_places(struct sql_bytes *places, const struct pg_ts_word *words, uint32_t count)
{
    uint32_t added = 0, last = 0;
    for (uint32_t i = 0; i < count && added < PG_TS_PLACES_MAX; i++) {
        uint32_t position = pg_ts_position(words[i].place);
        if (position == 0 || position == last)
            continue;
        if (last == PG_TS_POSITION_MAX)
            break;
        sql_bytes_add(places, &words[i].place, sizeof(words[i].place));
        last = position;
        added++;
    }
    return added;
}

bool pg_ts_words_finish(struct sql_call *call, struct pg_ts_words *words, struct datum *out)
{
    struct sql_bytes ends = sql_bytes_begin(call), bytes = sql_bytes_begin(call);
    struct sql_bytes places = sql_bytes_begin(call), all = sql_bytes_begin(call);
    uint32_t count = 0, place_count = 0;
    if (words->count)
        qsort(words->items, words->count, sizeof(*words->items), order_words);
    for (uint32_t i = 0, next; i < words->count; i = next) {
        struct slice word = words->items[i].word;
        for (next = i + 1; next < words->count && slice_eq(words->items[next].word, word);)
            next++;
        sql_bytes_add_slice(&bytes, word);
        place_count += add_places(&places, &words->items[i], next - i);
        const uint32_t end[2] = {(uint32_t)bytes.len, place_count};
        sql_bytes_add(&ends, end, sizeof(end));
        count++;
    }
    if (bytes.len + places.len > PG_TS_BYTES_MAX)
        return sql_fail(call->env->error, "54000",
                        "string is too long for tsvector (%zu bytes, max %u bytes)",
                        bytes.len + places.len, PG_TS_BYTES_MAX);
    sql_bytes_add(&all, &count, sizeof(count));
    sql_bytes_add_slice(&all, sql_bytes_slice(&ends));
    sql_bytes_add_slice(&all, sql_bytes_slice(&bytes));
    sql_bytes_add_slice(&all, sql_bytes_slice(&places));
    all.failed |= ends.failed || bytes.failed || places.failed;
    return sql_give_bytes(call, out, &all);
}
