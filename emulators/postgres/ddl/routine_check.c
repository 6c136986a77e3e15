/* What a new routine's language says to it. */
#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/ddl/routine_def.h"
#include "emulators/postgres/routine/routine.h"
#include "emulators/postgres/session.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/syntax/ast_expr.h"
#include "emulators/sql/syntax/ast_object.h"

/* ---- types that the language cannot handle */

bool pg_routine_is_polymorphic(struct pg_ddl *ddl, uint32_t type)
{
    const struct sql_type_ids *ids = &ddl->session->dialect->types_of;
    const uint32_t all[] = {
        ids->anyelement,
        ids->anyarray,
        ids->anynonarray,
        ids->anyenum,
        ids->anyrange,
        ids->anymultirange,
        ids->anycompatible,
        ids->anycompatiblearray,
        ids->anycompatiblenonarray,
        ids->anycompatiblerange,
        ids->anycompatiblemultirange,
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i] == type)
            return true;
    return false;
}

static bool is_pseudo(struct pg_ddl *ddl, uint32_t id)
{
    const struct sql_type *type = sql_find_type_id(ddl->session, id);
    return type && type->kind == SQL_TYPE_PSEUDO && !pg_routine_is_polymorphic(ddl, id);
}

static bool check_sql(struct pg_ddl *ddl, const struct sql_routine *routine)
{
    const struct sql_type_ids *ids = &ddl->session->dialect->types_of;
    uint32_t result = routine->result_type;
    if (is_pseudo(ddl, result) && result != ids->record && result != ids->void_)
        return sql_fail(ddl->env->error, "42P13", "SQL functions cannot return type " SLICE_FMT,
                        SLICE_ARG(pg_type_text(ddl->session, ddl->arena, result)));
    for (uint16_t i = 0; i < routine->arg_count; i++)
        if (is_pseudo(ddl, routine->arg_types[i]))
            return sql_fail(
                ddl->env->error, "42P13", "SQL functions cannot have arguments of type " SLICE_FMT,
                SLICE_ARG(pg_type_text(ddl->session, ddl->arena, routine->arg_types[i])));
    return true;
}

static bool check_plpgsql(struct pg_ddl *ddl, const struct sql_routine *routine)
{
    const struct sql_type_ids *ids = &ddl->session->dialect->types_of;
    uint32_t result = routine->result_type;
    bool trigger = result == ids->trigger || result == ids->event_trigger;
    if (is_pseudo(ddl, result) && !trigger && result != ids->record && result != ids->void_)
        return sql_fail(ddl->env->error, "0A000",
                        "PL/pgSQL functions cannot return type " SLICE_FMT,
                        SLICE_ARG(pg_type_text(ddl->session, ddl->arena, result)));
    for (uint16_t i = 0; i < routine->arg_count; i++)
        if (is_pseudo(ddl, routine->arg_types[i]) && routine->arg_types[i] != ids->record)
            return sql_fail(
                ddl->env->error, "0A000", "PL/pgSQL functions cannot accept type " SLICE_FMT,
                SLICE_ARG(pg_type_text(ddl->session, ddl->arena, routine->arg_types[i])));
    if (!trigger || !routine->arg_count)
        return true;
    sql_fail(ddl->env->error, "42P13",
             result == ids->trigger ? "trigger functions cannot have declared arguments"
                                    : "event trigger functions cannot have declared "
                                      "arguments");
    if (result == ids->trigger)
        sql_hint(ddl->env->error, "The arguments of the trigger can be accessed through TG_NARGS "
                                  "and TG_ARGV instead.");
    return sql_context_line(ddl->env->error,
                            "compilation of PL/pgSQL function \"" SLICE_FMT "\" near line 1",
                            SLICE_ARG(routine->object.name));
}

/* ---- errors in the body point into the statement */

/* The offset in the text of byte `at` (from 0) of the literal that begins at `start`; -1: it is not that
 * literal. */
static int64_t place_in_literal(struct slice text, size_t start, struct slice body, size_t at)
{
    size_t p = start;
    if (p >= text.len)
        return -1;
    if (text.ptr[p] == '$') {
        const uint8_t *end = memchr(text.ptr + p + 1, '$', text.len - p - 1);
        p = end ? (size_t)(end - text.ptr) + 1 : text.len;
        bool same = p + body.len <= text.len && !memcmp(text.ptr + p, body.ptr, body.len);
        return same ? (int64_t)(p + at) : -1;
    }
    if (text.ptr[p++] != '\'')
        return -1;
    int64_t found = -1;
    for (size_t i = 0; i < body.len; i++, p++) {
        if (p >= text.len || text.ptr[p] != body.ptr[i])
            return -1;
        if (i == at)
            found = (int64_t)p;
        if (text.ptr[p] == '\'' && ++p < text.len && text.ptr[p] != '\'')
            return -1;
    }
    return at == body.len ? (int64_t)p : found;
}

static void transpose(struct pg_ddl *ddl, const struct pg_routine_options *options,
                      const struct sql_routine *routine)
{
    struct sql_error *error = ddl->env->error;
    if (!options->as || !error->internal_position ||
        !slice_eq(error->internal_query, routine->source))
        return;
    const struct ast_node *literal = AST_AS(list_node, options->as->value)->list.items[0];
    int64_t place = literal->location < 0
                        ? -1
                        : place_in_literal(ddl->text, (size_t)literal->location, routine->source,
                                           error->internal_position - 1);
    if (place < 0)
        return;
    error->position = (uint32_t)place + 1;
    error->internal_position = 0;
    error->internal_query = error->context = slice_of(NULL, 0);
}

bool pg_routine_check_body(struct pg_ddl *ddl, const struct pg_routine_options *options,
                           const struct sql_routine *routine)
{
    bool is_sql = routine->language == PG_LANGUAGE_SQL;
    bool native = routine->language == PG_LANGUAGE_INTERNAL || routine->language == PG_LANGUAGE_C;
    if (!native && !(is_sql ? check_sql(ddl, routine) : check_plpgsql(ddl, routine)))
        return false;
    if (!pg_session_of(ddl->session)->settings.now.check_function_bodies)
        return true;
    const struct sql_routine *stored = sql_find_routine_id(ddl->session, routine->object.id);
    if (pg_routine_check(ddl->env, stored))
        return true;
    transpose(ddl, options, stored);
    return false;
}
