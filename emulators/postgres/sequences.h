/* What a session got of sequences: currval and lastval. */
#ifndef PARLEL_EMULATORS_POSTGRES_SEQUENCES_H
#define PARLEL_EMULATORS_POSTGRES_SEQUENCES_H

#include "common/heap.h"

struct pg_sequence_value {
    struct pg_sequence_value *next;
    uint32_t relation;
    int64_t value;
};

/* Zeroed but for the heap: nothing yet. The one that was used last is first. */
struct pg_sequences {
    struct heap *heap;
    struct pg_sequence_value *values;
};

/* False: out of memory. */
bool pg_sequences_remember(struct pg_sequences *sequences, uint32_t relation, int64_t value);
bool pg_sequences_recall(const struct pg_sequences *sequences, uint32_t relation, int64_t *out);
/* The one that nextval or setval was called for last. */
bool pg_sequences_last(const struct pg_sequences *sequences, uint32_t *out_relation,
                       int64_t *out_value);
/* DISCARD SEQUENCES, and the session's end. */
void pg_sequences_forget(struct pg_sequences *sequences);

#endif
