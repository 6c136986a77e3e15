#include "emulators/postgres/plpgsql/call.h"

#include "emulators/postgres/routine/cache.h"
#include "emulators/postgres/session.h"
#include "emulators/sql/session.h"
#include "emulators/sql/value/array.h"
#include "emulators/sql/value/domain.h"
#include "emulators/sql/value/record.h"

enum { TYPE_TEXT = 25, TYPE_RECORD = 2249, TYPE_TRIGGER = 2279, TYPE_EVENT_TRIGGER = 3838 };

/* ---- results */

/* What columns the result has: of OUT arguments, of the composite type, of the caller's list, or one. */
static bool result_columns(struct sql_call *call, const struct pl_function *f,
                           struct pl_result *result)
{
    struct arena *arena = result->arena;
    const struct sql_row_type *row = call->result_type ? call->result_type->extra : NULL;
    bool composite = call->result_type && call->result_type->ops == &sql_record_ops;
    uint32_t count = 1;
    if (f->out_count > 1)
        count = f->out_count;
    else if (composite && row)
        count = row->count;
    else if (composite && call->columns)
        count = call->column_count;
    uint32_t *types = arena_array(arena, count + 1, sizeof(*types));
    if (!types)
        return sql_fail_memory(call->env->error);
    for (uint32_t i = 0; i < count; i++) {
        if (f->out_count > 1)
            types[i] = f->variables[f->outs[i]]->type;
        else if (composite && row)
            types[i] = row->columns[i].type;
        else
            types[i] = call->result_type ? call->result_type->id : f->return_type;
    }
    result->types = types;
    result->columns = count;
    result->of_rows = count > 1 || (composite && f->out_count == 0);
    return true;
}

static bool make_record(struct sql_call *call, const uint32_t *types, const struct datum *values,
                        uint32_t count, struct datum *out)
{
    const struct sql_type **described = arena_array(call->arena, count + 1, sizeof(*described));
    if (!described)
        return sql_fail_memory(call->env->error);
    for (uint32_t i = 0; i < count; i++)
        described[i] = sql_find_type_id(call->env->session, types[i]);
    uint32_t type =
        call->result_type && call->result_type->id != TYPE_RECORD ? call->result_type->id : 0;
    return sql_record_make(call, type, described, values, count, out);
}

/* One row of the result as the caller wants it. */
static bool give_row(struct sql_call *call, const uint32_t *types, const struct datum *values,
                     uint32_t count, struct datum *out)
{
    bool composite = call->result_type && call->result_type->ops == &sql_record_ops;
    if (call->columns && (composite || count > 1)) {
        for (uint32_t i = 0; i < count && i < call->column_count; i++)
            call->columns[i] = values[i];
        *out = datum_int(0);
        return true;
    }
    if (composite || count > 1)
        return make_record(call, types, values, count, out);
    *out = values[0];
    return true;
}

/* A composite value, spread out when the caller wants columns. */
static bool give_composite(struct sql_call *call, struct datum value, struct datum *out)
{
    struct sql_record record;
    *out = value;
    if (!call->columns)
        return true;
    if (value.null) {
        for (uint16_t i = 0; i < call->column_count; i++)
            call->columns[i] = datum_null();
        return true;
    }
    sql_record_open(call->env, value, &record);
    for (uint16_t i = 0; i < call->column_count; i++)
        call->columns[i] = i < record.count ? sql_record_get(&record, i) : datum_null();
    *out = datum_int(0);
    return true;
}

/* ---- sets: run whole at the first call, given row by row */

static bool begin_frame(struct pl_frame *frame, struct sql_env *env, const struct pl_function *f,
                        const struct sql_type *const *arg_types, const struct datum *args)
{
    if (!pl_frame_init(frame, env, f))
        return false;
    struct pg_session *session = pg_session_of(env->session);
    frame->atomic = !f->is_procedure || !session->may_end;
    session->may_end = false;
    for (uint32_t i = 0; i < f->arg_count; i++) {
        uint32_t type =
            arg_types && arg_types[i] ? arg_types[i]->id : f->variables[f->args[i]]->type;
        if (!pl_set(frame, f->args[i], args[i], type, -1))
            return false;
    }
    return true;
}

static bool run_set(struct sql_call *call, const struct pl_function *f, const struct datum *args)
{
    struct pl_result *result = arena_zalloc(call->set_arena, sizeof(*result));
    struct pl_frame frame;
    if (!result)
        return sql_fail_memory(call->env->error);
    result->arena = call->set_arena;
    if (!result_columns(call, f, result))
        return false;
    if (call->columns && call->result_type && call->result_type->id == TYPE_RECORD &&
        f->out_count <= 1 && call->column_types) {
        result->columns = call->column_count;
        result->types = call->column_types;
    }
    bool ok = begin_frame(&frame, call->env, f, call->arg_types, args);
    frame.result = result;
    ok = ok && pl_frame_run(&frame);
    pl_frame_done(&frame);
    call->set_state = result;
    return ok;
}

static bool next_of_set(struct sql_call *call, const struct pl_function *f,
                        const struct datum *args, struct datum *out)
{
    if (!call->set_state && !run_set(call, f, args))
        return false;
    struct pl_result *result = call->set_state;
    call->done = result->given >= result->count;
    if (call->done)
        return true;
    return give_row(call, result->types, result->rows[result->given++], result->columns, out);
}

/* ---- functions */

/* The value of RETURN, or of the output arguments, in the caller's arena. */
static bool give_returned(struct sql_call *call, struct pl_frame *frame, struct datum *out)
{
    const struct pl_function *f = frame->function;
    enum { TYPE_VOID = 2278 };
    uint32_t variable = frame->has_returned ? frame->returned_variable : f->out_row;
    struct datum value = frame->returned;
    uint32_t type = frame->returned_type;
    *out = datum_null();
    if (f->return_type == TYPE_VOID && f->out_row == PL_NONE) {
        *out = datum_bytes(slice_of("", 0));
        return true;
    }
    if (variable != PL_NONE && pl_variable(frame, variable)->kind == PL_ROW) {
        const struct pl_variable *row = pl_variable(frame, variable);
        struct datum *values = arena_array(call->arena, row->member_count + 1, sizeof(*values));
        uint32_t *types = arena_array(call->arena, row->member_count + 1, sizeof(*types));
        if (!values || !types)
            return sql_fail_memory(call->env->error);
        for (uint32_t i = 0; i < row->member_count; i++) {
            types[i] = pl_variable(frame, row->members[i].variable)->type;
            if (!pl_get(frame, row->members[i].variable, &values[i]) ||
                !pl_copy(frame, call->arena, types[i], &values[i]))
                return false;
        }
        return give_row(call, types, values, row->member_count, out);
    }
    if (variable != PL_NONE) {
        const struct pl_record *record =
            &frame->values[pl_variable(frame, variable)->number].record;
        type = pl_variable(frame, variable)->type;
        if (pl_variable(frame, variable)->kind == PL_RECORD && record->type)
            type = record->type;
        if (!pl_get(frame, variable, &value))
            return false;
    }
    uint32_t wanted = call->result_type ? call->result_type->id : f->return_type;
    struct sql_env env = pg_stored_env(call->env, call->arena);
    bool composite = call->result_type && call->result_type->ops == &sql_record_ops;
    bool ok = composite ? pl_conform_returned(call, frame, &value, type)
              : value.null
                  ? sql_domain_check(&env, call->result_type, value)
                  : type == wanted || pg_stored_cast(&env, value, type, wanted, -1, &value);
    if (!ok)
        return sql_context_line(call->env->error,
                                "PL/pgSQL function " SLICE_FMT
                                " while casting return value to function's return type",
                                SLICE_ARG(f->name));
    if (!pl_copy(frame, call->arena, wanted, &value))
        return false;
    if (composite)
        return give_composite(call, value, out);
    *out = value;
    return true;
}

static struct pl_function *compiled(struct sql_call *call, const struct sql_routine *routine)
{
    struct pl_source source = {.routine = routine,
                               .text = routine->source,
                               .arg_types = call->arg_types,
                               .result_type = call->result_type ? call->result_type->id : 0,
                               .collation = call->collation,
                               .trigger = routine->result_type == TYPE_TRIGGER,
                               .event_trigger = routine->result_type == TYPE_EVENT_TRIGGER};
    return pg_routine_cache_get(call->env, &source);
}

static bool refuse_as_function(struct sql_call *call)
{
    sql_fail(call->env->error, "0A000", "trigger functions can only be called as triggers");
    sql_context_line(call->env->error,
                     "compilation of PL/pgSQL function \"" SLICE_FMT "\" near line 1",
                     SLICE_ARG(call->routine->object.name));
    return false;
}

bool pl_call(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct pl_frame frame;
    if (call->routine->result_type == TYPE_TRIGGER ||
        call->routine->result_type == TYPE_EVENT_TRIGGER)
        return refuse_as_function(call);
    struct pl_function *f = compiled(call, call->routine);
    if (!f)
        return false;
    if (f->returns_set)
        return next_of_set(call, f, args, out);
    f->users++;
    bool ok = begin_frame(&frame, call->env, f, call->arg_types, args) && pl_frame_run(&frame) &&
              give_returned(call, &frame, out);
    pl_frame_done(&frame);
    pg_routine_cache_release(call->env, f);
    return ok;
}

/* ---- triggers */

static const char *event_word(enum sql_trigger_event event)
{
    static const char *const words[] = {"INSERT", "UPDATE", "DELETE", "TRUNCATE"};
    return words[event];
}

static bool arguments_array(struct pl_frame *frame, const struct sql_trigger *trigger,
                            struct datum *out)
{
    struct sql_call call = {.env = &frame->env, .arena = &frame->scratch};
    const struct sql_type *text = sql_find_type_id(frame->env.session, TYPE_TEXT);
    struct sql_array_shape shape = {
        .dims = trigger->argument_count ? 1 : 0, .length = {trigger->argument_count}, .lower = {0}};
    struct datum *items =
        arena_array(&frame->scratch, trigger->argument_count + 1u, sizeof(*items));
    if (!items)
        return sql_fail_memory(frame->env.error);
    for (unsigned i = 0; i < trigger->argument_count; i++)
        items[i] = datum_bytes(trigger->arguments[i]);
    return sql_array_make(&call, text, &shape, items, out);
}

static struct slice schema_name(struct pl_frame *frame, const struct sql_relation *relation)
{
    const struct sql_schema *schema =
        sql_find_schema_id(frame->env.session, relation->object.schema);
    return schema ? schema->object.name : slice_str("");
}

static bool trigger_value(struct pl_frame *frame, enum pl_trigger_variable which, struct datum *out)
{
    const struct sql_trigger_data *data = frame->trigger;
    const struct sql_relation *relation = data->relation;
    struct slice text = {NULL, 0};
    switch (which) {
    case PL_TG_NAME: text = data->trigger->object.name; break;
    case PL_TG_WHEN:
        text = slice_str(data->instead ? "INSTEAD OF" : data->before ? "BEFORE" : "AFTER");
        break;
    case PL_TG_LEVEL: text = slice_str(data->row ? "ROW" : "STATEMENT"); break;
    case PL_TG_OP: text = slice_str(event_word(data->event)); break;
    case PL_TG_RELID: *out = datum_int(relation->object.id); return true;
    case PL_TG_RELNAME:
    case PL_TG_TABLE_NAME: text = relation->object.name; break;
    case PL_TG_TABLE_SCHEMA: text = schema_name(frame, relation); break;
    case PL_TG_NARGS: *out = datum_int(data->trigger->argument_count); return true;
    case PL_TG_ARGV:
    case PL_TRIGGER_VARIABLES: return arguments_array(frame, data->trigger, out);
    }
    *out = datum_bytes(text);
    return true;
}

bool pl_set_trigger_variable(struct pl_frame *frame, uint32_t variable)
{
    uint32_t which = variable - frame->function->trigger_first;
    struct datum value;
    frame->trigger_known |= (uint16_t)(1u << which);
    return trigger_value(frame, which, &value) &&
           pl_set(frame, variable, value, pl_variable(frame, variable)->type, -1);
}

/* Has the returned row, a record or an opened value, the types of the relation's columns? */
static bool check_trigger_row(struct pl_frame *frame, const struct sql_relation *relation,
                              const struct pl_record *record, const struct sql_record *opened,
                              uint32_t count)
{
    uint32_t *wanted = arena_array(&frame->scratch, relation->column_count + 1u, sizeof(*wanted));
    uint32_t *own = arena_array(&frame->scratch, count + 1u, sizeof(*own));
    struct pl_row_shape shape = {wanted, 0}, row = {own, count};
    if (!wanted || !own)
        return sql_fail_memory(frame->env.error);
    for (uint16_t i = 0; i < relation->column_count; i++)
        if (!relation->columns[i].dropped)
            wanted[shape.count++] = relation->columns[i].type;
    for (uint32_t i = 0; i < count; i++)
        own[i] = record ? record->types[i] : sql_record_column_type(opened, i);
    return pl_check_row(
               frame, "returned row structure does not match the structure of the triggering table",
               &shape, &row) ||
           sql_context_line(frame->env.error,
                            "PL/pgSQL function " SLICE_FMT " during function exit",
                            SLICE_ARG(frame->function->name));
}

/* The row that the function returned, as the relation's columns. */
static bool take_returned(struct pl_frame *frame, struct sql_trigger_data *data,
                          struct arena *arena)
{
    const struct sql_relation *relation = data->relation;
    const struct pl_record *record = NULL;
    uint32_t at = 0;
    if (frame->returned_variable != PL_NONE) {
        const struct pl_variable *variable = pl_variable(frame, frame->returned_variable);
        record = variable->kind == PL_RECORD ? &frame->values[variable->number].record : NULL;
    }
    data->returned_null = !record && frame->returned.null;
    if (record)
        data->returned_null = !record->assigned || record->null;
    if (data->returned_null || !data->row || !(data->before || data->instead))
        return true;
    struct sql_record opened;
    if (!record)
        sql_record_open(&frame->env, frame->returned, &opened);
    uint32_t count = record ? record->count : opened.count;
    if (!check_trigger_row(frame, relation, record, &opened, count))
        return false;
    for (uint16_t i = 0; i < relation->column_count; i++) {
        const struct sql_column *column = &relation->columns[i];
        struct sql_env env = pg_stored_env(&frame->env, arena);
        data->result[i] = datum_null();
        if (column->dropped)
            continue;
        struct datum value = record ? record->values[at] : sql_record_get(&opened, at);
        bool fits = record && record->typmods[at] == column->typmod;
        if (!pg_stored_cast(&env, value, column->type, column->type, fits ? -1 : column->typmod,
                            &data->result[i]) ||
            !pl_copy(frame, arena, column->type, &data->result[i]))
            return false;
        at++;
    }
    data->result_set = true;
    return true;
}

bool pl_call_trigger(struct sql_env *env, const struct sql_routine *routine,
                     struct sql_trigger_data *data)
{
    struct sql_call call = {.env = env, .arena = env->arena};
    struct pl_function *f = compiled(&call, routine);
    struct pl_frame frame;
    if (!f)
        return false;
    f->users++;
    bool ok = pl_frame_init(&frame, env, f);
    frame.trigger = data;
    /* The row that there is not is NULL. */
    ok = ok && pl_set_relation_row(&frame, f->new_row, data->relation, data->new_row) &&
         pl_set_relation_row(&frame, f->old_row, data->relation, data->old_row) &&
         pl_frame_run(&frame) && take_returned(&frame, data, env->arena);
    pl_frame_done(&frame);
    pg_routine_cache_release(env, f);
    return ok;
}

bool pl_call_event_trigger(struct sql_env *env, const struct sql_routine *routine,
                           struct slice event, struct slice tag)
{
    struct sql_call call = {.env = env, .arena = env->arena};
    struct pl_function *f = compiled(&call, routine);
    struct pl_frame frame;
    if (!f)
        return false;
    f->users++;
    bool ok = pl_frame_init(&frame, env, f) && pl_set_text(&frame, f->trigger_first, event) &&
              pl_set_text(&frame, f->trigger_first + 1, tag) && pl_frame_run(&frame);
    pl_frame_done(&frame);
    pg_routine_cache_release(env, f);
    return ok;
}

/* ---- DO, CREATE FUNCTION */

bool pl_call_inline(struct sql_env *env, struct slice text, bool may_end)
{
    const struct pl_source source = {.text = text};
    struct pl_function *f = pl_compile(env, &source);
    struct pl_frame frame;
    if (!f)
        return false;
    bool ok = pl_frame_init(&frame, env, f);
    frame.atomic = !may_end;
    ok = ok && pl_frame_run(&frame);
    pl_frame_done(&frame);
    pl_function_destroy(f);
    return ok;
}

bool pl_check(struct sql_env *env, const struct sql_routine *routine)
{
    const struct pl_source source = {.routine = routine,
                                     .text = routine->source,
                                     .checks = true,
                                     .trigger = routine->result_type == TYPE_TRIGGER,
                                     .event_trigger = routine->result_type == TYPE_EVENT_TRIGGER};
    struct pl_function *f = pl_compile(env, &source);
    pl_function_destroy(f);
    return f != NULL;
}
