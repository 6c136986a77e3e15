#include <stdlib.h>

#include "common/unit_test.h"
#include "protocols/amqp/amqp_table.h"

#define BYTES(text) slice_of(text, sizeof(text) - 1)

/* A value of every type, each called as its type. */
#define EVERY                                                                                  \
    "\1tt\1\1bb\xff\1BB\xff\1ss\xff\xfe\1uu\xff\xfe\1II\xff\xff\xff\xfd\1ii\xff\xff\xff\xfd"   \
    "\1ll\xff\xff\xff\xff\xff\xff\xff\xfc\1LL\xff\xff\xff\xff\xff\xff\xff\xfb\1ff\x3f\xc0\0\0" \
    "\1dd\xc0\4\0\0\0\0\0\0\1DD\2\0\0\1\x3a\1SS\0\0\0\3abc\1xx\0\0\0\2\0\1"                    \
    "\1TT\0\0\0\1\0\0\0\0\1AA\0\0\0\x08Vt\0S\0\0\0\0\1FF\0\0\0\x0a\1nI\0\0\0\7\1mV\1VV"

static struct amqp_value get(struct slice table, const char *name)
{
    struct amqp_value value;
    assert_true(amqp_table_check(table, NULL));
    assert_true(amqp_table_get(table, slice_str(name), &value));
    return value;
}

static void test_every_type(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int64_t value;
    } integers[] = {
        {"b", -1        },
        {"B", 255       },
        {"s", -2        },
        {"u", 65534     },
        {"I", -3        },
        {"i", 4294967293},
        {"l", -4        },
        {"L", -5        }
    };
    struct slice table = BYTES(EVERY);
    struct amqp_value value;
    int64_t integer;
    for (size_t i = 0; i < sizeof(integers) / sizeof(integers[0]); i++) {
        value = get(table, integers[i].name);
        assert_true(amqp_value_to_i64(&value, &integer));
        assert_true(integer == integers[i].value);
    }
    assert_true(get(table, "t").boolean);
    assert_true(get(table, "f").real == 1.5);
    assert_true(get(table, "d").real == -2.5);
    assert_int_equal(get(table, "D").decimal.scale, 2);
    assert_int_equal(get(table, "D").decimal.digits, 314);
    assert_true(slice_eq_str(get(table, "S").bytes, "abc"));
    assert_true(slice_eq(get(table, "x").bytes, BYTES("\0\1")));
    assert_true(get(table, "T").timestamp == UINT64_C(1) << 32);
    assert_int_equal(get(table, "A").bytes.len, 8);
    assert_int_equal(get(get(table, "F").bytes, "n").integer, 7);
    assert_int_equal(get(table, "V").type, 'V');
    assert_false(amqp_table_get(table, slice_str("none"), &value));
    assert_int_equal(value.type, 0);
    value = get(table, "T");
    assert_false(amqp_value_to_i64(&value, &integer));
}

static void test_array(void **state)
{
    (void)state;
    struct amqp_table_iter iter = amqp_table_begin(get(BYTES(EVERY), "A").bytes);
    struct amqp_value value;
    assert_true(amqp_array_next(&iter, &value));
    assert_int_equal(value.type, 'V');
    assert_true(amqp_array_next(&iter, &value));
    assert_int_equal(value.type, 't');
    assert_false(value.boolean);
    assert_true(amqp_array_next(&iter, &value));
    assert_int_equal(value.type, 'S');
    assert_int_equal(value.bytes.len, 0);
    assert_int_equal(value.raw.len, 5);
    assert_false(amqp_array_next(&iter, &value));
}

static void test_first_of_a_name(void **state)
{
    (void)state;
    assert_int_equal(get(BYTES("\1at\1\1aV\0V"), "a").type, 't');
    assert_int_equal(get(BYTES("\1at\1\1aV\0V"), "").type, 'V');
}

/* Every table cut short ends between two entries, or is refused. */
static void test_truncated(void **state)
{
    (void)state;
    struct slice table = BYTES(EVERY), name;
    struct amqp_table_iter iter = amqp_table_begin(table);
    struct amqp_value value;
    enum amqp_table_problem problem;
    size_t entry_at = 0;
    for (size_t len = 0; len <= table.len; len++) {
        uint8_t *copy = malloc(len ? len : 1);
        memcpy(copy, table.ptr, len);
        bool whole = amqp_table_check(slice_of(copy, len), &problem);
        free(copy);
        assert_int_equal(whole, len == entry_at);
        assert_int_equal(problem, whole ? AMQP_TABLE_OK : AMQP_TABLE_TRUNCATED);
        if (len == entry_at && amqp_table_next(&iter, &name, &value))
            entry_at = (size_t)(iter.reader.at - table.ptr);
    }
    assert_int_equal(entry_at, table.len);
}

static enum amqp_table_problem problem_of(struct slice table)
{
    enum amqp_table_problem problem;
    amqp_table_check(table, &problem);
    return problem;
}

static void test_malformed(void **state)
{
    (void)state;
    assert_int_equal(problem_of(slice_of(NULL, 0)), AMQP_TABLE_OK);
    assert_int_equal(problem_of(BYTES("\3a")), AMQP_TABLE_TRUNCATED);
    assert_int_equal(problem_of(BYTES("\1a")), AMQP_TABLE_TRUNCATED);
    for (int letter = 0; letter < 256; letter++) {
        uint8_t table[] = {1, 'a', (uint8_t)letter};
        bool is_type = letter && strchr("tbBsuIilLfdDSxTAFV", letter);
        assert_int_equal(problem_of(slice_of(table, sizeof(table))) == AMQP_TABLE_UNKNOWN_TYPE,
                         !is_type);
    }
    /* what is wrong inside is found as well */
    assert_int_equal(problem_of(BYTES("\1aA\0\0\0\1Q")), AMQP_TABLE_UNKNOWN_TYPE);
    assert_int_equal(problem_of(BYTES("\1aF\0\0\0\3\1bQ")), AMQP_TABLE_UNKNOWN_TYPE);
    /* a length that is right for the table, but not for the one around it */
    assert_int_equal(problem_of(BYTES("\1aF\0\0\0\4\1bs\0\0")), AMQP_TABLE_TRUNCATED);
    assert_int_equal(problem_of(BYTES("\1aF\0\0\0\4\1bF\0\0\0\0")), AMQP_TABLE_TRUNCATED);
    assert_int_equal(problem_of(BYTES("\1aF\0\0\0\7\1bF\0\0\0\1\1cV")), AMQP_TABLE_TRUNCATED);
    assert_int_equal(problem_of(BYTES("\1aS\xff\xff\xff\xff")), AMQP_TABLE_TRUNCATED);
    /* Erlang has no infinities */
    assert_int_equal(problem_of(BYTES("\1ad\x7f\xf0\0\0\0\0\0\0")), AMQP_TABLE_NOT_FINITE);
    assert_int_equal(problem_of(BYTES("\1ad\xff\xf8\0\0\0\0\0\0")), AMQP_TABLE_NOT_FINITE);
    assert_int_equal(problem_of(BYTES("\1ad\x7f\xef\xff\xff\xff\xff\xff\xff")), AMQP_TABLE_OK);
    assert_int_equal(problem_of(BYTES("\1af\x7f\x80\0\0")), AMQP_TABLE_NOT_FINITE);
    assert_int_equal(problem_of(BYTES("\1af\x7f\x7f\xff\xff")), AMQP_TABLE_OK);
}

/* Arrays within each other, `depth` of them. */
static struct slice nest(uint8_t *bytes, uint32_t depth)
{
    uint8_t *to = bytes;
    *to++ = 0; /* no name */
    for (uint32_t left = depth; left--;) {
        uint32_t len = left * 5;
        *to++ = 'A';
        *to++ = 0;
        *to++ = 0;
        *to++ = (uint8_t)(len >> 8);
        *to++ = (uint8_t)len;
    }
    return slice_of(bytes, (size_t)(to - bytes));
}

static void test_depth(void **state)
{
    (void)state;
    uint8_t bytes[(AMQP_TABLE_DEPTH_MAX + 1) * 5 + 1];
    assert_int_equal(problem_of(nest(bytes, AMQP_TABLE_DEPTH_MAX)), AMQP_TABLE_OK);
    assert_int_equal(problem_of(nest(bytes, AMQP_TABLE_DEPTH_MAX + 1)), AMQP_TABLE_TOO_DEEP);
}

/* ---- equality, as the headers exchange of RabbitMQ 3.10 and its redeclarations have it */

static const struct pair {
    const char *a, *b; /* letters and values */
    size_t a_len, b_len;
    bool equal, equivalent;
} pairs[] = {
#define PAIR(a, b, equal, equivalent)                         \
    {                                                         \
        a, b, sizeof(a) - 1, sizeof(b) - 1, equal, equivalent \
    }
    PAIR("I\0\0\0\5", "l\0\0\0\0\0\0\0\5", true, true),
    PAIR("b\5", "i\0\0\0\5", true, true),
    PAIR("B\xff", "b\xff", false, false),
    PAIR("I\xff\xff\xff\xff", "i\xff\xff\xff\xff", false, false),
    PAIR("T\0\0\0\0\0\0\0\5", "s\0\5", true, true),
    PAIR("T\xff\xff\xff\xff\xff\xff\xff\xff", "l\xff\xff\xff\xff\xff\xff\xff\xff", false, false),
    PAIR("d\x40\x14\0\0\0\0\0\0", "u\0\5", true, false),
    PAIR("d\x40\x14\0\0\0\0\0\0", "f\x40\xa0\0\0", true, true),
    PAIR("d\x3f\xf8\0\0\0\0\0\0", "f\x3f\xc0\0\0", true, true),
    PAIR("d\x3f\xf8\0\0\0\0\0\0", "b\1", false, false),
    PAIR("d\x80\0\0\0\0\0\0\0", "b\0", true, false),
    PAIR("d\xbf\xf0\0\0\0\0\0\0", "b\xff", true, false),
    /* 2^53 + 1 is no double; 2^64 is one, and no integer */
    PAIR("l\0\x20\0\0\0\0\0\1", "d\x43\x40\0\0\0\0\0\0", false, false),
    PAIR("l\0\x20\0\0\0\0\0\0", "d\x43\x40\0\0\0\0\0\0", true, false),
    PAIR("T\0\0\0\0\0\0\0\0", "d\x43\xf0\0\0\0\0\0\0", false, false),
    PAIR("d\x43\xf0\0\0\0\0\0\0", "d\x43\xf0\0\0\0\0\0\0", true, true),
    PAIR("t\1", "b\1", false, false),
    PAIR("t\1", "t\7", true, true),
    PAIR("t\0", "t\1", false, false),
    PAIR("S\0\0\0\1x", "x\0\0\0\1x", true, true),
    PAIR("S\0\0\0\1x", "S\0\0\0\1y", false, false),
    PAIR("S\0\0\0\0", "V", false, false),
    PAIR("V", "V", true, true),
    PAIR("D\1\0\0\0\5", "D\1\0\0\0\5", true, true),
    PAIR("D\1\0\0\0\5", "D\0\0\0\0\5", false, false),
    PAIR("D\0\0\0\0\5", "b\5", false, false),
    PAIR("A\0\0\0\2b\5", "A\0\0\0\2b\5", true, true),
    PAIR("A\0\0\0\2b\5", "A\0\0\0\2B\5", false, false),
    PAIR("A\0\0\0\2b\5", "A\0\0\0\4b\5b\5", false, false),
    PAIR("A\0\0\0\0", "F\0\0\0\0", false, false),
    PAIR("F\0\0\0\x08\1ab\5\1bb\6", "F\0\0\0\x08\1ab\5\1bb\6", true, true),
    PAIR("F\0\0\0\x08\1ab\5\1bb\6", "F\0\0\0\x08\1bb\6\1ab\5", false, false),
    PAIR("F\0\0\0\4\1ab\5", "F\0\0\0\4\1bb\5", false, false),
};

static struct amqp_value value_of(struct slice raw)
{
    uint8_t array[64];
    struct amqp_value value;
    struct amqp_table_iter iter;
    assert_true(raw.len < sizeof(array));
    array[0] = 0;
    memcpy(array + 1, raw.ptr, raw.len);
    assert_true(amqp_table_check(slice_of(array, raw.len + 1), NULL));
    iter = amqp_table_begin(raw);
    assert_true(amqp_array_next(&iter, &value));
    assert_true(slice_eq(value.raw, raw));
    return value;
}

static void test_equality(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        struct amqp_value a = value_of(slice_of(pairs[i].a, pairs[i].a_len));
        struct amqp_value b = value_of(slice_of(pairs[i].b, pairs[i].b_len));
        assert_int_equal(amqp_value_equal(&a, &b), pairs[i].equal);
        assert_int_equal(amqp_value_equal(&b, &a), pairs[i].equal);
        assert_int_equal(amqp_value_equivalent(&a, &b), pairs[i].equivalent);
        assert_int_equal(amqp_value_equivalent(&b, &a), pairs[i].equivalent);
    }
}

static void test_table_equality(void **state)
{
    (void)state;
    assert_true(amqp_table_equal(BYTES(""), BYTES("")));
    assert_true(amqp_table_equal(BYTES("\1ab\5\1bV"), BYTES("\1bV\1ab\5")));
    assert_false(amqp_table_equal(BYTES("\1ab\5\1bV"), BYTES("\1bV\1aB\5")));
    assert_false(amqp_table_equal(BYTES("\1ab\5\1bV"), BYTES("\1ab\5")));
    assert_false(amqp_table_equal(BYTES("\1ab\5\1bV"), BYTES("\1ab\5\1cV")));
    assert_true(amqp_table_equal(BYTES("\1aV\1bV\1aV"), BYTES("\1aV\1aV\1bV")));
    assert_false(amqp_table_equal(BYTES("\1aV\1bV\1aV"), BYTES("\1aV\1bV\1bV")));
}

/* ---- writing */

/* A copy of every entry, those of one name aside, gives the table without it. */
static void test_copy(void **state)
{
    (void)state;
    struct outq q = {0};
    struct amqp_table_writer w;
    struct amqp_table_iter iter = amqp_table_begin(BYTES(EVERY));
    struct amqp_value value;
    struct slice name;
    amqp_table_writer_init(&w, &q);
    while (amqp_table_next(&iter, &name, &value))
        amqp_table_put_raw(&w, name, value.raw);
    assert_true(slice_eq(outq_flatten(&q), BYTES(EVERY)));
    outq_done(&q);
}

static void test_write(void **state)
{
    (void)state;
    struct outq q = {0};
    struct amqp_table_writer w;
    struct slice none = {0};
    amqp_table_writer_init(&w, &q);
    amqp_table_put_bool(&w, slice_str("t"), true);
    amqp_table_put_integer(&w, slice_str("b"), 'b', -1);
    amqp_table_put_integer(&w, slice_str("s"), 's', -2);
    amqp_table_put_integer(&w, slice_str("I"), 'I', -3);
    amqp_table_put_integer(&w, slice_str("l"), 'l', -4);
    amqp_table_put_double(&w, slice_str("d"), -2.5);
    amqp_table_put_bytes(&w, slice_str("S"), 'S', slice_str("abc"));
    amqp_table_put_integer(&w, slice_str("T"), 'T', INT64_C(1) << 32);
    amqp_table_begin_array(&w, slice_str("A"));
    amqp_table_begin_table(&w, none);
    amqp_table_put_void(&w, slice_str("v"));
    amqp_table_begin_table(&w, slice_str("w"));
    amqp_table_end(&w);
    amqp_table_end(&w);
    amqp_table_put_bool(&w, none, false);
    amqp_table_put_bytes(&w, none, 'F', BYTES("\1aV"));
    amqp_table_end(&w);
    amqp_table_put_void(&w, slice_str("V"));
    assert_true(slice_eq(
        outq_flatten(&q),
        BYTES("\1tt\1\1bb\xff\1ss\xff\xfe\1II\xff\xff\xff\xfd\1ll\xff\xff\xff\xff\xff\xff\xff\xfc"
              "\1dd\xc0\4\0\0\0\0\0\0\1SS\0\0\0\3abc\1TT\0\0\0\1\0\0\0\0"
              "\1AA\0\0\0\x19"
              "F\0\0\0\x0a\1vV\1wF\0\0\0\0t\0F\0\0\0\3\1aV\1VV")));
    assert_true(amqp_table_check(outq_flatten(&q), NULL));
    outq_done(&q);
}

static void test_type_names(void **state)
{
    (void)state;
    assert_string_equal(amqp_type_name('S'), "longstr");
    assert_string_equal(amqp_type_name('I'), "signedint");
    assert_string_equal(amqp_type_name('i'), "unsignedint");
    assert_string_equal(amqp_type_name('l'), "long");
    assert_string_equal(amqp_type_name('L'), "long");
    assert_string_equal(amqp_type_name('u'), "unsignedshort");
    assert_string_equal(amqp_type_name('V'), "void");
    assert_string_equal(amqp_type_name('Q'), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_type),
        cmocka_unit_test(test_array),
        cmocka_unit_test(test_first_of_a_name),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_equality),
        cmocka_unit_test(test_table_equality),
        cmocka_unit_test(test_copy),
        cmocka_unit_test(test_write),
        cmocka_unit_test(test_type_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
