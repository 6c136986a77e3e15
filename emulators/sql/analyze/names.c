/* Names of columns and tables: what is in sight, from the inner query outwards. */
#include "emulators/sql/analyze/analysis.h"
#include "emulators/sql/analyze/similar.h"

bool add_names(struct analysis *a, struct name_item *item, bool name_visible, bool columns_visible)
{
    item->name_visible = name_visible;
    item->columns_visible = columns_visible;
    if (!analysis_grow(a, &a->names.items, a->names.count, sizeof *a->names.items))
        return false;
    a->names.items[a->names.count++] = item;
    return true;
}

static bool fail_lateral(struct analysis *a, const struct name_item *item, int32_t location,
                         bool column)
{
    (void)column;
    fail_at(a, location, "42P10",
            "invalid reference to FROM-clause entry for table \"" SLICE_FMT "\"",
            SLICE_ARG(item->name.ptr ? item->name : item->table->name));
    return sql_detail(a->env->error,
                      "The combining JOIN type must be INNER or LEFT for a LATERAL reference.");
}

/* ---- privileges: which columns are read */

void mark_selected(struct analysis *a, struct sql_table *table, int32_t column)
{
    if (table->kind != SQL_TABLE_RELATION)
        return;
    uint32_t bit = (uint32_t)(column + 8);
    if (!table->selected_columns) {
        table->selected_columns =
            analysis_alloc(a, sizeof(uint64_t) * ((table->column_count + 8U) / 64 + 1));
        if (!table->selected_columns)
            return;
    }
    table->selected_columns[bit / 64] |= (uint64_t)1 << (bit % 64);
    table->privileges |= SQL_PRIV_SELECT;
}

/* A join's column may stand for columns of several tables below. */
static void mark_join_column(struct analysis *a, struct analysis *level, struct sql_expr *expr);

static void mark_column(struct analysis *a, struct analysis *level, uint32_t table, int32_t column)
{
    struct sql_table *t = level->query->tables[table - 1];
    if (t->kind == SQL_TABLE_JOIN && column > 0 && (uint32_t)column <= t->join_columns.count)
        mark_join_column(a, level, t->join_columns.items[column - 1]);
    else
        mark_selected(a, t, column);
}

struct mark {
    struct analysis *a, *level;
};

static bool visit_mark(struct sql_expr *expr, void *ctx)
{
    struct mark *mark = ctx;
    mark_join_column(mark->a, mark->level, expr);
    return false;
}

static void mark_join_column(struct analysis *a, struct analysis *level, struct sql_expr *expr)
{
    if (!expr)
        return;
    if (expr->kind == SQL_EXPR_COLUMN) {
        const struct sql_expr_column *column = (const struct sql_expr_column *)expr;
        mark_column(a, level, column->table, column->column);
        return;
    }
    struct mark mark = {a, level};
    sql_expr_walk(expr, visit_mark, &mark);
}

static struct analysis *level_of(struct analysis *a, uint32_t up)
{
    while (up-- && a)
        a = a->outer;
    return a;
}

/* ---- columns */

static const struct {
    struct slice name;
    int32_t number;
} system_columns[] = {
    {SLICE_LITERAL("ctid"),     SQL_COLUMN_ROW_ID  },
    {SLICE_LITERAL("xmin"),     SQL_COLUMN_XMIN    },
    {SLICE_LITERAL("cmin"),     SQL_COLUMN_CMIN    },
    {SLICE_LITERAL("xmax"),     SQL_COLUMN_XMAX    },
    {SLICE_LITERAL("cmax"),     SQL_COLUMN_CMAX    },
    {SLICE_LITERAL("tableoid"), SQL_COLUMN_RELATION},
};

static int32_t system_column(struct slice name)
{
    if (name.len != 4 && name.len != 8)
        return 0;
    for (size_t i = 0; i < sizeof system_columns / sizeof *system_columns; i++)
        if (slice_eq(name, system_columns[i].name))
            return system_columns[i].number;
    return 0;
}

struct slice system_column_name(int32_t number)
{
    for (size_t i = 0; i < sizeof system_columns / sizeof *system_columns; i++)
        if (number == system_columns[i].number)
            return system_columns[i].name;
    return (struct slice){0};
}

static uint32_t system_column_type(struct analysis *a, int32_t number)
{
    switch (number) {
    case SQL_COLUMN_ROW_ID: return a->known->tid;
    case SQL_COLUMN_RELATION: return a->known->oid;
    case SQL_COLUMN_XMIN:
    case SQL_COLUMN_XMAX: return a->known->xid;
    default: return a->known->cid;
    }
}

static bool has_system_columns(const struct sql_table *table)
{
    return table->kind == SQL_TABLE_RELATION && table->relation_kind != SQL_RELATION_VIEW;
}

static struct sql_expr *make_system_column(struct analysis *a, struct name_item *item,
                                           int32_t number, uint32_t up, int32_t location)
{
    struct sql_expr_column *column = (void *)make_expr(a, SQL_EXPR_COLUMN, sizeof *column,
                                                       system_column_type(a, number), location);
    if (!column)
        return NULL;
    column->table = item->number;
    column->column = number;
    column->up = up;
    return &column->expr;
}

static bool refuse_system_column(struct analysis *a, int32_t number, struct slice name,
                                 int32_t location)
{
    if (a->place == PLACE_CHECK && number != SQL_COLUMN_RELATION)
        return !fail_at(a, location, "42P10",
                        "system column \"" SLICE_FMT "\" reference in check constraint is invalid",
                        SLICE_ARG(name));
    if (a->place == PLACE_GENERATED && number != SQL_COLUMN_RELATION)
        return !fail_at(a, location, "42P10",
                        "cannot use system column \"" SLICE_FMT
                        "\" in column generation expression",
                        SLICE_ARG(name));
    if (a->place == PLACE_MERGE_WHEN && number != SQL_COLUMN_RELATION)
        return !fail_at(a, location, "42P10",
                        "cannot use system column \"" SLICE_FMT "\" in MERGE WHEN condition",
                        SLICE_ARG(name));
    if (a->place == PLACE_COPY_WHERE)
        return !fail_at(a, location, "42P10",
                        "system columns are not supported in COPY FROM WHERE conditions");
    return false;
}

bool column_of(struct analysis *a, struct name_item *item, uint32_t up, struct slice name,
               int32_t location, struct sql_expr **out)
{
    *out = NULL;
    uint32_t found = UINT32_MAX;
    for (uint32_t i = 0; i < item->column_count; i++) {
        if (!slice_eq(item->column_names[i], name) ||
            (item->table->dropped && item->table->dropped[i]))
            continue;
        if (found != UINT32_MAX)
            return fail_at(a, location, "42702", "column reference \"" SLICE_FMT "\" is ambiguous",
                           SLICE_ARG(name));
        found = i;
    }
    struct analysis *level = level_of(a, up);
    if (found != UINT32_MAX) {
        *out = make_column(a, item, found, location);
        if (!*out)
            return false;
        struct sql_expr_column *column = (struct sql_expr_column *)*out;
        column->up = up;
        mark_column(a, level, column->table, column->column);
        return true;
    }
    int32_t number = has_system_columns(item->table) ? system_column(name) : 0;
    if (!number)
        return true;
    if (refuse_system_column(a, number, name, location))
        return false;
    *out = make_system_column(a, item, number, up, location);
    mark_selected(a, item->table, number);
    return *out != NULL;
}

bool expand_column(struct analysis *a, struct name_item *item, uint32_t up, uint32_t index,
                   int32_t location, struct sql_expr **out)
{
    *out = make_column(a, item, index, location);
    if (!*out)
        return false;
    struct sql_expr_column *column = (struct sql_expr_column *)*out;
    column->up = up;
    mark_column(a, level_of(a, up), column->table, column->column);
    return true;
}

bool find_column(struct analysis *a, struct slice name, int32_t location, struct sql_expr **out)
{
    uint32_t up = 0;
    *out = NULL;
    for (struct analysis *level = a; level; level = level->outer, up++) {
        for (uint32_t i = 0; i < level->names.count; i++) {
            struct name_item *item = level->names.items[i];
            if (!item->columns_visible || (item->lateral_only && !level->lateral_active))
                continue;
            struct sql_expr *found;
            if (!column_of(a, item, up, name, location, &found))
                return false;
            if (!found)
                continue;
            if (*out)
                return fail_at(a, location, "42702",
                               "column reference \"" SLICE_FMT "\" is ambiguous", SLICE_ARG(name));
            if (item->lateral_only && !item->lateral_ok)
                return fail_lateral(a, item, location, true);
            *out = found;
        }
        if (*out)
            return true;
    }
    return true;
}

/* ---- tables */

static bool is_named(const struct name_item *item, struct slice schema, struct slice name)
{
    if (!item->name_visible || !item->name.ptr || !slice_eq(item->name, name))
        return false;
    /* An alias hides the schema. */
    return !schema.ptr || (item->schema.ptr && slice_eq(item->schema, schema));
}

bool find_table(struct analysis *a, struct slice schema, struct slice name, int32_t location,
                struct name_item **out, uint32_t *up)
{
    *out = NULL;
    *up = 0;
    for (struct analysis *level = a; level; level = level->outer, ++*up) {
        for (uint32_t i = 0; i < level->names.count; i++) {
            struct name_item *item = level->names.items[i];
            if (!is_named(item, schema, name) || (item->lateral_only && !level->lateral_active))
                continue;
            if (*out)
                return fail_at(a, location, "42P09",
                               "table reference \"" SLICE_FMT "\" is ambiguous", SLICE_ARG(name));
            if (item->lateral_only && !item->lateral_ok)
                return fail_lateral(a, item, location, false);
            *out = item;
        }
        if (*out)
            return true;
    }
    return true;
}

struct sql_expr *whole_row(struct analysis *a, struct name_item *item, uint32_t up,
                           int32_t location)
{
    struct sql_table *table = item->table;
    uint32_t type = a->known->record;
    if (table->kind == SQL_TABLE_RELATION) {
        const struct sql_relation *relation = sql_find_relation_id(a->session, table->relation);
        if (relation && relation->type)
            type = relation->type;
    } else if (table->kind == SQL_TABLE_FUNCTION && table->function_count == 1 &&
               !table->ordinality) {
        uint32_t result = table->functions[0].expr->type;
        if (is_composite(a, result))
            type = result;
        else if (table->column_count == 1 && result != a->known->record) {
            struct sql_expr *only = make_column(a, item, 0, location);
            if (only)
                ((struct sql_expr_column *)only)->up = up;
            return only; /* a function that returns a scalar is that scalar */
        }
    }
    if (table->kind == SQL_TABLE_JOIN) {
        struct sql_exprs columns = {0};
        struct slice *names = NULL;
        struct sql_expr_row *row =
            (void *)make_expr(a, SQL_EXPR_ROW, sizeof *row, a->known->record, location);
        if (!row || !expand_item(a, item, up, location, &columns, &names))
            return NULL;
        row->args = columns;
        row->names = names;
        row->implicit = true;
        return &row->expr;
    }
    struct sql_expr_column *column =
        (void *)make_expr(a, SQL_EXPR_COLUMN, sizeof *column, type, location);
    if (!column)
        return NULL;
    column->table = item->number;
    column->up = up;
    mark_selected(a, table, 0);
    return &column->expr;
}

/* ---- errors that suggest something better */

/* All tables of a query are looked through, those that are out of sight here, too. */
static const struct sql_table *consider_columns(struct analysis *level, struct similar *similar)
{
    const struct sql_table *exact = NULL;
    for (uint32_t t = 0; level->query && t < level->query->table_count; t++) {
        const struct sql_table *table = level->query->tables[t];
        if (table->kind == SQL_TABLE_JOIN)
            continue;
        for (uint32_t c = 0; c < table->column_count; c++)
            if (!(table->dropped && table->dropped[c]) &&
                similar_consider(similar, table->name, table->columns[c], table))
                exact = table;
    }
    return exact;
}

bool fail_missing_column(struct analysis *a, struct slice table, struct slice column,
                         int32_t location)
{
    struct similar similar;
    similar_begin(&similar, table, column);
    const struct sql_table *exact = NULL;
    for (struct analysis *level = a; level && !exact; level = level->outer)
        exact = consider_columns(level, &similar);
    if (table.ptr)
        fail_at(a, location, "42703", "column " SLICE_FMT "." SLICE_FMT " does not exist",
                SLICE_ARG(table), SLICE_ARG(column));
    else
        fail_at(a, location, "42703", "column \"" SLICE_FMT "\" does not exist", SLICE_ARG(column));
    if (exact)
        return sql_hint(a->env->error,
                        "There is a column named \"" SLICE_FMT "\" in table \"" SLICE_FMT
                        "\", but it cannot be referenced from this part of the query.",
                        SLICE_ARG(column), SLICE_ARG(exact->name));
    return similar_hint(&similar, a->env->error);
}

static struct name_item *anywhere(struct analysis *a, struct slice name)
{
    for (struct analysis *level = a; level; level = level->outer)
        for (uint32_t t = 0; level->query && t < level->query->table_count; t++) {
            struct sql_table *table = level->query->tables[t];
            if (!table->in_from || table->kind == SQL_TABLE_JOIN)
                continue;
            if (slice_eq(table->name, name) ||
                (table->alias.ptr && table->kind == SQL_TABLE_RELATION && table->relation)) {
                struct name_item *item = analysis_alloc(a, sizeof *item);
                const struct sql_relation *relation =
                    table->kind == SQL_TABLE_RELATION
                        ? sql_find_relation_id(a->session, table->relation)
                        : NULL;
                bool same = slice_eq(table->name, name);
                if (!item || (!same && !(relation && slice_eq(relation->object.name, name))))
                    continue;
                item->table = table;
                item->name = table->name;
                item->number = same;
                return item;
            }
        }
    return NULL;
}

bool fail_missing_table(struct analysis *a, struct slice schema, struct slice name,
                        int32_t location)
{
    struct name_item *item = schema.ptr ? NULL : anywhere(a, name);
    if (!item) {
        if (schema.ptr)
            return fail_at(a, location, "42P01",
                           "missing FROM-clause entry for table \"" SLICE_FMT "\"",
                           SLICE_ARG(name));
        return fail_at(a, location, "42P01",
                       "missing FROM-clause entry for table \"" SLICE_FMT "\"", SLICE_ARG(name));
    }
    fail_at(a, location, "42P01",
            "invalid reference to FROM-clause entry for table \"" SLICE_FMT "\"", SLICE_ARG(name));
    if (item->number == 0)
        return sql_hint(a->env->error,
                        "Perhaps you meant to reference the table alias \"" SLICE_FMT "\".",
                        SLICE_ARG(item->name));
    return sql_hint(a->env->error,
                    "There is an entry for table \"" SLICE_FMT
                    "\", but it cannot be referenced from this part of the query.",
                    SLICE_ARG(name));
}

/* ---- a.b.c */

static struct slice field_name(const struct ast_column_ref *ref, uint32_t i)
{
    return ((const struct ast_name *)ref->fields.items[i])->names.items[0];
}

static struct sql_expr *from_scope(struct analysis *a, const struct ast_column_ref *ref)
{
    const struct sql_scope *scope = a->shared->scope;
    uint32_t count = ref->fields.count;
    if (!scope || !scope->resolve || count > 3)
        return NULL;
    struct slice names[3];
    for (uint32_t i = 0; i < count; i++) {
        bool star = i > 0 && i + 1 == count && ref->fields.items[i]->kind == AST_STAR;
        if (!star && ref->fields.items[i]->kind != AST_NAME)
            return NULL;
        names[i] = star ? slice_str("*") : field_name(ref, i);
    }
    return scope->resolve(scope, a->env, names, count, ref->node.location);
}

static struct sql_expr *one_name(struct analysis *a, const struct ast_column_ref *ref)
{
    struct slice name = field_name(ref, 0);
    struct sql_expr *found;
    if (!find_column(a, name, ref->node.location, &found) || found)
        return found;
    if (a->domain_value && slice_eq_str(name, "value")) {
        struct sql_expr *value = analysis_alloc(a, sizeof *value);
        if (value) {
            *value = *a->domain_value;
            value->location = ref->node.location;
        }
        return value;
    }
    /* A table's name alone is its row. */
    struct name_item *item;
    uint32_t up;
    if (!find_table(a, (struct slice){0}, name, ref->node.location, &item, &up) || !item)
        return NULL;
    return whole_row(a, item, up, ref->node.location);
}

struct dotted {
    struct slice schema, table, column;
};

static struct sql_expr *dotted_name(struct analysis *a, const struct ast_column_ref *ref,
                                    const struct dotted *d, bool *table_found)
{
    struct name_item *item;
    uint32_t up;
    struct sql_expr *found;
    int32_t location = ref->node.location;
    *table_found = false;
    if (!find_table(a, d->schema, d->table, location, &item, &up) || !item)
        return NULL;
    *table_found = true;
    if (!column_of(a, item, up, d->column, location, &found) || found)
        return found;
    /* t.f may be f(t). */
    struct sql_expr *row = whole_row(a, item, up, location);
    if (!row || !analyze_field(a, row, d->column, location, false, &found))
        return NULL;
    return found;
}

static bool fail_no_column(struct analysis *a, const struct ast_column_ref *ref,
                           const struct dotted *d, bool table_found)
{
    if (a->env->error->sqlstate[0])
        return false;
    if (!d->table.ptr || table_found)
        return fail_missing_column(a, d->table, d->column, ref->node.location);
    return fail_missing_table(a, d->schema, d->table, ref->node.location);
}

static bool split_reference(struct analysis *a, const struct ast_column_ref *ref,
                            struct dotted *out)
{
    uint32_t count = ref->fields.count;
    *out = (struct dotted){.column = field_name(ref, count - 1)};
    if (count > 1)
        out->table = field_name(ref, count - 2);
    if (count > 2)
        out->schema = field_name(ref, count - 3);
    if (count == 4 && !slice_eq(field_name(ref, 0), a->rules->database_name(a->env)))
        return fail_at(a, ref->node.location, "0A000",
                       "cross-database references are not implemented: " SLICE_FMT "." SLICE_FMT
                       "." SLICE_FMT "." SLICE_FMT,
                       SLICE_ARG(field_name(ref, 0)), SLICE_ARG(out->schema), SLICE_ARG(out->table),
                       SLICE_ARG(out->column));
    if (count <= 4)
        return true;
    struct slice text = field_name(ref, 0);
    for (uint32_t i = 1; i < count; i++)
        text =
            arena_concat(a->env->arena, text, (struct slice)SLICE_LITERAL("."), field_name(ref, i));
    return fail_at(a, ref->node.location, "42601",
                   "improper qualified name (too many dotted names): " SLICE_FMT, SLICE_ARG(text));
}

static bool place_has_no_columns(struct analysis *a, int32_t location)
{
    if (a->place == PLACE_DEFAULT)
        return fail_at(a, location, "0A000", "cannot use column reference in DEFAULT expression");
    if (a->place == PLACE_PARTITION_BOUND)
        return fail_at(a, location, "0A000",
                       "cannot use column reference in partition bound expression");
    return true;
}

/* SYSTEM_USER is a word of later versions than those whose names may be columns': it is looked for
 * as a column first. */
static bool is_system_user(const struct ast_column_ref *ref)
{
    return ref->fields.count == 1 && ref->fields.items[0]->kind == AST_NAME &&
           slice_eq_str(field_name(ref, 0), "system_user");
}

static struct sql_expr *system_user(struct analysis *a, const struct ast_column_ref *ref)
{
    struct ast_value_function value = {
        .node = {AST_VALUE_FUNCTION, ref->node.location},
        .type = AST_VALUE_SYSTEM_USER,
        .precision = -1
    };
    return analyze_here(a, &value.node);
}

struct sql_expr *analyze_column_ref(struct analysis *a, const struct ast_column_ref *ref)
{
    const struct sql_scope *scope = a->shared->scope;
    if (is_system_user(ref) && (a->place == PLACE_DEFAULT || a->place == PLACE_PARTITION_BOUND))
        return system_user(a, ref);
    if (!place_has_no_columns(a, ref->node.location))
        return NULL;
    if (ref->fields.items[ref->fields.count - 1]->kind == AST_STAR) {
        struct name_item *item = NULL;
        uint32_t up;
        struct slice table =
            ref->fields.count > 1 ? field_name(ref, ref->fields.count - 2) : (struct slice){0};
        struct slice schema =
            ref->fields.count > 2 ? field_name(ref, ref->fields.count - 3) : (struct slice){0};
        if (!table.ptr) {
            fail_at(a, ref->node.location, "42601", "\"*\" is not allowed here");
            return NULL;
        }
        if (!find_table(a, schema, table, ref->node.location, &item, &up))
            return NULL;
        if (item)
            return whole_row(a, item, up, ref->node.location);
        struct sql_expr *whole = from_scope(a, ref);
        if (!whole && !a->env->error->sqlstate[0])
            fail_missing_table(a, schema, table, ref->node.location);
        return whole;
    }
    struct dotted d;
    if (!split_reference(a, ref, &d))
        return NULL;
    struct sql_expr *variable = scope && scope->first ? from_scope(a, ref) : NULL;
    if (variable || a->env->error->sqlstate[0])
        return variable;
    bool table_found = false;
    struct sql_expr *found = d.table.ptr ? dotted_name(a, ref, &d, &table_found) : one_name(a, ref);
    if (a->env->error->sqlstate[0])
        return NULL;
    if (scope && !scope->first && (!found || scope->error_on_ambiguous)) {
        variable = from_scope(a, ref);
        if (variable && found) {
            fail_at(a, ref->node.location, "42702",
                    "column reference \"" SLICE_FMT "\" is ambiguous", SLICE_ARG(d.column));
            sql_detail(a->env->error, "It could refer to either a %s or a table column.",
                       a->rules->variable_words);
            return NULL;
        }
        if (!found)
            found = variable;
    }
    if (!found && is_system_user(ref))
        return system_user(a, ref);
    if (!found)
        fail_no_column(a, ref, &d, table_found);
    return found;
}
