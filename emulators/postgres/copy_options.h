/* What COPY's options say, checked as the real server checks them. */
#ifndef PARLEL_EMULATORS_POSTGRES_COPY_OPTIONS_H
#define PARLEL_EMULATORS_POSTGRES_COPY_OPTIONS_H

#include "emulators/sql/error.h"
#include "emulators/sql/syntax/ast_utility.h"

enum pg_copy_format { PG_COPY_TEXT, PG_COPY_CSV, PG_COPY_BINARY };
enum pg_copy_header { PG_COPY_NO_HEADER, PG_COPY_HEADER, PG_COPY_HEADER_MATCH };

struct pg_copy_options {
    enum pg_copy_format format;
    enum pg_copy_header header;
    bool freeze;
    uint8_t delimiter, quote, escape;
    struct slice null;     /* what stands for NULL */
    struct slice defaults; /* what stands for a column's default; ptr NULL: nothing does */
    int encoding;          /* -1: the client's */
    bool force_quote_all;
    const struct ast_list *force_quote, *force_not_null, *force_null; /* ast_const; NULL: none */
    bool force_not_null_all, force_null_all;
    bool ignore_errors; /* ON_ERROR ignore: rows with values that cannot be read are left out */
    bool verbose;       /* LOG_VERBOSITY verbose: and told of */
};

/* False: *error is filled. */
bool pg_copy_read_options(const struct ast_copy *copy, struct pg_copy_options *out,
                          struct sql_error *error);

#endif
