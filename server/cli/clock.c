#include <string.h>

#include "common/time_text.h"

#include "server/cli/show.h"

static const struct answer_column columns[] = {
    {"now", NULL, NULL, false},
    {"frozen", NULL, NULL, true},
    {0    },
};

static const struct verb {
    const char *name;
    bool (*check)(struct slice value, int64_t *out_ms); /* NULL: it takes no value */
    const char *expected;
} verbs[] = {
    {"set",     time_parse_instant,  "a time such as 2030-01-31T12:00:00Z, or seconds since 1970"},
    {"advance", time_parse_duration, "a duration such as 250ms, 5s, 2h"                          },
    {"freeze",  NULL,                NULL                                                        },
    {"run",     NULL,                NULL                                                        },
};

/* The verbs and their values, in any number. */
static bool put_verbs(struct cli_call *call, const struct words *words, struct remote *remote)
{
    for (size_t i = 0; i < words->count; i++) {
        const struct verb *verb = verbs, *end = verbs + sizeof(verbs) / sizeof(verbs[0]);
        while (verb < end && strcmp(verb->name, words->word[i]) != 0)
            verb++;
        int64_t ms;
        if (verb == end) {
            cli_usage(call, "the clock cannot '%s': set, advance, freeze or run it",
                      words->word[i]);
            return false;
        }
        if (!verb->check) {
            remote_truth(remote, verb->name);
            continue;
        }
        if (++i == words->count) {
            cli_usage(call, "clock %s needs %s", verb->name, verb->expected);
            return false;
        }
        const char *value = words->word[i];
        if (!verb->check(slice_str(value), &ms)) {
            cli_usage(call, "clock %s: expected %s, got '%s'", verb->name, verb->expected, value);
            return false;
        }
        remote_argument(remote, verb->name, slice_str(value));
    }
    return true;
}

enum exit_status cli_clock(struct cli_call *call)
{
    struct words words;
    struct remote remote;
    enum exit_status status;
    if (!words_read(call, &words, 0, 4, "", &status))
        return status;
    remote_begin(&remote, words.count ? "PUT" : "GET", "/clock");
    if (put_verbs(call, &words, &remote)) {
        remote_optional(&remote, "world", words.world);
        return show(&remote, &words, &(struct show){.columns = columns});
    }
    remote_end(&remote);
    return STATUS_USAGE;
}
