/* What an event trigger's function asks: pg_event_trigger_ddl_commands(), _dropped_objects(). */
#include "emulators/postgres/ddl/event_fire.h"
#include "emulators/postgres/functions/functions.h"
#include "emulators/sql/value/array.h"

/* The running event's lists; NULL: no function for that event runs. */
static struct pg_event_run *running(struct sql_call *call, enum pg_event event)
{
    struct pg_event_run *run = pg_call_session(call)->events;
    return run && run->running && run->event == event ? run : NULL;
}

/* Set-returning functions count the rows that they gave in set_state. */
static uint32_t *position(struct sql_call *call)
{
    if (!call->set_state && !(call->set_state = arena_zalloc(call->set_arena, sizeof(uint32_t))))
        sql_fail_memory(call->env->error);
    return call->set_state;
}

static bool fail_outside(struct sql_call *call, const char *what)
{
    return sql_fail(call->env->error, "39P03", "%s", what);
}

static bool fail_unknown(struct sql_call *call, struct sql_reference object)
{
    return sql_fail(call->env->error, "0A000",
                    "objects of class %u are not described to event triggers", object.class_id);
}

static bool dropped_objects(struct sql_call *call, const struct datum *args, struct datum *out)
{
    enum { COLUMNS = 12 };
    const struct pg_event_run *run = running(call, PG_EVENT_DROP);
    (void)args;
    *out = datum_null();
    if (!run)
        return fail_outside(call, "pg_event_trigger_dropped_objects() can only be called in a "
                                  "sql_drop event trigger function");
    uint32_t *at = position(call);
    if (!at)
        return false;
    call->done = *at == run->dropped_count;
    if (call->done)
        return true;
    const struct pg_dropped *gone = &run->dropped[(*at)++];
    const struct pg_identity *of = &gone->identity;
    if (!of->type.ptr)
        return fail_unknown(call, gone->object);
    struct datum values[COLUMNS] = {
        {.u = gone->object.class_id},
        {.u = gone->object.id},
        datum_int(gone->object.part),
        datum_bool(gone->original),
        datum_bool(gone->normal),
        datum_bool(of->is_temporary),
        datum_bytes(of->type),
        pg_text_or_null(slice_eq_str(of->type, "rule") ? slice_of(NULL, 0) : of->schema),
        pg_text_or_null(of->name),
        datum_bytes(of->identity),
    };
    return pg_make_texts(call, of->names, of->name_count, &values[COLUMNS - 2]) &&
           pg_make_texts(call, of->args, of->arg_count, &values[COLUMNS - 1]) &&
           pg_call_give_row(call, values, COLUMNS, out);
}

static bool ddl_commands(struct sql_call *call, const struct datum *args, struct datum *out)
{
    enum { COLUMNS = 9 };
    const struct pg_event_run *run = running(call, PG_EVENT_END);
    (void)args;
    *out = datum_null();
    if (!run)
        return fail_outside(
            call,
            "pg_event_trigger_ddl_commands() can only be called in an event trigger function");
    uint32_t *at = position(call);
    if (!at)
        return false;
    call->done = *at == run->commanded_count;
    if (call->done)
        return true;
    const struct pg_commanded *command = &run->commanded[(*at)++];
    const struct pg_identity *of = &command->identity;
    bool known = command->object.class_id != 0;
    if (!of->type.ptr)
        return fail_unknown(call, command->object);
    const struct datum values[COLUMNS] = {
        {.u = command->object.class_id, .null = !known},
        {.u = command->object.id,       .null = !known},
        known ? datum_int(command->object.part) : datum_null(),
        datum_bytes(command->tag),
        datum_bytes(of->type),
        pg_text_or_null(of->of_relation ? slice_of(NULL, 0) : of->schema),
        pg_text_or_null(of->identity),
        datum_bool(false),
        datum_null(),
    };
    return pg_call_give_row(call, values, COLUMNS, out);
}

static bool rewrite_oid(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct pg_event_run *run = running(call, PG_EVENT_REWRITE);
    (void)args;
    if (!run)
        return fail_outside(call, "pg_event_trigger_table_rewrite_oid() can only be called in a "
                                  "table_rewrite event trigger function");
    *out = (struct datum){.u = run->rewritten};
    return true;
}

static bool rewrite_reason(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct pg_event_run *run = running(call, PG_EVENT_REWRITE);
    (void)args;
    if (!run)
        return fail_outside(call, "pg_event_trigger_table_rewrite_reason() can only be called in a "
                                  "table_rewrite event trigger function");
    return sql_give_int(out, run->reason);
}

const struct sql_builtin pg_event_trigger_functions[] = {
    {"pg_event_trigger_ddl_commands",         ddl_commands   },
    {"pg_event_trigger_dropped_objects",      dropped_objects},
    {"pg_event_trigger_table_rewrite_oid",    rewrite_oid    },
    {"pg_event_trigger_table_rewrite_reason", rewrite_reason },
    {NULL,                                    NULL           },
};
