#include "emulators/sql/exec/partition.h"

#include "emulators/sql/exec/index_key.h"
#include "emulators/sql/exec/partition_bounds.h"
#include "emulators/sql/exec/writer.h"
#include "emulators/sql/plan/planner.h"
#include "emulators/sql/session.h"
#include "emulators/sql/txn/lock.h"

/* The key of a row. */
struct key {
    struct sql_partition_terms terms;
    struct sql_partition_probe values[SQL_PARTITION_KEYS_MAX];
};

/* ---- the key of a row */

static bool evaluate_key(struct sql_env *env, const struct sql_relation *table,
                         const struct sql_expr *expr, const struct datum *values, struct datum *out)
{
    struct sql_plan_query *query;
    const struct sql_program *program;
    struct sql_scan_column *loads;
    uint32_t count;
    struct sql_plan *plan;
    struct sql_run *run;
    static const struct sql_run_options none = {0};
    if (!sql_plan_relation_query(env, env->arena, table, &query) ||
        !sql_compile_bare(query, expr, &program) || !sql_plan_query_loads(query, &loads, &count) ||
        !sql_plan_seal(query->planner, &plan) || !sql_run_open(env, env->arena, plan, &none, &run))
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (loads[i].column > 0)
            run->regs[loads[i].reg] = values[loads[i].column - 1];
    bool good = sql_program_run(run, program, env->arena);
    if (good)
        *out = run->regs[program->result];
    sql_run_close(run);
    return good;
}

static bool make_key(struct sql_env *env, const struct sql_relation *table,
                     const struct datum *values, struct key *out)
{
    const struct sql_partition_key *key = table->partition_key;
    uint32_t expression = 0;
    if (!sql_partition_terms(env, table, &out->terms))
        return false;
    for (uint32_t i = 0; i < key->count; i++) {
        out->values[i] = (struct sql_partition_probe){0};
        if (key->columns[i])
            out->values[i].value = values[key->columns[i] - 1];
        else if (!evaluate_key(env, table, key->expressions.items[expression++], values,
                               &out->values[i].value))
            return false;
    }
    return true;
}

bool sql_partition_hash(struct sql_env *env, const struct sql_relation *table,
                        const struct datum *values, uint64_t *out)
{
    const struct sql_partition_bounds *bounds;
    struct key key;
    if (!sql_partition_terms(env, table, &key.terms) || !sql_partition_bounds(env, table, &bounds))
        return false;
    for (uint32_t i = 0; i < table->partition_key->count; i++)
        key.values[i] = (struct sql_partition_probe){.value = values[i]};
    return sql_partition_hash_key(&key.terms, bounds, key.values, out);
}

/* The partition of that table which takes the key; NULL: none. */
static bool find_partition(struct sql_env *env, const struct sql_relation *parent,
                           const struct key *key, const struct sql_relation **out)
{
    const struct sql_partition_bounds *bounds;
    int32_t at;
    if (!sql_partition_bounds(env, parent, &bounds) ||
        !sql_partition_find(&key->terms, bounds, key->values, &at) ||
        !sql_partition_bounds(env, parent, &bounds))
        return false;
    *out = at < 0 ? NULL : sql_find_relation_id(env->session, bounds->children[at]);
    return true;
}

/* ---- columns of parents and partitions */

bool sql_partition_map(struct sql_env *env, struct arena *arena, const struct sql_relation *table,
                       const struct sql_relation *partition, const int32_t **out)
{
    int32_t *map = arena_zalloc(arena, table->column_count * sizeof(*map));
    if (!map)
        return sql_fail_memory(env->error);
    for (uint32_t i = 0; i < table->column_count; i++)
        for (uint32_t c = 0; !table->columns[i].dropped && c < partition->column_count; c++)
            if (!partition->columns[c].dropped &&
                slice_eq(partition->columns[c].name, table->columns[i].name))
                map[i] = (int32_t)c + 1;
    *out = map;
    return true;
}

static bool reorder(struct sql_env *env, struct arena *arena, const struct sql_relation *from,
                    const struct sql_relation *to, const struct datum *values, struct datum **out)
{
    const int32_t *map;
    *out = arena_array(arena, to->column_count, sizeof(**out));
    if (!*out)
        return sql_fail_memory(env->error);
    if (!sql_partition_map(env, arena, from, to, &map))
        return false;
    for (uint32_t i = 0; i < to->column_count; i++)
        (*out)[i] = datum_null();
    for (uint32_t i = 0; i < from->column_count; i++)
        if (map[i])
            (*out)[map[i] - 1] = values[i];
    return true;
}

/* ---- the questions */

bool sql_partition_fits(struct sql_env *env, const struct sql_relation *partition,
                        const struct datum *values, bool *out)
{
    *out = true;
    struct arena arena = {0};
    bool good = true;
    while (good && *out && partition->partition_bound && partition->parent_count) {
        const struct sql_relation *parent =
            sql_find_relation_id(env->session, partition->parents[0]);
        const struct sql_relation *home;
        struct datum *above;
        struct key key;
        if (!parent || !parent->partition_key)
            break;
        good = reorder(env, &arena, partition, parent, values, &above) &&
               make_key(env, parent, above, &key) && find_partition(env, parent, &key, &home);
        if (good)
            *out = home == partition;
        values = above;
        partition = parent;
    }
    arena_done(&arena);
    return good;
}

bool sql_partition_may_leave(struct sql_env *env, const struct sql_relation *partition,
                             const struct sql_relation *root)
{
    struct sql_session *session = env->session;
    const struct sql_relation *above = partition;
    while (above->parent_count &&
           (above = sql_find_relation_id(session, above->parents[0])) != root && above)
        for (uint32_t i = 0; i < above->referencing_count; i++) {
            const struct sql_constraint *key = sql_find_constraint(session, above->referencing[i]);
            if (!key || key->parent)
                continue;
            sql_fail(env->error, "0A000",
                     "cannot move tuple across partitions when a non-root ancestor of the source "
                     "partition is directly referenced in a foreign key");
            sql_detail(env->error,
                       "A foreign key points to ancestor \"" SLICE_FMT
                       "\" but not the root ancestor \"" SLICE_FMT "\".",
                       SLICE_ARG(above->object.name), SLICE_ARG(root->object.name));
            return sql_hint(env->error,
                            "Consider defining the foreign key on table \"" SLICE_FMT "\".",
                            SLICE_ARG(root->object.name));
        }
    return true;
}

static bool fail_no_partition(struct sql_env *env, const struct sql_relation *table,
                              const struct key *key)
{
    const struct sql_partition_key *partition = table->partition_key;
    struct sql_bytes text;
    sql_bytes_init(&text, env->arena);
    sql_bytes_add_char(&text, '(');
    for (uint32_t i = 0; i < partition->count; i++) {
        sql_bytes_add_str(&text, i ? ", " : "");
        if (partition->columns[i])
            sql_bytes_add_slice(&text, table->columns[partition->columns[i] - 1].name);
        else
            sql_bytes_add_str(&text, "expression");
    }
    sql_bytes_add_str(&text, ") = (");
    for (uint32_t i = 0; i < partition->count; i++) {
        sql_bytes_add_str(&text, i ? ", " : "");
        if (!sql_value_text(env, key->terms.types[i], key->values[i].value, true, &text))
            return false;
    }
    sql_bytes_add_char(&text, ')');
    sql_fail(env->error, "23514", "no partition of relation \"" SLICE_FMT "\" found for row",
             SLICE_ARG(table->object.name));
    sql_error_relation(env, table);
    return sql_detail(env->error, "Partition key of the failing row contains " SLICE_FMT ".",
                      SLICE_ARG(sql_bytes_slice(&text)));
}

/* A partitioned table that is a partition itself takes no rows but its own. */
static bool check_own_bound(struct sql_env *env, const struct sql_relation *table,
                            const struct datum *values)
{
    struct slice row;
    bool fits;
    if (!table->partition_bound)
        return true;
    if (!sql_partition_fits(env, table, values, &fits))
        return false;
    if (fits)
        return true;
    if (!sql_row_text(env, table, values, &row))
        return false;
    sql_fail(env->error, "23514",
             "new row for relation \"" SLICE_FMT "\" violates partition constraint",
             SLICE_ARG(table->object.name));
    sql_error_relation(env, table);
    return sql_detail(env->error, "Failing row contains " SLICE_FMT ".", SLICE_ARG(row));
}

/* Locks the partition that a row goes to, as one that is written to. Who had to wait may find that a table
 * was attached meanwhile, which takes what the default partition took. */
static bool enter(struct sql_env *env, const struct sql_relation *partition,
                  const struct datum *values)
{
    struct sql_session *session = env->session;
    uint32_t id = partition->object.id;
    uint64_t version = sql_catalog_version(session);
    if (!sql_lock_relation(env, id, SQL_ROW_EXCLUSIVE, SQL_WAIT_BLOCK))
        return false;
    if (version == sql_catalog_version(session) || !partition->partition_bound->is_default)
        return true;
    const struct sql_relation *now = sql_find_relation_id(session, id);
    return !now || check_own_bound(env, now, values);
}

bool sql_partition_route(struct sql_env *env, struct arena *arena, const struct sql_relation *table,
                         const struct datum *values, const struct sql_relation **out,
                         struct datum **out_values)
{
    struct datum *here = (struct datum *)(uintptr_t)values;
    if (!check_own_bound(env, table, values))
        return false;
    while (table->kind == SQL_RELATION_PARTITIONED) {
        const struct sql_relation *next;
        struct key key;
        if (!make_key(env, table, here, &key) || !find_partition(env, table, &key, &next))
            return false;
        if (!next)
            return fail_no_partition(env, table, &key);
        if (!reorder(env, arena, table, next, here, &here) || !enter(env, next, here))
            return false;
        table = next;
    }
    *out = table;
    *out_values = here;
    return true;
}
