/* CREATE AGGREGATE. */
#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/ddl/define.h"
#include "emulators/postgres/ddl/resolve.h"
#include "emulators/postgres/ddl/routine_def.h"
#include "emulators/sql/analyze/analyze.h"
#include "emulators/sql/catalog/find.h"

enum option {
    SFUNC,
    FINALFUNC,
    COMBINEFUNC,
    SERIALFUNC,
    DESERIALFUNC,
    MSFUNC,
    MINVFUNC,
    MFINALFUNC,
    FINALFUNC_EXTRA,
    MFINALFUNC_EXTRA,
    FINALFUNC_MODIFY,
    MFINALFUNC_MODIFY,
    SORTOP,
    BASETYPE,
    HYPOTHETICAL,
    STYPE,
    SSPACE,
    MSTYPE,
    MSSPACE,
    INITCOND,
    MINITCOND,
    PARALLEL,
    OPTION_COUNT
};

static const struct {
    const char *name;
    enum option option;
} option_names[] = {
    {"sfunc",             SFUNC            },
    {"sfunc1",            SFUNC            },
    {"finalfunc",         FINALFUNC        },
    {"combinefunc",       COMBINEFUNC      },
    {"serialfunc",        SERIALFUNC       },
    {"deserialfunc",      DESERIALFUNC     },
    {"msfunc",            MSFUNC           },
    {"minvfunc",          MINVFUNC         },
    {"mfinalfunc",        MFINALFUNC       },
    {"finalfunc_extra",   FINALFUNC_EXTRA  },
    {"mfinalfunc_extra",  MFINALFUNC_EXTRA },
    {"finalfunc_modify",  FINALFUNC_MODIFY },
    {"mfinalfunc_modify", MFINALFUNC_MODIFY},
    {"sortop",            SORTOP           },
    {"basetype",          BASETYPE         },
    {"hypothetical",      HYPOTHETICAL     },
    {"stype",             STYPE            },
    {"stype1",            STYPE            },
    {"sspace",            SSPACE           },
    {"mstype",            MSTYPE           },
    {"msspace",           MSSPACE          },
    {"initcond",          INITCOND         },
    {"initcond1",         INITCOND         },
    {"minitcond",         MINITCOND        },
    {"parallel",          PARALLEL         },
};

/* An aggregate that is being defined. */
struct defining {
    struct pg_ddl *ddl;
    const struct ast_define *ast;
    const struct ast_option *options[OPTION_COUNT]; /* NULL: not written */
    struct sql_routine routine;
    struct sql_aggregate aggregate;
    uint32_t *types;      /* room for the state and all arguments */
    uint32_t moved_count; /* how many of them the transition function gets, with the state */
    uint32_t result;
};

static bool fail(struct defining *d, const char *message)
{
    return sql_fail(d->ddl->env->error, "42P13", "%s", message);
}

static struct slice name_of_type(struct defining *d, uint32_t type)
{
    return pg_type_text(d->ddl->session, d->ddl->arena, type);
}

/* ---- options */

static void sort_options(struct defining *d)
{
    const size_t known = sizeof option_names / sizeof *option_names;
    for (uint32_t i = 0; i < d->ast->options.count; i++) {
        const struct ast_option *option = AST_AS(option, d->ast->options.items[i]);
        size_t n = 0;
        while (n < known && !slice_eq_str(option->name, option_names[n].name))
            n++;
        if (n < known)
            d->options[option_names[n].option] = option;
        else
            pg_ddl_warning(d->ddl, "42601", "aggregate attribute \"" SLICE_FMT "\" not recognized",
                           SLICE_ARG(option->name));
    }
}

static bool check_moving(struct defining *d)
{
    static const struct {
        enum option option;
        const char *with, *without; /* NULL: nothing is wrong */
    } rules[] = {
        {MSFUNC,     "aggregate msfunc must be specified when mstype is specified",
         "aggregate msfunc must not be specified without mstype"                                                                                 },
        {MINVFUNC,   "aggregate minvfunc must be specified when mstype is specified",
         "aggregate minvfunc must not be specified without mstype"                                                                               },
        {MFINALFUNC, NULL,                                                            "aggregate mfinalfunc must not be specified without mstype"},
        {MSSPACE,    NULL,                                                            "aggregate msspace must not be specified without mstype"   },
        {MINITCOND,  NULL,                                                            "aggregate minitcond must not be specified without mstype" },
    };
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        const char *wrong = d->options[MSTYPE] ? rules[i].with : rules[i].without;
        if (wrong && !d->options[MSTYPE] == !!d->options[rules[i].option])
            return fail(d, wrong);
    }
    return true;
}

/* flag: where the option's value goes, which stays as it is without the option. */
static bool read_flag(struct defining *d, enum option option, bool *flag)
{
    return !d->options[option] || pg_option_flag(d->ddl, d->options[option], flag);
}

static bool read_size(struct defining *d, enum option option, int32_t *size)
{
    return !d->options[option] || pg_option_integer(d->ddl, d->options[option], size);
}

struct word {
    const char *text;
    char letter;
};

static bool read_word(struct defining *d, enum option option, const struct word words[3], char *out)
{
    static const char *const lists[] = {"READ_ONLY, SHAREABLE, or READ_WRITE",
                                        "SAFE, RESTRICTED, or UNSAFE"};
    if (!d->options[option])
        return true;
    for (size_t i = 0; i < 3; i++)
        if (slice_eq_str(pg_option_string(d->ddl, d->options[option]), words[i].text)) {
            *out = words[i].letter;
            return true;
        }
    return sql_fail(d->ddl->env->error, "42601", "parameter \"" SLICE_FMT "\" must be %s",
                    SLICE_ARG(d->options[option]->name), lists[option == PARALLEL]);
}

static bool read_settings(struct defining *d)
{
    static const struct word modes[] = {
        {"read_only",  'r'},
        {"shareable",  's'},
        {"read_write", 'w'}
    };
    static const struct word parallel[] = {
        {"safe",       's'},
        {"restricted", 'r'},
        {"unsafe",     'u'}
    };
    struct sql_aggregate *aggregate = &d->aggregate;
    bool hypothetical = false;
    if (!read_flag(d, HYPOTHETICAL, &hypothetical))
        return false;
    if (hypothetical && d->ast->direct_args < 0)
        return fail(d, "only ordered-set aggregates can be hypothetical");
    aggregate->kind = d->ast->direct_args < 0 ? 'n' : hypothetical ? 'h' : 'o';
    aggregate->direct_count = d->ast->direct_args < 0 ? 0 : (uint16_t)d->ast->direct_args;
    aggregate->final_modify = aggregate->moving_final_modify = aggregate->kind == 'n' ? 'r' : 'w';
    return read_flag(d, FINALFUNC_EXTRA, &aggregate->final_extra) &&
           read_flag(d, MFINALFUNC_EXTRA, &aggregate->moving_final_extra) &&
           read_word(d, FINALFUNC_MODIFY, modes, &aggregate->final_modify) &&
           read_word(d, MFINALFUNC_MODIFY, modes, &aggregate->moving_final_modify) &&
           read_size(d, SSPACE, &aggregate->state_size) &&
           read_size(d, MSSPACE, &aggregate->moving_state_size) &&
           read_word(d, PARALLEL, parallel, &d->routine.parallel);
}

/* ---- types */

/* Old style: basetype says the only argument. */
static bool set_arguments(struct defining *d)
{
    struct pg_ddl *ddl = d->ddl;
    const struct ast_option *base = d->options[BASETYPE];
    uint32_t ignored, *types;
    if (!d->ast->old_style)
        return base ? fail(d, "basetype is redundant with aggregate input type specification")
                    : pg_routine_parameters(ddl, &d->ast->args, "aggregate", &d->routine, &ignored);
    if (!base)
        return fail(d, "aggregate input type must be specified");
    if (slice_eq_nocase(pg_define_text(ddl, base), slice_str("any")))
        return true;
    types = arena_array(ddl->arena, 1, sizeof *types);
    if (!types)
        return sql_fail_memory(ddl->env->error);
    d->routine.arg_types = types;
    d->routine.arg_count = 1;
    return pg_define_type(ddl, base, &types[0]);
}

/* The type of a state, and whether its first value, a text, can be read as one. */
static bool set_state(struct defining *d, enum option option, enum option initial, uint32_t *out,
                      struct slice *out_initial)
{
    struct pg_ddl *ddl = d->ddl;
    if (!d->options[option])
        return true;
    if (!pg_define_type(ddl, d->options[option], out))
        return false;
    const struct sql_type *type = sql_find_type_id(ddl->session, *out);
    const struct sql_role *role = sql_find_role_id(ddl->session, ddl->session->role);
    bool pseudo = type->kind == SQL_TYPE_PSEUDO;
    bool internal = *out == ddl->session->dialect->types_of.internal;
    if (pseudo && !pg_routine_is_polymorphic(ddl, *out) && !(internal && role && role->superuser))
        return sql_fail(ddl->env->error, "42P13",
                        "aggregate transition data type cannot be " SLICE_FMT,
                        SLICE_ARG(name_of_type(d, *out)));
    if (!d->options[initial])
        return true;
    *out_initial = pg_option_string(ddl, d->options[initial]);
    struct sql_call call = {.env = ddl->env, .arena = ddl->arena, .result_type = type};
    struct datum value;
    return pseudo || sql_type_input(&call, type, *out_initial, -1, &value);
}

static bool check_serialization(struct defining *d)
{
    if (!d->options[SERIALFUNC] != !d->options[DESERIALFUNC])
        return fail(d, "must specify both or neither of serialization and deserialization "
                       "functions");
    if (d->options[SERIALFUNC] &&
        d->aggregate.state_type != d->ddl->session->dialect->types_of.internal)
        return fail(d, "serialization functions may be specified only when the aggregate "
                       "transition data type is internal");
    return true;
}

/* The state follows from the arguments, too. */
static bool check_polymorphic(struct defining *d, uint32_t state)
{
    return !state || state == d->ddl->session->dialect->types_of.internal ||
           pg_routine_check_type(d->ddl, &d->routine, state, "42P13", "transition");
}

/* Hypothetical values stand for sorted ones; what is variadic must take anything. */
static bool check_ordered(struct defining *d)
{
    const struct sql_routine *routine = &d->routine;
    uint32_t directs = d->aggregate.direct_count, sorted = routine->arg_count - directs;
    if (d->aggregate.kind == 'n')
        return true;
    if (routine->variadic_element &&
        routine->variadic_element != d->ddl->session->dialect->types_of.any)
        return sql_fail(d->ddl->env->error, "0A000",
                        "a variadic ordered-set aggregate must use VARIADIC type ANY");
    if (d->aggregate.kind != 'h' || sorted == 0)
        return true;
    bool alike = !routine->variadic_element && directs >= sorted &&
                 !memcmp(routine->arg_types + directs - sorted, routine->arg_types + directs,
                         sorted * sizeof *routine->arg_types);
    return alike || fail(d, "a hypothetical-set aggregate must have direct arguments matching its "
                            "aggregated arguments");
}

/* ---- functions */

static bool refuse_function(struct defining *d, enum option option, const uint32_t *types,
                            uint32_t count, const char *wrong)
{
    return sql_fail(d->ddl->env->error, "42804", "function " SLICE_FMT " %s",
                    SLICE_ARG(pg_ddl_signature(d->ddl, pg_define_text(d->ddl, d->options[option]),
                                               types, count)),
                    wrong);
}

/* The function of an option, called with the first `count` types. variadic: the aggregate's variadic
 * argument is among them. */
static bool find(struct defining *d, enum option option, uint32_t count, bool variadic,
                 struct sql_support_function *out)
{
    struct pg_ddl *ddl = d->ddl;
    struct slice schema, name;
    uint32_t any = ddl->session->dialect->types_of.any;
    if (!pg_define_names(ddl, d->options[option], &schema, &name) ||
        !sql_find_support_function(ddl->env, schema, name, d->types, count, out))
        return false;
    const struct sql_routine *routine = out->routine;
    if (!routine || routine->kind != SQL_ROUTINE_FUNCTION)
        return sql_fail(ddl->env->error, "42883", "function " SLICE_FMT " does not exist",
                        SLICE_ARG(pg_ddl_signature(ddl, pg_define_text(ddl, d->options[option]),
                                                   d->types, count)));
    if (routine->returns_set)
        return refuse_function(d, option, d->types, count, "returns a set");
    if (variadic && d->routine.variadic_element == any && routine->variadic_element != any)
        return refuse_function(d, option, d->types, count,
                               "must accept VARIADIC ANY to be used in this aggregate");
    for (uint32_t i = 0; i < count; i++)
        if (!pg_define_stands_for(ddl, d->types[i], out->types[i]))
            return refuse_function(d, option, out->types, count, "requires run-time type coercion");
    return pg_define_may_execute(ddl, routine);
}

static bool check_returns(struct defining *d, enum option option, const char *what,
                          uint32_t returned, uint32_t wanted)
{
    return returned == wanted ||
           sql_fail(d->ddl->env->error, "42804",
                    "return type of %s function " SLICE_FMT " is not " SLICE_FMT, what,
                    SLICE_ARG(pg_define_text(d->ddl, d->options[option])),
                    SLICE_ARG(name_of_type(d, wanted)));
}

/* Strict and without a first value: the first argument becomes the state. */
static bool check_first_value(struct defining *d, bool strict, struct slice initial, uint32_t state)
{
    return !strict || initial.ptr ||
           (d->routine.arg_count && pg_define_stands_for(d->ddl, d->routine.arg_types[0], state)) ||
           fail(d, "must not omit initial value when transition function is strict and transition "
                   "type is not compatible with input type");
}

/* types: the state, then what the transition function gets of the arguments. */
static void list_moved(struct defining *d, uint32_t state)
{
    uint32_t argc = d->routine.arg_count, directs = d->aggregate.direct_count;
    uint32_t count = directs == argc && d->aggregate.kind != 'n' ? 1 : argc - directs;
    d->types[0] = state;
    for (uint32_t i = 0; i < count; i++)
        d->types[1 + i] = d->routine.arg_types[argc - count + i];
    d->moved_count = count + 1;
}

static bool set_transition(struct defining *d, enum option option, uint32_t state,
                           struct slice initial, const struct sql_routine **out)
{
    struct sql_support_function found;
    list_moved(d, state);
    *out = NULL;
    if (!find(d, option, d->moved_count, true, &found) ||
        !check_returns(d, option, "transition", found.result, state))
        return false;
    *out = found.routine;
    return check_first_value(d, found.routine->strict, initial, state);
}

static bool set_transitions(struct defining *d)
{
    struct sql_aggregate *aggregate = &d->aggregate;
    const struct sql_routine *routine;
    struct sql_support_function inverse;
    if (!set_transition(d, SFUNC, aggregate->state_type, aggregate->initial, &routine))
        return false;
    aggregate->transition = routine->object.id;
    if (!aggregate->moving_state_type)
        return true;
    if (!set_transition(d, MSFUNC, aggregate->moving_state_type, aggregate->moving_initial,
                        &routine))
        return false;
    aggregate->moving_transition = routine->object.id;
    if (!find(d, MINVFUNC, d->moved_count, true, &inverse) ||
        !check_returns(d, MINVFUNC, "inverse transition", inverse.result,
                       aggregate->moving_state_type))
        return false;
    aggregate->inverse = inverse.routine->object.id;
    return inverse.routine->strict == routine->strict ||
           fail(d, "strictness of aggregate's forward and inverse transition functions must match");
}

/* The final function gets the state and the direct arguments, and for their types (extra) all of them.
 * Without one *out_result is the state's type. */
static bool set_final(struct defining *d, enum option option, uint32_t state, bool extra,
                      uint32_t *out, uint32_t *out_result)
{
    struct sql_support_function found;
    uint32_t argc = d->routine.arg_count, directs = d->aggregate.direct_count;
    *out_result = state;
    if (!d->options[option])
        return true;
    d->types[0] = state;
    for (uint32_t i = 0; i < argc; i++)
        d->types[1 + i] = d->routine.arg_types[i];
    if (!find(d, option, 1 + (extra ? argc : directs), extra || directs == argc, &found))
        return false;
    if (extra && found.routine->strict)
        return fail(d, "final function with extra arguments must not be declared STRICT");
    *out = found.routine->object.id;
    *out_result = found.result;
    return true;
}

static bool set_combine(struct defining *d)
{
    const struct sql_type_ids *ids = &d->ddl->session->dialect->types_of;
    uint32_t state = d->aggregate.state_type;
    struct sql_support_function found;
    if (!d->options[COMBINEFUNC])
        return true;
    d->types[0] = d->types[1] = state;
    if (!find(d, COMBINEFUNC, 2, false, &found) ||
        !check_returns(d, COMBINEFUNC, "combine", found.result, state))
        return false;
    if (state == ids->internal && found.routine->strict)
        return fail(d, "combine function with transition type internal must not be declared "
                       "STRICT");
    d->aggregate.combine = found.routine->object.id;
    return true;
}

static bool set_serialization(struct defining *d)
{
    const struct sql_type_ids *ids = &d->ddl->session->dialect->types_of;
    struct sql_support_function found;
    if (!d->options[SERIALFUNC])
        return true;
    d->types[0] = ids->internal;
    if (!find(d, SERIALFUNC, 1, false, &found) ||
        !check_returns(d, SERIALFUNC, "serialization", found.result, ids->bytea))
        return false;
    d->aggregate.serialize = found.routine->object.id;
    d->types[0] = ids->bytea;
    d->types[1] = ids->internal;
    if (!find(d, DESERIALFUNC, 2, false, &found) ||
        !check_returns(d, DESERIALFUNC, "deserialization", found.result, ids->internal))
        return false;
    d->aggregate.deserialize = found.routine->object.id;
    return true;
}

static bool set_results(struct defining *d)
{
    struct sql_aggregate *aggregate = &d->aggregate;
    uint32_t internal = d->ddl->session->dialect->types_of.internal, moving;
    if (!set_final(d, FINALFUNC, aggregate->state_type, aggregate->final_extra, &aggregate->final,
                   &d->result) ||
        !set_combine(d) || !set_serialization(d))
        return false;
    d->routine.result_type = d->result;
    if (!pg_routine_check_type(d->ddl, &d->routine, d->result,
                               d->result == internal ? "42P13" : "42804", "result"))
        return false;
    if (!aggregate->moving_state_type)
        return true;
    if (!set_final(d, MFINALFUNC, aggregate->moving_state_type, aggregate->moving_final_extra,
                   &aggregate->moving_final, &moving))
        return false;
    return moving == d->result ||
           sql_fail(d->ddl->env->error, "42P13",
                    "moving-aggregate implementation returns type " SLICE_FMT
                    ", but plain implementation returns type " SLICE_FMT,
                    SLICE_ARG(name_of_type(d, moving)), SLICE_ARG(name_of_type(d, d->result)));
}

static bool set_sort_operator(struct defining *d)
{
    struct slice schema, name;
    if (!d->options[SORTOP])
        return true;
    if (d->routine.arg_count != 1)
        return fail(d, "sort operator can only be specified for single-argument aggregates");
    if (!pg_define_names(d->ddl, d->options[SORTOP], &schema, &name))
        return false;
    uint32_t type = d->routine.arg_types[0];
    const struct sql_operator *found = sql_find_operator(d->ddl->session, name, type, type);
    if (!found)
        return sql_fail(d->ddl->env->error, "42883",
                        "operator does not exist: " SLICE_FMT " " SLICE_FMT " " SLICE_FMT,
                        SLICE_ARG(name_of_type(d, type)), SLICE_ARG(name),
                        SLICE_ARG(name_of_type(d, type)));
    d->aggregate.sort_op = found->object.id;
    return true;
}

/* ---- the statement */

static bool depend(struct defining *d)
{
    struct pg_ddl *ddl = d->ddl;
    const struct sql_class_ids *ids = pg_classes(ddl);
    const struct sql_aggregate *aggregate = &d->aggregate;
    struct sql_reference of = pg_whole(ids->routine, d->routine.object.id);
    const uint32_t functions[] = {aggregate->transition,        aggregate->final,
                                  aggregate->combine,           aggregate->serialize,
                                  aggregate->deserialize,       aggregate->inverse,
                                  aggregate->moving_transition, aggregate->moving_final};
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (functions[i] && !sql_depend(ddl->env, of, pg_whole(ids->routine, functions[i]), 'n'))
            return false;
    return !aggregate->sort_op ||
           sql_depend(ddl->env, of, pg_whole(ids->operator_, aggregate->sort_op), 'n');
}

static bool store(struct defining *d)
{
    struct pg_ddl *ddl = d->ddl;
    struct sql_routine *routine = &d->routine;
    const struct sql_routine *old = pg_routine_find(
        ddl, routine->object.schema, routine->object.name, routine->arg_types, routine->arg_count);
    if (old && !d->ast->replace)
        return sql_fail(ddl->env->error, "42723",
                        "function \"" SLICE_FMT "\" already exists with same argument types",
                        SLICE_ARG(routine->object.name));
    routine->aggregate = &d->aggregate;
    if (old && old->aggregate && old->aggregate->kind != d->aggregate.kind) {
        sql_fail(ddl->env->error, "42809", "cannot change routine kind");
        return sql_detail(ddl->env->error, "\"" SLICE_FMT "\" is %s.", SLICE_ARG(old->object.name),
                          old->aggregate->kind == 'n'   ? "an ordinary aggregate function"
                          : old->aggregate->kind == 'o' ? "an ordered-set aggregate"
                                                        : "a hypothetical-set aggregate");
    }
    return (!old || pg_routine_check_replace(ddl, routine, old)) &&
           pg_routine_store(ddl, routine, old) && depend(d);
}

static bool set_types(struct defining *d)
{
    struct sql_aggregate *aggregate = &d->aggregate;
    if (!set_arguments(d) ||
        !set_state(d, STYPE, INITCOND, &aggregate->state_type, &aggregate->initial) ||
        !check_serialization(d) ||
        !set_state(d, MSTYPE, MINITCOND, &aggregate->moving_state_type,
                   &aggregate->moving_initial) ||
        !check_polymorphic(d, aggregate->state_type) ||
        !check_polymorphic(d, aggregate->moving_state_type) || !check_ordered(d))
        return false;
    d->types = arena_array(d->ddl->arena, d->routine.arg_count + 2u, sizeof *d->types);
    return d->types || sql_fail_memory(d->ddl->env->error);
}

bool pg_create_aggregate(struct pg_ddl *ddl, const struct ast_define *ast)
{
    struct defining d = {
        .ddl = ddl,
        .ast = ast,
        .routine = {.object = {.class_id = pg_classes(ddl)->routine,
                               .owner = ddl->session->role,
                               .acl_default = true},
                    .kind = SQL_ROUTINE_AGGREGATE,
                    .volatility = 'i',
                    .parallel = 'u',
                    .language = PG_LANGUAGE_INTERNAL,
                    .cost = 1,
                    .source = slice_str("aggregate_dummy")},
    };
    struct sql_object *object = &d.routine.object;
    if (!pg_name_qualified(ddl, &ast->name, &object->schema, &object->name))
        return false;
    sort_options(&d);
    if (!d.options[STYPE])
        return fail(&d, "aggregate stype must be specified");
    if (!d.options[SFUNC])
        return fail(&d, "aggregate sfunc must be specified");
    return check_moving(&d) && read_settings(&d) && set_types(&d) && set_transitions(&d) &&
           set_results(&d) && set_sort_operator(&d) && store(&d);
}
