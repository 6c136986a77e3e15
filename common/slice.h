/* Borrowed bytes: a pointer and a length that never own what they point at.
 *
 * Wire data, keys and values travel as slices; NUL-terminated strings stop at the command line and
 * the log. Print with SLICE_FMT / SLICE_ARG, compare with slice_eq. */
#ifndef PARLEL_COMMON_SLICE_H
#define PARLEL_COMMON_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
    const uint8_t *ptr;
    size_t len;
};

/* printf("%.*s", SLICE_ARG(s)) */
#define SLICE_FMT    "%.*s"
#define SLICE_ARG(s) (int)(s).len, (const char *)(s).ptr

/* A slice over a string literal, usable in initialisers. */
#define SLICE_LITERAL(text)                          \
    {                                                \
        (const uint8_t *)("" text), sizeof(text) - 1 \
    }

static inline struct slice slice_of(const void *ptr, size_t len)
{
    return (struct slice){(const uint8_t *)ptr, len};
}

static inline struct slice slice_str(const char *text)
{
    return slice_of(text, strlen(text));
}

static inline bool slice_eq(struct slice a, struct slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool slice_eq_str(struct slice a, const char *text)
{
    return slice_eq(a, slice_str(text));
}

/* Orders by bytes, then by length: what memcmp would say of padded strings. */
static inline int slice_compare(struct slice a, struct slice b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len ? memcmp(a.ptr, b.ptr, len) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

static inline uint8_t ascii_lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

static inline bool slice_eq_nocase(struct slice a, struct slice b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (ascii_lower(a.ptr[i]) != ascii_lower(b.ptr[i]))
            return false;
    return true;
}

/* ASCII case-insensitive comparison with a literal: keywords of a command. */
static inline bool slice_is(struct slice a, const char *word)
{
    return slice_eq_nocase(a, slice_str(word));
}

static inline struct slice slice_from(struct slice s, size_t at)
{
    if (at >= s.len)
        at = s.len;
    return at ? slice_of(s.ptr + at, s.len - at) : s; /* no arithmetic on NULL */
}

#endif
