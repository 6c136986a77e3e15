#include "emulators/postgres/ddl/foreign.h"
#include "emulators/sql/syntax/ast_expr.h"
#include "emulators/sql/value/bytes.h"

/* What postgresql_fdw_validator knows, by the kind of object. */
static const char *const server_options[] = {
    "authtype", "service", "connect_timeout", "dbname",  "host",   "hostaddr", "port",
    "tty",      "options", "requiressl",      "sslmode", "gsslib", NULL};
static const char *const user_options[] = {"user", "password", NULL};
static const char *const no_options[] = {NULL};

static struct slice name_of(struct slice text)
{
    size_t at = 0;
    while (at < text.len && text.ptr[at] != '=')
        at++;
    return slice_of(text.ptr, at);
}

static bool is_listed(struct slice name, const char *const *list)
{
    for (; *list; list++)
        if (slice_eq_str(name, *list))
            return true;
    return false;
}

static bool refuse(struct pg_ddl *ddl, struct slice name, const char *const *known)
{
    struct sql_bytes hint;
    sql_bytes_init(&hint, ddl->arena);
    sql_bytes_add_str(&hint, *known ? "Valid options in this context are: "
                                    : "There are no valid options in this context.");
    for (size_t i = 0; known[i]; i++)
        sql_bytes_printf(&hint, "%s%s", i ? ", " : "", known[i]);
    sql_fail(ddl->env->error, "42601", "invalid option \"" SLICE_FMT "\"", SLICE_ARG(name));
    return sql_hint(ddl->env->error, SLICE_FMT, SLICE_ARG(sql_bytes_slice(&hint)));
}

static bool validate(struct pg_ddl *ddl, uint32_t validator, uint32_t of_class,
                     const struct pg_foreign_options *options)
{
    const struct sql_routine *routine =
        validator ? sql_find_routine_id(ddl->session, validator) : NULL;
    if (!routine || !slice_eq_str(routine->source, "postgresql_fdw_validator"))
        return true;
    const char *const *known = of_class == pg_classes(ddl)->foreign_server ? server_options
                               : of_class == pg_classes(ddl)->user_mapping ? user_options
                                                                           : no_options;
    for (uint16_t i = 0; i < options->count; i++)
        if (!is_listed(name_of(options->texts[i]), known))
            return refuse(ddl, name_of(options->texts[i]), known);
    return true;
}

static bool change(struct pg_ddl *ddl, const struct ast_option *option, struct slice *texts,
                   uint16_t *count)
{
    struct sql_error *error = ddl->env->error;
    uint16_t at = 0;
    while (at < *count && !slice_eq(name_of(texts[at]), option->name))
        at++;
    bool there = at < *count;
    bool needs = option->action == AST_OPTION_SET || option->action == AST_OPTION_DROP;
    if (needs && !there)
        return sql_fail(error, "42704", "option \"" SLICE_FMT "\" not found",
                        SLICE_ARG(option->name));
    if (!needs && there)
        return sql_fail(error, "42710", "option \"" SLICE_FMT "\" provided more than once",
                        SLICE_ARG(option->name));
    if (option->action == AST_OPTION_DROP) {
        memmove(texts + at, texts + at + 1, (size_t)(*count - at - 1) * sizeof *texts);
        (*count)--;
        return true;
    }
    texts[at] =
        arena_concat(ddl->arena, option->name, slice_str("="), AST_AS(const, option->value)->text);
    *count += !there;
    return texts[at].ptr || sql_fail_memory(error);
}

bool pg_foreign_options_change(struct pg_ddl *ddl, const struct ast_list *changes,
                               uint32_t validator, uint32_t of_class,
                               struct pg_foreign_options *options)
{
    struct slice *texts =
        arena_array(ddl->arena, options->count + changes->count + 1, sizeof *texts);
    if (!texts)
        return sql_fail_memory(ddl->env->error);
    if (options->count)
        memcpy(texts, options->texts, options->count * sizeof *texts);
    options->texts = texts;
    for (uint32_t i = 0; i < changes->count; i++)
        if (!change(ddl, AST_AS(option, changes->items[i]), texts, &options->count))
            return false;
    return changes->count == 0 || validate(ddl, validator, of_class, options);
}
