#include "emulators/redis/reply_json.h"

#include "common/text.h"
#include "protocols/resp/resp_reply.h"

#define VERBATIM_FORMAT_LEN 4 /* "txt:" */

/* Attributes come before what they describe; they are no part of it. */
static bool next_item(struct resp_reader *reader, struct resp_item *item);

static void skip_items(struct resp_reader *reader, int64_t count)
{
    struct resp_item item;
    for (; count > 0 && next_item(reader, &item); count--)
        if (item.kind == RESP_ARRAY || item.kind == RESP_MAP || item.kind == RESP_SET ||
            item.kind == RESP_PUSH)
            skip_items(reader, item.number);
}

static bool next_item(struct resp_reader *reader, struct resp_item *item)
{
    while (resp_read(reader, item) == RESP_REPLY_ITEM) {
        if (item->kind != RESP_ATTRIBUTE)
            return true;
        skip_items(reader, item->number);
    }
    return false;
}

static struct slice item_text(const struct resp_item *item)
{
    if (item->kind == RESP_VERBATIM && item->bytes.len >= VERBATIM_FORMAT_LEN)
        return slice_from(item->bytes, VERBATIM_FORMAT_LEN);
    return item->bytes;
}

static void write_double(struct slice text, struct json_writer *out)
{
    double value;
    if (text_to_double(text, &value))
        json_double(out, value);
    else
        json_string(out, text);
}

static void write_error(struct slice text, struct json_writer *out)
{
    json_object(out);
    json_key_str(out, "error");
    json_string(out, text);
    json_object_end(out);
}

/* A member's name is text: what is a number stands there as its digits. */
static void write_key(const struct resp_item *item, struct json_writer *out)
{
    char digits[TEXT_INT_MAX];
    if (item->kind == RESP_INT || item->kind == RESP_BOOL)
        json_key(out, slice_of(digits, text_from_i64(digits, item->number)));
    else
        json_key(out, item_text(item));
}

static void write_item(struct resp_reader *reader, const struct resp_item *item,
                       struct json_writer *out);

static void write_elements(struct resp_reader *reader, int64_t count, struct json_writer *out)
{
    struct resp_item item;
    json_array(out);
    for (; count > 0 && next_item(reader, &item); count--)
        write_item(reader, &item, out);
    json_array_end(out);
}

static void write_members(struct resp_reader *reader, int64_t count, struct json_writer *out)
{
    struct resp_item key, value;
    json_object(out);
    for (; count > 1 && next_item(reader, &key) && next_item(reader, &value); count -= 2) {
        write_key(&key, out);
        write_item(reader, &value, out);
    }
    json_object_end(out);
}

/* The depth is bounded: the replies are our own. */
static void write_item(struct resp_reader *reader, const struct resp_item *item,
                       struct json_writer *out)
{
    if (item->null) {
        json_null(out);
        return;
    }
    switch (item->kind) {
    case RESP_INT: json_int(out, item->number); return;
    case RESP_BOOL: json_bool(out, item->number != 0); return;
    case RESP_DOUBLE: write_double(item->bytes, out); return;
    case RESP_ERROR:
    case RESP_BULK_ERROR: write_error(item->bytes, out); return;
    case RESP_MAP: write_members(reader, item->number, out); return;
    case RESP_ARRAY:
    case RESP_SET:
    case RESP_PUSH: write_elements(reader, item->number, out); return;
    case RESP_NULL:
    case RESP_ATTRIBUTE: json_null(out); return;
    case RESP_SIMPLE:
    case RESP_BULK:
    case RESP_VERBATIM:
    case RESP_BIG_NUMBER: json_string(out, item_text(item)); return;
    }
}

void redis_replies_to_json(struct slice replies, struct json_writer *out)
{
    int64_t first = resp_reply_length(replies);
    bool several = first > 0 && (size_t)first < replies.len;
    struct resp_reader reader = resp_reader_of(replies);
    struct resp_item item;
    if (several)
        json_array(out);
    else if (!replies.len)
        json_null(out);
    while (next_item(&reader, &item))
        write_item(&reader, &item, out);
    if (several)
        json_array_end(out);
}

bool redis_reply_is_error(struct slice reply, struct slice *out_text)
{
    struct resp_reader reader = resp_reader_of(reply);
    struct resp_item item;
    if (!next_item(&reader, &item) || (item.kind != RESP_ERROR && item.kind != RESP_BULK_ERROR))
        return false;
    *out_text = item.bytes;
    return true;
}
