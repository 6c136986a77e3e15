#include "emulators/postgres/sequences.h"

static struct pg_sequence_value **find(struct pg_sequences *sequences, uint32_t relation)
{
    struct pg_sequence_value **at = &sequences->values;
    while (*at && (*at)->relation != relation)
        at = &(*at)->next;
    return at;
}

bool pg_sequences_remember(struct pg_sequences *sequences, uint32_t relation, int64_t value)
{
    struct pg_sequence_value **at = find(sequences, relation), *entry = *at;
    if (entry) {
        *at = entry->next;
    } else {
        entry = heap_alloc(sequences->heap, sizeof(*entry));
        if (!entry)
            return false;
        entry->relation = relation;
    }
    entry->value = value;
    entry->next = sequences->values;
    sequences->values = entry;
    return true;
}

bool pg_sequences_recall(const struct pg_sequences *sequences, uint32_t relation, int64_t *out)
{
    for (const struct pg_sequence_value *at = sequences->values; at; at = at->next)
        if (at->relation == relation) {
            *out = at->value;
            return true;
        }
    return false;
}

bool pg_sequences_last(const struct pg_sequences *sequences, uint32_t *out_relation,
                       int64_t *out_value)
{
    if (!sequences->values)
        return false;
    *out_relation = sequences->values->relation;
    *out_value = sequences->values->value;
    return true;
}

void pg_sequences_forget(struct pg_sequences *sequences)
{
    while (sequences->values) {
        struct pg_sequence_value *entry = sequences->values;
        sequences->values = entry->next;
        heap_free(sequences->heap, entry, sizeof(*entry));
    }
}
