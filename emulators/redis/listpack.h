/* Listpacks and ziplists, the packed sequences of Redis's DUMP payloads: written and read here, never
 * kept. Source: the listpack specification (antirez/listpack), the ziplist format of Redis 6. */
#ifndef PARLEL_EMULATORS_REDIS_LISTPACK_H
#define PARLEL_EMULATORS_REDIS_LISTPACK_H

#include "common/outq.h"
#include "common/text.h"

/* ---- writing: begin, elements, end; the bytes collect in the queue */
struct listpack_writer {
    struct outq *out;
    struct outq_mark head;
    size_t bytes;
    uint32_t count;
};
void listpack_begin(struct listpack_writer *writer, struct outq *out);
/* An element; what reads as an integer is stored as one. */
void listpack_put(struct listpack_writer *writer, struct slice bytes);
void listpack_put_int(struct listpack_writer *writer, int64_t value);
void listpack_end(struct listpack_writer *writer);
/* Bytes that an element will take. */
size_t listpack_element_size(struct slice bytes);

/* ---- reading */
struct listpack_reader {
    const uint8_t *at, *end;
    bool ziplist;
};
/* False: the header does not fit the bytes. */
bool listpack_open(struct listpack_reader *reader, struct slice bytes);
bool ziplist_open(struct listpack_reader *reader, struct slice bytes);
enum listpack_status { LISTPACK_ELEMENT, LISTPACK_END, LISTPACK_CORRUPT };
/* The next element; integers are printed into scratch. */
enum listpack_status listpack_next(struct listpack_reader *reader, char scratch[TEXT_INT_MAX],
                                   struct slice *out);

#endif
