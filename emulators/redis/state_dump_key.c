#include "emulators/redis/state_dump_key.h"

#include <stdlib.h>

#include "common/text.h"
#include "common/time_text.h"
#include "common/utf8.h"
#include "emulators/redis/hash_value.h"
#include "emulators/redis/list.h"
#include "emulators/redis/set.h"
#include "emulators/redis/stream.h"
#include "emulators/redis/zset.h"

/* ---- strings */

bool redis_is_text(struct slice bytes)
{
    while (bytes.len) {
        size_t width = bytes.ptr[0] < 0x80 ? 1 : utf8_width(bytes);
        if (!width)
            return false;
        bytes = slice_from(bytes, width);
    }
    return true;
}

/* The string as it is to be shown, from the arena when it is base64. */
static struct slice shown(struct redis_dump *dump, struct slice bytes)
{
    if (!dump->base64)
        return bytes;
    char *text = arena_alloc(&dump->arena, TEXT_BASE64_LEN(bytes.len));
    if (!text) {
        dump->out->out->failed = true;
        return slice_of(NULL, 0);
    }
    text_to_base64(text, bytes.ptr, bytes.len);
    return slice_of(text, TEXT_BASE64_LEN(bytes.len));
}

void redis_dump_string(struct redis_dump *dump, struct slice bytes)
{
    json_string(dump->out, shown(dump, bytes));
}

void redis_dump_name(struct redis_dump *dump, struct slice bytes)
{
    json_key(dump->out, shown(dump, bytes));
}

void redis_dump_time(struct redis_dump *dump, const char *name, int64_t ms)
{
    char text[TIME_TEXT_MAX];
    time_to_text(text, ms);
    json_key_str(dump->out, name);
    json_str(dump->out, text);
}

static int compare_slices(const void *a, const void *b)
{
    return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

void redis_sort_slices(struct slice *slices, size_t count)
{
    if (count)
        qsort(slices, count, sizeof(*slices), compare_slices);
}

/* ---- values as a row of elements */

struct element {
    struct slice name, value; /* list: value alone */
    double score;
    int64_t expire_ms;
};

struct walk {
    const struct redis_entry *entry;
    bool over;
    char scratch[TEXT_INT_MAX];
    union {
        struct redis_list_iter list;
        struct redis_set_iter set;
        struct redis_zset_iter zset;
        struct redis_hash_iter hash;
    } at;
};

static void walk_start(struct walk *walk, const struct redis_entry *entry)
{
    const void *value = entry->type == REDIS_STRING ? NULL : entry->value.object;
    walk->entry = entry;
    walk->over = false;
    if (entry->type == REDIS_LIST)
        redis_list_iter_init(&walk->at.list, value, 0, false);
    else if (entry->type == REDIS_SET)
        redis_set_iter_init(&walk->at.set, value);
    else if (entry->type == REDIS_ZSET)
        redis_zset_iter_init(&walk->at.zset, value, 0, false);
    else if (entry->type == REDIS_HASH)
        redis_hash_iter_init(&walk->at.hash, value);
}

static bool next_string(struct walk *walk, struct element *out)
{
    if (walk->over)
        return false;
    walk->over = true;
    out->value = redis_entry_string(walk->entry, walk->scratch);
    return true;
}

static bool next_item(struct walk *walk, struct element *out)
{
    struct redis_zitem item;
    if (!redis_zset_iter_next(&walk->at.zset, &item))
        return false;
    out->name = item.member;
    out->score = item.score;
    return true;
}

static bool next_field(struct walk *walk, struct element *out)
{
    struct redis_field field;
    if (!redis_hash_iter_next(&walk->at.hash, &field))
        return false;
    *out = (struct element){field.name, field.value, 0, field.expire_ms};
    return true;
}

static bool walk_next(struct walk *walk, struct element *out)
{
    *out = (struct element){.expire_ms = -1};
    switch (walk->entry->type) {
    case REDIS_STRING: return next_string(walk, out);
    case REDIS_LIST: return redis_list_iter_next(&walk->at.list, &out->value);
    case REDIS_SET: return redis_set_iter_next(&walk->at.set, &out->value);
    case REDIS_ZSET: return next_item(walk, out);
    case REDIS_HASH: return next_field(walk, out);
    default: return false;
    }
}

static const struct redis_stream *stream_of(const struct redis_entry *entry)
{
    return (const struct redis_stream *)(const void *)entry->value.object;
}

static bool all_text(const struct redis_entry *entry)
{
    struct walk walk;
    struct element element;
    if (!redis_is_text(redis_entry_key(entry)))
        return false;
    if (entry->type == REDIS_STREAM)
        return redis_stream_is_text(stream_of(entry));
    for (walk_start(&walk, entry); walk_next(&walk, &element);)
        if (!redis_is_text(element.name) || !redis_is_text(element.value))
            return false;
    return true;
}

/* ---- values by type */

static void dump_element(struct redis_dump *dump, const struct redis_entry *entry,
                         const struct element *element)
{
    if (element->name.ptr)
        redis_dump_name(dump, element->name);
    if (entry->type == REDIS_ZSET) {
        json_double(dump->out, element->score);
    } else if (element->expire_ms >= 0) {
        json_object(dump->out);
        json_key_str(dump->out, "value");
        redis_dump_string(dump, element->value);
        redis_dump_time(dump, "expire_at", element->expire_ms);
        json_object_end(dump->out);
    } else {
        redis_dump_string(dump, element->value);
    }
}

/* What has no order of its own is shown in that of its bytes; NULL: it has, or memory is short. */
static struct slice *sorted_names(struct redis_dump *dump, const struct redis_entry *entry,
                                  uint64_t count)
{
    struct walk walk;
    struct element element;
    bool unordered =
        (entry->type == REDIS_SET && entry->value.object->encoding == REDIS_SET_HASHTABLE) ||
        (entry->type == REDIS_HASH && entry->value.object->encoding == REDIS_HASH_HASHTABLE);
    struct slice *names = unordered ? arena_array(&dump->arena, count, sizeof(*names)) : NULL;
    if (!names)
        return NULL;
    walk_start(&walk, entry);
    for (uint64_t i = 0; i < count && walk_next(&walk, &element); i++)
        names[i] = entry->type == REDIS_SET ? element.value : element.name;
    redis_sort_slices(names, count);
    return names;
}

static void dump_sorted(struct redis_dump *dump, const struct redis_entry *entry,
                        const struct slice *names, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        struct element element = {.value = names[i], .expire_ms = -1};
        struct redis_field field;
        if (entry->type == REDIS_HASH &&
            redis_hash_get((const struct redis_hash *)(const void *)entry->value.object, names[i],
                           &field))
            element = (struct element){names[i], field.value, 0, field.expire_ms};
        dump_element(dump, entry, &element);
    }
}

static void dump_elements(struct redis_dump *dump, const struct redis_entry *entry)
{
    struct walk walk;
    struct element element;
    uint64_t count =
        entry->type == REDIS_STRING ? 1 : redis_types[entry->type]->length(entry->value.object);
    struct slice *names = sorted_names(dump, entry, count);
    if (names) {
        dump_sorted(dump, entry, names, count);
        return;
    }
    for (walk_start(&walk, entry); walk_next(&walk, &element);)
        dump_element(dump, entry, &element);
}

static void dump_value(struct redis_dump *dump, const struct redis_entry *entry)
{
    json_key_str(dump->out, "value");
    switch (entry->type) {
    case REDIS_STRING: dump_elements(dump, entry); return;
    case REDIS_HASH:
    case REDIS_ZSET:
        json_object(dump->out);
        dump_elements(dump, entry);
        json_object_end(dump->out);
        return;
    case REDIS_STREAM:
        json_array(dump->out);
        redis_dump_stream_entries(dump, stream_of(entry));
        json_array_end(dump->out);
        redis_dump_stream_members(dump, stream_of(entry));
        return;
    default:
        json_array(dump->out);
        dump_elements(dump, entry);
        json_array_end(dump->out);
        return;
    }
}

void redis_dump_key(struct redis_dump *dump, const struct redis_entry *entry)
{
    struct json_writer *out = dump->out;
    int64_t expire_ms = redis_entry_expire(entry);
    dump->base64 = !all_text(entry);
    redis_dump_name(dump, redis_entry_key(entry));
    json_object(out);
    json_key_str(out, "type");
    json_str(out, redis_types[entry->type]->name);
    if (dump->base64) {
        json_key_str(out, "base64");
        json_bool(out, true);
    }
    if (expire_ms >= 0)
        redis_dump_time(dump, "expire_at", expire_ms);
    dump_value(dump, entry);
    json_object_end(out);
    dump->base64 = false;
    arena_reset(&dump->arena);
}
