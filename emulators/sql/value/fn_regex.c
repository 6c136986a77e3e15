/* Operators of regular expressions, substring, regexp_replace, and what all functions share. */
#include "emulators/sql/value/fn_regex.h"

#include "emulators/sql/value/call.h"
#include "emulators/sql/value/collation.h"
#include "emulators/sql/value/text.h"

#define KEPT_MAX 16 /* expressions of a call site; more are compiled each time */

struct kept_regex {
    struct slice pattern;
    unsigned flags;
    struct sql_regex *regex;
};

struct regex_memo {
    unsigned count;
    struct kept_regex kept[KEPT_MAX];
};

static bool keep(struct sql_call *call, struct regex_memo *memo, struct slice pattern,
                 unsigned flags, struct sql_regex **out)
{
    struct slice copy = arena_dup(call->env->arena, pattern);
    if (!copy.ptr)
        return sql_fail_memory(call->env->error);
    if (!sql_regex_compile(call->env, call->env->arena, copy, flags, out))
        return false;
    memo->kept[memo->count++] = (struct kept_regex){copy, flags, *out};
    return true;
}

bool sql_regex_of(struct sql_call *call, struct slice pattern, unsigned flags,
                  struct sql_regex **out)
{
    struct regex_memo *memo = call->memo;
    if (!sql_require_deterministic(call, "regular expressions"))
        return false;
    if (!memo) {
        memo = call->memo = arena_zalloc(call->env->arena, sizeof(*memo));
        if (!memo)
            return sql_fail_memory(call->env->error);
    }
    for (unsigned i = 0; i < memo->count; i++) {
        if (memo->kept[i].flags == flags && slice_eq(memo->kept[i].pattern, pattern)) {
            *out = memo->kept[i].regex;
            return true;
        }
    }
    if (memo->count < KEPT_MAX)
        return keep(call, memo, pattern, flags, out);
    return sql_regex_compile(call->env, call->arena, pattern, flags, out);
}

bool sql_regex_read_options(struct sql_call *call, struct slice text, struct sql_regex_options *out)
{
    *out = (struct sql_regex_options){0};
    for (size_t at = 0; at < text.len; at++) {
        char letter = (char)text.ptr[at];
        if (letter == 'g') {
            out->global = true;
        } else if (!sql_regex_set_option(&out->flags, letter)) {
            struct slice shown = sql_text_prefix(slice_from(text, at), 1);
            return sql_fail(call->env->error, "22023",
                            "invalid regular expression option: \"%.*s\"", SLICE_ARG(shown));
        }
    }
    return true;
}

static bool give_match(struct sql_call *call, const struct datum *args, unsigned flags,
                       bool negated, struct datum *out)
{
    struct sql_regex *regex;
    bool found;
    return sql_regex_of(call, datum_slice(args[1]), flags, &regex) &&
           sql_regex_search(call, regex, datum_slice(args[0]), 0, NULL, 0, &found) &&
           sql_give_bool(out, found != negated);
}

static bool regex_eq(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return give_match(call, args, 0, false, out);
}

static bool regex_ne(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return give_match(call, args, 0, true, out);
}

static bool regex_nocase_eq(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return give_match(call, args, SQL_REGEX_NOCASE, false, out);
}

static bool regex_nocase_ne(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return give_match(call, args, SQL_REGEX_NOCASE, true, out);
}

/* substring(text from pattern): the first group if there is one, the match otherwise. */
static bool regex_substring(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_regex *regex;
    struct sql_regex_span spans[2];
    bool found;
    if (!sql_regex_of(call, datum_slice(args[1]), 0, &regex) ||
        !sql_regex_search(call, regex, datum_slice(args[0]), 0, spans, 2, &found))
        return false;
    struct sql_regex_span *part = &spans[found && sql_regex_groups(regex) > 0];
    if (!found || part->start == SIZE_MAX)
        return sql_give_null(out);
    return sql_give_slice(out, slice_of(args[0].ptr + part->start, part->end - part->start));
}

/* Appends the replacement, in which \1 to \9 are groups and \& is the match. */
static void add_replacement(struct sql_bytes *out, struct slice text, struct slice how,
                            const struct sql_regex_span *spans, unsigned groups)
{
    while (how.len > 0) {
        char c = (char)how.ptr[0];
        how = slice_from(how, 1);
        if (c != '\\' || how.len == 0) {
            sql_bytes_add_char(out, c);
            continue;
        }
        uint8_t next = how.ptr[0];
        if (next == '\\') {
            sql_bytes_add_char(out, '\\');
        } else if (next == '&' || (next >= '1' && next <= '9')) {
            unsigned group = next == '&' ? 0 : next - '0';
            if (group <= groups && spans[group].start != SIZE_MAX)
                sql_bytes_add(out, text.ptr + spans[group].start,
                              spans[group].end - spans[group].start);
        } else {
            sql_bytes_add_char(out, '\\');
            continue;
        }
        how = slice_from(how, 1);
    }
}

/* What regexp_replace is to do; `number` 0: all matches, otherwise that one. */
struct replacing {
    struct slice text, pattern, with;
    unsigned flags;
    size_t from;
    int64_t number;
};

static bool replace(struct sql_call *call, const struct replacing *r, struct datum *out)
{
    struct sql_regex *regex;
    struct sql_regex_span spans[10];
    struct sql_bytes bytes = sql_bytes_begin(call);
    size_t copied = 0, from = r->from;
    if (!sql_regex_of(call, r->pattern, r->flags, &regex))
        return false;
    unsigned groups = sql_regex_groups(regex) < 9 ? sql_regex_groups(regex) : 9;
    bool refers = r->with.len > 0 && memchr(r->with.ptr, '\\', r->with.len);
    sql_bytes_reserve(&bytes, r->text.len);
    for (int64_t count = 1; from <= r->text.len; count++) {
        bool found;
        if (!sql_regex_search(call, regex, r->text, from, spans, refers ? groups + 1 : 1, &found))
            return false;
        if (!found)
            break;
        if (r->number == 0 || count == r->number) {
            sql_bytes_add(&bytes, r->text.ptr + copied, spans[0].start - copied);
            add_replacement(&bytes, r->text, r->with, spans, groups);
            copied = spans[0].end;
        }
        if (count == r->number)
            break;
        from = spans[0].end;
        if (spans[0].start == spans[0].end)
            from += from < r->text.len ? sql_char_width(r->text.ptr[from]) : 1;
    }
    sql_bytes_add_slice(&bytes, slice_from(r->text, copied));
    return sql_give_bytes(call, out, &bytes);
}

static struct replacing replacing_of(const struct datum *args)
{
    return (struct replacing){.text = datum_slice(args[0]),
                              .pattern = datum_slice(args[1]),
                              .with = datum_slice(args[2]),
                              .number = 1};
}

static bool regex_replace(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct replacing r = replacing_of(args);
    struct sql_regex_options options = {0};
    if (call->argc > 3) {
        struct slice letters = datum_slice(args[3]);
        if (letters.len > 0 && letters.ptr[0] >= '0' && letters.ptr[0] <= '9') {
            sql_fail(call->env->error, "22023", "invalid regular expression option: \"%c\"",
                     letters.ptr[0]);
            return sql_hint(call->env->error,
                            "If you meant to use regexp_replace() with a start parameter, cast the "
                            "fourth argument to integer explicitly.");
        }
        if (!sql_regex_read_options(call, letters, &options))
            return false;
    }
    r.flags = options.flags;
    r.number = options.global ? 0 : 1;
    return replace(call, &r, out);
}

static bool fail_parameter(struct sql_call *call, const char *name, int64_t value)
{
    return sql_fail(call->env->error, "22023", "invalid value for parameter \"%s\": %lld", name,
                    (long long)value);
}

/* regexp_replace(text, pattern, replacement, start [, n [, flags]]) */
static bool regex_replace_from(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct replacing r = replacing_of(args);
    struct sql_regex_options options = {0};
    if (args[3].i <= 0)
        return fail_parameter(call, "start", args[3].i);
    if (call->argc > 4 && args[4].i < 0)
        return fail_parameter(call, "n", args[4].i);
    if (call->argc > 5 && !sql_regex_read_options(call, datum_slice(args[5]), &options))
        return false;
    struct slice before = sql_text_prefix(r.text, (size_t)args[3].i - 1);
    r.flags = options.flags;
    r.from = before.len;
    if (before.len == r.text.len && (int64_t)sql_text_length(before) < args[3].i - 1)
        r.from = r.text.len + 1;
    r.number = call->argc > 4 ? args[4].i : 1;
    return replace(call, &r, out);
}

const struct sql_builtin sql_regex_builtins[] = {
    {"textregexeq",                        regex_eq          },
    {"textregexne",                        regex_ne          },
    {"texticregexeq",                      regex_nocase_eq   },
    {"texticregexne",                      regex_nocase_ne   },
    {"nameregexeq",                        regex_eq          },
    {"nameregexne",                        regex_ne          },
    {"nameicregexeq",                      regex_nocase_eq   },
    {"nameicregexne",                      regex_nocase_ne   },
    {"textregexsubstr",                    regex_substring   },
    {"textregexreplace_noopt",             regex_replace     },
    {"textregexreplace",                   regex_replace     },
    {"textregexreplace_extended",          regex_replace_from},
    {"textregexreplace_extended_no_flags", regex_replace_from},
    {"textregexreplace_extended_no_n",     regex_replace_from},
    {NULL,                                 NULL              },
};
