#include "emulators/sql/analyze/similar.h"

#define SIMILAR_NAME_MAX     255
#define SIMILAR_DISTANCE_MAX 3

unsigned similar_distance(struct slice a, struct slice b, unsigned limit)
{
    unsigned row[SIMILAR_NAME_MAX + 1];
    if (a.len > SIMILAR_NAME_MAX || b.len > SIMILAR_NAME_MAX)
        return limit + 1;
    for (size_t j = 0; j <= b.len; j++)
        row[j] = (unsigned)j;
    for (size_t i = 1; i <= a.len; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b.len; j++) {
            unsigned above = row[j];
            unsigned best = diagonal + (a.ptr[i - 1] != b.ptr[j - 1]);
            if (above + 1 < best)
                best = above + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
            diagonal = above;
        }
    }
    return row[b.len] > limit ? limit + 1 : row[b.len];
}

void similar_begin(struct similar *similar, struct slice table, struct slice column)
{
    *similar =
        (struct similar){.table = table, .column = column, .distance = SIMILAR_DISTANCE_MAX + 1};
}

bool similar_consider(struct similar *similar, struct slice table, struct slice column,
                      const void *owner)
{
    if (!similar->table.ptr && slice_eq(similar->column, column))
        return true;
    unsigned distance = similar_distance(similar->column, column, SIMILAR_DISTANCE_MAX);
    /* More than half of it must be right. */
    if (distance > similar->column.len / 2)
        return false;
    if (similar->table.ptr)
        distance += similar_distance(similar->table, table, SIMILAR_DISTANCE_MAX);
    if (distance > SIMILAR_DISTANCE_MAX || distance > similar->distance)
        return false;
    struct similar_name name = {table, column, owner};
    if (distance < similar->distance) {
        similar->distance = distance;
        similar->first = name;
        similar->second = (struct similar_name){0};
        similar->crowded = false;
    } else if (!similar->second.column.ptr) {
        similar->second = name;
    } else {
        similar->crowded = true;
    }
    return false;
}

bool similar_hint(const struct similar *similar, struct sql_error *error)
{
    const struct similar_name *a = &similar->first, *b = &similar->second;
    if (!a->column.ptr || similar->crowded)
        return false;
    if (!b->column.ptr)
        return sql_hint(
            error, "Perhaps you meant to reference the column \"" SLICE_FMT "." SLICE_FMT "\".",
            SLICE_ARG(a->table), SLICE_ARG(a->column));
    return sql_hint(error,
                    "Perhaps you meant to reference the column \"" SLICE_FMT "." SLICE_FMT
                    "\" or the column \"" SLICE_FMT "." SLICE_FMT "\".",
                    SLICE_ARG(a->table), SLICE_ARG(a->column), SLICE_ARG(b->table),
                    SLICE_ARG(b->column));
}
