/* Indexes: their own relation, the constraint that they are for, CREATE INDEX. */
#include "emulators/sql/storage/index.h"

#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/ddl/constraint.h"
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/tablespace.h"
#include "emulators/sql/analyze/analyze.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/syntax/ast_expr.h"

#define INDEX_COLUMNS_MAX 32

enum { OPTION_DESC = 1, OPTION_NULLS_FIRST = 2 };

bool pg_index_reserve(struct pg_ddl *ddl, struct pg_index_def *def, uint16_t count)
{
    if (count > INDEX_COLUMNS_MAX)
        return sql_fail(ddl->env->error, "54011", "cannot use more than %d columns in an index",
                        INDEX_COLUMNS_MAX);
    size_t room = count ? count : 1u;
    int16_t *columns = arena_zalloc(ddl->arena, room * sizeof *columns);
    uint32_t *classes = arena_zalloc(ddl->arena, room * sizeof *classes);
    uint32_t *collations = arena_zalloc(ddl->arena, room * sizeof *collations);
    uint16_t *flags = arena_zalloc(ddl->arena, room * sizeof *flags);
    uint32_t *exclusion = arena_zalloc(ddl->arena, room * sizeof *exclusion);
    def->column_names = arena_zalloc(ddl->arena, room * sizeof *def->column_names);
    def->index.expressions.items = arena_zalloc(ddl->arena, room * sizeof(struct sql_expr *));
    if (!columns || !classes || !collations || !flags || !exclusion || !def->column_names ||
        !def->index.expressions.items)
        return sql_fail_memory(ddl->env->error);
    def->index.columns = columns;
    def->index.opclasses = classes;
    def->index.collations = collations;
    def->index.flags = flags;
    def->index.exclusion_ops = exclusion;
    def->index.column_count = def->index.key_count = count;
    def->index.table = def->table;
    def->index.method = ddl->session->dialect->btree_method;
    def->index.immediate = def->index.valid = true;
    return true;
}

/* ---- operator classes */

static struct slice method_name(struct pg_ddl *ddl, uint32_t method)
{
    return sql_find_method_id(ddl->session, method).name;
}

/* Extensions' classes are known by what their functions do; what others order by is not. */
static bool is_of_extension(struct pg_ddl *ddl, const struct sql_object *class)
{
    uint32_t count;
    const struct sql_edge **edges = sql_edges_of(ddl->env, class->class_id, class->id, &count);
    for (uint32_t i = 0; i < count; i++)
        if (edges[i]->kind == 'e')
            return true;
    return false;
}

/* Is a value of the type one of the class as it stands? */
static bool takes_as_is(struct pg_ddl *ddl, uint32_t type, uint32_t input)
{
    const struct sql_cast *cast = sql_find_cast(ddl->session, type, input);
    return cast && cast->method == 'b' && cast->context == 'i';
}

/* A class that an extension made the default of the type, or of one that its values stand for. */
static uint32_t extension_class(struct pg_ddl *ddl, uint32_t method, uint32_t type, bool exactly)
{
    uint32_t class_id = pg_classes(ddl)->operator_class, id = 0;
    const struct sql_object *next;
    while ((next = sql_next_object(ddl->session, class_id, id))) {
        const struct sql_operator_class_info *info = &((const struct sql_class_object *)next)->info;
        id = next->id + 1;
        if (info->is_default && info->method == method &&
            (exactly ? info->input == type : takes_as_is(ddl, type, info->input)) &&
            is_of_extension(ddl, next))
            return next->id;
    }
    return 0;
}

uint32_t pg_index_default_class(struct pg_ddl *ddl, uint32_t method, uint32_t type_id)
{
    const struct sql_type *type = sql_find_type_id(ddl->session, type_id);
    while (type && type->kind == SQL_TYPE_DOMAIN)
        type = sql_find_type_id(ddl->session, type->base);
    if (!type)
        return 0;
    uint32_t exact = extension_class(ddl, method, type->id, true);
    if (exact)
        return exact;
    const struct sql_operator_class *found =
        sql_builtin_class_default(ddl->session->dialect, method, type->id);
    if (!found) {
        const struct sql_type_ids *ids = &ddl->session->dialect->types_of;
        uint32_t common = type->kind == SQL_TYPE_ENUM         ? ids->anyenum
                          : type->kind == SQL_TYPE_RANGE      ? ids->anyrange
                          : type->kind == SQL_TYPE_MULTIRANGE ? ids->anymultirange
                          : type->kind == SQL_TYPE_COMPOSITE  ? ids->record
                          : type->element && type->len < 0    ? ids->anyarray
                                                              : 0;
        if (common)
            found = sql_builtin_class_default(ddl->session->dialect, method, common);
    }
    return found ? found->id : extension_class(ddl, method, type->id, false);
}

static bool require_default_class(struct pg_ddl *ddl, uint32_t method, uint32_t type, uint32_t *out)
{
    *out = pg_index_default_class(ddl, method, type);
    if (*out)
        return true;
    sql_fail(ddl->env->error, "42704",
             "data type " SLICE_FMT " has no default operator class for access method \"" SLICE_FMT
             "\"",
             SLICE_ARG(pg_type_text(ddl->session, ddl->arena, type)),
             SLICE_ARG(method_name(ddl, method)));
    return sql_hint(ddl->env->error, "You must specify an operator class for the index or define a "
                                     "default operator class for the data type.");
}

bool pg_index_named_class(struct pg_ddl *ddl, uint32_t method, const struct ast_names *names,
                          bool for_index, uint32_t *out)
{
    struct slice schema, name;
    if (!pg_name_split(ddl, names, &schema, &name))
        return false;
    const struct sql_operator_class *found =
        sql_builtin_class_named(ddl->session->dialect, method, name);
    if (found) {
        *out = found->id;
        return true;
    }
    uint32_t class_id = pg_classes(ddl)->operator_class, id = 0;
    const struct sql_object *next;
    while ((next = sql_next_object(ddl->session, class_id, id))) {
        const struct sql_class_object *user = (const void *)next;
        id = next->id + 1;
        if (user->info.method == method && slice_eq(next->name, name)) {
            *out = next->id;
            return !for_index || is_of_extension(ddl, next) ||
                   sql_fail(ddl->env->error, "0A000",
                            "indexes by the user's operator class \"" SLICE_FMT
                            "\" are not supported",
                            SLICE_ARG(name));
        }
    }
    return sql_fail(ddl->env->error, "42704",
                    "operator class \"" SLICE_FMT "\" does not exist for access method \"" SLICE_FMT
                    "\"",
                    SLICE_ARG(name), SLICE_ARG(method_name(ddl, method)));
}

/* ---- columns of an index */

static uint32_t type_of_column(const struct pg_index_def *def, const struct sql_relation *relation,
                               uint16_t at)
{
    uint32_t expression = 0;
    for (uint16_t i = 0; i < at; i++)
        expression += def->index.columns[i] == 0;
    return def->index.columns[at] ? relation->columns[def->index.columns[at] - 1].type
                                  : def->index.expressions.items[expression]->type;
}

bool pg_index_set_column(struct pg_ddl *ddl, struct pg_index_def *def, uint16_t at,
                         const struct sql_column *column)
{
    ((int16_t *)(uintptr_t)def->index.columns)[at] = column->number;
    ((uint32_t *)(uintptr_t)def->index.collations)[at] = column->collation;
    def->column_names[at] = column->name;
    if (at >= def->index.key_count)
        return true; /* included: not ordered by */
    return require_default_class(ddl, def->index.method, column->type,
                                 (uint32_t *)(uintptr_t)&def->index.opclasses[at]);
}

bool pg_index_retype_column(struct pg_ddl *ddl, struct pg_index_def *def, uint16_t at,
                            const struct sql_relation *table, struct sql_column *column)
{
    int16_t number = def->index.columns[at];
    uint32_t type = type_of_column(def, table, at);
    uint32_t collation = number ? table->columns[number - 1].collation : column->collation;
    column->typmod = number ? table->columns[number - 1].typmod : -1;
    if (column->type == type)
        return true;
    column->type = type;
    column->collation = collation;
    ((uint32_t *)(uintptr_t)def->index.collations)[at] = collation;
    return at >= def->index.key_count ||
           require_default_class(ddl, def->index.method, type,
                                 (uint32_t *)(uintptr_t)&def->index.opclasses[at]);
}

/* The name that an expression gives to its column of the index. */
static struct slice expression_name(const struct ast_node *node)
{
    switch (node->kind) {
    case AST_FUNC_CALL: {
        const struct ast_names *names = &AST_AS(func_call, node)->name;
        return names->items[names->count - 1];
    }
    case AST_TYPE_CAST: {
        struct slice inner = expression_name(AST_AS(type_cast, node)->arg);
        const struct ast_names *names = &AST_AS(type_cast, node)->type->names;
        return inner.ptr ? inner : names->items[names->count - 1];
    }
    case AST_COLLATE: return expression_name(AST_AS(collate, node)->arg);
    case AST_COLUMN_REF: {
        const struct ast_list *fields = &AST_AS(column_ref, node)->fields;
        const struct ast_node *last = fields->items[fields->count - 1];
        return last->kind == AST_NAME ? AST_AS(name, last)->names.items[0] : slice_of(NULL, 0);
    }
    case AST_CASE: return slice_str("case");
    case AST_COALESCE: return slice_str("coalesce");
    case AST_ROW: return slice_str("row");
    default: return slice_of(NULL, 0);
    }
}

/* Names of an index' columns are distinct: expr, expr1 ... */
static bool distinct_name(struct pg_ddl *ddl, struct pg_index_def *def, uint16_t at,
                          struct slice name)
{
    struct slice candidate = name;
    for (unsigned number = 1;; number++) {
        bool taken = false;
        for (uint16_t i = 0; i < at; i++)
            taken = taken || slice_eq(def->column_names[i], candidate);
        if (!taken)
            break;
        candidate = arena_printf(ddl->arena, SLICE_FMT "%u", SLICE_ARG(name), number);
        if (!candidate.ptr)
            return sql_fail_memory(ddl->env->error);
    }
    def->column_names[at] = candidate;
    return true;
}

static bool reads_system_column(struct sql_expr *expr, void *ctx)
{
    const struct sql_expr_column *column = (const void *)expr;
    if (expr->kind == SQL_EXPR_COLUMN && column->column < 0 &&
        column->column != SQL_COLUMN_RELATION)
        return true;
    return sql_expr_walk(expr, reads_system_column, ctx);
}

static bool check_expression(struct pg_ddl *ddl, struct sql_expr *expr)
{
    return !expr || !reads_system_column(expr, NULL) ||
           sql_fail(ddl->env->error, "0A000", "index creation on system columns is not supported");
}

static bool set_expression(struct pg_ddl *ddl, struct pg_index_def *def, uint16_t at,
                           const struct sql_relation *relation, const struct ast_node *node)
{
    struct sql_expr *expr;
    if (!sql_analyze_expr(ddl->env, node, relation, relation->object.name,
                          SQL_PLACE_INDEX_EXPRESSION, NULL, &expr) ||
        !pg_require_immutable(ddl, expr,
                              "functions in index expression must be marked IMMUTABLE") ||
        !check_expression(ddl, expr))
        return false;
    struct slice name = expression_name(node);
    if (!distinct_name(ddl, def, at, name.ptr ? name : slice_str("expr")))
        return false;
    const struct sql_type *type = sql_find_type_id(ddl->session, expr->type);
    if (type && type->kind == SQL_TYPE_PSEUDO)
        return sql_fail(ddl->env->error, "42P16",
                        "column \"" SLICE_FMT "\" has pseudo-type " SLICE_FMT,
                        SLICE_ARG(name.ptr ? name : slice_str("expr")),
                        SLICE_ARG(pg_type_text(ddl->session, ddl->arena, expr->type)));
    ((uint32_t *)(uintptr_t)def->index.collations)[at] = expr->collation;
    if (expr->kind == SQL_EXPR_COLUMN) {
        int32_t column = ((const struct sql_expr_column *)(const void *)expr)->column;
        if (column > 0) {
            ((int16_t *)(uintptr_t)def->index.columns)[at] = (int16_t)column;
            return true;
        }
    }
    def->index.expressions.items[def->index.expressions.count++] = expr;
    return true;
}

static bool set_element(struct pg_ddl *ddl, struct pg_index_def *def, uint16_t at,
                        const struct sql_relation *relation,
                        const struct ast_index_element *element)
{
    struct sql_error *error = ddl->env->error;
    if (element->column.ptr) {
        const struct sql_column *column = pg_name_column(relation, element->column);
        if (!column && pg_name_is_system_column(element->column))
            return sql_fail(error, "0A000", "index creation on system columns is not supported");
        if (!column)
            return sql_fail(error, "42703", "column \"" SLICE_FMT "\" does not exist",
                            SLICE_ARG(element->column));
        ((int16_t *)(uintptr_t)def->index.columns)[at] = column->number;
        ((uint32_t *)(uintptr_t)def->index.collations)[at] = column->collation;
        if (!distinct_name(ddl, def, at, column->name))
            return false;
    } else if (!set_expression(ddl, def, at, relation, element->expression)) {
        return false;
    }
    if (at >= def->index.key_count)
        return true;
    uint32_t type = type_of_column(def, relation, at);
    uint32_t *class = (uint32_t *)(uintptr_t)&def->index.opclasses[at];
    if (element->op_class.count
            ? !pg_index_named_class(ddl, def->index.method, &element->op_class, true, class)
            : !require_default_class(ddl, def->index.method, type, class))
        return false;
    if (element->op_class.count &&
        !pg_index_check_class_options(ddl, element->op_class.items[element->op_class.count - 1],
                                      &element->op_class_options))
        return false;
    if (element->collation.count) {
        struct ast_collate collate = {.node = element->node, .name = element->collation};
        if (!pg_collation_for(ddl, &collate, type,
                              (uint32_t *)(uintptr_t)&def->index.collations[at]))
            return false;
    }
    bool descending = element->direction == AST_SORT_DESC;
    bool first =
        element->nulls == AST_NULLS_FIRST || (element->nulls == AST_NULLS_DEFAULT && descending);
    ((uint16_t *)(uintptr_t)def->index.flags)[at] =
        (uint16_t)((descending ? OPTION_DESC : 0) | (first ? OPTION_NULLS_FIRST : 0));
    return true;
}

bool pg_index_set_element(struct pg_ddl *ddl, struct pg_index_def *def, uint16_t at,
                          const struct sql_relation *relation,
                          const struct ast_index_element *element, uint32_t *out_type)
{
    if (!set_element(ddl, def, at, relation, element))
        return false;
    *out_type = type_of_column(def, relation, at);
    return true;
}

/* ---- making */

/* "a_b": the columns' names in an index' name. */
static struct slice joined_names(struct pg_ddl *ddl, const struct pg_index_def *def)
{
    struct slice joined = def->column_names[0];
    for (uint16_t i = 1; i < def->index.column_count && joined.len < PG_NAME_MAX; i++)
        joined = arena_concat(ddl->arena, joined, slice_str("_"), def->column_names[i]);
    if (joined.len > PG_NAME_MAX)
        joined.len = PG_NAME_MAX;
    return joined;
}

static bool choose_name(struct pg_ddl *ddl, struct pg_index_def *def,
                        const struct sql_relation *table)
{
    bool taken;
    if (!def->name.ptr)
        return pg_name_choose_relation(ddl, table->object.schema, table->object.name,
                                       def->index.primary ? slice_of(NULL, 0)
                                                          : joined_names(ddl, def),
                                       def->label, &def->name);
    if (!pg_name_relation_taken(ddl, table->object.schema, def->name, &taken))
        return false;
    if (!taken)
        return true;
    if (!def->if_not_exists)
        return sql_fail(ddl->env->error, "42P07", "relation \"" SLICE_FMT "\" already exists",
                        SLICE_ARG(def->name));
    pg_ddl_notice(ddl, "42P07", "relation \"" SLICE_FMT "\" already exists, skipping",
                  SLICE_ARG(def->name));
    return true;
}

static bool fill_columns(struct pg_ddl *ddl, const struct pg_index_def *def,
                         const struct sql_relation *table, struct sql_relation *index)
{
    struct sql_column *columns =
        arena_zalloc(ddl->arena, def->index.column_count * sizeof *columns);
    if (!columns)
        return sql_fail_memory(ddl->env->error);
    for (uint16_t i = 0; i < def->index.column_count; i++) {
        int16_t number = def->index.columns[i];
        uint32_t type = type_of_column(def, table, i);
        columns[i] = (struct sql_column){
            .name = def->column_names[i],
            .type = type,
            .typmod = number ? table->columns[number - 1].typmod : -1,
            .collation = def->index.collations[i],
            .number = (int16_t)(i + 1),
            .local = true,
            .storage = pg_type_storage(ddl->session, type),
            .statistics = -1,
        };
    }
    index->columns = columns;
    index->column_count = def->index.column_count;
    return true;
}

static bool add_constraint(struct pg_ddl *ddl, struct pg_index_def *def,
                           const struct sql_relation *table)
{
    struct sql_constraint constraint = {
        .object = {.name = def->constraint_name.ptr ? def->constraint_name : def->name},
        .kind = def->constraint_kind,
        .deferrable = def->deferrable,
        .deferred = def->deferred,
        .validated = true,
        .local = true,
        .no_inherit = table->kind != SQL_RELATION_PARTITIONED,
        .relation = def->table,
        .index = def->id,
        .columns = def->index.columns,
        .column_count = def->index.key_count,
    };
    if (!pg_constraint_name_free(ddl, table, constraint.object.name) ||
        !pg_constraint_store(ddl, &constraint))
        return false;
    struct sql_relation index = *sql_find_relation_id(ddl->session, def->id);
    struct sql_index changed = *index.index;
    changed.constraint = constraint.object.id;
    index.index = &changed;
    struct sql_reference of = pg_whole(pg_classes(ddl)->relation, def->id);
    return sql_catalog_replace(ddl->env, &index.object) &&
           sql_depend(ddl->env, of, pg_whole(pg_classes(ddl)->constraint, constraint.object.id),
                      'i');
}

static bool depend_index(struct pg_ddl *ddl, const struct pg_index_def *def)
{
    struct sql_reference of = pg_whole(pg_classes(ddl)->relation, def->id);
    struct sql_reference on = pg_whole(pg_classes(ddl)->relation, def->table);
    bool any = false;
    for (uint16_t i = 0; i < def->index.column_count; i++) {
        on.part = def->index.columns[i];
        any = any || on.part;
        if (!def->has_constraint && on.part && !sql_depend(ddl->env, of, on, 'a'))
            return false;
    }
    on.part = 0;
    if (!def->has_constraint && !any && !sql_depend(ddl->env, of, on, 'a'))
        return false;
    for (uint32_t i = 0; i < def->index.expressions.count; i++)
        if (!sql_depend_on_expr(ddl->env, of, def->index.expressions.items[i], def->table, 'n',
                                'a'))
            return false;
    for (uint16_t i = 0; i < def->index.key_count; i++)
        if (!sql_depend(ddl->env, of,
                        pg_whole(pg_classes(ddl)->operator_class, def->index.opclasses[i]), 'n'))
            return false;
    return sql_depend_on_expr(ddl->env, of, def->index.where, def->table, 'n', 'a');
}

/* Rows of different partitions are never compared: the partition key must be in the index' key. */
static bool check_partition_key(struct pg_ddl *ddl, const struct pg_index_def *def,
                                const struct sql_relation *table)
{
    const struct sql_partition_key *key = table->partition_key;
    struct sql_error *error = ddl->env->error;
    const char *upper = def->index.primary ? "PRIMARY KEY" : "UNIQUE";
    for (uint16_t i = 0; key && def->index.unique && i < key->count; i++) {
        bool found = false;
        if (!key->columns[i]) {
            sql_fail(error, "0A000", "unsupported %s constraint with partition key definition",
                     upper);
            return sql_detail(
                error, "%s constraints cannot be used when partition keys include expressions.",
                upper);
        }
        for (uint16_t j = 0; j < def->index.key_count; j++)
            found = found || def->index.columns[j] == key->columns[i];
        if (found)
            continue;
        sql_fail(error, "0A000",
                 "unique constraint on partitioned table must include all partitioning columns");
        return sql_detail(error,
                          "%s constraint on table \"" SLICE_FMT "\" lacks column \"" SLICE_FMT
                          "\" which is part of the partition key.",
                          upper, SLICE_ARG(table->object.name),
                          SLICE_ARG(table->columns[key->columns[i] - 1].name));
    }
    return true;
}

static const char *constraint_words(const struct pg_index_def *def)
{
    return def->index.primary ? "PRIMARY KEY" : def->index.exclusion ? "EXCLUDE" : "UNIQUE";
}

bool pg_index_make(struct pg_ddl *ddl, struct pg_index_def *def)
{
    const struct sql_relation *table = sql_find_relation_id(ddl->session, def->table);
    bool partitioned = table->kind == SQL_RELATION_PARTITIONED;
    struct sql_relation index = {
        .object = {.class_id = pg_classes(ddl)->relation,
                   .schema = table->object.schema,
                   .owner = table->object.owner,
                   .acl_default = true},
        .kind = partitioned ? SQL_RELATION_PARTITIONED_INDEX : SQL_RELATION_INDEX,
        .persistence = table->persistence,
        .method = def->index.method,
        .tablespace = def->tablespace,
        .index = &def->index,
        .populated = true,
        .replica_identity = 'n',
        .options = def->options,
        .option_count = def->option_count,
    };
    if (def->index.primary && pg_relation_has_primary(ddl, table))
        return sql_fail(ddl->env->error, "42P16",
                        "multiple primary keys for table \"" SLICE_FMT "\" are not allowed",
                        SLICE_ARG(table->object.name));
    if (!check_partition_key(ddl, def, table) || !choose_name(ddl, def, table))
        return false;
    if (def->if_not_exists && sql_find_object_name(ddl->session, pg_classes(ddl)->relation,
                                                   table->object.schema, def->name))
        return true;
    if (def->has_constraint)
        pg_ddl_debug(ddl,
                     SLICE_FMT " / %s will create implicit index \"" SLICE_FMT
                               "\" for table \"" SLICE_FMT "\"",
                     SLICE_ARG(ddl->tag), constraint_words(def), SLICE_ARG(def->name),
                     SLICE_ARG(table->object.name));
    index.object.name = def->name;
    index.object.id = def->index.id = def->id = sql_database_next_id(ddl->session->database);
    if (!fill_columns(ddl, def, table, &index) ||
        (!partitioned && !sql_btree_create(ddl->env, ddl->session->database, &index.storage)) ||
        !sql_catalog_create(ddl->env, &index.object) ||
        !sql_relation_attach(ddl->env, def->table, SQL_ATTACHED_INDEX, def->id) ||
        !depend_index(ddl, def))
        return false;
    table = sql_find_relation_id(ddl->session, def->table);
    return (!def->has_constraint || add_constraint(ddl, def, table)) &&
           (partitioned || pg_index_fill(ddl, def->id));
}

/* ---- CREATE INDEX */

/* Does a method index several columns? */
static bool takes_several(struct slice method)
{
    static const char *const methods[] = {"btree", "gist", "gin", "brin", "bloom"};
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (slice_eq_str(method, methods[i]))
            return true;
    return false;
}

static bool choose_method(struct pg_ddl *ddl, struct pg_index_def *def,
                          const struct ast_create_index *ast)
{
    if (!ast->access_method.ptr)
        return true;
    struct sql_method method = sql_find_method(ddl->session, ast->access_method);
    if (method.kind != 'i')
        return sql_fail(ddl->env->error, "42704", "access method \"" SLICE_FMT "\" does not exist",
                        SLICE_ARG(ast->access_method));
    def->index.method = method.id;
    bool btree = method.id == ddl->session->dialect->btree_method;
    const char *lacks = NULL;
    if (ast->unique && !btree)
        lacks = "unique indexes";
    else if (ast->including.count && !btree && !slice_eq_str(method.name, "gist") &&
             !slice_eq_str(method.name, "spgist"))
        lacks = "included columns";
    else if (ast->elements.count > 1 && !takes_several(method.name))
        lacks = "multicolumn indexes";
    return !lacks ||
           sql_fail(ddl->env->error, "0A000", "access method \"" SLICE_FMT "\" does not support %s",
                    SLICE_ARG(method.name), lacks);
}

static bool check_orders(struct pg_ddl *ddl, const struct pg_index_def *def,
                         const struct ast_create_index *ast)
{
    if (def->index.method == ddl->session->dialect->btree_method)
        return true;
    for (uint32_t i = 0; i < ast->elements.count; i++) {
        const struct ast_index_element *element = AST_AS(index_element, ast->elements.items[i]);
        if (element->direction != AST_SORT_DEFAULT)
            return sql_fail(ddl->env->error, "0A000",
                            "access method \"" SLICE_FMT "\" does not support ASC/DESC options",
                            SLICE_ARG(method_name(ddl, def->index.method)));
        if (element->nulls != AST_NULLS_DEFAULT)
            return sql_fail(ddl->env->error, "0A000",
                            "access method \"" SLICE_FMT
                            "\" does not support NULLS FIRST/LAST options",
                            SLICE_ARG(method_name(ddl, def->index.method)));
    }
    return true;
}

static bool check_table(struct pg_ddl *ddl, const struct sql_relation *table)
{
    if (table->kind == SQL_RELATION_TABLE || table->kind == SQL_RELATION_MATVIEW ||
        table->kind == SQL_RELATION_PARTITIONED) {
        if (table->object.id < ddl->session->dialect->first_free_id)
            return sql_fail(ddl->env->error, "42501",
                            "permission denied: \"" SLICE_FMT "\" is a system catalog",
                            SLICE_ARG(table->object.name));
        return pg_name_must_own(ddl, &table->object);
    }
    sql_fail(ddl->env->error, "42809", "cannot create index on relation \"" SLICE_FMT "\"",
             SLICE_ARG(table->object.name));
    return sql_detail(ddl->env->error, "This operation is not supported for %ss.",
                      pg_describe_kind(ddl->session, &table->object));
}

static bool set_elements(struct pg_ddl *ddl, struct pg_index_def *def,
                         const struct sql_relation *table, const struct ast_create_index *ast)
{
    for (uint32_t i = 0; i < ast->elements.count; i++)
        if (!set_element(ddl, def, (uint16_t)i, table,
                         AST_AS(index_element, ast->elements.items[i])))
            return false;
    for (uint32_t i = 0; i < ast->including.count; i++) {
        const struct ast_index_element *element = AST_AS(index_element, ast->including.items[i]);
        if (element->expression)
            return sql_fail(ddl->env->error, "0A000",
                            "expressions are not supported in included columns");
        if (!set_element(ddl, def, (uint16_t)(ast->elements.count + i), table, element))
            return false;
    }
    return true;
}

bool pg_create_index(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_create_index *ast = AST_AS(create_index, node);
    const struct sql_relation *table;
    if (!pg_name_relation(ddl, ast->relation, false,
                          ast->concurrently ? SQL_SHARE_UPDATE_EXCLUSIVE : SQL_SHARE, &table) ||
        !check_table(ddl, table))
        return false;
    if (ast->concurrently && table->kind == SQL_RELATION_PARTITIONED)
        return sql_fail(ddl->env->error, "0A000",
                        "cannot create index on partitioned table \"" SLICE_FMT "\" concurrently",
                        SLICE_ARG(table->object.name));
    struct pg_index_def def = {
        .table = table->object.id,
        .name = ast->name,
        .label = "idx",
        .if_not_exists = ast->if_not_exists,
        .concurrently = ast->concurrently,
    };
    if (!pg_index_reserve(ddl, &def, (uint16_t)(ast->elements.count + ast->including.count)))
        return false;
    def.index.key_count = (uint16_t)ast->elements.count;
    def.index.unique = ast->unique;
    def.index.nulls_not_distinct = ast->nulls_not_distinct;
    /* Without parts on the partitions that there are, it is none yet. */
    bool whole = table->kind == SQL_RELATION_PARTITIONED && ast->relation->only;
    def.index.valid = !whole || !table->child_count;
    if (!pg_tablespace_choose(ddl, ast->tablespace, 0, table->kind == SQL_RELATION_PARTITIONED,
                              &def.tablespace) ||
        !choose_method(ddl, &def, ast) || !check_orders(ddl, &def, ast) ||
        (ast->where && !sql_analyze_expr(ddl->env, ast->where, table, table->object.name,
                                         SQL_PLACE_INDEX_PREDICATE, NULL, &def.index.where)) ||
        !pg_require_immutable(ddl, def.index.where,
                              "functions in index predicate must be marked IMMUTABLE") ||
        !set_elements(ddl, &def, table, ast) || !check_expression(ddl, def.index.where) ||
        !pg_options_text(ddl, &ast->options, &def.options, &def.option_count) ||
        !pg_options_check(ddl, method_name(ddl, def.index.method), def.options, def.option_count) ||
        !pg_index_make(ddl, &def))
        return false;
    return !def.id || whole || pg_index_to_partitions(ddl, def.id);
}
