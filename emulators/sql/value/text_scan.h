/* Characters as readers of values see them: ASCII blanks, digits and letters, whatever the locale. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_TEXT_SCAN_H
#define PARLEL_EMULATORS_SQL_VALUE_TEXT_SCAN_H

#include "common/slice.h"

static inline bool sql_is_blank(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline bool sql_is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static inline bool sql_is_letter(uint8_t c)
{
    return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
}

static inline bool sql_is_punctuation(uint8_t c)
{
    return c > ' ' && c < 0x7f && !sql_is_digit(c) && !sql_is_letter(c);
}

static inline struct slice sql_skip_blanks(struct slice text)
{
    size_t at = 0;
    while (at < text.len && sql_is_blank(text.ptr[at]))
        at++;
    return slice_from(text, at);
}

static inline struct slice sql_trim_blanks(struct slice text)
{
    text = sql_skip_blanks(text);
    while (text.len && sql_is_blank(text.ptr[text.len - 1]))
        text.len--;
    return text;
}

#endif
