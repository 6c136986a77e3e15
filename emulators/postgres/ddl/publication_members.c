/* What is in a publication. */
#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/ddl/name.h"
#include "emulators/postgres/ddl/publication.h"
#include "emulators/postgres/deparse/deparse.h"
#include "emulators/sql/analyze/analyze.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/session.h"

/* ---- row filters */

static bool refuse_filter(struct pg_ddl *ddl, const struct sql_expr *expr, const char *detail)
{
    sql_fail_at(ddl->env->error, expr->location, "0A000", "invalid publication WHERE expression");
    return sql_detail(ddl->env->error, "%s", detail);
}

struct filter {
    struct pg_ddl *ddl;
    const struct sql_expr *bad;
    const char *detail;
    struct sql_bytes reads; /* numbers of columns */
};

static const char *why_not(struct pg_ddl *ddl, const struct sql_expr *expr)
{
    const struct sql_expr_column *column = (const void *)expr;
    const struct sql_expr_call *call = (const void *)expr;
    uint32_t first = ddl->session->dialect->first_free_id;
    if (expr->type >= first)
        return "User-defined types are not allowed.";
    if (expr->kind == SQL_EXPR_COLUMN && column->column < 0)
        return "System columns are not allowed.";
    if (expr->kind == SQL_EXPR_SUBLINK || expr->kind == SQL_EXPR_AGGREGATE ||
        expr->kind == SQL_EXPR_WINDOW)
        return "Only columns, constants, built-in operators, built-in data types, built-in "
               "collations, and immutable built-in functions are allowed.";
    bool calls = expr->kind == SQL_EXPR_FUNCTION;
    if (expr->collation >= first || (calls && call->input_collation >= first))
        return "User-defined collations are not allowed.";
    if (!calls)
        return NULL;
    const struct sql_routine *routine = sql_find_routine_id(ddl->session, call->function);
    if (call->op >= first)
        return "User-defined operators are not allowed.";
    return routine && (routine->object.id >= first || routine->volatility != 'i')
               ? "User-defined or built-in mutable functions are not allowed."
               : NULL;
}

static bool look(struct sql_expr *expr, void *ctx)
{
    struct filter *filter = ctx;
    if (expr->kind == SQL_EXPR_COLUMN) {
        int16_t column = (int16_t)((const struct sql_expr_column *)expr)->column;
        sql_bytes_add(&filter->reads, &column, sizeof column);
    }
    filter->detail = why_not(filter->ddl, expr);
    if (filter->detail)
        filter->bad = expr;
    return filter->bad || sql_expr_walk(expr, look, ctx);
}

static bool read_filter(struct pg_ddl *ddl, const struct sql_other *publication,
                        const struct sql_relation *relation, const struct ast_node *where,
                        struct sql_expr **out, struct slice *out_reads)
{
    struct filter filter = {.ddl = ddl};
    if (relation->kind == SQL_RELATION_PARTITIONED &&
        !(publication->numbers[0] & PG_PUBLISH_VIA_ROOT)) {
        sql_fail(ddl->env->error, "22023",
                 "cannot use publication WHERE clause for relation \"" SLICE_FMT "\"",
                 SLICE_ARG(relation->object.name));
        return sql_detail(ddl->env->error,
                          "WHERE clause cannot be used for a partitioned table when %s is false.",
                          "publish_via_partition_root");
    }
    if (!sql_analyze_expr(ddl->env, where, relation, relation->object.name, SQL_PLACE_PUBLICATION,
                          NULL, out))
        return false;
    sql_bytes_init(&filter.reads, ddl->arena);
    look(*out, &filter);
    *out_reads = sql_bytes_slice(&filter.reads);
    return !filter.bad || refuse_filter(ddl, filter.bad, filter.detail);
}

/* ---- tables */

static bool check_relation(struct pg_ddl *ddl, const struct sql_relation *relation)
{
    static const char *const kinds[] = {
        [SQL_RELATION_VIEW] = "views",
        [SQL_RELATION_MATVIEW] = "materialized views",
        [SQL_RELATION_FOREIGN] = "foreign tables",
        [SQL_RELATION_SEQUENCE] = "sequences",
        [SQL_RELATION_INDEX] = "indexes",
        [SQL_RELATION_PARTITIONED_INDEX] = "partitioned indexes",
        [SQL_RELATION_COMPOSITE] = "composite types",
    };
    const char *what =
        (size_t)relation->kind < sizeof kinds / sizeof *kinds ? kinds[relation->kind] : NULL;
    if (!what)
        what = relation->object.id < ddl->session->dialect->first_free_id ? "system tables"
               : relation->persistence == 't'                             ? "temporary tables"
               : relation->persistence == 'u'                             ? "unlogged tables"
                                                                          : NULL;
    if (!what)
        return pg_name_must_own(ddl, &relation->object);
    sql_fail(ddl->env->error, "22023", "cannot add relation \"" SLICE_FMT "\" to publication",
             SLICE_ARG(relation->object.name));
    return sql_detail(ddl->env->error, "This operation is not supported for %s.", what);
}

static bool column_number(struct pg_ddl *ddl, const struct sql_relation *relation,
                          struct slice name, uint32_t *out)
{
    const struct sql_column *column = pg_name_column(relation, name);
    const char *kind = !column && pg_name_is_system_column(name) ? "system"
                       : column && column->generated             ? "generated"
                                                                 : NULL;
    if (kind)
        return sql_fail(ddl->env->error, "42P10",
                        "cannot use %s column \"" SLICE_FMT "\" in publication column list", kind,
                        SLICE_ARG(name));
    if (!column)
        return sql_fail(ddl->env->error, "42703",
                        "column \"" SLICE_FMT "\" of relation \"" SLICE_FMT "\" does not exist",
                        SLICE_ARG(name), SLICE_ARG(relation->object.name));
    *out = (uint32_t)column->number;
    return true;
}

/* Publication, relation, and the columns in ascending order. */
static bool make_numbers(struct pg_ddl *ddl, const struct sql_relation *relation,
                         const struct ast_names *columns, uint32_t *numbers)
{
    for (uint32_t i = 0; i < columns->count; i++) {
        uint32_t number, at = PG_PUBLICATION_COLUMNS_AT + i;
        if (!column_number(ddl, relation, columns->items[i], &number))
            return false;
        for (uint32_t k = PG_PUBLICATION_COLUMNS_AT; k < at; k++)
            if (numbers[k] == number)
                return sql_fail(ddl->env->error, "42710",
                                "duplicate column \"" SLICE_FMT "\" in publication column list",
                                SLICE_ARG(columns->items[i]));
        for (; at > PG_PUBLICATION_COLUMNS_AT && numbers[at - 1] > number; at--)
            numbers[at] = numbers[at - 1];
        numbers[at] = number;
    }
    return true;
}

static bool depend_table(struct pg_ddl *ddl, const struct sql_other *member,
                         const struct sql_expr *filter)
{
    const struct sql_class_ids *ids = pg_classes(ddl);
    struct sql_reference of = pg_whole(PG_CLASS_PUBLICATION_TABLE, member->object.id);
    uint32_t relation = member->numbers[1];
    for (uint16_t i = PG_PUBLICATION_COLUMNS_AT; i < member->number_count; i++) {
        struct sql_reference column = {ids->relation, relation, (int32_t)member->numbers[i]};
        if (!sql_depend(ddl->env, of, column, 'n'))
            return false;
    }
    return sql_depend(ddl->env, of, pg_whole(ids->publication, member->numbers[0]), 'a') &&
           sql_depend(ddl->env, of, pg_whole(ids->relation, relation), 'a') &&
           (!filter || sql_depend_on_expr(ddl->env, of, filter, relation, 'n', 'n'));
}

static bool store_table(struct pg_ddl *ddl, const struct sql_other *publication,
                        const struct sql_relation *relation,
                        const struct ast_publication_object *ast)
{
    uint32_t *numbers =
        arena_array(ddl->arena, PG_PUBLICATION_COLUMNS_AT + ast->columns.count, sizeof *numbers);
    struct sql_expr *filter = NULL;
    struct slice fields[2] = {{0}};
    struct sql_bytes text;
    sql_bytes_init(&text, ddl->arena);
    if (!numbers)
        return sql_fail_memory(ddl->env->error);
    numbers[0] = publication->object.id;
    numbers[1] = relation->object.id;
    if ((ast->where && (!read_filter(ddl, publication, relation, ast->where, &filter,
                                     &fields[PG_PUBLICATION_FILTER_READS]) ||
                        !pg_deparse_expr(ddl->env, filter, relation, 0, &text))) ||
        !make_numbers(ddl, relation, &ast->columns, numbers))
        return false;
    fields[PG_PUBLICATION_FILTER] = sql_bytes_slice(&text);
    struct sql_other member = {
        .object = {.class_id = PG_CLASS_PUBLICATION_TABLE,
                   .owner = publication->object.owner,
                   .name = slice_of(numbers, PG_PUBLICATION_COLUMNS_AT * sizeof *numbers),
                   .acl_default = true},
        .fields = fields,
        .field_count = filter ? 2 : 0,
        .numbers = numbers,
        .number_count = (uint16_t)(PG_PUBLICATION_COLUMNS_AT + ast->columns.count),
    };
    return sql_catalog_create(ddl->env, &member.object) && depend_table(ddl, &member, filter);
}

/* Is it in the list before that place, too? Then with the same columns and filter: none. */
static bool check_twice(struct pg_ddl *ddl, const struct ast_list *objects, uint32_t at,
                        const struct sql_relation *relation, bool *twice)
{
    const struct ast_publication_object *ast = AST_AS(publication_object, objects->items[at]);
    *twice = false;
    for (uint32_t i = 0; i < at; i++) {
        const struct ast_publication_object *other = AST_AS(publication_object, objects->items[i]);
        const struct sql_relation *same;
        if (other->type != AST_PUBLICATION_TABLE)
            continue;
        if (!pg_name_relation(ddl, other->relation, false, SQL_ACCESS_SHARE, &same))
            return false;
        if (same->object.id != relation->object.id)
            continue;
        *twice = true;
        if (ast->where || other->where)
            return sql_fail(ddl->env->error, "42710",
                            "conflicting or redundant WHERE clauses for table \"" SLICE_FMT "\"",
                            SLICE_ARG(relation->object.name));
        if (ast->columns.count || other->columns.count)
            return sql_fail(ddl->env->error, "42710",
                            "conflicting or redundant column lists for table \"" SLICE_FMT "\"",
                            SLICE_ARG(relation->object.name));
    }
    return true;
}

static bool add_relation(struct pg_ddl *ddl, const struct sql_other *publication,
                         const struct sql_relation *relation,
                         const struct ast_publication_object *ast)
{
    if (!check_relation(ddl, relation))
        return false;
    if (pg_publication_member(ddl->session, PG_CLASS_PUBLICATION_TABLE, publication,
                              relation->object.id))
        return sql_fail(ddl->env->error, "42710",
                        "relation \"" SLICE_FMT "\" is already member of publication \"" SLICE_FMT
                        "\"",
                        SLICE_ARG(relation->object.name), SLICE_ARG(publication->object.name));
    if (!store_table(ddl, publication, relation, ast))
        return false;
    /* Children of tables, but not of partitioned ones, are members of their own. */
    bool inherits = !ast->relation->only && relation->kind != SQL_RELATION_PARTITIONED;
    for (uint16_t i = 0; inherits && i < relation->child_count; i++) {
        const struct sql_relation *child =
            sql_find_relation_id(ddl->session, relation->children[i]);
        if (child &&
            !pg_publication_member(ddl->session, PG_CLASS_PUBLICATION_TABLE, publication,
                                   child->object.id) &&
            !add_relation(ddl, publication, child, ast))
            return false;
    }
    return true;
}

/* ---- schemas */

static bool find_schema(struct pg_ddl *ddl, const struct ast_publication_object *ast,
                        const struct sql_schema **out)
{
    if (ast->type != AST_PUBLICATION_CURRENT_SCHEMA)
        return pg_name_schema(ddl, ast->schema, false, out);
    *out = sql_find_schema_id(ddl->session, ddl->session->create_schema);
    return *out ||
           sql_fail(ddl->env->error, "3F000", "no schema has been selected for CURRENT_SCHEMA");
}

static bool check_schema(struct pg_ddl *ddl, const struct sql_schema *schema)
{
    struct slice name = schema->object.name;
    bool temporary = schema->object.id == ddl->session->temp_schema;
    bool system = schema->object.id < ddl->session->dialect->first_free_id &&
                  schema->object.id != ddl->session->dialect->public_schema;
    if (!temporary && !system)
        return true;
    sql_fail(ddl->env->error, "22023", "cannot add schema \"" SLICE_FMT "\" to publication",
             SLICE_ARG(name));
    return sql_detail(ddl->env->error, "This operation is not supported for %s schemas.",
                      temporary ? "temporary" : "system");
}

static bool add_schema(struct pg_ddl *ddl, const struct sql_other *publication,
                       const struct ast_publication_object *ast)
{
    const struct sql_class_ids *ids = pg_classes(ddl);
    const struct sql_schema *schema;
    if (!find_schema(ddl, ast, &schema) || !check_schema(ddl, schema))
        return false;
    if (pg_publication_member(ddl->session, PG_CLASS_PUBLICATION_SCHEMA, publication,
                              schema->object.id))
        return sql_fail(ddl->env->error, "42710",
                        "schema \"" SLICE_FMT "\" is already member of publication \"" SLICE_FMT
                        "\"",
                        SLICE_ARG(schema->object.name), SLICE_ARG(publication->object.name));
    uint32_t numbers[] = {publication->object.id, schema->object.id};
    struct sql_other member = {
        .object = {.class_id = PG_CLASS_PUBLICATION_SCHEMA,
                   .owner = publication->object.owner,
                   .name = slice_of(numbers, sizeof numbers),
                   .acl_default = true},
        .numbers = numbers,
        .number_count = 2,
    };
    struct sql_reference of;
    if (!sql_catalog_create(ddl->env, &member.object))
        return false;
    of = pg_whole(PG_CLASS_PUBLICATION_SCHEMA, member.object.id);
    return sql_depend(ddl->env, of, pg_whole(ids->publication, publication->object.id), 'a') &&
           sql_depend(ddl->env, of, pg_whole(ids->schema, schema->object.id), 'a');
}

/* ---- all of them */

static const struct sql_other *next_member(struct pg_ddl *ddl, uint32_t class_id,
                                           const struct sql_other *publication, uint32_t *from)
{
    const struct sql_object *object;
    while ((object = sql_next_object(ddl->session, class_id, *from))) {
        const struct sql_other *member = (const void *)object;
        *from = object->id + 1;
        if (member->numbers[0] == publication->object.id)
            return member;
    }
    return NULL;
}

static bool has_schemas(struct pg_ddl *ddl, const struct sql_other *publication)
{
    uint32_t from = 0;
    return next_member(ddl, PG_CLASS_PUBLICATION_SCHEMA, publication, &from) != NULL;
}

/* Column lists go neither with whole schemas nor with tables that stand for their partitions. */
static bool check_column_lists(struct pg_ddl *ddl, const struct sql_other *publication)
{
    uint32_t from = 0;
    const struct sql_other *member;
    bool schemas = has_schemas(ddl, publication);
    bool root = publication->numbers[0] & PG_PUBLISH_VIA_ROOT;
    while ((member = next_member(ddl, PG_CLASS_PUBLICATION_TABLE, publication, &from))) {
        if (member->number_count == PG_PUBLICATION_COLUMNS_AT)
            continue;
        const struct sql_relation *relation =
            sql_find_relation_id(ddl->session, member->numbers[1]);
        if (!schemas && (root || relation->kind != SQL_RELATION_PARTITIONED))
            continue;
        const struct sql_schema *schema = sql_find_schema_id(ddl->session, relation->object.schema);
        sql_fail(ddl->env->error, "22023",
                 "cannot use column list for relation \"" SLICE_FMT "." SLICE_FMT
                 "\" in publication \"" SLICE_FMT "\"",
                 SLICE_ARG(schema->object.name), SLICE_ARG(relation->object.name),
                 SLICE_ARG(publication->object.name));
        if (schemas)
            return sql_detail(ddl->env->error, "Column lists cannot be specified in publications "
                                               "containing FOR TABLES IN SCHEMA elements.");
        return sql_detail(ddl->env->error,
                          "Column lists cannot be specified for partitioned tables when %s is "
                          "false.",
                          "publish_via_partition_root");
    }
    return true;
}

bool pg_publication_check_leaves(struct pg_ddl *ddl, const struct sql_other *publication)
{
    uint32_t from = 0;
    const struct sql_other *member;
    while ((member = next_member(ddl, PG_CLASS_PUBLICATION_TABLE, publication, &from))) {
        const struct sql_relation *relation =
            sql_find_relation_id(ddl->session, member->numbers[1]);
        const char *what = member->field_count                                ? "WHERE clause"
                           : member->number_count > PG_PUBLICATION_COLUMNS_AT ? "column list"
                                                                              : NULL;
        if (!what || relation->kind != SQL_RELATION_PARTITIONED)
            continue;
        sql_fail(ddl->env->error, "22023",
                 "cannot set parameter \"%s\" to false for publication \"" SLICE_FMT "\"",
                 "publish_via_partition_root", SLICE_ARG(publication->object.name));
        return sql_detail(ddl->env->error,
                          "The publication contains a %s for partitioned table \"" SLICE_FMT
                          "\", which is not allowed when \"%s\" is false.",
                          what, SLICE_ARG(relation->object.name), "publish_via_partition_root");
    }
    return true;
}

bool pg_publication_check_schemas(struct pg_ddl *ddl, const struct sql_other *publication)
{
    uint32_t from = 0;
    const struct sql_other *member;
    while ((member = next_member(ddl, PG_CLASS_PUBLICATION_TABLE, publication, &from))) {
        if (member->number_count == PG_PUBLICATION_COLUMNS_AT)
            continue;
        sql_fail(ddl->env->error, "22023", "cannot add schema to publication \"" SLICE_FMT "\"",
                 SLICE_ARG(publication->object.name));
        return sql_detail(ddl->env->error,
                          "Schemas cannot be added if any tables that specify a column list are "
                          "already part of the publication.");
    }
    return true;
}

/* A schema may be named twice. */
static bool named_before(const struct ast_list *objects, uint32_t at)
{
    const struct ast_publication_object *ast = AST_AS(publication_object, objects->items[at]);
    for (uint32_t i = 0; i < at; i++) {
        const struct ast_publication_object *other = AST_AS(publication_object, objects->items[i]);
        if (other->type == ast->type && slice_eq(other->schema, ast->schema))
            return true;
    }
    return false;
}

bool pg_publication_add(struct pg_ddl *ddl, const struct sql_other *publication,
                        const struct ast_list *objects)
{
    const struct sql_relation **tables =
        arena_zalloc(ddl->arena, (objects->count + 1) * sizeof(*tables));
    if (!tables)
        return sql_fail_memory(ddl->env->error);
    for (uint32_t i = 0; i < objects->count; i++) {
        const struct ast_publication_object *ast = AST_AS(publication_object, objects->items[i]);
        bool twice;
        if (ast->type != AST_PUBLICATION_TABLE)
            continue;
        if (!pg_name_relation(ddl, ast->relation, false, SQL_SHARE_UPDATE_EXCLUSIVE, &tables[i]) ||
            !check_twice(ddl, objects, i, tables[i], &twice))
            return false;
        if (twice)
            tables[i] = NULL;
    }
    for (uint32_t i = 0; i < objects->count; i++) {
        const struct ast_publication_object *ast = AST_AS(publication_object, objects->items[i]);
        if (ast->type != AST_PUBLICATION_TABLE) {
            if (!named_before(objects, i) && !add_schema(ddl, publication, ast))
                return false;
        } else if (tables[i] && !add_relation(ddl, publication, tables[i], ast)) {
            return false;
        }
    }
    return check_column_lists(ddl, publication);
}

bool pg_publication_check_owner(struct pg_ddl *ddl, const struct sql_object *object, uint32_t owner)
{
    const struct sql_other *publication = (const void *)object;
    const struct sql_role *role = sql_find_role_id(ddl->session, owner);
    const char *what = publication->numbers[0] & PG_PUBLISH_ALL_TABLES ? "ALL TABLES"
                       : has_schemas(ddl, publication)                 ? "TABLES IN SCHEMA"
                                                                       : NULL;
    if (!what || role->superuser)
        return true;
    sql_fail(ddl->env->error, "42501",
             "permission denied to change owner of publication \"" SLICE_FMT "\"",
             SLICE_ARG(object->name));
    return sql_hint(ddl->env->error, "The owner of a FOR %s publication must be a superuser.",
                    what);
}

static bool remove_member(struct pg_ddl *ddl, const struct sql_other *member)
{
    return sql_catalog_drop(ddl->env, member->object.class_id, member->object.id);
}

static bool remove_table(struct pg_ddl *ddl, const struct sql_other *publication,
                         const struct ast_publication_object *ast)
{
    const struct sql_relation *relation;
    if (!pg_name_relation(ddl, ast->relation, false, SQL_SHARE_UPDATE_EXCLUSIVE, &relation))
        return false;
    if (ast->columns.count)
        return sql_fail(ddl->env->error, "42601",
                        "column list must not be specified in ALTER PUBLICATION ... DROP");
    const struct sql_other *member = pg_publication_member(ddl->session, PG_CLASS_PUBLICATION_TABLE,
                                                           publication, relation->object.id);
    if (!member)
        return sql_fail(ddl->env->error, "42704",
                        "relation \"" SLICE_FMT "\" is not part of the publication",
                        SLICE_ARG(relation->object.name));
    if (ast->where)
        return sql_fail(ddl->env->error, "42601",
                        "cannot use a WHERE clause when removing a table from a publication");
    return remove_member(ddl, member);
}

bool pg_publication_remove(struct pg_ddl *ddl, const struct sql_other *publication,
                           const struct ast_list *objects)
{
    for (uint32_t i = 0; i < objects->count; i++) {
        const struct ast_publication_object *ast = AST_AS(publication_object, objects->items[i]);
        const struct sql_schema *schema;
        if (ast->type == AST_PUBLICATION_TABLE) {
            if (!remove_table(ddl, publication, ast))
                return false;
            continue;
        }
        if (!find_schema(ddl, ast, &schema))
            return false;
        const struct sql_other *member = pg_publication_member(
            ddl->session, PG_CLASS_PUBLICATION_SCHEMA, publication, schema->object.id);
        if (!member)
            return sql_fail(ddl->env->error, "42704",
                            "tables from schema \"" SLICE_FMT "\" are not part of the publication",
                            SLICE_ARG(schema->object.name));
        if (!remove_member(ddl, member))
            return false;
    }
    return true;
}

bool pg_publication_set(struct pg_ddl *ddl, const struct sql_other *publication,
                        const struct ast_list *objects)
{
    static const uint32_t classes[] = {PG_CLASS_PUBLICATION_TABLE, PG_CLASS_PUBLICATION_SCHEMA};
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        uint32_t from = 0;
        const struct sql_other *member;
        while ((member = next_member(ddl, classes[i], publication, &from)))
            if (!remove_member(ddl, member))
                return false;
    }
    return pg_publication_add(ddl, publication, objects);
}
