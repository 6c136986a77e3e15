/* CREATE TYPE name, and CREATE TYPE name (INPUT = ..., OUTPUT = ...).
 *
 * The functions of a base type are those of the system (LANGUAGE internal), for there are no others
 * that could read its text: its values are kept as those of the type that the input function is of. */
#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/ddl/define.h"
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/options.h"
#include "emulators/postgres/ddl/relation.h"
#include "emulators/postgres/ddl/routine_def.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/value/call.h"

/* The options that are not functions, under the names by which they are asked for. */
enum option {
    OPTION_LENGTH,
    OPTION_LIKE,
    OPTION_CATEGORY,
    OPTION_PREFERRED,
    OPTION_DELIMITER,
    OPTION_ELEMENT,
    OPTION_DEFAULT,
    OPTION_BY_VALUE,
    OPTION_ALIGNMENT,
    OPTION_STORAGE,
    OPTION_COLLATABLE,
    OPTION_COUNT
};

static const char *const option_names[OPTION_COUNT] = {
    "internallength", "like",          "category",  "preferred", "delimiter",  "element",
    "default",        "passedbyvalue", "alignment", "storage",   "collatable",
};

/* A type that is being defined. */
struct base_type {
    struct pg_ddl *ddl;
    const struct ast_option *options[OPTION_COUNT];
    struct sql_type_object type;
    const struct sql_type *kept_as;
};

/* Functions by option: which arguments they may have ('c' cstring, 'o' oid, 'i' integer, 'I'
 * internal, 'a' cstring[], 't' the type), and what they return. */
static const struct type_function {
    const char *option, *what;
    const char *signatures[3]; /* the first is what the message shows */
    char result;
    uint16_t at;
} type_functions[] = {
#define FUNCTION_AT(member) (uint16_t) offsetof(struct sql_type_object, member)
    {"input",      "type input",                {"c", "coi", NULL}, 't', FUNCTION_AT(input)       },
    {"output",     "type output",               {"t", NULL},        'c', FUNCTION_AT(output)      },
    {"receive",    "type receive",              {"I", "Ioi", NULL}, 't', FUNCTION_AT(receive)     },
    {"send",       "type send",                 {"t", NULL},        'b', FUNCTION_AT(send)        },
    {"typmod_in",  "typmod_in",                 {"a", NULL},        'i', FUNCTION_AT(modifier_in) },
    {"typmod_out", "typmod_out",                {"i", NULL},        'c', FUNCTION_AT(modifier_out)},
    {"analyze",    "type analyze",              {"I", NULL},        'B', FUNCTION_AT(analyze)     },
    {"subscript",  "type subscripting handler", {"I", NULL},        'I', FUNCTION_AT(subscript)   },
};
enum { TYPE_FUNCTIONS = sizeof type_functions / sizeof *type_functions };

static uint32_t *function_slot(struct sql_type_object *type, const struct type_function *function)
{
    return (uint32_t *)(void *)((char *)type + function->at);
}

static uint32_t lettered_type(const struct base_type *base, char letter)
{
    const struct sql_type_ids *ids = &base->ddl->session->dialect->types_of;
    switch (letter) {
    case 'c': return ids->cstring;
    case 'o': return ids->oid;
    case 'i': return ids->int4;
    case 'I': return ids->internal;
    case 'b': return ids->bytea;
    case 'B': return ids->boolean;
    case 'a': return sql_find_type_id(base->ddl->session, ids->cstring)->array;
    default: return base->type.object.id;
    }
}

/* ---- the options */

static bool same_option(struct slice written, const char *name)
{
    return slice_eq_str(written, name) ||
           (slice_eq_str(written, "analyse") && !strcmp(name, "analyze"));
}

static bool know_option(struct base_type *base, const struct ast_option *option)
{
    for (unsigned i = 0; i < TYPE_FUNCTIONS; i++)
        if (same_option(option->name, type_functions[i].option))
            return true;
    for (unsigned i = 0; i < OPTION_COUNT; i++) {
        if (!same_option(option->name, option_names[i]))
            continue;
        if (base->options[i])
            return sql_fail(base->ddl->env->error, "42601", "conflicting or redundant options");
        base->options[i] = option;
        return true;
    }
    pg_ddl_warning(base->ddl, "42601", "type attribute \"" SLICE_FMT "\" not recognized",
                   SLICE_ARG(option->name));
    return true;
}

static const struct ast_option *function_option(const struct ast_define *ast,
                                                const struct type_function *function)
{
    const struct ast_option *option = pg_define_option(ast, function->option);
    return option || strcmp(function->option, "analyze") ? option
                                                         : pg_define_option(ast, "analyse");
}

/* ---- its functions */

static bool try_signature(struct base_type *base, const struct ast_option *option,
                          const char *signature, const struct sql_routine **out)
{
    uint32_t types[3], count = 0;
    while (signature[count]) {
        types[count] = lettered_type(base, signature[count]);
        count++;
    }
    return pg_define_routine(base->ddl, option, types, count, out);
}

/* Sets the function that the option names, if there is one. */
static bool set_function(struct base_type *base, const struct ast_define *ast,
                         const struct type_function *function)
{
    struct sql_error *error = base->ddl->env->error;
    const struct ast_option *option = function_option(ast, function);
    const struct sql_routine *routine = NULL;
    if (!option)
        return true;
    const struct sql_error before = *error;
    for (unsigned i = 0; !routine && function->signatures[i]; i++)
        try_signature(base, option, function->signatures[i], &routine);
    if (!routine)
        return try_signature(base, option, function->signatures[0], &routine);
    *error = before;
    uint32_t wanted = lettered_type(base, function->result);
    struct slice name = routine->object.name;
    if (routine->result_type != wanted)
        return sql_fail(error, "42P17", "%s function " SLICE_FMT " must return type " SLICE_FMT,
                        function->what, SLICE_ARG(name),
                        SLICE_ARG(pg_type_text(base->ddl->session, base->ddl->arena, wanted)));
    if (routine->volatility == 'v' && function->result != 'I' && function->result != 'B')
        pg_ddl_warning(base->ddl, "42P17", "%s function " SLICE_FMT " should not be volatile",
                       function->what, SLICE_ARG(name));
    *function_slot(&base->type, function) = routine->object.id;
    return true;
}

/* The built-in type that an internal function reads; NULL: it is no input function of the system. */
static const struct sql_type *type_read_by(struct pg_ddl *ddl, uint32_t function)
{
    const struct sql_dialect *dialect = ddl->session->dialect;
    const struct sql_routine *routine = sql_find_routine_id(ddl->session, function);
    for (uint32_t i = 0;
         routine && routine->language == PG_LANGUAGE_INTERNAL && i < dialect->routines_count; i++) {
        const struct sql_builtin_routine *row = &dialect->routines[i];
        const struct sql_type *type = slice_eq_str(routine->source, dialect->text + row->source)
                                          ? sql_builtin_type_id(dialect, row->result)
                                          : NULL;
        if (type && type->kind == SQL_TYPE_BASE && !type->element && type->ops)
            return type;
    }
    return NULL;
}

static bool set_functions(struct base_type *base, const struct ast_define *ast)
{
    struct sql_error *error = base->ddl->env->error;
    for (unsigned i = 0; i < 2; i++)
        if (!function_option(ast, &type_functions[i]))
            return sql_fail(error, "42P17", "%s function must be specified",
                            type_functions[i].what);
    if (pg_define_option(ast, "typmod_out") && !pg_define_option(ast, "typmod_in"))
        return sql_fail(error, "42P17",
                        "type modifier output function is useless without a type "
                        "modifier input function");
    for (unsigned i = 0; i < TYPE_FUNCTIONS; i++)
        if (!set_function(base, ast, &type_functions[i]))
            return false;
    base->kept_as = type_read_by(base->ddl, base->type.input);
    return base->kept_as ||
           sql_fail(error, "0A000",
                    "base types with input functions of the user's own are not supported");
}

/* ---- what it is like */

static char first_letter(struct pg_ddl *ddl, const struct ast_option *option, char otherwise)
{
    struct slice text = option ? pg_option_string(ddl, option) : slice_of(NULL, 0);
    return text.len ? (char)text.ptr[0] : otherwise;
}

/* One letter for a word of several that mean it. */
static bool word_option(struct pg_ddl *ddl, const struct ast_option *option,
                        const char *const words[][2], const char *what, char *out)
{
    if (!option)
        return true;
    struct slice text = pg_define_text(ddl, option);
    for (unsigned i = 0; words[i][0]; i++)
        if (slice_eq_str(text, words[i][0])) {
            *out = words[i][1][0];
            return true;
        }
    return sql_fail(ddl->env->error, "22023", "%s \"" SLICE_FMT "\" not recognized", what,
                    SLICE_ARG(text));
}

static bool set_layout(struct base_type *base)
{
    static const char *const alignments[][2] = {
        {"double",            "d" },
        {"float8",            "d" },
        {"double precision",  "d" },
        {"int4",              "i" },
        {"integer",           "i" },
        {"int2",              "s" },
        {"smallint",          "s" },
        {"char",              "c" },
        {"bpchar",            "c" },
        {"pg_catalog.float8", "d" },
        {"pg_catalog.int4",   "i" },
        {"pg_catalog.int2",   "s" },
        {"pg_catalog.bpchar", "c" },
        {NULL,                NULL}
    };
    static const char *const storages[][2] = {
        {"plain",    "p" },
        {"external", "e" },
        {"extended", "x" },
        {"main",     "m" },
        {NULL,       NULL}
    };
    struct pg_ddl *ddl = base->ddl;
    struct sql_type_object *type = &base->type;
    uint32_t like = 0;
    if (base->options[OPTION_ELEMENT])
        return sql_fail(ddl->env->error, "0A000",
                        "base types that are made of elements are not supported");
    if (base->options[OPTION_LIKE] && !pg_define_type(ddl, base->options[OPTION_LIKE], &like))
        return false;
    type->align = 'i';
    type->storage = 'p';
    if (like) {
        const struct sql_type *found = sql_find_type_id(ddl->session, like);
        type->storage = pg_type_storage(ddl->session, like);
        type->align = found->len == 8 && found->by_value ? 'd' : 'i';
    }
    type->type.len = base->kept_as->len;
    type->type.by_value = base->kept_as->by_value;
    type->type.ops = base->kept_as->ops;
    type->type.extra = base->kept_as->extra;
    return word_option(ddl, base->options[OPTION_ALIGNMENT], alignments, "alignment",
                       &type->align) &&
           word_option(ddl, base->options[OPTION_STORAGE], storages, "storage", &type->storage);
}

static bool set_default(struct base_type *base)
{
    struct pg_ddl *ddl = base->ddl;
    struct sql_type_object *type = &base->type;
    if (!base->options[OPTION_DEFAULT])
        return true;
    struct sql_expr_const *value = arena_zalloc(ddl->arena, sizeof *value);
    if (!value)
        return sql_fail_memory(ddl->env->error);
    struct sql_call call = {.env = ddl->env, .arena = ddl->arena, .result_type = &type->type};
    type->default_text = pg_define_text(ddl, base->options[OPTION_DEFAULT]);
    value->expr = (struct sql_expr){.kind = SQL_EXPR_CONST,
                                    .type = type->object.id,
                                    .typmod = -1,
                                    .collation = type->type.collation,
                                    .location = -1};
    type->default_value = &value->expr;
    return sql_type_input(&call, &type->type, type->default_text, -1, &value->value);
}

static bool set_properties(struct base_type *base)
{
    struct pg_ddl *ddl = base->ddl;
    struct sql_type *type = &base->type.type;
    type->kind = SQL_TYPE_BASE;
    type->category = first_letter(ddl, base->options[OPTION_CATEGORY], 'U');
    type->delimiter = first_letter(ddl, base->options[OPTION_DELIMITER], ',');
    type->preferred = pg_define_flag(ddl, base->options[OPTION_PREFERRED]);
    if (pg_define_flag(ddl, base->options[OPTION_COLLATABLE]))
        type->collation = ddl->session->dialect->default_collation;
    if (type->category < 32 || type->category > 126)
        return sql_fail(ddl->env->error, "22023",
                        "invalid type category \"" SLICE_FMT "\": must be simple ASCII",
                        SLICE_ARG(pg_option_string(ddl, base->options[OPTION_CATEGORY])));
    return set_layout(base) && set_default(base);
}

/* ---- the statement */

static bool create_shell(struct pg_ddl *ddl, const struct ast_define *ast)
{
    struct sql_type_object type = {.shell = true, .align = 'c', .storage = 'p'};
    if (!pg_type_begin(ddl, &ast->name, &type))
        return false;
    type.type.kind = SQL_TYPE_PSEUDO;
    type.type.category = 'P';
    type.type.len = 4;
    type.type.by_value = true;
    struct sql_reference of = pg_whole(pg_classes(ddl)->type, type.object.id);
    return sql_catalog_create(ddl->env, &type.object) &&
           sql_depend(ddl->env, of, pg_whole(pg_classes(ddl)->schema, type.object.schema), 'n');
}

/* The shell that becomes a type. */
static bool find_shell(struct base_type *base, const struct ast_names *names)
{
    struct pg_ddl *ddl = base->ddl;
    uint32_t schema;
    struct slice name;
    if (!pg_name_qualified(ddl, names, &schema, &name))
        return false;
    const struct sql_type_object *found =
        (const void *)sql_find_object_name(ddl->session, pg_classes(ddl)->type, schema, name);
    if (found && !found->shell && !pg_type_name_free(ddl, schema, name))
        return false;
    if (!found || !found->shell)
        return sql_fail(ddl->env->error, "42710", "type \"" SLICE_FMT "\" does not exist",
                        SLICE_ARG(name));
    base->type = *found;
    base->type.shell = false;
    return pg_name_must_own(ddl, &found->object);
}

static bool store(struct base_type *base)
{
    struct pg_ddl *ddl = base->ddl;
    struct sql_type_object *type = &base->type;
    struct sql_reference of = pg_whole(pg_classes(ddl)->type, type->object.id);
    /* The default is a value of the type: it is kept once the catalog knows what values there are. */
    struct sql_expr *value = type->default_value;
    type->default_value = NULL;
    if (!pg_array_type_make(ddl, type, &type->type.array) ||
        !sql_catalog_replace(ddl->env, &type->object))
        return false;
    type->default_value = value;
    if (value && !sql_catalog_replace(ddl->env, &type->object))
        return false;
    for (unsigned i = 0; i < TYPE_FUNCTIONS; i++) {
        uint32_t function = *function_slot(type, &type_functions[i]);
        if (function &&
            !sql_depend(ddl->env, of, pg_whole(pg_classes(ddl)->routine, function), 'n'))
            return false;
    }
    return true;
}

bool pg_create_base_type(struct pg_ddl *ddl, const struct ast_define *ast)
{
    struct base_type base = {.ddl = ddl};
    const struct sql_role *role = sql_find_role_id(ddl->session, ddl->session->role);
    if (role && !role->superuser)
        return sql_fail(ddl->env->error, "42501", "must be superuser to create a base type");
    if (ast->shell)
        return create_shell(ddl, ast);
    if (!find_shell(&base, &ast->name))
        return false;
    for (uint32_t i = 0; i < ast->options.count; i++)
        if (!know_option(&base, AST_AS(option, ast->options.items[i])))
            return false;
    return set_functions(&base, ast) && set_properties(&base) && store(&base);
}
