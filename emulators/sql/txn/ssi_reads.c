/* What a serializable transaction has read. */
#include "common/hash.h"
#include "emulators/sql/txn/ssi_internal.h"

/* More than so many notes are one: everything. */
#define TAGS_MAX   (1u << 16)
#define RANGES_MAX 1024

/* ---- the set of numbers */

static uint64_t mix(uint64_t a, uint64_t b)
{
    uint64_t hash = (a ^ b * UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xbf58476d1ce4e5b9);
    hash ^= hash >> 31;
    return hash ? hash : 1;
}

static uint64_t table_tag(const void *table)
{
    return mix((uint64_t)(uintptr_t)table, 1);
}

static uint64_t row_tag(const void *table, uint64_t row_id)
{
    return mix(table_tag(table), row_id + 2);
}

static uint64_t key_tag(const void *tree, struct slice key)
{
    return mix(table_tag(tree) ^ key.len, hash_bytes(key));
}

static uint64_t *place_of(uint64_t *tags, uint32_t room, uint64_t tag)
{
    uint32_t at = (uint32_t)tag & (room - 1);
    while (tags[at] && tags[at] != tag)
        at = (at + 1) & (room - 1);
    return &tags[at];
}

static bool has_tag(const struct sql_ssi_reads *reads, uint64_t tag)
{
    return reads->tag_room && *place_of(reads->tags, reads->tag_room, tag) == tag;
}

static bool grow(struct heap *heap, struct sql_ssi_reads *reads)
{
    uint32_t room = reads->tag_room ? reads->tag_room * 2 : 16;
    if (reads->tag_count * 2 < reads->tag_room)
        return true;
    uint64_t *tags = reads->tag_count < TAGS_MAX ? heap_zalloc(heap, room * sizeof *tags) : NULL;
    if (!tags)
        return false;
    for (uint32_t i = 0; i < reads->tag_room; i++)
        if (reads->tags[i])
            *place_of(tags, room, reads->tags[i]) = reads->tags[i];
    if (reads->tags)
        heap_free(heap, reads->tags, reads->tag_room * sizeof *tags);
    reads->tags = tags;
    reads->tag_room = room;
    return true;
}

static void note(struct heap *heap, struct sql_ssi_reads *reads, uint64_t tag)
{
    if (reads->everything || has_tag(reads, tag))
        return;
    if (!grow(heap, reads)) {
        reads->everything = true;
        return;
    }
    *place_of(reads->tags, reads->tag_room, tag) = tag;
    reads->tag_count++;
}

/* ---- noting */

void sql_ssi_note_table(struct heap *heap, struct sql_ssi_reads *reads, const void *table)
{
    note(heap, reads, table_tag(table));
}

void sql_ssi_note_row(struct heap *heap, struct sql_ssi_reads *reads, const void *table,
                      uint64_t row_id)
{
    if (!has_tag(reads, table_tag(table)))
        note(heap, reads, row_tag(table, row_id));
}

/* False: there are too many lengths of single keys already. */
static bool note_length(struct sql_ssi_reads *reads, size_t len)
{
    for (uint32_t i = 0; i < reads->length_count; i++)
        if (reads->lengths[i] == len)
            return true;
    if (reads->length_count == SQL_SSI_LENGTHS)
        return false;
    reads->lengths[reads->length_count++] = (uint32_t)len;
    return true;
}

static struct sql_ssi_range *add_range(struct heap *heap, struct sql_ssi_reads *reads)
{
    if (reads->range_count == reads->range_room) {
        uint32_t room = reads->range_room ? reads->range_room * 2 : 4;
        struct sql_ssi_range *ranges =
            room <= RANGES_MAX
                ? heap_realloc(heap, reads->ranges, reads->range_room * sizeof *ranges,
                               room * sizeof *ranges)
                : NULL;
        if (!ranges)
            return NULL;
        reads->ranges = ranges;
        reads->range_room = room;
    }
    return &reads->ranges[reads->range_count];
}

static size_t bytes_of(const struct sql_ssi_range *range)
{
    size_t low = range->low_len == SIZE_MAX ? 0 : range->low_len;
    return low + (range->high_len == SIZE_MAX ? 0 : range->high_len);
}

void sql_ssi_note_range(struct heap *heap, struct sql_ssi_reads *reads, const void *tree,
                        const struct sql_key_range *range)
{
    if (reads->everything)
        return;
    if (range->low.ptr && range->high.ptr && slice_eq(range->low, range->high) &&
        !range->low_excluded && !range->high_excluded && note_length(reads, range->low.len)) {
        note(heap, reads, key_tag(tree, range->low));
        return;
    }
    struct sql_ssi_range *place = add_range(heap, reads);
    reads->everything = place == NULL;
    if (!place)
        return;
    *place = (struct sql_ssi_range){.tree = tree,
                                    .low_len = range->low.ptr ? range->low.len : SIZE_MAX,
                                    .high_len = range->high.ptr ? range->high.len : SIZE_MAX,
                                    .low_excluded = range->low_excluded,
                                    .high_excluded = range->high_excluded};
    size_t len = bytes_of(place);
    place->bytes = len ? heap_alloc(heap, len) : NULL;
    if (len && !place->bytes) {
        reads->everything = true;
        return;
    }
    if (range->low.ptr && range->low.len)
        memcpy(place->bytes, range->low.ptr, range->low.len);
    if (range->high.ptr && range->high.len)
        memcpy(place->bytes + len - range->high.len, range->high.ptr, range->high.len);
    reads->range_count++;
}

/* ---- asking */

bool sql_ssi_reads_row(const struct sql_ssi_reads *reads, const void *table, uint64_t row_id)
{
    return reads->everything || has_tag(reads, table_tag(table)) ||
           (row_id && has_tag(reads, row_tag(table, row_id)));
}

/* Order of the key, cut to the bound's length, and the bound. */
static int compare_cut(struct slice key, const uint8_t *bound, size_t len)
{
    if (key.len > len)
        key.len = len;
    return slice_compare(key, slice_of(bound, len));
}

static bool covers(const struct sql_ssi_range *range, struct slice key)
{
    size_t low_len = range->low_len == SIZE_MAX ? 0 : range->low_len;
    if (range->low_len != SIZE_MAX) {
        int order = compare_cut(key, range->bytes, low_len);
        if (order < 0 || (order == 0 && range->low_excluded))
            return false;
    }
    if (range->high_len != SIZE_MAX) {
        int order = compare_cut(key, range->bytes + low_len, range->high_len);
        if (order > 0 || (order == 0 && range->high_excluded))
            return false;
    }
    return true;
}

bool sql_ssi_reads_key(const struct sql_ssi_reads *reads, const void *tree, struct slice key)
{
    if (reads->everything)
        return true;
    for (uint32_t i = 0; i < reads->length_count; i++)
        if (reads->lengths[i] <= key.len &&
            has_tag(reads, key_tag(tree, slice_of(key.ptr, reads->lengths[i]))))
            return true;
    for (uint32_t i = 0; i < reads->range_count; i++)
        if (reads->ranges[i].tree == tree && covers(&reads->ranges[i], key))
            return true;
    return false;
}

void sql_ssi_reads_done(struct heap *heap, struct sql_ssi_reads *reads)
{
    for (uint32_t i = 0; i < reads->range_count; i++)
        if (reads->ranges[i].bytes)
            heap_free(heap, reads->ranges[i].bytes, bytes_of(&reads->ranges[i]));
    if (reads->ranges)
        heap_free(heap, reads->ranges, reads->range_room * sizeof *reads->ranges);
    if (reads->tags)
        heap_free(heap, reads->tags, reads->tag_room * sizeof *reads->tags);
}
