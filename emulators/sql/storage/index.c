/* Indexes: entries, uniqueness. Scans are in index_scan.c, building is in index_build.c. */
#include "emulators/sql/storage/index.h"

#include "emulators/sql/storage/index_internal.h"
#include "emulators/sql/value/tid.h"

static struct heap *heap_of(const struct sql_btree *tree)
{
    return tree->handle.database->instance->heap;
}

bool sql_btree_create(struct sql_env *env, struct sql_database *database, uint32_t *out_storage)
{
    const struct sql_stored *stored = sql_store_create(env, database, SQL_STORED_BTREE);
    if (stored)
        *out_storage = stored->storage;
    return stored != NULL;
}

struct sql_btree *sql_btree_open(struct sql_env *env, struct sql_database *database,
                                 const struct sql_relation *relation)
{
    return (struct sql_btree *)sql_store_require(env, database, relation, SQL_STORED_BTREE);
}

uint64_t sql_btree_count(const struct sql_btree *tree)
{
    return sql_btree_state(tree)->entries.count;
}

uint64_t sql_btree_bytes(const struct sql_btree *tree)
{
    return sql_btree_count(tree) * sizeof(struct sql_entry) + sql_btree_state(tree)->key_bytes;
}

/* ---- entries */

static uint64_t bytes_beyond(const struct sql_entry *entry)
{
    return entry->row & SQL_ENTRY_LONG ? sql_entry_key_len(entry) : 0;
}

bool sql_btree_add(struct sql_btree *tree, const struct sql_entry *entry)
{
    if (!sql_store_own(&tree->handle))
        return false;
    struct sql_btree_state *state = sql_btree_state(tree);
    tree->changes++;
    if (!btree_insert(&state->entries, &sql_entries_type, heap_of(tree), entry))
        return false;
    state->key_bytes += bytes_beyond(entry);
    return true;
}

void sql_btree_remove(struct sql_btree *tree, const struct sql_entry *entry)
{
    struct sql_entry gone;
    bool absent;
    if (!sql_store_own(&tree->handle))
        return;
    struct sql_btree_state *state = sql_btree_state(tree);
    tree->changes++;
    if (!btree_remove(&state->entries, &sql_entries_type, heap_of(tree), entry, &gone, &absent) ||
        absent)
        return;
    state->key_bytes -= bytes_beyond(&gone);
    sql_entry_release(heap_of(tree), &gone);
}

/* ---- what an entry's row is */

bool sql_index_matches(struct sql_index_use *use, struct sql_env *env, const struct sql_row *newest,
                       const struct sql_row *row, struct slice key, bool *out)
{
    struct slice made;
    bool skip = false;
    *out = true;
    if (!(newest->flags & SQL_ROW_REKEYED) || !use->key)
        return true;
    if (!use->key(use, env, row, &made, &skip))
        return false;
    *out = !skip && slice_eq(made, key);
    return true;
}

bool sql_index_is_stale(const struct sql_index_use *use, const struct sql_row *newest)
{
    const struct sql_txn_manager *manager = use->tree->handle.database->instance->txns;
    return !newest || (!sql_row_previous(newest) && newest->xid < sql_txn_horizon(manager) &&
                       !sql_txn_is_cut_off(manager, newest->xid));
}

/* What stands in the way of a second row with the key. */
struct rival {
    uint32_t xid; /* whoever has to end before it is known; 0: it is known */
    bool live;    /* the row is there and has the key */
};

/* Looks at a row that may have the key. */
static bool judge_rival(struct sql_env *env, struct sql_index_use *use, struct slice key,
                        const struct sql_row *newest, struct rival *out)
{
    const struct sql_txn *txn = env->session->txn;
    const struct sql_row *row = newest;
    bool matches = false;
    *out = (struct rival){0};
    for (; row && row->xid != txn->xid; row = sql_row_previous(row)) {
        bool active = sql_txn_active(txn->manager, row->xid) != NULL;
        if (!active && !sql_txn_is_cut_off(txn->manager, row->xid))
            break;
        if (!active)
            continue;
        out->xid = out->xid ? out->xid : row->xid;
        if (!matches && !(row->flags & SQL_ROW_DELETED) &&
            !sql_index_matches(use, env, newest, row, key, &matches))
            return false;
    }
    if (!matches && row && !(row->flags & SQL_ROW_DELETED) &&
        !sql_index_matches(use, env, newest, row, key, &matches))
        return false;
    out->live = matches && !out->xid;
    if (!matches)
        out->xid = 0;
    return true;
}

/* The first rival of (key, row_id). Entries of rows that are gone are taken out on the way. */
static bool find_rival(struct sql_env *env, struct sql_index_use *use, struct slice key,
                       uint64_t row_id, struct rival *out, uint64_t *out_row_id)
{
    struct sql_key_probe probe;
    struct btree_iter iter;
    const struct sql_entry *entry;
    *out = (struct rival){0};
    *out_row_id = 0;
    sql_key_probe_init(&probe, key, 0);
    for (;; probe.row_id++) {
        entry = sql_entries_seek(&iter, &sql_btree_state(use->tree)->entries, &probe);
        for (; entry && sql_entry_has_key(entry, &probe);
             entry = btree_iter_next(&iter, &sql_entries_type)) {
            probe.row_id = sql_entry_row_id(entry);
            if (probe.row_id == row_id)
                continue;
            const struct sql_row *newest = sql_table_newest(use->table, probe.row_id);
            if (!newest)
                break;
            if (!judge_rival(env, use, key, newest, out))
                return false;
            if (out->live || out->xid) {
                *out_row_id = probe.row_id;
                return true;
            }
        }
        if (!entry || !sql_entry_has_key(entry, &probe))
            return true;
        struct sql_entry dead = *entry;
        sql_btree_remove(use->tree, &dead);
    }
}

/* Adds to an error what was being done. */
static bool fail_inserting(struct sql_env *env, const struct sql_index_use *use, uint64_t row_id)
{
    const struct sql_row *row = sql_table_newest(use->table, row_id);
    const struct sql_relation *relation =
        env->session->dialect ? sql_find_relation_id(env->session, use->tree->handle.relation)
                              : NULL;
    if (!relation || !row)
        return false;
    uint64_t position = sql_table_position(row, row_id);
    return sql_context_line(env->error, "while inserting index tuple (%u,%u) in relation \"%.*s\"",
                            sql_position_block(position), sql_position_offset(position),
                            SLICE_ARG(relation->object.name));
}

bool sql_index_copy_key(struct sql_env *env, struct slice *key, uint8_t *room)
{
    uint8_t *copy = key->len <= SQL_KEY_ROOM ? room : arena_alloc(env->arena, key->len);
    if (!copy)
        return sql_fail_memory(env->error);
    if (key->len)
        memcpy(copy, key->ptr, key->len);
    key->ptr = copy;
    return true;
}

bool sql_index_check(struct sql_env *env, struct sql_index_use *use, struct slice key,
                     uint64_t row_id, uint64_t *out_conflict)
{
    struct rival rival;
    uint64_t other;
    struct sql_waiter waiter = {0};
    uint8_t room[SQL_KEY_ROOM];
    if (!sql_index_copy_key(env, &key, room))
        return false;
    bool ok;
    while ((ok = find_rival(env, use, key, row_id, &rival, &other)) && rival.xid)
        if (!sql_row_wait(env, &waiter, use->table, other, rival.xid))
            return fail_inserting(env, use, row_id);
    sql_row_wait_done(env, &waiter);
    if (!ok)
        return false;
    *out_conflict = rival.live ? other : 0;
    return true;
}

bool sql_index_insert(struct sql_env *env, struct sql_index_use *use, struct slice key,
                      uint64_t row_id, enum sql_unique unique, uint64_t *out_conflict)
{
    struct rival rival;
    uint8_t room[SQL_KEY_ROOM];
    *out_conflict = 0;
    if (unique != SQL_UNIQUE_NO && !sql_index_copy_key(env, &key, room))
        return false;
    if (key.len > SQL_KEY_MAX)
        return sql_fail(env->error, "54000", "index row size %zu exceeds maximum", key.len);
    if (unique == SQL_UNIQUE_NOW) {
        if (!sql_index_check(env, use, key, row_id, out_conflict))
            return false;
        if (*out_conflict) /* a serialization failure says more than a duplicate key */
            return sql_ssi_write_key(env, use->tree, key);
    } else if (unique == SQL_UNIQUE_DEFERRED &&
               !find_rival(env, use, key, row_id, &rival, out_conflict)) {
        return false;
    }
    struct sql_entry entry;
    if (!sql_ssi_write_key(env, use->tree, key))
        return false;
    if (!sql_entry_make(heap_of(use->tree), key, row_id, &entry))
        return sql_fail_memory(env->error);
    /* A row that had another key meanwhile may have its old entry still. */
    const struct sql_row *newest = sql_table_newest(use->table, row_id);
    if (newest && newest->flags & SQL_ROW_REKEYED &&
        btree_find(&sql_btree_state(use->tree)->entries, &sql_entries_type, &entry)) {
        sql_entry_release(heap_of(use->tree), &entry);
        return true;
    }
    if (sql_btree_add(use->tree, &entry))
        return true;
    sql_entry_release(heap_of(use->tree), &entry);
    return sql_fail_memory(env->error);
}

/* ---- sweeping */

/* A row that has gone leaves an entry in each index; so does, about, each change of a key. */
bool sql_index_wants_sweep(const struct sql_index_use *use)
{
    const struct sql_btree_state *tree = sql_btree_state(use->tree);
    const struct sql_table_state *table = sql_table_state(use->table);
    if (!tree || !table) /* dropped */
        return false;
    return use->tree->sweep_at ||
           tree->entries.count > table->live + table->live / 4 + SQL_SWEEP_FROM ||
           (table->ended - tree->swept > tree->entries.count / 4 + SQL_SWEEP_FROM);
}

/* Is the entry of no use to anybody? */
static bool judge_entry(struct sql_env *env, struct sql_index_use *use,
                        const struct sql_entry *entry, bool *out)
{
    const struct sql_row *newest = sql_table_newest(use->table, sql_entry_row_id(entry));
    bool matches = false;
    *out = !newest;
    if (!newest || !sql_index_is_stale(use, newest) || !(newest->flags & SQL_ROW_REKEYED))
        return true;
    size_t len = sql_entry_key_len(entry);
    uint8_t *bytes = arena_alloc(env->arena, len);
    if (!bytes)
        return sql_fail_memory(env->error);
    sql_entry_key(entry, bytes);
    if (!(newest->flags & SQL_ROW_DELETED) &&
        !sql_index_matches(use, env, newest, newest, slice_of(bytes, len), &matches))
        return false;
    *out = !matches;
    return true;
}

bool sql_index_sweep(struct sql_env *env, struct sql_index_use *use, uint32_t budget)
{
    struct sql_btree *tree = use->tree;
    if (!sql_store_own(&tree->handle))
        return true; /* it is for another time */
    if (tree->sweep_at == 0)
        sql_btree_state(tree)->swept = sql_table_state(use->table)->ended;
    while (budget-- > 0) {
        const struct sql_entry *entry =
            btree_at(&sql_btree_state(tree)->entries, &sql_entries_type, tree->sweep_at);
        bool useless;
        if (!entry) {
            tree->sweep_at = 0;
            return true;
        }
        if (!judge_entry(env, use, entry, &useless))
            return false;
        struct sql_entry copy = *entry;
        if (useless)
            sql_btree_remove(tree, &copy);
        else
            tree->sweep_at++;
    }
    return true;
}
