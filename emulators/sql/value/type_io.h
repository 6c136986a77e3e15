/* Input, output, receive and send of a type as functions that SQL can call (int4in, date_out ...):
 * one of each, which does what the type's operations say.
 *
 * Input and receive take (cstring or bytes, element type, type modifier), the latter two optional,
 * and are of call->result_type; output and send look at call->arg_types[0]. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_TYPE_IO_H
#define PARLEL_EMULATORS_SQL_VALUE_TYPE_IO_H

#include "emulators/sql/value/type.h"

bool sql_call_input(struct sql_call *call, const struct datum *args, struct datum *out);
bool sql_call_output(struct sql_call *call, const struct datum *args, struct datum *out);
bool sql_call_receive(struct sql_call *call, const struct datum *args, struct datum *out);
bool sql_call_send(struct sql_call *call, const struct datum *args, struct datum *out);

/* A value from and to its binary form; a type that has none is 42883. */
bool sql_type_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                      int32_t typmod, struct datum *out);
bool sql_type_send(struct sql_call *call, const struct sql_type *type, struct datum value,
                   struct sql_bytes *out);

/* The identity, for casts between types of one representation. */
bool sql_call_same(struct sql_call *call, const struct datum *args, struct datum *out);

/* A text result; bytes that failed to grow are 53200. */
bool sql_call_return_bytes(struct sql_call *call, const struct sql_bytes *bytes, struct datum *out);

extern const struct sql_builtin sql_number_io_builtins[];

#endif
