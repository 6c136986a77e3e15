#include "emulators/sql/storage/object_store.h"

#include "common/hash.h"
#include "emulators/sql/dialect.h"
#include "emulators/sql/txn/txn_internal.h"

/* One version of an object; immutable but for `previous`, which is changed by whoever alone sees it. */
struct object_version {
    uint32_t refs;
    uint32_t xid, command;
    void (*release_object)(struct heap *heap, struct sql_object *object);
    struct sql_object *object; /* NULL: dropped */
    struct object_version *previous;
};

struct object_item {
    uint64_t key; /* class, id */
    struct object_version *newest;
};

/* A name that some version of the object has (or had: look-ups compare again). */
struct name_item {
    uint32_t refs;
    uint32_t class_id, schema, id;
    uint32_t len;
    uint8_t name[];
};

struct name_probe {
    uint32_t class_id, schema, id;
    struct slice name;
};

static uint64_t key_of(uint32_t class_id, uint32_t id)
{
    return (uint64_t)class_id << 32 | id;
}

/* ---- what the trees hold */

static void version_release(struct heap *heap, struct object_version *version)
{
    while (version && --version->refs == 0) {
        struct object_version *previous = version->previous;
        if (version->object && --version->object->refs == 0)
            version->release_object(heap, version->object);
        heap_free(heap, version, sizeof *version);
        version = previous;
    }
}

static int compare_items(const void *a, const void *b)
{
    uint64_t x = ((const struct object_item *)a)->key, y = ((const struct object_item *)b)->key;
    return (x > y) - (x < y);
}

static void retain_item(void *item)
{
    ((struct object_item *)item)->newest->refs++;
}

static void release_item(struct heap *heap, void *item)
{
    version_release(heap, ((struct object_item *)item)->newest);
}

const struct btree_type sql_objects_type = {sizeof(struct object_item), compare_items, retain_item,
                                            release_item, NULL};

static uint64_t name_hash(uint32_t class_id, uint32_t schema, struct slice name)
{
    return hash_bytes(name) ^ sql_store_hash(class_id) * 3 ^ sql_store_hash(schema);
}

static uint64_t name_item_hash(const void *ptr)
{
    const struct name_item *item = ptr;
    return name_hash(item->class_id, item->schema, slice_of(item->name, item->len));
}

static bool name_item_equal(const void *ptr, struct slice key)
{
    const struct name_item *item = ptr;
    const struct name_probe *probe = (const void *)key.ptr;
    return item->class_id == probe->class_id && item->schema == probe->schema &&
           item->id == probe->id && slice_eq(slice_of(item->name, item->len), probe->name);
}

static void name_item_release(struct heap *heap, void *ptr)
{
    struct name_item *item = ptr;
    heap_free(heap, item, sizeof *item + item->len);
}

const struct trie_type sql_names_type = {name_item_hash, name_item_equal, name_item_release};

/* ---- looking up */

static const struct object_item *find_item(const struct sql_database *database, uint64_t key)
{
    return btree_find(&database->state->objects, &sql_objects_type,
                      &(struct object_item){.key = key});
}

/* The version that the transaction sees. */
static const struct object_version *visible(const struct sql_database *database,
                                            const struct sql_txn *txn,
                                            const struct object_version *version)
{
    const struct sql_txn_manager *manager = database->instance->txns;
    uint32_t own = txn ? txn->xid : 0;
    while (version && version->xid != own &&
           (sql_txn_active(manager, version->xid) || sql_txn_is_cut_off(manager, version->xid)))
        version = version->previous;
    return version;
}

static const struct sql_object *visible_object(const struct sql_database *database,
                                               const struct sql_txn *txn,
                                               const struct object_item *item)
{
    const struct object_version *version = item ? visible(database, txn, item->newest) : NULL;
    return version ? version->object : NULL;
}

const struct sql_object *sql_object_find(struct sql_database *database, const struct sql_txn *txn,
                                         uint32_t class_id, uint32_t id)
{
    return visible_object(database, txn, find_item(database, key_of(class_id, id)));
}

void sql_object_names_begin(struct sql_object_names *names, struct sql_database *database,
                            const struct sql_txn *txn, uint32_t class_id, uint32_t schema,
                            struct slice name)
{
    *names = (struct sql_object_names){.database = database,
                                       .txn = txn,
                                       .class_id = class_id,
                                       .schema = schema,
                                       .name = name,
                                       .hash = name_hash(class_id, schema, name)};
}

static bool has_name(const struct sql_object *object, uint32_t schema, struct slice name)
{
    return object && object->schema == schema && slice_eq(object->name, name);
}

/* The next object that has or had that name; its item in *out. */
static bool next_item(struct sql_object_names *names, const struct object_item **out)
{
    const struct sql_database_state *state = names->database->state;
    const struct name_item *item;
    while ((item = trie_find_hash(&state->names, &sql_names_type, names->hash, names->at++)))
        if (item->class_id == names->class_id && item->schema == names->schema &&
            slice_eq(slice_of(item->name, item->len), names->name) &&
            (*out = find_item(names->database, key_of(item->class_id, item->id))))
            return true;
    return false;
}

const struct sql_object *sql_object_names_next(struct sql_object_names *names)
{
    const struct object_item *item;
    while (next_item(names, &item)) {
        const struct sql_object *object = visible_object(names->database, names->txn, item);
        if (has_name(object, names->schema, names->name))
            return object;
    }
    return NULL;
}

const struct sql_object *sql_object_find_name(struct sql_database *database,
                                              const struct sql_txn *txn, uint32_t class_id,
                                              uint32_t schema, struct slice name)
{
    struct sql_object_names names;
    sql_object_names_begin(&names, database, txn, class_id, schema, name);
    return sql_object_names_next(&names);
}

static bool item_before(const void *item, const void *key)
{
    return ((const struct object_item *)item)->key < *(const uint64_t *)key;
}

const struct sql_object *sql_object_next(struct sql_database *database, const struct sql_txn *txn,
                                         uint32_t class_id, uint32_t id)
{
    const struct btree *objects = &database->state->objects;
    uint64_t key = key_of(class_id, id);
    struct btree_iter iter;
    const struct object_item *item =
        btree_iter_at(&iter, objects, &sql_objects_type,
                      btree_rank(objects, &sql_objects_type, item_before, &key));
    for (; item && item->key >> 32 == class_id; item = btree_iter_next(&iter, &sql_objects_type)) {
        const struct sql_object *object = visible_object(database, txn, item);
        if (object)
            return object;
    }
    return NULL;
}

uint64_t sql_object_version(struct sql_database *database, const struct sql_txn *txn)
{
    uint64_t own = txn ? sql_txn_own(txn)->object_version : 0;
    return own ? own : database->instance->own->committed;
}

/* ---- waiting for others */

/* Who else is changing the object: an id, 0: nobody. */
static uint32_t changed_by(const struct sql_database *database, const struct sql_txn *txn,
                           const struct object_item *item)
{
    uint32_t xid = item ? item->newest->xid : 0;
    return xid && xid != txn->xid && sql_txn_active(database->instance->txns, xid) ? xid : 0;
}

bool sql_object_await(struct sql_env *env, struct sql_database *database, uint32_t class_id,
                      uint32_t id)
{
    uint32_t xid;
    while (
        (xid = changed_by(database, env->session->txn, find_item(database, key_of(class_id, id)))))
        if (!sql_txn_wait(env, xid))
            return false;
    return true;
}

static uint32_t name_changed_by(struct sql_database *database, const struct sql_txn *txn,
                                uint32_t class_id, uint32_t schema, struct slice name)
{
    struct sql_object_names names;
    const struct object_item *item;
    uint32_t xid;
    sql_object_names_begin(&names, database, txn, class_id, schema, name);
    while (next_item(&names, &item))
        if ((xid = changed_by(database, txn, item)))
            return xid;
    return 0;
}

bool sql_object_await_name(struct sql_env *env, struct sql_database *database, uint32_t class_id,
                           uint32_t schema, struct slice name)
{
    uint32_t xid;
    while ((xid = name_changed_by(database, env->session->txn, class_id, schema, name)))
        if (!sql_txn_wait(env, xid))
            return false;
    return true;
}

/* ---- names */

static struct slice probe_key(const struct name_probe *probe)
{
    return slice_of(probe, sizeof *probe);
}

static struct name_probe probe_of(const struct sql_object *object)
{
    return (struct name_probe){object->class_id, object->schema, object->id, object->name};
}

static bool add_name(struct sql_database *database, const struct sql_object *object)
{
    struct heap *heap = database->instance->heap;
    struct trie *names = &database->state->names;
    struct name_probe probe = probe_of(object);
    uint64_t hash = name_hash(object->class_id, object->schema, object->name);
    if (trie_find(names, &sql_names_type, hash, probe_key(&probe)))
        return true;
    struct name_item *item = heap_alloc(heap, sizeof *item + object->name.len);
    if (!item)
        return false;
    *item = (struct name_item){.refs = 1,
                               .class_id = object->class_id,
                               .schema = object->schema,
                               .id = object->id,
                               .len = (uint32_t)object->name.len};
    if (object->name.len)
        memcpy(item->name, object->name.ptr, object->name.len);
    if (trie_insert(names, &sql_names_type, heap, hash, item))
        return true;
    name_item_release(heap, item);
    return false;
}

/* Takes the object's name out unless a version from `chain` on has it. Without memory it stays: a
 * look-up finds that the object has another name. */
static void drop_name(struct sql_database *database, const struct sql_object *object,
                      const struct object_version *chain)
{
    for (; chain; chain = chain->previous)
        if (has_name(chain->object, object->schema, object->name))
            return;
    struct heap *heap = database->instance->heap;
    struct name_probe probe = probe_of(object);
    bool absent;
    struct name_item *item = trie_remove(&database->state->names, &sql_names_type, heap,
                                         name_hash(object->class_id, object->schema, object->name),
                                         probe_key(&probe), &absent);
    if (item)
        trie_item_release(&sql_names_type, heap, item);
}

/* ---- changing */

static void free_retired(struct sql_instance *instance, void *ptr)
{
    version_release(instance->heap, ptr);
}

/* Gives up a reference to a version that running statements may still be looking at. */
static void retire(struct sql_database *database, struct object_version *version)
{
    sql_txn_retire(database->instance->txns, free_retired, version);
}

/* The item, on a path that no checkpoint sees; NULL: out of memory. To be followed by edited(). */
static struct object_item *edit(struct sql_database *database, uint64_t key, uint64_t *out_place)
{
    struct btree *objects = &database->state->objects;
    *out_place = btree_rank(objects, &sql_objects_type, item_before, &key);
    return btree_edit(objects, &sql_objects_type, database->instance->heap, *out_place);
}

static void edited(struct sql_database *database, uint64_t place)
{
    btree_edited(&database->state->objects, &sql_objects_type, place);
}

/* Puts the version, which has no predecessor yet, on top of the item's. A version of the same
 * transaction that no savepoint needs goes. */
static bool put_on_top(struct sql_env *env, struct sql_database *database, uint64_t key,
                       struct object_version *version)
{
    const struct sql_txn *txn = env->session->txn;
    uint64_t place;
    struct object_item *item = edit(database, key, &place);
    if (!item)
        return sql_fail_memory(env->error);
    struct object_version *old = item->newest;
    if (old->xid == txn->xid && old->command >= sql_undo_since(txn)) {
        version->previous = old->previous;
        if (old->previous)
            old->previous->refs++;
        item->newest = version;
        edited(database, place);
        if (old->object)
            drop_name(database, old->object, version);
        retire(database, old);
        return true;
    }
    version->previous = old;
    item->newest = version;
    edited(database, place);
    sql_undo_note(env->session->txn, SQL_UNDO_OBJECT, database, key);
    return true;
}

static bool put_first(struct sql_env *env, struct sql_database *database, uint64_t key,
                      struct object_version *version)
{
    struct object_item item = {.key = key, .newest = version};
    if (!btree_insert(&database->state->objects, &sql_objects_type, database->instance->heap,
                      &item))
        return sql_fail_memory(env->error);
    sql_undo_note(env->session->txn, SQL_UNDO_OBJECT, database, key);
    return true;
}

/* Plans made before are made anew; none is about large objects. */
static void note_change(struct sql_env *env, uint64_t key)
{
    struct sql_txn_private *own = sql_txn_own(env->session->txn);
    const struct sql_dialect *dialect = env->session->dialect; /* NULL: storage by itself */
    if (dialect && key >> 32 == dialect->classes_of.large_object)
        own->changed_unplanned = true;
    else
        own->object_version = ++env->session->instance->own->versions;
}

/* A new version of the object (NULL: dropped) with that key. */
static bool put_version(struct sql_env *env, struct sql_database *database, uint64_t key,
                        struct sql_object *object)
{
    struct sql_instance *instance = database->instance;
    struct sql_txn *txn = env->session->txn;
    if (!sql_txn_begin_change(env))
        return false;
    if (!sql_database_own(database))
        return sql_fail_memory(env->error);
    const struct object_item *item = find_item(database, key);
    if (changed_by(database, txn, item))
        return sql_fail(env->error, "XX000", "tuple concurrently %s",
                        object ? "updated" : "deleted");
    struct object_version *version = heap_alloc(instance->heap, sizeof *version);
    if (!version || (object && !add_name(database, object))) {
        heap_free(instance->heap, version, sizeof *version);
        return sql_fail_memory(env->error);
    }
    *version = (struct object_version){.refs = 1,
                                       .xid = txn->xid,
                                       .command = txn->command,
                                       .release_object = instance->options->release_object,
                                       .object = object};
    bool put =
        item ? put_on_top(env, database, key, version) : put_first(env, database, key, version);
    if (!put) {
        heap_free(instance->heap, version, sizeof *version);
        return false;
    }
    note_change(env, key);
    return true;
}

bool sql_object_put(struct sql_env *env, struct sql_database *database, struct sql_object *object)
{
    return put_version(env, database, key_of(object->class_id, object->id), object);
}

bool sql_object_drop(struct sql_env *env, struct sql_database *database, uint32_t class_id,
                     uint32_t id)
{
    return put_version(env, database, key_of(class_id, id), NULL);
}

/* ---- the end of a change */

bool sql_objects_undo(struct sql_database *database, struct sql_txn *txn, uint32_t class_id,
                      uint32_t id, uint32_t command)
{
    uint64_t key = key_of(class_id, id), place;
    struct heap *heap = database->instance->heap;
    if (!find_item(database, key))
        return true;
    struct object_item *item = sql_database_own(database) ? edit(database, key, &place) : NULL;
    if (!item)
        return false;
    struct object_version *version = item->newest;
    while (version && version->xid == txn->xid && version->command >= command) {
        struct object_version *previous = version->previous;
        if (previous)
            previous->refs++;
        if (version->object)
            drop_name(database, version->object, previous);
        retire(database, version);
        version = previous;
    }
    item->newest = version;
    edited(database, place);
    if (!version) {
        struct object_item gone;
        bool absent;
        /* The path is our own: this cannot fail. */
        (void)btree_remove(&database->state->objects, &sql_objects_type, heap,
                           &(struct object_item){.key = key}, &gone, &absent);
    }
    sql_txn_own(txn)->object_version = ++database->instance->own->versions;
    return true;
}

void sql_objects_commit(struct sql_database *database, struct sql_txn *txn, uint32_t class_id,
                        uint32_t id)
{
    uint64_t key = key_of(class_id, id), place;
    struct heap *heap = database->instance->heap;
    const struct object_item *found = find_item(database, key);
    if (!found || found->newest->xid != txn->xid || !sql_database_own(database))
        return;
    struct object_item *item = edit(database, key, &place);
    if (!item || item->newest->refs > 1)
        return;
    struct object_version *newest = item->newest, *old = newest->previous;
    newest->previous = NULL;
    for (const struct object_version *version = old; version; version = version->previous)
        if (version->object)
            drop_name(database, version->object, newest);
    if (old)
        retire(database, old);
    if (!newest->object) {
        struct object_item gone;
        bool absent;
        (void)btree_remove(&database->state->objects, &sql_objects_type, heap,
                           &(struct object_item){.key = key}, &gone, &absent);
        version_release(heap, newest);
    }
}
