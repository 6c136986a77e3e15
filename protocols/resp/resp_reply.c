#include "protocols/resp/resp_reply.h"

#include "common/text.h"

/* The line at the cursor without its CRLF, and where the next one begins. */
static enum resp_reply_status take_line(const struct resp_reader *reader, struct slice *out,
                                        const uint8_t **next)
{
    const uint8_t *from = reader->at + 1;
    size_t len = (size_t)(reader->end - from);
    const uint8_t *cr = len ? memchr(from, '\r', len) : NULL;
    if (!cr || cr + 1 == reader->end)
        return RESP_REPLY_MORE;
    if (cr[1] != '\n')
        return RESP_REPLY_MALFORMED;
    *out = slice_of(from, (size_t)(cr - from));
    *next = cr + 2;
    return RESP_REPLY_ITEM;
}

static enum resp_reply_status read_payload(struct resp_reader *reader, const uint8_t *next,
                                           struct resp_item *item)
{
    size_t here = (size_t)(reader->end - next);
    if (item->number == -1) {
        item->null = true;
        item->bytes.len = 0;
        reader->at = next;
        return RESP_REPLY_ITEM;
    }
    if (item->number < 0)
        return RESP_REPLY_MALFORMED;
    if (here < (size_t)item->number + 2)
        return RESP_REPLY_MORE;
    item->bytes = slice_of(next, (size_t)item->number);
    reader->at = next + item->number + 2;
    return RESP_REPLY_ITEM;
}

static enum resp_reply_status read_count(struct resp_reader *reader, const uint8_t *next,
                                         struct resp_item *item)
{
    bool pairs = item->kind == RESP_MAP || item->kind == RESP_ATTRIBUTE;
    if (item->number < -1 || item->number > INT32_MAX)
        return RESP_REPLY_MALFORMED;
    item->null = item->number == -1;
    if (item->null)
        item->number = 0;
    else if (pairs)
        item->number *= 2;
    reader->at = next;
    return RESP_REPLY_ITEM;
}

enum resp_reply_status resp_read(struct resp_reader *reader, struct resp_item *out)
{
    const uint8_t *next;
    if (reader->at >= reader->end)
        return RESP_REPLY_MORE;
    *out = (struct resp_item){.kind = (enum resp_kind)reader->at[0]};
    if (!strchr("+-:$*_#,(=!%~>|", reader->at[0]) || !reader->at[0])
        return RESP_REPLY_MALFORMED;
    enum resp_reply_status status = take_line(reader, &out->bytes, &next);
    if (status != RESP_REPLY_ITEM)
        return status;
    switch (out->kind) {
    case RESP_BULK:
    case RESP_VERBATIM:
    case RESP_BULK_ERROR:
        return text_to_i64(out->bytes, &out->number) ? read_payload(reader, next, out)
                                                     : RESP_REPLY_MALFORMED;
    case RESP_ARRAY:
    case RESP_MAP:
    case RESP_SET:
    case RESP_PUSH:
    case RESP_ATTRIBUTE:
        return text_to_i64(out->bytes, &out->number) ? read_count(reader, next, out)
                                                     : RESP_REPLY_MALFORMED;
    case RESP_INT:
        if (!text_to_i64(out->bytes, &out->number))
            return RESP_REPLY_MALFORMED;
        break;
    case RESP_BOOL:
        out->number = slice_eq_str(out->bytes, "t");
        if (!out->number && !slice_eq_str(out->bytes, "f"))
            return RESP_REPLY_MALFORMED;
        break;
    case RESP_NULL:
        out->null = true;
        if (out->bytes.len)
            return RESP_REPLY_MALFORMED;
        break;
    case RESP_SIMPLE:
    case RESP_ERROR:
    case RESP_DOUBLE:
    case RESP_BIG_NUMBER: break;
    }
    reader->at = next;
    return RESP_REPLY_ITEM;
}

static bool is_aggregate(enum resp_kind kind)
{
    return kind == RESP_ARRAY || kind == RESP_MAP || kind == RESP_SET || kind == RESP_PUSH ||
           kind == RESP_ATTRIBUTE;
}

/* left[d] counts the items still to come at depth d; an attribute is followed by the value it
 * belongs to. */
int64_t resp_reply_length(struct slice in)
{
    struct resp_reader reader = resp_reader_of(in);
    int64_t left[RESP_DEPTH_MAX + 1] = {1};
    int depth = 0;
    while (depth >= 0) {
        struct resp_item item;
        if (left[depth] == 0) {
            depth--;
            continue;
        }
        switch (resp_read(&reader, &item)) {
        case RESP_REPLY_MORE: return 0;
        case RESP_REPLY_MALFORMED: return -1;
        case RESP_REPLY_ITEM: break;
        }
        if (item.kind != RESP_ATTRIBUTE)
            left[depth]--;
        if (!is_aggregate(item.kind) || item.number == 0)
            continue;
        if (depth == RESP_DEPTH_MAX)
            return -1;
        left[++depth] = item.number;
    }
    return reader.at - in.ptr;
}
