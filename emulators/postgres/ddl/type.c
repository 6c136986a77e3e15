/* CREATE TYPE (enum, composite, range), CREATE DOMAIN, ALTER TYPE of enums. */
#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/ddl/constraint.h"
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/relation.h"
#include "emulators/postgres/deparse/deparse.h"
#include "emulators/sql/analyze/analyze.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/syntax/ast_expr.h"
#include "emulators/sql/txn/txn.h"
#include "emulators/sql/value/bytes.h"

/* ---- what all have in common */

bool pg_type_begin(struct pg_ddl *ddl, const struct ast_names *names, struct sql_type_object *out)
{
    struct sql_object *object = &out->object;
    if (!pg_name_qualified(ddl, names, &object->schema, &object->name) ||
        !pg_type_name_free(ddl, object->schema, object->name))
        return false;
    object->class_id = pg_classes(ddl)->type;
    object->id = sql_database_next_id(ddl->session->database);
    object->owner = ddl->session->role;
    object->acl_default = true;
    out->type.id = object->id;
    out->type.name = object->name;
    out->type.schema = object->schema;
    out->type.delimiter = ',';
    out->type.base_typmod = -1;
    return true;
}

static bool store_type(struct pg_ddl *ddl, struct sql_type_object *type)
{
    struct sql_reference of = pg_whole(pg_classes(ddl)->type, type->object.id);
    return pg_array_type_make(ddl, type, &type->type.array) &&
           sql_catalog_create(ddl->env, &type->object) &&
           sql_depend(ddl->env, of, pg_whole(pg_classes(ddl)->schema, type->object.schema), 'n');
}

static const struct sql_type_ops *ops_of(struct pg_ddl *ddl, uint32_t builtin)
{
    const struct sql_type *type = sql_builtin_type_id(ddl->session->dialect, builtin);
    return type ? type->ops : NULL;
}

/* ---- enums */

static bool check_label(struct pg_ddl *ddl, struct slice label)
{
    if (label.len <= PG_NAME_MAX)
        return true;
    sql_fail(ddl->env->error, "42602", "invalid enum label \"" SLICE_FMT "\"", SLICE_ARG(label));
    return sql_detail(ddl->env->error, "Labels must be %d bytes or less.", PG_NAME_MAX);
}

bool pg_create_enum(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_create_enum *ast = AST_AS(create_enum, node);
    struct sql_type_object type = {.align = 'i', .storage = 'p'};
    struct sql_enum_label *labels = arena_array(ddl->arena, ast->labels.count + 1u, sizeof *labels);
    if (!labels)
        return sql_fail_memory(ddl->env->error);
    if (!pg_type_begin(ddl, &ast->name, &type))
        return false;
    for (uint32_t i = 0; i < ast->labels.count; i++) {
        if (!check_label(ddl, ast->labels.items[i]))
            return false;
        for (uint32_t j = 0; j < i; j++)
            if (slice_eq(labels[j].label, ast->labels.items[i]))
                return sql_fail(ddl->env->error, "23505",
                                "duplicate key value violates unique constraint "
                                "\"pg_enum_typid_label_index\"");
        labels[i] = (struct sql_enum_label){sql_database_next_id(ddl->session->database),
                                            (float)(i + 1), ast->labels.items[i], 0};
    }
    type.labels = (struct sql_enum){ast->labels.count, labels};
    type.type.len = 4;
    type.type.by_value = true;
    type.type.kind = SQL_TYPE_ENUM;
    type.type.category = 'E';
    type.type.ops = ops_of(ddl, ddl->session->dialect->types_of.anyenum);
    return store_type(ddl, &type);
}

static int label_index(const struct sql_type_object *type, struct slice label)
{
    for (uint32_t i = 0; i < type->labels.count; i++)
        if (slice_eq(type->labels.labels[i].label, label))
            return (int)i;
    return -1;
}

static bool rename_label(struct pg_ddl *ddl, struct sql_type_object *type,
                         struct sql_enum_label *labels, const struct ast_alter_enum *ast)
{
    int at = label_index(type, ast->old_label);
    if (at < 0)
        return sql_fail(ddl->env->error, "22023", "\"" SLICE_FMT "\" is not an existing enum label",
                        SLICE_ARG(ast->old_label));
    if (label_index(type, ast->new_label) >= 0)
        return sql_fail(ddl->env->error, "42710", "enum label \"" SLICE_FMT "\" already exists",
                        SLICE_ARG(ast->new_label));
    labels[at].label = ast->new_label;
    return sql_catalog_replace(ddl->env, &type->object);
}

bool pg_alter_enum(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_alter_enum *ast = AST_AS(alter_enum, node);
    const struct sql_type_object *found;
    if (!pg_name_own_type(ddl, &ast->name, SQL_TYPE_ENUM, "an enum", &found))
        return false;
    struct sql_type_object type = *found;
    uint32_t count = type.labels.count;
    struct sql_enum_label *labels = arena_array(ddl->arena, count + 1u, sizeof *labels);
    if (!labels)
        return sql_fail_memory(ddl->env->error);
    if (count)
        memcpy(labels, type.labels.labels, count * sizeof *labels);
    type.labels.labels = labels;
    if (ast->old_label.ptr)
        return rename_label(ddl, &type, labels, ast);
    if (!check_label(ddl, ast->new_label))
        return false;
    if (label_index(found, ast->new_label) >= 0) {
        if (!ast->if_not_exists)
            return sql_fail(ddl->env->error, "42710", "enum label \"" SLICE_FMT "\" already exists",
                            SLICE_ARG(ast->new_label));
        pg_ddl_notice(ddl, "42710", "enum label \"" SLICE_FMT "\" already exists, skipping",
                      SLICE_ARG(ast->new_label));
        return true;
    }
    int at = ast->neighbor.ptr ? label_index(found, ast->neighbor) : (int)count;
    if (at < 0)
        return sql_fail(ddl->env->error, "22023", "\"" SLICE_FMT "\" is not an existing enum label",
                        SLICE_ARG(ast->neighbor));
    at += ast->neighbor.ptr && ast->after;
    memmove(labels + at + 1, labels + at, (count - (uint32_t)at) * sizeof *labels);
    float before = at > 0 ? labels[at - 1].order : labels[at].order - 2;
    float after = (uint32_t)at < count ? labels[at + 1].order : before + 2;
    if (count == 0)
        before = 0, after = 2;
    if (!sql_txn_assign(ddl->env))
        return false;
    labels[at] =
        (struct sql_enum_label){sql_database_next_id(ddl->session->database), (before + after) / 2,
                                ast->new_label, ddl->session->txn->xid};
    type.labels.count = count + 1;
    return sql_catalog_replace(ddl->env, &type.object);
}

/* ---- composites */

bool pg_create_composite(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_create_composite *ast = AST_AS(create_composite, node);
    struct pg_table_def table = {
        .ddl = ddl,
        .relation = {.object = {.owner = ddl->session->role},
                     .kind = SQL_RELATION_COMPOSITE,
                     .persistence = 'p',
                     .populated = true},
    };
    struct sql_object *object = &table.relation.object;
    bool taken;
    if (!pg_name_qualified(ddl, &ast->name, &object->schema, &object->name) ||
        !pg_type_name_free(ddl, object->schema, object->name) ||
        !pg_name_relation_taken(ddl, object->schema, object->name, &taken))
        return false;
    if (taken)
        return sql_fail(ddl->env->error, "42P07", "relation \"" SLICE_FMT "\" already exists",
                        SLICE_ARG(object->name));
    for (uint32_t i = 0; i < ast->columns.count; i++)
        if (!pg_column_define(&table, AST_AS(column_def, ast->columns.items[i])))
            return false;
    if (!pg_columns_check(&table) || !pg_relation_make(&table))
        return false;
    struct sql_reference type = pg_whole(pg_classes(ddl)->type, table.relation.type);
    return sql_depend(ddl->env, type, pg_whole(pg_classes(ddl)->schema, object->schema), 'n');
}

/* ---- domains */

static bool domain_base(struct pg_ddl *ddl, const struct ast_create_domain *ast,
                        struct sql_type_object *domain)
{
    uint32_t base_id;
    int32_t typmod;
    if (!sql_analyze_type_name(ddl->env, &ast->type->node, &base_id, &typmod) ||
        !pg_name_type_usage(ddl, base_id))
        return false;
    const struct sql_type *base = sql_find_type_id(ddl->session, base_id);
    struct slice text = pg_type_text(ddl->session, ddl->arena, base_id);
    if (base->kind == SQL_TYPE_PSEUDO)
        return sql_fail(ddl->env->error, "42804",
                        "\"" SLICE_FMT "\" is not a valid base type for a domain", SLICE_ARG(text));
    struct sql_type *type = &domain->type;
    type->len = base->len;
    type->by_value = base->by_value;
    type->kind = SQL_TYPE_DOMAIN;
    type->category = base->category;
    type->delimiter = base->delimiter;
    type->base = base_id;
    type->base_typmod = typmod;
    type->ops = base->ops;
    domain->dimensions = (uint16_t)ast->type->array_dimensions;
    domain->storage = pg_type_storage(ddl->session, base_id);
    domain->align = 'i';
    return pg_collation_for(ddl, ast->collate, base_id, &type->collation);
}

bool pg_domain_default(struct pg_ddl *ddl, struct sql_type_object *domain,
                       const struct ast_node *expression)
{
    struct sql_expr *expr;
    struct sql_bytes text;
    if (!sql_analyze_expr(ddl->env, expression, NULL, slice_of(NULL, 0), SQL_PLACE_DEFAULT, NULL,
                          &expr) ||
        !sql_coerce_assign(ddl->env, &expr, domain->type.base, domain->type.base_typmod,
                           SQL_ASSIGN_DEFAULT, domain->object.name))
        return false;
    const struct sql_expr_const *constant = (const void *)expr;
    bool null = expr->kind == SQL_EXPR_CONST && constant->value.null;
    domain->default_value = null ? NULL : expr;
    domain->default_text = slice_of(NULL, 0);
    if (null)
        return true;
    sql_bytes_init(&text, ddl->arena);
    if (!pg_deparse_expr(ddl->env, expr, NULL, 0, &text))
        return false;
    domain->default_text = sql_bytes_slice(&text);
    return true;
}

bool pg_domain_add_check(struct pg_ddl *ddl, uint32_t domain_id, const struct ast_constraint *ast)
{
    struct sql_type_object domain = *sql_find_type_object(ddl->session, domain_id);
    struct sql_constraint constraint = {
        .object = {.class_id = pg_classes(ddl)->constraint,
                   .schema = domain.object.schema,
                   .owner = domain.object.owner,
                   .name = ast->name},
        .kind = SQL_CONSTRAINT_CHECK,
        .validated = !ast->skip_validation,
        .local = true,
        .domain = domain_id,
    };
    if (!ast->name.ptr &&
        !pg_name_choose_constraint(ddl, domain.object.schema, domain.object.name, slice_of(NULL, 0),
                                   "check", &constraint.object.name))
        return false;
    for (uint16_t i = 0; i < domain.constraint_count && ast->name.ptr; i++) {
        const struct sql_constraint *other =
            sql_find_constraint(ddl->session, domain.constraints[i]);
        if (other && slice_eq(other->object.name, ast->name))
            return sql_fail(ddl->env->error, "42710",
                            "constraint \"" SLICE_FMT "\" for domain " SLICE_FMT " already exists",
                            SLICE_ARG(ast->name),
                            SLICE_ARG(pg_type_text(ddl->session, ddl->arena, domain_id)));
    }
    if (!pg_analyze_domain_check(ddl, &domain.type, ast->expression, &constraint.check) ||
        !sql_catalog_create(ddl->env, &constraint.object))
        return false;
    uint32_t *ids = arena_array(ddl->arena, domain.constraint_count + 1u, sizeof *ids);
    if (!ids)
        return sql_fail_memory(ddl->env->error);
    if (domain.constraint_count)
        memcpy(ids, domain.constraints, domain.constraint_count * sizeof *ids);
    ids[domain.constraint_count++] = constraint.object.id;
    domain.constraints = ids;
    struct sql_reference of = pg_whole(pg_classes(ddl)->constraint, constraint.object.id);
    return sql_catalog_replace(ddl->env, &domain.object) &&
           sql_depend(ddl->env, of, pg_whole(pg_classes(ddl)->type, domain_id), 'a') &&
           sql_depend_on_expr(ddl->env, of, constraint.check, 0, 'n', 0);
}

/* VALUE in a domain's check is the value under test: a CASE_TEST of the base type. */
struct value_scope {
    struct pg_ddl *ddl;
    const struct sql_type *domain;
};

static struct sql_expr *resolve_value(const struct sql_scope *scope, struct sql_env *env,
                                      const struct slice *names, unsigned count, int32_t location)
{
    const struct value_scope *value = scope->ctx;
    if (count != 1 || !slice_eq_str(names[0], "value"))
        return NULL;
    struct sql_expr *expr = arena_alloc(env->arena, sizeof *expr);
    if (expr)
        *expr = (struct sql_expr){SQL_EXPR_CASE_TEST, value->domain->base,
                                  value->domain->base_typmod, value->domain->collation, location};
    return expr;
}

bool pg_analyze_domain_check(struct pg_ddl *ddl, const struct sql_type *domain,
                             const struct ast_node *expression, struct sql_expr **out)
{
    struct value_scope value = {ddl, domain};
    struct sql_scope scope = {.resolve = resolve_value, .first = true, .ctx = &value};
    return sql_analyze_expr(ddl->env, expression, NULL, slice_of(NULL, 0), SQL_PLACE_DOMAIN_CHECK,
                            &scope, out);
}

static bool domain_constraint(struct pg_ddl *ddl, struct sql_type_object *domain,
                              const struct ast_constraint *ast, bool *null_said)
{
    struct sql_error *error = ddl->env->error;
    switch (ast->type) {
    case AST_CONSTRAINT_DEFAULT:
        if (domain->default_value)
            return sql_fail(error, "42601", "multiple default expressions");
        return pg_domain_default(ddl, domain, ast->expression);
    case AST_CONSTRAINT_NOT_NULL:
        if (*null_said)
            return sql_fail(error, "42601", "conflicting NULL/NOT NULL constraints");
        domain->not_null = true;
        return true;
    case AST_CONSTRAINT_NULL:
        if (domain->not_null)
            return sql_fail(error, "42601", "conflicting NULL/NOT NULL constraints");
        *null_said = true;
        return true;
    case AST_CONSTRAINT_CHECK: return true; /* when the domain is there */
    case AST_CONSTRAINT_UNIQUE:
        return sql_fail(error, "42601", "unique constraints not possible for domains");
    case AST_CONSTRAINT_PRIMARY:
        return sql_fail(error, "42601", "primary key constraints not possible for domains");
    case AST_CONSTRAINT_EXCLUDE:
        return sql_fail(error, "42601", "exclusion constraints not possible for domains");
    case AST_CONSTRAINT_FOREIGN:
        return sql_fail(error, "42601", "foreign key constraints not possible for domains");
    default:
        return sql_fail(error, "0A000",
                        "specifying constraint deferrability not supported for domains");
    }
}

bool pg_create_domain(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_create_domain *ast = AST_AS(create_domain, node);
    struct sql_type_object domain = {0};
    bool null_said = false;
    if (!pg_type_begin(ddl, &ast->name, &domain) || !domain_base(ddl, ast, &domain))
        return false;
    for (uint32_t i = 0; i < ast->constraints.count; i++)
        if (!domain_constraint(ddl, &domain, AST_AS(constraint, ast->constraints.items[i]),
                               &null_said))
            return false;
    struct sql_reference of = pg_whole(pg_classes(ddl)->type, domain.object.id);
    if (!store_type(ddl, &domain) ||
        !sql_depend(ddl->env, of, pg_whole(pg_classes(ddl)->type, domain.type.base), 'n') ||
        !sql_depend_on_expr(ddl->env, of, domain.default_value, 0, 'n', 0))
        return false;
    for (uint32_t i = 0; i < ast->constraints.count; i++) {
        const struct ast_constraint *constraint = AST_AS(constraint, ast->constraints.items[i]);
        if (constraint->type == AST_CONSTRAINT_CHECK &&
            !pg_domain_add_check(ddl, domain.object.id, constraint))
            return false;
    }
    return true;
}

/* ---- ranges */

static bool range_option(struct pg_ddl *ddl, const struct ast_option *option,
                         struct sql_range_info *range, struct slice *multirange_name)
{
    int32_t typmod;
    const struct ast_type_name *value = AST_AS(type_name, option->value);
    struct slice schema;
    if (slice_is(option->name, "subtype"))
        return sql_analyze_type_name(ddl->env, option->value, &range->subtype, &typmod);
    if (slice_is(option->name, "multirange_type_name"))
        return pg_name_split(ddl, &value->names, &schema, multirange_name);
    if (slice_is(option->name, "collation")) {
        struct slice name;
        if (!pg_name_split(ddl, &value->names, &schema, &name))
            return false;
        range->collation = sql_find_collation(ddl->session, schema, name);
        return range->collation ||
               sql_fail(ddl->env->error, "42704",
                        "collation \"" SLICE_FMT "\" for encoding \"UTF8\" does not exist",
                        SLICE_ARG(name));
    }
    if (slice_is(option->name, "subtype_diff") || slice_is(option->name, "canonical")) {
        struct ast_func_ref ref = {.name = value->names, .args_unspecified = true};
        const struct sql_routine *found = NULL;
        struct slice name;
        if (!pg_name_split(ddl, &ref.name, &schema, &name))
            return false;
        struct sql_routines all = sql_find_routines(ddl->session, ddl->env, schema, name);
        found = all.count ? all.items[0] : NULL;
        if (!found)
            return sql_fail(ddl->env->error, "42883", "function " SLICE_FMT " does not exist",
                            SLICE_ARG(name));
        *(slice_is(option->name, "canonical") ? &range->canonical : &range->difference) =
            found->object.id;
        return true;
    }
    if (slice_is(option->name, "subtype_opclass"))
        return true;
    return sql_fail(ddl->env->error, "42601", "type attribute \"" SLICE_FMT "\" not recognized",
                    SLICE_ARG(option->name));
}

/* "range" in the name becomes "multirange", else "_multirange" follows. */
static struct slice multirange_name(struct pg_ddl *ddl, struct slice range)
{
    for (size_t at = 0; at + 5 <= range.len; at++)
        if (!memcmp(range.ptr + at, "range", 5))
            return arena_printf(ddl->arena, "%.*smultirange%.*s", (int)at, (const char *)range.ptr,
                                (int)(range.len - at - 5), (const char *)range.ptr + at + 5);
    return pg_name_make(ddl->arena, range, slice_of(NULL, 0), "multirange", 0);
}

static const struct sql_type_ops *named_ops(struct pg_ddl *ddl, const char *name)
{
    const struct sql_dialect *dialect = ddl->session->dialect;
    return sql_builtin_type_named(dialect, dialect->system_schema, slice_str(name))->ops;
}

bool pg_create_range(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_create_range *ast = AST_AS(create_range, node);
    struct sql_type_object range = {.align = 'i', .storage = 'x'}, multirange;
    struct slice name = {NULL, 0};
    if (!pg_type_begin(ddl, &ast->name, &range))
        return false;
    for (uint32_t i = 0; i < ast->options.count; i++)
        if (!range_option(ddl, AST_AS(option, ast->options.items[i]), &range.range, &name))
            return false;
    if (!range.range.subtype)
        return sql_fail(ddl->env->error, "42601", "type attribute \"subtype\" is required");
    const struct sql_type *subtype = sql_find_type_id(ddl->session, range.range.subtype);
    const struct sql_operator_class *class = sql_builtin_class_default(
        ddl->session->dialect, ddl->session->dialect->btree_method, subtype->id);
    if (!range.range.collation)
        range.range.collation = subtype->collation;
    range.range.operator_class = class ? class->id : 0;
    range.range.range = range.object.id;
    range.range.multirange = sql_database_next_id(ddl->session->database);
    range.type.len = -1;
    range.type.kind = SQL_TYPE_RANGE;
    range.type.category = 'R';
    range.type.base = subtype->id;
    range.type.ops = named_ops(ddl, "int4range");
    multirange = range;
    multirange.object.id = multirange.type.id = range.range.multirange;
    multirange.object.name = name.ptr ? name : multirange_name(ddl, range.object.name);
    multirange.type.name = multirange.object.name;
    multirange.type.kind = SQL_TYPE_MULTIRANGE;
    multirange.type.base = range.object.id;
    multirange.type.ops = named_ops(ddl, "int4multirange");
    struct sql_reference of = pg_whole(pg_classes(ddl)->type, range.object.id);
    return pg_type_name_free(ddl, range.object.schema, multirange.object.name) &&
           store_type(ddl, &range) && store_type(ddl, &multirange) &&
           sql_depend(ddl->env, of, pg_whole(pg_classes(ddl)->type, subtype->id), 'n') &&
           sql_depend(ddl->env, pg_whole(pg_classes(ddl)->type, multirange.object.id), of, 'i') &&
           pg_range_functions_make(ddl, &range, &multirange);
}
