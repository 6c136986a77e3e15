/* The SCAN family: cursor, MATCH, COUNT and TYPE, and the reply of cursor and elements.
 *
 * Use: redis_scan_begin; redis_scan_options; while redis_scan_wants_more: one step of the container's scan, whose visit
 * calls redis_scan_element/_pair, then redis_scan_step with the cursor it returned; redis_scan_end.
 * Cursors are the upper bits of hashes (see trie_scan); what is visited counts against COUNT. */
#ifndef PARLEL_EMULATORS_REDIS_SCAN_H
#define PARLEL_EMULATORS_REDIS_SCAN_H

#include "emulators/redis/call.h"
#include "emulators/redis/object.h"

struct redis_scan {
    struct redis_call *call;
    uint64_t cursor;
    bool started, done;
    int64_t count;
    uint64_t visited, returned;
    struct slice pattern; /* ptr NULL: everything */
    int type;             /* enum redis_type; REDIS_ANY: all; -1: a type that nothing has */
    struct outq_mark mark;
    struct outq elements; /* encoded, moved behind the cursor at the end */
    struct redis_reply sink;
};

/* Parses the cursor at argv[at]; false: an error is replied. */
bool redis_scan_begin(struct redis_call *call, uint32_t at, struct redis_scan *scan);
/* Parses the options from argv[at] on; with_type: TYPE is one of them. Comes after the look at the
 * key: of an absent one the options are never read. False: an error is replied. */
bool redis_scan_options(struct redis_call *call, uint32_t at, bool with_type,
                        struct redis_scan *scan);
bool redis_scan_wants_more(const struct redis_scan *scan);
void redis_scan_step(struct redis_scan *scan, uint64_t next_cursor);
bool redis_scan_matches(struct redis_scan *scan, struct slice name);
void redis_scan_element(struct redis_scan *scan, struct slice element);
void redis_scan_pair(struct redis_scan *scan, struct slice name, struct slice value);
/* Puts the reply. absent: there is no such key; the cursor is 0 then. */
void redis_scan_end(struct redis_scan *scan, bool absent);

#endif
