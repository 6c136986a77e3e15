#include <stdlib.h>

#include "common/unit_test.h"
#include "emulators/postgres/settings.h"

struct fixture {
    struct heap *heap;
    struct arena arena;
    struct pg_settings settings;
    struct sql_error error;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    f->heap = heap_create(0);
    pg_settings_init(&f->settings, f->heap, NULL);
    sql_error_begin(&f->error, &f->arena);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    pg_settings_done(&f->settings);
    int left = (int)heap_used(f->heap);
    heap_destroy(f->heap);
    arena_done(&f->arena);
    free(f);
    return left;
}

static bool set_with(struct fixture *f, const char *name, const char *value, unsigned level,
                     enum pg_setting_action action)
{
    struct pg_setting_change change = {
        .name = slice_str(name),
        .value = value ? slice_str(value) : slice_of(NULL, 0),
        .action = action,
        .source = PG_SOURCE_SESSION,
        .level = level,
        .is_superuser = true,
    };
    sql_error_begin(&f->error, &f->arena);
    return pg_settings_set(&f->settings, &f->arena, &change, &f->error);
}

static bool set(struct fixture *f, const char *name, const char *value)
{
    bool ok = set_with(f, name, value, 1, PG_SET_SESSION);
    pg_settings_end(&f->settings, 1, ok);
    return ok;
}

static void assert_shows(struct fixture *f, const char *name, const char *expected)
{
    struct slice shown;
    sql_error_begin(&f->error, &f->arena);
    assert_true(pg_settings_show(&f->settings, &f->arena, slice_str(name), &shown, &f->error));
    assert_true(shown.ptr != NULL);
    char text[256] = {0};
    memcpy(text, shown.ptr, shown.len);
    assert_string_equal(text, expected);
}

/* What the real server answers to SET name = value: what SHOW says then, or the error. */
static const struct {
    const char *name, *value, *shown, *sqlstate, *message;
} values[] = {
    {"work_mem",            "1.5MB",         "1536kB",      NULL,    NULL                                                   },
    {"work_mem",            "3",             NULL,          "22023",
     "3 kB is outside the valid range for parameter \"work_mem\" (64 .. 2147483647)"                                        },
    {"work_mem",            "abc",           NULL,          "22023", "invalid value for parameter \"work_mem\": \"abc\""    },
    {"work_mem",            "1 XB",          NULL,          "22023", "invalid value for parameter \"work_mem\": \"1 XB\""   },
    {"work_mem",            "4TB",           NULL,          "22023", "invalid value for parameter \"work_mem\": \"4TB\""    },
    {"statement_timeout",   "1.5s",          "1500ms",      NULL,    NULL                                                   },
    {"statement_timeout",   "2min",          "2min",        NULL,    NULL                                                   },
    {"statement_timeout",   "0",             "0",           NULL,    NULL                                                   },
    {"statement_timeout",   "-1",            NULL,          "22023",
     "-1 ms is outside the valid range for parameter \"statement_timeout\" (0 .. 2147483647)"                               },
    {"enable_seqscan",      "tr",            "on",          NULL,    NULL                                                   },
    {"enable_seqscan",      "o",             NULL,          "22023", "parameter \"enable_seqscan\" requires a Boolean value"},
    {"client_min_messages", "DEBUG",         "debug2",      NULL,    NULL                                                   },
    {"client_min_messages", "foo",           NULL,          "22023",
     "invalid value for parameter \"client_min_messages\": \"foo\""                                                         },
    {"synchronous_commit",  "true",          "on",          NULL,    NULL                                                   },
    {"seq_page_cost",       "1e2",           "100",         NULL,    NULL                                                   },
    {"seq_page_cost",       "-1",            NULL,          "22023",
     "-1 is outside the valid range for parameter \"seq_page_cost\" (0 .. 1.79769e+308)"                                    },
    {"vacuum_cost_delay",   "0.33",          "330us",       NULL,    NULL                                                   },
    {"vacuum_cost_delay",   "1us",           "1us",         NULL,    NULL                                                   },
    {"datestyle",           "german, dmy",   "German, DMY", NULL,    NULL                                                   },
    {"DateStyle",           "sql, ymd",      "SQL, YMD",    NULL,    NULL                                                   },
    {"DateStyle",           "sql, postgres", NULL,          "22023",
     "invalid value for parameter \"DateStyle\": \"sql, postgres\""                                                         },
    {"client_encoding",     "utf-8",         "UTF8",        NULL,    NULL                                                   },
    {"application_name",    "h\xc3\xa9",     "h??",         NULL,    NULL                                                   },
    {"search_path",         "x,,y",          NULL,          "22023", "invalid value for parameter \"search_path\": \"x,,y\""},
    {"search_path",         "a, \"B c\"",    "a, \"B c\"",  NULL,    NULL                                                   },
    {"a.b",                 "x y",           "x y",         NULL,    NULL                                                   },
    {"a.b-c",               "1",             NULL,          "42602", "invalid configuration parameter name \"a.b-c\""       },
    {"nosuch",              "1",             NULL,          "42704", "unrecognized configuration parameter \"nosuch\""      },
    {"shared_buffers",      "1",             NULL,          "55P02",
     "parameter \"shared_buffers\" cannot be changed without restarting the server"                                         },
    {"server_version",      "1",             NULL,          "55P02", "parameter \"server_version\" cannot be changed"       },
    {"checkpoint_timeout",  "1s",            NULL,          "55P02",
     "parameter \"checkpoint_timeout\" cannot be changed now"                                                               },
    {"post_auth_delay",     "1",             NULL,          "55P02",
     "parameter \"post_auth_delay\" cannot be set after connection start"                                                   },
    {"seed",                "0.5",           "unavailable", NULL,    NULL                                                   },
};

static void test_values(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        bool ok = set(f, values[i].name, values[i].value);
        if (ok != (values[i].sqlstate == NULL))
            print_error("SET %s = %s: %.*s\n", values[i].name, values[i].value,
                        SLICE_ARG(f->error.message));
        assert_int_equal(ok, values[i].sqlstate == NULL);
        if (ok) {
            assert_shows(f, values[i].name, values[i].shown);
            continue;
        }
        assert_string_equal(f->error.sqlstate, values[i].sqlstate);
        assert_true(slice_eq_str(f->error.message, values[i].message));
    }
}

static void test_presets(void **state)
{
    struct fixture *f = *state;
    assert_shows(f, "work_mem", "4MB");
    assert_shows(f, "shared_buffers", "128MB");
    assert_shows(f, "DateStyle", "ISO, MDY");
    assert_shows(f, "log_file_mode", "0600");
    assert_shows(f, "is_superuser", "on");
    assert_shows(f, "authentication_timeout", "1min");
    assert_shows(f, "transaction_isolation", "read committed");
    for (unsigned i = 0; i < PG_SETTING_COUNT; i++) {
        assert_int_equal(pg_setting_find(slice_str(pg_setting_table[i].name)), i);
        assert_non_null(pg_settings_show_at(&f->settings, &f->arena, i).ptr);
    }
    for (unsigned i = 0; i < pg_setting_hooks_count; i++)
        assert_ptr_equal(pg_setting_hooks(pg_setting_hooks_table[i].name),
                         &pg_setting_hooks_table[i]);
}

static void test_transactions(void **state)
{
    struct fixture *f = *state;
    struct pg_settings *s = &f->settings;
    assert_true(set_with(f, "work_mem", "1MB", 2, PG_SET_SESSION));
    assert_true(set_with(f, "work_mem", "2MB", 2, PG_SET_LOCAL));
    pg_settings_end(s, 2, true);
    assert_shows(f, "work_mem", "2MB");
    assert_true(set_with(f, "work_mem", "3MB", 2, PG_SET_SESSION));
    pg_settings_end(s, 2, false);
    assert_shows(f, "work_mem", "2MB");
    pg_settings_end(s, 1, true);
    assert_shows(f, "work_mem", "1MB");
    assert_int_equal(s->now.work_memory_kb, 1024);

    assert_true(set_with(f, "work_mem", "9MB", 1, PG_SET_LOCAL));
    assert_true(set_with(f, "work_mem", "8MB", 3, PG_SET_SESSION));
    pg_settings_end(s, 3, true);
    pg_settings_end(s, 2, true);
    assert_shows(f, "work_mem", "8MB");
    pg_settings_end(s, 1, false);
    assert_shows(f, "work_mem", "1MB");
    assert_true(set(f, "work_mem", NULL));
    assert_shows(f, "work_mem", "4MB");
}

static void test_reset_all(void **state)
{
    struct fixture *f = *state;
    assert_true(set(f, "DateStyle", "German") && set(f, "a.b", "1"));
    f->settings.reported_count = 0;
    assert_true(pg_settings_reset_all(&f->settings, &f->arena, 1, true, &f->error));
    assert_shows(f, "DateStyle", "ISO, MDY");
    assert_shows(f, "a.b", "");
    assert_int_equal(f->settings.reported_count, 1);
    pg_settings_end(&f->settings, 1, false);
    assert_shows(f, "DateStyle", "German, DMY");
    assert_shows(f, "a.b", "1");
}

static void test_rows(void **state)
{
    struct fixture *f = *state;
    struct pg_setting_row row;
    unsigned at = 0, count = 0;
    assert_true(set(f, "a.b", "1"));
    while (pg_settings_next(&f->settings, &f->arena, &at, &row))
        count++;
    /* As many as the real server shows, the one that 17 adds, and the custom one. */
    assert_int_equal(count, 356);
    assert_true(slice_eq_str(row.name, "a.b"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_values, setup, teardown),
        cmocka_unit_test_setup_teardown(test_presets, setup, teardown),
        cmocka_unit_test_setup_teardown(test_transactions, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reset_all, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rows, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
