#include "emulators/sql/exec/move_row.h"

#include "emulators/sql/exec/partition.h"
#include "emulators/sql/exec/spool.h"

/* Values in root's order that outlive what triggers made. */
static bool keep_ordered(struct sql_env *env, struct arena *arena, const struct sql_relation *from,
                         const struct sql_relation *root, const struct datum *values,
                         struct datum **out)
{
    const int32_t *map;
    struct datum *kept = arena_array(arena, root->column_count + 1u, sizeof(*kept));
    if (!kept)
        return sql_fail_memory(env->error);
    if (!sql_partition_map(env, arena, root, from, &map))
        return false;
    for (uint32_t i = 0; i < root->column_count; i++) {
        kept[i] = map[i] ? values[map[i] - 1] : datum_null();
        if (!kept[i].null && from->layout->places[map[i] - 1].width == 0 &&
            !sql_datum_copy(arena, &kept[i]))
            return sql_fail_memory(env->error);
    }
    *out = kept;
    return true;
}

enum sql_change sql_move_out(struct sql_changer *from, struct sql_env *env, struct arena *arena,
                             uint64_t row_id, const struct sql_row *version, struct datum *values,
                             struct sql_moving_row *row, bool *skipped)
{
    const struct sql_relation *leaf = from->relation;
    if (!sql_partition_may_leave(env, leaf, row->root) ||
        !keep_ordered(env, arena, leaf, row->root, values, &row->values))
        return SQL_CHANGE_FAILED;
    sql_row_read(version, leaf->layout, leaf->column_count, values);
    if (!keep_ordered(env, arena, leaf, row->root, values, &row->old))
        return SQL_CHANGE_FAILED;
    from->after->moving = true;
    enum sql_change change = sql_changer_delete(from, env, row_id, version, true, skipped);
    from->after->moving = false;
    return change;
}
