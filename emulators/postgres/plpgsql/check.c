#include "emulators/postgres/plpgsql/check.h"

#include "emulators/sql/value/bytes.h"

/* ---- settings */

struct slice pl_setting(struct sql_env *env, const char *name)
{
    struct slice value, full = arena_printf(env->arena, "plpgsql.%s", name);
    if (full.ptr && env->session->owner->get_setting(env->session, full, env->arena, &value))
        return value;
    return slice_of(NULL, 0);
}

static bool is_listed(struct slice list, const char *check)
{
    for (size_t at = 0; at < list.len;) {
        size_t end = at, from = at;
        while (end < list.len && list.ptr[end] != ',')
            end++;
        while (from < end && list.ptr[from] == ' ')
            from++;
        struct slice word = slice_of(list.ptr + from, end - from);
        while (word.len && word.ptr[word.len - 1] == ' ')
            word.len--;
        if (slice_is(word, check) || slice_is(word, "all"))
            return true;
        at = end + 1;
    }
    return false;
}

enum pl_check_level pl_check_level(struct sql_env *env, const char *check)
{
    if (is_listed(pl_setting(env, "extra_errors"), check))
        return PL_CHECK_FAILS;
    return is_listed(pl_setting(env, "extra_warnings"), check) ? PL_CHECK_WARNS : PL_CHECK_OFF;
}

bool pl_check_tell(struct pl_frame *frame, struct sql_error *error, enum pl_check_level level)
{
    if (level == PL_CHECK_FAILS) {
        *frame->env.error = *error;
        return false;
    }
    error->severity = SQL_WARNING;
    sql_context_line(error, "PL/pgSQL function " SLICE_FMT " line %d at %s",
                     SLICE_ARG(frame->function->name), frame->line, frame->doing);
    frame->env.session->owner->notice(frame->env.session, error);
    return true;
}

/* ---- INTO */

bool pl_check_columns(struct pl_frame *frame, uint32_t places, uint32_t columns)
{
    struct sql_env env = pg_stored_env(&frame->env, &frame->scratch);
    enum pl_check_level level =
        places == columns ? PL_CHECK_OFF : pl_check_level(&env, "strict_multi_assignment");
    struct sql_error error;
    if (level == PL_CHECK_OFF)
        return true;
    sql_error_begin(&error, frame->env.error->arena);
    sql_fail(&error, "42804", "number of source and target fields in assignment does not match");
    sql_detail(&error, "strict_multi_assignment check of %s is active.",
               level == PL_CHECK_FAILS ? "extra_errors" : "extra_warnings");
    sql_hint(&error, "Make sure the query returns the exact list of columns.");
    return pl_check_tell(frame, &error, level);
}

/* ---- STRICT */

static bool add_param(struct pl_frame *frame, struct sql_bytes *text, struct slice name,
                      uint32_t type_id, struct datum value)
{
    const struct sql_type *type = sql_find_type_id(frame->env.session, type_id);
    struct sql_call call = {.env = &frame->env, .arena = &frame->scratch};
    struct sql_bytes shown;
    sql_bytes_add_str(text, text->len ? ", " : "parameters: ");
    sql_bytes_add_slice(text, name);
    if (value.null || !type) {
        sql_bytes_add_str(text, " = NULL");
        return true;
    }
    sql_bytes_init(&shown, &frame->scratch);
    if (!sql_type_output(&call, type, value, &shown))
        return false;
    sql_bytes_add_str(text, " = '");
    for (size_t i = 0; i < shown.len; i++) {
        if (shown.ptr[i] == '\'')
            sql_bytes_add_char(text, '\'');
        sql_bytes_add_char(text, (char)shown.ptr[i]);
    }
    sql_bytes_add_char(text, '\'');
    return true;
}

/* The variables that the query names, in the order of their declaration. */
static bool add_uses(struct pl_frame *frame, struct sql_bytes *text, const struct pl_expr *query)
{
    for (uint32_t v = 0; v < frame->function->variable_count; v++)
        for (uint32_t i = 0; i < query->use_count; i++) {
            const struct pl_use *use = &query->uses[i];
            uint32_t at = 0;
            struct datum value;
            if (use->variable != v)
                continue;
            if (!(use->field.ptr ? pl_field(frame, v, use->field, &at) : pl_get(frame, v, &value)))
                return false;
            if (use->field.ptr)
                value = frame->values[v].record.values[at];
            struct slice name = use->field.ptr ? use->field : pl_variable(frame, v)->name;
            if (!add_param(frame, text, name, use->type, value))
                return false;
        }
    return true;
}

bool pl_strict_detail(struct pl_frame *frame, const struct pl_expr *query,
                      const struct pl_dynamic_text *dynamic)
{
    struct sql_error *error = frame->env.error;
    struct sql_bytes text;
    if (!frame->function->print_strict_params)
        return true;
    sql_bytes_init(&text, &frame->scratch);
    if (query && !add_uses(frame, &text, query))
        return false;
    for (uint32_t i = 0; !query && i < dynamic->arg_count; i++) {
        struct slice name = arena_printf(&frame->scratch, "$%u", i + 1);
        if (!add_param(frame, &text, name, dynamic->params.types[i], dynamic->values[i]))
            return false;
    }
    if (text.failed)
        return sql_fail_memory(error);
    if (text.len)
        sql_detail(error, SLICE_FMT, SLICE_ARG(sql_bytes_slice(&text)));
    return true;
}
