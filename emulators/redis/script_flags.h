/* The first line of a script or library, "#!lua flags=no-writes name=lib", and the flags there.
 * Source: the Redis manual, "Script flags". */
#ifndef PARLEL_EMULATORS_REDIS_SCRIPT_FLAGS_H
#define PARLEL_EMULATORS_REDIS_SCRIPT_FLAGS_H

#include "common/arena.h"

enum redis_script_flag {
    REDIS_SCRIPT_NO_WRITES = 1 << 0,
    REDIS_SCRIPT_ALLOW_OOM = 1 << 1,
    REDIS_SCRIPT_ALLOW_STALE = 1 << 2,
    REDIS_SCRIPT_NO_CLUSTER = 1 << 3,
    REDIS_SCRIPT_ALLOW_CROSS_SLOT = 1 << 4,
    /* No shebang: the script of a time before there were flags. */
    REDIS_SCRIPT_COMPATIBLE = 1 << 5
};

/* In the order of the bits; NULL ends them. */
extern const char *const redis_script_flag_names[];

/* The bit of a flag's name, 0 for an unknown one. */
unsigned redis_script_flag(struct slice name, bool nocase);

/* Where the first line of the body ends if it is a shebang, else 0. */
struct redis_shebang {
    size_t len;                /* bytes up to the line feed; 0: there is no shebang */
    unsigned flags;            /* EVAL's: enum redis_script_flag */
    struct slice engine, name; /* a library's; borrowed from the arena */
};

/* Reads an EVAL script's shebang. False: *error is the text without its code. */
bool redis_shebang_of_script(struct slice body, struct arena *arena, struct redis_shebang *out,
                             struct slice *error);
/* Reads a library's, which must be there and have a name. */
bool redis_shebang_of_library(struct slice body, struct arena *arena, struct redis_shebang *out,
                              struct slice *error);

#endif
