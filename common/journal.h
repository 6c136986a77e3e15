/* The journal: every command of every service of a sandbox, in one sequence.
 *
 * It is a ring of records, one cache line each, written in order and overwritten when it is full; texts
 * that are too long for their record lie in a second ring. So it is bounded in records and in bytes
 * of text, and adding costs one line written. Sequence numbers begin at 1 and never repeat; a record is
 * readable while both its line and its text are there (journal_oldest).
 *
 * What is recorded of a command: its name, its first keys, how it ended, its size, its duration. Never
 * its other arguments, which may be secrets. Keys longer than JOURNAL_KEY_MAX bytes are cut.
 *
 * Ownership: operation names and service names are static texts and borrowed; keys and codes are
 * copied. One who waits for records sets `wake` and arms it (journal_arm). */
#ifndef PARLEL_COMMON_JOURNAL_H
#define PARLEL_COMMON_JOURNAL_H

#include "common/match.h"

#define JOURNAL_KEY_MAX    256
#define JOURNAL_KEYS_MAX   16
#define JOURNAL_CODE_MAX   31
#define JOURNAL_RECORDS    65536      /* by default */
#define JOURNAL_TEXT_BYTES (4u << 20) /* by default */
/* The most that journal_resize takes. */
#define JOURNAL_RECORDS_MAX    (1u << 26)
#define JOURNAL_TEXT_BYTES_MAX (1u << 30)
#define JOURNAL_INLINE         22

enum journal_outcome {
    JOURNAL_OK,
    JOURNAL_ERROR,  /* the service's own error; its code is kept */
    JOURNAL_DROPPED /* a fault rule closed the connection instead of an answer */
};

/* What an emulator tells of a command that is over. */
struct journal_entry {
    const char *op; /* static: "SET", "CONFIG GET", "basic.publish" */
    int64_t at_us;  /* of the world's clock */
    uint64_t connection;
    uint64_t bytes_in, bytes_out;
    int64_t us; /* how long it took */
    const struct slice *keys;
    uint32_t key_count;
    struct slice code; /* of an error or, for JOURNAL_DROPPED, the fault's action */
    uint16_t fault;    /* id of the rule that was applied; 0: none */
    uint16_t world;    /* its number; 0: the sandbox itself */
    uint8_t service;   /* its number */
    uint8_t outcome;   /* enum journal_outcome */
};

struct journal_record {
    int64_t at_us;
    const char *op;
    uint32_t connection, bytes_in, bytes_out, us;
    uint16_t fault, world;
    uint16_t text_len; /* keys and code */
    uint8_t service, outcome, key_count, code_len;
    uint8_t text[JOURNAL_INLINE]; /* a longer text's place in the ring of texts, uint64_t */
};

struct journal {
    struct journal_record *records; /* NULL: nothing is recorded */
    uint64_t mask;                  /* records - 1, a power of two less one */
    uint64_t next;                  /* sequence number of the next record */
    uint64_t failures;              /* records so far that did not end well */
    uint64_t oldest;                /* the first whose text is there */
    uint8_t *texts;
    uint64_t text_room, text_head, text_tail; /* places grow for ever; place % text_room */
    bool armed;
    void (*wake)(void *ctx); /* called once after being armed, when a record comes */
    void *wake_ctx;
};

/* Room for at least so many records and bytes of text; 0 records: it records nothing. Memory is
 * taken from the system as it is written to. False when out of memory; what was recorded is gone
 * otherwise, sequence numbers go on. A zeroed journal is one that records nothing. */
bool journal_resize(struct journal *journal, size_t records, size_t text_bytes);
void journal_done(struct journal *journal);

static inline bool journal_is_on(const struct journal *journal)
{
    return journal->records != NULL;
}

/* Records a command; returns its sequence number. The journal is on. */
uint64_t journal_add(struct journal *journal, const struct journal_entry *entry);

/* Bytes of a key that fits its record, in at most three moves that may overlap. */
static inline void journal_copy_key(uint8_t *to, const uint8_t *from, size_t len)
{
    if (len >= 16) {
        memcpy(to, from, 16);
        memcpy(to + len - 8, from + len - 8, 8);
    } else if (len >= 8) {
        memcpy(to, from, 8);
        memcpy(to + len - 8, from + len - 8, 8);
    } else if (len >= 4) {
        memcpy(to, from, 4);
        memcpy(to + len - 4, from + len - 4, 4);
    } else {
        for (size_t i = 0; i < len; i++)
            to[i] = from[i];
    }
}

/* The same as journal_add for what most commands are: fine, of one key of at most JOURNAL_INLINE
 * bytes, untouched by any rule. Inline, since this is a part of every command's cost: entry is
 * built by the caller and taken apart here without ever being in memory. */
static inline void journal_add_plain(struct journal *journal, const struct journal_entry *entry)
{
    uint64_t seq = journal->next++;
    struct journal_record *record = &journal->records[seq & journal->mask];
    __builtin_prefetch(&journal->records[(seq + 2) & journal->mask], 1);
    record->at_us = entry->at_us;
    record->op = entry->op;
    record->connection = (uint32_t)entry->connection;
    record->bytes_in = (uint32_t)entry->bytes_in;
    record->bytes_out = (uint32_t)entry->bytes_out;
    record->us = (uint32_t)entry->us;
    record->fault = 0;
    record->world = entry->world;
    record->text_len = (uint16_t)entry->keys->len;
    record->service = entry->service;
    record->outcome = JOURNAL_OK;
    record->key_count = 1;
    record->code_len = 0;
    journal_copy_key(record->text, entry->keys->ptr, entry->keys->len);
    if (__builtin_expect(journal->armed, 0)) {
        journal->armed = false;
        journal->wake(journal->wake_ctx);
    }
}

/* Readable records: from journal_oldest up to, without, journal->next. */
uint64_t journal_oldest(const struct journal *journal);

/* A readable record; keys and code borrow from the journal until the next one is added. */
struct journal_view {
    const struct journal_record *record;
    struct slice keys[JOURNAL_KEYS_MAX];
    struct slice code;
};
void journal_read(const struct journal *journal, uint64_t seq, struct journal_view *out);

/* wake(ctx) is called at the next record. */
static inline void journal_arm(struct journal *journal)
{
    journal->armed = true;
}

#endif
