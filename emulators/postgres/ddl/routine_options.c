/* Attributes of functions: volatility, cost, settings ... */
#include <stdlib.h>

#include "emulators/postgres/ddl/routine_def.h"
#include "emulators/postgres/set.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/syntax/ast_expr.h"
#include "emulators/sql/syntax/ast_utility.h"

/* ---- sorting */

static const struct {
    const char *name;
    size_t at;
    bool not_of_procedures;
} known[] = {
    {"as",         offsetof(struct pg_routine_options, as),         false},
    {"language",   offsetof(struct pg_routine_options, language),   false},
    {"transform",  offsetof(struct pg_routine_options, transform),  false},
    {"window",     offsetof(struct pg_routine_options, window),     true },
    {"volatility", offsetof(struct pg_routine_options, volatility), true },
    {"strict",     offsetof(struct pg_routine_options, strict),     true },
    {"security",   offsetof(struct pg_routine_options, security),   false},
    {"leakproof",  offsetof(struct pg_routine_options, leakproof),  true },
    {"parallel",   offsetof(struct pg_routine_options, parallel),   true },
    {"cost",       offsetof(struct pg_routine_options, cost),       true },
    {"rows",       offsetof(struct pg_routine_options, rows),       true },
    {"support",    offsetof(struct pg_routine_options, support),    true },
};

static bool note_set(struct pg_ddl *ddl, struct pg_routine_options *out,
                     const struct ast_option *option)
{
    out->sets = pg_ddl_grow(ddl, out->sets, out->set_count, sizeof *out->sets);
    if (!out->sets)
        return false;
    out->sets[out->set_count++] = option;
    return true;
}

static bool note(struct pg_ddl *ddl, const struct ast_option *option, bool procedure,
                 struct pg_routine_options *out)
{
    if (slice_eq_str(option->name, "set"))
        return note_set(ddl, out, option);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (!slice_eq_str(option->name, known[i].name))
            continue;
        const struct ast_option **slot = (void *)((char *)out + known[i].at);
        if (procedure && known[i].not_of_procedures)
            return sql_fail_at(ddl->env->error, option->node.location, "42P13",
                               "invalid attribute in procedure definition");
        if (*slot)
            return sql_fail_at(ddl->env->error, option->node.location, "42601",
                               "conflicting or redundant options");
        *slot = option;
        return true;
    }
    return sql_fail(ddl->env->error, "XX000", "option \"" SLICE_FMT "\" not recognized",
                    SLICE_ARG(option->name));
}

bool pg_routine_options_read(struct pg_ddl *ddl, const struct ast_list *list, bool procedure,
                             struct pg_routine_options *out)
{
    *out = (struct pg_routine_options){0};
    for (uint32_t i = 0; i < list->count; i++)
        if (!note(ddl, AST_AS(option, list->items[i]), procedure, out))
            return false;
    return true;
}

/* ---- settings */

static struct slice setting_name(struct slice entry)
{
    const uint8_t *end = memchr(entry.ptr, '=', entry.len);
    return slice_of(entry.ptr, end ? (size_t)(end - entry.ptr) : entry.len);
}

static bool same_setting(struct slice a, struct slice b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if ((a.ptr[i] | 0x20) != (b.ptr[i] | 0x20))
            return false;
    return true;
}

/* The settings without those of that name; entry.ptr not NULL: with it, in its old place. */
static bool put_setting(struct pg_ddl *ddl, struct sql_routine *routine, struct slice name,
                        struct slice entry)
{
    struct slice *settings = arena_array(ddl->arena, routine->setting_count + 1u, sizeof *settings);
    uint16_t count = 0;
    if (!settings)
        return sql_fail_memory(ddl->env->error);
    for (uint16_t i = 0; i < routine->setting_count; i++) {
        if (!same_setting(setting_name(routine->settings[i]), name)) {
            settings[count++] = routine->settings[i];
        } else if (entry.ptr) {
            settings[count++] = entry;
            entry.ptr = NULL;
        }
    }
    if (entry.ptr)
        settings[count++] = entry;
    routine->settings = settings;
    routine->setting_count = count;
    return true;
}

static bool apply_set(struct pg_ddl *ddl, const struct ast_set *set, struct sql_routine *routine)
{
    struct slice name, value;
    if (set->type == AST_RESET_ALL) {
        routine->setting_count = 0;
        return true;
    }
    if (!pg_set_text(pg_session_of(ddl->session), set, &name, &value))
        return false;
    if (!value.ptr)
        return put_setting(ddl, routine, name, value);
    struct slice entry = arena_concat(ddl->arena, name, slice_str("="), value);
    return entry.ptr ? put_setting(ddl, routine, name, entry) : sql_fail_memory(ddl->env->error);
}

/* ---- applying */

static bool flag_of(const struct ast_option *option)
{
    const struct ast_const *constant = AST_AS(const, option->value);
    return constant->type == AST_CONST_INTEGER ? constant->integer != 0 : constant->boolean;
}

static bool number_of(struct pg_ddl *ddl, const struct ast_option *option, const char *what,
                      float *out)
{
    struct slice text = arena_dup(ddl->arena, pg_option_string(ddl, option));
    if (!text.ptr)
        return sql_fail_memory(ddl->env->error);
    *out = strtof((const char *)text.ptr, NULL);
    return *out > 0 || sql_fail(ddl->env->error, "22023", "%s must be positive", what);
}

static bool apply_parallel(struct pg_ddl *ddl, const struct ast_option *option, char *out)
{
    struct slice text = pg_option_string(ddl, option);
    if (!slice_eq_str(text, "safe") && !slice_eq_str(text, "unsafe") &&
        !slice_eq_str(text, "restricted"))
        return sql_fail(ddl->env->error, "42601",
                        "parameter \"parallel\" must be SAFE, RESTRICTED, or UNSAFE");
    *out = (char)text.ptr[0];
    return true;
}

static bool apply_support(struct pg_ddl *ddl, const struct ast_option *option,
                          struct sql_routine *routine)
{
    const struct ast_names *names = &AST_AS(name, option->value)->names;
    uint32_t internal = ddl->session->dialect->types_of.internal;
    struct slice schema, name;
    if (!pg_name_split(ddl, names, &schema, &name))
        return false;
    struct sql_routines found = sql_find_routines(ddl->session, ddl->env, schema, name);
    for (uint32_t i = 0; i < found.count; i++)
        if (found.items[i]->arg_count == 1 && found.items[i]->arg_types[0] == internal) {
            routine->support = found.items[i]->object.id;
            return true;
        }
    return sql_fail(ddl->env->error, "42883", "function " SLICE_FMT "(internal) does not exist",
                    SLICE_ARG(name));
}

bool pg_routine_options_apply(struct pg_ddl *ddl, const struct pg_routine_options *options,
                              struct sql_routine *routine)
{
    const struct sql_role *role = sql_find_role_id(ddl->session, ddl->session->role);
    if (options->volatility)
        routine->volatility = (char)pg_option_string(ddl, options->volatility).ptr[0];
    if (options->strict)
        routine->strict = flag_of(options->strict);
    if (options->security)
        routine->security_definer = flag_of(options->security);
    if (options->leakproof)
        routine->leakproof = flag_of(options->leakproof);
    if (routine->leakproof && options->leakproof && role && !role->superuser)
        return sql_fail(ddl->env->error, "42501", "only superuser can define a leakproof function");
    if (options->cost && !number_of(ddl, options->cost, "COST", &routine->cost))
        return false;
    if (options->rows) {
        if (!number_of(ddl, options->rows, "ROWS", &routine->rows))
            return false;
        if (!routine->returns_set)
            return sql_fail(ddl->env->error, "22023",
                            "ROWS is not applicable when function does not return a set");
    }
    if (options->support && !apply_support(ddl, options->support, routine))
        return false;
    if (options->parallel && !apply_parallel(ddl, options->parallel, &routine->parallel))
        return false;
    for (uint32_t i = 0; i < options->set_count; i++)
        if (!apply_set(ddl, AST_AS(set, options->sets[i]->value), routine))
            return false;
    return true;
}
