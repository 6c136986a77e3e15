/* Columns from their definitions. */
#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/ddl/constraint.h"
#include "emulators/postgres/ddl/sequence.h"
#include "emulators/sql/analyze/analyze.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/storage/sequence.h"
#include "emulators/sql/syntax/ast_expr.h"

/* ---- types */

char pg_type_storage(struct sql_session *session, uint32_t type_id)
{
    const struct sql_dialect *dialect = session->dialect;
    const struct sql_type *type = sql_find_type_id(session, type_id);
    if (!type)
        return 'p';
    if (type_id < dialect->first_free_id)
        return dialect->type_details[type - dialect->types].storage;
    return sql_find_type_object(session, type_id)->storage;
}

bool pg_collation_for(struct pg_ddl *ddl, const struct ast_collate *collate, uint32_t type_id,
                      uint32_t *out)
{
    const struct sql_type *type = sql_find_type_id(ddl->session, type_id);
    *out = type ? type->collation : 0;
    if (!collate)
        return true;
    struct slice schema, name;
    if (!pg_name_split(ddl, &collate->name, &schema, &name))
        return false;
    uint32_t found = sql_find_collation(ddl->session, schema, name);
    if (!found)
        return sql_fail_at(ddl->env->error, collate->node.location, "42704",
                           "collation \"" SLICE_FMT "\" for encoding \"UTF8\" does not exist",
                           SLICE_ARG(name));
    if (!*out)
        return sql_fail_at(ddl->env->error, collate->node.location, "42804",
                           "collations are not supported by type " SLICE_FMT,
                           SLICE_ARG(pg_type_text(ddl->session, ddl->arena, type_id)));
    *out = found;
    return sql_check_collation(ddl->env, found);
}

bool pg_column_set_type(struct pg_ddl *ddl, struct sql_column *column,
                        const struct ast_type_name *type, const struct ast_collate *collate)
{
    if (type->setof)
        return sql_fail_at(ddl->env->error, type->node.location, "42P16",
                           "column \"" SLICE_FMT "\" cannot be declared SETOF",
                           SLICE_ARG(column->name));
    if (!sql_analyze_type_name(ddl->env, &type->node, &column->type, &column->typmod) ||
        !pg_name_type_usage(ddl, column->type) ||
        !pg_collation_for(ddl, collate, column->type, &column->collation))
        return false;
    column->dimensions = (uint16_t)type->array_dimensions;
    column->storage = pg_type_storage(ddl->session, column->type);
    return true;
}

/* ---- serial */

struct serial_name {
    const char *name, *type;
};

static const struct serial_name serial_names[] = {
    {"smallserial", "int2"},
    {"serial2",     "int2"},
    {"serial",      "int4"},
    {"serial4",     "int4"},
    {"bigserial",   "int8"},
    {"serial8",     "int8"},
};

static const struct serial_name *serial_of(const struct ast_type_name *type)
{
    for (size_t i = 0; i < sizeof serial_names / sizeof *serial_names; i++)
        if (type->names.count == 1 && !type->percent_type && !type->setof &&
            slice_eq_str(type->names.items[0], serial_names[i].name))
            return &serial_names[i];
    return NULL;
}

/* nextval('sequence'::regclass) */
static struct sql_expr *make_nextval(struct pg_ddl *ddl, uint32_t sequence)
{
    const struct sql_dialect *dialect = ddl->session->dialect;
    uint32_t first;
    struct sql_expr_call *call = arena_zalloc(ddl->arena, sizeof *call);
    struct sql_expr_const *argument = arena_zalloc(ddl->arena, sizeof *argument);
    struct sql_expr **args = arena_array(ddl->arena, 1, sizeof *args);
    if (!call || !argument || !args ||
        !sql_builtin_routines_named(dialect, slice_str("nextval"), &first)) {
        sql_fail_memory(ddl->env->error);
        return NULL;
    }
    *argument = (struct sql_expr_const){
        .expr = {SQL_EXPR_CONST, dialect->types_of.regclass, -1, 0, -1},
        .value = {.u = sequence           },
    };
    args[0] = &argument->expr;
    *call = (struct sql_expr_call){
        .expr = {SQL_EXPR_FUNCTION, dialect->types_of.int8, -1, 0, -1},
        .function = dialect->routines[dialect->routines_by_name[first]].id,
        .form = SQL_FORM_FUNCTION,
        .args = {args,                1                                   },
    };
    return &call->expr;
}

static struct sql_expr *make_next_value(struct pg_ddl *ddl, uint32_t sequence, uint32_t type)
{
    struct sql_expr_next_value *next = arena_zalloc(ddl->arena, sizeof *next);
    if (!next) {
        sql_fail_memory(ddl->env->error);
        return NULL;
    }
    next->expr = (struct sql_expr){SQL_EXPR_NEXT_VALUE, type, -1, 0, -1};
    next->sequence = sequence;
    return &next->expr;
}

/* A cast to the column's type, where nextval's bigint is not it. */
static bool coerce_default(struct pg_ddl *ddl, const struct sql_column *column,
                           struct sql_expr **expr)
{
    return sql_coerce_assign(ddl->env, expr, column->type, column->typmod, SQL_ASSIGN_DEFAULT,
                             column->name);
}

static bool add_sequence(struct pg_table_def *table, struct pg_column_def *def,
                         const struct ast_list *options)
{
    struct pg_ddl *ddl = table->ddl;
    struct pg_sequence_def sequence = {
        .schema = table->relation.object.schema,
        .persistence = table->relation.persistence,
        .options = options,
        .type = def->column.type,
        .for_identity = def->identity != NULL,
        .owner = table->relation.object.owner,
    };
    if (!pg_sequence_choose_name(ddl, &sequence, table->relation.object.name, def->column.name))
        return false;
    pg_ddl_debug(ddl,
                 SLICE_FMT " will create implicit sequence \"" SLICE_FMT
                           "\" for serial column \"" SLICE_FMT "." SLICE_FMT "\"",
                 SLICE_ARG(ddl->tag), SLICE_ARG(sequence.name),
                 SLICE_ARG(table->relation.object.name), SLICE_ARG(def->column.name));
    if (!pg_sequence_make(ddl, &sequence))
        return false;
    def->sequence = sequence.id;
    def->column.value = def->identity ? make_next_value(ddl, sequence.id, def->column.type)
                                      : make_nextval(ddl, sequence.id);
    def->column.default_id = def->identity ? 0 : sql_database_next_id(ddl->session->database);
    def->column.has_default = !def->identity;
    return def->column.value &&
           (def->identity || coerce_default(ddl, &def->column, &def->column.value));
}

bool pg_column_identity_like(struct pg_ddl *ddl, const struct sql_relation *relation,
                             struct sql_column *column, const struct sql_relation *sequence)
{
    struct slice name;
    uint32_t id = relation->object.id;
    if (!pg_name_choose_relation(ddl, relation->object.schema, relation->object.name, column->name,
                                 "seq", &name))
        return false;
    struct sql_relation copy = *sequence;
    copy.object.id = 0;
    copy.object.name = name;
    copy.object.schema = relation->object.schema;
    copy.object.owner = relation->object.owner;
    copy.persistence = relation->persistence;
    if (!sql_sequence_create(ddl->env, ddl->session->database, copy.sequence->start,
                             &copy.storage) ||
        !pg_row_type_make(ddl, &copy, &copy.type) || !sql_catalog_create(ddl->env, &copy.object))
        return false;
    column->value = make_next_value(ddl, copy.object.id, column->type);
    return column->value && pg_sequence_own(ddl, copy.object.id, id, column->number, 'i') &&
           pg_relation_replace_column(ddl, id, column);
}

bool pg_column_add_identity(struct pg_ddl *ddl, const struct sql_relation *relation,
                            struct sql_column *column, const struct ast_constraint *identity)
{
    uint32_t id = relation->object.id;
    struct pg_table_def table = {.ddl = ddl, .relation = *relation};
    struct pg_column_def def = {.column = *column, .identity = identity};
    column->identity = def.column.identity = identity->generated_always ? 'a' : 'd';
    if (!add_sequence(&table, &def, &identity->options))
        return false;
    *column = def.column;
    return pg_relation_replace_column(ddl, id, column) &&
           pg_sequence_own(ddl, def.sequence, id, column->number, 'i');
}

/* ---- the constraints behind a column */

static bool conflicting_null(struct pg_table_def *table, struct pg_column_def *def,
                             int32_t location)
{
    return sql_fail_at(table->ddl->env->error, location, "42601",
                       "conflicting NULL/NOT NULL declarations for column \"" SLICE_FMT
                       "\" of table \"" SLICE_FMT "\"",
                       SLICE_ARG(def->column.name), SLICE_ARG(table->relation.object.name));
}

/* "multiple default values specified" and others of that form: `what` for the column. */
static bool twice(struct pg_table_def *table, struct pg_column_def *def, int32_t location,
                  const char *what)
{
    return sql_fail_at(table->ddl->env->error, location, "42601",
                       "%s specified for column \"" SLICE_FMT "\" of table \"" SLICE_FMT "\"", what,
                       SLICE_ARG(def->column.name), SLICE_ARG(table->relation.object.name));
}

static bool note_default(struct pg_table_def *table, struct pg_column_def *def,
                         const struct ast_constraint *constraint)
{
    if (def->default_ast && !def->column.generated)
        return twice(table, def, constraint->node.location, "multiple default values");
    def->default_ast = constraint->expression;
    return true;
}

static bool note_identity(struct pg_table_def *table, struct pg_column_def *def,
                          const struct ast_constraint *constraint)
{
    struct sql_error *error = table->ddl->env->error;
    if (table->relation.of_type)
        return sql_fail(error, "0A000", "identity columns are not supported on typed tables");
    if (table->relation.partition_bound)
        return sql_fail(error, "0A000", "identity columns are not supported on partitions");
    if (def->identity)
        return sql_fail_at(error, constraint->node.location, "42601",
                           "multiple identity specifications for column \"" SLICE_FMT
                           "\" of table \"" SLICE_FMT "\"",
                           SLICE_ARG(def->column.name), SLICE_ARG(table->relation.object.name));
    const struct sql_type_ids *ids = &table->ddl->session->dialect->types_of;
    if (def->column.type != ids->int2 && def->column.type != ids->int4 &&
        def->column.type != ids->int8)
        return sql_fail(error, "22023",
                        "identity column type must be smallint, integer, or bigint");
    def->identity = constraint;
    def->column.identity = constraint->generated_always ? 'a' : 'd';
    if (def->null_said)
        return conflicting_null(table, def, constraint->node.location);
    def->column.not_null = def->not_null_said = true;
    return true;
}

static bool note_generated(struct pg_table_def *table, struct pg_column_def *def,
                           const struct ast_constraint *constraint)
{
    struct sql_error *error = table->ddl->env->error;
    if (table->relation.of_type)
        return sql_fail(error, "0A000", "generated columns are not supported on typed tables");
    if (def->column.generated)
        return twice(table, def, constraint->node.location, "multiple generation clauses");
    if (def->default_ast)
        return twice(table, def, constraint->node.location,
                     "both default and generation expression");
    def->column.generated = 's';
    def->default_ast = constraint->expression;
    return true;
}

static bool note_one(struct pg_table_def *table, struct pg_column_def *def,
                     const struct ast_constraint *constraint)
{
    int32_t location = constraint->node.location;
    switch (constraint->type) {
    case AST_CONSTRAINT_NULL:
        if (def->not_null_said)
            return conflicting_null(table, def, location);
        def->null_said = true;
        def->column.not_null = false;
        return true;
    case AST_CONSTRAINT_NOT_NULL:
        if (def->null_said)
            return conflicting_null(table, def, location);
        def->column.not_null = def->not_null_said = true;
        return true;
    case AST_CONSTRAINT_DEFAULT: return note_default(table, def, constraint);
    case AST_CONSTRAINT_IDENTITY: return note_identity(table, def, constraint);
    case AST_CONSTRAINT_GENERATED: return note_generated(table, def, constraint);
    case AST_CONSTRAINT_PRIMARY:
    case AST_CONSTRAINT_UNIQUE:
    case AST_CONSTRAINT_FOREIGN:
    case AST_CONSTRAINT_CHECK: return pg_constraint_note(table, constraint, def->column.name);
    default: return true;
    }
}

/* What may not stand together at one column. */
static bool check_together(struct pg_table_def *table, struct pg_column_def *def, int32_t location)
{
    bool has_default = def->serial || (def->default_ast && !def->column.generated);
    if (has_default && def->identity)
        return twice(table, def, location, "both default and identity");
    if (has_default && def->column.generated)
        return twice(table, def, location, "both default and generation expression");
    if (def->identity && def->column.generated)
        return twice(table, def, location, "both identity and generation expression");
    return true;
}

/* DEFERRABLE and the like change the constraint that they follow. */
static bool apply_attribute(struct pg_table_def *table, struct ast_constraint *to,
                            const struct ast_constraint *attribute)
{
    struct sql_error *error = table->ddl->env->error;
    bool fits = to && (to->type == AST_CONSTRAINT_PRIMARY || to->type == AST_CONSTRAINT_UNIQUE ||
                       to->type == AST_CONSTRAINT_FOREIGN || to->type == AST_CONSTRAINT_EXCLUDE);
    static const char *const words[] = {"DEFERRABLE", "NOT DEFERRABLE", "INITIALLY DEFERRED",
                                        "INITIALLY IMMEDIATE"};
    if (!fits)
        return sql_fail_at(error, attribute->node.location, "42601", "misplaced %s clause",
                           words[attribute->type - AST_CONSTRAINT_ATTR_DEFERRABLE]);
    switch (attribute->type) {
    case AST_CONSTRAINT_ATTR_DEFERRABLE: to->deferrable = true; return true;
    case AST_CONSTRAINT_ATTR_NOT_DEFERRABLE:
        to->deferrable = false;
        if (to->initially_deferred)
            return sql_fail_at(error, attribute->node.location, "42601",
                               "constraint declared INITIALLY DEFERRED must be DEFERRABLE");
        return true;
    case AST_CONSTRAINT_ATTR_DEFERRED: to->deferrable = to->initially_deferred = true; return true;
    default: to->initially_deferred = false; return true;
    }
}

static bool note_constraints(struct pg_table_def *table, struct pg_column_def *def,
                             const struct ast_column_def *ast)
{
    struct ast_constraint *last = NULL;
    for (uint32_t i = 0; i < ast->constraints.count; i++) {
        const struct ast_constraint *constraint = AST_AS(constraint, ast->constraints.items[i]);
        if (constraint->type >= AST_CONSTRAINT_ATTR_DEFERRABLE) {
            if (!apply_attribute(table, last, constraint))
                return false;
            continue;
        }
        uint32_t before = table->constraint_count;
        if (!note_one(table, def, constraint) ||
            !check_together(table, def, constraint->node.location))
            return false;
        last = table->constraint_count > before
                   ? &table->constraints[table->constraint_count - 1].ast
                   : NULL;
    }
    return true;
}

bool pg_constraint_note(struct pg_table_def *table, const struct ast_constraint *constraint,
                        struct slice column)
{
    struct pg_constraint_def *grown =
        pg_ddl_grow(table->ddl, table->constraints, table->constraint_count, sizeof *grown);
    if (!grown)
        return false;
    table->constraints = grown;
    grown[table->constraint_count++] = (struct pg_constraint_def){*constraint, column};
    return true;
}

/* ---- columns */

struct pg_column_def *pg_column_add(struct pg_table_def *table, const struct sql_column *column)
{
    struct pg_column_def *grown =
        pg_ddl_grow(table->ddl, table->columns, table->column_count, sizeof *grown);
    if (!grown)
        return NULL;
    table->columns = grown;
    struct pg_column_def *def = &grown[table->column_count++];
    def->column = *column;
    def->column.number = (int16_t)table->column_count;
    def->location = -1;
    return def;
}

struct pg_column_def *pg_column_find(struct pg_table_def *table, struct slice name)
{
    for (uint32_t i = 0; i < table->column_count; i++)
        if (slice_eq(table->columns[i].column.name, name))
            return &table->columns[i];
    return NULL;
}

static bool set_serial(struct pg_table_def *table, struct sql_column *column,
                       const struct ast_column_def *ast, const struct serial_name *serial)
{
    struct pg_ddl *ddl = table->ddl;
    if (ast->type->array_dimensions)
        return sql_fail_at(ddl->env->error, ast->type->node.location, "0A000",
                           "array of serial is not implemented");
    const struct sql_type *type = sql_builtin_type_named(
        ddl->session->dialect, ddl->session->dialect->system_schema, slice_str(serial->type));
    column->type = type->id;
    column->storage = 'p';
    column->not_null = true;
    return true;
}

bool pg_column_set_compression(struct pg_ddl *ddl, struct sql_column *column, struct slice method)
{
    bool otherwise = slice_is(method, "default");
    if (!otherwise && pg_type_storage(ddl->session, column->type) == 'p')
        return sql_fail(ddl->env->error, "0A000",
                        "column data type " SLICE_FMT " does not support compression",
                        SLICE_ARG(pg_type_text(ddl->session, ddl->arena, column->type)));
    if (!otherwise && !slice_is(method, "pglz") && !slice_is(method, "lz4"))
        return sql_fail(ddl->env->error, "22023", "invalid compression method \"" SLICE_FMT "\"",
                        SLICE_ARG(method));
    column->compression = otherwise ? 0 : slice_is(method, "pglz") ? 'p' : 'l';
    return true;
}

bool pg_column_define(struct pg_table_def *table, const struct ast_column_def *ast)
{
    struct sql_column column = {.name = ast->name, .typmod = -1, .local = true, .statistics = -1};
    const struct serial_name *serial = ast->type ? serial_of(ast->type) : NULL;
    if (serial && !set_serial(table, &column, ast, serial))
        return false;
    if (!serial && ast->type && !pg_column_set_type(table->ddl, &column, ast->type, ast->collate))
        return false;
    if (ast->storage.ptr && !pg_column_set_storage(table->ddl, &column, ast->storage))
        return false;
    if (ast->compression.ptr && ast->type &&
        !pg_column_set_compression(table->ddl, &column, ast->compression))
        return false;
    struct pg_column_def *def = pg_column_add(table, &column);
    if (!def)
        return false;
    def->location = ast->node.location;
    def->serial = serial != NULL;
    def->not_null_said = serial != NULL;
    if (!note_constraints(table, def, ast))
        return false;
    def = &table->columns[table->column_count - 1];
    static const struct ast_list none = {0};
    if (def->identity)
        return add_sequence(table, def, &def->identity->options);
    return !def->serial ||
           (check_together(table, def, ast->node.location) && add_sequence(table, def, &none));
}

/* ---- checks */

static bool check_type(struct pg_table_def *table, const struct pg_column_def *def)
{
    struct pg_ddl *ddl = table->ddl;
    const struct sql_type *type = sql_find_type_id(ddl->session, def->column.type);
    if (!type || type->kind != SQL_TYPE_PSEUDO || table->relation.kind == SQL_RELATION_VIEW)
        return true;
    return sql_fail(ddl->env->error, "42P16", "column \"" SLICE_FMT "\" has pseudo-type " SLICE_FMT,
                    SLICE_ARG(def->column.name),
                    SLICE_ARG(pg_type_text(ddl->session, ddl->arena, type->id)));
}

bool pg_columns_check(struct pg_table_def *table)
{
    struct sql_error *error = table->ddl->env->error;
    if (table->column_count > 1600)
        return sql_fail(error, "54011", "tables can have at most 1600 columns");
    for (uint32_t i = 0; i < table->column_count; i++) {
        const struct pg_column_def *def = &table->columns[i];
        struct slice name = def->column.name;
        if (table->relation.kind != SQL_RELATION_VIEW &&
            table->relation.kind != SQL_RELATION_COMPOSITE && pg_name_is_system_column(name))
            return sql_fail(error, "42701",
                            "column name \"" SLICE_FMT "\" conflicts with a system column name",
                            SLICE_ARG(name));
        for (uint32_t j = 0; j < i; j++)
            if (slice_eq(table->columns[j].column.name, name))
                return sql_fail(error, "42701", "column \"" SLICE_FMT "\" specified more than once",
                                SLICE_ARG(name));
        if (!check_type(table, def) || (table->relation.kind != SQL_RELATION_VIEW &&
                                        !pg_name_type_usage(table->ddl, def->column.type)))
            return false;
    }
    return true;
}

/* ---- defaults */

/* A column of the relation that is generated (column number), or its whole row (0), which has them. */
struct generated_use {
    const struct sql_relation *relation;
    const struct sql_expr_column *found;
};

static bool uses_generated(struct sql_expr *expr, void *ctx)
{
    struct generated_use *use = ctx;
    const struct sql_expr_column *column = (const void *)expr;
    if (expr->kind != SQL_EXPR_COLUMN)
        return sql_expr_walk(expr, uses_generated, ctx);
    bool generated = column->column > 0 && column->column <= use->relation->column_count &&
                     use->relation->columns[column->column - 1].generated;
    if (column->column == 0 || generated)
        use->found = column;
    return use->found != NULL;
}

static bool check_generation(struct pg_ddl *ddl, const struct sql_relation *relation,
                             struct sql_expr *expr)
{
    struct generated_use use = {.relation = relation};
    if (!uses_generated(expr, &use))
        return pg_require_immutable(ddl, expr, "generation expression is not immutable");
    int32_t location = use.found->expr.location;
    if (use.found->column == 0) {
        sql_fail_at(ddl->env->error, location, "42P17",
                    "cannot use whole-row variable in column generation expression");
        return sql_detail(ddl->env->error,
                          "This would cause the generated column to depend on its own value.");
    }
    sql_fail_at(ddl->env->error, location, "42P17",
                "cannot use generated column \"" SLICE_FMT "\" in column generation expression",
                SLICE_ARG(relation->columns[use.found->column - 1].name));
    return sql_detail(ddl->env->error,
                      "A generated column cannot reference another generated column.");
}

bool pg_column_set_default(struct pg_ddl *ddl, const struct sql_relation *relation,
                           struct sql_column *column, const struct ast_node *expression,
                           bool generated)
{
    struct sql_expr *expr;
    if (!sql_analyze_expr(ddl->env, expression, generated ? relation : NULL, relation->object.name,
                          generated ? SQL_PLACE_GENERATED : SQL_PLACE_DEFAULT, NULL, &expr) ||
        !coerce_default(ddl, column, &expr) ||
        (generated && !check_generation(ddl, relation, expr)))
        return false;
    const struct sql_expr_const *constant = (const void *)expr;
    bool null = expr->kind == SQL_EXPR_CONST && constant->value.null && !generated;
    if (null) { /* DEFAULT NULL is none */
        column->value = NULL;
        column->has_default = false;
        return true;
    }
    column->value = expr;
    column->has_default = true;
    column->default_id = sql_database_next_id(ddl->session->database);
    return true;
}

bool pg_column_depend_default(struct pg_ddl *ddl, uint32_t relation,
                              const struct sql_column *column)
{
    if (!column->value || !column->default_id)
        return true;
    struct sql_reference of = pg_whole(pg_classes(ddl)->column_default, column->default_id);
    struct sql_reference on = {pg_classes(ddl)->relation, relation, column->number};
    return sql_depend(ddl->env, of, on, column->generated ? 'i' : 'a') &&
           sql_depend_on_expr(ddl->env, of, column->value, relation, 'n', 'n');
}

bool pg_relation_replace_column(struct pg_ddl *ddl, uint32_t relation_id,
                                const struct sql_column *column)
{
    struct sql_relation relation = *sql_find_relation_id(ddl->session, relation_id);
    struct sql_column *columns = arena_array(ddl->arena, relation.column_count, sizeof *columns);
    if (!columns)
        return sql_fail_memory(ddl->env->error);
    memcpy(columns, relation.columns, relation.column_count * sizeof *columns);
    columns[column->number - 1] = *column;
    relation.columns = columns;
    return sql_catalog_replace(ddl->env, &relation.object);
}
