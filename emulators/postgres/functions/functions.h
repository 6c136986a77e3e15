/* Functions that are PostgreSQL's own: about the session, its transaction, locks, sequences, settings
 * and catalogs. Functions of values are the core's (emulators/sql/value).
 *
 * A file a subject; each ends with its table, which functions.c lists. env->session is a session of
 * this emulator (session.h). */
#ifndef PARLEL_EMULATORS_POSTGRES_FUNCTIONS_FUNCTIONS_H
#define PARLEL_EMULATORS_POSTGRES_FUNCTIONS_FUNCTIONS_H

#include "emulators/postgres/session.h"
#include "emulators/sql/txn/lock.h"
#include "emulators/sql/value/call.h"

/* What the dialect brings beside the core's functions; NULL ends it. */
extern const struct sql_builtin *const pg_function_families[];

extern const struct sql_builtin pg_convert_functions[];
extern const struct sql_builtin pg_concat_functions[];
extern const struct sql_builtin pg_acl_functions[];
extern const struct sql_builtin pg_activity_functions[];
extern const struct sql_builtin pg_event_trigger_functions[];
extern const struct sql_builtin pg_extension_functions[];      /* extension/available.c */
extern const struct sql_builtin pg_index_property_functions[]; /* catalog/fn_index_property.c */
extern const struct sql_builtin pg_relation_size_functions[];  /* catalog/size.c */
extern const struct sql_builtin pg_identity_functions[];       /* catalog/fn_identity.c */
extern const struct sql_builtin pg_info_functions[];
extern const struct sql_builtin pg_input_functions[];
extern const struct sql_builtin pg_keyword_functions[];
extern const struct sql_builtin pg_large_object_functions[];
extern const struct sql_builtin pg_lock_functions[];
extern const struct sql_builtin pg_lsn_functions[];
extern const struct sql_builtin pg_privilege_functions[];
extern const struct sql_builtin pg_sequence_functions[];
extern const struct sql_builtin pg_session_functions[];
extern const struct sql_builtin pg_setting_functions[];
extern const struct sql_builtin pg_size_functions[];
extern const struct sql_builtin pg_time_functions[];
extern const struct sql_builtin pg_transaction_functions[];
extern const struct sql_builtin pg_xml_map_functions[]; /* xml/fn_xml_map.c */
extern const struct sql_builtin pg_zone_functions[];

static inline struct pg_session *pg_call_session(const struct sql_call *call)
{
    return pg_session_of(call->env->session);
}

/* A row of the function's OUT parameters, `count` of them: into call->columns, or as a record. */
bool pg_call_give_row(struct sql_call *call, const struct datum *values, uint16_t count,
                      struct datum *out);

/* ptr NULL: NULL. */
struct datum pg_text_or_null(struct slice text);
/* text[] of the texts. */
bool pg_make_texts(struct sql_call *call, const struct slice *texts, uint32_t count,
                   struct datum *out);

/* "relation", "tuple" and so on: how views call what a lock is on. */
const char *pg_lock_kind_name(enum sql_lock_kind kind);

/* Whether an input function's error says that the text is no value of the type. (fn_input.c) */
bool pg_error_is_of_input(const struct sql_error *error);

/* A warning of the running statement. */
void pg_call_warn(struct sql_call *call, const char *sqlstate, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
