/* The bounds of a table's partitions, sorted: which partition takes a key, and which may hold rows of a
 * range of keys. Finding one costs the logarithm of their number.
 *
 * The values that a key can have are cut into slots. Ranges: slot 0 lies below the first end of any range,
 * slot i from end i - 1 to end i. Lists: one slot a value that is listed. Hashes: one a partition. What no
 * slot stands for is told apart as NULL and as other values, which the default partition takes.
 *
 * Ownership: an instance keeps the bounds of the tables that were asked for, until it ends or has too many;
 * they hold a reference to the version of the table that they are of. What sql_partition_bounds gives is
 * borrowed until somebody asks for other bounds: nothing may wait meanwhile.
 *
 * Errors: false with env->error filled (memory, a comparison that failed). */
#ifndef PARLEL_EMULATORS_SQL_EXEC_PARTITION_BOUNDS_H
#define PARLEL_EMULATORS_SQL_EXEC_PARTITION_BOUNDS_H

#include "emulators/sql/catalog/catalog.h"

#define SQL_PARTITION_KEYS_MAX 32

struct sql_bounds_cache;
struct sql_instance;

/* What a slot leads to instead of a partition. */
enum {
    SQL_SLOT_OTHERS = -1, /* the default partition, if there is one */
    SQL_SLOT_NEVER = -2,  /* no key lies there */
};

struct sql_partition_bounds {
    const struct sql_relation *relation;
    char strategy; /* as in struct sql_partition_key */
    uint32_t key_count;
    const uint32_t *children; /* ids in the order of their bounds, the default partition last */
    uint32_t child_count;
    int32_t otherwise, nulls;   /* that take what no other takes, and NULL; -1: none */
    const struct datum *values; /* ends of ranges, key_count each, or listed values; ascending */
    const int8_t *kinds;        /* parallel, of ranges: -1 MINVALUE, 0 a value, 1 MAXVALUE */
    uint32_t bound_count;
    const int32_t *slots; /* a child's place in `children`, or SQL_SLOT_* */
    uint32_t slot_count;
    const uint32_t *moduli, *remainders; /* of hashes, one a slot */
    const uint32_t *functions;           /* that hash, one a column of the key; 0: none */
};

/* How the values of a table's key compare. */
struct sql_partition_terms {
    struct sql_env *env;
    struct arena *arena; /* for what comparing needs */
    const struct sql_partition_key *key;
    const struct sql_type *types[SQL_PARTITION_KEYS_MAX]; /* those below domains */
};

/* A value that is looked for: of the key's own type, or of another one of the operator's family. */
struct sql_partition_probe {
    struct datum value;
    const struct sql_routine
        *compare;                   /* of a key's value with this one; NULL: the key's own type */
    const struct sql_routine *hash; /* of this value, for hashes */
    const struct sql_type *type;    /* of the value, for `hash` */
};

/* Keys that may be meant: some slots, and what no slot stands for. */
struct sql_partition_set {
    uint64_t *words; /* one bit a slot */
    uint32_t count;  /* of words */
    bool others, nulls;
};

bool sql_partition_terms(struct sql_env *env, const struct sql_relation *table,
                         struct sql_partition_terms *out);
bool sql_partition_bounds(struct sql_env *env, const struct sql_relation *table,
                          const struct sql_partition_bounds **out);
/* Gives the instance's bounds back; cache may be NULL. */
void sql_bounds_cache_destroy(struct sql_bounds_cache *cache, const struct sql_instance *instance);

/* The place in `children` of the partition that takes a key with these values; -1: none does. A user's hash
 * function may wait: ask for the bounds again afterwards. */
bool sql_partition_find(const struct sql_partition_terms *terms,
                        const struct sql_partition_bounds *bounds,
                        const struct sql_partition_probe *values, int32_t *out);

/* The hash of a whole key, NULLs included. It may wait likewise. */
bool sql_partition_hash_key(const struct sql_partition_terms *terms,
                            const struct sql_partition_bounds *bounds,
                            const struct sql_partition_probe *values, uint64_t *out);

/* ---- sets, made in `arena`; *out is empty or full at first */
bool sql_partition_set_make(struct sql_env *env, struct arena *arena,
                            const struct sql_partition_bounds *bounds, bool full,
                            struct sql_partition_set *out);
/* into becomes what both have, or what either has. */
void sql_partition_set_join(struct sql_partition_set *into, const struct sql_partition_set *other,
                            bool both);
/* Adds the keys whose first `count` columns compare with the values: all but the last are equal, the last
 * one is `op`. No value is NULL. Hashes: count is that of the key's columns, and NULLs are IS NULL. */
bool sql_partition_set_add(const struct sql_partition_terms *terms,
                           const struct sql_partition_bounds *bounds, enum sql_compare op,
                           const struct sql_partition_probe *values, uint32_t count,
                           struct sql_partition_set *set);
/* Adds the keys with a NULL in one column, or those without one there. */
void sql_partition_set_add_nulls(const struct sql_partition_bounds *bounds, bool negated,
                                 struct sql_partition_set *set);
/* Marks the children that may hold rows with such keys. children: one flag each. */
void sql_partition_set_children(const struct sql_partition_bounds *bounds,
                                const struct sql_partition_set *set, bool *children);

#endif
