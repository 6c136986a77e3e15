#include "emulators/sql/value/like.h"

#include "emulators/sql/value/call.h"
#include "emulators/sql/value/collation.h"
#include "emulators/sql/value/text.h"

#define CHECK_STEPS 0x3ffff /* between two questions whether to go on */

static size_t step(struct slice text, size_t at, enum sql_like_how how)
{
    size_t width = how == SQL_LIKE_BYTES ? 1 : sql_char_width(text.ptr[at]);
    return at + width < text.len ? at + width : text.len;
}

static bool same(uint8_t a, uint8_t b, enum sql_like_how how)
{
    return a == b || (how == SQL_LIKE_NOCASE && ascii_lower(a) == ascii_lower(b));
}

/* Where to go on after a mismatch: the text that the last % took grows by a character. */
struct retry {
    bool set;
    size_t text, pattern;
};

/* One step; false: mismatch. */
static bool advance(struct slice text, struct slice pattern, enum sql_like_how how, size_t *t,
                    size_t *p, struct retry *retry)
{
    if (*p == pattern.len)
        return false;
    uint8_t c = pattern.ptr[*p];
    if (c == '%') {
        ++*p;
        *retry = (struct retry){true, *t, *p};
        return true;
    }
    if (c == '_') {
        ++*p;
        *t = step(text, *t, how);
        return true;
    }
    size_t width = c == '\\' ? 2 : 1;
    if (!same(pattern.ptr[*p + width - 1], text.ptr[*t], how))
        return false;
    *p += width;
    ++*t;
    return true;
}

bool sql_like(struct sql_call *call, struct slice text, struct slice pattern, enum sql_like_how how,
              bool *out)
{
    struct retry retry = {0};
    size_t t = 0, p = 0;
    for (uint32_t steps = 0; t < text.len; steps++) {
        if (p + 1 == pattern.len && pattern.ptr[p] == '\\')
            return sql_fail(call->env->error, "22025",
                            "LIKE pattern must not end with escape character");
        if (retry.set && retry.pattern == pattern.len)
            break; /* the pattern ends with % */
        if (!advance(text, pattern, how, &t, &p, &retry)) {
            *out = false;
            if (!retry.set)
                return true;
            retry.text = t = step(text, retry.text, how);
            p = retry.pattern;
        }
        if ((steps & CHECK_STEPS) == CHECK_STEPS && !sql_call_check(call))
            return false;
    }
    while (p < pattern.len && pattern.ptr[p] == '%')
        p++;
    *out = p == pattern.len;
    return true;
}

/* In lower case by the collation's rules, when it has any beyond ASCII. */
static bool fold(struct sql_call *call, struct slice *text)
{
    const struct sql_collator *collator = sql_call_collator(call);
    struct sql_bytes folded = sql_bytes_begin(call);
    if (!collator || collator->cases == SQL_CASE_ASCII)
        return true;
    sql_case_change(collator, *text, SQL_LOWER, &folded);
    *text = sql_bytes_slice(&folded);
    return !folded.failed || sql_fail_memory(call->env->error);
}

static bool give_like(struct sql_call *call, const struct datum *args, enum sql_like_how how,
                      bool negated, struct datum *out)
{
    struct slice text = datum_slice(args[0]), pattern = datum_slice(args[1]);
    bool match, nocase = how == SQL_LIKE_NOCASE;
    return (how == SQL_LIKE_BYTES || sql_require_deterministic(call, nocase ? "ILIKE" : "LIKE")) &&
           (!nocase || (fold(call, &text) && fold(call, &pattern))) &&
           sql_like(call, text, pattern, how, &match) && sql_give_bool(out, match != negated);
}

static bool text_like(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return give_like(call, args, SQL_LIKE_TEXT, false, out);
}

static bool text_not_like(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return give_like(call, args, SQL_LIKE_TEXT, true, out);
}

static bool text_ilike(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return give_like(call, args, SQL_LIKE_NOCASE, false, out);
}

static bool text_not_ilike(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return give_like(call, args, SQL_LIKE_NOCASE, true, out);
}

static bool bytea_like(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return give_like(call, args, SQL_LIKE_BYTES, false, out);
}

static bool bytea_not_like(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return give_like(call, args, SQL_LIKE_BYTES, true, out);
}

static bool fail_escape_string(struct sql_call *call, const char *hint)
{
    sql_fail(call->env->error, "22025", "invalid escape string");
    return sql_hint(call->env->error, "%s", hint);
}

static bool check_escape(struct sql_call *call, struct slice escape)
{
    if (sql_text_prefix(escape, 1).len == escape.len)
        return true;
    return fail_escape_string(call, "Escape string must be empty or one character.");
}

static bool skip(struct slice *rest, struct slice prefix)
{
    if (prefix.len == 0 || rest->len < prefix.len || memcmp(rest->ptr, prefix.ptr, prefix.len) != 0)
        return false;
    *rest = slice_from(*rest, prefix.len);
    return true;
}

/* The pattern with another escape character, or none, as one with backslashes. */
static bool like_escape(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct slice rest = datum_slice(args[0]);
    struct slice escape = datum_slice(args[1]);
    struct slice backslash = SLICE_LITERAL("\\");
    struct sql_bytes bytes = sql_bytes_begin(call);
    if (!check_escape(call, escape))
        return false;
    if (slice_eq(escape, backslash))
        return sql_give_slice(out, rest);
    bool escaped = false;
    while (rest.len > 0) {
        if (!escaped && skip(&rest, escape)) {
            sql_bytes_add_char(&bytes, '\\');
            escaped = true;
            continue;
        }
        struct slice c = sql_text_prefix(rest, 1);
        if (!escaped && c.ptr[0] == '\\')
            sql_bytes_add_char(&bytes, '\\');
        sql_bytes_add_slice(&bytes, c);
        escaped = false;
        rest = slice_from(rest, c.len);
    }
    return sql_give_bytes(call, out, &bytes);
}

static bool like_escape_bytea(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct slice text = datum_slice(args[0]);
    struct slice escape = datum_slice(args[1]);
    struct sql_bytes bytes = sql_bytes_begin(call);
    bool escaped = false;
    if (escape.len > 1)
        return fail_escape_string(call, "Escape string must be empty or one character.");
    for (size_t i = 0; i < text.len; i++) {
        char c = (char)text.ptr[i];
        bool escapes = !escaped && escape.len > 0 && text.ptr[i] == escape.ptr[0];
        if (escapes)
            c = '\\';
        else if (!escaped && c == '\\')
            sql_bytes_add_char(&bytes, '\\');
        sql_bytes_add_char(&bytes, c);
        escaped = escapes;
    }
    return sql_give_bytes(call, out, &bytes);
}

/* SIMILAR TO in the making of a regular expression. */
struct similar {
    struct sql_call *call;
    struct sql_bytes out;
    bool in_brackets;
    unsigned separators; /* escape and double quote, which part SUBSTRING's pattern */
};

static bool add_escaped(struct similar *s, struct slice c)
{
    static const char *const ends[] = {"){1,1}?(", "){1,1}(?:"};
    if (c.ptr[0] != '"' || s->in_brackets) {
        sql_bytes_add_char(&s->out, '\\');
        sql_bytes_add_slice(&s->out, c);
        return true;
    }
    if (s->separators == 2)
        return sql_fail(s->call->env->error, "2200C",
                        "SQL regular expression may not contain more than two escape-double-quote "
                        "separators");
    sql_bytes_add_str(&s->out, ends[s->separators++]);
    return true;
}

static void add_plain(struct similar *s, struct slice c)
{
    static const struct {
        char c;
        const char *text;
    } forms[] = {
        {'%',  ".*"  },
        {'_',  "."   },
        {'(',  "(?:" },
        {'\\', "\\\\"},
        {'.',  "\\." },
        {'^',  "\\^" },
        {'$',  "\\$" }
    };
    if (s->in_brackets) {
        if (c.ptr[0] == '\\')
            sql_bytes_add_char(&s->out, '\\');
        s->in_brackets = c.ptr[0] != ']';
        sql_bytes_add_slice(&s->out, c);
        return;
    }
    for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
        if (c.ptr[0] == (uint8_t)forms[i].c) {
            sql_bytes_add_str(&s->out, forms[i].text);
            return;
        }
    }
    s->in_brackets = c.ptr[0] == '[';
    sql_bytes_add_slice(&s->out, c);
}

static bool similar(struct sql_call *call, struct slice rest, struct slice escape,
                    struct datum *out)
{
    struct similar s = {.call = call, .out = sql_bytes_begin(call)};
    bool escaped = false;
    if (!check_escape(call, escape))
        return false;
    sql_bytes_add_str(&s.out, "^(?:");
    while (rest.len > 0) {
        if (!escaped && skip(&rest, escape)) {
            escaped = true;
            continue;
        }
        struct slice c = sql_text_prefix(rest, 1);
        if (!escaped)
            add_plain(&s, c);
        else if (!add_escaped(&s, c))
            return false;
        escaped = false;
        rest = slice_from(rest, c.len);
    }
    sql_bytes_add_str(&s.out, ")$");
    return sql_give_bytes(call, out, &s.out);
}

/* Without an escape character it is a backslash; an old function takes NULL for that, too. */
static bool similar_escape(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct slice backslash = SLICE_LITERAL("\\");
    if (args[0].null)
        return sql_give_null(out);
    bool given = call->argc > 1 && !args[1].null;
    return similar(call, datum_slice(args[0]), given ? datum_slice(args[1]) : backslash, out);
}

const struct sql_builtin sql_like_builtins[] = {
    {"textlike",            text_like        },
    {"textnlike",           text_not_like    },
    {"texticlike",          text_ilike       },
    {"texticnlike",         text_not_ilike   },
    {"namelike",            text_like        },
    {"namenlike",           text_not_like    },
    {"nameiclike",          text_ilike       },
    {"nameicnlike",         text_not_ilike   },
    {"bytealike",           bytea_like       },
    {"byteanlike",          bytea_not_like   },
    {"like_escape",         like_escape      },
    {"like_escape_bytea",   like_escape_bytea},
    {"similar_escape",      similar_escape   },
    {"similar_to_escape_1", similar_escape   },
    {"similar_to_escape_2", similar_escape   },
    {NULL,                  NULL             },
};
