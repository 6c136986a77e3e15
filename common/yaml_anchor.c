#include "common/yaml_anchor.h"

#include <stdio.h>
#include <stdlib.h>

/* A raw event whose texts lie in yaml_anchors.text; its anchor does not matter any more. */
struct yaml_record {
    size_t text_at, tag_at;
    uint32_t tag_len, line, column;
    uint8_t type;
    bool plain;
    size_t text_len;
};

static bool fail(const struct yaml_raw *at, struct yaml_failure *failure, const char *message)
{
    failure->line = at->line;
    failure->column = at->column;
    snprintf(failure->message, sizeof(failure->message), "%s", message);
    return false;
}

static bool fail_alias(const struct yaml_raw *at, struct yaml_failure *failure, const char *what)
{
    char message[sizeof(failure->message)];
    int len = at->text.len < 100 ? (int)at->text.len : 100;
    snprintf(message, sizeof(message), "alias *%.*s %s", len, (const char *)at->text.ptr, what);
    return fail(at, failure, message);
}

/* Room for one more of `size` bytes each (or `more` bytes, size being 1). */
static bool reserve(void **array, size_t *room, size_t count, size_t more, size_t size)
{
    size_t wanted = *room ? *room : 64;
    if (*array && count + more <= *room)
        return true;
    while (wanted < count + more)
        wanted *= 2;
    void *larger = realloc(*array, wanted * size);
    if (!larger)
        return false;
    *array = larger;
    *room = wanted;
    return true;
}

static bool keep_text(struct yaml_anchors *a, struct slice text, size_t *at)
{
    void *array = a->text;
    if (!reserve(&array, &a->text_room, a->text_len, text.len, 1))
        return false;
    a->text = array;
    *at = a->text_len;
    if (text.len)
        memcpy(a->text + a->text_len, text.ptr, text.len);
    a->text_len += text.len;
    return true;
}

static bool record(struct yaml_anchors *a, const struct yaml_raw *raw)
{
    struct yaml_record kept = {.type = (uint8_t)raw->type,
                               .plain = raw->plain,
                               .line = raw->line,
                               .column = raw->column,
                               .text_len = raw->text.len,
                               .tag_len = (uint32_t)raw->tag.len};
    void *array = a->records;
    if (!reserve(&array, &a->room, a->count, 1, sizeof(kept)))
        return false;
    a->records = array;
    if (!keep_text(a, raw->text, &kept.text_at) || !keep_text(a, raw->tag, &kept.tag_at))
        return false;
    a->records[a->count++] = kept;
    return true;
}

/* A new range that begins with the next record; *out is its number + 1. */
static bool open_range(struct yaml_anchors *a, struct slice name, size_t *out)
{
    bool is_new;
    void *array = a->ranges;
    if (!reserve(&array, &a->range_room, a->range_count, 1, sizeof(*a->ranges)))
        return false;
    a->ranges = array;
    struct yaml_index_slot *slot = yaml_index_put(&a->names, name, a->range_count, &is_new);
    if (!slot)
        return false;
    slot->value = a->range_count;
    a->ranges[a->range_count++] = (struct yaml_range){a->count, 0};
    *out = a->range_count;
    return true;
}

static bool is_start(enum yaml_raw_type type)
{
    return type == YAML_RAW_MAPPING || type == YAML_RAW_SEQUENCE;
}

static bool is_end(enum yaml_raw_type type)
{
    return type == YAML_RAW_MAPPING_END || type == YAML_RAW_SEQUENCE_END;
}

/* Keeps account of one event from the source, and records it when it stands under an anchor. */
static bool pass(struct yaml_anchors *a, const struct yaml_raw *raw, struct yaml_failure *failure)
{
    size_t anchor = 0;
    if (is_start(raw->type) && a->depth == YAML_DEPTH_MAX)
        return fail(raw, failure, "nested too deeply");
    if (raw->anchor.len && !open_range(a, raw->anchor, &anchor))
        return fail(raw, failure, "out of memory");
    if ((anchor || a->recording) && !record(a, raw))
        return fail(raw, failure, "out of memory");
    if (is_start(raw->type)) {
        a->open[a->depth++] = anchor;
        a->recording += anchor != 0;
        return true;
    }
    if (is_end(raw->type)) {
        anchor = a->open[--a->depth];
        a->recording -= anchor != 0;
    }
    if (anchor)
        a->ranges[anchor - 1].last = a->count;
    return true;
}

static void take_record(struct yaml_anchors *a, struct yaml_raw *out)
{
    const struct yaml_record *kept = &a->records[a->replay[a->replays - 1].first++];
    *out = (struct yaml_raw){.type = (enum yaml_raw_type)kept->type,
                             .plain = kept->plain,
                             .text = slice_of(a->text + kept->text_at, kept->text_len),
                             .tag = slice_of(a->text + kept->tag_at, kept->tag_len),
                             .line = kept->line,
                             .column = kept->column};
}

static bool begin_replay(struct yaml_anchors *a, const struct yaml_raw *alias,
                         struct yaml_failure *failure)
{
    size_t number;
    if (!yaml_index_find(&a->names, alias->text, &number))
        return fail_alias(alias, failure, "names no anchor before it");
    if (!a->ranges[number].last)
        return fail_alias(alias, failure, "stands within its own anchor");
    if (a->replays == YAML_DEPTH_MAX)
        return fail_alias(alias, failure, "is nested too deeply");
    a->replay[a->replays++] = a->ranges[number];
    return true;
}

void yaml_anchors_done(struct yaml_anchors *a)
{
    free(a->records);
    free(a->text);
    free(a->ranges);
    yaml_index_done(&a->names);
    *a = (struct yaml_anchors){0};
}

bool yaml_anchors_next(struct yaml_anchors *a, const struct yaml_source_type *type,
                       struct yaml_source *source, struct yaml_raw *out,
                       struct yaml_failure *failure)
{
    for (;;) {
        while (a->replays && a->replay[a->replays - 1].first == a->replay[a->replays - 1].last)
            a->replays--;
        if (a->replays)
            take_record(a, out);
        else if (!type->next(source, out, failure) || !pass(a, out, failure))
            return false;
        if (a->replays && ++a->expanded > YAML_EXPANDED_MAX)
            return fail(out, failure, "aliases expand to more than 1000000 values");
        if (out->type != YAML_RAW_ALIAS)
            return true;
        if (!begin_replay(a, out, failure))
            return false;
    }
}
