/* pg_get_expr, pg_get_indexdef, pg_get_constraintdef, pg_get_viewdef, pg_get_partkeydef,
 * pg_get_partition_constraintdef. */
#include "emulators/postgres/catalog/definition.h"
#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/catalog/reg_types.h"
#include "emulators/postgres/catalog/system/expression.h"
#include "emulators/postgres/ddl/inherit.h"
#include "emulators/postgres/ddl/publication.h"
#include "emulators/postgres/deparse/deparse.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/value/call.h"

#define PRETTY (PG_DEPARSE_PAREN | PG_DEPARSE_INDENT)

enum { OPTION_DESC = 1, OPTION_NULLS_FIRST = 2 };

/* ---- indexes */

bool pg_reads_as_call(const struct sql_expr *expr)
{
    const struct sql_expr_call *call = (const void *)expr;
    switch (expr->kind) {
    case SQL_EXPR_FUNCTION: return call->form == SQL_FORM_FUNCTION || call->form == SQL_FORM_SYNTAX;
    case SQL_EXPR_COALESCE:
    case SQL_EXPR_MIN_MAX:
    case SQL_EXPR_NULLIF:
    case SQL_EXPR_SESSION_VALUE:
    case SQL_EXPR_JSON_QUERY:
    case SQL_EXPR_XML: return true;
    default: return false;
    }
}

/* The class is shown when it is not the one that the type would have anyway. */
static void add_class(struct sql_env *env, const struct sql_index *index, uint16_t at,
                      uint32_t type_id, struct sql_bytes *out)
{
    struct sql_session *session = env->session;
    const struct sql_type *type = sql_find_type_id(session, type_id);
    while (type && type->kind == SQL_TYPE_DOMAIN)
        type = sql_find_type_id(session, type->base);
    const struct sql_operator_class *class =
        sql_builtin_class_id(session->dialect, index->opclasses[at]);
    const struct sql_operator_class *usual =
        type ? sql_builtin_class_default(session->dialect, index->method, type->id) : NULL;
    const struct sql_object *stored =
        class ? NULL
              : sql_find_object(session, session->dialect->classes_of.operator_class,
                                index->opclasses[at]);
    const struct sql_class_object *own = (const void *)stored;
    const struct sql_cast *cast =
        own && type && !usual ? sql_find_cast(session, type->id, own->info.input) : NULL;
    bool stands_for = cast && cast->method == 'b' && cast->context == 'i';
    if (class ? class->is_default && (!usual || usual == class)
              : !own ||
                    (own->info.is_default && type && (own->info.input == type->id || stands_for)))
        return;
    bool bare = class || pg_object_is_visible(session, stored);
    sql_bytes_add_char(out, ' ');
    pg_quote_qualified(session, out, bare ? 0 : stored->schema, class ? class->name : stored->name);
}

static void add_order(struct sql_env *env, const struct sql_index *index, uint16_t at,
                      struct sql_bytes *out)
{
    bool descending = index->flags[at] & OPTION_DESC, first = index->flags[at] & OPTION_NULLS_FIRST;
    if (index->method != env->session->dialect->btree_method)
        return;
    if (descending)
        sql_bytes_add_str(out, first ? " DESC" : " DESC NULLS LAST");
    else if (first)
        sql_bytes_add_str(out, " NULLS FIRST");
}

static bool add_index_column(struct sql_env *env, const struct sql_index *index,
                             const struct sql_relation *table, uint16_t at, bool name_only,
                             unsigned flags, struct sql_bytes *out)
{
    uint32_t expression = 0, type, collation = 0;
    for (uint16_t i = 0; i < at; i++)
        expression += index->columns[i] == 0;
    if (index->columns[at] && table && index->columns[at] <= table->column_count) {
        const struct sql_column *column = &table->columns[index->columns[at] - 1];
        pg_quote_name(out, column->name);
        type = column->type;
        collation = column->collation;
    } else {
        const struct sql_expr *expr = index->expressions.items[expression];
        struct sql_bytes text = {.arena = env->arena};
        if (!pg_deparse_expr(env, expr, table, flags, &text))
            return false;
        sql_bytes_printf(out, pg_reads_as_call(expr) ? SLICE_FMT : "(" SLICE_FMT ")",
                         SLICE_ARG(sql_bytes_slice(&text)));
        type = expr->type;
        collation = expr->collation;
    }
    if (name_only || at >= index->key_count)
        return true;
    if (index->collations[at] && index->collations[at] != collation) {
        sql_bytes_add_str(out, " COLLATE ");
        if (!pg_deparse_collation_name(env, index->collations[at], out))
            return false;
    }
    add_class(env, index, at, type, out);
    return true;
}

bool pg_index_key_name(struct sql_env *env, const struct sql_relation *index,
                       const struct sql_relation *table, uint16_t at, struct sql_bytes *out)
{
    return add_index_column(env, index->index, table, at, true,
                            PG_DEPARSE_PAREN | PG_DEPARSE_INDENT | PG_DEPARSE_SCHEMA, out);
}

static void add_with(struct sql_bytes *out, const struct sql_relation *relation)
{
    if (!relation->option_count)
        return;
    sql_bytes_add_str(out, " WITH (");
    for (uint16_t i = 0; i < relation->option_count; i++) {
        struct slice option = relation->options[i];
        size_t at = 0;
        while (at < option.len && option.ptr[at] != '=')
            at++;
        sql_bytes_printf(out, "%s%.*s='", i ? ", " : "", (int)at, (const char *)option.ptr);
        sql_bytes_add_slice(out, slice_from(option, at + 1));
        sql_bytes_add_char(out, '\'');
    }
    sql_bytes_add_char(out, ')');
}

/* "USING method (columns) INCLUDE (...)"; exclusion: with the operators. */
static bool add_columns(struct sql_env *env, const struct sql_relation *relation,
                        const struct sql_relation *table, unsigned flags, bool exclusion,
                        struct sql_bytes *out)
{
    const struct sql_index *index = relation->index;
    struct sql_method method = sql_find_method_id(env->session, index->method);
    sql_bytes_printf(out, "USING " SLICE_FMT " (", SLICE_ARG(method.name));
    for (uint16_t i = 0; i < index->column_count; i++) {
        if (i == index->key_count)
            sql_bytes_add_str(out, ") INCLUDE (");
        else if (i)
            sql_bytes_add_str(out, ", ");
        if (!add_index_column(env, index, table, i, false, flags, out))
            return false;
        if (i < index->key_count)
            add_order(env, index, i, out);
        if (exclusion && i < index->key_count) {
            sql_bytes_add_str(out, " WITH ");
            if (!pg_deparse_operator_name(env, index->exclusion_ops[i], out))
                return false;
        }
    }
    sql_bytes_add_char(out, ')');
    if (index->nulls_not_distinct)
        sql_bytes_add_str(out, " NULLS NOT DISTINCT");
    return true;
}

static bool add_where(struct sql_env *env, const struct sql_index *index,
                      const struct sql_relation *table, unsigned flags, bool always_parens,
                      struct sql_bytes *out)
{
    struct sql_bytes text = {.arena = env->arena};
    if (!index->where)
        return true;
    if (!pg_deparse_expr(env, index->where, table, flags, &text))
        return false;
    sql_bytes_printf(out, always_parens ? " WHERE (" SLICE_FMT ")" : " WHERE " SLICE_FMT,
                     SLICE_ARG(sql_bytes_slice(&text)));
    return true;
}

static void add_table_name(struct sql_env *env, const struct sql_relation *table, unsigned flags,
                           struct sql_bytes *out)
{
    bool bare = (flags & PG_DEPARSE_PAREN) && pg_relation_is_visible(env->session, table);
    pg_quote_qualified(env->session, out, bare ? 0 : table->object.schema, table->object.name);
}

bool pg_define_index(struct sql_env *env, const struct sql_relation *relation, int column,
                     unsigned flags, struct sql_bytes *out)
{
    const struct sql_index *index = relation->index;
    const struct sql_relation *table = sql_find_relation_id(env->session, index->table);
    if (column > 0)
        return column > index->column_count ||
               add_index_column(env, index, table, (uint16_t)(column - 1), true, flags, out);
    sql_bytes_add_str(out, index->unique ? "CREATE UNIQUE INDEX " : "CREATE INDEX ");
    pg_quote_name(out, relation->object.name);
    sql_bytes_add_str(out, relation->kind == SQL_RELATION_PARTITIONED_INDEX ? " ON ONLY " : " ON ");
    add_table_name(env, table, flags, out);
    sql_bytes_add_char(out, ' ');
    if (!add_columns(env, relation, table, flags, false, out))
        return false;
    add_with(out, relation);
    return add_where(env, index, table, flags, false, out);
}

/* ---- constraints */

static void add_names(struct sql_bytes *out, const struct sql_relation *relation,
                      const int16_t *columns, uint16_t count)
{
    for (uint16_t i = 0; i < count; i++) {
        sql_bytes_add_str(out, i ? ", " : "");
        pg_quote_name(out, relation->columns[columns[i] - 1].name);
    }
}

static const char *action_words(char action)
{
    switch (action) {
    case 'r': return "RESTRICT";
    case 'c': return "CASCADE";
    case 'n': return "SET NULL";
    case 'd': return "SET DEFAULT";
    default: return NULL;
    }
}

static void add_foreign(struct sql_env *env, const struct sql_constraint *key,
                        const struct sql_relation *table, struct sql_bytes *out, unsigned flags)
{
    const struct sql_relation *referenced = sql_find_relation_id(env->session, key->foreign_table);
    sql_bytes_add_str(out, "FOREIGN KEY (");
    add_names(out, table, key->columns, key->column_count);
    sql_bytes_add_str(out, ") REFERENCES ");
    (void)flags;
    pg_quote_relation(env->session, out, referenced);
    sql_bytes_add_char(out, '(');
    add_names(out, referenced, key->foreign_columns, key->column_count);
    sql_bytes_add_char(out, ')');
    if (key->match == 'f')
        sql_bytes_add_str(out, " MATCH FULL");
    if (action_words(key->on_update))
        sql_bytes_printf(out, " ON UPDATE %s", action_words(key->on_update));
    if (action_words(key->on_delete))
        sql_bytes_printf(out, " ON DELETE %s", action_words(key->on_delete));
    if (key->set_column_count) {
        sql_bytes_add_str(out, " (");
        add_names(out, table, key->set_columns, key->set_column_count);
        sql_bytes_add_char(out, ')');
    }
}

static void add_key(struct sql_env *env, const struct sql_constraint *key,
                    const struct sql_relation *table, struct sql_bytes *out)
{
    const struct sql_relation *index = sql_find_relation_id(env->session, key->index);
    sql_bytes_add_str(out, key->kind == SQL_CONSTRAINT_PRIMARY ? "PRIMARY KEY " : "UNIQUE ");
    if (index && index->index->nulls_not_distinct)
        sql_bytes_add_str(out, "NULLS NOT DISTINCT ");
    sql_bytes_add_char(out, '(');
    add_names(out, table, key->columns, key->column_count);
    sql_bytes_add_char(out, ')');
    if (!index)
        return;
    if (index->index->column_count > index->index->key_count) {
        sql_bytes_add_str(out, " INCLUDE (");
        add_names(out, table, index->index->columns + index->index->key_count,
                  (uint16_t)(index->index->column_count - index->index->key_count));
        sql_bytes_add_char(out, ')');
    }
    add_with(out, index);
}

static bool add_check(struct sql_env *env, const struct sql_constraint *constraint,
                      const struct sql_relation *table, unsigned flags, struct sql_bytes *out)
{
    struct sql_bytes text = {.arena = env->arena};
    if (!pg_deparse_expr(env, constraint->check, table, flags, &text))
        return false;
    sql_bytes_printf(out, "CHECK (" SLICE_FMT ")", SLICE_ARG(sql_bytes_slice(&text)));
    if (constraint->no_inherit)
        sql_bytes_add_str(out, " NO INHERIT");
    return true;
}

static bool add_exclusion(struct sql_env *env, const struct sql_constraint *constraint,
                          const struct sql_relation *table, unsigned flags, struct sql_bytes *out)
{
    const struct sql_relation *index = sql_find_relation_id(env->session, constraint->index);
    sql_bytes_add_str(out, "EXCLUDE ");
    return add_columns(env, index, table, flags, true, out) &&
           add_where(env, index->index, table, flags, true, out);
}

bool pg_define_constraint(struct sql_env *env, const struct sql_constraint *constraint,
                          unsigned flags, struct sql_bytes *out)
{
    const struct sql_relation *table =
        constraint->relation ? sql_find_relation_id(env->session, constraint->relation) : NULL;
    switch (constraint->kind) {
    case SQL_CONSTRAINT_CHECK:
        if (!add_check(env, constraint, table, flags, out))
            return false;
        break;
    case SQL_CONSTRAINT_FOREIGN: add_foreign(env, constraint, table, out, flags); break;
    case SQL_CONSTRAINT_PRIMARY:
    case SQL_CONSTRAINT_UNIQUE: add_key(env, constraint, table, out); break;
    case SQL_CONSTRAINT_EXCLUSION:
        if (!add_exclusion(env, constraint, table, flags, out))
            return false;
        break;
    case SQL_CONSTRAINT_TRIGGER: sql_bytes_add_str(out, "TRIGGER"); break;
    }
    if (constraint->deferrable)
        sql_bytes_add_str(out, " DEFERRABLE");
    if (constraint->deferred)
        sql_bytes_add_str(out, " INITIALLY DEFERRED");
    if (!constraint->validated)
        sql_bytes_add_str(out, " NOT VALID");
    return true;
}

/* ---- the functions */

unsigned pg_definition_flags(const struct sql_call *call, const struct datum *args, uint16_t at)
{
    return call->argc > at && !args[at].null && args[at].i ? PRETTY | PG_DEPARSE_SCHEMA
                                                           : PG_DEPARSE_INDENT;
}

static bool give_or_null(struct sql_call *call, struct sql_bytes *text, bool found,
                         struct datum *out)
{
    return found ? sql_give_bytes(call, out, text) : sql_give_null(out);
}

static bool get_indexdef(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct sql_relation *found =
        sql_find_relation_id(call->env->session, (uint32_t)args[0].u);
    struct sql_bytes text = sql_bytes_begin(call);
    bool is_index = found && found->index;
    int column = call->argc > 1 ? (int)args[1].i : 0;
    if (is_index &&
        !pg_define_index(call->env, found, column, pg_definition_flags(call, args, 2), &text))
        return false;
    return give_or_null(call, &text, is_index, out);
}

static bool get_constraintdef(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct sql_constraint *found =
        sql_find_constraint(call->env->session, (uint32_t)args[0].u);
    struct sql_bytes text = sql_bytes_begin(call);
    if (found && !pg_define_constraint(call->env, found, pg_definition_flags(call, args, 1), &text))
        return false;
    return give_or_null(call, &text, found != NULL, out);
}

/* A partition's bound: FOR VALUES ... */
static bool add_side(struct sql_env *env, const struct sql_exprs *values, const int8_t *kinds,
                     struct sql_bytes *out)
{
    for (uint32_t i = 0; i < values->count; i++) {
        sql_bytes_add_str(out, i ? ", " : "");
        if (kinds && kinds[i])
            sql_bytes_add_str(out, kinds[i] < 0 ? "MINVALUE" : "MAXVALUE");
        else {
            const struct sql_expr_const *value = (const void *)values->items[i];
            const struct sql_type *type = sql_find_type_id(env->session, value->expr.type);
            struct sql_bytes text = {.arena = env->arena};
            struct sql_call call = {.env = env, .arena = env->arena};
            if (value->value.null) {
                sql_bytes_add_str(out, "NULL");
                continue;
            }
            if (!type || !sql_type_output(&call, type, value->value, &text))
                return false;
            bool number = type->category == 'N';
            if (number)
                sql_bytes_add_slice(out, sql_bytes_slice(&text));
            else if (type->id == env->session->dialect->types_of.boolean)
                sql_bytes_add_str(out, value->value.i ? "true" : "false");
            else
                pg_quote_text(out, sql_bytes_slice(&text));
        }
    }
    return true;
}

static bool define_bound(struct sql_env *env, const struct sql_partition_bound *bound,
                         struct sql_bytes *out)
{
    if (bound->is_default) {
        sql_bytes_add_str(out, "DEFAULT");
        return true;
    }
    sql_bytes_add_str(out, "FOR VALUES ");
    if (bound->modulus) {
        sql_bytes_printf(out, "WITH (modulus %u, remainder %u)", bound->modulus, bound->remainder);
        return true;
    }
    sql_bytes_add_str(out, bound->from.count ? "FROM (" : "IN (");
    if (!add_side(env, bound->from.count ? &bound->from : &bound->values, bound->from_kinds, out))
        return false;
    if (bound->from.count) {
        sql_bytes_add_str(out, ") TO (");
        if (!add_side(env, &bound->to, bound->to_kinds, out))
            return false;
    }
    sql_bytes_add_char(out, ')');
    return true;
}

/* The expressions of an index or partition key, with commas. */
static bool define_list(struct sql_env *env, const struct sql_exprs *exprs,
                        const struct sql_relation *table, unsigned flags, struct sql_bytes *out)
{
    for (uint32_t i = 0; i < exprs->count; i++) {
        sql_bytes_add_str(out, i ? ", " : "");
        if (!pg_deparse_expr(env, exprs->items[i], table, flags, out))
            return false;
    }
    return true;
}

/* An expression that stands in an object of a relation; *out_relation is table 1. */
static bool find_expression(struct sql_session *session, enum pg_expression_kind kind, uint32_t id,
                            int32_t part, const struct sql_expr **out,
                            const struct sql_relation **out_relation)
{
    const struct sql_relation *relation = sql_find_relation_id(session, id);
    const struct sql_constraint *constraint;
    const struct sql_policy *policy;
    const struct sql_type_object *type;
    *out = NULL;
    *out_relation = NULL;
    switch (kind) {
    case PG_EXPRESSION_DEFAULT:
        *out_relation = relation;
        *out = relation && part > 0 && part <= relation->column_count
                   ? relation->columns[part - 1].value
                   : NULL;
        break;
    case PG_EXPRESSION_CHECK:
        constraint = sql_find_constraint(session, id);
        *out = constraint ? constraint->check : NULL;
        *out_relation = constraint && constraint->relation
                            ? sql_find_relation_id(session, constraint->relation)
                            : NULL;
        break;
    case PG_EXPRESSION_PREDICATE:
        *out = relation && relation->index ? relation->index->where : NULL;
        *out_relation = *out ? sql_find_relation_id(session, relation->index->table) : NULL;
        break;
    case PG_EXPRESSION_USING:
    case PG_EXPRESSION_WITH_CHECK:
        policy = sql_find_policy(session, id);
        *out = !policy ? NULL : kind == PG_EXPRESSION_USING ? policy->using : policy->check;
        *out_relation = policy ? sql_find_relation_id(session, policy->relation) : NULL;
        break;
    case PG_EXPRESSION_TYPE_DEFAULT:
        type = sql_find_type_object(session, id);
        *out = type ? type->default_value : NULL;
        break;
    default: break;
    }
    return *out != NULL;
}

static bool get_expr(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_env *env = call->env;
    struct sql_session *session = env->session;
    struct sql_bytes text = sql_bytes_begin(call);
    enum pg_expression_kind kind;
    uint32_t id;
    int32_t part;
    const struct sql_expr *expr;
    const struct sql_relation *relation;
    unsigned flags = pg_definition_flags(call, args, 2);
    if (!pg_expression_read(datum_slice(args[0]), &kind, &id, &part))
        return sql_give_null(out);
    if (kind == PG_EXPRESSION_FILTER) {
        const struct sql_other *member =
            (const void *)sql_find_object(session, PG_CLASS_PUBLICATION_TABLE, id);
        return member && member->field_count ? sql_give_copy(call, out, member->fields[0])
                                             : sql_give_null(out);
    }
    if (kind == PG_EXPRESSION_BOUND || kind == PG_EXPRESSION_INDEX ||
        kind == PG_EXPRESSION_PARTITION) {
        relation = sql_find_relation_id(session, id);
        if (!relation)
            return sql_give_null(out);
        bool fine =
            kind == PG_EXPRESSION_BOUND ? define_bound(env, relation->partition_bound, &text)
            : kind == PG_EXPRESSION_INDEX
                ? define_list(env, &relation->index->expressions,
                              sql_find_relation_id(session, relation->index->table), flags, &text)
                : define_list(env, &relation->partition_key->expressions, relation, flags, &text);
        return fine && sql_give_bytes(call, out, &text);
    }
    if (!find_expression(session, kind, id, part, &expr, &relation))
        return sql_give_null(out);
    return pg_deparse_expr(env, expr, relation, flags, &text) && sql_give_bytes(call, out, &text);
}

static bool give_view(struct sql_call *call, const struct sql_relation *view, unsigned flags,
                      struct datum *out)
{
    struct sql_bytes text = sql_bytes_begin(call);
    if (!view || !view->view)
        return sql_give_null(out);
    if (!pg_deparse_query(call->env, view->view, flags | PG_DEPARSE_PREFIX, &text))
        return false;
    sql_bytes_add_char(&text, ';');
    return sql_give_bytes(call, out, &text);
}

static bool get_viewdef(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct sql_relation *view = sql_find_relation_id(call->env->session, (uint32_t)args[0].u);
    return give_view(call, view, pg_definition_flags(call, args, 1), out);
}

/* The view by its name, as a query would find it. */
static bool get_named_viewdef(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct datum view;
    bool found;
    if (!pg_reg_find(call, "regclass", datum_slice(args[0]), &found, &view))
        return false;
    if (!found)
        return sql_fail(call->env->error, "42P01", "relation \"" SLICE_FMT "\" does not exist",
                        SLICE_ARG(datum_slice(args[0])));
    const struct datum by_id[] = {view, call->argc > 1 ? args[1] : view};
    return get_viewdef(call, by_id, out);
}

static bool get_partkeydef(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct sql_relation *relation =
        sql_find_relation_id(call->env->session, (uint32_t)args[0].u);
    const struct sql_partition_key *key = relation ? relation->partition_key : NULL;
    struct sql_bytes text = sql_bytes_begin(call);
    uint32_t expression = 0;
    if (!key)
        return sql_give_null(out);
    sql_bytes_add_str(&text, key->strategy == 'l'   ? "LIST ("
                             : key->strategy == 'r' ? "RANGE ("
                                                    : "HASH (");
    for (uint16_t i = 0; i < key->count; i++) {
        sql_bytes_add_str(&text, i ? ", " : "");
        if (key->columns[i]) {
            pg_quote_name(&text, relation->columns[key->columns[i] - 1].name);
            continue;
        }
        struct sql_bytes one = sql_bytes_begin(call);
        const struct sql_expr *expr = key->expressions.items[expression++];
        if (!pg_deparse_expr(call->env, expr, relation, PG_DEPARSE_INDENT, &one))
            return false;
        sql_bytes_printf(&text, pg_reads_as_call(expr) ? SLICE_FMT : "(" SLICE_FMT ")",
                         SLICE_ARG(sql_bytes_slice(&one)));
    }
    sql_bytes_add_char(&text, ')');
    return sql_give_bytes(call, out, &text);
}

static bool get_partition_constraintdef(struct sql_call *call, const struct datum *args,
                                        struct datum *out)
{
    const struct sql_relation *relation =
        sql_find_relation_id(call->env->session, (uint32_t)args[0].u);
    struct sql_bytes text = sql_bytes_begin(call);
    struct sql_expr *condition = NULL;
    if (relation && !pg_partition_condition(call->env, relation, &condition))
        return false;
    if (!condition)
        return sql_give_null(out);
    return pg_deparse_expr(call->env, condition, relation, 0, &text) &&
           sql_give_bytes(call, out, &text);
}

const struct sql_builtin pg_definition_functions[] = {
    {"pg_get_indexdef",                get_indexdef               },
    {"pg_get_indexdef_ext",            get_indexdef               },
    {"pg_get_constraintdef",           get_constraintdef          },
    {"pg_get_constraintdef_ext",       get_constraintdef          },
    {"pg_get_expr",                    get_expr                   },
    {"pg_get_expr_ext",                get_expr                   },
    {"pg_get_viewdef",                 get_viewdef                },
    {"pg_get_viewdef_ext",             get_viewdef                },
    {"pg_get_viewdef_name",            get_named_viewdef          },
    {"pg_get_viewdef_name_ext",        get_named_viewdef          },
    {"pg_get_partkeydef",              get_partkeydef             },
    {"pg_get_partition_constraintdef", get_partition_constraintdef},
    {NULL,                             NULL                       },
};
