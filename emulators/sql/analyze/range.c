/* Entries of the range table, and what is in sight of them. */
#include "emulators/sql/analyze/analysis.h"

/* Gives the columns the names of the alias' list; kind: for the error ("table", "VALUES lists"). */
static bool name_columns(struct analysis *a, struct sql_table *table, const struct ast_alias *alias)
{
    uint32_t wanted = alias ? alias->columns.count : 0, used = 0;
    if (wanted == 0)
        return true;
    struct slice *names = arena_array(a->env->arena, table->column_count + 1, sizeof *names);
    if (!names)
        return sql_fail_memory(a->env->error);
    for (uint32_t i = 0; i < table->column_count; i++) {
        bool dropped = table->dropped && table->dropped[i];
        names[i] = !dropped && used < wanted ? alias->columns.items[used++] : table->columns[i];
    }
    if (used < wanted) {
        uint32_t available = 0;
        for (uint32_t i = 0; i < table->column_count; i++)
            available += !(table->dropped && table->dropped[i]);
        return fail_at(a, -1, "42P10",
                       "table \"" SLICE_FMT "\" has %u columns available but %u columns specified",
                       SLICE_ARG(table->name), (unsigned)available, (unsigned)wanted);
    }
    table->columns = names;
    table->aliased_columns = wanted;
    return true;
}

static struct name_item *make_item(struct analysis *a, struct sql_table *table, bool named)
{
    struct name_item *item = analysis_alloc(a, sizeof *item);
    if (!item)
        return NULL;
    item->table = table;
    item->number = a->query->table_count;
    item->column_names = table->columns;
    item->column_count = table->column_count;
    if (named)
        item->name = table->name;
    return item;
}

struct name_item *add_table(struct analysis *a, struct sql_table *table,
                            const struct ast_alias *alias, const char *kind)
{
    (void)kind;
    if (alias) {
        table->alias = alias->name;
        table->name = alias->name;
    }
    if (!name_columns(a, table, alias) ||
        !analysis_grow(a, &a->query->tables, a->query->table_count, sizeof *a->query->tables))
        return NULL;
    a->query->tables[a->query->table_count++] = table;
    return make_item(a, table, table->name.ptr != NULL);
}

bool table_room(struct analysis *a, struct sql_table *table, uint32_t count)
{
    struct arena *arena = a->env->arena;
    table->column_count = count;
    table->columns = arena_array(arena, count + 1, sizeof *table->columns);
    table->types = arena_array(arena, count + 1, sizeof *table->types);
    table->typmods = arena_array(arena, count + 1, sizeof *table->typmods);
    table->collations = arena_array(arena, count + 1, sizeof *table->collations);
    if (!table->columns || !table->types || !table->typmods || !table->collations)
        return sql_fail_memory(a->env->error);
    return true;
}

static bool relation_columns(struct analysis *a, struct sql_table *table,
                             const struct sql_relation *relation)
{
    if (!table_room(a, table, relation->column_count))
        return false;
    for (uint16_t i = 0; i < relation->column_count; i++) {
        const struct sql_column *column = &relation->columns[i];
        table->columns[i] = column->dropped ? (struct slice)SLICE_LITERAL("") : column->name;
        table->types[i] = column->type;
        table->typmods[i] = column->typmod;
        table->collations[i] = column->collation;
        if (!column->dropped)
            continue;
        if (!table->dropped)
            table->dropped = analysis_alloc(a, relation->column_count);
        if (!table->dropped)
            return false;
        table->dropped[i] = true;
    }
    return true;
}

struct name_item *add_relation(struct analysis *a, const struct sql_relation *relation,
                               const struct ast_alias *alias, bool inherits, int32_t location)
{
    struct sql_table *table = analysis_alloc(a, sizeof *table);
    if (!table || !relation_columns(a, table, relation))
        return NULL;
    table->kind = SQL_TABLE_RELATION;
    table->name = relation->object.name;
    table->relation = relation->object.id;
    table->relation_kind = (char)relation->kind;
    table->inherits = inherits;
    table->in_from = true;
    table->location = location;
    table->privileges = SQL_PRIV_SELECT;
    struct name_item *item = add_table(a, table, alias, "table");
    if (item && !alias) {
        const struct sql_schema *schema = sql_find_schema_id(a->session, relation->object.schema);
        item->schema = schema ? schema->object.name : (struct slice){0};
    }
    return item;
}

struct name_item *add_subquery(struct analysis *a, struct sql_query *query,
                               const struct ast_alias *alias, struct slice name, bool lateral)
{
    struct sql_table *table = analysis_alloc(a, sizeof *table);
    if (!table)
        return NULL;
    const struct sql_target *targets =
        query->command == SQL_SELECT ? query->targets : query->returning;
    uint32_t all = query->command == SQL_SELECT ? query->target_count : query->returning_count;
    uint32_t count = 0;
    for (uint32_t i = 0; i < all; i++)
        count += !targets[i].hidden;
    if (!table_room(a, table, count))
        return NULL;
    for (uint32_t i = 0, column = 0; i < all; i++) {
        if (targets[i].hidden)
            continue;
        table->columns[column] = targets[i].name;
        table->types[column] = targets[i].expr->type;
        table->typmods[column] = targets[i].expr->typmod;
        table->collations[column++] = targets[i].expr->collation;
    }
    table->kind = SQL_TABLE_SUBQUERY;
    table->name = name;
    table->query = query;
    table->lateral = lateral;
    table->in_from = true;
    table->location = -1;
    return add_table(a, table, alias, "table");
}

/* ---- WITH */

bool find_cte(struct analysis *a, struct slice name, struct sql_cte **out, uint32_t *up)
{
    *out = NULL;
    *up = 0;
    for (struct analysis *level = a; level; level = level->outer, ++*up)
        for (struct cte_scope *scope = level->ctes; scope; scope = scope->next)
            if (slice_eq(scope->cte->name, name)) {
                *out = scope->cte;
                return true;
            }
    return true;
}

struct name_item *add_cte(struct analysis *a, struct sql_cte *cte, uint32_t up,
                          const struct ast_relation *name)
{
    struct sql_table *table = analysis_alloc(a, sizeof *table);
    if (!table)
        return NULL;
    if (cte->query && cte->query->command != SQL_SELECT && cte->query->returning_count == 0) {
        fail_at(a, name->node.location, "0A000",
                "WITH query \"" SLICE_FMT "\" does not have a RETURNING clause",
                SLICE_ARG(cte->name));
        return NULL;
    }
    table->kind = SQL_TABLE_CTE;
    table->name = cte->name;
    table->cte = cte->name;
    table->cte_up = up;
    table->self = cte->query == NULL;
    table->columns = cte->columns;
    table->column_count = cte->column_count;
    table->types = cte->types;
    table->typmods = cte->typmods;
    table->collations = cte->collations;
    table->in_from = true;
    table->location = name->node.location;
    if (!table->self)
        cte->references++;
    struct name_item *item = add_table(a, table, name->alias, "table");
    if (item && table->self)
        item->unexpanded = (cte->search ? 1U : 0) + (cte->cycle ? 2U : 0);
    return item;
}

/* ---- relations by name */

static bool fail_no_relation(struct analysis *a, const struct ast_relation *name)
{
    int32_t location = name->node.location;
    if (name->schema.ptr) {
        if (!sql_find_schema(a->session, name->schema))
            return fail_at(a, location, "42P01",
                           "relation \"" SLICE_FMT "." SLICE_FMT "\" does not exist",
                           SLICE_ARG(name->schema), SLICE_ARG(name->name));
        return fail_at(a, location, "42P01",
                       "relation \"" SLICE_FMT "." SLICE_FMT "\" does not exist",
                       SLICE_ARG(name->schema), SLICE_ARG(name->name));
    }
    fail_at(a, location, "42P01", "relation \"" SLICE_FMT "\" does not exist",
            SLICE_ARG(name->name));
    /* A later member of the same WITH, not in sight without RECURSIVE. */
    for (struct analysis *level = a; level; level = level->outer)
        for (uint32_t i = 0; level->with && i < level->with->ctes.count; i++) {
            const struct ast_cte *cte = (const struct ast_cte *)level->with->ctes.items[i];
            if (!slice_eq(cte->name, name->name))
                continue;
            sql_detail(a->env->error,
                       "There is a WITH item named \"" SLICE_FMT
                       "\", but it cannot be referenced from this part of the query.",
                       SLICE_ARG(name->name));
            return sql_hint(a->env->error, "Use WITH RECURSIVE, or re-order the WITH items to "
                                           "remove forward references.");
        }
    return false;
}

/* Locks what the name stands for; who had to wait for the lock looks again. */
static const struct sql_relation *lock_named(struct analysis *a, const struct ast_relation *name,
                                             const struct sql_relation *relation,
                                             enum sql_lock_mode mode)
{
    while (relation && a->session->txn) {
        uint32_t id = relation->object.id;
        uint64_t version = sql_catalog_version(a->session);
        if (!sql_lock_relation(a->env, id, mode, SQL_WAIT_BLOCK))
            return NULL;
        if (version == sql_catalog_version(a->session))
            break;
        relation = sql_find_relation(a->session, name->schema, name->name);
        if (!relation)
            fail_no_relation(a, name);
        else if (relation->object.id == id)
            break;
    }
    return relation;
}

const struct sql_relation *open_relation(struct analysis *a, const struct ast_relation *name,
                                         enum sql_lock_mode mode)
{
    if (name->catalog.ptr && !slice_eq(name->catalog, a->rules->database_name(a->env))) {
        fail_at(a, name->node.location, "0A000",
                "cross-database references are not implemented: \"" SLICE_FMT "." SLICE_FMT
                "." SLICE_FMT "\"",
                SLICE_ARG(name->catalog), SLICE_ARG(name->schema), SLICE_ARG(name->name));
        return NULL;
    }
    if (!sql_check_schema_usage(a->env, name->schema))
        return NULL;
    const struct sql_relation *relation = sql_find_relation(a->session, name->schema, name->name);
    if (!relation)
        fail_no_relation(a, name);
    return lock_named(a, name, relation, mode);
}

/* ---- * */

static uint32_t visible_columns(const struct name_item *item)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < item->column_count; i++)
        count += !(item->table->dropped && item->table->dropped[i]);
    return count;
}

bool expand_item(struct analysis *a, struct name_item *item, uint32_t up, int32_t location,
                 struct sql_exprs *out, struct slice **names)
{
    uint32_t count = visible_columns(item);
    *names = arena_array(a->env->arena, count + 1, sizeof **names);
    *out = (struct sql_exprs){arena_array(a->env->arena, count + 1, sizeof *out->items), 0};
    if (!*names || !out->items)
        return sql_fail_memory(a->env->error);
    for (uint32_t i = 0; i + item->unexpanded < item->column_count; i++) {
        if (item->table->dropped && item->table->dropped[i])
            continue;
        struct sql_expr *expr = NULL;
        if (!expand_column(a, item, up, i, location, &expr))
            return false;
        (*names)[out->count] = item->column_names[i];
        out->items[out->count++] = expr;
    }
    return true;
}
