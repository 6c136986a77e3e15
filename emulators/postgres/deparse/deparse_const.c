#include "emulators/postgres/deparse/deparse_context.h"

enum { TYPE_BOOL = 16, TYPE_INT4 = 23, TYPE_UNKNOWN = 705, TYPE_NUMERIC = 1700 };

/* Printed as digits rather than as a quoted text? */
static bool is_bare_number(uint32_t type, struct slice text)
{
    if (text.len == 0 || text.ptr[0] < '0' || text.ptr[0] > '9')
        return false;
    if (type == TYPE_INT4)
        return true;
    return type == TYPE_NUMERIC && !memchr(text.ptr, 'e', text.len);
}

static bool put_value(struct pg_deparse *d, const struct sql_expr_const *value, bool *needs_label)
{
    const struct sql_type *type = d->env->find_type(d->env, value->expr.type);
    if (!type || !type->ops || !type->ops->output)
        return sql_fail(d->env->error, "XX000", "cache lookup failed for type %u",
                        value->expr.type);
    struct sql_call call = {.env = d->env, .arena = d->out->arena};
    struct sql_bytes text;
    sql_bytes_init(&text, d->out->arena);
    if (!sql_type_output(&call, type, value->value, &text))
        return false;
    struct slice shown = sql_bytes_slice(&text);
    if (type->id == TYPE_BOOL) {
        pg_put(d, slice_eq_str(shown, "t") ? "true" : "false");
        *needs_label = false;
    } else if (is_bare_number(type->id, shown)) {
        sql_bytes_add_slice(d->out, shown);
        *needs_label = type->id == TYPE_NUMERIC && value->expr.typmod >= 0;
    } else {
        pg_quote_text(d->out, shown);
        *needs_label = type->id != TYPE_UNKNOWN;
    }
    return true;
}

bool pg_put_const(struct pg_deparse *d, const struct sql_expr_const *value, int show_type)
{
    bool needs_label = true;
    if (value->value.null)
        pg_put(d, "NULL");
    else if (!put_value(d, value, &needs_label))
        return false;
    if (show_type < 0 || !(needs_label || show_type > 0))
        return true;
    pg_put(d, "::");
    if (!pg_put_type(d, value->expr.type, value->expr.typmod))
        return false;
    const struct sql_type *type = d->env->find_type(d->env, value->expr.type);
    if (value->expr.collation && type && value->expr.collation != type->collation) {
        pg_put(d, " COLLATE ");
        return pg_deparse_collation_name(d->env, value->expr.collation, d->out);
    }
    return true;
}
