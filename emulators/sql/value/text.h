/* Character strings: text, character varying(n), character(n), and those of the catalogs: name,
 * "char", C strings and literals of a type not known yet.
 *
 * All are UTF-8. character(n) keeps its blanks up to n characters; they count for nothing when it
 * is compared. A type modifier is n + 4, as catalogs and wires show it. A name has at most 63 bytes.
 * "char" is one byte, by value. Comparison is by bytes; call->collation is where another collation
 * would be asked for. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_TEXT_H
#define PARLEL_EMULATORS_SQL_VALUE_TEXT_H

#include "emulators/sql/value/type.h"

#define SQL_NAME_MAX     63 /* bytes */
#define SQL_TYPMOD_EXTRA 4  /* a length's type modifier is so much larger */

/* Bytes of the UTF-8 character that begins with this byte; text is known to be valid. */
static inline size_t sql_char_width(uint8_t lead)
{
    return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/* Code point at the front, and its bytes; `text` is not empty. */
uint32_t sql_char_get(struct slice text, size_t *width);

size_t sql_text_length(struct slice text); /* characters */
/* The first `count` characters (all, when there are fewer). */
struct slice sql_text_prefix(struct slice text, size_t count);
/* As many whole characters as fit into `len` bytes. */
struct slice sql_text_clip(struct slice text, size_t len);
struct slice sql_text_without_blanks(struct slice text); /* at the end */

/* Where `part` begins in `text`, in bytes; SIZE_MAX: nowhere. */
size_t sql_text_find(struct slice text, struct slice part);

/* Appends a code point's UTF-8. */
void sql_char_add(struct sql_bytes *out, uint32_t code);

/* Bytes that came from outside as text: valid UTF-8 without NUL, or 22021. */
bool sql_text_check(struct sql_error *error, struct slice bytes);

int sql_text_compare(struct sql_call *call, struct slice a, struct slice b);

/* character varying(n), character(n): the value cut or padded for the modifier; what is lost may
 * only be blanks unless the cast is explicit (22001). */
bool sql_varchar_fit(struct sql_call *call, struct slice text, int32_t typmod, bool is_explicit,
                     struct datum *out);
bool sql_bpchar_fit(struct sql_call *call, struct slice text, int32_t typmod, bool is_explicit,
                    struct datum *out);

/* "char": a byte above 127 has the text \ooo; of a longer text the first byte counts. */
uint8_t sql_char_from_text(struct slice text);
void sql_char_add_text(struct sql_bytes *out, uint8_t value);

/* Appends bytes so that memcmp orders the results as the slices and none begins another. */
void sql_key_add_text(struct sql_bytes *out, struct slice text);    /* without NUL in it */
void sql_key_add_binary(struct sql_bytes *out, struct slice bytes); /* of any bytes */

extern const struct sql_type_ops sql_text_ops;
extern const struct sql_type_ops sql_varchar_ops;
extern const struct sql_type_ops sql_bpchar_ops;
extern const struct sql_type_ops sql_name_ops;
extern const struct sql_type_ops sql_char_ops;
extern const struct sql_type_ops sql_cstring_ops; /* of "unknown", too */
extern const struct sql_type_ops sql_void_ops;

extern const struct sql_builtin sql_normalize_builtins[];
extern const struct sql_builtin sql_text_builtins[];
extern const struct sql_builtin sql_text_case_builtins[];
extern const struct sql_builtin sql_text_compare_builtins[];
extern const struct sql_builtin sql_text_digest_builtins[];
extern const struct sql_builtin sql_text_encode_builtins[];
extern const struct sql_builtin sql_text_format_builtins[];
extern const struct sql_builtin sql_text_hash_builtins[];
extern const struct sql_builtin sql_text_quote_builtins[];
extern const struct sql_builtin sql_typmod_builtins[];
extern const struct sql_builtin sql_name_builtins[];

#endif
