#include <stdio.h>

#include "common/unit_test.h"
#include "emulators/redis/command_info.h"

static const struct redis_command_info *find(const char *name)
{
    return redis_command_find(slice_str(name));
}

static void test_every_command_is_found(void **state)
{
    (void)state;
    assert_int_equal(redis_command_top_count(), 250);
    assert_int_equal(redis_command_count(), 379);
    for (uint32_t i = 0; i < redis_command_count(); i++) {
        const struct redis_command_info *info = redis_command_at(i);
        char upper[64];
        size_t len = 0;
        for (; info->full_name[len]; len++)
            upper[len] = info->full_name[len] >= 'a' && info->full_name[len] <= 'z'
                             ? (char)(info->full_name[len] - 32)
                             : info->full_name[len];
        assert_int_equal(info->index, i);
        assert_int_equal(info->full_name_len, len);
        assert_ptr_equal(redis_command_find_full(slice_of(upper, len)), info);
        assert_ptr_equal(redis_command_find(slice_of(upper, len)), info->parent ? NULL : info);
        if (info->parent)
            assert_ptr_equal(redis_command_find_sub(info->parent, slice_str(info->name)), info);
        for (unsigned s = 0; s < info->subcommand_count; s++)
            assert_ptr_equal(info->subcommands[s].parent, info);
        assert_ptr_not_equal(redis_command_find_full(slice_of(upper, len - 1)), info);
    }
}

static void test_what_is_no_command_is_not_found(void **state)
{
    (void)state;
    static const char *const none[] = {"",     "g",      "ge",   "gett", "get ",     "client|kill",
                                       "|kil", "xxxxxx", "\xff", "@et",  "client|x", "client|"};
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        assert_null(find(none[i]));
    char longest[4096];
    memset(longest, 'g', sizeof(longest));
    for (size_t len = 1; len <= sizeof(longest); len++)
        assert_null(redis_command_find(slice_of(longest, len)));
    assert_null(redis_command_find_sub(find("client"), slice_of(longest, sizeof(longest))));
    assert_null(redis_command_find_sub(find("client"), slice_str("")));
    assert_null(redis_command_find_sub(find("get"), slice_str("kill")));
}

static void test_facts(void **state)
{
    (void)state;
    const struct redis_command_info *set = find("Set");
    assert_string_equal(set->name, "set");
    assert_int_equal(set->arity, -3);
    assert_int_equal(set->flags, REDIS_COMMAND_WRITE | REDIS_COMMAND_DENYOOM);
    assert_int_equal(set->categories, 1u << REDIS_CATEGORY_WRITE | 1u << REDIS_CATEGORY_STRING |
                                          1u << REDIS_CATEGORY_SLOW);
    assert_int_equal(set->first_key, 1);
    const struct redis_command_info *kill = redis_command_by_name("client|kill");
    assert_string_equal(kill->name, "kill");
    assert_ptr_equal(kill->parent, find("CLIENT"));
    assert_true(find("client")->has_subcommands);
    assert_int_equal(find("exec")->flags & REDIS_COMMAND_EXEC, REDIS_COMMAND_EXEC);
    assert_string_equal(redis_category_name(REDIS_CATEGORY_SORTEDSET), "sortedset");
}

/* ---- keys */

#define WORDS_MAX 16

/* Splits at blanks; '' is the empty word. */
static uint32_t split(const char *line, struct slice argv[WORDS_MAX])
{
    uint32_t argc = 0;
    while (*line && argc < WORDS_MAX) {
        size_t len = strcspn(line, " ");
        argv[argc++] = slice_of(line, len == 2 && line[0] == '\'' ? 0 : len);
        line += len + (line[len] == ' ');
    }
    return argc;
}

static const struct redis_command_info *resolve(const struct slice *argv, uint32_t argc)
{
    const struct redis_command_info *info = redis_command_find(argv[0]);
    if (info && info->has_subcommands && argc > 1)
        info = redis_command_find_sub(info, argv[1]);
    assert_non_null(info);
    return info;
}

/* "key:RO,access key2:..." as COMMAND GETKEYSANDFLAGS would tell. */
static void render(const struct redis_key_range *ranges, uint32_t count, const struct slice *argv,
                   char *out, size_t room)
{
    static const char *const names[] = {
        "RO",        "RW",          "OW",      "RM",         "access",         "update",
        "insert",    "delete",      "not_key", "incomplete", "variable_flags", "pattern",
        "subscribe", "unsubscribe", "publish"};
    size_t len = 0;
    out[0] = 0;
    for (uint32_t r = 0; r < count; r++)
        for (uint32_t i = ranges[r].first; i <= ranges[r].last; i += ranges[r].step) {
            len += (size_t)snprintf(out + len, room - len, "%s" SLICE_FMT, len ? " " : "",
                                    SLICE_ARG(argv[i]));
            char between = ':';
            for (unsigned f = 0; f < sizeof(names) / sizeof(names[0]); f++)
                if (ranges[r].flags & 1u << f) {
                    len += (size_t)snprintf(out + len, room - len, "%c%s", between, names[f]);
                    between = ',';
                }
        }
}

/* Recorded from redis-server 7.0.15's COMMAND GETKEYSANDFLAGS; empty: it finds none. */
static const struct {
    const char *line, *keys;
} key_table[] = {
    {"GET k",                                              "k:RO,access"                                    },
    {"SET k v",                                            "k:OW,update"                                    },
    {"SET k v GET",                                        "k:RW,access,update"                             },
    {"SET k v EX 10 get",                                  "k:RW,access,update"                             },
    {"SET k v NX getx",                                    "k:OW,update"                                    },
    {"MSET a 1 b 2 c 3",                                   "a:OW,update b:OW,update c:OW,update"            },
    {"MSET a 1 b",                                         "a:OW,update b:OW,update"                        },
    {"MGET a b c",                                         "a:RO,access b:RO,access c:RO,access"            },
    {"DEL a b c",                                          "a:RM,delete b:RM,delete c:RM,delete"            },
    {"RENAME a b",                                         "a:RW,access,delete b:OW,update"                 },
    {"COPY a b DB 3",                                      "a:RO,access b:OW,update"                        },
    {"BITFIELD k GET u8 0",                                "k:RO,access"                                    },
    {"BITFIELD k GET u8 0 SET u8 0 1",                     "k:RW,access,update"                             },
    {"BITFIELD k OVERFLOW WRAP GET u8 0",                  "k:RO,access"                                    },
    {"BITFIELD k GET u8",                                  "k:RW,access,update"                             },
    {"BITFIELD k OVERFLOW",                                "k:RW,access,update"                             },
    {"BITFIELD_RO k GET u8 0",                             "k:RO,access"                                    },
    {"BITOP AND d a b c",                                  "d:OW,update a:RO,access b:RO,access c:RO,access"},
    {"SORT k",                                             "k:RO,access"                                    },
    {"SORT k STORE d",                                     "k:RO,access d:OW,update"                        },
    {"SORT k BY store GET store STORE d",                  "k:RO,access d:OW,update"                        },
    {"SORT k LIMIT store x STORE d STORE e",               "k:RO,access e:OW,update"                        },
    {"SORT k STORE",                                       "k:RO,access"                                    },
    {"SORT_RO k BY w_*",                                   "k:RO,access"                                    },
    {"EVAL s 2 a b c",                                     "a:RW,access,update b:RW,access,update"          },
    {"EVAL s 0 a",                                         ""                                               },
    {"EVAL s 3 a b",                                       ""                                               },
    {"EVAL s x a",                                         ""                                               },
    {"EVAL s 1x a b",                                      "a"                                              },
    {"EVALSHA s +1 a b",                                   "a"                                              },
    {"EVAL_RO s 1 a",                                      "a:RO,access"                                    },
    {"FCALL f 2 a b",                                      "a:RW,access,update b:RW,access,update"          },
    {"FCALL_RO f 0",                                       ""                                               },
    {"XREAD STREAMS a b 0 0",                              "a:RO,access b:RO,access"                        },
    {"XREAD COUNT 2 BLOCK 10 STREAMS a 0",                 "a:RO,access"                                    },
    {"XREAD STREAMS a b 0",                                "a:RO,access"                                    },
    {"XREAD COUNT streams STREAMS a",                      "STREAMS:RO,access"                              },
    {"XREADGROUP GROUP g c STREAMS a b > >",               "a:RO,access b:RO,access"                        },
    {"XREADGROUP GROUP STREAMS c STREAMS a >",             "a:RO,access"                                    },
    {"ZUNIONSTORE d 2 a b",                                "d:OW,update a:RO,access b:RO,access"            },
    {"ZUNIONSTORE d 2 a b WEIGHTS 1 2",                    "d:OW,update a:RO,access b:RO,access"            },
    {"ZUNIONSTORE d 3 a b",                                ""                                               },
    {"ZUNIONSTORE d 1a a b",                               "a d"                                            },
    {"ZUNION 2 a b WITHSCORES",                            "a:RO,access b:RO,access"                        },
    {"ZDIFF 0 a",                                          ""                                               },
    {"ZINTERCARD 2 a b LIMIT 1",                           "a:RO,access b:RO,access"                        },
    {"SINTERCARD 1 a LIMIT 5",                             "a:RO,access"                                    },
    {"LMPOP 2 a b LEFT",                                   "a:RW,access,delete b:RW,access,delete"          },
    {"BLMPOP 0 1 a LEFT",                                  "a:RW,access,delete"                             },
    {"BZMPOP 0 2 a b MIN",                                 "a:RW,access,delete b:RW,access,delete"          },
    {"ZMPOP 1 a MAX",                                      "a:RW,access,delete"                             },
    {"LMPOP -1 a LEFT",                                    ""                                               },
    {"BLPOP a b 0",                                        "a:RW,access,delete b:RW,access,delete"          },
    {"BRPOPLPUSH a b 0",                                   "a:RW,access,delete b:RW,insert"                 },
    {"BLMOVE a b LEFT RIGHT 0",                            "a:RW,access,delete b:RW,insert"                 },
    {"MIGRATE h 1 k 0 1",                                  "k:RW,access,delete"                             },
    {"MIGRATE h 1 k 0 1 COPY",                             "k:RW,access,delete"                             },
    {"MIGRATE h 1 '' 0 1 KEYS a b",                        "a:RW,access,delete b:RW,access,delete"          },
    {"MIGRATE h 1 k 0 1 KEYS a b",                         ""                                               },
    {"MIGRATE h 1 '' 0 1 AUTH keys KEYS a",                "a:RW,access,delete"                             },
    {"MIGRATE h 1 '' 0 1 AUTH2 u keys REPLACE KEYS a b c",
     "a:RW,access,delete b:RW,access,delete c:RW,access,delete"                                             },
    {"MIGRATE h 1 '' 0 1 KEYS",                            ":RW,access,delete"                              },
    {"GEORADIUS k 1 2 3 m",                                "k:RO,access"                                    },
    {"GEORADIUS k 1 2 3 m STORE d",                        "k:RO,access d:OW,update"                        },
    {"GEORADIUS k 1 2 3 m STOREDIST d",                    "k:RO,access d:OW,update"                        },
    {"GEORADIUS k 1 2 3 m STORE d STOREDIST e",            "k:RO,access d:OW,update e:OW,update"            },
    {"GEORADIUS k 1 2 3 m STORE",                          "k:RO,access"                                    },
    {"GEORADIUSBYMEMBER k m 3 km STORE d",                 "k:RO,access d:OW,update"                        },
    {"GEORADIUS_RO k 1 2 3 m",                             "k:RO,access"                                    },
    {"GEOSEARCHSTORE d s FROMMEMBER m BYRADIUS 1 m",       "d:OW,update s:RO,access"                        },
    {"OBJECT ENCODING k",                                  "k:RO"                                           },
    {"OBJECT FREQ k",                                      "k:RO"                                           },
    {"MEMORY USAGE k SAMPLES 3",                           "k:RO"                                           },
    {"XINFO STREAM k FULL",                                "k:RO,access"                                    },
    {"XGROUP CREATE k g $",                                "k:RW,insert"                                    },
    {"XGROUP CREATECONSUMER k g c",                        "k:RW,insert"                                    },
    {"PFCOUNT a b",                                        "a:RW,access b:RW,access"                        },
    {"PFMERGE d a b",                                      "d:RW,access,insert a:RO,access b:RO,access"     },
    {"PFDEBUG ENCODING k",                                 "k:RW,access"                                    },
    {"LCS a b LEN",                                        "a:RO,access b:RO,access"                        },
    {"SMOVE a b m",                                        "a:RW,access,delete b:RW,insert"                 },
    {"SINTERSTORE d a b",                                  "d:RW,update a:RO,access b:RO,access"            },
    {"TOUCH a b",                                          "a:RO b:RO"                                      },
    {"WATCH a b",                                          "a:RO b:RO"                                      },
    {"DUMP k",                                             "k:RO,access"                                    },
    {"RESTORE k 0 v",                                      "k:OW,update"                                    },
    {"GETDEL k",                                           "k:RW,access,delete"                             },
    {"GETEX k EX 1",                                       "k:RW,access,update"                             },
    {"EXPIRE k 1",                                         "k:RW,update"                                    },
    {"UNLINK a",                                           "a:RM,delete"                                    },
    {"ZRANGESTORE d s 0 1",                                "d:OW,update s:RO,access"                        },
    {"ZADD k 1 m",                                         "k:RW,update"                                    },
    {"LPUSH k v",                                          "k:RW,insert"                                    },
    {"HSET k f v",                                         "k:RW,update"                                    },
    {"SINTERCARD 2 a",                                     ""                                               },
    {"RPOPLPUSH a b",                                      "a:RW,access,delete b:RW,insert"                 },
    {"EVAL s -1 a",                                        ""                                               },
    {"DEBUG OBJECT k",                                     ""                                               },
};

static void test_keys(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(key_table) / sizeof(key_table[0]); i++) {
        struct slice argv[WORDS_MAX];
        struct redis_key_range ranges[REDIS_KEY_RANGES_MAX];
        char found[512];
        uint32_t argc = split(key_table[i].line, argv);
        const struct redis_command_info *info = resolve(argv, argc);
        render(ranges, redis_command_keys(info, argv, argc, ranges), argv, found, sizeof(found));
        assert_string_equal(found, key_table[i].keys);
    }
}

static void test_channels(void **state)
{
    (void)state;
    static const struct {
        const char *line, *channels;
    } table[] = {
        {"SUBSCRIBE a b", "a:subscribe b:subscribe"},
        {"PSUBSCRIBE a*", "a*:pattern,subscribe"   },
        {"SUNSUBSCRIBE",  ""                       },
        {"PUBLISH c m",   "c:publish"              },
        {"SPUBLISH c m",  "c:publish"              },
        {"GET k",         ""                       },
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct slice argv[WORDS_MAX];
        struct redis_key_range range;
        char found[512];
        uint32_t argc = split(table[i].line, argv);
        bool has = redis_command_channels(resolve(argv, argc), argc, &range);
        render(&range, has, argv, found, sizeof(found));
        assert_string_equal(found, table[i].channels);
    }
}

/* In a cluster the channels of SPUBLISH and SSUBSCRIBE have slots, those of PUBLISH have none. */
static void test_shard_channels_have_slots(void **state)
{
    (void)state;
    struct slice argv[WORDS_MAX];
    struct redis_key_range ranges[REDIS_KEY_RANGES_MAX];
    uint32_t argc = split("SSUBSCRIBE a b", argv);
    assert_int_equal(redis_command_keys(find("ssubscribe"), argv, argc, ranges), 0);
    assert_int_equal(redis_command_slots(find("ssubscribe"), argv, argc, ranges), 1);
    assert_int_equal(ranges[0].last, 2);
    assert_false(redis_command_has_keys(find("ssubscribe")));
    assert_int_equal(redis_command_slots(find("publish"), argv, argc, ranges), 0);
    assert_true(redis_command_has_keys(find("eval")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_command_is_found),
        cmocka_unit_test(test_what_is_no_command_is_not_found),
        cmocka_unit_test(test_facts),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_channels),
        cmocka_unit_test(test_shard_channels_have_slots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
