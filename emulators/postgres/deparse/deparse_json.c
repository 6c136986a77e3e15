/* Expressions of SQL/JSON, printed back. */
#include "emulators/postgres/deparse/deparse_context.h"
#include "emulators/sql/value/json_expr.h"
#include "emulators/sql/value/text.h"

/* FORMAT JSON [ENCODING name], as it was written behind a value. */
static void put_format(struct pg_deparse *d, const struct sql_expr_special *json)
{
    if (json->options & SQL_JSON_OPTION_FORMAT)
        pg_put(d, " FORMAT JSON");
    if (json->name.len)
        pg_put(d, " ENCODING UTF8"); /* no other one passes */
}

static bool put_returning(struct pg_deparse *d, const struct sql_expr_special *json)
{
    pg_put(d, " RETURNING ");
    if (!pg_put_type(d, json->target_type, json->target_typmod))
        return false;
    if (json->options & SQL_JSON_OPTION_RETURNING_FORMAT)
        pg_put(d, " FORMAT JSON");
    return true;
}

/* What stands before the closing parenthesis of a container or its aggregate. */
static bool put_options(struct pg_deparse *d, const struct sql_expr_special *json)
{
    bool array = json->op == SQL_JSON_OP_ARRAY || json->op == SQL_JSON_OP_ARRAYAGG;
    bool absent = json->options & SQL_JSON_OPTION_ABSENT;
    if (absent != array)
        pg_put(d, absent ? " ABSENT ON NULL" : " NULL ON NULL");
    if (json->options & SQL_JSON_OPTION_UNIQUE)
        pg_put(d, " WITH UNIQUE KEYS");
    return put_returning(d, json);
}

static bool put_object(struct pg_deparse *d, const struct sql_expr_special *json)
{
    for (uint32_t i = 0; i < json->args.count; i++) {
        pg_put(d, i % 2 ? " : " : i ? ", " : "");
        if (!pg_put_expr(d, json->args.items[i], true))
            return false;
    }
    return put_options(d, json);
}

static bool put_array(struct pg_deparse *d, const struct sql_expr_special *json)
{
    return pg_put_exprs(d, &json->args, true) && put_options(d, json);
}

static bool put_parse(struct pg_deparse *d, const struct sql_expr_special *json)
{
    if (!pg_put_expr(d, json->args.items[0], true))
        return false;
    if (json->options & SQL_JSON_OPTION_UNIQUE)
        pg_put(d, " WITH UNIQUE KEYS");
    return true;
}

static bool put_serialize(struct pg_deparse *d, const struct sql_expr_special *json)
{
    return pg_put_expr(d, json->args.items[0], true) && put_returning(d, json);
}

static const struct {
    const char *word; /* NULL: nothing stands around it */
    bool (*put)(struct pg_deparse *d, const struct sql_expr_special *json);
} words[] = {
    [SQL_JSON_OP_OBJECT] = {"JSON_OBJECT(",    put_object   },
    [SQL_JSON_OP_ARRAY] = {"JSON_ARRAY(",     put_array    },
    [SQL_JSON_OP_PARSE] = {"JSON(",           put_parse    },
    [SQL_JSON_OP_SCALAR] = {"JSON_SCALAR(",    put_parse    },
    [SQL_JSON_OP_SERIALIZE] = {"JSON_SERIALIZE(", put_serialize},
};

static bool put_test(struct pg_deparse *d, const struct sql_expr_special *json)
{
    static const char *const tests[] = {
        [SQL_JSON_TEST_ANY] = "",
        [SQL_JSON_TEST_OBJECT] = " OBJECT",
        [SQL_JSON_TEST_ARRAY] = " ARRAY",
        [SQL_JSON_TEST_SCALAR] = " SCALAR",
    };
    pg_put(d, pg_pretty_paren(d) ? "" : "(");
    if (!pg_put_expr_paren(d, json->args.items[0], true, &json->expr))
        return false;
    pg_put(d, " IS JSON");
    pg_put(d, tests[json->options / SQL_JSON_OPTION_IS]);
    if (json->options & SQL_JSON_OPTION_UNIQUE)
        pg_put(d, " WITH UNIQUE KEYS");
    pg_put(d, pg_pretty_paren(d) ? "" : ")");
    return true;
}

/* The aggregate or window function under its own name. */
static bool put_aggregate(struct pg_deparse *d, const struct sql_expr_special *json)
{
    struct sql_bytes options = {.arena = d->out->arena};
    struct pg_deparse inner = *d;
    inner.out = &options;
    if (!put_options(&inner, json))
        return false;
    bool array = json->op == SQL_JSON_OP_ARRAYAGG;
    struct pg_call_words as = {.name = array ? "JSON_ARRAYAGG" : "JSON_OBJECTAGG",
                               .between = array ? ", " : " : ",
                               .options = sql_bytes_slice(&options)};
    const struct sql_expr *call = json->args.items[0];
    d->out->failed |= options.failed;
    return call->kind == SQL_EXPR_WINDOW ? pg_put_window_call(d, (const void *)call, &as)
                                         : pg_put_aggregate(d, (const void *)call, &as);
}

bool pg_put_json(struct pg_deparse *d, const struct sql_expr *expr, bool show_implicit)
{
    const struct sql_expr_special *json = (const void *)expr;
    switch (json->op) {
    case SQL_JSON_OP_IS: return put_test(d, json);
    case SQL_JSON_OP_OBJECTAGG:
    case SQL_JSON_OP_ARRAYAGG: return put_aggregate(d, json);
    case SQL_JSON_OP_DECODE: return pg_put_expr(d, json->args.items[0], show_implicit);
    case SQL_JSON_OP_RETURNING:
    case SQL_JSON_OP_FORMATTED:
        if (!pg_put_expr(d, json->args.items[0], false))
            return false;
        put_format(d, json);
        return true;
    default: break;
    }
    pg_put(d, words[json->op].word);
    if (!words[json->op].put(d, json))
        return false;
    pg_put_char(d, ')');
    return true;
}
