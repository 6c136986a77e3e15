/* pg_get_functiondef and its parts. */
#include "emulators/postgres/catalog/definition.h"
#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/deparse/deparse.h"
#include "emulators/postgres/name_list.h"
#include "emulators/postgres/settings.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/text.h"

enum { LIST_MAX = 64 };

/* ---- arguments */

struct arguments {
    bool defaults;  /* with DEFAULT */
    bool all;       /* OUT ones, too; else those that tell overloaded routines apart */
    char only_mode; /* 't': only the columns of TABLE; 0: all others */
};

static const char *mode_word(const struct sql_routine *routine, char mode)
{
    switch (mode) {
    case 'o': return "OUT ";
    case 'b': return "INOUT ";
    case 'v': return "VARIADIC ";
    default: return mode == 'i' && routine->kind == SQL_ROUTINE_PROCEDURE ? "IN " : "";
    }
}

static bool is_input(char mode)
{
    return mode == 'i' || mode == 'b' || mode == 'v';
}

static bool add_default(struct sql_env *env, const struct sql_routine *routine, uint32_t input,
                        struct sql_bytes *out)
{
    uint32_t first = (uint32_t)routine->arg_count - routine->default_count;
    if (input < first || input >= routine->arg_count)
        return true;
    sql_bytes_add_str(out, " DEFAULT ");
    return pg_deparse_expr(env, routine->defaults.items[input - first], NULL, 0, out);
}

static bool is_wanted(const struct arguments *which, char mode)
{
    if (which->only_mode || mode == 't')
        return which->only_mode == mode;
    return which->all || mode != 'o';
}

static char mode_at(const struct sql_routine *routine, uint32_t at)
{
    if (routine->all_count)
        return routine->modes[at];
    return routine->variadic_element && at + 1U == routine->arg_count ? 'v' : 'i';
}

static bool add_arguments(struct sql_env *env, const struct sql_routine *routine,
                          const struct arguments *which, struct sql_bytes *out)
{
    uint32_t count = routine->all_count ? routine->all_count : routine->arg_count, input = 0;
    const uint32_t *types = routine->all_count ? routine->all_types : routine->arg_types;
    bool ordered = routine->aggregate && routine->aggregate->kind != 'n';
    bool first = true, repeated = false;
    for (uint32_t i = 0; i < count; i++) {
        char mode = mode_at(routine, i);
        if (!is_wanted(which, mode)) {
            input += is_input(mode);
            continue;
        }
        if (ordered && input == routine->aggregate->direct_count) {
            sql_bytes_add_str(out, first ? "ORDER BY " : " ORDER BY ");
            first = true;
        }
        sql_bytes_add_str(out, first ? "" : ", ");
        first = false;
        sql_bytes_add_str(out, mode_word(routine, mode));
        if (routine->names && i < routine->name_count && routine->names[i].len) {
            pg_quote_name(out, routine->names[i]);
            sql_bytes_add_char(out, ' ');
        }
        pg_format_type(env->session, out, types[i], -1, PG_TYPE_NO_TYPMOD);
        if (is_input(mode) && which->defaults && !add_default(env, routine, input, out))
            return false;
        input += is_input(mode);
        /* Of a variadic ordered-set aggregate the one argument stands for both lists. */
        if (ordered && i + 1 == count && input == routine->aggregate->direct_count && !repeated) {
            repeated = true;
            i--;
        }
    }
    return true;
}

/* ---- result */

static bool has_table(const struct sql_routine *routine)
{
    for (uint16_t i = 0; i < routine->all_count; i++)
        if (routine->modes[i] == 't')
            return true;
    return false;
}

static bool add_result(struct sql_env *env, const struct sql_routine *routine,
                       struct sql_bytes *out)
{
    if (has_table(routine)) {
        const struct arguments columns = {.only_mode = 't'};
        sql_bytes_add_str(out, "TABLE(");
        if (!add_arguments(env, routine, &columns, out))
            return false;
        sql_bytes_add_char(out, ')');
        return true;
    }
    sql_bytes_add_str(out, routine->returns_set ? "SETOF " : "");
    pg_format_type(env->session, out, routine->result_type, -1, PG_TYPE_NO_TYPMOD);
    return true;
}

/* ---- what follows the result */

static void add_number(struct sql_bytes *out, const char *word, double number)
{
    sql_bytes_printf(out, " %s %g", word, number);
}

static double usual_cost(struct slice language)
{
    return slice_eq_str(language, "internal") || slice_eq_str(language, "c") ? 1 : 100;
}

static void add_attributes(struct sql_env *env, const struct sql_routine *routine,
                           struct slice language, struct sql_bytes *out)
{
    size_t begin = out->len;
    const struct {
        bool is;
        const char *text;
    } words[] = {
        {routine->kind == SQL_ROUTINE_WINDOW, " WINDOW"             },
        {routine->volatility == 'i',          " IMMUTABLE"          },
        {routine->volatility == 's',          " STABLE"             },
        {routine->parallel == 's',            " PARALLEL SAFE"      },
        {routine->parallel == 'r',            " PARALLEL RESTRICTED"},
        {routine->strict,                     " STRICT"             },
        {routine->security_definer,           " SECURITY DEFINER"   },
        {routine->leakproof,                  " LEAKPROOF"          },
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        sql_bytes_add_str(out, words[i].is ? words[i].text : "");
    if ((double)routine->cost != usual_cost(language))
        add_number(out, "COST", (double)routine->cost);
    if (routine->rows > 0 && routine->rows != 1000)
        add_number(out, "ROWS", (double)routine->rows);
    if (routine->support) {
        const struct sql_routine *support = sql_find_routine_id(env->session, routine->support);
        sql_bytes_add_str(out, " SUPPORT ");
        if (support)
            pg_deparse_routine_name(env, support, out);
    }
    if (out->len != begin)
        sql_bytes_add_char(out, '\n');
}

static void add_setting(struct sql_env *env, struct slice setting, struct sql_bytes *out)
{
    size_t at = 0;
    while (at < setting.len && setting.ptr[at] != '=')
        at++;
    struct slice name = slice_of(setting.ptr, at), value = slice_from(setting, at + 1);
    struct slice items[LIST_MAX];
    sql_bytes_add_str(out, " SET ");
    pg_quote_name(out, name);
    sql_bytes_add_str(out, " TO ");
    int count = pg_setting_flags(name) & PG_SETTING_LIST_QUOTE
                    ? pg_name_list_split(value, env->arena, items, LIST_MAX)
                    : -1;
    if (count < 0 || count > LIST_MAX) {
        pg_quote_text(out, value);
    } else {
        for (int i = 0; i < count; i++) {
            sql_bytes_add_str(out, i ? ", " : "");
            pg_quote_text(out, items[i]);
        }
        sql_bytes_add_str(out, count ? "" : "''");
    }
    sql_bytes_add_char(out, '\n');
}

/* ---- body */

/* A dollar quote that the text does not hold. */
static void add_quoted_body(struct sql_bytes *out, const struct sql_routine *routine)
{
    struct sql_bytes tag = {.arena = out->arena};
    sql_bytes_add_str(&tag, routine->kind == SQL_ROUTINE_PROCEDURE ? "$procedure" : "$function");
    while (sql_text_find(routine->source, sql_bytes_slice(&tag)) != SIZE_MAX)
        sql_bytes_add_char(&tag, 'x');
    sql_bytes_add_char(&tag, '$');
    sql_bytes_add_slice(out, sql_bytes_slice(&tag));
    sql_bytes_add_slice(out, routine->source);
    sql_bytes_add_slice(out, sql_bytes_slice(&tag));
}

static bool add_sql_body(struct sql_env *env, const struct sql_routine *routine,
                         struct sql_bytes *out)
{
    if (slice_eq_str(routine->source, "RETURN")) {
        sql_bytes_add_str(out, "RETURN ");
        return pg_deparse_routine_expr(env, routine, routine->body[0]->targets[0].expr, out);
    }
    sql_bytes_add_str(out, "BEGIN ATOMIC\n");
    for (uint16_t i = 0; i < routine->body_count; i++) {
        if (!pg_deparse_routine_query(env, routine, routine->body[i], out))
            return false;
        sql_bytes_add_str(out, ";\n");
    }
    sql_bytes_add_str(out, "END");
    return true;
}

static bool add_body(struct sql_env *env, const struct sql_routine *routine, struct sql_bytes *out)
{
    if (routine->body_count) {
        if (!add_sql_body(env, routine, out))
            return false;
    } else {
        sql_bytes_add_str(out, "AS ");
        if (routine->binary.len) {
            pg_quote_text(out, routine->binary);
            sql_bytes_add_str(out, ", ");
        }
        add_quoted_body(out, routine);
    }
    sql_bytes_add_char(out, '\n');
    return true;
}

/* ---- the whole */

static struct slice language_name(struct sql_session *session, uint32_t id)
{
    const struct sql_dialect *dialect = session->dialect;
    for (uint32_t i = 0; i < dialect->languages_count; i++)
        if (dialect->languages[i].id == id)
            return slice_str(dialect->languages[i].name);
    const struct sql_object *stored = sql_find_object(session, dialect->classes_of.language, id);
    return stored ? stored->name : slice_str("");
}

static bool define_routine(struct sql_env *env, const struct sql_routine *routine,
                           struct sql_bytes *out)
{
    const struct arguments all = {.all = true, .defaults = true};
    bool procedure = routine->kind == SQL_ROUTINE_PROCEDURE;
    struct slice language = language_name(env->session, routine->language);
    sql_bytes_printf(out, "CREATE OR REPLACE %s ", procedure ? "PROCEDURE" : "FUNCTION");
    pg_quote_qualified(env->session, out, routine->object.schema, routine->object.name);
    sql_bytes_add_char(out, '(');
    if (!add_arguments(env, routine, &all, out))
        return false;
    sql_bytes_add_str(out, procedure ? ")\n" : ")\n RETURNS ");
    if (!procedure && !add_result(env, routine, out))
        return false;
    sql_bytes_add_str(out, procedure ? " LANGUAGE " : "\n LANGUAGE ");
    pg_quote_name(out, language);
    sql_bytes_add_char(out, '\n');
    add_attributes(env, routine, language, out);
    for (uint16_t i = 0; i < routine->setting_count; i++)
        add_setting(env, routine->settings[i], out);
    return add_body(env, routine, out);
}

static const struct sql_routine *find(struct sql_call *call, const struct datum *args)
{
    return sql_find_routine_id(call->env->session, (uint32_t)args[0].u);
}

static bool get_functiondef(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct sql_routine *routine = find(call, args);
    struct sql_bytes text = sql_bytes_begin(call);
    if (!routine)
        return sql_give_null(out);
    if (routine->kind == SQL_ROUTINE_AGGREGATE)
        return sql_fail(call->env->error, "42809", "\"" SLICE_FMT "\" is an aggregate function",
                        SLICE_ARG(routine->object.name));
    return define_routine(call->env, routine, &text) && sql_give_bytes(call, out, &text);
}

static bool give_arguments(struct sql_call *call, const struct datum *args,
                           const struct arguments *which, struct datum *out)
{
    const struct sql_routine *routine = find(call, args);
    struct sql_bytes text = sql_bytes_begin(call);
    if (!routine)
        return sql_give_null(out);
    return add_arguments(call->env, routine, which, &text) && sql_give_bytes(call, out, &text);
}

static bool get_arguments(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct arguments which = {.all = true, .defaults = true};
    return give_arguments(call, args, &which, out);
}

static bool get_identity_arguments(struct sql_call *call, const struct datum *args,
                                   struct datum *out)
{
    const struct arguments which = {.all = true};
    return give_arguments(call, args, &which, out);
}

static bool get_result(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct sql_routine *routine = find(call, args);
    struct sql_bytes text = sql_bytes_begin(call);
    if (!routine || routine->kind == SQL_ROUTINE_PROCEDURE)
        return sql_give_null(out);
    return add_result(call->env, routine, &text) && sql_give_bytes(call, out, &text);
}

/* The number counts all arguments from 1; OUT ones have no default. */
static bool get_arg_default(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct sql_routine *routine = find(call, args);
    struct sql_bytes text = sql_bytes_begin(call);
    uint32_t count = !routine ? 0 : routine->all_count ? routine->all_count : routine->arg_count;
    uint32_t wanted = (uint32_t)args[1].i, input = 0;
    if (wanted < 1 || wanted > count || !is_input(mode_at(routine, wanted - 1)))
        return sql_give_null(out);
    for (uint32_t i = 0; i + 1 < wanted; i++)
        input += is_input(mode_at(routine, i));
    uint32_t first = (uint32_t)routine->arg_count - routine->default_count;
    if (input < first)
        return sql_give_null(out);
    return pg_deparse_expr(call->env, routine->defaults.items[input - first], NULL, 0, &text) &&
           sql_give_bytes(call, out, &text);
}

static bool get_sqlbody(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct sql_routine *routine = find(call, args);
    struct sql_bytes text = sql_bytes_begin(call);
    if (!routine || !routine->body_count)
        return sql_give_null(out);
    return add_sql_body(call->env, routine, &text) && sql_give_bytes(call, out, &text);
}

const struct sql_builtin pg_routine_definition_functions[] = {
    {"pg_get_functiondef",                 get_functiondef       },
    {"pg_get_function_arguments",          get_arguments         },
    {"pg_get_function_identity_arguments", get_identity_arguments},
    {"pg_get_function_result",             get_result            },
    {"pg_get_function_arg_default",        get_arg_default       },
    {"pg_get_function_sqlbody",            get_sqlbody           },
    {NULL,                                 NULL                  },
};
