/* What ssi.c and ssi_reads.c share. */
#ifndef PARLEL_EMULATORS_SQL_TXN_SSI_INTERNAL_H
#define PARLEL_EMULATORS_SQL_TXN_SSI_INTERNAL_H

#include "emulators/sql/txn/ssi.h"
#include "emulators/sql/txn/txn_internal.h"

struct sql_ssi_range {
    const void *tree;
    size_t low_len, high_len; /* of bytes; SIZE_MAX: unbounded */
    bool low_excluded, high_excluded;
    uint8_t *bytes; /* low, then high */
};

#define SQL_SSI_LENGTHS 8

/* What a transaction has read. Tables, rows and single keys are numbers in a set (a hash of what they
 * are: two that are equal cost a needless retry); ranges are a list. */
struct sql_ssi_reads {
    uint64_t *tags; /* open addressing, 0: free */
    uint32_t tag_count, tag_room;
    struct sql_ssi_range *ranges;
    uint32_t range_count, range_room;
    uint32_t lengths[SQL_SSI_LENGTHS]; /* of the single keys */
    uint32_t length_count;
    bool everything; /* more than can be noted */
};

struct sql_ssi_edges {
    struct sql_ssi **items;
    uint32_t count, room;
};

struct sql_ssi {
    struct sql_ssi *next, *previous; /* newer, older */
    struct sql_txn *txn;             /* NULL: it has committed */
    uint32_t xid;                    /* then */
    uint32_t snapshot_xmin;
    uint32_t finished_before; /* next id when it committed */
    bool read_only, doomed, prepared, committed;
    /* It had a dependency on one that committed before it, the earliest of them then. */
    bool conflict_out;
    uint64_t earliest_out;
    /* Moments, in one sequence of commits. */
    uint64_t commits_before; /* its snapshot */
    uint64_t prepare_seq, commit_seq;
    const char *reason; /* why it was doomed, NULL: the place that finds out says it */
    uint32_t pivot;     /* it read what this one, a pivot, has changed; 0: that is not why */
    struct sql_ssi_edges in, out; /* those that come before it; after it */
    struct sql_ssi_reads reads;
};

void sql_ssi_note_table(struct heap *heap, struct sql_ssi_reads *reads, const void *table);
void sql_ssi_note_row(struct heap *heap, struct sql_ssi_reads *reads, const void *table,
                      uint64_t row_id);
void sql_ssi_note_range(struct heap *heap, struct sql_ssi_reads *reads, const void *tree,
                        const struct sql_key_range *range);
/* Has it read that row (0: a row that was not there)? That key? */
bool sql_ssi_reads_row(const struct sql_ssi_reads *reads, const void *table, uint64_t row_id);
bool sql_ssi_reads_key(const struct sql_ssi_reads *reads, const void *tree, struct slice key);
void sql_ssi_reads_done(struct heap *heap, struct sql_ssi_reads *reads);

#endif
