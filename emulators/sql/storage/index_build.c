/* Building an index for the rows that are there: all entries are gathered, sorted and put in. */
#include <stdlib.h>

#include "emulators/sql/storage/index_internal.h"

#define RUN_ENTRIES 1024 /* so many are sorted at once; then runs are merged */
#define CHECK_EVERY 1024

struct sql_index_build {
    struct sql_env *env;
    struct heap *heap;
    struct sql_btree *tree;
    struct sql_entry *entries;
    size_t count, room;
    uint32_t ticks; /* entries since the last look whether to go on */
    bool sorted;    /* so far they came in order */
};

/* Lets others have their turn once in a while; false: the statement shall end, env->error is filled. */
static bool go_on(struct sql_index_build *build)
{
    return (++build->ticks % CHECK_EVERY) != 0 || !build->env->check ||
           build->env->check(build->env);
}

struct sql_index_build *sql_index_build_begin(struct sql_env *env, struct sql_btree *tree)
{
    struct heap *heap = tree->handle.database->instance->heap;
    struct sql_index_build *build = heap_zalloc(heap, sizeof *build);
    if (!build) {
        sql_fail_memory(env->error);
        return NULL;
    }
    *build = (struct sql_index_build){.env = env, .heap = heap, .tree = tree, .sorted = true};
    return build;
}

void sql_index_build_abandon(struct sql_index_build *build)
{
    if (!build)
        return;
    struct heap *heap = build->heap;
    for (size_t i = 0; i < build->count; i++)
        sql_entry_release(heap, &build->entries[i]);
    if (build->entries)
        heap_free(heap, build->entries, build->room * sizeof *build->entries);
    heap_free(heap, build, sizeof *build);
}

bool sql_index_build_add(struct sql_index_build *build, struct slice key, uint64_t row_id,
                         bool unique)
{
    if (key.len > SQL_KEY_MAX)
        return sql_fail(build->env->error, "54000", "index row size %zu exceeds maximum", key.len);
    if (build->count == build->room) {
        size_t room = build->room ? build->room * 2 : 64;
        struct sql_entry *entries = heap_realloc(
            build->heap, build->entries, build->room * sizeof *entries, room * sizeof *entries);
        if (!entries)
            return sql_fail_memory(build->env->error);
        build->entries = entries;
        build->room = room;
    }
    struct sql_entry *entry = &build->entries[build->count];
    if (!sql_entry_make(build->heap, key, row_id, entry))
        return sql_fail_memory(build->env->error);
    entry->row |= unique ? 0 : SQL_ENTRY_MANY;
    if (build->count > 0 && build->sorted)
        build->sorted = sql_entry_compare(entry - 1, entry) < 0;
    build->count++;
    return true;
}

/* ---- sorting */

/* Merges runs of `width` entries, two and two. */
static bool merge_runs(struct sql_index_build *build, size_t width, struct sql_entry *to)
{
    const struct sql_entry *from = build->entries;
    for (size_t start = 0; start < build->count; start += 2 * width) {
        size_t a = start, b = start + width < build->count ? start + width : build->count;
        size_t a_end = b, b_end = b + width < build->count ? b + width : build->count;
        for (size_t at = start; at < b_end; at++) {
            bool take_left =
                b == b_end || (a < a_end && sql_entry_compare(&from[a], &from[b]) <= 0);
            to[at] = from[take_left ? a++ : b++];
            if (!go_on(build))
                return false;
        }
    }
    return true;
}

static bool sort_runs(struct sql_index_build *build)
{
    for (size_t at = 0; at < build->count; at += RUN_ENTRIES) {
        size_t left = build->count - at;
        qsort(build->entries + at, left < RUN_ENTRIES ? left : RUN_ENTRIES, sizeof *build->entries,
              sql_entry_compare);
        build->ticks += RUN_ENTRIES - 1;
        if (!go_on(build))
            return false;
    }
    return true;
}

static bool sort(struct sql_index_build *build)
{
    size_t bytes = build->room * sizeof *build->entries;
    if (build->sorted)
        return true;
    struct sql_entry *other = heap_alloc(build->heap, bytes);
    if (!other)
        return sql_fail_memory(build->env->error);
    bool ok = sort_runs(build);
    for (size_t width = RUN_ENTRIES; ok && width < build->count; width *= 2) {
        ok = merge_runs(build, width, other);
        if (ok) {
            struct sql_entry *merged = other;
            other = build->entries;
            build->entries = merged;
        }
    }
    heap_free(build->heap, other, bytes);
    return ok;
}

/* ---- putting in */

static bool find_duplicate(struct sql_index_build *build, uint64_t *out_duplicate,
                           uint64_t *out_other)
{
    for (size_t i = 1; i < build->count; i++) {
        const struct sql_entry *a = &build->entries[i - 1], *b = &build->entries[i];
        if (!go_on(build))
            return false;
        if ((a->row | b->row) & SQL_ENTRY_MANY || sql_entry_compare_keys(a, b) != 0)
            continue;
        *out_other = sql_entry_row_id(a);
        *out_duplicate = sql_entry_row_id(b);
        break;
    }
    return true;
}

static bool put_in(struct sql_index_build *build)
{
    size_t taken = 0;
    bool ok = true;
    for (; ok && taken < build->count; taken += ok) {
        build->entries[taken].row &= ~(uint64_t)SQL_ENTRY_MANY;
        ok = go_on(build) && (sql_btree_add(build->tree, &build->entries[taken]) ||
                              sql_fail_memory(build->env->error));
    }
    build->count -= taken;
    if (build->count)
        memmove(build->entries, build->entries + taken, build->count * sizeof *build->entries);
    return ok;
}

bool sql_index_build_finish(struct sql_index_build *build, uint64_t *out_duplicate,
                            uint64_t *out_other)
{
    *out_duplicate = *out_other = 0;
    bool ok = sort(build) && find_duplicate(build, out_duplicate, out_other) &&
              (*out_duplicate || put_in(build));
    sql_index_build_abandon(build);
    return ok;
}
