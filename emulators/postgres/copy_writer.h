/* Rows of COPY TO: text, csv and binary. A sink that hands each line to its owner. */
#ifndef PARLEL_EMULATORS_POSTGRES_COPY_WRITER_H
#define PARLEL_EMULATORS_POSTGRES_COPY_WRITER_H

#include "emulators/postgres/copy_options.h"
#include "emulators/sql/exec/exec.h"
#include "emulators/sql/value/bytes.h"

struct pg_copy_writer {
    struct sql_sink sink; /* FIRST */
    const struct pg_copy_options *options;
    struct sql_env *env;
    /* Takes a piece of the copy: a line, a binary header, row or trailer. May wait. */
    bool (*put)(struct pg_copy_writer *writer, struct slice piece);
    /* Called once when the number of columns is known, before any piece. */
    bool (*begin)(struct pg_copy_writer *writer, uint32_t columns);
    void *ctx;
    const struct sql_type **types;
    const struct sql_result_column *columns;
    bool *force_quote;
    uint32_t column_count;
    uint64_t rows;
    struct arena arena; /* of one row */
    bool begun, header_written;
};

void pg_copy_writer_init(struct pg_copy_writer *writer, const struct pg_copy_options *options,
                         struct sql_env *env);
/* The trailer of the binary form. */
bool pg_copy_writer_end(struct pg_copy_writer *writer);
void pg_copy_writer_done(struct pg_copy_writer *writer);

#endif
