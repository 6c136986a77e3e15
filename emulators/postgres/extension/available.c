/* What pg_available_extensions and pg_available_extension_versions read. */
#include "emulators/postgres/extension/extension.h"
#include "emulators/postgres/functions/functions.h"
#include "emulators/sql/value/array.h"

/* Which extension comes next; kept in call->set_state. NULL: none, the set is done. */
static const struct pg_extension *next_extension(struct sql_call *call)
{
    uint32_t *at = call->set_state;
    if (!at)
        at = call->set_state = arena_zalloc(call->set_arena, sizeof *at);
    call->done = !at || *at == pg_extensions_count;
    return call->done ? NULL : &pg_extensions[(*at)++];
}

static struct datum words(const char *text)
{
    return text ? datum_bytes(slice_str(text)) : datum_null();
}

static bool available_extensions(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args;
    const struct pg_extension *extension = next_extension(call);
    const struct datum row[] = {
        words(extension ? extension->name : NULL),
        words(extension ? extension->version : NULL),
        words(extension ? extension->comment : NULL),
    };
    return call->done || pg_call_give_row(call, row, 3, out);
}

/* The names, of which there is one at most. */
static bool requires_of(struct sql_call *call, const struct pg_extension *extension,
                        struct datum *out)
{
    const struct sql_type *name =
        call->env->find_type(call->env, call->env->session->dialect->types_of.name);
    const struct datum required = words(extension->requires);
    return required.null ? sql_give_null(out)
                         : sql_array_make_vector(call, name, &required, 1, out);
}

static bool available_versions(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args;
    const struct pg_extension *extension = next_extension(call);
    struct datum required;
    if (call->done)
        return true;
    if (!requires_of(call, extension, &required))
        return false;
    const struct datum row[] = {
        words(extension->name),
        words(extension->version),
        datum_bool(true),
        datum_bool(extension->trusted),
        datum_bool(extension->relocatable),
        words(extension->schema),
        required,
        words(extension->comment),
    };
    return pg_call_give_row(call, row, 8, out);
}

const struct sql_builtin pg_extension_functions[] = {
    {"pg_available_extensions",         available_extensions},
    {"pg_available_extension_versions", available_versions  },
    {NULL,                              NULL                },
};
