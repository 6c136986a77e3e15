#include "emulators/postgres/text_search/headline_options.h"

#include <stddef.h>

#include "emulators/sql/value/builtins.h"
#include "emulators/sql/value/integer.h"
#include "emulators/sql/value/text_scan.h"

enum kind { NUMBER, TEXT, SWITCH };

static const struct option {
    const char *name;
    enum kind kind;
    size_t offset;
} options[] = {
    {"MaxWords",          NUMBER, offsetof(struct pg_headline_options, max_words)    },
    {"MinWords",          NUMBER, offsetof(struct pg_headline_options, min_words)    },
    {"ShortWord",         NUMBER, offsetof(struct pg_headline_options, short_word)   },
    {"MaxFragments",      NUMBER, offsetof(struct pg_headline_options, max_fragments)},
    {"StartSel",          TEXT,   offsetof(struct pg_headline_options, start)        },
    {"StopSel",           TEXT,   offsetof(struct pg_headline_options, stop)         },
    {"FragmentDelimiter", TEXT,   offsetof(struct pg_headline_options, delimiter)    },
    {"HighlightAll",      SWITCH, offsetof(struct pg_headline_options, all)          },
};

static bool is_on(struct slice word)
{
    static const char *const words[] = {"1", "on", "true", "t", "y", "yes"};
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (slice_is(word, words[i]))
            return true;
    return false;
}

static bool set_option(struct sql_call *call, struct slice name, struct slice value,
                       struct pg_headline_options *out)
{
    for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
        uint8_t *at = (uint8_t *)out + options[i].offset;
        struct datum number;
        if (!slice_is(name, options[i].name))
            continue;
        if (options[i].kind == SWITCH)
            *(bool *)at = is_on(value);
        else if (options[i].kind == TEXT)
            memcpy(at, &value, sizeof(value));
        else if (!sql_int4_ops.input(call, call->env->find_type(call->env, 23), value, -1, &number))
            return false;
        else
            *(int32_t *)(void *)at = (int32_t)number.i;
        if (options[i].kind == TEXT && value.len > INT16_MAX)
            return sql_fail(call->env->error, "22023", "value for \"%s\" is too long",
                            options[i].name);
        return true;
    }
    return sql_fail(call->env->error, "22023", "unrecognized headline parameter: \"" SLICE_FMT "\"",
                    SLICE_ARG(name));
}

/* ---- the list: name = value, ..., both in quotes where they must be */

static bool fail_list(struct sql_call *call, struct slice list)
{
    return sql_fail(call->env->error, "42601", "invalid parameter list format: \"" SLICE_FMT "\"",
                    SLICE_ARG(list));
}

/* Quoted, its quotes doubled inside; false: it does not end. */
static bool read_quoted(struct sql_call *call, struct slice *rest, struct slice *out)
{
    struct sql_bytes text = sql_bytes_begin(call);
    uint8_t quote = rest->ptr[0];
    size_t at = 1;
    for (; at < rest->len; at++) {
        uint8_t c = rest->ptr[at];
        bool again = at + 1 < rest->len && rest->ptr[at + 1] == quote;
        if (c == quote && !again)
            break;
        at += c == quote;
        sql_bytes_add_char(&text, (char)c);
    }
    if (at >= rest->len || text.failed)
        return false;
    *rest = slice_from(*rest, at + 1);
    *out = sql_bytes_slice(&text);
    return true;
}

/* A word that ends at a blank or one of `ends`. */
static struct slice read_plain(struct slice *rest, const char *ends)
{
    size_t len = 0;
    while (len < rest->len && !sql_is_blank(rest->ptr[len]) && !strchr(ends, rest->ptr[len]))
        len++;
    struct slice word = slice_of(rest->ptr, len);
    *rest = slice_from(*rest, len);
    return word;
}

static bool read_pair(struct sql_call *call, struct slice *rest, struct slice *name,
                      struct slice *value)
{
    bool good = rest->ptr[0] == '"' ? read_quoted(call, rest, name)
                                    : (*name = read_plain(rest, "=,")).len > 0;
    *rest = sql_skip_blanks(*rest);
    if (!good || rest->len == 0 || rest->ptr[0] != '=')
        return false;
    *rest = sql_skip_blanks(slice_from(*rest, 1));
    bool quoted = rest->len && (rest->ptr[0] == '\'' || rest->ptr[0] == '"');
    if (quoted ? !read_quoted(call, rest, value) : (*value = read_plain(rest, ",")).len == 0)
        return false;
    *rest = sql_skip_blanks(*rest);
    if (rest->len == 0)
        return true;
    bool comma = rest->ptr[0] == ',';
    *rest = sql_skip_blanks(slice_from(*rest, 1));
    return comma;
}

static bool check(struct sql_call *call, const struct pg_headline_options *o)
{
    const char *wrong = o->all                         ? NULL
                        : o->min_words >= o->max_words ? "MinWords should be less than MaxWords"
                        : o->min_words <= 0            ? "MinWords should be positive"
                        : o->short_word < 0            ? "ShortWord should be >= 0"
                        : o->max_fragments < 0         ? "MaxFragments should be >= 0"
                                                       : NULL;
    return !wrong || sql_fail(call->env->error, "22023", "%s", wrong);
}

bool pg_headline_options_read(struct sql_call *call, struct slice list,
                              struct pg_headline_options *out)
{
    *out = (struct pg_headline_options){
        .max_words = 35,
        .min_words = 15,
        .short_word = 3,
        .start = slice_str("<b>"),
        .stop = slice_str("</b>"),
        .delimiter = slice_str(" ... "),
    };
    struct slice rest = list.ptr ? sql_skip_blanks(list) : list, name, value;
    while (rest.len > 0) {
        if (!read_pair(call, &rest, &name, &value))
            return fail_list(call, list);
        if (!set_option(call, name, value, out))
            return false;
    }
    return check(call, out);
}
