/* What the encoder writes and what the readers take apart: every body is also read with each of its
 * ends cut off, and with a byte too many. */
#include <stdlib.h>

#include "common/unit_test.h"
#include "protocols/postgres/pg_encode.h"
#include "protocols/postgres/pg_message.h"

union message {
    struct pg_startup startup;
    struct pg_parse parse;
    struct pg_bind bind;
    struct pg_target target;
    struct pg_execute execute;
    struct pg_function_call call;
    struct pg_sasl_initial sasl;
    struct slice text;
};

static bool read_startup(struct slice body, union message *out)
{
    return pg_read_startup(body, &out->startup);
}
static bool read_parse(struct slice body, union message *out)
{
    return pg_read_parse(body, &out->parse);
}
static bool read_bind(struct slice body, union message *out)
{
    return pg_read_bind(body, &out->bind);
}
static bool read_target(struct slice body, union message *out)
{
    return pg_read_target(body, &out->target);
}
static bool read_execute(struct slice body, union message *out)
{
    return pg_read_execute(body, &out->execute);
}
static bool read_call(struct slice body, union message *out)
{
    return pg_read_function_call(body, &out->call);
}
static bool read_sasl(struct slice body, union message *out)
{
    return pg_read_sasl_initial(body, &out->sasl);
}
static bool read_one_text(struct slice body, union message *out)
{
    return pg_read_text(body, &out->text);
}

#define BODY(bytes) SLICE_LITERAL(bytes)

static const struct sample {
    bool (*read)(struct slice body, union message *out);
    struct slice body;
} samples[] = {
    {read_startup,  BODY("\x04\xd2\x16\x2e\0\0\0\7\1\2\3\4")                                },
    {read_parse,    BODY("s\0select $1\0\0\2\0\0\0\x17\0\0\0\0")                            },
    {read_parse,    BODY("\0\0\0\0")                                                        },
    {read_bind,     BODY("p\0s\0\0\2\0\0\0\1\0\3\0\0\0\2ab\xff\xff\xff\xff\0\0\0\0\0\1\0\1")},
    {read_bind,     BODY("\0\0\0\0\0\0\0\0")                                                },
    {read_target,   BODY("Sname\0")                                                         },
    {read_execute,  BODY("p\0\0\0\0\x0a")                                                   },
    {read_call,     BODY("\0\0\3\xb8\0\1\0\1\0\1\0\0\0\4\0\0\0\1\0\1")                      },
    {read_sasl,     BODY("SCRAM-SHA-256\0\0\0\0\3n,,")                                      },
    {read_one_text, BODY("select 1\0")                                                      },
};

static bool read_copy(const struct sample *sample, struct slice body, union message *out)
{
    uint8_t *copy = malloc(body.len ? body.len : 1);
    memcpy(copy, body.ptr, body.len);
    bool ok = sample->read(slice_of(copy, body.len), out);
    free(copy);
    return ok;
}

static void test_cut_bodies(void **state)
{
    (void)state;
    union message message;
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        struct slice body = samples[i].body;
        assert_true(read_copy(&samples[i], body, &message));
        for (size_t len = 0; len < body.len; len++)
            assert_false(read_copy(&samples[i], slice_of(body.ptr, len), &message));
        uint8_t longer[64];
        memcpy(longer, body.ptr, body.len);
        longer[body.len] = 0;
        assert_false(read_copy(&samples[i], slice_of(longer, body.len + 1), &message));
    }
}

static void test_bind(void **state)
{
    (void)state;
    union message m;
    assert_true(read_bind(samples[3].body, &m));
    assert_true(slice_eq_str(m.bind.portal, "p") && slice_eq_str(m.bind.statement, "s"));
    assert_int_equal(m.bind.formats.count, 2);
    assert_int_equal(pg_format(&m.bind.formats, 0), 0);
    assert_int_equal(pg_format(&m.bind.formats, 1), 1);
    assert_int_equal(m.bind.values.count, 3);
    assert_true(slice_eq_str(pg_read_value(&m.bind.values), "ab"));
    assert_null(pg_read_value(&m.bind.values).ptr);
    struct slice empty = pg_read_value(&m.bind.values);
    assert_true(empty.ptr != NULL && empty.len == 0);
    assert_int_equal(pg_format(&m.bind.result_formats, 7), 1);
}

static void test_bind_counts_lie(void **state)
{
    (void)state;
    union message m;
    assert_false(read_bind((struct slice)BODY("\0\0\xff\xff\0\0\0\0"), &m));
    assert_false(read_bind((struct slice)BODY("\0\0\0\0\xff\xff\0\0"), &m));
    assert_false(read_bind((struct slice)BODY("\0\0\0\0\0\1\x7f\xff\xff\xff\0\0"), &m));
    assert_false(read_bind((struct slice)BODY("\0\0\0\0\0\1\xff\xff\xff\xfe\0\0"), &m));
}

static void test_parse(void **state)
{
    (void)state;
    union message m;
    assert_true(read_parse(samples[1].body, &m));
    assert_true(slice_eq_str(m.parse.query, "select $1"));
    assert_int_equal(m.parse.type_count, 2);
    assert_int_equal(pg_parse_type(&m.parse, 0), 23);
    assert_int_equal(pg_parse_type(&m.parse, 1), 0);
}

static void test_startup(void **state)
{
    (void)state;
    struct pg_startup startup;
    struct slice name, value;
    struct slice body = BODY("\0\3\0\0user\0ann\0database\0\0\0");
    assert_true(pg_read_startup(body, &startup));
    assert_int_equal(startup.code, PG_PROTOCOL_VERSION(3));
    assert_true(pg_read_parameter(&startup.parameters, &name, &value));
    assert_true(slice_eq_str(name, "user") && slice_eq_str(value, "ann"));
    assert_true(pg_read_parameter(&startup.parameters, &name, &value));
    assert_true(slice_eq_str(name, "database") && value.len == 0);
    assert_false(pg_read_parameter(&startup.parameters, &name, &value));
    assert_true(pg_parameters_end(&startup.parameters));
    for (size_t len = 4; len + 1 < body.len; len++) {
        assert_true(pg_read_startup(slice_of(body.ptr, len), &startup));
        while (pg_read_parameter(&startup.parameters, &name, &value))
            ;
        bool whole = len == 4 + 9 + 1 + 9; /* a value's end looks like the terminator's place */
        assert_true(whole || !pg_parameters_end(&startup.parameters));
    }
}

static void assert_out(struct outq *q, struct slice expected)
{
    struct slice got = outq_flatten(q);
    assert_int_equal(got.len, expected.len);
    assert_memory_equal(got.ptr, expected.ptr, expected.len);
    outq_done(q);
}

static void test_encode(void **state)
{
    (void)state;
    struct outq q = {0};
    pg_put_auth_ok(&q);
    pg_put_auth_md5(&q, (const uint8_t *)"salt");
    pg_put_auth_sasl(&q, slice_str("X"));
    pg_put_ready(&q, PG_STATUS_BLOCK);
    assert_out(&q, (struct slice)BODY("R\0\0\0\x08\0\0\0\0"
                                      "R\0\0\0\x0c\0\0\0\5salt"
                                      "R\0\0\0\x0b\0\0\0\x0aX\0\0"
                                      "Z\0\0\0\5T"));
    struct pg_error_field fields[] = {
        {'S',              slice_str("ERROR")},
        { 'D',   slice_of(NULL,                 0)},
        { 'M', slice_of("a\0b",                 3)},
    };
    pg_put_error(&q, 'E', fields, 3);
    pg_put_command_complete(&q, slice_str("SELECT 1"));
    pg_put_copy_response(&q, 'G', 1, 2);
    pg_put_copy_data(&q, slice_str("xy"));
    pg_put_function_result(&q, slice_of(NULL, 0));
    assert_out(&q, (struct slice)BODY("E\0\0\0\x0fSERROR\0Ma\0\0"
                                      "C\0\0\0\x0dSELECT 1\0"
                                      "G\0\0\0\x0b\1\0\2\0\1\0\1"
                                      "d\0\0\0\6xy"
                                      "V\0\0\0\x08\xff\xff\xff\xff"));
}

static void test_encode_rows(void **state)
{
    (void)state;
    struct outq q = {0};
    struct pg_column column = {slice_str("id"), 16384, 1, 23, 4, -1, 1};
    struct outq_mark mark = pg_begin_row_description(&q, 1);
    pg_put_row_column(&q, &column);
    pg_end(&q, mark);
    pg_put_parameter_description(&q, (const uint32_t[]){25}, 1);
    pg_put_empty(&q, PG_NO_DATA);
    assert_out(
        &q, (struct slice)BODY("T\0\0\0\x1b\0\1id\0\0\0\x40\0\0\1\0\0\0\x17\0\4\xff\xff\xff\xff\0\1"
                               "t\0\0\0\x0a\0\1\0\0\0\x19"
                               "n\0\0\0\4"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cut_bodies),      cmocka_unit_test(test_bind),
        cmocka_unit_test(test_bind_counts_lie), cmocka_unit_test(test_parse),
        cmocka_unit_test(test_startup),         cmocka_unit_test(test_encode),
        cmocka_unit_test(test_encode_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
