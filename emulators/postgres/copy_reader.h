/* Lines and fields of COPY FROM: text, csv and binary, out of a stream of bytes.
 *
 * The reader asks its source for more bytes and holds one row's at a time. Fields borrow from it
 * until the next row is read.
 *
 * Errors: false, *error is filled (22P04 for what is malformed). */
#ifndef PARLEL_EMULATORS_POSTGRES_COPY_READER_H
#define PARLEL_EMULATORS_POSTGRES_COPY_READER_H

#include "common/heap.h"
#include "emulators/postgres/copy_options.h"

struct pg_copy_reader;

/* Appends bytes with pg_copy_reader_add, or sets reader->ended. False: the error is filled. */
struct pg_copy_source {
    bool (*more)(struct pg_copy_source *source, struct pg_copy_reader *reader);
};

struct pg_copy_field {
    struct slice bytes; /* ptr NULL: NULL */
    bool quoted;
    bool is_default; /* stands for the column's default; bytes: what was written for it */
};

struct pg_copy_reader {
    const struct pg_copy_options *options;
    struct pg_copy_source *source;
    struct sql_error *error;
    struct heap *heap;
    uint8_t *bytes; /* read and not used yet: [at, len) */
    size_t at, len, room;
    bool ended;       /* the source has no more */
    bool stopped;     /* the end marker was there */
    bool header_read; /* of the binary form */
    enum { PG_EOL_UNKNOWN, PG_EOL_LF, PG_EOL_CR, PG_EOL_CRLF } eol;
    struct slice line;    /* the row's own text, without its end; for errors */
    uint64_t line_number; /* of the row, from 1 */
    struct pg_copy_field *fields;
    uint32_t field_count, field_room;
    struct arena arena; /* the line, when it was converted */
    uint8_t *values;    /* where fields are unescaped to */
    size_t values_room;
};

void pg_copy_reader_init(struct pg_copy_reader *reader, const struct pg_copy_options *options,
                         struct heap *heap, struct pg_copy_source *source, struct sql_error *error);
void pg_copy_reader_done(struct pg_copy_reader *reader);
bool pg_copy_reader_add(struct pg_copy_reader *reader, struct slice bytes);

/* The next row's fields; *done: there was none left. */
bool pg_copy_reader_next(struct pg_copy_reader *reader, bool *done);

#endif
