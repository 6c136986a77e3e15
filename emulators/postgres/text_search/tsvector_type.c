/* Texts, binary forms and the order of tsvectors. */
#include "common/hash.h"
#include "emulators/postgres/text_search/lexeme_text.h"
#include "emulators/sql/value/receive.h"
#include "emulators/sql/value/text.h"

static bool tsvector_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                           int32_t typmod, struct datum *out)
{
    (void)type, (void)typmod;
    struct pg_lexeme_reader reader = {.call = call, .text = text};
    struct pg_ts_words words = {.arena = call->arena};
    bool found;
    for (;;) {
        if (!pg_lexeme_read(&reader, &found))
            return false;
        if (!found)
            return pg_ts_words_finish(call, &words, out);
        if (reader.word.len > PG_TS_WORD_MAX)
            return sql_fail(call->env->error, "54000", "word is too long (%zu bytes, max %d bytes)",
                            reader.word.len, PG_TS_WORD_MAX);
        struct pg_lexeme lexeme = {reader.word, (const uint8_t *)reader.places, reader.place_count};
        if (!pg_ts_words_add_lexeme(call, &words, &lexeme))
            return false;
    }
}

static bool tsvector_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                            struct sql_bytes *out)
{
    (void)call, (void)type;
    struct pg_tsvector vector;
    pg_tsvector_open(value, &vector);
    for (uint32_t i = 0; i < vector.count; i++) {
        struct pg_lexeme lexeme = pg_tsvector_get(&vector, i);
        if (i)
            sql_bytes_add_char(out, ' ');
        pg_lexeme_quote(out, lexeme.word);
        for (uint32_t p = 0; p < lexeme.count; p++) {
            uint16_t place = pg_lexeme_place(&lexeme, p);
            sql_bytes_printf(out, "%c%u", p ? ',' : ':', (unsigned)pg_ts_position(place));
            if (pg_ts_weight(place))
                sql_bytes_add_char(out, "DCBA"[pg_ts_weight(place)]);
        }
    }
    return true;
}

static bool receive_lexeme(struct sql_call *call, struct sql_receive *from,
                           struct pg_ts_words *words, uint16_t *before)
{
    const uint8_t *end = from->ok && from->at < from->end
                             ? memchr(from->at, 0, (size_t)(from->end - from->at))
                             : NULL;
    if (!end) {
        from->ok = false;
        return sql_receive_done(from, call->env->error);
    }
    struct slice word = slice_of(from->at, (size_t)(end - from->at));
    from->at = end + 1;
    uint16_t count = (uint16_t)sql_receive_uint(from, sizeof(count));
    if (!sql_text_check(call->env->error, word))
        return false;
    if (word.len > PG_TS_WORD_MAX)
        return sql_fail(call->env->error, "22P03", "invalid tsvector: lexeme too long");
    if (count > PG_TS_PLACES_MAX)
        return sql_fail(call->env->error, "22P03", "unexpected number of tsvector positions");
    if (count == 0)
        return pg_ts_words_add(call, words, word, 0);
    *before = 0;
    for (uint16_t i = 0; i < count; i++) {
        uint16_t place = (uint16_t)sql_receive_uint(from, sizeof(place));
        if (!from->ok)
            return sql_receive_done(from, call->env->error);
        if (pg_ts_position(place) <= pg_ts_position(*before))
            return sql_fail(call->env->error, "22P03", "position information is misordered");
        *before = place;
        if (!pg_ts_words_add(call, words, word, place))
            return false;
    }
    return true;
}

static bool tsvector_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                             int32_t typmod, struct datum *out)
{
    (void)type, (void)typmod;
    struct sql_receive from = sql_receive_begin(bytes);
    struct pg_ts_words words = {.arena = call->arena};
    uint16_t before = 0;
    int32_t count = sql_receive_i32(&from);
    if (from.ok && (count < 0 || (uint32_t)count > SQL_BYTES_MAX / 8))
        return sql_fail(call->env->error, "22P03", "invalid size of tsvector");
    for (int32_t i = 0; from.ok && i < count; i++)
        if (!receive_lexeme(call, &from, &words, &before))
            return false;
    return sql_receive_done(&from, call->env->error) && pg_ts_words_finish(call, &words, out);
}

static bool tsvector_send(struct sql_call *call, const struct sql_type *type, struct datum value,
                          struct sql_bytes *out)
{
    (void)call, (void)type;
    struct pg_tsvector vector;
    pg_tsvector_open(value, &vector);
    sql_bytes_add_u32(out, vector.count);
    for (uint32_t i = 0; i < vector.count; i++) {
        struct pg_lexeme lexeme = pg_tsvector_get(&vector, i);
        sql_bytes_add_slice(out, lexeme.word);
        sql_bytes_add_char(out, '\0');
        sql_bytes_add_u16(out, (uint16_t)lexeme.count);
        for (uint32_t p = 0; p < lexeme.count; p++)
            sql_bytes_add_u16(out, pg_lexeme_place(&lexeme, p));
    }
    return true;
}

/* ---- order: shorter values first, as the server keeps them, then lexeme by lexeme */

/* Bytes that the server's form has: lexemes, and their places on even addresses. */
static size_t stored_size(const struct pg_tsvector *vector)
{
    size_t size = 0;
    for (uint32_t i = 0; i < vector->count; i++) {
        struct pg_lexeme lexeme = pg_tsvector_get(vector, i);
        size += lexeme.word.len;
        if (lexeme.count)
            size += (size & 1) + sizeof(uint16_t) + lexeme.count * sizeof(uint16_t);
    }
    return size + vector->count * sizeof(uint32_t);
}

static int compare_places(const struct pg_lexeme *a, const struct pg_lexeme *b)
{
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    for (uint32_t i = 0; i < a->count; i++) {
        uint16_t x = pg_lexeme_place(a, i), y = pg_lexeme_place(b, i);
        if (pg_ts_position(x) != pg_ts_position(y))
            return pg_ts_position(x) > pg_ts_position(y) ? -1 : 1;
        if (pg_ts_weight(x) != pg_ts_weight(y))
            return pg_ts_weight(x) > pg_ts_weight(y) ? -1 : 1;
    }
    return 0;
}

static int tsvector_compare(struct sql_call *call, const struct sql_type *type, struct datum left,
                            struct datum right)
{
    (void)call, (void)type;
    struct pg_tsvector a, b;
    pg_tsvector_open(left, &a);
    pg_tsvector_open(right, &b);
    size_t size = stored_size(&a), other = stored_size(&b);
    if (size != other)
        return size < other ? -1 : 1;
    if (a.count != b.count)
        return a.count < b.count ? -1 : 1;
    for (uint32_t i = 0; i < a.count; i++) {
        struct pg_lexeme x = pg_tsvector_get(&a, i), y = pg_tsvector_get(&b, i);
        if (!x.count != !y.count)
            return x.count ? -1 : 1;
        int order = pg_ts_compare_words(x.word, y.word);
        if (order == 0)
            order = compare_places(&x, &y);
        if (order)
            return order;
    }
    return 0;
}

/* Numbers of which the larger come first are stored as their complements; words hold no zeros. */
static bool tsvector_key(struct sql_call *call, const struct sql_type *type, struct datum value,
                         struct sql_bytes *out)
{
    (void)call, (void)type;
    struct pg_tsvector vector;
    pg_tsvector_open(value, &vector);
    sql_bytes_add_u32(out, (uint32_t)stored_size(&vector));
    sql_bytes_add_u32(out, vector.count);
    for (uint32_t i = 0; i < vector.count; i++) {
        struct pg_lexeme lexeme = pg_tsvector_get(&vector, i);
        sql_bytes_add_char(out, lexeme.count == 0);
        sql_bytes_add_slice(out, lexeme.word);
        sql_bytes_add_char(out, '\0');
        sql_bytes_add_u16(out, (uint16_t)~lexeme.count);
        for (uint32_t p = 0; p < lexeme.count; p++) {
            uint16_t place = pg_lexeme_place(&lexeme, p);
            sql_bytes_add_u16(out, (uint16_t) ~(pg_ts_position(place) << 2 | pg_ts_weight(place)));
        }
    }
    return true;
}

static uint64_t tsvector_hash(struct sql_call *call, const struct sql_type *type,
                              struct datum value)
{
    (void)call, (void)type;
    return hash_bytes(datum_slice(value));
}

const struct sql_type_ops pg_tsvector_ops = {
    .input = tsvector_input,
    .output = tsvector_output,
    .receive = tsvector_receive,
    .send = tsvector_send,
    .compare = tsvector_compare,
    .hash = tsvector_hash,
    .encode_key = tsvector_key,
};
