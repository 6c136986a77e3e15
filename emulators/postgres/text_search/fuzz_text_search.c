/* Any text and any bytes as tsvectors and tsqueries: what is read is written and read again as the
 * same text (a & (b & c) loses its parentheses, as there) and the same binary value, its key says how
 * it compares, and every document can be asked. */
#include "common/assert.h"
#include "emulators/postgres/text_search/tsquery.h"
#include "emulators/sql/value/test_value.h"

/* Texts cannot write the empty words that bytes can bring. */
static void comes_back(struct test_value *t, const struct sql_type *type, struct datum value,
                       bool from_text)
{
    struct sql_bytes text, text_again, wire, key, other;
    struct datum again;
    sql_bytes_init(&text, &t->arena);
    sql_bytes_init(&text_again, &t->arena);
    sql_bytes_init(&wire, &t->arena);
    sql_bytes_init(&key, &t->arena);
    sql_bytes_init(&other, &t->arena);
    ASSERT(sql_type_output(&t->call, type, value, &text));
    ASSERT(!from_text || (sql_type_input(&t->call, type, sql_bytes_slice(&text), -1, &again) &&
                          sql_type_output(&t->call, type, again, &text_again) &&
                          slice_eq(sql_bytes_slice(&text), sql_bytes_slice(&text_again))));
    ASSERT(type->ops->send(&t->call, type, value, &wire));
    ASSERT(type->ops->receive(&t->call, type, sql_bytes_slice(&wire), -1, &again));
    ASSERT(type->ops->compare(&t->call, type, value, again) == 0);
    ASSERT(type->ops->encode_key(&t->call, type, value, &key));
    ASSERT(type->ops->encode_key(&t->call, type, again, &other));
    ASSERT(slice_eq(sql_bytes_slice(&key), sql_bytes_slice(&other)));
}

/* A document whose words and places are many answers or does not; nothing else is asked of it. */
static void ask(struct test_value *t, const struct sql_type *vector_type, struct datum query)
{
    struct datum document;
    struct pg_tsvector vector;
    struct pg_tsquery *opened;
    bool found;
    ASSERT(sql_type_input(&t->call, vector_type, slice_str("a:1,4A ab:2B b:3 c:5,6C d"), -1,
                          &document));
    pg_tsvector_open(document, &vector);
    ASSERT(pg_tsquery_open(&t->call, query, &opened));
    ASSERT(pg_tsquery_match(&t->call, &vector, opened, &found));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sql_type types[2] = {
        {.id = 1, .name = slice_str("tsvector"), .len = -1, .ops = &pg_tsvector_ops},
        {.id = 2, .name = slice_str("tsquery"),  .len = -1, .ops = &pg_tsquery_ops },
    };
    if (size == 0 || size > 4096)
        return 0;
    struct slice input = slice_of(data + 1, size - 1);
    for (int i = 0; i < 2; i++) {
        struct test_value t;
        struct datum value;
        test_value_init(&t);
        bool read = data[0] & 1 ? types[i].ops->receive(&t.call, &types[i], input, -1, &value)
                                : sql_text_check(&t.error, input) &&
                                      sql_type_input(&t.call, &types[i], input, -1, &value);
        if (read)
            comes_back(&t, &types[i], value, !(data[0] & 1));
        if (read && i == 1)
            ask(&t, &types[0], value);
        test_value_done(&t);
    }
    return 0;
}
