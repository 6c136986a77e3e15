/* Numbers as text and text as numbers, independent of the locale; globs; hexadecimal and base64.
 *
 * Parsers take the whole slice or nothing: no blanks, no rest. */
#ifndef PARLEL_COMMON_TEXT_H
#define PARLEL_COMMON_TEXT_H

#include "common/slice.h"

#define TEXT_INT_MAX    21  /* bytes that text_from_i64/u64 may write */
#define TEXT_DOUBLE_MAX 352 /* bytes that text_from_double... may write */

/* Writes the decimal digits (no NUL); returns their number. */
size_t text_from_i64(char out[TEXT_INT_MAX], int64_t value);
size_t text_from_u64(char out[TEXT_INT_MAX], uint64_t value);

/* Strict decimal: optional '-', no '+', no leading zeros ("0" itself aside), in range. What Redis
 * calls an integer. */
bool text_to_i64(struct slice text, int64_t *out);
bool text_to_u64(struct slice text, uint64_t *out);

/* As C's strtod takes it, whole slice, without leading blanks; "inf", "nan", hexadecimal as there.
 * False for the empty slice, a rest, or overflow (ERANGE with an infinite or zero result). */
bool text_to_double(struct slice text, double *out);
bool text_to_long_double(struct slice text, long double *out);

/* As strtod reads the text with a NUL behind it: leading blanks are skipped, a NUL within ends the
 * text, nothing at all is 0. False for a rest. Out of range (ERANGE) is told apart: *out is then
 * the infinity, or the number near zero, that strtod gives. */
bool text_to_double_loosely(struct slice text, double *out, bool *out_of_range);

/* Seventeen significant digits, without trailing zeros, as redis-server 7.0 prints a score: 3, 3.5,
 * 0.10000000000000001, 1e+20, -0, inf, -inf, nan. */
size_t text_from_double(char out[TEXT_DOUBLE_MAX], double value);
/* The fewest digits that read back the same: 0.1, 1e+20; otherwise the same. */
size_t text_from_double_shortest(char out[TEXT_DOUBLE_MAX], double value);
/* "%.17Lf" with trailing zeros removed: what INCRBYFLOAT stores. No exponent ever. */
size_t text_from_long_double(char out[TEXT_DOUBLE_MAX * 16], long double value);

/* Glob with * ? [abc] [^a-z] and backslash, as Redis's KEYS understands it (KEYS, SCAN, PSUBSCRIBE,
 * CONFIG GET, ACL patterns): a class that is not closed ends with the pattern, spans compare signed
 * bytes, and no star matches the empty text. Steps are bounded: a pattern of many stars costs no more than
 * pattern.len * text.len. */
bool text_glob(struct slice pattern, struct slice text, bool nocase);

void text_to_hex(char *out, const uint8_t *bytes, size_t len); /* 2 * len digits, no NUL */
bool text_from_hex(struct slice hex, uint8_t *out);            /* hex.len / 2 bytes; both cases */

/* Base64 (RFC 4648, 4), with padding; blanks and line ends between its characters are skipped. out
 * has room for base64.len bytes. */
bool text_from_base64(struct slice base64, uint8_t *out, size_t *out_len);

/* Writes TEXT_BASE64_LEN(len) characters, no NUL. */
#define TEXT_BASE64_LEN(len) (((len) + 2) / 3 * 4)
void text_to_base64(char *out, const uint8_t *bytes, size_t len);

#endif
