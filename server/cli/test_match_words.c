#include <stdio.h>

#include "common/unit_test.h"

#include "server/cli/match_words.h"

struct accepted {
    const char *word;
    enum match_user user;
    const char *name, *value;
};

static void words_become_arguments(void **state)
{
    (void)state;
    static const struct accepted words[] = {
        {"service=redis",   MATCH_JOURNAL, "service",     "redis"          },
        {"op=CONFIG GET",   MATCH_FAULT,   "op",          "CONFIG GET"     },
        {"key=a=b*",        MATCH_JOURNAL, "key",         "a=b*"           },
        {"connection=7",    MATCH_FAULT,   "connection",  "7"              },
        {"world=t1",        MATCH_JOURNAL, "world",       "t1"             },
        {"since=0",         MATCH_JOURNAL, "since",       "0"              },
        {"nth=3",           MATCH_FAULT,   "nth",         "3"              },
        {"times=2",         MATCH_FAULT,   "times",       "2"              },
        {"probability=0.1", MATCH_FAULT,   "probability", "0.1"            },
        {"error",           MATCH_FAULT,   "action",      "error"          },
        {"error=OOM:a b=c", MATCH_FAULT,   "action",      "error=OOM:a b=c"},
        {"delay=250ms",     MATCH_FAULT,   "action",      "delay=250ms"    },
        {"drop-reply",      MATCH_FAULT,   "action",      "drop-reply"     },
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        struct slice name, value;
        struct problem why;
        if (!match_word_read(words[i].word, words[i].user, &name, &value, &why))
            fail_msg("%s: %s", words[i].word, why.text);
        assert_true(slice_eq_str(name, words[i].name));
        assert_true(slice_eq_str(value, words[i].value));
    }
}

struct refused {
    const char *word;
    enum match_user user;
    const char *why; /* a part of it */
};

static void wrong_words_are_explained(void **state)
{
    (void)state;
    static const struct refused words[] = {
        {"redis",           MATCH_JOURNAL, "no MATCH"             },
        {"service=",        MATCH_JOURNAL, "the name of a service"},
        {"sevice=redis",    MATCH_JOURNAL, "did you mean service" },
        {"connection=x",    MATCH_JOURNAL, "a connection's number"},
        {"since=-1",        MATCH_JOURNAL, "a record's number"    },
        {"nth=1",           MATCH_JOURNAL, ""                     },
        {"drop",            MATCH_JOURNAL, "no MATCH"             },
        {"since=1",         MATCH_FAULT,   ""                     },
        {"probability=1.5", MATCH_FAULT,   "a number from 0 to 1" },
        {"probability=nan", MATCH_FAULT,   "a number from 0 to 1" },
        {"delay=soon",      MATCH_FAULT,   "soon"                 },
        {"explode",         MATCH_FAULT,   "nor an ACTION"        },
        {"",                MATCH_FAULT,   "nor an ACTION"        },
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        struct slice name, value;
        struct problem why = {""};
        assert_false(match_word_read(words[i].word, words[i].user, &name, &value, &why));
        if (!why.text[0] || !strstr(why.text, words[i].why))
            fail_msg("%s: %s", words[i].word, why.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_become_arguments),
        cmocka_unit_test(wrong_words_are_explained),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
