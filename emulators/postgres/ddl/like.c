/* CREATE TABLE ... (LIKE source INCLUDING ...). */
#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/ddl/inherit.h"
#include "emulators/postgres/ddl/sequence.h"
#include "emulators/sql/catalog/find.h"

static bool find_source(struct pg_ddl *ddl, const struct ast_table_like *like,
                        const struct sql_relation **out)
{
    if (!pg_name_relation(ddl, like->relation, false, SQL_ACCESS_SHARE, out))
        return false;
    char kind = (char)(*out)->kind;
    if (strchr("rvmcfp", kind))
        return true;
    sql_fail(ddl->env->error, "42809", "relation \"" SLICE_FMT "\" is invalid in LIKE clause",
             SLICE_ARG((*out)->object.name));
    return sql_detail(ddl->env->error, "This operation is not supported for %s.",
                      kind == SQL_RELATION_SEQUENCE ? "sequences" : "indexes");
}

bool pg_like_columns(struct pg_table_def *table, const struct ast_table_like *like)
{
    struct pg_ddl *ddl = table->ddl;
    const struct sql_relation *source;
    if (!find_source(ddl, like, &source))
        return false;
    for (uint16_t i = 0; i < source->column_count; i++) {
        struct sql_column column = source->columns[i];
        bool generated = column.generated && (like->options & AST_LIKE_GENERATED);
        bool defaults =
            !column.generated && !column.identity && (like->options & AST_LIKE_DEFAULTS);
        if (column.dropped)
            continue;
        if (!generated && !defaults) {
            column.value = NULL;
            column.generated = 0;
        }
        if (!(like->options & AST_LIKE_IDENTITY))
            column.identity = 0;
        if (!(like->options & AST_LIKE_STORAGE))
            column.storage = pg_type_storage(ddl->session, column.type);
        if (!(like->options & AST_LIKE_COMPRESSION))
            column.compression = 0;
        column.local = true;
        column.inherited = 0;
        column.has_missing = false;
        column.acl = NULL;
        column.acl_count = 0;
        column.options = NULL;
        column.option_count = 0;
        column.statistics = -1;
        if (generated)
            column.value = NULL; /* with the table's own numbers, when they are all known */
        column.has_default = column.value != NULL;
        column.default_id = column.value ? sql_database_next_id(ddl->session->database) : 0;
        if (!pg_column_add(table, &column))
            return false;
    }
    return true;
}

static bool finish_generated(struct pg_ddl *ddl, const struct sql_relation *source, uint32_t id,
                             const int16_t *map)
{
    for (uint16_t i = 0; i < source->column_count; i++) {
        if (!source->columns[i].generated || source->columns[i].dropped)
            continue;
        const struct sql_relation *made = sql_find_relation_id(ddl->session, id);
        struct sql_column column = made->columns[map[i] - 1];
        if (!column.generated)
            continue;
        column.value = pg_expr_map(ddl, source->columns[i].value, map);
        column.has_default = true;
        column.default_id = sql_database_next_id(ddl->session->database);
        if (!column.value || !pg_relation_replace_column(ddl, id, &column) ||
            !pg_column_depend_default(ddl, id, &column))
            return false;
    }
    return true;
}

static bool finish_identity(struct pg_ddl *ddl, const struct sql_relation *source, uint32_t id,
                            const int16_t *map)
{
    for (uint16_t i = 0; i < source->column_count; i++) {
        const struct sql_relation *made = sql_find_relation_id(ddl->session, id);
        if (!source->columns[i].identity || source->columns[i].dropped)
            continue;
        struct sql_column column = made->columns[map[i] - 1];
        uint32_t from = pg_sequence_of_column(ddl->env, source->object.id, i + 1, 'i');
        if (!from ||
            !pg_column_identity_like(ddl, made, &column, sql_find_relation_id(ddl->session, from)))
            return false;
    }
    return true;
}

static bool finish_checks(struct pg_ddl *ddl, const struct sql_relation *source, uint32_t id,
                          const int16_t *map)
{
    for (uint16_t i = 0; i < source->constraint_count; i++) {
        const struct sql_constraint *from =
            sql_find_constraint(ddl->session, source->constraints[i]);
        if (from->kind != SQL_CONSTRAINT_CHECK)
            continue;
        struct sql_constraint copy = *from;
        int16_t *columns = arena_array(ddl->arena, from->column_count + 1u, sizeof *columns);
        copy.object = (struct sql_object){.name = from->object.name};
        copy.relation = id;
        copy.local = true;
        copy.inherited = 0;
        copy.check = pg_expr_map(ddl, from->check, map);
        if (!columns || !copy.check)
            return sql_fail_memory(ddl->env->error);
        for (uint16_t j = 0; j < from->column_count; j++)
            columns[j] = map[from->columns[j] - 1];
        copy.columns = columns;
        if (!pg_constraint_store(ddl, &copy))
            return false;
    }
    return true;
}

static bool finish_indexes(struct pg_ddl *ddl, const struct sql_relation *source, uint32_t id,
                           const int16_t *map)
{
    for (uint16_t i = 0; i < source->index_count; i++) {
        struct pg_index_def def;
        if (!pg_index_copy(ddl, sql_find_relation_id(ddl->session, source->indexes[i]), id, map,
                           &def) ||
            !pg_index_make(ddl, &def))
            return false;
    }
    return true;
}

static bool finish_comments(struct pg_ddl *ddl, const struct sql_relation *source, uint32_t id,
                            const int16_t *map)
{
    for (uint16_t i = 0; i < source->column_count; i++) {
        struct sql_reference from = {pg_classes(ddl)->relation, source->object.id, i + 1};
        struct sql_reference to = {pg_classes(ddl)->relation, id, map[i]};
        struct slice comment = sql_comment_of(ddl->session, from);
        if (comment.ptr && map[i] && !sql_comment_set(ddl->env, to, comment))
            return false;
    }
    return true;
}

bool pg_like_finish(struct pg_table_def *table, const struct ast_table_like *like)
{
    struct pg_ddl *ddl = table->ddl;
    uint32_t id = table->relation.object.id;
    const struct sql_relation *source;
    if (!find_source(ddl, like, &source))
        return false;
    int16_t *map = pg_column_map(ddl, source, sql_find_relation_id(ddl->session, id));
    if (!map)
        return false;
    uint32_t options = like->options;
    return (!(options & AST_LIKE_GENERATED) || finish_generated(ddl, source, id, map)) &&
           (!(options & AST_LIKE_IDENTITY) || finish_identity(ddl, source, id, map)) &&
           (!(options & AST_LIKE_CONSTRAINTS) || finish_checks(ddl, source, id, map)) &&
           (!(options & AST_LIKE_INDEXES) || finish_indexes(ddl, source, id, map)) &&
           (!(options & AST_LIKE_COMMENTS) || finish_comments(ddl, source, id, map));
}
