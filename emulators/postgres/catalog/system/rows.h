/* System relations as generators over the catalog: what they share.
 *
 * A source says which objects a relation shows: those of a table of built-in ones, then the stored
 * ones of a class; each object gives a row, or several (its columns, its labels). The row's cells are
 * added in the order of the relation's columns.
 *
 * Expressions (pg_node_tree) are shown as a reference to where they stand, which pg_get_expr follows:
 * see expression.h. */
#ifndef PARLEL_EMULATORS_POSTGRES_CATALOG_SYSTEM_ROWS_H
#define PARLEL_EMULATORS_POSTGRES_CATALOG_SYSTEM_ROWS_H

#include "emulators/postgres/catalog/dialect.h"
#include "emulators/postgres/catalog/system/expression.h"
#include "emulators/sql/catalog/objects.h"
#include "emulators/sql/catalog/system.h"
#include "emulators/sql/session.h"

/* A row that is being made. */
struct pg_row {
    struct sql_env *env;
    struct sql_session *session;
    const struct sql_dialect *dialect;
    struct arena *arena;
    struct datum *cells;
    uint32_t at;
    uint32_t part; /* which row of the object this is, from 0 */
    bool failed;
};

enum pg_made {
    PG_ROW_MADE, /* and there may be another part */
    PG_ROW_LAST, /* the object's only or last row */
    PG_ROW_SKIP, /* no row for this part, but maybe for the next */
    PG_ROW_NONE, /* the object has no (more) rows */
};

/* What a system relation shows. Members may be NULL. */
struct pg_source {
    struct sql_system_relation core;
    /* Built-in objects: how many, and the row of one. */
    uint32_t (*builtin_count)(const struct sql_dialect *dialect);
    enum pg_made (*builtin)(struct pg_row *row, uint32_t index);
    /* Index of the built-in object with that id (the key), -1: none. NULL: all are looked at. */
    int (*builtin_find)(const struct sql_dialect *dialect, uint32_t id);
    /* Stored ones: offset in struct sql_class_ids of their class. */
    enum pg_made (*stored)(struct pg_row *row, const struct sql_object *object);
    size_t class_at;
    uint32_t class_id; /* of stored ones that are not in that struct; 0: they are */
    /* The key column is the object's id: stored ones are found by it. */
    bool keyed;
};
#define PG_CLASS(member) offsetof(struct sql_class_ids, member)

bool pg_source_open(struct sql_system_scan *scan);
bool pg_source_next(struct sql_system_scan *scan, struct arena *arena, struct datum *values,
                    bool *done);
#define PG_SOURCE_CORE(relation_id, ...)                                                         \
    {                                                                                            \
        .id = relation_id, .keys = {__VA_ARGS__}, .open = pg_source_open, .next = pg_source_next \
    }

/* The same with an estimate of the rows. */
#define PG_SOURCE_ROWS(relation_id, row_count, ...)                                          \
    {                                                                                        \
        .id = relation_id, .rows = row_count, .keys = {__VA_ARGS__}, .open = pg_source_open, \
        .next = pg_source_next                                                               \
    }

/* All system relations: NULL-terminated lists. */
extern const struct pg_source *const pg_relation_sources[],
    *const pg_type_sources[], *const pg_routine_sources[],
                                  *const pg_operator_sources[],
                                      *const pg_depend_sources[],
                                          *const pg_role_sources[],
                                              *const pg_grant_sources[],
                                                  *const pg_other_sources[],
                                                      *const pg_text_search_sources[];

extern const struct pg_source pg_largeobject, pg_largeobject_metadata; /* large_objects.c */

/* ---- cells, in the order of the columns */

static inline void pg_cell(struct pg_row *row, struct datum value)
{
    row->cells[row->at++] = value;
}
static inline void pg_null(struct pg_row *row)
{
    pg_cell(row, datum_null());
}
static inline void pg_int(struct pg_row *row, int64_t value)
{
    pg_cell(row, datum_int(value));
}
static inline void pg_id(struct pg_row *row, uint32_t id)
{
    pg_cell(row, (struct datum){.u = id});
}
static inline void pg_bool(struct pg_row *row, bool value)
{
    pg_cell(row, datum_bool(value));
}
static inline void pg_char(struct pg_row *row, char value)
{
    pg_cell(row, (struct datum){.i = (signed char)value});
}
static inline void pg_float(struct pg_row *row, double value)
{
    pg_cell(row, datum_float(value));
}
/* A name or text; ptr NULL: NULL. */
static inline void pg_text(struct pg_row *row, struct slice text)
{
    pg_cell(row, text.ptr ? datum_bytes(text) : datum_null());
}
static inline void pg_words(struct pg_row *row, const char *text)
{
    pg_cell(row, datum_bytes(slice_str(text)));
}
/* Arrays. NULL items: NULL. */
void pg_ids(struct pg_row *row, const uint32_t *ids, uint32_t count);        /* oid[] */
void pg_id_vector(struct pg_row *row, const uint32_t *ids, uint32_t count);  /* oidvector */
void pg_numbers(struct pg_row *row, const int16_t *numbers, uint32_t count); /* smallint[] */
void pg_number_vector(struct pg_row *row, const int16_t *numbers, uint32_t count);
void pg_texts(struct pg_row *row, const struct slice *texts, uint32_t count); /* text[] */
void pg_chars(struct pg_row *row, const char *chars, uint32_t count);         /* "char"[] */
/* The object's grants: NULL while nobody granted anything. */
void pg_acl(struct pg_row *row, const struct sql_acl_item *items, uint32_t count, bool is_default);
/* The same of an object, which may be a built-in one; or of one that has no entry in the catalog. */
void pg_object_acl(struct pg_row *row, const struct sql_object *object);
void pg_builtin_acl(struct pg_row *row, uint32_t class_id, uint32_t id);
/* A reference to an expression; has false: NULL. */
void pg_expression(struct pg_row *row, bool has, enum pg_expression_kind kind, uint32_t id,
                   int32_t part);

#endif
