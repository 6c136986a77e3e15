/* Methods of paths that PostgreSQL has since 17; what 15 has is checked against a real server. */
#include "common/unit_test.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/jsonpath.h"

struct fixture {
    struct arena arena;
    struct sql_error error;
    struct sql_format format;
    struct sql_env env;
    struct sql_call call;
};

static void begin(struct fixture *f)
{
    memset(f, 0, sizeof(*f));
    arena_init(&f->arena);
    sql_error_begin(&f->error, &f->arena);
    f->env = (struct sql_env){.arena = &f->arena, .error = &f->error, .format = &f->format};
    f->call = (struct sql_call){.env = &f->env, .arena = &f->arena};
}

/* The first value that a path finds, as text; what ends the run is in f->error. */
static bool run_path(struct fixture *f, const char *document, const char *text, bool with_zones,
                     struct sql_bytes *out)
{
    const struct sql_path_options options = {.with_zones = with_zones};
    struct sql_path_values values;
    struct sql_path path;
    struct datum value;
    bool failed;
    assert_true(sql_jsonb_ops.input(&f->call, NULL, slice_str(document), -1, &value));
    struct sql_jsonb target = sql_jsonb_open(value);
    *out = sql_bytes_begin(&f->call);
    if (!sql_path_parse(&f->call, slice_str(text), &path) ||
        !sql_path_run(&f->call, &path, &target, &options, false, &values, &failed))
        return false;
    assert_true(values.count > 0);
    return sql_jsonb_print(&f->call, &values.items[0], false, out);
}

struct expected {
    const char *document, *path;
    bool with_zones;
    const char *value;              /* NULL: an error */
    const char *sqlstate, *message; /* of the error */
};

static void check(const struct expected *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct fixture f;
        struct sql_bytes text;
        begin(&f);
        bool found = run_path(&f, rows[i].document, rows[i].path, rows[i].with_zones, &text);
        assert_int_equal(found, rows[i].value != NULL);
        if (found) {
            sql_bytes_add_char(&text, '\0');
            assert_string_equal((const char *)text.ptr, rows[i].value);
        } else {
            assert_string_equal(f.error.sqlstate, rows[i].sqlstate);
            assert_true(slice_eq_str(f.error.message, rows[i].message));
        }
        arena_done(&f.arena);
    }
}

#define CHECK(rows) check(rows, sizeof(rows) / sizeof((rows)[0]))

static void test_numbers(void **state)
{
    (void)state;
    static const struct expected rows[] = {
        {"\"  42 \"",           "$.integer()",            false, "42",     NULL,    NULL                                    },
        {"41.5",                "$.bigint()",             false, "42",     NULL,    NULL                                    },
        {"\"0042\"",            "$.bigint()",             false, "42",     NULL,    NULL                                    },
        {"2147483648",          "$.integer()",            false, NULL,     "22036",
         "argument \"2147483648\" of jsonpath item method .integer() is invalid for type integer"                           },
        {"9223372036854775808", "$.bigint()",             false, NULL,     "22036",
         "argument \"9223372036854775808\" of jsonpath item method .bigint() is invalid for type bigint"                    },
        {"true",                "$.bigint()",             false, NULL,     "22036",
         "jsonpath item method .bigint() can only be applied to a string or numeric value"                                  },
        {"\"12.345\"",          "$.number()",             false, "12.345", NULL,    NULL                                    },
        {"12.345",              "$.decimal(4, 1)",        false, "12.3",   NULL,    NULL                                    },
        {"1250",                "$.decimal(4,-2)",        false, "1300",   NULL,    NULL                                    },
        {"12345.6",             "$.decimal(4)",           false, NULL,     "22036",
         "argument \"12345.6\" of jsonpath item method .decimal() is invalid for type numeric"                              },
        {"1",                   "$.decimal(0)",           false, NULL,     "22023",
         "NUMERIC precision 0 must be between 1 and 1000"                                                                   },
        {"1",                   "$.decimal(1,2,3)",       false, NULL,     "42601", "invalid input syntax for type jsonpath"},
        {"1",                   "$.decimal(99999999999)", false, NULL,     "22036",
         "precision of jsonpath item method .decimal() is out of range for type integer"                                    },
        {"\"Infinity\"",        "$.number()",             false, NULL,     "22036",
         "NaN or Infinity is not allowed for jsonpath item method .number()"                                                },
    };
    CHECK(rows);
}

static void test_texts_and_booleans(void **state)
{
    (void)state;
    static const struct expected rows[] = {
        {"\"yes\"",              "$.boolean()",                                 false, "true",      NULL,    NULL},
        {"0",                    "$.boolean()",                                 false, "false",     NULL,    NULL},
        {"\" t\"",               "$.boolean()",                                 false, NULL,        "22036",
         "argument \" t\" of jsonpath item method .boolean() is invalid for type boolean"                        },
        {"[]",                   "strict $.boolean()",                          false, NULL,        "22036",
         "jsonpath item method .boolean() can only be applied to a boolean, string, or numeric value"            },
        {"1.50",                 "$.string()",                                  false, "\"1.50\"",  NULL,    NULL},
        {"false",                "$.string()",                                  false, "\"false\"", NULL,    NULL},
        {"\"2024-02-29 10:00\"", "$.datetime(\"YYYY-MM-DD HH24:MI\").string()", false,
         "\"2024-02-29T10:00:00\"",                                                                 NULL,    NULL},
        {"null",                 "$.string()",                                  false, NULL,        "22036",
         "jsonpath item method .string() can only be applied to a boolean, string, numeric, or datetime "
         "value"                                                                                                 },
    };
    CHECK(rows);
}

static void test_dates_and_times(void **state)
{
    (void)state;
    static const struct expected rows[] = {
        {"\"2024-02-29\"",                  "$.date()",            false, "\"2024-02-29\"",                NULL,    NULL                                      },
        {"\"2024-02-29 10:11:12.345678\"",  "$.date()",            false, "\"2024-02-29\"",                NULL,    NULL                                      },
        {"\"2024-02-29T10:11:12.345678\"",  "$.time(3)",           false, "\"10:11:12.346\"",              NULL,    NULL                                      },
        {"\"10:11:12+02\"",                 "$.time_tz()",         false, "\"10:11:12+02:00\"",            NULL,    NULL                                      },
        {"\"10:11:12+02\"",                 "$.time()",            false, NULL,                            "0A000",
         "cannot convert value from timetz to time without time zone usage"                                                                                   },
        {"\"10:11:12+02\"",                 "$.time()",            true,  "\"10:11:12\"",                  NULL,    NULL                                      },
        {"\"2024-02-29\"",                  "$.timestamp()",       false, "\"2024-02-29T00:00:00\"",       NULL,    NULL                                      },
        {"\"2024-02-29\"",                  "$.timestamp_tz()",    true,  "\"2024-02-29T00:00:00+00:00\"", NULL,    NULL                                      },
        {"\"2024-02-29 10:11:12.5+02:30\"", "$.timestamp_tz(0)",   false,
         "\"2024-02-29T10:11:13+02:30\"",                                                                  NULL,    NULL                                      },
        {"\"10:11\"",                       "$.date()",            false, NULL,                            "22031", "date format is not recognized: \"10:11\""},
        {"\"10:11:12\"",                    "$.timestamp()",       false, NULL,                            "22031",
         "timestamp format is not recognized: \"10:11:12\""                                                                                                   },
        {"1",                               "$.time()",            false, NULL,                            "22031",
         "jsonpath item method .time() can only be applied to a string"                                                                                       },
        {"\"10:11:12\"",                    "$.time(99999999999)", false, NULL,                            "22031",
         "time precision of jsonpath item method .time() is out of range for type integer"                                                                    },
    };
    CHECK(rows);
}

static void test_printed(void **state)
{
    (void)state;
    static const char path[] = "$.\"a\".decimal(4,-2).string().time(3).bigint()";
    struct fixture f;
    struct sql_path parsed;
    begin(&f);
    struct sql_bytes text = sql_bytes_begin(&f.call);
    assert_true(sql_path_parse(&f.call, slice_str(path), &parsed));
    assert_true(sql_path_print(&f.call, &parsed, &text));
    sql_bytes_add_char(&text, '\0');
    assert_string_equal((const char *)text.ptr, path);
    arena_done(&f.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_texts_and_booleans),
        cmocka_unit_test(test_dates_and_times),
        cmocka_unit_test(test_printed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
