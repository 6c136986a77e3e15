#include <string.h>

#include "common/text.h"

#include "server/cli/match_words.h"
#include "server/cli/show.h"

static const struct answer_column rule_columns[] = {
    {"id",         NULL, NULL, false},
    {"service",        "service=", NULL, false},
    {"op",            "op=", NULL, true},
    {"key","key=", NULL, true},
    {"connection",       "connection=", NULL, true},
    {"world",         "world=", NULL, true},
    {"nth",        "nth=", NULL, true},
    {"times",            "times=", NULL, true},
    {"probability",            "probability=", NULL, true},
    {"action",        NULL, NULL, false},
    {"matched", NULL, " matched,", false},
    {"applied",        NULL, " applied,", true},
    {"held",            NULL, " held", true},
    {"spent",NULL, NULL, true},
    {0       },
};

static enum exit_status list(struct cli_call *call, const struct words *words)
{
    struct remote remote;
    if (words->count > 1)
        return cli_usage(call, "fault list takes no argument '%s'", words->word[1]);
    remote_begin(&remote, "GET", "/faults");
    remote_optional(&remote, "world", words->world);
    return show(&remote, words,
                &(struct show){.member = "faults", .columns = rule_columns, .is_list = true});
}

/* False: a word is wrong, and the user has been told. */
static bool put_rule(struct cli_call *call, const struct words *words, struct remote *remote)
{
    const char *action = NULL;
    for (size_t i = 1; i < words->count; i++) {
        struct slice name, value;
        struct problem why;
        if (!match_word_read(words->word[i], MATCH_FAULT, &name, &value, &why)) {
            cli_usage(call, "%s", why.text);
            return false;
        }
        bool is_action = slice_eq_str(name, "action");
        if (is_action && action) {
            cli_usage(call, "a rule has one action: %s or %s", action, words->word[i]);
            return false;
        }
        action = is_action ? words->word[i] : action;
        char text[16];
        snprintf(text, sizeof(text), SLICE_FMT, SLICE_ARG(name));
        remote_argument(remote, text, value);
    }
    if (!action)
        cli_usage(call,
                  "fault add needs an ACTION: error, error=CODE:TEXT, delay=250ms, drip=BYTES, "
                  "drop, drop-reply, cut, refuse, hold");
    return action != NULL;
}

static enum exit_status add(struct cli_call *call, const struct words *words)
{
    struct remote remote;
    remote_begin(&remote, "POST", "/faults");
    if (put_rule(call, words, &remote)) {
        remote_optional(&remote, "world", words->world);
        return show(&remote, words, &(struct show){.columns = rule_columns});
    }
    remote_end(&remote);
    return STATUS_USAGE;
}

/* A rule's id is the only argument of the verb. */
static bool has_id(struct cli_call *call, const struct words *words)
{
    uint64_t id;
    if (words->count == 2 && text_to_u64(slice_str(words->word[1]), &id))
        return true;
    cli_usage(call, "fault %s needs the number of a rule, which `parlel fault` shows first",
              words->word[0]);
    return false;
}

static enum exit_status remove_one(struct cli_call *call, const struct words *words)
{
    static const struct answer_column columns[] = {
        {"removed", NULL, NULL, false},
        {0    }
    };
    struct remote remote;
    if (!has_id(call, words))
        return STATUS_USAGE;
    remote_begin(&remote, "DELETE", "/faults");
    remote_segment(&remote, words->word[1]);
    return show(&remote, words, &(struct show){.columns = columns});
}

static enum exit_status clear(struct cli_call *call, const struct words *words)
{
    static const struct answer_column columns[] = {
        {"cleared", NULL, NULL, false},
        {0    }
    };
    struct remote remote;
    if (words->count > 1)
        return cli_usage(call, "fault clear takes no argument '%s'", words->word[1]);
    remote_begin(&remote, "DELETE", "/faults");
    return show(&remote, words, &(struct show){.columns = columns});
}

static enum exit_status release(struct cli_call *call, const struct words *words)
{
    static const struct answer_column columns[] = {
        {"released", NULL, NULL, false},
        {0     }
    };
    struct remote remote;
    if (!has_id(call, words))
        return STATUS_USAGE;
    remote_begin(&remote, "POST", "/faults");
    remote_segment(&remote, words->word[1]);
    remote_segment(&remote, "release");
    return show(&remote, words, &(struct show){.columns = columns});
}

enum exit_status cli_fault(struct cli_call *call)
{
    static const struct {
        const char *name;
        enum exit_status (*run)(struct cli_call *call, const struct words *words);
    } verbs[] = {
        {"list",    list      },
        {"add",     add       },
        {"remove",  remove_one},
        {"clear",   clear     },
        {"release", release   },
    };
    struct words words;
    enum exit_status status;
    if (!words_read(call, &words, 0, 32, "", &status))
        return status;
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
        if (strcmp(words.count ? words.word[0] : "list", verbs[i].name) == 0)
            return verbs[i].run(call, &words);
    return cli_usage(call, "faults cannot be '%s': list, add, remove, clear or release",
                     words.word[0]);
}
