/* regexp_match and its relatives: all matches of an expression, and what is made of them. */
#include "emulators/sql/value/array.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/fn_regex.h"
#include "emulators/sql/value/text.h"

/* The matches of a text, one by one. */
struct matcher {
    struct sql_regex *regex;
    struct slice text;
    size_t from; /* where to look next; behind the text's end: nowhere */
    size_t last; /* where the match before ended */
    bool global;
    bool only_real; /* empty matches at the text's ends or at the last match do not count */
    unsigned groups;
    struct sql_regex_span *spans;
};

static bool matcher_begin(struct sql_call *call, struct arena *arena, struct slice text,
                          struct slice pattern, unsigned flags, struct matcher *out)
{
    *out = (struct matcher){.text = text};
    if (!sql_regex_of(call, pattern, flags, &out->regex))
        return false;
    out->groups = sql_regex_groups(out->regex);
    out->spans = arena_array(arena, (size_t)out->groups + 1, sizeof(*out->spans));
    return out->spans || sql_fail_memory(call->env->error);
}

/* The next match in m->spans; *found false after the last. */
static bool matcher_next(struct sql_call *call, struct matcher *m, bool *found)
{
    for (;;) {
        *found = false;
        if (m->from > m->text.len)
            return true;
        if (!sql_regex_search(call, m->regex, m->text, m->from, m->spans, m->groups + 1, found))
            return false;
        if (!*found) {
            m->from = m->text.len + 1;
            return true;
        }
        struct sql_regex_span match = m->spans[0];
        bool counts = !m->only_real || (match.start < m->text.len && match.end > m->last);
        m->last = match.end;
        m->from = match.end;
        if (match.start == match.end)
            m->from += m->from < m->text.len ? sql_char_width(m->text.ptr[m->from]) : 1;
        if (!m->global)
            m->from = m->text.len + 1;
        if (counts)
            return true;
        if (!sql_call_check(call))
            return false;
    }
}

static struct datum text_of(const struct matcher *m, struct sql_regex_span span)
{
    if (span.start == SIZE_MAX)
        return datum_null();
    return datum_bytes(slice_of(m->text.ptr + span.start, span.end - span.start));
}

/* The options are argument `index` of those that may be left out; g is for few functions. */
static bool read_options(struct sql_call *call, const struct datum *args, unsigned index,
                         const char *refuses_global, struct sql_regex_options *out)
{
    *out = (struct sql_regex_options){0};
    if (call->argc <= index)
        return true;
    if (!sql_regex_read_options(call, datum_slice(args[index]), out))
        return false;
    if (!out->global || !refuses_global)
        return true;
    return sql_fail(call->env->error, "22023", "%s does not support the \"global\" option",
                    refuses_global);
}

/* The groups of a match, or all of it when there are none, as an array. */
static bool give_groups(struct sql_call *call, const struct matcher *m,
                        const struct sql_type *array_type, struct datum *out)
{
    const struct sql_type *text = sql_call_find_type(call, array_type->element);
    unsigned count = m->groups ? m->groups : 1;
    struct datum *values = arena_array(call->arena, count, sizeof(*values));
    if (!text)
        return false;
    if (!values)
        return sql_fail_memory(call->env->error);
    for (unsigned i = 0; i < count; i++)
        values[i] = text_of(m, m->spans[m->groups ? i + 1 : 0]);
    return sql_array_make_vector(call, text, values, count, out);
}

static bool regexp_like(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_regex_options options;
    struct sql_regex *regex;
    bool found;
    return read_options(call, args, 2, "regexp_like()", &options) &&
           sql_regex_of(call, datum_slice(args[1]), options.flags, &regex) &&
           sql_regex_search(call, regex, datum_slice(args[0]), 0, NULL, 0, &found) &&
           sql_give_bool(out, found);
}

static bool regexp_match(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_regex_options options;
    struct matcher m;
    bool found;
    if (!read_options(call, args, 2, "regexp_match()", &options)) {
        if (options.global)
            sql_hint(call->env->error, "Use the regexp_matches function instead.");
        return false;
    }
    if (!matcher_begin(call, call->arena, datum_slice(args[0]), datum_slice(args[1]), options.flags,
                       &m) ||
        !matcher_next(call, &m, &found))
        return false;
    return found ? give_groups(call, &m, call->result_type, out) : sql_give_null(out);
}

/* A matcher over copies that last as long as the set. */
static struct matcher *begin_set(struct sql_call *call, const struct datum *args,
                                 const struct sql_regex_options *options)
{
    struct matcher *m = arena_alloc(call->set_arena, sizeof(*m));
    struct slice text = arena_dup(call->set_arena, datum_slice(args[0]));
    if (!m || !text.ptr) {
        sql_fail_memory(call->env->error);
        return NULL;
    }
    if (!matcher_begin(call, call->set_arena, text, datum_slice(args[1]), options->flags, m))
        return NULL;
    m->global = options->global;
    return m;
}

static bool regexp_matches(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct matcher *m = call->set_state;
    bool found;
    if (!m) {
        struct sql_regex_options options;
        if (!read_options(call, args, 2, NULL, &options))
            return false;
        m = begin_set(call, args, &options);
        if (!m)
            return false;
        call->set_state = m;
    }
    if (!matcher_next(call, m, &found))
        return false;
    if (!found)
        return call->done = true;
    return give_groups(call, m, call->result_type, out);
}

/* The text up to the next match; *over: that is the last piece. */
static bool next_piece(struct sql_call *call, struct matcher *m, size_t *at, struct slice *out,
                       bool *over)
{
    bool found;
    if (!matcher_next(call, m, &found))
        return false;
    size_t end = found ? m->spans[0].start : m->text.len;
    *out = slice_of(m->text.ptr + *at, end - *at);
    *at = found ? m->spans[0].end : m->text.len;
    *over = !found;
    return true;
}

static bool regexp_split_to_array(struct sql_call *call, const struct datum *args,
                                  struct datum *out)
{
    struct sql_regex_options options;
    struct matcher m;
    struct sql_array_builder builder;
    const struct sql_type *text = sql_call_find_type(call, call->result_type->element);
    size_t at = 0;
    bool over = false;
    if (!text || !read_options(call, args, 2, "regexp_split_to_array()", &options) ||
        !matcher_begin(call, call->arena, datum_slice(args[0]), datum_slice(args[1]), options.flags,
                       &m))
        return false;
    m.global = m.only_real = true;
    sql_array_builder_init(&builder, call->arena, text);
    while (!over) {
        struct slice piece;
        if (!next_piece(call, &m, &at, &piece, &over) ||
            !sql_array_builder_add(call, &builder, datum_bytes(piece)))
            return false;
    }
    return sql_array_builder_finish(call, &builder, out);
}

struct splitting {
    struct matcher *matcher;
    size_t at;
    bool over;
};

static bool regexp_split_to_table(struct sql_call *call, const struct datum *args,
                                  struct datum *out)
{
    struct splitting *s = call->set_state;
    struct slice piece;
    if (!s) {
        struct sql_regex_options options;
        if (!read_options(call, args, 2, "regexp_split_to_table()", &options))
            return false;
        s = arena_zalloc(call->set_arena, sizeof(*s));
        if (!s)
            return sql_fail_memory(call->env->error);
        s->matcher = begin_set(call, args, &options);
        if (!s->matcher)
            return false;
        s->matcher->global = s->matcher->only_real = true;
        call->set_state = s;
    }
    if (s->over)
        return call->done = true;
    return next_piece(call, s->matcher, &s->at, &piece, &s->over) && sql_give_slice(out, piece);
}

/* What regexp_count, _instr and _substr take; a number that is left out has its default. */
struct lookup {
    int64_t start, number, end_option, group;
    struct sql_regex_options options;
};

static bool fail_parameter(struct sql_call *call, const char *name, int64_t value)
{
    return sql_fail(call->env->error, "22023", "invalid value for parameter \"%s\": %lld", name,
                    (long long)value);
}

/* The matcher of a lookup, at its start. */
static bool lookup_begin(struct sql_call *call, const struct datum *args,
                         const struct lookup *lookup, struct matcher *out)
{
    struct slice text = datum_slice(args[0]);
    if (!matcher_begin(call, call->arena, text, datum_slice(args[1]), lookup->options.flags, out))
        return false;
    struct slice before = sql_text_prefix(text, (size_t)lookup->start - 1);
    bool outside = (int64_t)sql_text_length(before) < lookup->start - 1;
    out->from = outside ? text.len + 1 : before.len;
    out->global = true;
    return true;
}

/* The span that is looked for; SIZE_MAX: there is none. */
static bool look_up(struct sql_call *call, const struct datum *args, const struct lookup *lookup,
                    struct sql_regex_span *out)
{
    struct matcher m;
    bool found = true;
    *out = (struct sql_regex_span){SIZE_MAX, SIZE_MAX};
    if (!lookup_begin(call, args, lookup, &m))
        return false;
    for (int64_t i = 0; i < lookup->number && found; i++)
        if (!matcher_next(call, &m, &found))
            return false;
    if (found && lookup->group <= (int64_t)m.groups)
        *out = m.spans[lookup->group];
    return true;
}

static bool regexp_count(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct lookup lookup = {.start = call->argc > 2 ? args[2].i : 1};
    struct matcher m;
    bool found = true;
    int64_t count = -1;
    if (lookup.start <= 0)
        return fail_parameter(call, "start", lookup.start);
    if (!read_options(call, args, 3, "regexp_count()", &lookup.options) ||
        !lookup_begin(call, args, &lookup, &m))
        return false;
    for (; found; count++)
        if (!matcher_next(call, &m, &found))
            return false;
    return sql_give_int(out, count);
}

static bool regexp_instr(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct lookup lookup = {.start = call->argc > 2 ? args[2].i : 1,
                            .number = call->argc > 3 ? args[3].i : 1,
                            .end_option = call->argc > 4 ? args[4].i : 0,
                            .group = call->argc > 6 ? args[6].i : 0};
    struct sql_regex_span span;
    if (lookup.start <= 0)
        return fail_parameter(call, "start", lookup.start);
    if (lookup.number <= 0)
        return fail_parameter(call, "n", lookup.number);
    if (lookup.end_option != 0 && lookup.end_option != 1)
        return fail_parameter(call, "endoption", lookup.end_option);
    if (lookup.group < 0)
        return fail_parameter(call, "subexpr", lookup.group);
    if (!read_options(call, args, 5, "regexp_instr()", &lookup.options) ||
        !look_up(call, args, &lookup, &span))
        return false;
    if (span.start == SIZE_MAX)
        return sql_give_int(out, 0);
    struct slice before = slice_of(args[0].ptr, lookup.end_option ? span.end : span.start);
    return sql_give_int(out, (int64_t)sql_text_length(before) + 1);
}

static bool regexp_substr(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct lookup lookup = {.start = call->argc > 2 ? args[2].i : 1,
                            .number = call->argc > 3 ? args[3].i : 1,
                            .group = call->argc > 5 ? args[5].i : 0};
    struct sql_regex_span span;
    if (lookup.start <= 0)
        return fail_parameter(call, "start", lookup.start);
    if (lookup.number <= 0)
        return fail_parameter(call, "n", lookup.number);
    if (lookup.group < 0)
        return fail_parameter(call, "subexpr", lookup.group);
    if (!read_options(call, args, 4, "regexp_substr()", &lookup.options) ||
        !look_up(call, args, &lookup, &span))
        return false;
    if (span.start == SIZE_MAX)
        return sql_give_null(out);
    return sql_give_slice(out, slice_of(args[0].ptr + span.start, span.end - span.start));
}

const struct sql_builtin sql_regex_match_builtins[] = {
    {"regexp_like",                    regexp_like          },
    {"regexp_like_no_flags",           regexp_like          },
    {"regexp_match",                   regexp_match         },
    {"regexp_match_no_flags",          regexp_match         },
    {"regexp_matches",                 regexp_matches       },
    {"regexp_matches_no_flags",        regexp_matches       },
    {"regexp_split_to_array",          regexp_split_to_array},
    {"regexp_split_to_array_no_flags", regexp_split_to_array},
    {"regexp_split_to_table",          regexp_split_to_table},
    {"regexp_split_to_table_no_flags", regexp_split_to_table},
    {"regexp_count",                   regexp_count         },
    {"regexp_count_no_flags",          regexp_count         },
    {"regexp_count_no_start",          regexp_count         },
    {"regexp_instr",                   regexp_instr         },
    {"regexp_instr_no_endoption",      regexp_instr         },
    {"regexp_instr_no_flags",          regexp_instr         },
    {"regexp_instr_no_n",              regexp_instr         },
    {"regexp_instr_no_start",          regexp_instr         },
    {"regexp_instr_no_subexpr",        regexp_instr         },
    {"regexp_substr",                  regexp_substr        },
    {"regexp_substr_no_flags",         regexp_substr        },
    {"regexp_substr_no_n",             regexp_substr        },
    {"regexp_substr_no_start",         regexp_substr        },
    {"regexp_substr_no_subexpr",       regexp_substr        },
    {NULL,                             NULL                 },
};
