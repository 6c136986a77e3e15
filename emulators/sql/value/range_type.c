/* Range and multirange types: input, output, order. */
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/domain.h"
#include "emulators/sql/value/range.h"
#include "emulators/sql/value/text_scan.h"

/* ---- text in */

static bool malformed(struct sql_call *call, const char *kind, struct slice text,
                      const char *detail)
{
    sql_fail(call->env->error, "22P02", "malformed %s literal: \"" SLICE_FMT "\"", kind,
             SLICE_ARG(text));
    return sql_detail(call->env->error, "%s", detail);
}

static void skip_blanks(struct slice text, size_t *at)
{
    while (*at < text.len && sql_is_blank(text.ptr[*at]))
        ++*at;
}

/* A bound's text up to a comma or a closing bracket; *infinite when nothing stands there. */
static bool read_bound(struct sql_call *call, struct slice text, size_t *at, struct slice *value,
                       bool *infinite)
{
    struct sql_bytes out = sql_bytes_begin(call);
    bool quoted = false;
    *infinite = *at < text.len && memchr(",)]", text.ptr[*at], 3);
    for (; *at < text.len; ++*at) {
        uint8_t c = text.ptr[*at];
        if (!quoted && (c == ',' || c == ')' || c == ']'))
            break;
        if (c == '\\') {
            if (++*at == text.len)
                return malformed(call, "range", text, "Unexpected end of input.");
            sql_bytes_add_char(&out, (char)text.ptr[*at]);
        } else if (c == '"' && quoted && *at + 1 < text.len && text.ptr[*at + 1] == '"') {
            sql_bytes_add_char(&out, '"');
            ++*at;
        } else if (c == '"') {
            quoted = !quoted;
        } else {
            sql_bytes_add_char(&out, (char)c);
        }
    }
    if (*at == text.len)
        return malformed(call, "range", text, "Unexpected end of input.");
    *value = sql_bytes_slice(&out);
    return !out.failed || sql_fail_memory(call->env->error);
}

static bool put_in(struct sql_call *call, const struct sql_type *subtype, struct slice text,
                   int32_t typmod, struct sql_bound *bound)
{
    return bound->infinite || sql_type_input(call, subtype, text, typmod, &bound->value);
}

bool sql_range_read(struct sql_call *call, const struct sql_type *range_type, struct slice text,
                    size_t *at, int32_t typmod, struct sql_range *out)
{
    const struct sql_type *subtype = sql_range_subtype(call, range_type);
    struct slice lower, upper;
    *out = (struct sql_range){.lower = {.lower = true}};
    skip_blanks(text, at);
    if (text.len - *at >= 5 && slice_is(slice_of(text.ptr + *at, 5), "empty")) {
        *at += 5;
        out->empty = true;
        skip_blanks(text, at);
        return *at == text.len || malformed(call, "range", text, "Junk after \"empty\" key word.");
    }
    if (*at == text.len || (text.ptr[*at] != '[' && text.ptr[*at] != '('))
        return malformed(call, "range", text, "Missing left parenthesis or bracket.");
    out->lower.inclusive = text.ptr[(*at)++] == '[';
    if (!read_bound(call, text, at, &lower, &out->lower.infinite))
        return false;
    if (text.ptr[*at] != ',')
        return malformed(call, "range", text, "Missing comma after lower bound.");
    ++*at;
    if (!read_bound(call, text, at, &upper, &out->upper.infinite))
        return false;
    if (text.ptr[*at] == ',')
        return malformed(call, "range", text, "Too many commas.");
    out->upper.inclusive = text.ptr[(*at)++] == ']';
    return put_in(call, subtype, lower, typmod, &out->lower) &&
           put_in(call, subtype, upper, typmod, &out->upper);
}

static bool range_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                        int32_t typmod, struct datum *out)
{
    struct sql_range range;
    size_t at = 0;
    if (!sql_range_read(call, type, text, &at, typmod, &range))
        return false;
    skip_blanks(text, &at);
    if (at < text.len)
        return malformed(call, "range", text, "Junk after right parenthesis or bracket.");
    return sql_range_make(call, type, &range, out);
}

/* The end of the range that begins at `at` within a multirange: behind its bracket. */
static bool find_range_end(struct slice text, size_t at, size_t *end)
{
    bool quoted = false;
    for (; at < text.len; at++) {
        uint8_t c = text.ptr[at];
        if (c == '\\')
            at++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == ')' || c == ']')) {
            *end = at + 1;
            return true;
        }
    }
    return false;
}

static bool add_span(struct sql_call *call, struct sql_spans *spans, uint32_t *room,
                     const struct sql_range *range)
{
    if (spans->count == *room) {
        uint32_t grown = *room ? *room * 2 : 8;
        struct sql_range *items = arena_array(call->arena, grown, sizeof(*items));
        if (!items)
            return sql_fail_memory(call->env->error);
        if (spans->count)
            memcpy(items, spans->items, spans->count * sizeof(*items));
        spans->items = items;
        *room = grown;
    }
    spans->items[spans->count++] = *range;
    return true;
}

/* One range of a multirange's text. */
static bool read_span(struct sql_call *call, const struct sql_type *range_type, struct slice text,
                      size_t *at, int32_t typmod, struct sql_range *range)
{
    bool empty = text.len - *at >= 5 && slice_is(slice_of(text.ptr + *at, 5), "empty");
    if (!empty && (*at == text.len || (text.ptr[*at] != '[' && text.ptr[*at] != '(')))
        return malformed(call, "multirange", text,
                         *at == text.len ? "Unexpected end of input." : "Expected range start.");
    size_t end = *at + 5, inner = 0;
    if (!empty && !find_range_end(text, *at, &end))
        return malformed(call, "multirange", text, "Unexpected end of input.");
    struct slice part = slice_of(text.ptr + *at, end - *at);
    *at = end;
    return sql_range_read(call, range_type, part, &inner, typmod, range) &&
           sql_range_normalize(call, range_type, range);
}

static bool multirange_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                             int32_t typmod, struct datum *out)
{
    const struct sql_type *range_type = sql_range_type(call, type);
    struct sql_spans spans = {.subtype = sql_range_subtype(call, type)};
    uint32_t room = 0;
    size_t at = 0;
    bool single;
    skip_blanks(text, &at);
    if (at == text.len || text.ptr[at] != '{')
        return malformed(call, "multirange", text, "Missing left brace.");
    at++;
    for (bool first = true;; first = false) {
        struct sql_range range;
        skip_blanks(text, &at);
        if (first && at < text.len && text.ptr[at] == '}')
            break;
        if (!read_span(call, range_type, text, &at, typmod, &range) ||
            !add_span(call, &spans, &room, &range))
            return false;
        skip_blanks(text, &at);
        if (at == text.len)
            return malformed(call, "multirange", text, "Unexpected end of input.");
        if (text.ptr[at] == '}')
            break;
        if (text.ptr[at++] != ',')
            return malformed(call, "multirange", text, "Expected comma or end of multirange.");
    }
    at++;
    skip_blanks(text, &at);
    if (at < text.len)
        return malformed(call, "multirange", text, "Junk after closing right brace.");
    return sql_spans_normalize(call, range_type, &spans) &&
           sql_spans_make(call, type, &spans, &single, out);
}

/* ---- text out */

static bool needs_quotes(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        if (c == '"' || c == '\\' || c == '(' || c == ')' || c == '[' || c == ']' || c == ',' ||
            sql_is_blank(c))
            return true;
    }
    return text.len == 0;
}

static bool put_bound(struct sql_call *call, const struct sql_type *subtype,
                      const struct sql_bound *bound, struct sql_bytes *out)
{
    struct sql_bytes text = sql_bytes_begin(call);
    if (bound->infinite)
        return true;
    if (!sql_type_output(call, subtype, bound->value, &text))
        return false;
    struct slice shown = sql_bytes_slice(&text);
    bool quotes = needs_quotes(shown);
    sql_bytes_add_str(out, quotes ? "\"" : "");
    for (size_t i = 0; i < shown.len; i++) {
        if (shown.ptr[i] == '"' || shown.ptr[i] == '\\')
            sql_bytes_add_char(out, (char)shown.ptr[i]);
        sql_bytes_add_char(out, (char)shown.ptr[i]);
    }
    sql_bytes_add_str(out, quotes ? "\"" : "");
    return true;
}

static bool put_range(struct sql_call *call, const struct sql_type *subtype,
                      const struct sql_range *range, struct sql_bytes *out)
{
    if (range->empty) {
        sql_bytes_add_str(out, "empty");
        return true;
    }
    sql_bytes_add_char(out, range->lower.inclusive ? '[' : '(');
    if (!put_bound(call, subtype, &range->lower, out))
        return false;
    sql_bytes_add_char(out, ',');
    if (!put_bound(call, subtype, &range->upper, out))
        return false;
    sql_bytes_add_char(out, range->upper.inclusive ? ']' : ')');
    return true;
}

static bool range_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                         struct sql_bytes *out)
{
    const struct sql_type *subtype = sql_range_subtype(call, type);
    struct sql_range range;
    sql_range_open(subtype, datum_slice(value), &range);
    return put_range(call, subtype, &range, out);
}

static bool multirange_output(struct sql_call *call, const struct sql_type *type,
                              struct datum value, struct sql_bytes *out)
{
    struct sql_spans spans;
    if (!sql_spans_open(call, type, value, &spans))
        return false;
    sql_bytes_add_char(out, '{');
    for (uint32_t i = 0; i < spans.count; i++) {
        sql_bytes_add_str(out, i ? "," : "");
        if (!put_range(call, spans.subtype, &spans.items[i], out))
            return false;
    }
    sql_bytes_add_char(out, '}');
    return true;
}

/* ---- binary: a flag byte as in the wire's manual, then each finite bound with its length */

enum {
    WIRE_EMPTY = 1,
    WIRE_LOWER_INC = 2,
    WIRE_UPPER_INC = 4,
    WIRE_LOWER_INF = 8,
    WIRE_UPPER_INF = 16
};

static bool send_bound(struct sql_call *call, const struct sql_type *subtype,
                       const struct sql_bound *bound, struct sql_bytes *out)
{
    struct sql_bytes bytes = sql_bytes_begin(call);
    if (bound->infinite)
        return true;
    if (!subtype->ops->send(call, subtype, bound->value, &bytes))
        return false;
    sql_bytes_add_u32(out, (uint32_t)bytes.len);
    sql_bytes_add_slice(out, sql_bytes_slice(&bytes));
    return true;
}

static bool send_range(struct sql_call *call, const struct sql_type *subtype,
                       const struct sql_range *range, struct sql_bytes *out)
{
    int flags = range->empty ? WIRE_EMPTY
                             : (range->lower.inclusive ? WIRE_LOWER_INC : 0) |
                                   (range->upper.inclusive ? WIRE_UPPER_INC : 0) |
                                   (range->lower.infinite ? WIRE_LOWER_INF : 0) |
                                   (range->upper.infinite ? WIRE_UPPER_INF : 0);
    sql_bytes_add_char(out, (char)flags);
    return range->empty || (send_bound(call, subtype, &range->lower, out) &&
                            send_bound(call, subtype, &range->upper, out));
}

static bool range_send(struct sql_call *call, const struct sql_type *type, struct datum value,
                       struct sql_bytes *out)
{
    const struct sql_type *subtype = sql_range_subtype(call, type);
    struct sql_range range;
    sql_range_open(subtype, datum_slice(value), &range);
    return send_range(call, subtype, &range, out);
}

static bool multirange_send(struct sql_call *call, const struct sql_type *type, struct datum value,
                            struct sql_bytes *out)
{
    struct sql_spans spans;
    if (!sql_spans_open(call, type, value, &spans))
        return false;
    sql_bytes_add_u32(out, spans.count);
    for (uint32_t i = 0; i < spans.count; i++) {
        struct sql_bytes bytes = sql_bytes_begin(call);
        if (!send_range(call, spans.subtype, &spans.items[i], &bytes))
            return false;
        sql_bytes_add_u32(out, (uint32_t)bytes.len);
        sql_bytes_add_slice(out, sql_bytes_slice(&bytes));
    }
    return true;
}

static bool take(struct slice *bytes, size_t len, struct slice *out)
{
    if (bytes->len < len)
        return false;
    *out = slice_of(bytes->ptr, len);
    *bytes = slice_from(*bytes, len);
    return true;
}

static bool take_u32(struct slice *bytes, uint32_t *out)
{
    struct slice four;
    if (!take(bytes, 4, &four))
        return false;
    *out = (uint32_t)four.ptr[0] << 24 | (uint32_t)four.ptr[1] << 16 | (uint32_t)four.ptr[2] << 8 |
           four.ptr[3];
    return true;
}

static bool short_message(struct sql_call *call)
{
    return sql_fail(call->env->error, "08P01", "insufficient data left in message");
}

static bool receive_bound(struct sql_call *call, const struct sql_type *subtype,
                          struct slice *bytes, int32_t typmod, struct sql_bound *bound)
{
    uint32_t len;
    struct slice value;
    if (bound->infinite)
        return true;
    if (!take_u32(bytes, &len) || !take(bytes, len, &value))
        return short_message(call);
    return sql_domain_receive(call, subtype, value, typmod, &bound->value);
}

static bool receive_range(struct sql_call *call, const struct sql_type *range_type,
                          struct slice *bytes, int32_t typmod, struct sql_range *range)
{
    const struct sql_type *subtype = sql_range_subtype(call, range_type);
    struct slice flag;
    if (!take(bytes, 1, &flag))
        return short_message(call);
    uint8_t flags = flag.ptr[0];
    *range = (struct sql_range){.empty = flags & WIRE_EMPTY};
    range->lower = (struct sql_bound){
        .infinite = flags & WIRE_LOWER_INF, .inclusive = flags & WIRE_LOWER_INC, .lower = true};
    range->upper =
        (struct sql_bound){.infinite = flags & WIRE_UPPER_INF, .inclusive = flags & WIRE_UPPER_INC};
    if (range->empty)
        return true;
    return receive_bound(call, subtype, bytes, typmod, &range->lower) &&
           receive_bound(call, subtype, bytes, typmod, &range->upper) &&
           sql_range_normalize(call, range_type, range);
}

static bool all_read(struct sql_call *call, struct slice bytes)
{
    return bytes.len == 0 || sql_fail(call->env->error, "08P01", "invalid message format");
}

static bool range_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                          int32_t typmod, struct datum *out)
{
    struct sql_range range;
    return receive_range(call, type, &bytes, typmod, &range) && all_read(call, bytes) &&
           sql_range_make(call, type, &range, out);
}

static bool multirange_receive(struct sql_call *call, const struct sql_type *type,
                               struct slice bytes, int32_t typmod, struct datum *out)
{
    const struct sql_type *range_type = sql_range_type(call, type);
    struct sql_spans spans = {.subtype = sql_range_subtype(call, type)};
    uint32_t count, room = 0;
    bool single;
    if (!take_u32(&bytes, &count))
        return short_message(call);
    for (uint32_t i = 0; i < count; i++) {
        struct slice one;
        uint32_t len;
        struct sql_range range;
        if (!take_u32(&bytes, &len) || !take(&bytes, len, &one))
            return short_message(call);
        if (!receive_range(call, range_type, &one, typmod, &range) || !all_read(call, one) ||
            !add_span(call, &spans, &room, &range))
            return false;
    }
    return all_read(call, bytes) && sql_spans_normalize(call, range_type, &spans) &&
           sql_spans_make(call, type, &spans, &single, out);
}

/* ---- order */

static int spans_compare(struct sql_call *call, const struct sql_type *type, struct datum a,
                         struct datum b)
{
    struct sql_spans left, right;
    if (!sql_spans_open(call, type, a, &left) || !sql_spans_open(call, type, b, &right))
        return 0;
    for (uint32_t i = 0; i < left.count && i < right.count; i++) {
        int order = sql_range_compare(call, left.subtype, &left.items[i], &right.items[i]);
        if (order)
            return order;
    }
    return (left.count > right.count) - (left.count < right.count);
}

static uint64_t hash_bound(struct sql_call *call, const struct sql_type *subtype,
                           const struct sql_bound *bound)
{
    uint64_t hash = bound->infinite ? 7 : subtype->ops->hash(call, subtype, bound->value);
    return hash * 4 + (uint64_t)bound->inclusive * 2 + bound->infinite;
}

static uint64_t spans_hash(struct sql_call *call, const struct sql_type *type, struct datum value)
{
    struct sql_spans spans;
    uint64_t hash = 17;
    if (!sql_spans_open(call, type, value, &spans))
        return hash;
    for (uint32_t i = 0; i < spans.count; i++) {
        hash = hash * 31 + hash_bound(call, spans.subtype, &spans.items[i].lower);
        hash = hash * 31 + hash_bound(call, spans.subtype, &spans.items[i].upper);
    }
    return hash;
}

/* An infinite lower bound comes first, an infinite upper one last; at one value [ comes before (
 * and ) before ]. */
static bool bound_key(struct sql_call *call, const struct sql_type *subtype,
                      const struct sql_bound *bound, struct sql_bytes *out)
{
    sql_bytes_add_char(out, bound->infinite ? (bound->lower ? 0 : 2) : 1);
    if (bound->infinite)
        return true;
    if (!subtype->ops->encode_key(call, subtype, bound->value, out))
        return false;
    sql_bytes_add_char(out, bound->lower != bound->inclusive);
    return true;
}

static bool spans_key(struct sql_call *call, const struct sql_type *type, struct datum value,
                      struct sql_bytes *out)
{
    struct sql_spans spans;
    if (!sql_spans_open(call, type, value, &spans))
        return false;
    for (uint32_t i = 0; i < spans.count; i++) {
        sql_bytes_add_char(out, 1);
        if (!bound_key(call, spans.subtype, &spans.items[i].lower, out) ||
            !bound_key(call, spans.subtype, &spans.items[i].upper, out))
            return false;
    }
    sql_bytes_add_char(out, 0);
    return true;
}

const struct sql_type_ops sql_range_ops = {
    .input = range_input,
    .output = range_output,
    .receive = range_receive,
    .send = range_send,
    .compare = spans_compare,
    .hash = spans_hash,
    .encode_key = spans_key,
};

const struct sql_type_ops sql_multirange_ops = {
    .input = multirange_input,
    .output = multirange_output,
    .receive = multirange_receive,
    .send = multirange_send,
    .compare = spans_compare,
    .hash = spans_hash,
    .encode_key = spans_key,
};
