/* pg_get_statisticsobjdef and its parts. */
#include "emulators/postgres/catalog/definition.h"
#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/deparse/deparse.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/value/array.h"
#include "emulators/sql/value/call.h"

static const struct sql_statistics_object *find(struct sql_call *call, const struct datum *args)
{
    struct sql_session *session = call->env->session;
    return (const void *)sql_find_object(session, session->dialect->classes_of.statistics,
                                         (uint32_t)args[0].u);
}

static bool add_columns(struct sql_env *env, const struct sql_statistics_object *statistics,
                        struct sql_bytes *out)
{
    const struct sql_relation *relation = sql_find_relation_id(env->session, statistics->relation);
    for (uint16_t i = 0; i < statistics->column_count; i++) {
        sql_bytes_add_str(out, i ? ", " : "");
        pg_quote_name(out, relation->columns[statistics->columns[i] - 1].name);
    }
    for (uint32_t i = 0; i < statistics->expressions.count; i++) {
        const struct sql_expr *expr = statistics->expressions.items[i];
        bool call = pg_reads_as_call(expr);
        sql_bytes_add_str(out, i || statistics->column_count ? ", " : "");
        sql_bytes_add_str(out, call ? "" : "(");
        if (!pg_deparse_expr(env, expr, relation, PG_DEPARSE_PAREN, out))
            return false;
        sql_bytes_add_str(out, call ? "" : ")");
    }
    return true;
}

/* Left out when it is all of them, or when there is nothing to choose. */
static void add_kinds(struct sql_bytes *out, const struct sql_statistics_object *statistics)
{
    static const struct {
        char kind;
        const char *name;
    } kinds[] = {
        {'d', "ndistinct"   },
        {'f', "dependencies"},
        {'m', "mcv"         },
    };
    const struct slice given = statistics->kind_text;
    size_t count = 0;
    for (size_t i = 0; i < given.len; i++)
        count += given.ptr[i] != 'e';
    if (count == sizeof kinds / sizeof *kinds ||
        statistics->column_count + statistics->expressions.count < 2)
        return;
    const char *gap = " (";
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (memchr(given.ptr, kinds[i].kind, given.len)) {
            sql_bytes_printf(out, "%s%s", gap, kinds[i].name);
            gap = ", ";
        }
    sql_bytes_add_char(out, ')');
}

static bool get_definition(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct sql_statistics_object *statistics = find(call, args);
    struct sql_bytes text = sql_bytes_begin(call);
    if (!statistics)
        return sql_give_null(out);
    sql_bytes_add_str(&text, "CREATE STATISTICS ");
    pg_quote_qualified(call->env->session, &text, statistics->object.schema,
                       statistics->object.name);
    add_kinds(&text, statistics);
    sql_bytes_add_str(&text, " ON ");
    if (!add_columns(call->env, statistics, &text))
        return false;
    sql_bytes_add_str(&text, " FROM ");
    return pg_deparse_relation_name(call->env, statistics->relation, &text) &&
           sql_give_bytes(call, out, &text);
}

static bool get_columns(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct sql_statistics_object *statistics = find(call, args);
    struct sql_bytes text = sql_bytes_begin(call);
    if (!statistics)
        return sql_give_null(out);
    return add_columns(call->env, statistics, &text) && sql_give_bytes(call, out, &text);
}

static bool get_expressions(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct sql_statistics_object *statistics = find(call, args);
    uint32_t count = statistics ? statistics->expressions.count : 0;
    struct datum *texts = arena_array(call->arena, count + 1, sizeof *texts);
    if (!texts)
        return sql_fail_memory(call->env->error);
    if (!count)
        return sql_give_null(out);
    const struct sql_relation *relation =
        sql_find_relation_id(call->env->session, statistics->relation);
    for (uint32_t i = 0; i < count; i++) {
        struct sql_bytes text = sql_bytes_begin(call);
        if (!pg_deparse_expr(call->env, statistics->expressions.items[i], relation, 0, &text))
            return false;
        texts[i] = datum_bytes(sql_bytes_slice(&text));
    }
    const struct sql_dialect *dialect = call->env->session->dialect;
    return sql_array_make_vector(call, sql_builtin_type_id(dialect, dialect->types_of.text), texts,
                                 count, out);
}

const struct sql_builtin pg_statistics_definition_functions[] = {
    {"pg_get_statisticsobjdef",             get_definition },
    {"pg_get_statisticsobjdef_columns",     get_columns    },
    {"pg_get_statisticsobjdef_expressions", get_expressions},
    {NULL,                                  NULL           },
};
