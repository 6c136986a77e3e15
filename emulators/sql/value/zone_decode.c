/* Compiled zones, RFC 8536. */
#include "emulators/sql/value/zone_data.h"

#define HEADER_LEN 44

/* Counts of the header, in its order. */
enum { COUNT_UT, COUNT_STANDARD, COUNT_LEAPS, COUNT_TIMES, COUNT_KINDS, COUNT_CHARS, COUNTS };

static uint64_t big_endian(const uint8_t *at, size_t len)
{
    uint64_t value = 0;
    for (size_t i = 0; i < len; i++)
        value = value << 8 | at[i];
    return value;
}

static bool read_header(struct slice table, uint32_t counts[COUNTS])
{
    if (table.len < HEADER_LEN || memcmp(table.ptr, "TZif", 4) != 0 || table.ptr[4] < '2')
        return false;
    for (int i = 0; i < COUNTS; i++) {
        counts[i] = (uint32_t)big_endian(table.ptr + 20 + 4 * i, 4);
        if (counts[i] > table.len)
            return false;
    }
    return true;
}

static size_t body_len(const uint32_t counts[COUNTS], size_t time_len)
{
    return counts[COUNT_TIMES] * (time_len + 1) + counts[COUNT_KINDS] * 6u + counts[COUNT_CHARS] +
           counts[COUNT_LEAPS] * (time_len + 4) + counts[COUNT_STANDARD] + counts[COUNT_UT];
}

static bool read_kinds(struct arena *arena, const uint8_t *at, const uint32_t counts[COUNTS],
                       struct sql_zone *out)
{
    size_t count = counts[COUNT_KINDS];
    struct sql_zone_kind *kinds = arena_array(arena, count, sizeof(*kinds));
    struct slice names = arena_dup(arena, slice_of(at + 6 * count, counts[COUNT_CHARS]));
    if (!kinds || !names.ptr)
        return false;
    for (size_t i = 0; i < count; i++, at += 6) {
        if (at[5] >= names.len)
            return false;
        struct slice name = slice_from(names, at[5]);
        const uint8_t *end = memchr(name.ptr, 0, name.len);
        if (!end)
            return false;
        kinds[i] = (struct sql_zone_kind){(int32_t)big_endian(at, 4), at[4] != 0,
                                          slice_of(name.ptr, (size_t)(end - name.ptr))};
    }
    out->kinds = kinds;
    out->kind_count = count;
    return count > 0;
}

static bool read_times(struct arena *arena, const uint8_t *at, const uint32_t counts[COUNTS],
                       struct sql_zone *out)
{
    size_t count = counts[COUNT_TIMES];
    int64_t *times = arena_array(arena, count, sizeof(*times));
    struct slice becomes = arena_dup(arena, slice_of(at + 8 * count, count));
    if (!times || !becomes.ptr)
        return false;
    for (size_t i = 0; i < count; i++) {
        times[i] = (int64_t)big_endian(at + 8 * i, 8);
        if (becomes.ptr[i] >= counts[COUNT_KINDS] || (i > 0 && times[i] <= times[i - 1]))
            return false;
    }
    out->at = times;
    out->becomes = becomes.ptr;
    out->count = count;
    return true;
}

/* A newline, a POSIX description or nothing, a newline. */
static bool read_rule(struct arena *arena, struct slice footer, struct sql_zone *out)
{
    if (footer.len < 2 || footer.ptr[0] != '\n')
        return false;
    const uint8_t *end = memchr(footer.ptr + 1, '\n', footer.len - 1);
    if (!end)
        return false;
    struct slice text = arena_dup(arena, slice_of(footer.ptr + 1, (size_t)(end - footer.ptr - 1)));
    out->has_rule = text.len > 0;
    return text.ptr && (text.len == 0 || sql_zone_parse_rule(text, &out->rule));
}

bool sql_zone_decode(struct arena *arena, struct slice table, struct sql_zone *out)
{
    uint32_t counts[COUNTS];
    if (!read_header(table, counts)) /* of times of 32 bits, which are stepped over */
        return false;
    table = slice_from(table, HEADER_LEN + body_len(counts, 4));
    if (!read_header(table, counts))
        return false;
    struct slice body = slice_from(table, HEADER_LEN);
    if (body.len < body_len(counts, 8))
        return false;
    return read_times(arena, body.ptr, counts, out) &&
           read_kinds(arena, body.ptr + 9 * (size_t)counts[COUNT_TIMES], counts, out) &&
           read_rule(arena, slice_from(body, body_len(counts, 8)), out);
}
