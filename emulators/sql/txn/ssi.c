#include "emulators/sql/txn/ssi.h"

#include "common/hash.h"
#include "emulators/sql/txn/ssi_internal.h"

/* ---- dependencies */

static bool has(const struct sql_ssi_edges *edges, const struct sql_ssi *other)
{
    for (uint32_t i = 0; i < edges->count; i++)
        if (edges->items[i] == other)
            return true;
    return false;
}

static bool add(struct heap *heap, struct sql_ssi_edges *edges, struct sql_ssi *other)
{
    if (edges->count == edges->room) {
        uint32_t room = edges->room ? edges->room * 2 : 4;
        struct sql_ssi **items =
            heap_realloc(heap, edges->items, edges->room * sizeof *items, room * sizeof *items);
        if (!items)
            return false;
        edges->items = items;
        edges->room = room;
    }
    edges->items[edges->count++] = other;
    return true;
}

static void drop(struct sql_ssi_edges *edges, const struct sql_ssi *other)
{
    for (uint32_t i = 0; i < edges->count; i++) {
        if (edges->items[i] == other) {
            edges->items[i] = edges->items[--edges->count];
            return;
        }
    }
}

/* ---- dangerous structures: t0 reads before t1 reads before t2, and t2 commits first */

/* Does writer's dependency on t2 make it a pivot behind reader? */
static bool out_is_dangerous(const struct sql_ssi *reader, const struct sql_ssi *writer,
                             const struct sql_ssi *t2)
{
    return t2->prepared && (!reader->committed || t2->prepare_seq <= reader->commit_seq) &&
           (!writer->committed || t2->prepare_seq <= writer->commit_seq) &&
           (!reader->read_only || t2->prepare_seq <= reader->commits_before);
}

/* Does t0's dependency on reader make that one a pivot before writer, which has committed first? */
static bool in_is_dangerous(const struct sql_ssi *t0, const struct sql_ssi *writer)
{
    return !t0->doomed && (!t0->committed || t0->commit_seq >= writer->prepare_seq) &&
           (!t0->read_only || t0->commits_before >= writer->prepare_seq);
}

static bool is_dangerous(const struct sql_ssi *reader, const struct sql_ssi *writer)
{
    if (writer->committed && writer->conflict_out)
        return true;
    for (uint32_t i = 0; i < writer->out.count; i++)
        if (out_is_dangerous(reader, writer, writer->out.items[i]))
            return true;
    for (uint32_t i = 0; i < reader->in.count && writer->prepared && !reader->read_only; i++)
        if (in_is_dangerous(reader->in.items[i], writer))
            return true;
    return false;
}

static void doom(struct sql_ssi *ssi, const char *reason)
{
    if (!ssi->doomed)
        ssi->reason = reason;
    ssi->doomed = true;
}

static void doom_for(struct sql_ssi *self, const struct sql_ssi *pivot)
{
    if (!self->doomed)
        self->pivot = pivot->txn ? pivot->txn->xid : pivot->xid;
    doom(self, NULL);
}

/* Notes that reader must come before writer; one of them is `self`. */
static void depend(struct sql_ssi *self, struct sql_ssi *reader, struct sql_ssi *writer)
{
    struct heap *heap = self->txn->manager->heap;
    if (reader == writer || has(&reader->out, writer))
        return;
    if (is_dangerous(reader, writer)) {
        if (self == writer)
            doom(self, "Canceled on identification as a pivot, during write.");
        else if (writer->prepared)
            doom_for(self, writer);
        else
            doom(writer, NULL);
    }
    if (!add(heap, &reader->out, writer))
        doom(self, NULL);
    else if (!add(heap, &writer->in, reader))
        doom(self, NULL);
}

static bool fail_doomed(struct sql_env *env, const struct sql_ssi *ssi, const char *reason)
{
    sql_fail(env->error, "40001",
             "could not serialize access due to read/write dependencies among transactions");
    if (ssi->pivot)
        sql_detail(env->error, "Reason code: Canceled on conflict out to pivot %u, during read.",
                   ssi->pivot);
    else
        sql_detail(env->error, "Reason code: %s", ssi->reason ? ssi->reason : reason);
    return sql_hint(env->error, "The transaction might succeed if retried.");
}

/* ---- beginning and end */

static struct sql_ssi *ssi_of(const struct sql_txn *txn)
{
    return sql_txn_own(txn)->ssi;
}

bool sql_ssi_begin(struct sql_txn *txn, uint32_t snapshot_xmin)
{
    struct sql_txn_manager *manager = txn->manager;
    struct sql_ssi *ssi = heap_zalloc(manager->heap, sizeof *ssi);
    if (!ssi)
        return false;
    ssi->txn = txn;
    ssi->read_only = txn->read_only;
    ssi->snapshot_xmin = snapshot_xmin;
    ssi->commits_before = manager->ssi_sequence;
    ssi->previous = manager->newest_ssi;
    *(ssi->previous ? &ssi->previous->next : &manager->oldest_ssi) = ssi;
    manager->newest_ssi = ssi;
    sql_txn_own(txn)->ssi = ssi;
    return true;
}

static void free_ssi(struct sql_txn_manager *manager, struct sql_ssi *ssi)
{
    struct heap *heap = manager->heap;
    for (uint32_t i = 0; i < ssi->in.count; i++)
        drop(&ssi->in.items[i]->out, ssi);
    for (uint32_t i = 0; i < ssi->out.count; i++)
        drop(&ssi->out.items[i]->in, ssi);
    *(ssi->previous ? &ssi->previous->next : &manager->oldest_ssi) = ssi->next;
    *(ssi->next ? &ssi->next->previous : &manager->newest_ssi) = ssi->previous;
    if (ssi->in.items)
        heap_free(heap, ssi->in.items, ssi->in.room * sizeof *ssi->in.items);
    if (ssi->out.items)
        heap_free(heap, ssi->out.items, ssi->out.room * sizeof *ssi->out.items);
    sql_ssi_reads_done(heap, &ssi->reads);
    heap_free(heap, ssi, sizeof *ssi);
}

/* Frees those that have committed before every serializable transaction that runs took its snapshot. */
static void forget_old(struct sql_txn_manager *manager)
{
    uint32_t xmin = UINT32_MAX;
    for (const struct sql_ssi *ssi = manager->oldest_ssi; ssi; ssi = ssi->next)
        if (!ssi->committed && ssi->snapshot_xmin < xmin)
            xmin = ssi->snapshot_xmin;
    for (struct sql_ssi *ssi = manager->oldest_ssi, *next; ssi; ssi = next) {
        next = ssi->next;
        if (ssi->committed && ssi->finished_before <= xmin)
            free_ssi(manager, ssi);
    }
}

static void note_out(struct sql_ssi *ssi, const struct sql_ssi *out)
{
    if (!out->committed)
        return;
    if (!ssi->conflict_out || out->commit_seq < ssi->earliest_out)
        ssi->earliest_out = out->commit_seq;
    ssi->conflict_out = true;
}

void sql_ssi_end(struct sql_txn *txn, bool committed)
{
    struct sql_txn_manager *manager = txn->manager;
    struct sql_ssi *ssi = ssi_of(txn);
    if (!ssi)
        return;
    sql_txn_own(txn)->ssi = NULL;
    if (!committed) {
        free_ssi(manager, ssi);
        forget_old(manager);
        return;
    }
    ssi->txn = NULL;
    ssi->xid = txn->xid;
    ssi->committed = true;
    ssi->read_only |= txn->xid == 0;
    ssi->commit_seq = ++manager->ssi_sequence;
    ssi->finished_before = manager->next_xid;
    for (uint32_t i = 0; i < ssi->out.count && !ssi->read_only; i++)
        note_out(ssi, ssi->out.items[i]);
    forget_old(manager);
}

void sql_ssi_clear(struct sql_txn_manager *manager)
{
    while (manager->oldest_ssi) {
        if (manager->oldest_ssi->txn)
            sql_txn_own(manager->oldest_ssi->txn)->ssi = NULL;
        free_ssi(manager, manager->oldest_ssi);
    }
}

struct sql_txn *sql_ssi_writer(const struct sql_txn_manager *manager, const struct sql_txn *except)
{
    for (const struct sql_ssi *ssi = manager->oldest_ssi; ssi; ssi = ssi->next)
        if (!ssi->committed && !ssi->read_only && ssi->txn != except)
            return ssi->txn;
    return NULL;
}

/* ---- before commit */

bool sql_txn_check(struct sql_env *env)
{
    const struct sql_ssi *ssi = ssi_of(env->session->txn);
    return !ssi || !ssi->doomed ||
           fail_doomed(env, ssi,
                       "Canceled on identification as a pivot, during conflict out checking.");
}

/* Is there somebody who makes `pivot`, which depends on self, one before self's commit? */
static bool closes_behind(const struct sql_ssi *self, const struct sql_ssi *pivot)
{
    for (uint32_t i = 0; i < pivot->in.count; i++) {
        const struct sql_ssi *far = pivot->in.items[i];
        if (far == self || (!far->committed && !far->read_only && !far->doomed))
            return true;
    }
    return false;
}

bool sql_ssi_before_commit(struct sql_env *env)
{
    struct sql_txn *txn = env->session->txn;
    struct sql_ssi *ssi = ssi_of(txn);
    if (!ssi)
        return true;
    if (ssi->doomed)
        return fail_doomed(env, ssi,
                           "Canceled on identification as a pivot, during commit attempt.");
    for (uint32_t i = 0; i < ssi->in.count; i++) {
        struct sql_ssi *pivot = ssi->in.items[i];
        if (pivot->committed || pivot->doomed || !closes_behind(ssi, pivot))
            continue;
        if (pivot->prepared)
            return fail_doomed(env, ssi,
                               "Canceled on commit attempt with conflict in from prepared pivot.");
        doom(pivot, NULL);
    }
    ssi->prepared = true;
    ssi->prepare_seq = ++txn->manager->ssi_sequence;
    return true;
}

/* ---- reads and changes that meet */

static struct sql_ssi *find_xid(const struct sql_txn_manager *manager, uint32_t xid)
{
    struct sql_ssi *ssi = xid ? manager->newest_ssi : NULL;
    while (ssi && (ssi->txn ? ssi->txn->xid : ssi->xid) != xid)
        ssi = ssi->previous;
    return ssi;
}

void sql_ssi_pass_over(struct sql_txn *txn, uint32_t xid)
{
    struct sql_ssi *self = ssi_of(txn);
    if (!self || xid == txn->xid)
        return;
    struct sql_ssi *ssi = find_xid(txn->manager, xid);
    if (!ssi || ssi->doomed)
        return;
    bool harmless = self->read_only && ssi->committed &&
                    (!ssi->conflict_out || self->commits_before < ssi->earliest_out);
    if (!harmless)
        depend(self, self, ssi);
}

typedef bool ssi_test(const struct sql_ssi *reader, const void *what, const void *which);

struct changed_row {
    uint64_t row_id;
    uint32_t maker;             /* of the version that is replaced */
    const struct sql_ssi *made; /* the same, NULL: it was none of these, or long ago */
};

static bool has_read_row(const struct sql_ssi *reader, const void *table, const void *which)
{
    const struct changed_row *row = which;
    const struct sql_ssi *made = row->made;
    bool unseen = made && made != reader && row->maker >= reader->snapshot_xmin &&
                  (!made->committed || made->commit_seq > reader->commits_before);
    return !unseen && sql_ssi_reads_row(&reader->reads, table, row->row_id);
}

static bool has_read_key(const struct sql_ssi *reader, const void *tree, const void *key)
{
    return sql_ssi_reads_key(&reader->reads, tree, *(const struct slice *)key);
}

/* Everybody concurrent who has read what is about to be changed comes before this transaction. */
static bool write(struct sql_env *env, ssi_test *has_read, const void *what, const void *which)
{
    struct sql_txn *txn = env->session->txn;
    struct sql_ssi *self = ssi_of(txn);
    if (!self)
        return true;
    if (self->doomed)
        return fail_doomed(env, self,
                           "Canceled on identification as a pivot, during conflict in checking.");
    for (struct sql_ssi *ssi = txn->manager->oldest_ssi; ssi; ssi = ssi->next)
        if (ssi != self && !ssi->doomed &&
            (!ssi->committed || self->snapshot_xmin < ssi->finished_before) &&
            has_read(ssi, what, which))
            depend(self, ssi, self);
    return !self->doomed ||
           fail_doomed(env, self, "Canceled on identification as a pivot, during write.");
}

bool sql_ssi_write_row(struct sql_env *env, const void *table, uint64_t row_id, uint32_t maker)
{
    const struct sql_txn *txn = env->session->txn;
    struct changed_row row = {row_id, maker, NULL};
    if (!ssi_of(txn))
        return true;
    row.made = find_xid(txn->manager, maker);
    return write(env, has_read_row, table, &row);
}

bool sql_ssi_write_key(struct sql_env *env, const void *tree, struct slice key)
{
    return write(env, has_read_key, tree, &key);
}

void sql_ssi_read_table(struct sql_txn *txn, const void *table)
{
    struct sql_ssi *ssi = ssi_of(txn);
    if (ssi)
        sql_ssi_note_table(txn->manager->heap, &ssi->reads, table);
}

void sql_ssi_read_row(struct sql_txn *txn, const void *table, uint64_t row_id)
{
    struct sql_ssi *ssi = ssi_of(txn);
    if (ssi)
        sql_ssi_note_row(txn->manager->heap, &ssi->reads, table, row_id);
}

void sql_ssi_read_range(struct sql_txn *txn, const void *tree, const struct sql_key_range *range)
{
    struct sql_ssi *ssi = ssi_of(txn);
    if (ssi)
        sql_ssi_note_range(txn->manager->heap, &ssi->reads, tree, range);
}
