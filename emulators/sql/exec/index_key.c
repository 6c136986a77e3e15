#include "emulators/sql/exec/index_key.h"

#include "emulators/sql/instance.h"
#include "emulators/sql/plan/planner.h"
#include "emulators/sql/session.h"

/* ---- making */

bool sql_key_codec_of(struct sql_session *session, const struct sql_type *type,
                      enum sql_key_codec *out)
{
    while (type && type->kind == SQL_TYPE_DOMAIN)
        type = sql_find_type_id(session, type->base);
    *out = SQL_KEY_ENCODED;
    if (!type || !session)
        return true;
    const struct sql_type_ids *ids = &session->dialect->types_of;
    if (type->id == ids->float4 || type->id == ids->float8) {
        *out = SQL_KEY_FLOAT;
        return true;
    }
    const struct sql_operator *less =
        sql_find_operator_id(session, sql_find_type_order(session, type->id).lt);
    const struct sql_routine *routine =
        less && type->by_value ? sql_find_routine_id(session, less->function) : NULL;
    if (routine && sql_plan_fast_opcode(routine) == SQL_OP_INT_LT)
        *out = SQL_KEY_INT;
    return true;
}

static bool make_key(struct sql_env *env, const struct sql_relation *relation,
                     const struct sql_index *index, uint32_t at, struct sql_index_keys *keys)
{
    struct sql_key *key = &keys->keys.items[at];
    uint32_t type = index->columns[at] ? relation->columns[index->columns[at] - 1].type
                                       : keys->index->columns[at].type;
    key->type = sql_find_type_id(env->session, type);
    while (key->type && key->type->kind == SQL_TYPE_DOMAIN)
        key->type = sql_find_type_id(env->session, key->type->base);
    key->site = at;
    key->collation = index->collations ? index->collations[at] : 0;
    key->descending = index->flags && index->flags[at] & 1;
    key->nulls_first = index->flags && index->flags[at] & 2;
    return key->type && sql_key_codec_of(env->session, key->type, &key->codec);
}

/* Expressions and the predicate, over the registers of a small plan of their own. */
static bool make_programs(struct sql_env *env, struct arena *arena, struct sql_index_keys *keys)
{
    const struct sql_index *index = keys->index->index;
    struct sql_plan_query *query;
    uint32_t expression = 0;
    if (!sql_plan_relation_query(env, arena, keys->relation, &query))
        return false;
    for (uint32_t i = 0; i < index->key_count; i++)
        if (index->columns[i] == 0 &&
            !sql_compile_bare(query, index->expressions.items[expression++], &keys->programs[i]))
            return false;
    if (index->where && !sql_compile_bare(query, index->where, &keys->where))
        return false;
    return sql_plan_query_loads(query, &keys->loads, &keys->load_count) &&
           sql_plan_seal(query->planner, &keys->plan);
}

bool sql_index_keys_make(struct sql_env *env, struct arena *arena,
                         const struct sql_relation *relation, const struct sql_relation *index,
                         struct sql_index_keys **out)
{
    const struct sql_index *definition = index->index;
    struct sql_index_keys *keys = arena_zalloc(arena, sizeof(*keys));
    uint32_t count = definition->key_count;
    const struct sql_dialect *dialect = env->session->dialect;
    if (!keys || !(keys->keys.items = arena_zalloc(arena, count * sizeof(struct sql_key))) ||
        !(keys->programs = arena_zalloc(arena, count * sizeof(*keys->programs))))
        return sql_fail_memory(env->error);
    keys->relation = relation;
    keys->index = index;
    keys->columns = definition->columns;
    keys->keys.count = count;
    keys->stored =
        definition->method == dialect->btree_method || definition->method == dialect->hash_method;
    bool expressions = definition->where != NULL;
    for (uint32_t i = 0; i < count; i++) {
        if (!make_key(env, relation, definition, i, keys))
            return sql_fail(env->error, "XX000", "cache lookup failed for a type of index %u",
                            index->object.id);
        expressions |= definition->columns[i] == 0;
    }
    *out = keys;
    return !expressions || make_programs(env, arena, keys);
}

/* ---- using */

static bool key_of_row(struct sql_index_use *use, struct sql_env *env, const struct sql_row *row,
                       struct slice *out_key, bool *out_skip)
{
    struct sql_index_access *access = use->ctx;
    const struct sql_relation *relation = access->keys->relation;
    bool null;
    access->env = env;
    struct datum *values = access->values + access->keys->keys.count;
    for (uint32_t i = 0; i < relation->column_count; i++)
        values[i] = sql_row_get(row, relation->layout, i);
    return sql_index_key_of(access, values, out_key, out_skip, &null);
}

bool sql_index_access_open(struct sql_env *env, struct arena *arena,
                           const struct sql_index_keys *keys, struct sql_table_rows *table,
                           struct sql_index_access *out)
{
    uint32_t count = keys->keys.count;
    struct sql_database *database = env->session->database;
    *out = (struct sql_index_access){.keys = keys, .env = env};
    out->calls = arena_zalloc(arena, count * sizeof(*out->calls));
    out->values = arena_array(arena, count + keys->relation->column_count, sizeof(*out->values));
    if (!out->calls || !out->values)
        return sql_fail_memory(env->error);
    for (uint32_t i = 0; i < count; i++) {
        out->calls[i].result_type = keys->keys.items[i].type;
        out->calls[i].collation = keys->keys.items[i].collation;
    }
    out->use.table = table ? table : sql_table_open(env, database, keys->relation);
    out->use.tree = keys->stored ? sql_btree_open(env, database, keys->index) : NULL;
    out->use.key = key_of_row;
    out->use.ctx = out;
    if (!out->use.table || (keys->stored && !out->use.tree))
        return false;
    static const struct sql_run_options none = {0};
    return !keys->plan || sql_run_open(env, arena, keys->plan, &none, &out->run);
}

void sql_index_access_close(struct sql_index_access *access)
{
    arena_done(&access->scratch);
}

static bool evaluate(struct sql_index_access *access, const struct datum *values, bool *skip)
{
    const struct sql_index_keys *keys = access->keys;
    struct sql_run *run = access->run;
    run->env = access->env;
    for (uint32_t i = 0; i < keys->load_count; i++)
        run->regs[keys->loads[i].reg] = keys->loads[i].column > 0
                                            ? values[keys->loads[i].column - 1]
                                            : datum_int(keys->relation->object.id);
    bool holds = true;
    if (keys->where && !sql_program_test(run, keys->where, &access->scratch, &holds))
        return false;
    *skip = !holds;
    for (uint32_t i = 0; holds && i < keys->keys.count; i++)
        if (keys->programs[i] && !sql_program_run(run, keys->programs[i], &access->scratch))
            return false;
    return true;
}

bool sql_index_values_of(struct sql_index_access *access, const struct datum *values,
                         bool *out_skip, bool *out_null)
{
    const struct sql_index_keys *keys = access->keys;
    arena_reset(&access->scratch);
    *out_skip = *out_null = false;
    if (access->run && !evaluate(access, values, out_skip))
        return false;
    for (uint32_t i = 0; i < keys->keys.count && !*out_skip; i++) {
        access->values[i] = keys->programs[i] ? access->run->regs[keys->programs[i]->result]
                                              : values[keys->columns[i] - 1];
        *out_null |= access->values[i].null;
    }
    return true;
}

bool sql_index_key_of(struct sql_index_access *access, const struct datum *values,
                      struct slice *out_key, bool *out_skip, bool *out_null)
{
    const struct sql_index_keys *keys = access->keys;
    access->use.ctx = access;
    *out_skip = !keys->stored;
    *out_null = false;
    if (*out_skip)
        return true;
    if (!sql_index_values_of(access, values, out_skip, out_null))
        return false;
    if (*out_skip)
        return true;
    struct sql_bytes bytes;
    sql_bytes_init(&bytes, &access->scratch);
    if (!sql_key_encode_values(access->env, access->calls, &keys->keys, access->values,
                               &access->scratch, &bytes))
        return false;
    *out_key = sql_bytes_slice(&bytes);
    return true;
}

bool sql_index_key_prefix(struct sql_index_access *access, const struct datum *values,
                          uint32_t count, struct sql_bytes *out)
{
    struct sql_keys leading = {access->keys->keys.items, count};
    access->use.ctx = access;
    return sql_key_encode_values(access->env, access->calls, &leading, values, out->arena, out);
}
