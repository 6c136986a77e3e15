/* Rows that are locked before they are changed. */
#include "emulators/sql/exec/modify_internal.h"
#include "emulators/sql/session.h"

bool sql_modify_rereads(const struct sql_run *run)
{
    return run->env->session->txn->isolation <= SQL_READ_COMMITTED;
}

/* How the row is locked before it is changed: for good when a column of a key is among those set. */
static enum sql_lock_strength lock_before(const struct sql_modify_set *set,
                                          const struct target_row *target)
{
    const int32_t *map = target->member->map;
    const bool *keys = target->changer->writer->plan->keys;
    for (uint32_t i = 0; i < set->count; i++) {
        uint32_t column = map ? (uint32_t)map[set->columns[i] - 1] : set->columns[i];
        if (column && keys[column - 1])
            return SQL_LOCK_UPDATE;
    }
    return SQL_LOCK_NO_KEY_UPDATE;
}

bool sql_modify_lock_latest(struct sql_run *run, const struct sql_node_modify *node,
                            struct target_row *target)
{
    struct sql_table_rows *table = target->changer->writer->table;
    struct sql_change_options options = {.row_id = target->row_id, .snapshot = run->snapshot};
    enum sql_lock_strength mode =
        node->command == SQL_DELETE ? SQL_LOCK_UPDATE : lock_before(&node->set, target);
    for (;;) {
        options.seen = target->version =
            sql_table_latest(table, run->env->session->txn, target->row_id);
        if (!target->version)
            return true;
        enum sql_change change = sql_table_lock(run->env, table, &options, mode);
        if (change == SQL_CHANGE_DONE || change == SQL_CHANGE_SELF_MODIFIED)
            return true;
        if (change == SQL_CHANGE_FAILED)
            return false;
    }
}

bool sql_modify_lock_conflict(struct sql_run *run, const struct sql_node_modify *node,
                              struct target_row *target, bool *same)
{
    struct sql_table_rows *table = target->changer->writer->table;
    target->version = sql_table_latest(table, run->env->session->txn, target->row_id);
    *same = target->version != NULL;
    if (!*same)
        return true;
    struct sql_change_options options = {
        .row_id = target->row_id, .seen = target->version, .snapshot = run->snapshot};
    enum sql_change change =
        sql_table_lock(run->env, table, &options, lock_before(&node->conflict_set, target));
    *same = change == SQL_CHANGE_DONE || change == SQL_CHANGE_SELF_MODIFIED;
    if (!*same && change != SQL_CHANGE_FAILED && !sql_modify_rereads(run))
        return sql_change_fail(run->env, change);
    return change != SQL_CHANGE_FAILED;
}
