/* Would a text be a value of a type? And what types are called. */
#include "emulators/postgres/functions/functions.h"
#include "emulators/postgres/syntax/parse.h"
#include "emulators/sql/analyze/analyze.h"
#include "emulators/sql/syntax/ast.h"

/* The type of a name with its modifier; 42704 when there is none. */
static const struct sql_type *named_type(struct sql_call *call, struct slice text, int32_t *typmod)
{
    struct ast_type_name *name;
    uint32_t type;
    if (!pg_parse_type_name(call->arena, text, &pg_parse_options_default, &name,
                            call->env->error) ||
        !sql_analyze_type_name(call->env, &name->node, &type, typmod)) {
        call->env->error->position = 0; /* it is one of the name */
        return NULL;
    }
    return sql_call_find_type(call, type);
}

/* Errors that say nothing of the text: resources, interruptions, our own. */
bool pg_error_is_of_input(const struct sql_error *error)
{
    static const char *const classes[] = {"53", "54", "57", "58", "XX", "0A"};
    for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++)
        if (memcmp(error->sqlstate, classes[i], 2) == 0)
            return false;
    return true;
}

/* Reads the text as that type. *problem: what is wrong with it, its code empty: nothing. */
static bool try_input(struct sql_call *call, const struct datum *args, struct sql_error *problem)
{
    struct sql_error *error = call->env->error, before = *error;
    int32_t typmod;
    struct datum value;
    const struct sql_type *type = named_type(call, datum_slice(args[1]), &typmod);
    *problem = (struct sql_error){0};
    if (!type)
        return false;
    if (sql_type_input(call, type, datum_slice(args[0]), typmod, &value))
        return true;
    if (!pg_error_is_of_input(error))
        return false;
    *problem = *error;
    *error = before;
    return true;
}

static bool input_is_valid(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_error problem;
    *out = datum_bool(true);
    if (!try_input(call, args, &problem))
        return false;
    *out = datum_bool(problem.sqlstate[0] == 0);
    return true;
}

static struct datum text_or_null(struct slice text)
{
    return text.ptr ? datum_bytes(text) : datum_null();
}

/* message, detail, hint, code: NULLs when nothing is wrong */
static bool input_error_info(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_error problem;
    if (!try_input(call, args, &problem))
        return false;
    struct slice code = arena_dup(call->arena, slice_str(problem.sqlstate));
    const struct datum row[] = {
        text_or_null(problem.message),
        text_or_null(problem.detail),
        text_or_null(problem.hint),
        code.len ? datum_bytes(code) : datum_null(),
    };
    return pg_call_give_row(call, row, 4, out);
}

static bool to_regtypemod(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_error *error = call->env->error, before = *error;
    int32_t typmod;
    if (named_type(call, datum_slice(args[0]), &typmod)) {
        *out = datum_int(typmod);
        return true;
    }
    *out = datum_null();
    if (strcmp(error->sqlstate, "42704") != 0)
        return false;
    *error = before;
    return true;
}

static bool basetype(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct sql_type *type = call->env->find_type(call->env, (uint32_t)args[0].u);
    while (type && type->kind == SQL_TYPE_DOMAIN)
        type = call->env->find_type(call->env, type->base);
    *out = type ? datum_int(type->id) : datum_null();
    return true;
}

const struct sql_builtin pg_input_functions[] = {
    {"pg_basetype",         basetype        },
    {"pg_input_error_info", input_error_info},
    {"pg_input_is_valid",   input_is_valid  },
    {"to_regtypemod",       to_regtypemod   },
    {NULL,                  NULL            },
};
