/* The catalog's store: immutable objects by class and id, and by class, schema and name.
 *
 * Changing an object puts a new version of it in, under the running transaction. A look-up gives the
 * version that this transaction made last, else the last committed one: catalogs are read without a
 * snapshot. Undone with the transaction or its savepoint; checkpointed, rewound and forked with the
 * database. Database 0 (sql_instance.shared) holds what all databases share.
 *
 * Ownership: an object is one that the catalog made in the instance's heap; putting it in takes the
 * caller's reference (refs == 1) when it succeeds. Objects given out are borrowed until the end of the
 * running statement: versions that nobody sees any more are kept until every transaction that ran
 * when they were replaced is over. The last reference goes to sql_instance_options.release_object.
 *
 * The store does not know what may not exist twice: whoever creates a name takes a lock on it or asks
 * sql_object_await first, so that it does not miss one that another transaction is creating. */
#ifndef PARLEL_EMULATORS_SQL_STORAGE_OBJECT_STORE_H
#define PARLEL_EMULATORS_SQL_STORAGE_OBJECT_STORE_H

#include "emulators/sql/catalog/catalog.h"

struct sql_database;
struct sql_txn;

/* txn NULL in the look-ups: committed versions alone. */

/* The object with that id, NULL: there is none (any more). */
const struct sql_object *sql_object_find(struct sql_database *database, const struct sql_txn *txn,
                                         uint32_t class_id, uint32_t id);

/* The objects of that name, one by one: names may be used several times (overloaded functions). The
 * store must not be changed meanwhile. */
struct sql_object_names {
    struct sql_database *database;
    const struct sql_txn *txn;
    uint32_t class_id, schema;
    struct slice name;
    uint64_t hash;
    unsigned at;
};
void sql_object_names_begin(struct sql_object_names *names, struct sql_database *database,
                            const struct sql_txn *txn, uint32_t class_id, uint32_t schema,
                            struct slice name);
const struct sql_object *sql_object_names_next(struct sql_object_names *names);
/* The only (or any) object of that name. */
const struct sql_object *sql_object_find_name(struct sql_database *database,
                                              const struct sql_txn *txn, uint32_t class_id,
                                              uint32_t schema, struct slice name);

/* The first object of the class whose id is `id` or greater: for walking a class in order of ids. The
 * store may be changed between two calls. */
const struct sql_object *sql_object_next(struct sql_database *database, const struct sql_txn *txn,
                                         uint32_t class_id, uint32_t id);

/* Waits while another transaction that is under way has put in, changed or dropped the object (id), or
 * one of that class, schema and name. False: the error is filled (interrupt, deadlock). */
bool sql_object_await(struct sql_env *env, struct sql_database *database, uint32_t class_id,
                      uint32_t id);
bool sql_object_await_name(struct sql_env *env, struct sql_database *database, uint32_t class_id,
                           uint32_t schema, struct slice name);

/* Puts in a new object, or a new version of the one with its class and id (its schema and name may be
 * others). Takes the reference on success. False: 53200, or XX000 "tuple concurrently updated" when
 * another transaction that is under way has changed that object. */
bool sql_object_put(struct sql_env *env, struct sql_database *database, struct sql_object *object);
/* The object must exist. */
bool sql_object_drop(struct sql_env *env, struct sql_database *database, uint32_t class_id,
                     uint32_t id);

/* A number that changes with everything that this transaction can see: plans made under another
 * number are made anew. Never used twice in the life of an instance. */
uint64_t sql_object_version(struct sql_database *database, const struct sql_txn *txn);

#endif
