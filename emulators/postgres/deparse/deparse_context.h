/* Inside the deparser: what is known while a statement is printed.
 *
 * One struct pg_deparse for a whole text; each query that is printed pushes a struct pg_scope with
 * the names that its range table's entries go by. */
#ifndef PARLEL_EMULATORS_POSTGRES_DEPARSE_CONTEXT_H
#define PARLEL_EMULATORS_POSTGRES_DEPARSE_CONTEXT_H

#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/deparse/deparse.h"

enum {
    PG_INDENT_STD = 8,
    PG_INDENT_JOIN = 4,
    PG_INDENT_VAR = 4,
    PG_INDENT_LIMIT = 40, /* deeper ones wrap around */
};

/* What a table of the range table is called. */
struct pg_table_names {
    struct slice name;     /* ptr NULL: nothing to call it by (an unnamed join) */
    struct slice *columns; /* table->column_count of them; len 0: dropped */
    bool print_columns;    /* the alias lists the columns */
};

struct pg_scope {
    const struct pg_scope *outer;
    const struct sql_query *query; /* NULL: an expression's scope */
    struct sql_table *const *tables;
    struct pg_table_names *names;
    uint32_t count;
};

struct pg_deparse {
    struct sql_env *env;
    struct sql_bytes *out;
    const struct pg_scope *scope;
    const struct sql_routine *routine; /* whose parameters are meant; NULL: nobody's */
    unsigned flags;
    int indent;
    bool prefix;                            /* columns with their table's name */
    bool columns_matter;                    /* of the query at hand */
    const struct sql_explain_expr *explain; /* it is one of a plan; NULL: of a query */
};

static inline bool pg_pretty_paren(const struct pg_deparse *d)
{
    return d->flags & PG_DEPARSE_PAREN;
}

static inline bool pg_pretty_indent(const struct pg_deparse *d)
{
    return d->flags & PG_DEPARSE_INDENT;
}

/* Text, or a new line at the indentation plus `plus` and the text; the indentation changes by
 * `before` first and by `after` at the end. */
void pg_put_keyword(struct pg_deparse *d, const char *text, int before, int after, int plus);
void pg_put(struct pg_deparse *d, const char *text);
void pg_put_char(struct pg_deparse *d, char c);
void pg_put_name(struct pg_deparse *d, struct slice name);
bool pg_put_type(struct pg_deparse *d, uint32_t type, int32_t typmod);

/* deparse_expr.c. show_implicit: casts that nobody wrote are printed, too. */
bool pg_put_expr(struct pg_deparse *d, const struct sql_expr *expr, bool show_implicit);
/* In parentheses when pretty printing needs them below `parent`. */
bool pg_put_expr_paren(struct pg_deparse *d, const struct sql_expr *expr, bool show_implicit,
                       const struct sql_expr *parent);
bool pg_put_exprs(struct pg_deparse *d, const struct sql_exprs *list, bool show_implicit);
/* top: as a column of its own; an expression in a target list prints whole rows differently. */
bool pg_put_column_reference(struct pg_deparse *d, const struct sql_expr_column *column, bool top,
                             struct slice *out_name);
/* (arg)::type */
bool pg_put_cast(struct pg_deparse *d, const struct sql_expr *arg, uint32_t type, int32_t typmod,
                 const struct sql_expr *parent);
/* Does it stand without parentheses below parent? */
bool pg_expr_is_simple(const struct pg_deparse *d, const struct sql_expr *expr,
                       const struct sql_expr *parent);

/* deparse_xml.c */
bool pg_put_xml(struct pg_deparse *d, const struct sql_expr *expr, bool show_implicit);
bool pg_put_xml_table(struct pg_deparse *d, const struct sql_table *table);

/* deparse_json.c */
bool pg_put_json(struct pg_deparse *d, const struct sql_expr *expr, bool show_implicit);

/* deparse_json_query.c */
bool pg_put_json_query(struct pg_deparse *d, const struct sql_expr *expr, bool show_implicit);
bool pg_put_json_table(struct pg_deparse *d, const struct sql_expr_json_query *json,
                       const struct slice *columns);

/* deparse_const.c. show_type: 0 as needed, 1 always, -1 never. */
bool pg_put_const(struct pg_deparse *d, const struct sql_expr_const *value, int show_type);

/* deparse_call.c */
bool pg_put_call(struct pg_deparse *d, const struct sql_expr_call *call, bool show_implicit);
bool pg_put_operator(struct pg_deparse *d, const struct sql_expr_call *call);
/* How a call is written when not by its function's name: JSON_OBJECTAGG(a : b WITH UNIQUE KEYS). */
struct pg_call_words {
    const char *name, *between; /* the name, what stands between arguments */
    struct slice options;       /* before the closing parenthesis */
};
/* words NULL: by the function's name. */
bool pg_put_aggregate(struct pg_deparse *d, const struct sql_expr_aggregate *aggregate,
                      const struct pg_call_words *words);
bool pg_put_window_call(struct pg_deparse *d, const struct sql_expr_window *window,
                        const struct pg_call_words *words);
/* The words of functions that SQL calls by a syntax of their own; *done: it was one. */
bool pg_put_call_syntax(struct pg_deparse *d, const struct sql_expr_call *call, bool *done);
/* The length that an explicit cast function coerces to, -1: it is no such call. */
int32_t pg_call_length(const struct sql_expr *expr);

/* deparse_query.c. columns_matter: the names of the result's columns are printed where they would
 * be other ones otherwise. */
bool pg_put_query(struct pg_deparse *d, const struct sql_query *query, bool columns_matter);
bool pg_put_window_spec(struct pg_deparse *d, const struct sql_window *window,
                        const struct sql_query *query);
bool pg_put_sort_keys(struct pg_deparse *d, const struct sql_query *query,
                      const struct sql_sort_key *keys, uint32_t count);
/* The sort key's direction words for a value of that type. */
bool pg_put_sort_direction(struct pg_deparse *d, const struct sql_sort_key *key, uint32_t type);
const struct sql_target *pg_target_of_group(const struct sql_query *query, uint32_t group);
bool pg_put_group_target(struct pg_deparse *d, const struct sql_query *query, uint32_t group,
                         bool force_column);
bool pg_put_values(struct pg_deparse *d, const struct sql_table *table);

/* deparse_modify.c */
bool pg_put_modify(struct pg_deparse *d, const struct sql_query *query);
bool pg_put_targets(struct pg_deparse *d, const struct sql_target *targets, uint32_t count);
bool pg_put_with(struct pg_deparse *d, const struct sql_query *query);

/* deparse_from.c */
bool pg_put_from(struct pg_deparse *d, const struct sql_query *query, const char *keyword);
bool pg_put_table(struct pg_deparse *d, uint32_t number, bool use_as);
bool pg_put_function_table_call(struct pg_deparse *d, const struct sql_expr *expr);

/* deparse_explain.c: in a plan, a subquery's name; false: it has none. And the value of PARAM_EXEC. */
bool pg_put_explain_link(struct pg_deparse *d, const struct sql_expr_sublink *link);
bool pg_put_explain_param(struct pg_deparse *d, uint32_t number, bool *done);

/* deparse_scope.c: names for a query's range table; made in the arena. */
bool pg_scope_of_query(struct pg_deparse *d, const struct sql_query *query, struct pg_scope *out);

#endif
