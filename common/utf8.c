#include "common/utf8.h"

/* Well-formed sequences by their first byte (Unicode, table 3-7): the width and the second byte's
 * range. */
static const struct lead {
    uint8_t first, last, width, low, high;
} leads[] = {
    {0x00, 0x7f, 1, 0,    0   },
    {0xc2, 0xdf, 2, 0x80, 0xbf},
    {0xe0, 0xe0, 3, 0xa0, 0xbf},
    {0xe1, 0xec, 3, 0x80, 0xbf},
    {0xed, 0xed, 3, 0x80, 0x9f},
    {0xee, 0xef, 3, 0x80, 0xbf},
    {0xf0, 0xf0, 4, 0x90, 0xbf},
    {0xf1, 0xf3, 4, 0x80, 0xbf},
    {0xf4, 0xf4, 4, 0x80, 0x8f},
};

static const struct lead *find_lead(uint8_t c)
{
    for (size_t i = 0; i < sizeof(leads) / sizeof(*leads); i++)
        if (c >= leads[i].first && c <= leads[i].last)
            return &leads[i];
    return NULL;
}

size_t utf8_width(struct slice s)
{
    const struct lead *lead = s.len ? find_lead(s.ptr[0]) : NULL;
    if (!lead || s.len < lead->width)
        return 0;
    if (lead->width > 1 && (s.ptr[1] < lead->low || s.ptr[1] > lead->high))
        return 0;
    for (size_t i = 2; i < lead->width; i++)
        if ((s.ptr[i] & 0xc0) != 0x80)
            return 0;
    return lead->width;
}

static uint8_t tail(uint32_t code, unsigned shift)
{
    return (uint8_t)(0x80 | (code >> shift & 0x3f));
}

size_t utf8_put(uint8_t out[UTF8_MAX], uint32_t code)
{
    if (code < 0x80) {
        out[0] = (uint8_t)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (uint8_t)(0xc0 | code >> 6);
        out[1] = tail(code, 0);
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (uint8_t)(0xe0 | code >> 12);
        out[1] = tail(code, 6);
        out[2] = tail(code, 0);
        return 3;
    }
    out[0] = (uint8_t)(0xf0 | code >> 18);
    out[1] = tail(code, 12);
    out[2] = tail(code, 6);
    out[3] = tail(code, 0);
    return 4;
}

bool utf8_is_ascii(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] & 0x80)
            return false;
    return true;
}

void utf8_advance(struct utf8_position *position, struct slice passed)
{
    for (size_t i = 0; i < passed.len; i++) {
        position->column += (passed.ptr[i] & 0xc0) != 0x80;
        if (passed.ptr[i] == '\n')
            *position = (struct utf8_position){position->line + 1, 1};
    }
}
