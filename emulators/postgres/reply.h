/* What a session answers: errors and notices with all their fields, rows, tags.
 *
 * Positions of errors are bytes of session->text + 1 until they are sent: here they become
 * characters. Everything goes to session->out. */
#ifndef PARLEL_EMULATORS_POSTGRES_REPLY_H
#define PARLEL_EMULATORS_POSTGRES_REPLY_H

#include "emulators/postgres/session.h"
#include "emulators/sql/exec/exec.h"

/* The statement that failed goes: the error's position becomes one of characters now, and what it
 * borrowed from the statement its own. */
void pg_reply_settle(struct pg_session *session);
/* Sends session->error as an ErrorResponse and empties it. */
void pg_reply_error(struct pg_session *session);
/* Sends a notice if the client wants its severity (client_min_messages). */
void pg_reply_notice(struct pg_session *session, const struct sql_error *notice);
/* A warning or notice of the session's own making. */
void pg_reply_noticef(struct pg_session *session, enum sql_severity severity, const char *sqlstate,
                      const char *format, ...) __attribute__((format(printf, 4, 5)));
/* A setting's value, unless it is a name that the client's character set cannot spell. */
void pg_reply_setting(struct pg_session *session, unsigned index, struct slice value);
/* The settings that changed since the last time, then ReadyForQuery. */
void pg_reply_ready(struct pg_session *session);
void pg_reply_changed_settings(struct pg_session *session);

/* Formats of a result's columns: none (all text), one for all, or one each. */
struct pg_result_formats {
    const uint16_t *codes;
    uint32_t count;
};
static inline uint16_t pg_result_format(const struct pg_result_formats *formats, uint32_t column)
{
    return formats->count == 0 ? 0 : formats->codes[formats->count == 1 ? 0 : column];
}

/* False: session->error says which name the client's character set has not. */
bool pg_reply_row_description(struct pg_session *session, const struct sql_result_column *columns,
                              uint32_t count, const struct pg_result_formats *formats);

/* Rows to the client: a sink that sends DataRow messages. */
struct pg_row_sink {
    struct sql_sink sink; /* FIRST */
    struct pg_session *session;
    const struct pg_result_formats *formats;
    bool describe; /* a RowDescription goes before the first row */
    const struct sql_result_column *columns;
    const struct sql_type **types; /* of the columns */
    uint32_t column_count;
    uint64_t rows;
    struct arena arena; /* of one row */
};
void pg_row_sink_init(struct pg_row_sink *sink, struct pg_session *session,
                      const struct pg_result_formats *formats, bool describe);
void pg_row_sink_done(struct pg_row_sink *sink);

#endif
