/* Parameters of routines. */
#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/ddl/resolve.h"
#include "emulators/postgres/ddl/routine_def.h"
#include "emulators/sql/analyze/analyze.h"
#include "emulators/sql/syntax/ast_object.h"

/* Parameters while they are read. */
struct reading {
    struct pg_ddl *ddl;
    const char *what; /* function, procedure, aggregate */
    struct sql_routine *routine;
    uint32_t *inputs, *all;
    char *modes;
    struct slice *names;
    struct sql_expr **defaults;
    uint32_t result;
    uint16_t outs;
    bool named, variadic, plain /* all are IN */;
};

static bool fail(struct reading *reading, const char *text)
{
    return sql_fail(reading->ddl->env->error, "42P13", "%s", text);
}

static char mode_of(enum ast_parameter_mode mode)
{
    switch (mode) {
    case AST_PARAMETER_OUT: return 'o';
    case AST_PARAMETER_INOUT: return 'b';
    case AST_PARAMETER_VARIADIC: return 'v';
    case AST_PARAMETER_TABLE: return 't';
    default: return 'i';
    }
}

static bool find_type(struct reading *reading, const struct ast_type_name *name, uint32_t *out)
{
    struct pg_ddl *ddl = reading->ddl;
    int32_t typmod;
    const struct ast_names *names = &name->names;
    struct slice schema = names->count > 1 ? names->items[names->count - 2] : slice_of(NULL, 0);
    bool there = name->percent_type || (schema.ptr && !sql_find_schema(ddl->session, schema)) ||
                 sql_find_type(ddl->session, schema, names->items[names->count - 1]);
    if (!there)
        return sql_fail(ddl->env->error, "42704", "type " SLICE_FMT "%s does not exist",
                        SLICE_ARG(pg_ddl_names_text(ddl, names)),
                        name->array_dimensions ? "[]" : "");
    if (!sql_analyze_type_or_shell(ddl->env, &name->node, out, &typmod)) {
        ddl->env->error->position = 0;
        return false;
    }
    if (!pg_name_type_usage(ddl, *out))
        return false;
    if (name->percent_type)
        pg_ddl_notice(ddl, "00000", "type reference " SLICE_FMT "%%TYPE converted to " SLICE_FMT,
                      SLICE_ARG(pg_ddl_names_text(ddl, names)),
                      SLICE_ARG(pg_type_text(ddl->session, ddl->arena, *out)));
    const struct sql_type_object *object = sql_find_type_object(ddl->session, *out);
    if (object && object->shell && reading->routine->language == PG_LANGUAGE_SQL)
        return sql_fail(ddl->env->error, "42P13",
                        "SQL function cannot accept shell type " SLICE_FMT,
                        SLICE_ARG(object->object.name));
    if (object && object->shell)
        pg_ddl_notice(ddl, "42809", "argument type " SLICE_FMT " is only a shell",
                      SLICE_ARG(object->object.name));
    return true;
}

/* What the array elements of VARIADIC are; 0: it is no array. */
static uint32_t variadic_element(struct pg_ddl *ddl, uint32_t type)
{
    const struct sql_type_ids *ids = &ddl->session->dialect->types_of;
    if (type == ids->anyarray)
        return ids->anyelement;
    if (type == ids->anycompatiblearray)
        return ids->anycompatible;
    if (type == ids->any)
        return ids->any;
    const struct sql_type *found = sql_find_type_id(ddl->session, type);
    return found && found->len == -1 ? found->element : 0;
}

static bool check_name(struct reading *reading, uint32_t count, struct slice name, char mode)
{
    bool out = mode == 'o' || mode == 't', in = mode == 'i' || mode == 'v';
    for (uint32_t i = 0; name.len && i < count; i++) {
        char other = reading->modes[i];
        bool other_out = other == 'o' || other == 't', other_in = other == 'i' || other == 'v';
        /* An input and an output of one name do not meet. */
        if ((out && other_in) || (in && other_out))
            continue;
        if (slice_eq(reading->names[i], name))
            return sql_fail(reading->ddl->env->error, "42P13",
                            "parameter name \"" SLICE_FMT "\" used more than once",
                            SLICE_ARG(name));
    }
    return true;
}

/* ---- defaults */

static bool is_polymorphic(struct pg_ddl *ddl, uint32_t type)
{
    const struct sql_type *found = sql_find_type_id(ddl->session, type);
    return found && found->kind == SQL_TYPE_PSEUDO;
}

static bool coerce_default(struct pg_ddl *ddl, const struct ast_node *node, uint32_t type,
                           struct sql_expr **expr)
{
    uint32_t given = (*expr)->type;
    if (is_polymorphic(ddl, type) || given == type)
        return true;
    if (sql_coerce_assign(ddl->env, expr, type, -1, SQL_ASSIGN_VALUE, slice_str("")))
        return true;
    struct sql_error *error = ddl->env->error;
    if (strcmp(error->sqlstate, "42804") != 0)
        return false;
    error->hint = slice_of(NULL, 0);
    return sql_fail_at(error, ast_location(node), "42804",
                       "argument of DEFAULT must be type " SLICE_FMT ", not type " SLICE_FMT,
                       SLICE_ARG(pg_type_text(ddl->session, ddl->arena, type)),
                       SLICE_ARG(pg_type_text(ddl->session, ddl->arena, given)));
}

static bool add_default(struct reading *reading, const struct ast_func_parameter *ast,
                        uint32_t type, bool input)
{
    struct pg_ddl *ddl = reading->ddl;
    struct sql_routine *routine = reading->routine;
    if (!ast->default_value) {
        if (!routine->defaults.count)
            return true;
        if (input)
            return fail(reading,
                        "input parameters after one with a default value must also have defaults");
        bool procedure = routine->kind == SQL_ROUTINE_PROCEDURE;
        return !procedure || fail(reading, "procedure OUT parameters cannot appear after one with "
                                           "a default value");
    }
    if (!input)
        return fail(reading, "only input parameters can have default values");
    struct sql_expr *expr;
    if (!sql_analyze_expr(ddl->env, ast->default_value, NULL, slice_of(NULL, 0),
                          SQL_PLACE_ROUTINE_DEFAULT, NULL, &expr) ||
        !coerce_default(ddl, ast->default_value, type, &expr))
        return false;
    reading->defaults[routine->defaults.count++] = expr;
    return true;
}

/* ---- one after the other */

static bool add_input(struct reading *reading, char mode, uint32_t type)
{
    struct sql_routine *routine = reading->routine;
    if (reading->variadic)
        return fail(reading, "VARIADIC parameter must be the last input parameter");
    reading->inputs[routine->arg_count++] = type;
    if (mode != 'v')
        return true;
    reading->variadic = true;
    routine->variadic_element = variadic_element(reading->ddl, type);
    return routine->variadic_element || fail(reading, "VARIADIC parameter must be an array");
}

static bool read_one(struct reading *reading, const struct ast_func_parameter *ast)
{
    struct sql_routine *routine = reading->routine;
    char mode = mode_of(ast->mode);
    bool input = mode == 'i' || mode == 'b' || mode == 'v';
    uint32_t type;
    if (!find_type(reading, ast->type, &type))
        return false;
    if (ast->type->setof)
        return sql_fail(reading->ddl->env->error, "42P13", "%ss cannot accept set arguments",
                        reading->what);
    if (input && !add_input(reading, mode, type))
        return false;
    if (mode != 'i' && mode != 'v') {
        if (mode == 'o' && reading->variadic && routine->kind == SQL_ROUTINE_PROCEDURE)
            return fail(reading, "VARIADIC parameter must be the last parameter");
        reading->result = reading->outs++ ? reading->ddl->session->dialect->types_of.record : type;
    }
    reading->plain &= mode == 'i';
    reading->named |= ast->name.len > 0;
    if (!check_name(reading, routine->all_count, ast->name, mode))
        return false;
    reading->all[routine->all_count] = type;
    reading->modes[routine->all_count] = mode;
    reading->names[routine->all_count] = ast->name.ptr ? ast->name : slice_of("", 0);
    routine->all_count++;
    return add_default(reading, ast, type, input);
}

bool pg_routine_parameters(struct pg_ddl *ddl, const struct ast_list *parameters, const char *what,
                           struct sql_routine *routine, uint32_t *out_result)
{
    uint32_t count = parameters->count;
    struct reading reading = {
        .ddl = ddl,
        .what = what,
        .routine = routine,
        .plain = true,
        .inputs = arena_array(ddl->arena, count, sizeof(uint32_t)),
        .all = arena_array(ddl->arena, count, sizeof(uint32_t)),
        .modes = arena_alloc(ddl->arena, count + 1),
        .names = arena_array(ddl->arena, count, sizeof(struct slice)),
        .defaults = arena_array(ddl->arena, count, sizeof(struct sql_expr *)),
    };
    if (!reading.inputs || !reading.all || !reading.modes || !reading.names || !reading.defaults)
        return sql_fail_memory(ddl->env->error);
    if (count > 100)
        return sql_fail(ddl->env->error, "54023", "%ss cannot have more than 100 arguments", what);
    for (uint32_t i = 0; i < count; i++)
        if (!read_one(&reading, AST_AS(func_parameter, parameters->items[i])))
            return false;
    bool record = routine->kind == SQL_ROUTINE_PROCEDURE && reading.outs;
    *out_result = record ? ddl->session->dialect->types_of.record : reading.result;
    reading.modes[count] = '\0';
    routine->arg_types = reading.inputs;
    routine->defaults.items = reading.defaults;
    routine->default_count = (uint16_t)routine->defaults.count;
    routine->names = reading.named ? reading.names : NULL;
    routine->name_count = reading.named ? (uint16_t)count : 0;
    routine->all_count = reading.plain ? 0 : (uint16_t)count;
    routine->all_types = reading.plain ? NULL : reading.all;
    routine->modes = reading.plain ? NULL : reading.modes;
    return true;
}

/* ---- results that arguments decide */

static bool takes(const struct sql_routine *routine, const uint32_t *types, size_t count)
{
    for (uint16_t i = 0; i < routine->arg_count; i++)
        for (size_t t = 0; t < count; t++)
            if (types[t] && routine->arg_types[i] == types[t])
                return true;
    return false;
}

bool pg_routine_check_type(struct pg_ddl *ddl, const struct sql_routine *routine, uint32_t type,
                           const char *sqlstate, const char *what)
{
    const struct sql_type_ids *ids = &ddl->session->dialect->types_of;
    const uint32_t ranges[] = {ids->anyrange, ids->anymultirange};
    const uint32_t elements[] = {ids->anyelement, ids->anyarray, ids->anynonarray,
                                 ids->anyenum,    ids->anyrange, ids->anymultirange};
    const uint32_t compatible_ranges[] = {ids->anycompatiblerange, ids->anycompatiblemultirange};
    const uint32_t compatible[] = {ids->anycompatible, ids->anycompatiblearray,
                                   ids->anycompatiblenonarray, ids->anycompatiblerange,
                                   ids->anycompatiblemultirange};
    const uint32_t internal[] = {ids->internal};
    const struct {
        const uint32_t *results, *arguments;
        size_t result_count, argument_count;
        const char *list;
    } rules[] = {
        {ranges,            ranges,            2, 2, "anyrange or anymultirange" },
        {elements,          elements,          4, 6,
         "anyelement, anyarray, anynonarray, anyenum, anyrange, or anymultirange"},
        {compatible_ranges, compatible_ranges, 2, 2,
         "anycompatiblerange or anycompatiblemultirange"                         },
        {compatible,        compatible,        3, 5,
         "anycompatible, anycompatiblearray, anycompatiblenonarray, anycompatiblerange, or "
         "anycompatiblemultirange"                                               },
        {internal,          internal,          1, 1, "internal"                  },
    };
    for (size_t r = 0; r < sizeof rules / sizeof *rules; r++)
        for (size_t i = 0; i < rules[r].result_count; i++) {
            if (type != rules[r].results[i])
                continue;
            if (takes(routine, rules[r].arguments, rules[r].argument_count))
                return true;
            if (type == ids->internal)
                sql_fail(ddl->env->error, "42P13", "unsafe use of pseudo-type \"internal\"");
            else
                sql_fail(ddl->env->error, sqlstate, "cannot determine %s data type", what);
            return sql_detail(
                ddl->env->error,
                "A result of type " SLICE_FMT " requires at least one input of type %s.",
                SLICE_ARG(pg_type_text(ddl->session, ddl->arena, type)), rules[r].list);
        }
    return true;
}

bool pg_routine_check_result(struct pg_ddl *ddl, const struct sql_routine *routine)
{
    if (!pg_routine_check_type(ddl, routine, routine->result_type, "42P13", "result"))
        return false;
    for (uint16_t i = 0; i < routine->all_count; i++) {
        bool out = routine->modes[i] != 'i' && routine->modes[i] != 'v';
        if (out && !pg_routine_check_type(ddl, routine, routine->all_types[i], "42P13", "result"))
            return false;
    }
    return true;
}
