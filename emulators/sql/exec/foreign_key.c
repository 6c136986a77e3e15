/* Foreign keys: a referencing row has its parent; what becomes of the rows that refer to one that
 * changed. Rows are found by an index that begins with the columns, else by reading the table. */
#include <stdlib.h>

#include "emulators/sql/exec/after.h"
#include "emulators/sql/exec/move_row.h"
#include "emulators/sql/exec/partition.h"
#include "emulators/sql/instance.h"
#include "emulators/sql/plan/planner.h"
#include "emulators/sql/session.h"
#include "emulators/sql/txn/txn.h"

/* ---- values of another type than the column's */

static const struct sql_type *base_type(struct sql_env *env, uint32_t id)
{
    const struct sql_type *type = sql_find_type_id(env->session, id);
    while (type && type->kind == SQL_TYPE_DOMAIN)
        type = sql_find_type_id(env->session, type->base);
    return type;
}

/* Do values of both types have the same form? */
static bool same_form(struct sql_env *env, const struct sql_type *a, const struct sql_type *b)
{
    enum sql_key_codec x, y;
    if (a == b || a->ops == b->ops)
        return true;
    sql_key_codec_of(env->session, a, &x);
    sql_key_codec_of(env->session, b, &y);
    return x == y && x != SQL_KEY_ENCODED;
}

/* Casts as the comparison between the two types would. */
static bool convert_value(struct sql_env *env, const struct sql_type *from,
                          const struct sql_type *to, struct datum value, struct datum *out)
{
    *out = value;
    if (value.null || same_form(env, from, to))
        return true;
    const struct sql_cast *cast = sql_find_cast(env->session, from->id, to->id);
    const struct sql_routine *routine =
        cast && cast->function ? sql_find_routine_id(env->session, cast->function) : NULL;
    if (!routine || !routine->call)
        return true;
    struct sql_call call = {
        .env = env, .arena = env->arena, .arg_types = &from, .argc = 1, .result_type = to};
    return routine->call(&call, &value, out);
}

/* How the rows of a relation are found by some of its columns. */
struct matcher {
    struct matcher *next;
    const struct sql_relation *relation;
    const int16_t *columns;
    uint32_t count;
    bool indexed;
    const struct sql_type *const
        *types; /* of the values, where the columns' are others; else NULL */
    struct sql_index_access access;
    uint16_t order[32]; /* position in `columns` of each leading key column */
    struct sql_table_rows *table;
};

struct sql_matcher_cache {
    struct matcher *first;
};

void sql_foreign_key_done(struct sql_after *after)
{
    for (struct matcher *m = after->matchers ? after->matchers->first : NULL; m; m = m->next)
        if (m->indexed)
            sql_index_access_close(&m->access);
}

/* Are the index' leading columns those columns, in any order? */
static bool leads_with(const struct sql_index *index, const int16_t *columns, uint32_t count,
                       uint16_t *order)
{
    if (index->where || !index->valid || index->key_count < count || count > 32)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = 0;
        while (at < count && columns[at] != index->columns[i])
            at++;
        if (at == count)
            return false;
        order[i] = (uint16_t)at;
    }
    return true;
}

static bool open_matcher(struct sql_after *after, struct sql_env *env,
                         const struct sql_relation *relation, const int16_t *columns,
                         uint32_t count, struct matcher **out)
{
    if (!after->matchers &&
        !(after->matchers = arena_zalloc(after->arena, sizeof(*after->matchers))))
        return sql_fail_memory(env->error);
    for (struct matcher *m = after->matchers->first; m; m = m->next)
        if (m->relation == relation && m->columns == columns) {
            *out = m;
            return true;
        }
    struct matcher *made = arena_zalloc(after->arena, sizeof(*made));
    if (!made)
        return sql_fail_memory(env->error);
    made->relation = relation;
    made->columns = columns;
    made->count = count;
    made->table = sql_table_open(env, env->session->database, relation);
    if (!made->table)
        return false;
    for (uint32_t i = 0; i < relation->index_count && !made->indexed; i++) {
        const struct sql_relation *index = sql_find_relation_id(env->session, relation->indexes[i]);
        struct sql_index_keys *keys;
        if (!index || !index->index || !leads_with(index->index, columns, count, made->order))
            continue;
        if (!sql_index_keys_make(env, after->arena, relation, index, &keys))
            return false;
        if (!keys->stored)
            continue;
        if (!sql_index_access_open(env, after->arena, keys, made->table, &made->access))
            return false;
        made->access.use.ctx = &made->access;
        made->indexed = true;
    }
    made->next = after->matchers->first;
    after->matchers->first = made;
    *out = made;
    return true;
}

/* Called for each row found; false ends the search: failed, or *stop. */
typedef bool visit_row(void *ctx, struct sql_env *env, const struct sql_relation *relation,
                       struct sql_table_rows *table, const struct sql_row *row, uint64_t row_id,
                       bool *stop);

static bool same_datum(struct sql_call *call, const struct sql_type *type, struct datum a,
                       struct datum b)
{
    if (a.null || b.null)
        return false;
    if (type->ops && type->ops->compare)
        return type->ops->compare(call, type, a, b) == 0;
    return type->by_value ? a.u == b.u : slice_eq(datum_slice(a), datum_slice(b));
}

static bool row_has(struct sql_env *env, const struct matcher *matcher, const struct sql_row *row,
                    const struct datum *values)
{
    const struct sql_relation *relation = matcher->relation;
    for (uint32_t i = 0; i < matcher->count; i++) {
        uint32_t at = (uint32_t)matcher->columns[i] - 1;
        const struct sql_type *type = sql_find_type_id(env->session, relation->columns[at].type);
        while (type->kind == SQL_TYPE_DOMAIN)
            type = sql_find_type_id(env->session, type->base);
        struct sql_call call = {.env = env,
                                .arena = env->arena,
                                .result_type = type,
                                .collation = relation->columns[at].collation};
        struct datum have = sql_row_get(row, relation->layout, at);
        if (matcher->types) {
            if (!convert_value(env, type, matcher->types[i], have, &have))
                return false;
            type = matcher->types[i];
        }
        if (!same_datum(&call, type, have, values[i]))
            return false;
    }
    return true;
}

static bool visit_index(struct sql_env *env, struct matcher *matcher, const struct datum *values,
                        const struct sql_snapshot *snapshot, visit_row *visit, void *ctx)
{
    struct arena arena = {0};
    struct sql_index_scan scan;
    struct sql_bytes key;
    struct datum *ordered = arena_array(&arena, matcher->count, sizeof(*ordered));
    bool good = ordered != NULL, stop = false;
    for (uint32_t i = 0; good && i < matcher->count; i++)
        ordered[i] = values[matcher->order[i]];
    sql_bytes_init(&key, &arena);
    matcher->access.env = env;
    good = good && sql_index_key_prefix(&matcher->access, ordered, matcher->count, &key);
    struct sql_key_range range = {.low = sql_bytes_slice(&key), .high = sql_bytes_slice(&key)};
    good = good &&
           sql_index_scan_begin(&scan, env, &matcher->access.use, &arena, &range, snapshot, false);
    while (good && !stop) {
        const struct sql_row *row;
        good = sql_index_scan_next(&scan, env, &row);
        if (!good || !row)
            break;
        good = visit(ctx, env, matcher->relation, matcher->table, row, scan.row_id, &stop);
    }
    arena_done(&arena);
    return good;
}

static bool visit_all(struct sql_env *env, struct matcher *matcher, const struct datum *values,
                      const struct sql_snapshot *snapshot, visit_row *visit, void *ctx)
{
    struct sql_table_scan scan;
    const struct sql_row *rows[64];
    uint64_t ids[64];
    uint32_t count;
    bool stop = false;
    if (!sql_table_scan_begin(&scan, env, matcher->table, snapshot, false))
        return false;
    while (!stop && (count = sql_table_scan_next(&scan, rows, ids, 64)) != 0) {
        if (env->check && !env->check(env))
            return false;
        for (uint32_t i = 0; i < count && !stop; i++)
            if (row_has(env, matcher, rows[i], values) &&
                !visit(ctx, env, matcher->relation, matcher->table, rows[i], ids[i], &stop))
                return false;
    }
    return true;
}

struct search {
    struct sql_after *after;
    const int16_t *columns;
    uint32_t count;
    const struct datum *values;
    visit_row *visit;
    void *ctx;
    const struct sql_type *const *types; /* of the values, where these are not the columns' */
    enum sql_lock_mode lock;             /* of the tables that are searched; 0: ROW SHARE */
};

/* A partitioned table's rows are in its partitions, whose columns may stand elsewhere. */
static bool search_table(struct sql_env *env, const struct search *search,
                         const struct sql_relation *relation, const struct sql_snapshot *snapshot)
{
    struct matcher *matcher;
    if (!sql_lock_relation(env, relation->object.id, search->lock ? search->lock : SQL_ROW_SHARE,
                           SQL_WAIT_BLOCK))
        return false;
    if (relation->kind != SQL_RELATION_PARTITIONED) {
        if (!open_matcher(search->after, env, relation, search->columns, search->count, &matcher))
            return false;
        matcher->types = search->types;
        return matcher->indexed && !search->types
                   ? visit_index(env, matcher, search->values, snapshot, search->visit, search->ctx)
                   : visit_all(env, matcher, search->values, snapshot, search->visit, search->ctx);
    }
    for (uint32_t i = 0; i < relation->child_count; i++) {
        const struct sql_relation *child =
            sql_find_relation_id(env->session, relation->children[i]);
        int16_t *columns = arena_array(search->after->arena, search->count, sizeof(*columns));
        struct search below = *search;
        if (!child)
            continue;
        if (!columns)
            return sql_fail_memory(env->error);
        for (uint32_t c = 0; c < search->count; c++)
            for (uint32_t k = 0; k < child->column_count; k++)
                if (slice_eq(child->columns[k].name,
                             relation->columns[search->columns[c] - 1].name))
                    columns[c] = (int16_t)(k + 1);
        below.columns = columns;
        if (!search_table(env, &below, child, snapshot))
            return false;
    }
    return true;
}

static bool search_latest(struct sql_env *env, const struct search *search,
                          const struct sql_relation *relation)
{
    struct sql_snapshot *snapshot;
    if (!sql_snapshot_take_latest(env, &snapshot))
        return false;
    bool good = search_table(env, search, relation, snapshot);
    sql_snapshot_release(snapshot);
    return good;
}

/* ---- messages */

static bool key_names(struct sql_bytes *text, const struct sql_relation *relation,
                      const int16_t *columns, uint32_t count)
{
    sql_bytes_add_char(text, '(');
    for (uint32_t i = 0; i < count; i++) {
        if (i)
            sql_bytes_add_str(text, ", ");
        sql_bytes_add_slice(text, relation->columns[columns[i] - 1].name);
    }
    sql_bytes_add_str(text, ")=(");
    return true;
}

static bool key_detail(struct sql_env *env, const struct sql_relation *relation,
                       const int16_t *columns, const struct datum *values, uint32_t count,
                       struct slice *out)
{
    struct sql_bytes text;
    sql_bytes_init(&text, env->arena);
    key_names(&text, relation, columns, count);
    for (uint32_t i = 0; i < count; i++) {
        if (i)
            sql_bytes_add_str(&text, ", ");
        if (!sql_value_text(env,
                            sql_find_type_id(env->session, relation->columns[columns[i] - 1].type),
                            values[i], false, &text))
            return false;
    }
    sql_bytes_add_char(&text, ')');
    *out = sql_bytes_slice(&text);
    return true;
}

static void error_constraint(struct sql_env *env, const struct sql_relation *relation,
                             const struct sql_constraint *constraint)
{
    sql_error_relation(env, relation);
    env->error->constraint = arena_dup(env->error->arena, constraint->object.name);
}

static bool fail_child(struct sql_env *env, const struct sql_after_event *event,
                       const struct sql_relation *parent, const struct datum *values)
{
    const struct sql_constraint *constraint = event->constraint;
    struct slice key;
    if (!key_detail(env, event->relation, constraint->columns, values, constraint->column_count,
                    &key))
        return false;
    sql_fail(env->error, "23503",
             "insert or update on table \"" SLICE_FMT
             "\" violates foreign key constraint \"" SLICE_FMT "\"",
             SLICE_ARG(event->relation->object.name), SLICE_ARG(constraint->object.name));
    error_constraint(env, event->relation, constraint);
    return sql_detail(env->error, "Key " SLICE_FMT " is not present in table \"" SLICE_FMT "\".",
                      SLICE_ARG(key), SLICE_ARG(parent->object.name));
}

static bool fail_parent(struct sql_env *env, const struct sql_after_event *event,
                        const struct sql_relation *child, const struct datum *values)
{
    const struct sql_constraint *constraint = event->constraint;
    struct slice key;
    if (!key_detail(env, event->relation, constraint->foreign_columns, values,
                    constraint->column_count, &key))
        return false;
    sql_fail(env->error, "23503",
             "update or delete on table \"" SLICE_FMT
             "\" violates foreign key constraint \"" SLICE_FMT "\" on table \"" SLICE_FMT "\"",
             SLICE_ARG(event->relation->object.name), SLICE_ARG(constraint->object.name),
             SLICE_ARG(child->object.name));
    error_constraint(env, child, constraint);
    return sql_detail(env->error,
                      "Key " SLICE_FMT " is still referenced from table \"" SLICE_FMT "\".",
                      SLICE_ARG(key), SLICE_ARG(child->object.name));
}

/* ---- the child's side */

struct lock_parent {
    bool found;
    const struct sql_snapshot *snapshot;
};

static bool lock_parent(void *ctx, struct sql_env *env, const struct sql_relation *relation,
                        struct sql_table_rows *table, const struct sql_row *row, uint64_t row_id,
                        bool *stop)
{
    struct lock_parent *lock = ctx;
    struct sql_change_options options = {
        .row_id = row_id, .seen = row, .snapshot = lock->snapshot, .wait = SQL_WAIT_BLOCK};
    (void)relation;
    enum sql_change change = sql_table_lock(env, table, &options, SQL_LOCK_KEY_SHARE);
    if (change == SQL_CHANGE_FAILED)
        return false;
    if (change == SQL_CHANGE_MOVED)
        return sql_change_fail_moved(env, "locked");
    lock->found |= change == SQL_CHANGE_DONE || change == SQL_CHANGE_SELF_MODIFIED ||
                   change == SQL_CHANGE_SELF_LATER;
    if (!lock->found && env->session->txn->isolation > SQL_READ_COMMITTED)
        return sql_change_fail(env, SQL_CHANGE_UPDATED);
    *stop = lock->found;
    return true;
}

/* The row may have changed since: then the key in the event is of no interest any more. */
static bool still_there(struct sql_env *env, const struct sql_after_event *event,
                        const struct datum *values, bool *out)
{
    struct sql_table_rows *table = sql_table_open(env, env->session->database, event->relation);
    if (!table)
        return false;
    const struct sql_row *row = sql_table_latest(table, env->session->txn, event->row_id);
    struct matcher probe = {.relation = event->relation,
                            .columns = event->constraint->columns,
                            .count = event->constraint->column_count};
    *out = row && row_has(env, &probe, row, values);
    return true;
}

bool sql_foreign_key_child(struct sql_after *after, struct sql_env *env,
                           const struct sql_after_event *event)
{
    const struct sql_constraint *constraint = event->constraint;
    const struct sql_relation *parent =
        sql_find_relation_id(env->session, constraint->foreign_table);
    struct datum values[32], keys[32];
    uint32_t nulls = 0, count = constraint->column_count;
    if (!parent || count > 32)
        return true;
    for (uint32_t i = 0; i < count; i++) {
        values[i] = event->new_row[constraint->columns[i] - 1];
        keys[i] = values[i];
        nulls += values[i].null;
        if (!convert_value(
                env, base_type(env, event->relation->columns[constraint->columns[i] - 1].type),
                base_type(env, parent->columns[constraint->foreign_columns[i] - 1].type), values[i],
                &keys[i]))
            return false;
    }
    if (nulls && constraint->match == 'f' && nulls < count) {
        sql_fail(env->error, "23503",
                 "insert or update on table \"" SLICE_FMT
                 "\" violates foreign key constraint \"" SLICE_FMT "\"",
                 SLICE_ARG(event->relation->object.name), SLICE_ARG(constraint->object.name));
        error_constraint(env, event->relation, constraint);
        return sql_detail(env->error,
                          "MATCH FULL does not allow mixing of null and nonnull key values.");
    }
    if (nulls)
        return true;
    /* Above READ COMMITTED parents count as the transaction sees them, but in partitions as they are. */
    bool own_view = env->session->txn->isolation > SQL_READ_COMMITTED &&
                    parent->kind != SQL_RELATION_PARTITIONED;
    for (int attempt = 0;; attempt++) {
        struct sql_snapshot *snapshot;
        if (!(own_view && attempt == 0 ? sql_snapshot_take : sql_snapshot_take_latest)(env,
                                                                                       &snapshot))
            return false;
        struct lock_parent lock = {false, snapshot};
        struct search search = {after, constraint->foreign_columns, count, keys, lock_parent, &lock,
                                NULL};
        bool good = search_table(env, &search, parent, snapshot);
        sql_snapshot_release(snapshot);
        if (!good || lock.found)
            return good;
        /* A parent that was changed meanwhile is looked for again, but not what the transaction's
         * snapshot does not see. */
        if (attempt == 1 || own_view)
            break;
    }
    bool there;
    if (!still_there(env, event, values, &there))
        return false;
    return !there || fail_child(env, event, parent, values);
}

/* ---- the parent's side */

struct found_rows {
    struct sql_after *after;
    struct found_row {
        const struct sql_relation *relation;
        const struct sql_row *row;
        uint64_t row_id;
    } * items;
    uint32_t count, room;
    bool only_first;
};

static bool gather(void *ctx, struct sql_env *env, const struct sql_relation *relation,
                   struct sql_table_rows *table, const struct sql_row *row, uint64_t row_id,
                   bool *stop)
{
    struct found_rows *found = ctx;
    (void)table;
    if (found->count == found->room) {
        uint32_t room = found->room ? found->room * 2 : 8;
        struct found_row *items = realloc(found->items, room * sizeof(*items));
        if (!items)
            return sql_fail_memory(env->error);
        found->items = items;
        found->room = room;
    }
    found->items[found->count++] = (struct found_row){relation, row, row_id};
    *stop = found->only_first;
    return true;
}

/* The columns that SET NULL or SET DEFAULT concerns. */
static bool is_set_column(const struct sql_constraint *constraint, int16_t column)
{
    if (constraint->set_column_count == 0)
        return true;
    for (uint32_t i = 0; i < constraint->set_column_count; i++)
        if (constraint->set_columns[i] == column)
            return true;
    return false;
}

static int16_t column_in(const struct sql_relation *from, int16_t column,
                         const struct sql_relation *to)
{
    for (uint32_t i = 0; from != to && i < to->column_count; i++)
        if (!to->columns[i].dropped &&
            slice_eq(to->columns[i].name, from->columns[column - 1].name))
            return (int16_t)(i + 1);
    return column;
}

static bool new_child_values(struct sql_env *env, const struct sql_after_event *event,
                             const struct sql_relation *declared, const struct found_row *row,
                             char action, struct datum *values)
{
    const struct sql_constraint *constraint = event->constraint;
    sql_row_read(row->row, row->relation->layout, row->relation->column_count, values);
    for (uint32_t i = 0; i < constraint->column_count; i++) {
        int16_t at = column_in(declared, constraint->columns[i], row->relation);
        const struct sql_column *column = &declared->columns[constraint->columns[i] - 1];
        if (action == 'c') {
            values[at - 1] = event->new_row[constraint->foreign_columns[i] - 1];
            continue;
        }
        if (event->event == SQL_TRIGGER_DELETE &&
            !is_set_column(constraint, constraint->columns[i]))
            continue;
        values[at - 1] = datum_null();
        if (action == 'd' && column->value &&
            !sql_evaluate(env, column->value, NULL, 0, &values[at - 1]))
            return false;
    }
    return true;
}

static bool arrive(struct sql_after *after, struct sql_env *env, struct sql_changer *there,
                   struct datum *values, bool *skipped)
{
    const struct sql_row *made;
    uint64_t row_id;
    after->arriving = true;
    bool good = sql_changer_insert(there, env, values, &row_id, &made, skipped);
    after->arriving = false;
    return good;
}

/* The values belong to another partition. */
static bool move_child(struct sql_after *after, struct sql_env *env, struct sql_changer *changer,
                       const struct sql_relation *declared, const struct found_row *row,
                       struct datum *values)
{
    struct sql_moving_row moving = {.root = declared};
    const struct sql_relation *to;
    const struct sql_row *latest =
        sql_table_latest(changer->writer->table, env->session->txn, row->row_id);
    struct sql_changer *there;
    struct datum *moved;
    bool skipped;
    enum sql_change change =
        sql_move_out(changer, env, after->arena, row->row_id, latest, values, &moving, &skipped);
    if (change == SQL_CHANGE_UPDATED || change == SQL_CHANGE_DELETED)
        return sql_change_fail(env, change);
    if (change != SQL_CHANGE_DONE || skipped)
        return change != SQL_CHANGE_FAILED;
    return sql_partition_route(env, after->arena, declared, moving.values, &to, &moved) &&
           sql_after_changer(after, env, to, &there) &&
           arrive(after, env, there, moved, &skipped) &&
           (skipped || sql_after_move(after, env, declared, moving.old, moving.values));
}

static bool act_on(struct sql_after *after, struct sql_env *env,
                   const struct sql_after_event *event, const struct sql_relation *declared,
                   const struct found_row *row, char action)
{
    struct sql_changer *changer;
    const struct sql_row *made;
    enum sql_change change;
    bool skipped;
    struct datum *before;
    if (!sql_after_changer(after, env, row->relation, &changer))
        return false;
    const struct sql_row *latest =
        sql_table_latest(changer->writer->table, env->session->txn, row->row_id);
    if (!latest)
        return true;
    if (!sql_table_check_seen(env, changer->writer->table, row->row_id))
        return false;
    if (action == 'c' && event->event == SQL_TRIGGER_DELETE) {
        change = sql_changer_delete(changer, env, row->row_id, latest, false, &skipped);
    } else {
        struct datum *values =
            arena_array(env->arena, row->relation->column_count, sizeof(*values));
        if (!values)
            return sql_fail_memory(env->error);
        if (!new_child_values(env, event, declared, row, action, values))
            return false;
        change =
            sql_changer_before_update(changer, env, row->row_id, latest, values, &before, &skipped);
        bool fits = true;
        if (change == SQL_CHANGE_DONE && !skipped && declared->partition_key &&
            !sql_partition_fits(env, row->relation, values, &fits))
            return false;
        if (!fits)
            return move_child(after, env, changer, declared, row, values);
        if (change == SQL_CHANGE_DONE && !skipped)
            change = sql_changer_update(changer, env, row->row_id, latest, before, values, &made);
    }
    if (change == SQL_CHANGE_UPDATED || change == SQL_CHANGE_DELETED || change == SQL_CHANGE_MOVED)
        return sql_change_fail(env, change);
    return change != SQL_CHANGE_FAILED;
}

/* NO ACTION is content when another row has taken the key's place. */
static bool replaced(struct sql_after *after, struct sql_env *env,
                     const struct sql_after_event *event, const struct datum *values, bool *out)
{
    struct found_rows others = {.after = after, .only_first = true};
    struct search search = {
        after,  event->constraint->foreign_columns, event->constraint->column_count, values, gather,
        &others};
    const struct sql_relation *parent =
        sql_find_relation_id(env->session, event->constraint->foreign_table);
    bool good = search_latest(env, &search, parent);
    *out = others.count > 0;
    free(others.items);
    return good;
}

/* Types of the parent's columns, when some child's column has another form. */
static bool other_types(struct sql_env *env, const struct sql_after_event *event,
                        const struct sql_relation *child, const struct sql_type ***out)
{
    const struct sql_constraint *constraint = event->constraint;
    const struct sql_type **types =
        arena_array(env->arena, constraint->column_count, sizeof(*types));
    bool differ = false;
    if (!types)
        return sql_fail_memory(env->error);
    for (uint32_t i = 0; i < constraint->column_count; i++) {
        types[i] =
            base_type(env, event->relation->columns[constraint->foreign_columns[i] - 1].type);
        differ |= !same_form(env, types[i],
                             base_type(env, child->columns[constraint->columns[i] - 1].type));
    }
    *out = differ ? types : NULL;
    return true;
}

/* As one statement that changes the child. */
static bool act_on_all(struct sql_after *after, struct sql_env *env,
                       const struct sql_after_event *event, const struct sql_relation *child,
                       const struct found_rows *found, char action)
{
    struct sql_transition *outer = after->transition;
    struct sql_changer *whole;
    bool deletes = action == 'c' && event->event == SQL_TRIGGER_DELETE;
    bool good =
        sql_transition_of(after, env, child, &after->transition) &&
        sql_after_changer(after, env, child, &whole) &&
        sql_changer_statement_once(whole, env, deletes ? SQL_TRIGGER_DELETE : SQL_TRIGGER_UPDATE);
    for (uint32_t i = 0; good && i < found->count; i++)
        good = act_on(after, env, event, child, &found->items[i], action);
    after->transition = outer;
    return good;
}

/* The defaults may be the very key that went. */
static bool check_defaults(struct sql_after *after, struct sql_env *env,
                           const struct sql_after_event *event, const struct sql_relation *child,
                           const struct search *search)
{
    struct found_rows left = {.after = after, .only_first = true};
    struct search again = *search;
    bool other = false;
    again.ctx = &left;
    sql_txn_next_command(env->session->txn);
    bool good = search_latest(env, &again, child) &&
                (!left.count || replaced(after, env, event, search->values, &other));
    uint32_t count = left.count;
    free(left.items);
    return good && (!count || other || fail_parent(env, event, child, search->values));
}

bool sql_foreign_key_parent(struct sql_after *after, struct sql_env *env,
                            const struct sql_after_event *event)
{
    const struct sql_constraint *constraint = event->constraint;
    const struct sql_relation *child = sql_find_relation_id(env->session, constraint->relation);
    char action =
        event->event == SQL_TRIGGER_DELETE ? constraint->on_delete : constraint->on_update;
    struct datum values[32];
    bool again = false;
    if (!child || constraint->column_count > 32)
        return true;
    for (uint32_t i = 0; i < constraint->column_count; i++) {
        values[i] = event->old_row[constraint->foreign_columns[i] - 1];
        if (values[i].null)
            return true;
    }
    bool refuses = action == 'a' || action == 'r';
    if (action == 'a' && (!replaced(after, env, event, values, &again) || again))
        return again;
    const struct sql_type **types = NULL;
    if (!other_types(env, event, child, &types))
        return false;
    struct found_rows found = {.after = after, .only_first = refuses};
    struct search search = {after,
                            constraint->columns,
                            constraint->column_count,
                            values,
                            gather,
                            &found,
                            types,
                            refuses ? SQL_ROW_SHARE : SQL_ROW_EXCLUSIVE};
    bool good = search_latest(env, &search, child);
    if (good && refuses && found.count)
        good = fail_parent(env, event, child, values);
    if (good && !refuses && found.count)
        sql_txn_next_command(env->session->txn);
    if (good && !refuses)
        good = act_on_all(after, env, event, child, &found, action);
    if (good && action == 'd' && found.count)
        good = check_defaults(after, env, event, child, &search);
    free(found.items);
    return good;
}
