#include "emulators/sql/exec/exclusion.h"

#include "emulators/sql/exec/routine_call.h"
#include "emulators/sql/exec/spool.h"
#include "emulators/sql/exec/writer.h"
#include "emulators/sql/instance.h"
#include "emulators/sql/session.h"
#include "emulators/sql/txn/lock.h"
#include "emulators/sql/txn/txn.h"

#define SCAN_ROWS 64

/* One row that is compared with the others. */
struct comparing {
    struct sql_index_access *access;
    struct sql_env *env;
    struct arena arena;   /* of the key */
    struct datum *key;    /* the row's */
    struct datum *values; /* all columns of the row looked at */
    uint64_t row_id, found;
};

static bool keep_key(struct comparing *comparing, const struct datum *values, bool *skip)
{
    struct sql_index_access *access = comparing->access;
    uint32_t count = access->keys->keys.count;
    bool null;
    access->env = comparing->env;
    if (!sql_index_values_of(access, values, skip, &null))
        return false;
    *skip = *skip || null;
    comparing->key = arena_array(&comparing->arena, count, sizeof(struct datum));
    if (!comparing->key)
        return sql_fail_memory(comparing->env->error);
    for (uint32_t i = 0; i < count && !*skip; i++) {
        comparing->key[i] = access->values[i];
        if (!access->keys->keys.items[i].type->by_value &&
            !sql_datum_copy(&comparing->arena, &comparing->key[i]))
            return sql_fail_memory(comparing->env->error);
    }
    return true;
}

/* Does the operator of that key column hold between the row looked at and ours? */
static bool holds(struct comparing *comparing, uint32_t at, bool *out)
{
    const struct sql_index_keys *keys = comparing->access->keys;
    struct sql_session *session = comparing->env->session;
    const struct sql_operator *op =
        sql_find_operator_id(session, keys->index->index->exclusion_ops[at]);
    const struct sql_routine *routine = op ? sql_find_routine_id(session, op->function) : NULL;
    const struct sql_type *type = keys->keys.items[at].type, *types[2] = {type, type};
    struct datum args[2] = {comparing->access->values[at], comparing->key[at]}, result;
    if (!routine)
        return sql_fail(comparing->env->error, "XX000", "an exclusion constraint has no operator");
    struct sql_call call = {
        .env = comparing->env,
        .arena = &comparing->access->scratch,
        .arg_types = types,
        .argc = 2,
        .result_type = sql_find_type_id(session, routine->result_type),
        .collation = keys->keys.items[at].collation,
        .routine = routine,
    };
    result = datum_null();
    if (!(routine->call ? routine->call(&call, args, &result)
                        : sql_routine_call(&call, args, &result)))
        return false;
    *out = !result.null && result.i != 0;
    return true;
}

static bool compare_row(struct comparing *comparing, const struct sql_row *row, bool *conflicts)
{
    struct sql_index_access *access = comparing->access;
    const struct sql_relation *relation = access->keys->relation;
    bool skip, null;
    sql_row_read(row, relation->layout, relation->column_count, comparing->values);
    if (!sql_index_values_of(access, comparing->values, &skip, &null))
        return false;
    *conflicts = !skip && !null;
    for (uint32_t i = 0; i < access->keys->keys.count && *conflicts; i++)
        if (!holds(comparing, i, conflicts))
            return false;
    return true;
}

static bool scan(struct comparing *comparing, const struct sql_snapshot *snapshot)
{
    struct sql_table_scan scan;
    const struct sql_row *rows[SCAN_ROWS];
    uint64_t ids[SCAN_ROWS];
    uint32_t count;
    if (!sql_table_scan_begin(&scan, comparing->env, comparing->access->use.table, snapshot, false))
        return false;
    while ((count = sql_table_scan_next(&scan, rows, ids, SCAN_ROWS)) != 0) {
        for (uint32_t i = 0; i < count; i++) {
            bool conflicts = false;
            if (ids[i] != comparing->row_id && !compare_row(comparing, rows[i], &conflicts))
                return false;
            if (conflicts) {
                comparing->found = ids[i];
                return true;
            }
        }
        if (comparing->env->check && !comparing->env->check(comparing->env))
            return false;
    }
    return true;
}

/* "(a)=(1) conflicts with ... (a)=(1)": the other row's key is that of access. */
static bool describe(struct comparing *comparing, struct slice *out)
{
    struct sql_index_access *access = comparing->access;
    struct datum *other = access->values;
    struct sql_bytes ours, theirs;
    sql_bytes_init(&ours, comparing->env->arena);
    sql_bytes_init(&theirs, comparing->env->arena);
    if (!sql_key_text(comparing->env, access, &theirs))
        return false;
    access->values = comparing->key;
    bool fine = sql_key_text(comparing->env, access, &ours);
    access->values = other;
    sql_bytes_add_char(&ours, '\0'); /* the two stand beside each other, apart */
    sql_bytes_add_slice(&ours, sql_bytes_slice(&theirs));
    *out = sql_bytes_slice(&ours);
    return fine;
}

bool sql_exclusion_find(struct sql_index_access *access, struct sql_env *env,
                        const struct datum *values, uint64_t row_id, uint64_t *out_row_id,
                        struct slice *out_detail)
{
    const struct sql_index_keys *keys = access->keys;
    struct comparing comparing = {.access = access, .env = env, .row_id = row_id};
    struct sql_lock_tag tag = {.kind = SQL_LOCK_OBJECT,
                               .database = env->session->database->id,
                               .class_id = keys->index->object.class_id,
                               .id = keys->index->object.id};
    struct sql_snapshot *snapshot;
    bool skip = false;
    *out_row_id = 0;
    bool good = keep_key(&comparing, values, &skip);
    comparing.values =
        arena_array(&comparing.arena, keys->relation->column_count + 1u, sizeof(*comparing.values));
    if (good && !comparing.values)
        good = sql_fail_memory(env->error);
    if (good && !skip) {
        good = sql_lock(env, &tag, SQL_ACCESS_EXCLUSIVE, SQL_WAIT_BLOCK, NULL) &&
               sql_snapshot_take_latest(env, &snapshot);
        if (good) {
            snapshot->command = UINT32_MAX; /* the running command's rows, too */
            good = scan(&comparing, snapshot);
            sql_snapshot_release(snapshot);
        }
        if (good && comparing.found)
            good = describe(&comparing, out_detail);
        *out_row_id = comparing.found;
    }
    arena_done(&comparing.arena);
    return good;
}

bool sql_exclusion_fail(const struct sql_index_access *access, struct sql_env *env,
                        struct slice detail, bool exists)
{
    const struct sql_relation *index = access->keys->index;
    const uint8_t *apart = memchr(detail.ptr, 0, detail.len);
    struct slice ours = slice_of(detail.ptr, (size_t)(apart - detail.ptr));
    struct slice theirs = slice_of(apart + 1, detail.len - ours.len - 1);
    sql_fail(env->error, "23P01",
             exists ? "conflicting key value violates exclusion constraint \"" SLICE_FMT "\""
                    : "could not create exclusion constraint \"" SLICE_FMT "\"",
             SLICE_ARG(index->object.name));
    sql_error_relation(env, access->keys->relation);
    env->error->constraint = arena_dup(env->error->arena, index->object.name);
    return sql_detail(env->error,
                      exists ? "Key " SLICE_FMT " conflicts with existing key " SLICE_FMT "."
                             : "Key " SLICE_FMT " conflicts with key " SLICE_FMT ".",
                      SLICE_ARG(ours), SLICE_ARG(theirs));
}

bool sql_exclusion_validate(struct sql_index_access *access, struct sql_env *env)
{
    const struct sql_relation *relation = access->keys->relation;
    struct datum *values = arena_array(env->arena, relation->column_count + 1u, sizeof(*values));
    struct sql_table_scan scan;
    struct sql_snapshot *snapshot;
    const struct sql_row *row;
    uint64_t row_id, other;
    struct slice detail;
    if (!values)
        return sql_fail_memory(env->error);
    if (!sql_snapshot_take_latest(env, &snapshot))
        return false;
    bool good = sql_table_scan_begin(&scan, env, access->use.table, snapshot, false);
    while (good && sql_table_scan_next(&scan, &row, &row_id, 1)) {
        sql_row_read(row, relation->layout, relation->column_count, values);
        good = sql_exclusion_find(access, env, values, row_id, &other, &detail) &&
               (!other || sql_exclusion_fail(access, env, detail, false));
    }
    sql_snapshot_release(snapshot);
    return good;
}
