/* Row versions: immutable, counted blocks with O(1) access to each column.
 *
 * A version is a header of 16 bytes; for versions made by UPDATE or DELETE a link to the version before
 * and the place where scans meet it; a bitmap when there are NULLs; the columns of fixed width, packed
 * in the order of the columns; the end offsets (2 or 4 bytes) of the others; their bytes. Where a
 * column stands follows from struct sql_row_layout, which is made once for a relation. Columns are
 * only ever added at the end, so a version made before ADD COLUMN is read with the same layout: what
 * it lacks reads the column's `missing` value.
 *
 * Ownership: versions are in the instance's heap; a reader borrows them as long as it holds the
 * snapshot that sees them. Datums read from one point into it.
 *
 * Errors: making one fails with 53200, or 54000 when it were larger than SQL_ROW_BYTES_MAX. */
#ifndef PARLEL_EMULATORS_SQL_STORAGE_ROW_H
#define PARLEL_EMULATORS_SQL_STORAGE_ROW_H

#include "common/heap.h"
#include "emulators/sql/value/type.h"

struct sql_column;

#define SQL_ROW_BYTES_MAX  ((size_t)0x7fffff00)
#define SQL_ROW_COLUMN_MAX 2047

enum sql_row_flags {
    SQL_ROW_DELETED = 1 << 0,   /* a tombstone: no columns */
    SQL_ROW_LINKED = 1 << 1,    /* struct sql_row_link follows the header */
    SQL_ROW_NULLS = 1 << 2,     /* has a null bitmap */
    SQL_ROW_MOVED = 1 << 2,     /* of a tombstone: the row is in another partition now */
    SQL_ROW_WIDE = 1 << 3,      /* end offsets of 4 bytes */
    SQL_ROW_REKEYED = 1 << 4,   /* it or a version before changed a key of some index */
    SQL_ROW_KEY_LOCK = 1 << 5,  /* the change excludes FOR KEY SHARE */
    SQL_ROW_SELF_LOCK = 1 << 6, /* its maker had locked the row before: xmax is its xmin */
    SQL_ROW_LARGE = 1 << 7,     /* its size stands before the columns */
};

struct sql_row {
    uint32_t refs;
    uint32_t xid;        /* who made it */
    uint32_t command;    /* and in which command of that transaction */
    uint32_t count : 11; /* columns */
    uint32_t units : 13; /* size in 8 bytes, 0: SQL_ROW_LARGE */
    uint32_t flags : 8;
};

struct sql_row_link {
    struct sql_row *previous; /* older version, NULL when no snapshot needs it; owned */
    uint64_t position;        /* where scans meet this version: the ctid */
};

/* How a value stands in a row. */
struct sql_row_place {
    uint32_t at;          /* fixed: offset among the fixed ones; else number among the others */
    uint8_t width;        /* 0: bytes; 1, 2, 4, 8 */
    uint8_t form;         /* enum sql_row_form */
    bool has_missing;     /* versions without the column read `missing`, else NULL */
    struct datum missing; /* its bytes belong to whoever made the layout */
};

/* Immutable; borrowed from the relation. For `n` columns present, fixed_bytes[n] and byte_count[n] say
 * how many bytes the fixed ones take and how many others there are. */
struct sql_row_layout {
    uint32_t count;
    const struct sql_row_place *places;
    const uint32_t *fixed_bytes; /* [count + 1] */
    const uint16_t *byte_count;  /* [count + 1] */
};

/* Bytes of a type's value among the fixed ones; 0: it stands among the others. */
uint8_t sql_row_width(const struct sql_type *type);

/* Bytes that a layout for that many columns takes, and making it in a block of that many bytes (no
 * pointer leaves it but the values of `missing`): types[i] is the type of columns[i]. */
size_t sql_row_layout_size(uint32_t count);
struct sql_row_layout *sql_row_layout_init(void *block, const struct sql_column *columns,
                                           const struct sql_type *const *types, uint32_t count);

/* A new version with these values (layout->count of them), refs 1; not yet in a table. */
struct sql_row *sql_row_create(struct sql_env *env, struct heap *heap,
                               const struct sql_row_layout *layout, const struct datum *values);
/* The same with room for the link: to replace a version by sql_table_update. */
struct sql_row *sql_row_create_linked(struct sql_env *env, struct heap *heap,
                                      const struct sql_row_layout *layout,
                                      const struct datum *values);
/* What DELETE puts in a row's place; NULL: out of memory. */
struct sql_row *sql_row_create_tombstone(struct heap *heap);
/* Gives up one reference; the last one frees it and, in turn, the versions before it. */
void sql_row_release(struct heap *heap, struct sql_row *row);
size_t sql_row_size(const struct sql_row *row);

static inline struct sql_row_link *sql_row_link(const struct sql_row *row)
{
    return (struct sql_row_link *)(uintptr_t)(row + 1);
}

static inline struct sql_row *sql_row_previous(const struct sql_row *row)
{
    return row->flags & SQL_ROW_LINKED ? sql_row_link(row)->previous : NULL;
}

/* The value of column `index` (from 0, below layout->count). */
struct datum sql_row_get(const struct sql_row *row, const struct sql_row_layout *layout,
                         uint32_t index);
/* The first `count` columns. */
void sql_row_read(const struct sql_row *row, const struct sql_row_layout *layout, uint32_t count,
                  struct datum *out);

#endif
