#include "emulators/sql/storage/index_internal.h"

typedef bool entry_test(const void *entry, const void *probe);

static struct btree *entries_of(const struct sql_btree *tree)
{
    return &sql_btree_state(tree)->entries;
}

/* The last entry for which `before` holds, or NULL. */
static const struct sql_entry *seek_last(struct btree_iter *iter, const struct btree *entries,
                                         entry_test *before, const struct sql_key_probe *probe)
{
    if (btree_iter_seek(iter, entries, &sql_entries_type, before, probe))
        return btree_iter_prev(iter, &sql_entries_type);
    return entries->count ? btree_iter_at(iter, entries, &sql_entries_type, entries->count - 1)
                          : NULL;
}

static bool all_before(const void *entry, const void *probe)
{
    (void)entry;
    (void)probe;
    return true;
}

static bool none_before(const void *entry, const void *probe)
{
    (void)entry;
    (void)probe;
    return false;
}

/* What tells the entries before the range from the others. */
static entry_test *before_low(const struct sql_key_range *range, struct sql_key_probe *probe)
{
    if (!range->low.ptr)
        return none_before;
    sql_key_probe_init(probe, range->low, 0);
    return range->low_excluded ? sql_entry_up_to_prefix : sql_entry_before_prefix;
}

/* What tells the entries up to the range's end from those behind it. */
static entry_test *up_to_high(const struct sql_key_range *range, struct sql_key_probe *probe)
{
    if (!range->high.ptr)
        return all_before;
    sql_key_probe_init(probe, range->high, 0);
    return range->high_excluded ? sql_entry_before_prefix : sql_entry_up_to_prefix;
}

bool sql_index_scan_begin(struct sql_index_scan *scan, struct sql_env *env,
                          struct sql_index_use *use, struct arena *arena,
                          const struct sql_key_range *range, const struct sql_snapshot *snapshot,
                          bool backward)
{
    sql_ssi_read_range(env->session->txn, use->tree, range);
    *scan = (struct sql_index_scan){
        .use = use, .snapshot = snapshot, .range = *range, .backward = backward, .arena = arena};
    return true;
}

void sql_index_scan_turn(struct sql_index_scan *scan)
{
    bool stands = scan->key.ptr != NULL;
    scan->backward = !scan->backward;
    /* Before the first entry there is none that way; at an end the outermost entry comes first. */
    scan->done = !scan->started;
    scan->started = stands || !scan->started;
    scan->turned = stands;
    scan->changes = UINT64_MAX;
}

static const struct sql_entry *seek_start(struct sql_index_scan *scan)
{
    struct sql_key_probe probe;
    const struct btree *entries = entries_of(scan->use->tree);
    if (scan->backward)
        return seek_last(&scan->place, entries, up_to_high(&scan->range, &probe), &probe);
    entry_test *before = before_low(&scan->range, &probe);
    if (before == sql_entry_before_prefix) /* what begins with the prefix comes right behind it */
        return sql_entries_seek(&scan->place, entries, &probe);
    return btree_iter_seek(&scan->place, entries, &sql_entries_type, before, &probe);
}

/* The entry behind the one given last, found by its key and row. A scan that has turned gives that one
 * again. */
static const struct sql_entry *seek_again(struct sql_index_scan *scan)
{
    struct sql_key_probe probe;
    const struct btree *entries = entries_of(scan->use->tree);
    sql_key_probe_init(&probe, scan->key, scan->row_id);
    if (scan->backward)
        return seek_last(&scan->place, entries, scan->turned ? sql_entry_up_to : sql_entry_before,
                         &probe);
    return btree_iter_seek(&scan->place, entries, &sql_entries_type,
                           scan->turned ? sql_entry_before : sql_entry_up_to, &probe);
}

static const struct sql_entry *next_entry(struct sql_index_scan *scan)
{
    const struct sql_entry *entry;
    if (!scan->started)
        entry = seek_start(scan);
    else if (scan->changes != scan->use->tree->changes)
        entry = seek_again(scan);
    else
        entry = scan->backward ? btree_iter_prev(&scan->place, &sql_entries_type)
                               : btree_iter_next(&scan->place, &sql_entries_type);
    scan->started = true;
    scan->turned = false;
    scan->changes = scan->use->tree->changes;
    return entry;
}

/* Is the entry still in the range, seen from where the scan comes from? */
static bool in_range(const struct sql_index_scan *scan, const struct sql_entry *entry)
{
    struct sql_key_probe probe;
    if (scan->backward)
        return !before_low(&scan->range, &probe)(entry, &probe);
    return up_to_high(&scan->range, &probe)(entry, &probe);
}

/* Keeps the entry's key: to give it out, and to find the place again. */
static bool keep(struct sql_index_scan *scan, struct sql_env *env, const struct sql_entry *entry)
{
    size_t len = sql_entry_key_len(entry);
    if (!scan->bytes || len > scan->room) {
        size_t room = len < 32 ? 32 : len * 2;
        uint8_t *bytes = arena_alloc(scan->arena, room);
        if (!bytes)
            return sql_fail_memory(env->error);
        scan->bytes = bytes;
        scan->room = room;
    }
    sql_entry_key(entry, scan->bytes);
    scan->key = slice_of(scan->bytes, len);
    scan->row_id = sql_entry_row_id(entry);
    return true;
}

/* The row of the kept entry that the snapshot sees, NULL: it sees none with that key. */
static bool look(struct sql_index_scan *scan, struct sql_env *env, const struct sql_entry *entry,
                 const struct sql_row **out)
{
    struct sql_index_use *use = scan->use;
    const struct sql_row *newest = sql_table_newest(use->table, scan->row_id);
    const struct sql_row *row =
        newest ? sql_table_fetch(use->table, scan->snapshot, scan->row_id) : NULL;
    bool matches = false;
    *out = NULL;
    if (row && !sql_index_matches(use, env, newest, row, scan->key, &matches))
        return false;
    if (matches) {
        *out = row;
        return true;
    }
    if (!newest || (row && sql_index_is_stale(use, newest))) {
        struct sql_entry stale = *entry;
        sql_btree_remove(use->tree, &stale);
    }
    return true;
}

bool sql_index_scan_next(struct sql_index_scan *scan, struct sql_env *env,
                         const struct sql_row **out_row)
{
    *out_row = NULL;
    while (!scan->done) {
        const struct sql_entry *entry = next_entry(scan);
        if (!entry || !in_range(scan, entry)) {
            scan->done = true;
            scan->key = slice_of(NULL, 0);
            return true;
        }
        if (!keep(scan, env, entry) || !look(scan, env, entry, out_row))
            return false;
        if (*out_row)
            return true;
    }
    return true;
}

bool sql_index_find(struct sql_env *env, struct sql_index_use *use, struct slice key,
                    const struct sql_snapshot *snapshot, const struct sql_row **out_row,
                    uint64_t *out_row_id)
{
    struct sql_key_probe probe;
    uint8_t room[SQL_KEY_ROOM];
    struct btree_iter iter;
    if (!sql_index_copy_key(env, &key, room))
        return false;
    sql_key_probe_init(&probe, key, 0);
    const struct sql_entry *entry = sql_entries_seek(&iter, entries_of(use->tree), &probe);
    *out_row = NULL;
    sql_ssi_read_range(env->session->txn, use->tree,
                       &(struct sql_key_range){key, key, false, false});
    for (; entry && sql_entry_has_key(entry, &probe);
         entry = btree_iter_next(&iter, &sql_entries_type)) {
        uint64_t row_id = sql_entry_row_id(entry);
        const struct sql_row *newest = sql_table_newest(use->table, row_id);
        const struct sql_row *row = newest ? sql_table_fetch(use->table, snapshot, row_id) : NULL;
        bool matches = false;
        if (row && !sql_index_matches(use, env, newest, row, key, &matches))
            return false;
        if (matches) {
            *out_row = row;
            *out_row_id = row_id;
            return true;
        }
    }
    return true;
}

uint64_t sql_index_count(const struct sql_btree *tree, const struct sql_key_range *range)
{
    struct sql_key_probe low, high;
    entry_test *before = before_low(range, &low), *up_to = up_to_high(range, &high);
    uint64_t first = btree_rank(entries_of(tree), &sql_entries_type, before, &low);
    uint64_t end = btree_rank(entries_of(tree), &sql_entries_type, up_to, &high);
    return end > first ? end - first : 0;
}
