/* Texts between the client and what is inside: checked or converted on their way in, converted on
 * their way out, by client_encoding.
 *
 * `encoding` is the client's, or that of a COPY. Errors: false, *error is filled: 22021 for what is
 * no text of the encoding, 22P05 for a character that the other side does not have. */
#ifndef PARLEL_EMULATORS_POSTGRES_CLIENT_TEXT_H
#define PARLEL_EMULATORS_POSTGRES_CLIENT_TEXT_H

#include "emulators/postgres/encoding.h"
#include "emulators/sql/value/type.h"

/* *text is UTF-8 afterwards: the client's own bytes, or a copy in the arena. */
bool pg_client_text_in(int encoding, struct arena *arena, struct slice *text,
                       struct sql_error *error);
/* *text is the client's afterwards: the same bytes, or a copy in the arena. */
bool pg_client_text_out(int encoding, struct arena *arena, struct slice *text,
                        struct sql_error *error);
/* The same of what stands in `out` from `at` on, in its place. */
bool pg_client_tail_out(int encoding, struct sql_bytes *out, size_t at, struct sql_error *error);

/* A value in its binary form. Texts in it are converted; of types that only contain texts (arrays,
 * rows, jsonb) those with other characters than ASCII are refused, 0A000. */
bool pg_client_value_in(int encoding, struct sql_call *call, const struct sql_type *type,
                        struct slice bytes, int32_t typmod, struct datum *out);
bool pg_client_value_out(int encoding, struct sql_call *call, const struct sql_type *type,
                         struct datum value, struct sql_bytes *out);

#endif
