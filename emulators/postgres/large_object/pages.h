/* The bytes of large objects: pages of PG_PAGE_BYTES in one table of the database, found by object and
 * page number, as pg_largeobject shows them.
 *
 * A page that is not there reads as zeroes; the last one ends where the object does. The table and its
 * index are made with the database's first page, and are versioned as all tables are.
 *
 * Ownership: opened for one statement's work, closed before it ends. Errors: false, env->error is
 * filled. */
#ifndef PARLEL_EMULATORS_POSTGRES_LARGE_OBJECT_PAGES_H
#define PARLEL_EMULATORS_POSTGRES_LARGE_OBJECT_PAGES_H

#include "emulators/sql/storage/index.h"
#include "emulators/sql/txn/txn.h"
#include "emulators/sql/value/bytes.h"

#define PG_PAGE_BYTES 2048
#define PG_PAGE_MAX   INT32_MAX /* number of the last page + 1 */

struct pg_pages {
    struct sql_env *env;
    bool absent; /* there are none in the whole database */
    const struct sql_relation *relation;
    const struct sql_row_layout *layout;
    struct sql_index_use use;
    uint8_t key[8];
    const struct sql_snapshot *snapshot;
    struct sql_snapshot *own_snapshot;
};

/* snapshot NULL: what there is now, with all that the transaction did. make: the table is made when it
 * is absent. */
bool pg_pages_open(struct sql_env *env, const struct sql_snapshot *snapshot, bool make,
                   struct pg_pages *out);
void pg_pages_close(struct pg_pages *pages);

/* Bytes up to the object's end. */
bool pg_pages_size(struct pg_pages *pages, uint32_t object, uint64_t *out);
/* Appends at most len bytes from there. */
bool pg_pages_read(struct pg_pages *pages, uint32_t object, uint64_t at, uint64_t len,
                   struct sql_bytes *out);
bool pg_pages_write(struct pg_pages *pages, uint32_t object, uint64_t at, struct slice bytes);
/* The object gets that size; what it grows by is a hole. */
bool pg_pages_truncate(struct pg_pages *pages, uint32_t object, uint64_t size);
/* Without any page afterwards. */
bool pg_pages_remove(struct pg_pages *pages, uint32_t object);

/* Page by page, in order, those of one object (0: of all). */
struct pg_page_scan {
    struct pg_pages *pages;
    struct sql_index_scan scan;
    uint8_t bound[4];
};
struct pg_page {
    uint32_t object;
    int32_t number;
    struct slice data; /* borrowed until the pages are closed */
    uint64_t row_id;
    const struct sql_row *row;
};
bool pg_page_scan_begin(struct pg_page_scan *scan, struct pg_pages *pages, uint32_t object,
                        bool backward);
/* *done: there was none left. */
bool pg_page_scan_next(struct pg_page_scan *scan, struct pg_page *out, bool *done);

#endif
