/* Byte strings and UUIDs. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_BYTEA_H
#define PARLEL_EMULATORS_SQL_VALUE_BYTEA_H

#include "emulators/sql/value/type.h"

#define SQL_UUID_SIZE 16

/* Appends the bytes' text: \x and digits, or escapes. */
void sql_bytea_add_hex(struct sql_bytes *out, struct slice bytes);
void sql_bytea_add_escaped(struct sql_bytes *out, struct slice bytes);
/* Appends the bytes of hexadecimal digits, between which there may be blanks (22023). */
bool sql_bytea_from_hex(struct sql_error *error, struct slice text, struct sql_bytes *out);

extern const struct sql_type_ops sql_bytea_ops;
extern const struct sql_type_ops sql_uuid_ops;

extern const struct sql_builtin sql_bytea_builtins[];
extern const struct sql_builtin sql_uuid_builtins[];

#endif
