/* RAISE, ASSERT, GET DIAGNOSTICS. */
#include "emulators/postgres/plpgsql/run.h"
#include "emulators/postgres/session.h"
#include "emulators/sql/session.h"
#include "emulators/sql/value/integer.h"

static bool format_message(struct pl_frame *frame, const struct pl_raise *node, struct slice *out)
{
    struct sql_bytes text;
    uint32_t next = 0;
    sql_bytes_init(&text, &frame->scratch);
    for (size_t i = 0; i < node->message.len; i++) {
        uint8_t c = node->message.ptr[i];
        struct slice value;
        if (c != '%') {
            sql_bytes_add_char(&text, (char)c);
        } else if (i + 1 < node->message.len && node->message.ptr[i + 1] == '%') {
            sql_bytes_add_char(&text, '%');
            i++;
        } else {
            if (!pl_eval_text(frame, node->args.items[next++], &value))
                return false;
            if (value.ptr)
                sql_bytes_add_slice(&text, value);
            else
                sql_bytes_add_str(&text, "<NULL>");
        }
    }
    *out = sql_bytes_slice(&text);
    return !text.failed || sql_fail_memory(frame->env.error);
}

/* A SQLSTATE, or a condition's name. */
static bool read_code(struct pl_frame *frame, struct slice code, char out[6])
{
    bool literal = code.len == 5;
    for (size_t i = 0; literal && i < 5; i++)
        literal = (code.ptr[i] >= '0' && code.ptr[i] <= '9') ||
                  (code.ptr[i] >= 'A' && code.ptr[i] <= 'Z');
    const char *sqlstate = literal ? NULL : pl_condition_sqlstate(code);
    if (literal)
        memcpy(out, code.ptr, 5);
    else if (sqlstate)
        memcpy(out, sqlstate, 5);
    else
        return sql_fail(frame->env.error, "42704",
                        "unrecognized exception condition \"" SLICE_FMT "\"", SLICE_ARG(code));
    return true;
}

static bool apply_options(struct pl_frame *frame, const struct pl_raise *node,
                          struct sql_error *raised)
{
    struct slice *const places[] = {
        &raised->message,    &raised->detail, &raised->hint,  NULL,           &raised->column,
        &raised->constraint, &raised->type,   &raised->table, &raised->schema};
    for (uint32_t i = 0; i < node->option_count; i++) {
        const struct pl_raise_option *option = &node->options[i];
        struct slice value;
        if (!pl_eval_text(frame, option->value, &value))
            return false;
        if (!value.ptr)
            return sql_fail(frame->env.error, "22004", "RAISE statement option cannot be null");
        struct slice *place = places[option->option];
        if (!place) {
            if (!read_code(frame, value, raised->sqlstate))
                return false;
            continue;
        }
        if (place->ptr)
            return sql_fail(frame->env.error, "42601", "RAISE option already specified: %s",
                            option->option == PL_RAISE_MESSAGE ? "MESSAGE" : "DETAIL");
        *place = arena_dup(raised->arena, value);
    }
    return true;
}

static bool make_raised(struct pl_frame *frame, const struct pl_raise *node,
                        struct sql_error *raised)
{
    struct slice message = {NULL, 0};
    sql_error_begin(raised, frame->env.error->arena);
    raised->severity = node->level;
    if (node->sqlstate[0])
        memcpy(raised->sqlstate, node->sqlstate, 6);
    if (node->message.ptr) {
        if (!format_message(frame, node, &message))
            return false;
        raised->message = arena_dup(raised->arena, message);
    }
    if (!apply_options(frame, node, raised))
        return false;
    if (!raised->sqlstate[0])
        memcpy(raised->sqlstate,
               node->level == SQL_ERROR     ? "P0001"
               : node->level == SQL_WARNING ? "01000"
                                            : "00000",
               6);
    if (!raised->message.ptr)
        raised->message = node->condition.ptr
                              ? arena_dup(raised->arena, node->condition)
                              : arena_dup(raised->arena, slice_of(raised->sqlstate, 5));
    return true;
}

enum pl_flow pl_run_raise(struct pl_frame *frame, const struct pl_statement *statement)
{
    const struct pl_raise *node = (const void *)statement;
    struct sql_error raised;
    if (node->rethrow) {
        if (frame->caught)
            *frame->env.error = *frame->caught;
        else
            sql_fail(frame->env.error, "0Z002",
                     "RAISE without parameters cannot be used outside an exception handler");
        return PL_FAILED;
    }
    if (!make_raised(frame, node, &raised))
        return PL_FAILED;
    if (node->level >= SQL_ERROR) {
        *frame->env.error = raised;
        return PL_FAILED;
    }
    sql_context_line(&raised, "PL/pgSQL function " SLICE_FMT " line %d at RAISE",
                     SLICE_ARG(frame->function->name), frame->line);
    frame->env.session->owner->notice(frame->env.session, &raised);
    return PL_NEXT;
}

enum pl_flow pl_run_assert(struct pl_frame *frame, const struct pl_statement *statement)
{
    const struct pl_assert *node = (const void *)statement;
    struct slice message = {NULL, 0};
    bool holds, null, checks;
    struct slice setting;
    /* It is no setting until somebody sets it. */
    struct sql_session *session = frame->env.session;
    if (session->owner->get_setting(session, slice_str("plpgsql.check_asserts"), &frame->scratch,
                                    &setting) &&
        sql_bool_parse(setting, &checks) && !checks)
        return PL_NEXT;
    if (!pl_eval_bool(frame, node->condition, &holds, &null))
        return PL_FAILED;
    if (holds)
        return PL_NEXT;
    if (node->message && !pl_eval_text(frame, node->message, &message))
        return PL_FAILED;
    if (message.ptr)
        sql_fail(frame->env.error, "P0004", SLICE_FMT, SLICE_ARG(message));
    else
        sql_fail(frame->env.error, "P0004", "assertion failed");
    return PL_FAILED;
}

/* ---- GET DIAGNOSTICS */

static bool set_context(struct pl_frame *frame, const struct pl_target *target)
{
    enum { TYPE_TEXT = 25 };
    struct slice text =
        arena_printf(&frame->scratch, "PL/pgSQL function " SLICE_FMT " line %d at GET DIAGNOSTICS",
                     SLICE_ARG(frame->function->name), frame->line);
    return pl_set_target(frame, target, datum_bytes(text), TYPE_TEXT, -1);
}

static bool set_item(struct pl_frame *frame, const struct pl_diagnostic *item)
{
    enum { TYPE_INT8 = 20, TYPE_TEXT = 25, TYPE_OID = 26 };
    const struct sql_error *e = frame->caught;
    struct slice text = {NULL, 0};
    switch (item->item) {
    case PL_ROW_COUNT:
        return pl_set_target(frame, &item->target, datum_int((int64_t)frame->row_count), TYPE_INT8,
                             -1);
    case PL_ROUTINE_OID:
        return pl_set_target(frame, &item->target, datum_int(frame->function->id), TYPE_OID, -1);
    case PL_CONTEXT: return set_context(frame, &item->target);
    case PL_ERROR_CONTEXT: text = e->context; break;
    case PL_ERROR_DETAIL: text = e->detail; break;
    case PL_ERROR_HINT: text = e->hint; break;
    case PL_RETURNED_SQLSTATE: text = slice_of(e->sqlstate, 5); break;
    case PL_COLUMN_NAME: text = e->column; break;
    case PL_CONSTRAINT_NAME: text = e->constraint; break;
    case PL_DATATYPE_NAME: text = e->type; break;
    case PL_MESSAGE_TEXT: text = e->message; break;
    case PL_TABLE_NAME: text = e->table; break;
    case PL_SCHEMA_NAME: text = e->schema; break;
    default: break;
    }
    return pl_set_target(frame, &item->target, datum_bytes(text), TYPE_TEXT, -1);
}

enum pl_flow pl_run_diagnostics(struct pl_frame *frame, const struct pl_statement *statement)
{
    const struct pl_diagnostics *node = (const void *)statement;
    if (node->stacked && !frame->caught) {
        sql_fail(frame->env.error, "0Z002",
                 "GET STACKED DIAGNOSTICS cannot be used outside an exception handler");
        return PL_FAILED;
    }
    for (uint32_t i = 0; i < node->count; i++)
        if (!set_item(frame, &node->items[i]))
            return PL_FAILED;
    return PL_NEXT;
}
