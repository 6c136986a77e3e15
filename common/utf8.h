/* UTF-8 (RFC 3629): shortest forms only, no surrogates, up to U+10FFFF. */
#ifndef PARLEL_COMMON_UTF8_H
#define PARLEL_COMMON_UTF8_H

#include "common/slice.h"

#define UTF8_MAX 4 /* bytes of one character */

/* Bytes of the character at the front, 0 when there is none or it is not UTF-8. */
size_t utf8_width(struct slice s);

/* Writes a code point below 0x110000; returns its bytes. */
size_t utf8_put(uint8_t out[UTF8_MAX], uint32_t code);

/* Whether all bytes are ASCII's. */
bool utf8_is_ascii(struct slice text);

/* A place in a text, for people: both from 1, columns count characters. */
struct utf8_position {
    size_t line, column;
};

/* Moves the place over the bytes that follow it. */
void utf8_advance(struct utf8_position *position, struct slice passed);

#endif
