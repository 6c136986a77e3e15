#include "server/cli/match_words.h"

#include "common/fault.h"
#include "common/text.h"

#include "server/suggest.h"

static bool is_text(struct slice value)
{
    return value.len > 0;
}

static bool is_count(struct slice value)
{
    uint64_t count;
    return text_to_u64(value, &count) && count <= INT64_MAX;
}

static bool is_probability(struct slice value)
{
    double number;
    return text_to_double(value, &number) && number >= 0 && number <= 1;
}

static const struct row {
    const char *name;
    unsigned users;
    const char *expected;
    bool (*check)(struct slice value);
} rows[] = {
    {"service",     MATCH_JOURNAL | MATCH_FAULT, "the name of a service", is_text       },
    {"op",          MATCH_JOURNAL | MATCH_FAULT, "an operation",          is_text       },
    {"key",         MATCH_JOURNAL | MATCH_FAULT, "a pattern of keys",     is_text       },
    {"connection",  MATCH_JOURNAL | MATCH_FAULT, "a connection's number", is_count      },
    {"world",       MATCH_JOURNAL | MATCH_FAULT, "the name of a world",   is_text       },
    {"since",       MATCH_JOURNAL,               "a record's number",     is_count      },
    {"nth",         MATCH_FAULT,                 "a number",              is_count      },
    {"times",       MATCH_FAULT,                 "a number",              is_count      },
    {"probability", MATCH_FAULT,                 "a number from 0 to 1",  is_probability},
};

static bool is_unknown(const char *word, enum match_user user, const char *why,
                       struct problem *problem)
{
    struct suggestion near = {NULL, 0};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (word[strcspn(word, "=")] && rows[i].users & user)
            suggest_consider(&near, slice_of(word, strcspn(word, "=")), rows[i].name);
    if (near.word)
        return problem_say(problem, "there is no '%s'; did you mean %s=...?", word, near.word);
    if (why)
        return problem_say(problem, "'%s' is neither a MATCH nor an ACTION: %s", word, why);
    return problem_say(problem, "'%s' is no MATCH such as service=redis, op=SET, key=user:*", word);
}

bool match_word_read(const char *word, enum match_user user, struct slice *out_name,
                     struct slice *out_value, struct problem *problem)
{
    struct fault_action action;
    char why[FAULT_PROBLEM_MAX];
    size_t len = strcspn(word, "=");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *row = &rows[i];
        if (word[len] != '=' || !(row->users & user) ||
            !slice_eq_str(slice_of(word, len), row->name))
            continue;
        if (!row->check(slice_str(word + len + 1)))
            return problem_say(problem, "%s: expected %s behind the '='", word, row->expected);
        *out_name = slice_of(word, len);
        *out_value = slice_str(word + len + 1);
        return true;
    }
    if (user != MATCH_FAULT)
        return is_unknown(word, user, NULL, problem);
    if (!fault_parse_action(slice_str(word), &action, why))
        return is_unknown(word, user, why, problem);
    *out_name = slice_str("action");
    *out_value = slice_str(word);
    return true;
}
