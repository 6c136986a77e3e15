/* Scans of tables: sequential, by index, by row id. */
#include "emulators/sql/exec/scan.h"

#include <stdlib.h>

#include "emulators/sql/exec/index_key.h"
#include "emulators/sql/instance.h"
#include "emulators/sql/session.h"
#include "emulators/sql/storage/table.h"
#include "emulators/sql/value/array.h"
#include "emulators/sql/value/tid.h"

/* ---- loading rows */

static bool system_column(struct sql_run *run, struct sql_table_rows *table,
                          const struct sql_scan_row *row, int32_t column, struct datum *out)
{
    uint32_t command;
    switch (column) {
    case SQL_COLUMN_ROW_ID:
        return sql_tid_make(run->arena, sql_table_position(row->row, row->row_id), out) ||
               sql_fail_memory(run->env->error);
    case SQL_COLUMN_XMIN: *out = datum_int(row->row->xid); return true;
    case SQL_COLUMN_CMIN: *out = datum_int(row->row->command); return true;
    case SQL_COLUMN_XMAX:
        *out = datum_int(sql_table_xmax(table, row->row, row->row_id, &command));
        return true;
    case SQL_COLUMN_CMAX:
        sql_table_xmax(table, row->row, row->row_id, &command);
        *out = datum_int(command);
        return true;
    default: *out = datum_int(row->relation->object.id); return true;
    }
}

bool sql_scan_load(struct sql_run *run, struct sql_table_rows *table,
                   const struct sql_scan_row *row, const struct sql_scan_column *columns,
                   uint32_t count)
{
    const struct sql_row_layout *layout = row->relation->layout;
    struct datum *regs = run->regs;
    for (uint32_t i = 0; i < count; i++) {
        if (columns[i].column > 0)
            regs[columns[i].reg] = sql_row_get(row->row, layout, (uint32_t)columns[i].column - 1);
        else if (columns[i].column == 0)
            regs[columns[i].reg] = datum_null();
        else if (!system_column(run, table, row, columns[i].column, &regs[columns[i].reg]))
            return false;
    }
    return true;
}

/* The row for those who change or lock it. */
static void give_handle(struct sql_run *run, const struct sql_node_scan *scan,
                        const struct sql_scan_row *row)
{
    if (scan->row_reg == SQL_NO_REGISTER)
        return;
    struct datum *regs = &run->regs[scan->row_reg];
    regs[SQL_HANDLE_ROW_ID] = datum_int((int64_t)row->row_id);
    regs[SQL_HANDLE_VERSION] = (struct datum){.ptr = (const uint8_t *)row->row};
    regs[SQL_HANDLE_RELATION] = datum_int(scan->child);
}

static bool give_row(struct sql_run *run, const struct sql_node_scan *scan,
                     struct sql_table_rows *table, const struct sql_row *row, uint64_t row_id)
{
    struct sql_scan_row given = {scan->relation, row, row_id};
    give_handle(run, scan, &given);
    return sql_scan_load(run, table, &given, scan->columns, scan->column_count);
}

/* ---- sequential */

#define SCAN_BATCH 64

struct seq_state {
    struct sql_state state;
    struct sql_table_rows *table;
    struct sql_table_scan scan;
    uint32_t at, count;
    const struct sql_row *rows[SCAN_BATCH];
    uint64_t row_ids[SCAN_BATCH];
};

static bool open_table(struct sql_run *run, const struct sql_node_scan *scan,
                       struct sql_table_rows **table)
{
    if (scan->relation->kind == SQL_RELATION_MATVIEW && !scan->relation->populated) {
        sql_fail(run->env->error, "55000",
                 "materialized view \"" SLICE_FMT "\" has not been populated",
                 SLICE_ARG(scan->relation->object.name));
        return sql_hint(run->env->error, "Use the REFRESH MATERIALIZED VIEW command.");
    }
    if (!*table)
        *table = sql_table_open(run->env, run->env->session->database, scan->relation);
    return *table != NULL;
}

static enum sql_next seq_next(struct sql_run *run, const struct sql_node *node,
                              struct sql_state *base)
{
    const struct sql_node_scan *scan = (const void *)node;
    struct seq_state *state = (void *)base;
    if (!base->started) {
        base->started = true;
        state->at = state->count = 0;
        if (!open_table(run, scan, &state->table) ||
            !sql_table_scan_begin(&state->scan, run->env, state->table, run->snapshot, false))
            return SQL_NEXT_FAILED;
    }
    if (state->at == state->count) {
        state->at = 0;
        state->count = sql_table_scan_next(&state->scan, state->rows, state->row_ids, SCAN_BATCH);
        if (state->count == 0)
            return SQL_NEXT_END;
    }
    uint32_t at = state->at++;
    return give_row(run, scan, state->table, state->rows[at], state->row_ids[at]) ? SQL_NEXT_ROW
                                                                                  : SQL_NEXT_FAILED;
}

const struct sql_node_ops sql_seq_scan_ops = {"Seq Scan", sizeof(struct seq_state), seq_next, NULL,
                                              NULL};

/* ---- by index */

#define HEAP_ORDER_MAX 16384 /* rows; more are given in the index' order */

struct heap_row {
    uint64_t position, row_id;
    const struct sql_row *row;
};

struct index_state {
    struct sql_state state;
    struct sql_index_access access;
    bool opened, scanning, single;
    struct sql_index_scan scan;
    struct arena arena;   /* of the bounds, and of the scan */
    struct datum *values; /* equalities */
    /* = ANY: the elements of the one array key, ascending and without doubles; then which is next */
    struct slice *elements;
    uint32_t element_count, element_at;
    /* Of a scan in heap order: the rows that were found, and which is next. */
    struct heap_row *rows;
    uint32_t row_count, row_at;
    bool gathered;
};

static bool range_bound(struct index_state *state, const struct sql_index_key *key, uint32_t prefix,
                        struct datum value, struct sql_key_range *range)
{
    struct sql_bytes bytes;
    sql_bytes_init(&bytes, &state->arena);
    state->values[prefix] = value;
    if (!sql_index_key_prefix(&state->access, state->values, prefix + 1, &bytes))
        return false;
    bool low = key->op == SQL_GT || key->op == SQL_GE;
    if (state->access.keys->keys.items[prefix].descending)
        low = !low;
    bool excluded = key->op == SQL_GT || key->op == SQL_LT;
    if (low) {
        range->low = sql_bytes_slice(&bytes);
        range->low_excluded = excluded;
    } else {
        range->high = sql_bytes_slice(&bytes);
        range->high_excluded = excluded;
    }
    return true;
}

/* The part of a prefix' entries without those whose next column is NULL, on the open side. */
static bool exclude_nulls(struct index_state *state, uint32_t prefix, struct sql_key_range *range)
{
    const struct sql_key *key = &state->access.keys->keys.items[prefix];
    struct sql_bytes bytes;
    sql_bytes_init(&bytes, &state->arena);
    if (!sql_index_key_prefix(&state->access, state->values, prefix, &bytes))
        return false;
    sql_bytes_add_char(&bytes, key->nulls_first ? 0 : 2);
    bool *excluded = key->nulls_first ? &range->low_excluded : &range->high_excluded;
    struct slice *bound = key->nulls_first ? &range->low : &range->high;
    *bound = sql_bytes_slice(&bytes);
    *excluded = true;
    return true;
}

static bool value_of(struct sql_run *run, const struct sql_index_key *key, struct arena *arena,
                     struct datum *out)
{
    if (key->is_null) {
        *out = datum_null();
        return true;
    }
    if (!sql_program_run(run, key->program, arena))
        return false;
    *out = run->regs[key->program->result];
    return true;
}

/* The range that the keys say. *empty: a comparison with NULL, which nothing satisfies. */
static bool make_range(struct sql_run *run, const struct sql_node_index_scan *node,
                       struct index_state *state, struct sql_key_range *range, bool *empty)
{
    uint32_t prefix = 0;
    struct sql_bytes bytes;
    bool bounded[2] = {false, false}, ranged = false;
    for (; prefix < node->equal_count; prefix++) {
        if (node->keys[prefix].array)
            continue;
        if (!value_of(run, &node->keys[prefix], &state->arena, &state->values[prefix]))
            return false;
        *empty |= state->values[prefix].null && !node->keys[prefix].is_null;
    }
    if (*empty)
        return true;
    sql_bytes_init(&bytes, &state->arena);
    if (!sql_index_key_prefix(&state->access, state->values, prefix, &bytes))
        return false;
    if (prefix)
        range->low = range->high = sql_bytes_slice(&bytes);
    for (uint32_t i = prefix; i < node->key_count && !*empty; i++) {
        struct datum value;
        ranged = true;
        if (node->keys[i].not_null)
            continue;
        if (!value_of(run, &node->keys[i], &state->arena, &value))
            return false;
        *empty |= value.null;
        bool low = node->keys[i].op == SQL_GT || node->keys[i].op == SQL_GE;
        bounded[low != state->access.keys->keys.items[prefix].descending] = true;
        if (!*empty && !range_bound(state, &node->keys[i], prefix, value, range))
            return false;
    }
    bool nulls_first = ranged && state->access.keys->keys.items[prefix].nulls_first;
    if (ranged && !*empty && !bounded[nulls_first])
        return exclude_nulls(state, prefix, range);
    return true;
}

static bool open_index(struct sql_run *run, const struct sql_node_index_scan *node,
                       struct index_state *state)
{
    if (state->opened)
        return true;
    if (!sql_index_access_open(run->env, run->arena, node->index_keys, NULL, &state->access))
        return false;
    state->opened = true;
    state->values =
        arena_zalloc(run->arena, (state->access.keys->keys.count + 1) * sizeof(struct datum));
    return state->values || sql_fail_memory(run->env->error);
}

static int compare_slices(const void *a, const void *b)
{
    return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

static bool add_element(struct sql_run *run, const struct sql_node_index_scan *node,
                        struct index_state *state, uint32_t at, struct datum element)
{
    struct sql_bytes bytes;
    sql_bytes_init(&bytes, &state->arena);
    state->values[at] = element;
    if (!sql_index_key_prefix(&state->access, state->values, node->equal_count, &bytes))
        return false;
    (void)run;
    state->elements[state->element_count++] = sql_bytes_slice(&bytes);
    return true;
}

/* All keys that = ANY asks for, in the index' order. */
static bool gather_elements(struct sql_run *run, const struct sql_node_index_scan *node,
                            struct index_state *state)
{
    uint32_t at = 0;
    while (!node->keys[at].array)
        at++;
    struct datum value;
    if (!value_of(run, &node->keys[at], &state->arena, &value))
        return false;
    if (value.null)
        return true;
    struct sql_array array;
    sql_array_open(value, &array);
    state->elements = arena_array(&state->arena, array.count, sizeof(struct slice));
    if (!state->elements)
        return sql_fail_memory(run->env->error);
    for (uint32_t i = 0; i < array.count; i++) {
        struct datum element = sql_array_get(&array, i);
        if (!element.null && !add_element(run, node, state, at, element))
            return false;
    }
    uint32_t kept = 0;
    if (state->element_count)
        qsort(state->elements, state->element_count, sizeof(struct slice), compare_slices);
    for (uint32_t i = 0; i < state->element_count; i++)
        if (i == 0 || !slice_eq(state->elements[i], state->elements[kept - 1]))
            state->elements[kept++] = state->elements[i];
    state->element_count = kept;
    return true;
}

static bool has_array(const struct sql_node_index_scan *node)
{
    for (uint32_t i = 0; i < node->equal_count; i++)
        if (node->keys[i].array)
            return true;
    return false;
}

static bool begin_range(struct sql_run *run, const struct sql_node_index_scan *node,
                        struct index_state *state, const struct sql_key_range *range)
{
    state->scanning = true;
    return sql_index_scan_begin(&state->scan, run->env, &state->access.use, &state->arena, range,
                                run->snapshot, node->backward);
}

static bool next_element(struct sql_run *run, const struct sql_node_index_scan *node,
                         struct index_state *state)
{
    state->scanning = false;
    if (state->element_at == state->element_count)
        return true;
    uint32_t at = node->backward ? state->element_count - 1 - state->element_at : state->element_at;
    state->element_at++;
    struct sql_key_range range = {.low = state->elements[at], .high = state->elements[at]};
    return begin_range(run, node, state, &range);
}

static bool index_begin(struct sql_run *run, const struct sql_node_index_scan *node,
                        struct index_state *state)
{
    state->state.started = true;
    arena_reset(&state->arena);
    state->scanning = false;
    state->elements = NULL;
    state->element_count = state->element_at = 0;
    if (!open_index(run, node, state))
        return false;
    struct sql_key_range range = {0};
    bool empty = false;
    if (has_array(node)) {
        for (uint32_t i = 0; i < node->equal_count; i++) {
            if (node->keys[i].array)
                continue;
            if (!value_of(run, &node->keys[i], &state->arena, &state->values[i]))
                return false;
            empty |= state->values[i].null && !node->keys[i].is_null;
        }
        return empty || (gather_elements(run, node, state) && next_element(run, node, state));
    }
    if (!make_range(run, node, state, &range, &empty))
        return false;
    return empty || begin_range(run, node, state, &range);
}

/* The next row that the index has; NULL at the end. */
static bool find_row(struct sql_run *run, const struct sql_node_index_scan *node,
                     struct index_state *state, const struct sql_row **out)
{
    for (*out = NULL; state->scanning;) {
        if (!sql_index_scan_next(&state->scan, run->env, out))
            return false;
        if (*out)
            return true;
        if (!next_element(run, node, state))
            return false;
    }
    return true;
}

static int compare_positions(const void *a, const void *b)
{
    const struct heap_row *x = a, *y = b;
    return (x->position > y->position) - (x->position < y->position);
}

/* All rows, sorted by their places in the table; when they are too many, the scan begins anew. */
static bool gather_rows(struct sql_run *run, const struct sql_node_index_scan *node,
                        struct index_state *state)
{
    uint32_t room = 64;
    state->row_count = state->row_at = 0;
    for (;;) {
        const struct sql_row *row;
        if (!find_row(run, node, state, &row) || !sql_run_check(run))
            return false;
        if (!row)
            break;
        if (state->row_count == HEAP_ORDER_MAX)
            return index_begin(run, node, state);
        if (state->row_count == room || !state->rows) {
            room = state->rows ? room * 2 : room;
            struct heap_row *rows = realloc(state->rows, room * sizeof(*rows));
            if (!rows)
                return sql_fail_memory(run->env->error);
            state->rows = rows;
        }
        state->rows[state->row_count++] =
            (struct heap_row){sql_table_position(row, state->scan.row_id), state->scan.row_id, row};
    }
    if (state->row_count)
        qsort(state->rows, state->row_count, sizeof(*state->rows), compare_positions);
    return state->gathered = true;
}

static bool begin_index_scan(struct sql_run *run, const struct sql_node_index_scan *node,
                             struct index_state *state)
{
    state->gathered = false;
    return index_begin(run, node, state) && (!node->heap_order || gather_rows(run, node, state));
}

static enum sql_next index_next(struct sql_run *run, const struct sql_node *base_node,
                                struct sql_state *base)
{
    const struct sql_node_index_scan *node = (const void *)base_node;
    struct index_state *state = (void *)base;
    const struct sql_row *row;
    uint64_t row_id;
    if (!base->started && !begin_index_scan(run, node, state))
        return SQL_NEXT_FAILED;
    if (state->gathered) {
        if (state->row_at == state->row_count)
            return SQL_NEXT_END;
        row = state->rows[state->row_at].row;
        row_id = state->rows[state->row_at++].row_id;
    } else {
        if (!find_row(run, node, state, &row))
            return SQL_NEXT_FAILED;
        if (!row)
            return SQL_NEXT_END;
        row_id = state->scan.row_id;
    }
    return give_row(run, &node->scan, state->access.use.table, row, row_id) ? SQL_NEXT_ROW
                                                                            : SQL_NEXT_FAILED;
}

static void index_close(struct sql_run *run, const struct sql_node *node, struct sql_state *base)
{
    (void)run;
    (void)node;
    struct index_state *state = (void *)base;
    sql_index_access_close(&state->access);
    arena_done(&state->arena);
    free(state->rows);
    state->rows = NULL;
}

const struct sql_node_ops sql_index_scan_ops = {"Index Scan", sizeof(struct index_state),
                                                index_next, NULL, index_close};

/* ---- by row id */

struct row_state {
    struct sql_state state;
    struct sql_table_rows *table;
    struct datum ids;
    uint32_t at;
};

/* WHERE CURRENT OF: the row by the newest of its versions. */
static enum sql_next current_next(struct sql_run *run, const struct sql_node_row_scan *node,
                                  struct row_state *state)
{
    struct sql_session *session = run->env->session;
    uint64_t row_id;
    if (state->at++)
        return SQL_NEXT_END;
    if (state->ids.null) {
        sql_fail(run->env->error, "42704", "no value found for parameter %u",
                 node->current->param - 1);
        return SQL_NEXT_FAILED;
    }
    if (!session->owner->cursor_row(session, datum_slice(state->ids), node->scan.relation, &row_id,
                                    run->env->error))
        return SQL_NEXT_FAILED;
    const struct sql_row *row =
        row_id ? sql_table_fetch(state->table, run->snapshot, row_id) : NULL;
    if (!row)
        return SQL_NEXT_END;
    return give_row(run, &node->scan, state->table, row, row_id) ? SQL_NEXT_ROW : SQL_NEXT_FAILED;
}

static enum sql_next row_next(struct sql_run *run, const struct sql_node *base_node,
                              struct sql_state *base)
{
    const struct sql_node_row_scan *node = (const void *)base_node;
    struct row_state *state = (void *)base;
    if (!base->started) {
        base->started = true;
        state->at = 0;
        if (!open_table(run, &node->scan, &state->table) ||
            !sql_program_run(run, node->row_id, run->arena))
            return SQL_NEXT_FAILED;
        state->ids = run->regs[node->row_id->result];
    }
    if (node->current)
        return current_next(run, node, state);
    while (!state->ids.null) {
        struct datum id = state->ids;
        if (node->array) {
            struct sql_array array;
            sql_array_open(state->ids, &array);
            if (state->at == array.count)
                return SQL_NEXT_END;
            id = sql_array_get(&array, state->at++);
        } else if (state->at++) {
            return SQL_NEXT_END;
        }
        uint64_t row_id = 0;
        const struct sql_row *row = id.null
                                        ? NULL
                                        : sql_table_fetch_position(state->table, run->snapshot,
                                                                   sql_tid_position(id), &row_id);
        if (row)
            return give_row(run, &node->scan, state->table, row, row_id) ? SQL_NEXT_ROW
                                                                         : SQL_NEXT_FAILED;
    }
    return SQL_NEXT_END;
}

const struct sql_node_ops sql_row_scan_ops = {"Tid Scan", sizeof(struct row_state), row_next, NULL,
                                              NULL};
