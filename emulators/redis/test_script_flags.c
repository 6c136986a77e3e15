#include "common/unit_test.h"
#include "emulators/redis/script_flags.h"

struct row {
    const char *body;
    unsigned flags;
    const char *error; /* NULL: fine */
};

static void test_scripts(void **state)
{
    static const struct row rows[] = {
        {"return 1",                          REDIS_SCRIPT_COMPATIBLE,                         NULL                                       },
        {"#!lua\nreturn 1",                   0,                                               NULL                                       },
        {"#!lua flags=\nreturn 1",            0,                                               NULL                                       },
        {"#!lua flags=no-writes,allow-oom\n", REDIS_SCRIPT_NO_WRITES | REDIS_SCRIPT_ALLOW_OOM,
         NULL                                                                                                                             },
        {"#!lua \"flags=allow-stale\"\n",     REDIS_SCRIPT_ALLOW_STALE,                        NULL                                       },
        {"#!lua",                             0,                                               "Invalid script shebang"                   },
        {"#!lua 'x\n",                        0,                                               "Invalid engine in script shebang"         },
        {"#!js\n",                            0,                                               "Unexpected engine in script shebang: #!js"},
        {"#!lua name=a\n",                    0,                                               "Unknown lua shebang option: name=a"       },
        {"#!lua flags=bad\n",                 0,                                               "Unexpected flag in script shebang: bad"   },
        {"#!lua flags=no-writes,\n",          0,                                               "Unexpected flag in script shebang: "      },
    };
    struct arena arena;
    (void)state;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct redis_shebang shebang;
        struct slice error = {0};
        bool ok = redis_shebang_of_script(slice_str(rows[i].body), &arena, &shebang, &error);
        assert_int_equal(ok, rows[i].error == NULL);
        if (ok)
            assert_int_equal(shebang.flags, rows[i].flags);
        else
            assert_true(slice_eq_str(error, rows[i].error));
    }
    arena_done(&arena);
}

static void test_libraries(void **state)
{
    static const struct row rows[] = {
        {"#!LUA name=lib\ncode",   0, NULL                                   },
        {"code",                   0, "Missing library metadata"             },
        {"#!lua name=lib",         0, "Invalid library metadata"             },
        {"#!lua\n",                0, "Library name was not given"           },
        {"#!lua name=a name=b\n",  0,
         "Invalid metadata value, name argument was given multiple times"    },
        {"#!lua name=a foo=bar\n", 0, "Invalid metadata value given: foo=bar"},
    };
    struct arena arena;
    (void)state;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct redis_shebang shebang;
        struct slice error = {0};
        bool ok = redis_shebang_of_library(slice_str(rows[i].body), &arena, &shebang, &error);
        assert_int_equal(ok, rows[i].error == NULL);
        if (ok) {
            assert_true(slice_eq_str(shebang.name, "lib"));
            assert_int_equal(shebang.len, 14);
        } else {
            assert_true(slice_eq_str(error, rows[i].error));
        }
    }
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scripts),
        cmocka_unit_test(test_libraries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
