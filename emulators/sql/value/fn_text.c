/* Functions of character strings: lengths, parts, padding, trimming, replacing. Positions count
 * characters from 1. */
#include <limits.h>

#include "emulators/sql/value/call.h"
#include "emulators/sql/value/collation.h"
#include "emulators/sql/value/text.h"

static bool text_length(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return sql_give_int(out, (int64_t)sql_text_length(datum_slice(args[0])));
}

static bool octet_length(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return sql_give_int(out, args[0].len);
}

static bool bpchar_length(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    struct slice text = sql_text_without_blanks(datum_slice(args[0]));
    return sql_give_int(out, (int64_t)sql_text_length(text));
}

static bool text_concat(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct slice both =
        arena_concat(call->arena, datum_slice(args[0]), datum_slice(args[1]), (struct slice){0});
    if (!both.ptr || both.len > SQL_BYTES_MAX)
        return sql_fail_memory(call->env->error);
    return sql_give_slice(out, both);
}

static bool fail_negative_length(struct sql_call *call)
{
    return sql_fail(call->env->error, "22011", "negative substring length not allowed");
}

/* Characters start .. start+len-1, as far as they exist. */
static bool substring(struct sql_call *call, struct slice text, int64_t start, int64_t len,
                      struct slice *out)
{
    if (len < 0)
        return fail_negative_length(call);
    int64_t end = start + len;
    if (start < 1)
        start = 1;
    size_t skipped = sql_text_prefix(text, (size_t)start - 1).len;
    *out = sql_text_prefix(slice_from(text, skipped), end > start ? (size_t)(end - start) : 0);
    return true;
}

static bool text_substr(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct slice part;
    return substring(call, datum_slice(args[0]), args[1].i, args[2].i, &part) &&
           sql_give_slice(out, part);
}

static bool text_substr_rest(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct slice part;
    return substring(call, datum_slice(args[0]), args[1].i, INT_MAX, &part) &&
           sql_give_slice(out, part);
}

/* `count` characters from the third argument on are replaced by the second. */
static bool overlay(struct sql_call *call, const struct datum *args, int64_t count,
                    struct datum *out)
{
    struct slice head, tail, all = datum_slice(args[0]);
    if (args[2].i <= 0)
        return fail_negative_length(call);
    if (args[2].i + count > INT_MAX)
        return sql_fail(call->env->error, "22003", "integer out of range");
    if (!substring(call, all, 1, args[2].i - 1, &head) ||
        !substring(call, all, args[2].i + count, INT_MAX, &tail))
        return false;
    struct slice made = arena_concat(call->arena, head, datum_slice(args[1]), tail);
    if (!made.ptr)
        return sql_fail_memory(call->env->error);
    return sql_give_slice(out, made);
}

static bool text_overlay(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return overlay(call, args, args[3].i, out);
}

static bool text_overlay_all(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return overlay(call, args, (int64_t)sql_text_length(datum_slice(args[1])), out);
}

static bool text_position(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct slice text = datum_slice(args[0]);
    if (!sql_require_searchable(call))
        return false;
    size_t at = sql_text_find(text, datum_slice(args[1]));
    if (at == SIZE_MAX)
        return sql_give_int(out, 0);
    return sql_give_int(out, (int64_t)sql_text_length(slice_of(text.ptr, at)) + 1);
}

/* A negative count is of what to leave out at the other end. */
static size_t count_kept(struct slice text, int64_t count)
{
    if (count >= 0)
        return (size_t)count;
    int64_t rest = (int64_t)sql_text_length(text) + count;
    return rest > 0 ? (size_t)rest : 0;
}

static bool text_left(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    struct slice text = datum_slice(args[0]);
    return sql_give_slice(out, sql_text_prefix(text, count_kept(text, args[1].i)));
}

static bool text_right(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    struct slice text = datum_slice(args[0]);
    size_t length = sql_text_length(text);
    size_t kept = count_kept(text, args[1].i);
    size_t skipped = sql_text_prefix(text, kept < length ? length - kept : 0).len;
    return sql_give_slice(out, slice_from(text, skipped));
}

static bool text_reverse(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct slice text = datum_slice(args[0]);
    uint8_t *made = arena_alloc(call->arena, text.len);
    if (!made)
        return sql_fail_memory(call->env->error);
    for (size_t at = 0; at < text.len;) {
        struct slice c = sql_text_prefix(slice_from(text, at), 1);
        at += c.len;
        memcpy(made + text.len - at, c.ptr, c.len);
    }
    return sql_give_slice(out, slice_of(made, text.len));
}

static bool fail_too_large(struct sql_call *call)
{
    return sql_fail(call->env->error, "54000", "requested length too large");
}

static bool text_repeat(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct slice text = datum_slice(args[0]);
    size_t count = args[1].i > 0 ? (size_t)args[1].i : 0;
    if (text.len > 0 && count > (SQL_BYTES_MAX - 4) / text.len)
        return fail_too_large(call);
    struct sql_bytes bytes = sql_bytes_begin(call);
    sql_bytes_reserve(&bytes, text.len * count);
    for (size_t i = 0; i < count && text.len > 0; i++) {
        sql_bytes_add_slice(&bytes, text);
        if ((i & 0xffff) == 0xffff && !sql_call_check(call))
            return false;
    }
    return sql_give_bytes(call, out, &bytes);
}

/* Appends `count` characters of `fill`, over and over. */
static void add_padding(struct sql_bytes *out, struct slice fill, size_t count)
{
    size_t length = sql_text_length(fill);
    while (count >= length && !out->failed) {
        sql_bytes_add_slice(out, fill);
        count -= length;
    }
    sql_bytes_add_slice(out, sql_text_prefix(fill, count));
}

static bool pad(struct sql_call *call, const struct datum *args, bool left, struct datum *out)
{
    struct slice text = datum_slice(args[0]);
    struct slice fill = datum_slice(args[2]);
    size_t wanted = args[1].i > 0 ? (size_t)args[1].i : 0;
    size_t length = sql_text_length(text);
    if (wanted <= length || fill.len == 0)
        return sql_give_slice(out, sql_text_prefix(text, wanted));
    if (wanted > (SQL_BYTES_MAX - 4) / 4)
        return fail_too_large(call);
    struct sql_bytes bytes = sql_bytes_begin(call);
    if (left)
        add_padding(&bytes, fill, wanted - length);
    sql_bytes_add_slice(&bytes, text);
    if (!left)
        add_padding(&bytes, fill, wanted - length);
    return sql_give_bytes(call, out, &bytes);
}

static bool text_lpad(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return pad(call, args, true, out);
}

static bool text_rpad(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return pad(call, args, false, out);
}

static bool in_set(struct slice set, struct slice character)
{
    while (set.len > 0) {
        struct slice c = sql_text_prefix(set, 1);
        if (slice_eq(c, character))
            return true;
        set = slice_from(set, c.len);
    }
    return false;
}

static struct slice last_character(struct slice text)
{
    size_t at = text.len;
    do
        at--;
    while (at > 0 && (text.ptr[at] & 0xc0) == 0x80);
    return slice_from(text, at);
}

enum { TRIM_LEFT = 1, TRIM_RIGHT = 2 };

static struct slice trim(struct slice text, struct slice set, int sides)
{
    while ((sides & TRIM_LEFT) && text.len > 0 && in_set(set, sql_text_prefix(text, 1)))
        text = slice_from(text, sql_text_prefix(text, 1).len);
    while ((sides & TRIM_RIGHT) && text.len > 0 && in_set(set, last_character(text)))
        text.len -= last_character(text).len;
    return text;
}

static bool give_trimmed(struct sql_call *call, const struct datum *args, int sides,
                         struct datum *out)
{
    struct slice blank = SLICE_LITERAL(" ");
    struct slice set = call->argc > 1 ? datum_slice(args[1]) : blank;
    return sql_give_slice(out, trim(datum_slice(args[0]), set, sides));
}

static bool text_btrim(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return give_trimmed(call, args, TRIM_LEFT | TRIM_RIGHT, out);
}

static bool text_ltrim(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return give_trimmed(call, args, TRIM_LEFT, out);
}

static bool text_rtrim(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return give_trimmed(call, args, TRIM_RIGHT, out);
}

static bool text_replace(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct slice rest = datum_slice(args[0]);
    struct slice from = datum_slice(args[1]);
    struct sql_bytes bytes = sql_bytes_begin(call);
    if (!sql_require_searchable(call))
        return false;
    sql_bytes_reserve(&bytes, rest.len);
    while (from.len > 0) {
        size_t at = sql_text_find(rest, from);
        if (at == SIZE_MAX)
            break;
        sql_bytes_add(&bytes, rest.ptr, at);
        sql_bytes_add_slice(&bytes, datum_slice(args[2]));
        rest = slice_from(rest, at + from.len);
        if (!sql_call_check(call))
            return false;
    }
    sql_bytes_add_slice(&bytes, rest);
    return sql_give_bytes(call, out, &bytes);
}

/* Each character of `from` becomes the one at its place in `to`, or nothing. */
static bool text_translate(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct slice rest = datum_slice(args[0]);
    struct sql_bytes bytes = sql_bytes_begin(call);
    sql_bytes_reserve(&bytes, rest.len);
    while (rest.len > 0) {
        struct slice c = sql_text_prefix(rest, 1);
        struct slice from = datum_slice(args[1]);
        struct slice to = datum_slice(args[2]);
        while (from.len > 0 && !slice_eq(sql_text_prefix(from, 1), c)) {
            from = slice_from(from, sql_text_prefix(from, 1).len);
            to = slice_from(to, sql_text_prefix(to, 1).len);
        }
        sql_bytes_add_slice(&bytes, from.len > 0 ? sql_text_prefix(to, 1) : c);
        rest = slice_from(rest, c.len);
    }
    return sql_give_bytes(call, out, &bytes);
}

/* The field before the first delimiter; *rest: what is behind it, ptr NULL after the last. */
static struct slice next_field(struct slice *rest, struct slice delimiter)
{
    size_t at = delimiter.len ? sql_text_find(*rest, delimiter) : SIZE_MAX;
    struct slice field = slice_of(rest->ptr, at == SIZE_MAX ? rest->len : at);
    *rest = at == SIZE_MAX ? (struct slice){0} : slice_from(*rest, at + delimiter.len);
    return field;
}

static int64_t count_fields(struct slice text, struct slice delimiter)
{
    int64_t count = 0;
    while (text.ptr) {
        next_field(&text, delimiter);
        count++;
    }
    return count;
}

static bool split_part(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct slice rest = datum_slice(args[0]);
    struct slice delimiter = datum_slice(args[1]);
    int64_t number = args[2].i;
    if (!sql_require_searchable(call))
        return false;
    if (number == 0)
        return sql_fail(call->env->error, "22023", "field position must not be zero");
    if (rest.len == 0)
        return sql_give_slice(out, rest);
    if (number < 0)
        number += count_fields(rest, delimiter) + 1;
    if (number < 1)
        return sql_give_slice(out, slice_of(rest.ptr, 0));
    struct slice field = rest;
    for (; number > 0 && rest.ptr; number--)
        field = next_field(&rest, delimiter);
    return sql_give_slice(out, slice_of(field.ptr, number > 0 ? 0 : field.len));
}

static bool text_ascii(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    size_t width;
    return sql_give_int(out, args[0].len ? sql_char_get(datum_slice(args[0]), &width) : 0);
}

static bool text_chr(struct sql_call *call, const struct datum *args, struct datum *out)
{
    if (args[0].i < 0)
        return sql_fail(call->env->error, "22023", "character number must be positive");
    if (args[0].i == 0)
        return sql_fail(call->env->error, "54000", "null character not permitted");
    if (args[0].i > 0x10ffff)
        return sql_fail(call->env->error, "54000", "requested character too large for encoding: %u",
                        (unsigned)args[0].i);
    if (args[0].i >= 0xd800 && args[0].i < 0xe000)
        return sql_fail(call->env->error, "54000", "requested character not valid for encoding: %u",
                        (unsigned)args[0].i);
    struct sql_bytes bytes = sql_bytes_begin(call);
    sql_char_add(&bytes, (uint32_t)args[0].i);
    return sql_give_bytes(call, out, &bytes);
}

/* The length of character(n) and varchar(n), applied to a value of another length. */
static bool bpchar_cast(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return sql_bpchar_fit(call, datum_slice(args[0]), (int32_t)args[1].i, args[2].i != 0, out);
}

static bool varchar_cast(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return sql_varchar_fit(call, datum_slice(args[0]), (int32_t)args[1].i, args[2].i != 0, out);
}

/* Strings that are put together: a text that begins with the first value. */
struct string_agg {
    struct sql_bytes bytes;
};

/* The delimiter before the first value is not in the result. */
static bool string_agg_add(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct string_agg *agg = args[0].null ? NULL : args[0].state;
    *out = args[0];
    if (args[1].null)
        return true;
    if (!agg) {
        agg = arena_alloc(call->arena, sizeof(*agg));
        if (!agg)
            return sql_fail_memory(call->env->error);
        sql_bytes_init(&agg->bytes, call->arena);
        sql_bytes_reserve(&agg->bytes, 1);
    } else if (!args[2].null) {
        sql_bytes_add_slice(&agg->bytes, datum_slice(args[2]));
    }
    sql_bytes_add_slice(&agg->bytes, datum_slice(args[1]));
    if (agg->bytes.failed)
        return sql_fail_memory(call->env->error);
    *out = (struct datum){.state = agg};
    return true;
}

static bool string_agg_finish(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct string_agg *agg = args[0].null ? NULL : args[0].state;
    return agg ? sql_give_bytes(call, out, &agg->bytes) : sql_give_null(out);
}

const struct sql_builtin sql_text_builtins[] = {
    {"textlen",                  text_length      },
    {"textoctetlen",             octet_length     },
    {"bpcharlen",                bpchar_length    },
    {"bpcharoctetlen",           octet_length     },
    {"textcat",                  text_concat      },
    {"text_substr",              text_substr      },
    {"text_substr_no_len",       text_substr_rest },
    {"textoverlay",              text_overlay     },
    {"textoverlay_no_len",       text_overlay_all },
    {"textpos",                  text_position    },
    {"text_left",                text_left        },
    {"text_right",               text_right       },
    {"text_reverse",             text_reverse     },
    {"repeat",                   text_repeat      },
    {"lpad",                     text_lpad        },
    {"rpad",                     text_rpad        },
    {"btrim",                    text_btrim       },
    {"btrim1",                   text_btrim       },
    {"ltrim",                    text_ltrim       },
    {"ltrim1",                   text_ltrim       },
    {"rtrim",                    text_rtrim       },
    {"rtrim1",                   text_rtrim       },
    {"replace_text",             text_replace     },
    {"translate",                text_translate   },
    {"split_part",               split_part       },
    {"ascii",                    text_ascii       },
    {"chr",                      text_chr         },
    {"bpchar",                   bpchar_cast      },
    {"varchar",                  varchar_cast     },
    {"string_agg_transfn",       string_agg_add   },
    {"string_agg_finalfn",       string_agg_finish},
    {"bytea_string_agg_transfn", string_agg_add   },
    {"bytea_string_agg_finalfn", string_agg_finish},
    {NULL,                       NULL             },
};
