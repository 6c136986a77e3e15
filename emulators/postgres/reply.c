#include "emulators/postgres/reply.h"

#include <stdarg.h>
#include <stdio.h>

#include "emulators/postgres/client_text.h"
#include "emulators/postgres/error_origin.h"
#include "emulators/sql/catalog/catalog.h"
#include "emulators/sql/value/bytes.h"
#include "emulators/sql/value/type_io.h"
#include "protocols/postgres/pg_encode.h"

static const char *const severity_names[] = {
    [SQL_DEBUG] = "DEBUG",   [SQL_LOG] = "LOG",         [SQL_INFO] = "INFO",
    [SQL_NOTICE] = "NOTICE", [SQL_WARNING] = "WARNING", [SQL_ERROR] = "ERROR",
    [SQL_FATAL] = "FATAL",
};

static bool text_out(struct pg_session *session, struct slice *text, struct sql_error *error)
{
    return pg_client_text_out(session->settings.now.client_encoding, &session->frame_arena, text,
                              error);
}

/* ---- errors and notices */

/* A byte's place as a character's: both from 1. Without a text it is a character's already. */
static uint32_t character_position(struct slice text, uint32_t byte)
{
    uint32_t characters = 1;
    if (!text.ptr)
        return byte;
    for (size_t i = 0; i + 1 < byte && i < text.len; i++)
        characters += (text.ptr[i] & 0xc0) != 0x80;
    return characters;
}

static void add_field(struct pg_error_field *fields, uint32_t *count, char code, struct slice text)
{
    if (text.ptr)
        fields[(*count)++] = (struct pg_error_field){code, text};
}

static struct slice number_text(char room[16], uint32_t number)
{
    int len = snprintf(room, 16, "%u", (unsigned)number);
    return slice_of(room, (size_t)len);
}

static void add_origin(struct pg_error_field *fields, uint32_t *count,
                       const struct sql_error *error)
{
    const struct pg_error_origin *origin = pg_error_origin(error);
    add_field(fields, count, 'F', slice_str(origin->file));
    add_field(fields, count, 'L', slice_str(origin->line));
    add_field(fields, count, 'R', slice_str(origin->routine));
}

/* The client's character set may lack a character: then that is told instead. */
static bool fields_out(struct pg_session *session, struct pg_error_field *fields, uint32_t count,
                       struct sql_error *error)
{
    for (uint32_t i = 0; i < count; i++)
        if (!text_out(session, &fields[i].text, error))
            return false;
    return true;
}

static bool put_fields(struct pg_session *session, char type, const struct sql_error *error,
                       struct sql_error *inner)
{
    struct pg_error_field fields[20];
    char position[16], internal[16];
    uint32_t count = 0;
    struct slice severity = slice_str(severity_names[error->severity]);
    add_field(fields, &count, 'S', severity);
    add_field(fields, &count, 'V', severity);
    add_field(fields, &count, 'C', slice_str(error->sqlstate));
    add_field(fields, &count, 'M', error->message.ptr ? error->message : slice_str(""));
    add_field(fields, &count, 'D', error->detail);
    add_field(fields, &count, 'H', error->hint);
    add_field(fields, &count, 'W', error->context);
    add_field(fields, &count, 's', error->schema);
    add_field(fields, &count, 't', error->table);
    add_field(fields, &count, 'c', error->column);
    add_field(fields, &count, 'd', error->type);
    add_field(fields, &count, 'n', error->constraint);
    if (error->position && !error->internal_query.ptr)
        add_field(fields, &count, 'P',
                  number_text(position, character_position(session->text, error->position)));
    if (error->internal_position)
        add_field(fields, &count, 'p',
                  number_text(internal,
                              character_position(error->internal_query, error->internal_position)));
    add_field(fields, &count, 'q', error->internal_query);
    add_origin(fields, &count, error);
    if (!fields_out(session, fields, count, inner))
        return false;
    pg_put_error(session->out, type, fields, count);
    return true;
}

static void put_message(struct pg_session *session, char type, const struct sql_error *error)
{
    struct sql_error inner;
    sql_error_begin(&inner, &session->frame_arena);
    if (put_fields(session, type, error, &inner))
        return;
    inner.severity = error->severity;
    put_fields(session, type, &inner, &inner);
}

void pg_reply_settle(struct pg_session *session)
{
    struct sql_error *error = &session->error;
    struct slice *strings[] = {
        &error->message, &error->detail, &error->hint,   &error->context, &error->internal_query,
        &error->schema,  &error->table,  &error->column, &error->type,    &error->constraint,
    };
    if (error->position)
        error->position = character_position(session->text, error->position);
    session->text = slice_of(NULL, 0);
    error->arena = &session->frame_arena;
    for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
        if (strings[i]->ptr)
            *strings[i] = arena_dup(error->arena, *strings[i]);
}

void pg_reply_error(struct pg_session *session)
{
    struct sql_error *error = &session->error;
    if (!error->sqlstate[0])
        sql_fail(error, "XX000", "the statement failed without an error");
    if (error->severity < SQL_ERROR)
        error->severity = SQL_ERROR;
    put_message(session, 'E', error);
    session->tells_at_once = true;
    session->pg->stats.errors++;
    sql_error_begin(error, error->arena);
}

void pg_reply_notice(struct pg_session *session, const struct sql_error *notice)
{
    session->notices++;
    if (session->transport && (notice->severity >= session->settings.now.client_min_messages ||
                               notice->severity == SQL_INFO)) {
        put_message(session, 'N', notice);
        session->tells_at_once = true;
    }
}

void pg_reply_noticef(struct pg_session *session, enum sql_severity severity, const char *sqlstate,
                      const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    struct sql_error notice = {.severity = severity, .message = slice_str(text)};
    memcpy(notice.sqlstate, sqlstate, sizeof(notice.sqlstate));
    pg_reply_notice(session, &notice);
}

/* ---- settings and readiness */

void pg_reply_setting(struct pg_session *session, unsigned index, struct slice value)
{
    struct sql_error error;
    sql_error_begin(&error, &session->frame_arena);
    if (text_out(session, &value, &error))
        pg_put_parameter(session->out, slice_str(pg_setting_table[index].name), value);
}

void pg_reply_changed_settings(struct pg_session *session)
{
    struct pg_settings *settings = &session->settings;
    for (unsigned i = 0; i < settings->reported_count; i++) {
        unsigned index = settings->reported[i];
        struct slice value = pg_settings_show_at(settings, &session->frame_arena, index);
        if (pg_settings_tell(settings, index, value))
            pg_reply_setting(session, index, value);
    }
    settings->reported_count = 0;
}

void pg_reply_ready(struct pg_session *session)
{
    pg_reply_changed_settings(session);
    pg_put_ready(session->out, (enum pg_transaction_status)pg_block_status(session));
}

/* ---- rows */

/* The columns' names as the client reads them; NULL: the error is filled. */
static const struct slice *names_out(struct pg_session *session,
                                     const struct sql_result_column *columns, uint32_t count)
{
    struct slice *names = arena_array(&session->frame_arena, count + 1, sizeof(*names));
    if (!names) {
        sql_fail_memory(&session->error);
        return NULL;
    }
    for (uint32_t i = 0; i < count; i++) {
        names[i] = columns[i].name;
        if (!text_out(session, &names[i], &session->error))
            return NULL;
    }
    return names;
}

bool pg_reply_row_description(struct pg_session *session, const struct sql_result_column *columns,
                              uint32_t count, const struct pg_result_formats *formats)
{
    const struct slice *names = names_out(session, columns, count);
    if (!names)
        return false;
    struct outq_mark mark = pg_begin_row_description(session->out, (uint16_t)count);
    for (uint32_t i = 0; i < count; i++) {
        const struct sql_type *type = sql_find_type_id(&session->core, columns[i].type);
        /* Clients see a domain as the type below it. */
        int32_t typmod = columns[i].typmod;
        while (type && type->kind == SQL_TYPE_DOMAIN) {
            typmod = type->base_typmod;
            type = sql_find_type_id(&session->core, type->base);
        }
        struct pg_column column = {
            .name = names[i],
            .table = columns[i].origin_table,
            .number = columns[i].origin_column,
            .type = type ? type->id : columns[i].type,
            .type_len = type ? type->len : -1,
            .typmod = typmod,
            .format = pg_result_format(formats, i),
        };
        pg_put_row_column(session->out, &column);
    }
    pg_end(session->out, mark);
    return true;
}

static bool begin_rows(struct sql_sink *base, const struct sql_result_column *columns,
                       uint32_t count)
{
    struct pg_row_sink *sink = (struct pg_row_sink *)(void *)base;
    struct pg_session *session = sink->session;
    if (sink->types)
        return true; /* the next portion of a portal */
    sink->columns = columns;
    sink->column_count = count;
    sink->types = arena_array(session->env.arena, count + 1, sizeof(struct sql_type *));
    if (!sink->types)
        return sql_fail_memory(&session->error);
    for (uint32_t i = 0; i < count; i++) {
        sink->types[i] = sql_find_type_id(&session->core, columns[i].type);
        if (!sink->types[i])
            return sql_fail(&session->error, "XX000", "cache lookup failed for type %u",
                            columns[i].type);
    }
    if (sink->describe && columns &&
        !pg_reply_row_description(session, columns, count, sink->formats))
        return false;
    sink->describe = false;
    return true;
}

static bool put_value(struct pg_row_sink *sink, struct sql_call *call, uint32_t i,
                      struct datum value, struct sql_bytes *row)
{
    const struct sql_type *type = sink->types[i];
    uint16_t format = pg_result_format(sink->formats, i);
    if (format > 1)
        return sql_fail(call->env->error, "22023", "unsupported format code: %d", format);
    int encoding = sink->session->settings.now.client_encoding;
    size_t at = row->len;
    if (format == 0)
        return sql_type_output(call, type, value, row) &&
               pg_client_tail_out(encoding, row, at, call->env->error);
    return pg_client_value_out(encoding, call, type, value, row);
}

/* A length, known once what it counts is written; `extra` more than what follows it. */
static void patch_length(struct sql_bytes *row, size_t at, uint32_t extra)
{
    uint32_t len = (uint32_t)(row->len - at - 4) + extra;
    for (unsigned i = 0; i < 4; i++)
        row->ptr[at + i] = (uint8_t)(len >> (24 - 8 * i));
}

/* Bytes of a DataRow that needs no memory. */
#define ROW_ROOM 256

static bool put_row(struct sql_sink *base, struct sql_env *env, const struct datum *values,
                    uint32_t count)
{
    struct pg_row_sink *sink = (struct pg_row_sink *)(void *)base;
    struct pg_session *session = sink->session;
    struct sql_call call = {.env = env, .arena = &sink->arena};
    uint8_t room[ROW_ROOM];
    struct sql_bytes row = {.arena = &sink->arena, .ptr = room, .room = sizeof(room)};
    sql_bytes_add_char(&row, 'D');
    sql_bytes_add_u32(&row, 0);
    sql_bytes_add_u16(&row, (uint16_t)count);
    bool ok = true;
    for (uint32_t i = 0; i < count && ok; i++) {
        size_t at = row.len;
        sql_bytes_add_u32(&row, UINT32_MAX);
        if (values[i].null)
            continue;
        ok = put_value(sink, &call, i, values[i], &row);
        if (!row.failed)
            patch_length(&row, at, 0);
    }
    if (ok && row.failed)
        ok = sql_fail_memory(env->error);
    if (ok) {
        patch_length(&row, 1, 4);
        outq_put(session->out, row.ptr, row.len);
        sink->rows++;
    }
    arena_reset(&sink->arena);
    return ok && pg_session_flush_wait(session);
}

void pg_row_sink_init(struct pg_row_sink *sink, struct pg_session *session,
                      const struct pg_result_formats *formats, bool describe)
{
    *sink = (struct pg_row_sink){
        .sink = {.begin = begin_rows, .row = put_row},
        .session = session,
        .formats = formats,
        .describe = describe,
    };
}

void pg_row_sink_done(struct pg_row_sink *sink)
{
    arena_done(&sink->arena);
}
