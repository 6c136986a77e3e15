#include "emulators/sql/value/array_text.h"

#include "emulators/sql/value/call.h"
#include "emulators/sql/value/text_scan.h"

/* What the reader has just passed. */
enum place {
    AT_START,
    AFTER_OPEN,
    AFTER_ITEM,
    AFTER_CLOSE,
    AFTER_ITEM_DELIMITER,  /* another element must follow */
    AFTER_CLOSE_DELIMITER, /* another sub-array must follow */
};

struct scanner {
    struct sql_call *call;
    struct slice text; /* the whole literal, for messages */
    struct slice rest;
    char delimiter;
    enum place place;
    uint32_t depth;
    int32_t seen[SQL_ARRAY_DIMS_MAX];  /* members of the open sub-array of each depth */
    bool measured[SQL_ARRAY_DIMS_MAX]; /* length[] holds what a closed one had */
    struct sql_array_literal *out;
};

static bool malformed(struct scanner *s)
{
    return sql_fail(s->call->env->error, "22P02", "malformed array literal: \"%.*s\"",
                    SLICE_ARG(s->text));
}

static bool fail(struct scanner *s, const char *detail)
{
    malformed(s);
    return sql_detail(s->call->env->error, "%s", detail);
}

static bool fail_character(struct scanner *s, char c)
{
    malformed(s);
    return sql_detail(s->call->env->error, "Unexpected \"%c\" character.", c);
}

static bool fail_matching(struct scanner *s)
{
    return fail(s, "Multidimensional arrays must have sub-arrays with matching dimensions.");
}

/* A bound: digits with an optional sign; false when there is none. Too large ones saturate. */
static bool read_bound(struct slice *rest, int32_t *out)
{
    size_t at = 0;
    bool negative = rest->len > 0 && rest->ptr[0] == '-';
    if (rest->len > 0 && (rest->ptr[0] == '-' || rest->ptr[0] == '+'))
        at++;
    size_t first = at;
    int64_t value = 0;
    for (; at < rest->len && sql_is_digit(rest->ptr[at]); at++)
        if (value < INT32_MAX)
            value = value * 10 + (rest->ptr[at] - '0');
    if (at == first)
        return false;
    value = negative ? -value : value;
    *out = value > INT32_MAX ? INT32_MAX : value < INT32_MIN ? INT32_MIN : (int32_t)value;
    *rest = slice_from(*rest, at);
    return true;
}

static bool take(struct slice *rest, char c)
{
    if (rest->len == 0 || rest->ptr[0] != (uint8_t)c)
        return false;
    *rest = slice_from(*rest, 1);
    return true;
}

/* One [upper] or [lower:upper], the bracket is passed. */
static bool read_dimension(struct scanner *s, struct sql_array_shape *shape)
{
    int32_t lower = 1, upper;
    if (!sql_array_check_dims(s->call, shape->dims + 1))
        return false;
    if (!read_bound(&s->rest, &upper))
        return fail(s, "\"[\" must introduce explicitly-specified array dimensions.");
    if (take(&s->rest, ':')) {
        lower = upper;
        if (!read_bound(&s->rest, &upper))
            return fail(s, "Missing array dimension value.");
    }
    if (!take(&s->rest, ']'))
        return fail(s, "Missing \"]\" after array dimensions.");
    if (upper < lower)
        return sql_fail(s->call->env->error, "2202E",
                        "upper bound cannot be less than lower bound");
    int64_t length = (int64_t)upper - lower + 1;
    shape->lower[shape->dims] = lower;
    shape->length[shape->dims++] = length > INT32_MAX ? INT32_MAX : (int32_t)length;
    return true;
}

static bool read_dimensions(struct scanner *s, struct sql_array_shape *shape)
{
    for (;;) {
        s->rest = sql_skip_blanks(s->rest);
        if (!take(&s->rest, '['))
            break;
        if (!read_dimension(s, shape))
            return false;
    }
    if (shape->dims == 0) {
        if (s->rest.len == 0 || s->rest.ptr[0] != '{')
            return fail(s, "Array value must start with \"{\" or dimension information.");
        return true;
    }
    if (!take(&s->rest, '='))
        return fail(s, "Missing \"=\" after array dimensions.");
    s->rest = sql_skip_blanks(s->rest);
    if (s->rest.len == 0 || s->rest.ptr[0] != '{')
        return fail(s, "Array contents must start with \"{\".");
    return true;
}

static bool add_item(struct scanner *s, struct slice text, bool null)
{
    struct sql_array_literal *out = s->out;
    if (s->place != AFTER_OPEN && s->place != AFTER_ITEM_DELIMITER)
        return fail(s, "Unexpected array element.");
    if (out->shape.dims > s->depth)
        return fail_matching(s);
    if (out->count == out->room) {
        uint32_t room = out->room ? out->room * 2 : 16;
        struct sql_array_item *moved = arena_array(s->call->arena, room, sizeof(*moved));
        if (!moved)
            return sql_fail_memory(s->call->env->error);
        if (out->count)
            memcpy(moved, out->items, out->count * sizeof(*moved));
        out->items = moved;
        out->room = room;
    }
    out->shape.dims = s->depth;
    out->items[out->count++] = (struct sql_array_item){text, null};
    s->seen[s->depth - 1]++;
    s->place = AFTER_ITEM;
    return true;
}

static bool open_level(struct scanner *s)
{
    if (s->place != AT_START && s->place != AFTER_OPEN && s->place != AFTER_CLOSE_DELIMITER)
        return fail_character(s, '{');
    if (!sql_array_check_dims(s->call, s->depth + 1))
        return false;
    s->seen[s->depth++] = 0;
    s->place = AFTER_OPEN;
    return true;
}

static bool close_level(struct scanner *s)
{
    bool empty = s->place == AFTER_OPEN && s->depth == 1;
    if (s->place != AFTER_ITEM && s->place != AFTER_CLOSE && !empty)
        return fail_character(s, '}');
    uint32_t d = --s->depth;
    if (s->measured[d] && s->out->shape.length[d] != s->seen[d])
        return fail_matching(s);
    s->measured[d] = true;
    s->out->shape.length[d] = s->seen[d];
    if (d > 0)
        s->seen[d - 1]++;
    s->place = AFTER_CLOSE;
    return true;
}

static bool delimit(struct scanner *s)
{
    if (s->place != AFTER_ITEM && s->place != AFTER_CLOSE)
        return fail_character(s, s->delimiter);
    s->place = s->place == AFTER_ITEM ? AFTER_ITEM_DELIMITER : AFTER_CLOSE_DELIMITER;
    return true;
}

/* Bytes up to the closing quote; the opening one is passed. */
static bool read_quoted(struct scanner *s)
{
    struct sql_bytes item = sql_bytes_begin(s->call);
    sql_bytes_reserve(&item, 1);
    if (s->place != AFTER_OPEN && s->place != AFTER_ITEM_DELIMITER)
        return fail(s, "Unexpected array element.");
    size_t at = 0;
    for (; at < s->rest.len && s->rest.ptr[at] != '"'; at++) {
        if (s->rest.ptr[at] == '\\' && ++at == s->rest.len)
            break;
        sql_bytes_add_char(&item, (char)s->rest.ptr[at]);
    }
    if (at >= s->rest.len)
        return fail(s, "Unexpected end of input.");
    s->rest = slice_from(s->rest, at + 1);
    if (item.failed)
        return sql_fail_memory(s->call->env->error);
    return add_item(s, sql_bytes_slice(&item), false);
}

/* Bytes up to a delimiter or brace; blanks at the end do not count unless they are escaped. */
static bool read_plain(struct scanner *s)
{
    struct sql_bytes item = sql_bytes_begin(s->call);
    size_t kept = 0;
    bool escaped = false;
    size_t at = 0;
    if (s->place != AFTER_OPEN && s->place != AFTER_ITEM_DELIMITER) {
        if (s->rest.ptr[0] == '\\')
            return fail_character(s, '\\');
        return fail(s, "Unexpected array element.");
    }
    for (; at < s->rest.len; at++) {
        uint8_t c = s->rest.ptr[at];
        if (c == (uint8_t)s->delimiter || c == '}')
            break;
        if (c == '{')
            return fail_character(s, '{');
        if (c == '"')
            return fail(s, "Unexpected array element.");
        bool literally = c == '\\';
        if (literally && ++at == s->rest.len)
            break;
        escaped = escaped || literally;
        sql_bytes_add_char(&item, (char)s->rest.ptr[at]);
        if (literally || !sql_is_blank(c))
            kept = item.len;
    }
    if (at >= s->rest.len)
        return fail(s, "Unexpected end of input.");
    s->rest = slice_from(s->rest, at);
    if (item.failed)
        return sql_fail_memory(s->call->env->error);
    struct slice text = slice_of(item.ptr, kept);
    return add_item(s, text, !escaped && slice_is(text, "null"));
}

static bool read_token(struct scanner *s)
{
    char c = (char)s->rest.ptr[0];
    if (c == '{' || c == '}' || c == s->delimiter || c == '"')
        s->rest = slice_from(s->rest, 1);
    if (c == '{')
        return open_level(s);
    if (c == '}')
        return close_level(s);
    if (c == s->delimiter)
        return delimit(s);
    return c == '"' ? read_quoted(s) : read_plain(s);
}

bool sql_array_parse(struct sql_call *call, struct slice text, char delimiter,
                     struct sql_array_literal *out)
{
    *out = (struct sql_array_literal){0};
    struct scanner s = {
        .call = call, .text = text, .rest = text, .delimiter = delimiter, .out = out};
    struct sql_array_shape said = {0};
    if (!read_dimensions(&s, &said))
        return false;
    do {
        s.rest = sql_skip_blanks(s.rest);
        if (s.rest.len == 0)
            return fail(&s, "Unexpected end of input.");
        if (!read_token(&s))
            return false;
    } while (s.depth > 0);
    if (sql_skip_blanks(s.rest).len > 0)
        return fail(&s, "Junk after closing right brace.");
    for (uint32_t d = 0; d < out->shape.dims; d++)
        out->shape.lower[d] = said.dims ? said.lower[d] : 1;
    if (said.dims == 0)
        return true;
    bool same = said.dims == out->shape.dims;
    for (uint32_t d = 0; same && d < said.dims; d++)
        same = said.length[d] == out->shape.length[d];
    return same || fail(&s, "Specified array dimensions do not match array contents.");
}

static bool needs_quotes(struct slice text, char delimiter)
{
    if (text.len == 0 || slice_is(text, "null"))
        return true;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        if (c == '"' || c == '\\' || c == '{' || c == '}' || c == (uint8_t)delimiter ||
            sql_is_blank(c))
            return true;
    }
    return false;
}

void sql_array_quoted(struct sql_bytes *out, struct slice text)
{
    sql_bytes_add_char(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"' || text.ptr[i] == '\\')
            sql_bytes_add_char(out, '\\');
        sql_bytes_add_char(out, (char)text.ptr[i]);
    }
    sql_bytes_add_char(out, '"');
}

void sql_array_quote(struct sql_bytes *out, struct slice text, char delimiter)
{
    if (needs_quotes(text, delimiter))
        sql_array_quoted(out, text);
    else
        sql_bytes_add_slice(out, text);
}
