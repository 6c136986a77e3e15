/* Large objects: made and dropped, who may use them, and those that a session has open.
 *
 * A large object is an object of the catalog (its name is its number) with an owner and grants; its
 * bytes are pages (pages.h). A descriptor is a number of the session's: it has a place in the object
 * and lasts until the transaction, or the savepoint that it was made in, ends. One that only reads
 * sees the object as it was when it was opened.
 *
 * Errors: false, env->error is filled. */
#ifndef PARLEL_EMULATORS_POSTGRES_LARGE_OBJECT_LARGE_OBJECT_H
#define PARLEL_EMULATORS_POSTGRES_LARGE_OBJECT_LARGE_OBJECT_H

#include "emulators/sql/value/bytes.h"
#include "emulators/sql/value/type.h"

struct pg_session;
struct sql_snapshot;

#define PG_LARGE_OBJECT_CLASS 2613 /* pg_largeobject: of objects, comments, dependencies */
#define PG_LARGE_OBJECT_PLACE 2995 /* pg_largeobject_metadata: where the pages are */
#define PG_LARGE_OBJECT_MAX   ((uint64_t)INT32_MAX * 2048)

enum pg_large_object_mode { PG_LARGE_OBJECT_WRITE = 0x20000, PG_LARGE_OBJECT_READ = 0x40000 };

/* id 0: the next free one. *out: the new object's. */
bool pg_large_object_create(struct sql_env *env, uint32_t id, uint32_t *out);
/* Its owner takes it away, and closes what the session has open of it. */
bool pg_large_object_unlink(struct pg_session *session, struct sql_env *env, uint32_t id);
/* Takes away its pages; the object itself is the caller's. */
bool pg_large_object_remove_pages(struct sql_env *env, uint32_t id);

/* ---- open ones */

struct pg_descriptor {
    bool open, reads, writes;
    uint32_t object;
    uint64_t at;
    uint32_t depth;                /* savepoints when it was opened */
    struct sql_snapshot *snapshot; /* of one that only reads */
};

struct pg_descriptors {
    struct pg_descriptor *items; /* by number; heap */
    uint32_t count;
};

/* What lo_open does: flags are of enum pg_large_object_mode. The descriptor is for the caller alone. */
bool pg_large_object_open(struct sql_env *env, uint32_t id, int32_t flags,
                          struct pg_descriptor *out);
void pg_large_object_close(struct pg_descriptor *descriptor);
/* Reads or writes from its place, which moves on. */
bool pg_descriptor_read(struct sql_env *env, struct pg_descriptor *descriptor, uint64_t len,
                        struct sql_bytes *out);
bool pg_descriptor_write(struct sql_env *env, struct pg_descriptor *descriptor, struct slice bytes);
bool pg_descriptor_truncate(struct sql_env *env, struct pg_descriptor *descriptor, int64_t size);
/* whence: 0 from the beginning, 1 from where it is, 2 from the end. */
bool pg_descriptor_seek(struct sql_env *env, struct pg_descriptor *descriptor, int64_t offset,
                        int32_t whence);

/* Gives it a number of the session's. */
bool pg_descriptors_add(struct pg_session *session, struct sql_env *env,
                        const struct pg_descriptor *descriptor, int32_t *out_number);
/* Fails with 42704 when there is none of that number. */
bool pg_descriptors_find(struct pg_session *session, struct sql_env *env, int32_t number,
                         struct pg_descriptor **out);
/* The transaction (depth 0) or the savepoint of that depth is over: what was opened in it closes, or,
 * when it was released, is the outer level's. */
void pg_descriptors_end(struct pg_session *session, uint32_t depth);
void pg_descriptors_release(struct pg_session *session, uint32_t depth);

#endif
