/* Messages of violated constraints. */
#include "emulators/sql/dialect.h"
#include "emulators/sql/exec/partition.h"
#include "emulators/sql/exec/writer.h"
#include "emulators/sql/session.h"

#define SHOWN_BYTES_MAX 64

void sql_error_relation(struct sql_env *env, const struct sql_relation *relation)
{
    const struct sql_schema *schema = sql_find_schema_id(env->session, relation->object.schema);
    /* Copies: the relation may go with the transaction before the error is told. */
    env->error->table = arena_dup(env->error->arena, relation->object.name);
    if (schema)
        env->error->schema = arena_dup(env->error->arena, schema->object.name);
}

bool sql_value_text(struct sql_env *env, const struct sql_type *type, struct datum value, bool cut,
                    struct sql_bytes *out)
{
    if (value.null) {
        sql_bytes_add_str(out, "null");
        return true;
    }
    struct sql_call call = {.env = env, .arena = env->arena, .result_type = type};
    size_t start = out->len;
    if (!type || !type->ops || !type->ops->output)
        sql_bytes_add_str(out, "?");
    else if (!sql_type_output(&call, type, value, out))
        return false;
    if (cut && !out->failed && out->len - start > SHOWN_BYTES_MAX) {
        size_t end = start + SHOWN_BYTES_MAX;
        while (end > start && (out->ptr[end] & 0xc0) == 0x80)
            end--;
        out->len = end;
        sql_bytes_add_str(out, "...");
    }
    return true;
}

bool sql_row_text(struct sql_env *env, const struct sql_relation *relation,
                  const struct datum *values, struct slice *out)
{
    struct sql_bytes text;
    bool first = true;
    sql_bytes_init(&text, env->arena);
    sql_bytes_add_char(&text, '(');
    for (uint32_t i = 0; i < relation->column_count; i++) {
        if (relation->columns[i].dropped)
            continue;
        if (!first)
            sql_bytes_add_str(&text, ", ");
        first = false;
        if (!sql_value_text(env, sql_find_type_id(env->session, relation->columns[i].type),
                            values[i], true, &text))
            return false;
    }
    sql_bytes_add_char(&text, ')');
    *out = sql_bytes_slice(&text);
    return !text.failed;
}

bool sql_key_text(struct sql_env *env, const struct sql_index_access *access,
                  struct sql_bytes *text)
{
    const struct sql_index_keys *keys = access->keys;
    const struct sql_dialect *dialect = env->session->dialect;
    sql_bytes_add_char(text, '(');
    for (uint32_t i = 0; i < keys->keys.count; i++) {
        if (i)
            sql_bytes_add_str(text, ", ");
        if (!dialect->index_key(env, keys->index, keys->relation, (uint16_t)i, text))
            return false;
    }
    sql_bytes_add_str(text, ")=(");
    for (uint32_t i = 0; i < keys->keys.count; i++) {
        if (i)
            sql_bytes_add_str(text, ", ");
        if (!sql_value_text(env, keys->keys.items[i].type, access->values[i], false, text))
            return false;
    }
    sql_bytes_add_char(text, ')');
    return true;
}

bool sql_fail_unique(struct sql_env *env, const struct sql_index_access *access, bool exists)
{
    const struct sql_relation *index = access->keys->index;
    struct sql_bytes text;
    sql_bytes_init(&text, env->arena);
    if (!sql_key_text(env, access, &text))
        return false;
    if (exists)
        sql_fail(env->error, "23505",
                 "duplicate key value violates unique constraint \"" SLICE_FMT "\"",
                 SLICE_ARG(index->object.name));
    else
        sql_fail(env->error, "23505", "could not create unique index \"" SLICE_FMT "\"",
                 SLICE_ARG(index->object.name));
    sql_error_relation(env, access->keys->relation);
    env->error->constraint = index->object.name;
    return sql_detail(env->error,
                      exists ? "Key " SLICE_FMT " already exists."
                             : "Key " SLICE_FMT " is duplicated.",
                      SLICE_ARG(sql_bytes_slice(&text)));
}

bool sql_fail_row(struct sql_env *env, const struct sql_relation *relation,
                  const struct datum *values)
{
    struct slice text;
    sql_error_relation(env, relation);
    struct sql_error saved = *env->error;
    if (!sql_row_text(env, relation, values, &text))
        return false;
    *env->error = saved;
    return sql_detail(env->error, "Failing row contains " SLICE_FMT ".", SLICE_ARG(text));
}

bool sql_partition_check(struct sql_env *env, const struct sql_relation *partition,
                         const struct datum *values)
{
    bool fits = true;
    if (!partition->partition_bound)
        return true;
    if (!sql_partition_fits(env, partition, values, &fits))
        return false;
    if (fits)
        return true;
    sql_fail(env->error, "23514",
             "new row for relation \"" SLICE_FMT "\" violates partition constraint",
             SLICE_ARG(partition->object.name));
    return sql_fail_row(env, partition, values);
}
