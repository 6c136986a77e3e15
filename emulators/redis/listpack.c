#include "emulators/redis/listpack.h"

#define HEADER 6
#define END    0xFF

/* ---- writing */

static void put_le(uint8_t *to, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        to[i] = (uint8_t)(value >> (8 * i));
}

void listpack_begin(struct listpack_writer *writer, struct outq *out)
{
    *writer = (struct listpack_writer){.out = out, .head = outq_mark(out, HEADER), .bytes = HEADER};
}

/* An element's whole length again, seven bits a byte, to be read from behind. */
static size_t put_back_length(uint8_t *to, size_t len)
{
    size_t bytes = len < 128 ? 1 : len < 16384 ? 2 : len < 2097152 ? 3 : len < 268435456 ? 4 : 5;
    for (size_t i = 0; i < bytes; i++) {
        uint8_t seven = (uint8_t)(len >> (7 * (bytes - 1 - i)) & 127);
        to[i] = (uint8_t)(seven | (i ? 0x80 : 0));
    }
    return bytes;
}

static void put_element(struct listpack_writer *writer, const uint8_t *head, size_t head_len,
                        struct slice rest)
{
    uint8_t back[5];
    size_t back_len = put_back_length(back, head_len + rest.len);
    outq_put(writer->out, head, head_len);
    outq_put_slice(writer->out, rest);
    outq_put(writer->out, back, back_len);
    writer->bytes += head_len + rest.len + back_len;
    writer->count++;
}

static size_t encode_int(uint8_t head[9], int64_t value)
{
    static const struct {
        int bytes;
        uint8_t code;
    } widths[] = {
        {2, 0xF1},
        {3, 0xF2},
        {4, 0xF3},
        {8, 0xF4}
    };
    if (value >= 0 && value <= 127) {
        head[0] = (uint8_t)value;
        return 1;
    }
    if (value >= -4096 && value <= 4095) {
        uint64_t bits = (uint64_t)value & 0x1FFF;
        head[0] = (uint8_t)(0xC0 | bits >> 8);
        head[1] = (uint8_t)bits;
        return 2;
    }
    for (int i = 0;; i++) {
        int64_t limit =
            widths[i].bytes == 8 ? INT64_MAX : (INT64_C(1) << (widths[i].bytes * 8 - 1));
        if (widths[i].bytes < 8 && (value < -limit || value >= limit))
            continue;
        head[0] = widths[i].code;
        put_le(head + 1, (uint64_t)value, widths[i].bytes);
        return 1 + (size_t)widths[i].bytes;
    }
}

static size_t encode_string(uint8_t head[9], size_t len)
{
    if (len < 64) {
        head[0] = (uint8_t)(0x80 | len);
        return 1;
    }
    if (len < 4096) {
        head[0] = (uint8_t)(0xE0 | len >> 8);
        head[1] = (uint8_t)len;
        return 2;
    }
    head[0] = 0xF0;
    put_le(head + 1, len, 4);
    return 5;
}

void listpack_put_int(struct listpack_writer *writer, int64_t value)
{
    uint8_t head[9];
    put_element(writer, head, encode_int(head, value), slice_of(NULL, 0));
}

void listpack_put(struct listpack_writer *writer, struct slice bytes)
{
    uint8_t head[9];
    int64_t value;
    if (bytes.len <= 20 && text_to_i64(bytes, &value))
        listpack_put_int(writer, value);
    else
        put_element(writer, head, encode_string(head, bytes.len), bytes);
}

size_t listpack_element_size(struct slice bytes)
{
    uint8_t head[9], back[5];
    int64_t value;
    size_t len = bytes.len <= 20 && text_to_i64(bytes, &value)
                     ? encode_int(head, value)
                     : encode_string(head, bytes.len) + bytes.len;
    return len + put_back_length(back, len);
}

void listpack_end(struct listpack_writer *writer)
{
    uint8_t end = END, head[HEADER];
    outq_put(writer->out, &end, 1);
    put_le(head, writer->bytes + 1, 4);
    put_le(head + 4, writer->count < 0xFFFF ? writer->count : 0xFFFF, 2);
    outq_patch(writer->out, writer->head, head, HEADER);
}

/* ---- reading */

static uint64_t get_le(const uint8_t *from, int bytes)
{
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++)
        value |= (uint64_t)from[i] << (8 * i);
    return value;
}

static int64_t get_signed(const uint8_t *from, int bytes)
{
    uint64_t value = get_le(from, bytes);
    if (bytes < 8 && value >> (bytes * 8 - 1))
        value |= UINT64_MAX << (bytes * 8);
    return (int64_t)value;
}

bool listpack_open(struct listpack_reader *reader, struct slice bytes)
{
    if (bytes.len < HEADER + 1 || get_le(bytes.ptr, 4) != bytes.len ||
        bytes.ptr[bytes.len - 1] != END)
        return false;
    *reader = (struct listpack_reader){bytes.ptr + HEADER, bytes.ptr + bytes.len - 1, false};
    return true;
}

#define ZIPLIST_HEADER 10

bool ziplist_open(struct listpack_reader *reader, struct slice bytes)
{
    if (bytes.len < ZIPLIST_HEADER + 1 || get_le(bytes.ptr, 4) != bytes.len ||
        bytes.ptr[bytes.len - 1] != END)
        return false;
    *reader = (struct listpack_reader){bytes.ptr + ZIPLIST_HEADER, bytes.ptr + bytes.len - 1, true};
    return true;
}

/* What the head of an element says: so many bytes of head, and either a string's length or an
 * integer of so many bytes behind it (or within the head, value set already). */
struct element {
    size_t head;
    bool is_int;
    int int_bytes;
    int64_t value;
    size_t len;
};

static bool listpack_head(const uint8_t *at, size_t left, struct element *e)
{
    static const uint8_t int_bytes[] = {2, 3, 4, 8};
    uint8_t code = at[0];
    *e = (struct element){.head = 1};
    if (!(code & 0x80)) {
        e->is_int = true;
        e->value = code;
    } else if ((code & 0xC0) == 0x80) {
        e->len = code & 63;
    } else if ((code & 0xE0) == 0xC0) {
        if (left < 2)
            return false;
        e->head = 2;
        e->is_int = true;
        e->value = (code & 31) << 8 | at[1];
        if (e->value >= 4096)
            e->value -= 8192;
    } else if ((code & 0xF0) == 0xE0) {
        if (left < 2)
            return false;
        e->head = 2;
        e->len = (size_t)((code & 15) << 8 | at[1]);
    } else if (code == 0xF0) {
        if (left < 5)
            return false;
        e->head = 5;
        e->len = (size_t)get_le(at + 1, 4);
    } else if (code >= 0xF1 && code <= 0xF4) {
        e->is_int = true;
        e->int_bytes = int_bytes[code - 0xF1];
    } else {
        return false;
    }
    return true;
}

static bool ziplist_head(const uint8_t *at, size_t left, struct element *e)
{
    size_t previous = at[0] < 254 ? 1 : 5;
    *e = (struct element){.head = previous + 1};
    if (left < previous + 1)
        return false;
    uint8_t code = at[previous];
    switch (code >> 6) {
    case 0: e->len = code & 63; return true;
    case 1:
        e->head = previous + 2;
        if (left < e->head)
            return false;
        e->len = (size_t)((code & 63) << 8 | at[previous + 1]);
        return true;
    case 2:
        e->head = previous + 5;
        if (left < e->head)
            return false;
        for (int i = 1; i <= 4; i++)
            e->len = e->len << 8 | at[previous + (size_t)i];
        return true;
    default: break;
    }
    e->is_int = true;
    switch (code) {
    case 0xC0: e->int_bytes = 2; return true;
    case 0xD0: e->int_bytes = 4; return true;
    case 0xE0: e->int_bytes = 8; return true;
    case 0xF0: e->int_bytes = 3; return true;
    case 0xFE: e->int_bytes = 1; return true;
    default: e->value = (code & 15) - 1; return code >= 0xF1 && code <= 0xFD;
    }
}

enum listpack_status listpack_next(struct listpack_reader *reader, char scratch[TEXT_INT_MAX],
                                   struct slice *out)
{
    struct element e;
    size_t left = (size_t)(reader->end - reader->at);
    uint8_t back[5];
    if (left == 0)
        return LISTPACK_END;
    if (!(reader->ziplist ? ziplist_head : listpack_head)(reader->at, left, &e))
        return LISTPACK_CORRUPT;
    size_t payload = e.is_int ? (size_t)e.int_bytes : e.len;
    if (payload > left - e.head)
        return LISTPACK_CORRUPT;
    const uint8_t *from = reader->at + e.head;
    if (e.is_int) {
        int64_t value = e.int_bytes ? get_signed(from, e.int_bytes) : e.value;
        *out = slice_of(scratch, text_from_i64(scratch, value));
    } else {
        *out = slice_of(from, e.len);
    }
    size_t whole = e.head + payload;
    if (!reader->ziplist)
        whole += put_back_length(back, whole);
    if (whole > left)
        return LISTPACK_CORRUPT;
    reader->at += whole;
    return LISTPACK_ELEMENT;
}
