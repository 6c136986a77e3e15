#include "emulators/postgres/deparse/deparse_context.h"
#include "emulators/sql/session.h"

static const struct sql_routine *require_routine(struct pg_deparse *d, uint32_t id)
{
    const struct sql_routine *routine = sql_find_routine_id(d->env->session, id);
    if (!routine)
        sql_fail(d->env->error, "XX000", "cache lookup failed for function %u", id);
    return routine;
}

int32_t pg_call_length(const struct sql_expr *expr)
{
    if (expr->kind != SQL_EXPR_FUNCTION)
        return -1;
    const struct sql_expr_call *call = (const struct sql_expr_call *)expr;
    if (call->form != SQL_FORM_CAST_EXPLICIT && call->form != SQL_FORM_CAST_IMPLICIT)
        return -1;
    if (call->args.count < 2 || call->args.items[1]->kind != SQL_EXPR_CONST)
        return -1;
    const struct sql_expr_const *length = (const struct sql_expr_const *)call->args.items[1];
    return length->value.null ? -1 : (int32_t)length->value.i;
}

bool pg_put_operator(struct pg_deparse *d, const struct sql_expr_call *call)
{
    const struct sql_expr *self = &call->expr;
    if (!pg_pretty_paren(d))
        pg_put_char(d, '(');
    bool binary = call->args.count == 2;
    if (binary) {
        if (!pg_put_expr_paren(d, call->args.items[0], true, self))
            return false;
        pg_put_char(d, ' ');
    }
    if (!pg_deparse_operator_name(d->env, call->op, d->out))
        return false;
    pg_put_char(d, ' ');
    if (!pg_put_expr_paren(d, call->args.items[binary ? 1 : 0], true, self))
        return false;
    if (!pg_pretty_paren(d))
        pg_put_char(d, ')');
    return true;
}

static bool put_arguments(struct pg_deparse *d, const struct sql_exprs *args, uint32_t count,
                          bool variadic, const struct pg_call_words *words)
{
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            pg_put(d, words ? words->between : ", ");
        if (variadic && i + 1 == count)
            pg_put(d, "VARIADIC ");
        if (!pg_put_expr(d, args->items[i], true))
            return false;
    }
    return true;
}

static bool put_plain_call(struct pg_deparse *d, const struct sql_expr_call *call)
{
    const struct sql_routine *routine = require_routine(d, call->function);
    if (!routine || !pg_deparse_routine_name(d->env, routine, d->out))
        return false;
    pg_put_char(d, '(');
    if (!put_arguments(d, &call->args, call->args.count, call->variadic, NULL))
        return false;
    pg_put_char(d, ')');
    return true;
}

bool pg_put_call(struct pg_deparse *d, const struct sql_expr_call *call, bool show_implicit)
{
    if (call->form == SQL_FORM_CAST_IMPLICIT && !show_implicit)
        return pg_put_expr_paren(d, call->args.items[0], false, &call->expr);
    if (call->form == SQL_FORM_CAST_EXPLICIT || call->form == SQL_FORM_CAST_IMPLICIT)
        return pg_put_cast(d, call->args.items[0], call->expr.type, pg_call_length(&call->expr),
                           &call->expr);
    bool done = false;
    if (call->form == SQL_FORM_SYNTAX && !pg_put_call_syntax(d, call, &done))
        return false;
    return done || put_plain_call(d, call);
}

/* ---- functions with words of their own */

static bool put_between(struct pg_deparse *d, const char *before, const struct sql_expr *a,
                        const char *between, const struct sql_expr *b, const char *after)
{
    pg_put(d, before);
    if (!pg_put_expr(d, a, false))
        return false;
    pg_put(d, between);
    if (b && !pg_put_expr(d, b, false))
        return false;
    pg_put(d, after);
    return true;
}

/* How the arguments stand: by number in the pattern, everything else as it is. */
struct call_syntax {
    const char *name;
    uint8_t arguments;
    const char *pattern;
};

static const struct call_syntax call_syntaxes[] = {
    {"timezone",         1, "(1 AT LOCAL)"                     },
    {"timezone",         2, "(2 AT TIME ZONE 1)"               },
    {"overlaps",         4, "((1, 2) OVERLAPS (3, 4))"         },
    {"is_normalized",    1, "((1) IS NORMALIZED)"              },
    {"pg_collation_for", 1, "COLLATION FOR (1)"                },
    {"normalize",        1, "NORMALIZE(1)"                     },
    {"overlay",          3, "OVERLAY(1 PLACING 2 FROM 3)"      },
    {"overlay",          4, "OVERLAY(1 PLACING 2 FROM 3 FOR 4)"},
    {"position",         2, "POSITION((2) IN (1))"             },
    {"substring",        2, "SUBSTRING(1 FROM 2)"              },
    {"substring",        3, "SUBSTRING(1 FROM 2 FOR 3)"        },
    {"btrim",            1, "TRIM(BOTH FROM 1)"                },
    {"btrim",            2, "TRIM(BOTH 2 FROM 1)"              },
    {"ltrim",            1, "TRIM(LEADING FROM 1)"             },
    {"ltrim",            2, "TRIM(LEADING 2 FROM 1)"           },
    {"rtrim",            1, "TRIM(TRAILING FROM 1)"            },
    {"rtrim",            2, "TRIM(TRAILING 2 FROM 1)"          },
    {"xmlexists",        2, "XMLEXISTS((1) PASSING (2))"       },
};

static bool put_pattern(struct pg_deparse *d, const struct sql_expr_call *call, const char *pattern)
{
    for (const char *at = pattern; *at; at++) {
        unsigned index = (unsigned)(*at - '1');
        if (index >= call->args.count || *at < '1' || *at > '4')
            pg_put_char(d, *at);
        else if (!pg_put_expr_paren(d, call->args.items[index], false, &call->expr))
            return false;
    }
    return true;
}

/* A text constant's value: the field of EXTRACT, the form of NORMALIZE. */
static struct slice const_text(const struct sql_expr *expr)
{
    if (expr->kind != SQL_EXPR_CONST)
        return slice_of(NULL, 0);
    return datum_slice(((const struct sql_expr_const *)expr)->value);
}

static bool put_word_call(struct pg_deparse *d, const struct sql_expr_call *call, struct slice name,
                          bool *done)
{
    struct sql_exprs args = call->args;
    *done = true;
    if (slice_eq_str(name, "extract") && args.count == 2) {
        pg_put(d, "EXTRACT(");
        sql_bytes_add_slice(d->out, const_text(args.items[0]));
        return put_between(d, " FROM ", args.items[1], ")", NULL, "");
    }
    if (slice_eq_str(name, "normalize") && args.count == 2) {
        if (!put_between(d, "NORMALIZE(", args.items[0], ", ", NULL, ""))
            return false;
        sql_bytes_add_slice(d->out, const_text(args.items[1]));
        pg_put_char(d, ')');
        return true;
    }
    if (slice_eq_str(name, "is_normalized") && args.count == 2) {
        if (!put_between(d, "((", args.items[0], ") IS ", NULL, ""))
            return false;
        sql_bytes_add_slice(d->out, const_text(args.items[1]));
        pg_put(d, " NORMALIZED)");
        return true;
    }
    *done = false;
    return true;
}

bool pg_put_call_syntax(struct pg_deparse *d, const struct sql_expr_call *call, bool *done)
{
    const struct sql_routine *routine = require_routine(d, call->function);
    if (!routine)
        return false;
    struct slice name = routine->object.name;
    for (size_t i = 0; i < sizeof(call_syntaxes) / sizeof(call_syntaxes[0]); i++)
        if (call_syntaxes[i].arguments == call->args.count &&
            slice_eq_str(name, call_syntaxes[i].name)) {
            *done = true;
            return put_pattern(d, call, call_syntaxes[i].pattern);
        }
    return put_word_call(d, call, name, done);
}

/* ---- aggregates and window functions */

static bool put_aggregate_order(struct pg_deparse *d, const struct sql_expr_aggregate *aggregate)
{
    for (uint32_t i = 0; i < aggregate->order_count; i++) {
        const struct sql_sort_key *key = &aggregate->order[i];
        const struct sql_expr *arg = aggregate->args.items[key->target];
        if (i > 0)
            pg_put(d, ", ");
        if (!pg_put_expr(d, arg, true) || !pg_put_sort_direction(d, key, arg->type))
            return false;
    }
    return true;
}

static bool put_filter(struct pg_deparse *d, const struct sql_expr *filter)
{
    if (!filter)
        return true;
    pg_put(d, " FILTER (WHERE ");
    if (!pg_put_expr(d, filter, false))
        return false;
    pg_put_char(d, ')');
    return true;
}

/* Of an aggregate or window function, with its parenthesis. */
static bool put_call_name(struct pg_deparse *d, uint32_t function,
                          const struct pg_call_words *words)
{
    const struct sql_routine *routine = words ? NULL : require_routine(d, function);
    if (words)
        pg_put(d, words->name);
    else if (!routine || !pg_deparse_routine_name(d->env, routine, d->out))
        return false;
    pg_put_char(d, '(');
    return true;
}

static void put_call_end(struct pg_deparse *d, const struct pg_call_words *words)
{
    if (words)
        sql_bytes_add_slice(d->out, words->options);
    pg_put_char(d, ')');
}

static bool put_aggregate_arguments(struct pg_deparse *d,
                                    const struct sql_expr_aggregate *aggregate,
                                    const struct pg_call_words *words)
{
    if (aggregate->within_group) {
        if (!put_arguments(d, &aggregate->direct, aggregate->direct.count, aggregate->variadic,
                           words))
            return false;
        pg_put(d, ") WITHIN GROUP (ORDER BY ");
        return put_aggregate_order(d, aggregate);
    }
    if (aggregate->star)
        pg_put_char(d, '*');
    else if (!put_arguments(d, &aggregate->args, aggregate->arg_count, aggregate->variadic, words))
        return false;
    if (aggregate->order_count == 0)
        return true;
    pg_put(d, " ORDER BY ");
    return put_aggregate_order(d, aggregate);
}

bool pg_put_aggregate(struct pg_deparse *d, const struct sql_expr_aggregate *aggregate,
                      const struct pg_call_words *words)
{
    if (!put_call_name(d, aggregate->function, words))
        return false;
    pg_put(d, aggregate->distinct ? "DISTINCT " : "");
    if (!put_aggregate_arguments(d, aggregate, words))
        return false;
    put_call_end(d, words);
    return put_filter(d, aggregate->filter);
}

bool pg_put_window_call(struct pg_deparse *d, const struct sql_expr_window *call,
                        const struct pg_call_words *words)
{
    if (!put_call_name(d, call->function, words))
        return false;
    if (call->star)
        pg_put_char(d, '*');
    else if (!put_arguments(d, &call->args, call->args.count, false, words))
        return false;
    put_call_end(d, words);
    if (!put_filter(d, call->filter))
        return false;
    pg_put(d, " OVER ");
    const struct sql_query *query = d->scope ? d->scope->query : NULL;
    if (!query || call->window >= query->window_count) {
        pg_put(d, "(?)");
        return true;
    }
    const struct sql_window *window = &query->windows[call->window];
    if (window->name.len) {
        pg_put_name(d, window->name);
        return true;
    }
    return pg_put_window_spec(d, window, query);
}
