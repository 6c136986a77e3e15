/* What journal queries and fault rules pick commands by.
 *
 * A pattern names what a command must be to match; what it leaves out matches anything. `op` matches
 * a whole operation or its first word ("CONFIG" finds "CONFIG GET"), in any case; it and `key` are globs
 * (text_glob). A command with several keys matches when one of them does.
 *
 * Ownership: both structs borrow their texts. Nothing here fails. */
#ifndef PARLEL_COMMON_MATCH_H
#define PARLEL_COMMON_MATCH_H

#include "common/slice.h"

/* Texts with ptr NULL are not asked for. */
struct match {
    struct slice service, op, key, world;
    bool has_connection;
    uint64_t connection;
};

/* One command of one service. */
struct match_subject {
    struct slice service, op, world; /* world: empty for the sandbox itself */
    const struct slice *keys;        /* key, table, topic, queue or resource id */
    size_t key_count;
    uint64_t connection;
};

bool match_accepts(const struct match *match, const struct match_subject *subject);

#endif
