/* The tables that the build makes of commands.txt (generate_commands), for command_info.c,
 * command_keys.c and reply_command.c.
 *
 * Lookup: a full name in lower case has a hash without collisions. Its low bits choose a shift, its
 * high bits plus that shift choose the slot, which holds index + 1.
 *
 * Documents: the replies of COMMAND INFO and COMMAND DOCS, two per command, without what they say of
 * subcommands. A document is a sequence of values, each a number in groups of seven bits, low ones
 * first, whose low three bits are an enum redis_document_kind. */
#ifndef PARLEL_EMULATORS_REDIS_COMMAND_TABLE_H
#define PARLEL_EMULATORS_REDIS_COMMAND_TABLE_H

#include "emulators/redis/command_info.h"

enum redis_key_finder {
    REDIS_FINDER_NONE,
    REDIS_FINDER_BITFIELD,
    REDIS_FINDER_COUNTED_AT_1,
    REDIS_FINDER_COUNTED_AT_2,
    REDIS_FINDER_STORE_COUNTED,
    REDIS_FINDER_GEORADIUS,
    REDIS_FINDER_MIGRATE,
    REDIS_FINDER_SET,
    REDIS_FINDER_SORT,
    REDIS_FINDER_SORT_RO,
    REDIS_FINDER_COUNT
};

enum redis_document_kind {
    REDIS_DOCUMENT_BULK,   /* the number of a text */
    REDIS_DOCUMENT_SIMPLE, /* likewise */
    REDIS_DOCUMENT_INT,    /* zigzag */
    REDIS_DOCUMENT_MAP,    /* pairs */
    REDIS_DOCUMENT_ARRAY,  /* elements */
    REDIS_DOCUMENT_SET     /* elements */
};

#define REDIS_COMMAND_SLOTS    1024
#define REDIS_COMMAND_SHIFTS   256
#define REDIS_COMMAND_NAME_MAX 40

extern const uint32_t redis_command_table_count, redis_command_table_top_count;
extern const struct redis_command_info redis_command_table[];
extern const uint64_t redis_command_hash_seed;
extern const uint16_t redis_command_shifts[REDIS_COMMAND_SHIFTS];
extern const uint16_t redis_command_slot_table[REDIS_COMMAND_SLOTS];

/* A document is redis_documents[redis_document_starts[d]..redis_document_starts[d + 1]), where d is
 * 2 * index for COMMAND INFO and 2 * index + 1 for COMMAND DOCS; texts likewise. */
extern const uint8_t redis_documents[];
extern const uint32_t redis_document_starts[];
extern const char redis_document_texts[];
extern const uint32_t redis_document_text_starts[];

#endif
