/* pg_get_publication_tables. */
#include "emulators/postgres/catalog/definition.h"
#include "emulators/postgres/catalog/system/expression.h"
#include "emulators/postgres/ddl/publication.h"
#include "emulators/postgres/functions/functions.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/value/array.h"
#include "emulators/sql/value/call.h"

struct publication_rows {
    const struct sql_other *publication;
    uint32_t from; /* id of the next relation to look at */
};

/* Tables stand for their partitions, or partitions for what they are of: as changes are told. */
static bool is_shown(struct sql_session *session, const struct sql_other *publication,
                     const struct sql_relation *relation)
{
    bool root = publication->numbers[0] & PG_PUBLISH_VIA_ROOT, above_has = false;
    const struct sql_relation *above = relation;
    if (!pg_publication_may_have(session, relation) ||
        (!root && relation->kind == SQL_RELATION_PARTITIONED))
        return false;
    while ((above = pg_publication_above(session, above)))
        above_has |= pg_publication_has(session, publication, above);
    bool has = pg_publication_has(session, publication, relation);
    return root ? has && !above_has : has || above_has;
}

static const struct sql_relation *next_table(struct sql_session *session,
                                             struct publication_rows *rows)
{
    uint32_t class_id = session->dialect->classes_of.relation;
    const struct sql_object *object;
    while ((object = sql_next_object(session, class_id, rows->from))) {
        rows->from = object->id + 1;
        if (is_shown(session, rows->publication, (const void *)object))
            return (const void *)object;
    }
    return NULL;
}

/* The listed columns; without a list, all that are not computed. */
static bool give_columns(struct sql_call *call, const struct sql_relation *relation,
                         const struct sql_other *member, struct datum *out)
{
    struct sql_session *session = call->env->session;
    const struct sql_type *int2 =
        sql_builtin_type_id(session->dialect, session->dialect->types_of.int2);
    struct datum *numbers = arena_array(call->arena, relation->column_count + 1u, sizeof *numbers);
    bool listed = member && member->number_count > PG_PUBLICATION_COLUMNS_AT;
    uint32_t count = 0;
    if (!numbers)
        return sql_fail_memory(call->env->error);
    for (uint16_t i = PG_PUBLICATION_COLUMNS_AT; listed && i < member->number_count; i++)
        numbers[count++] = datum_int((int16_t)member->numbers[i]);
    for (uint16_t i = 0; !listed && i < relation->column_count; i++)
        if (!relation->columns[i].dropped && !relation->columns[i].generated)
            numbers[count++] = datum_int(relation->columns[i].number);
    return sql_array_make_vector(call, int2, numbers, count, out);
}

static bool publication_tables(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_session *session = call->env->session;
    struct publication_rows *rows = call->set_state;
    struct datum values[3] = {datum_null(), datum_null(), datum_null()};
    if (!rows) {
        rows = call->set_state = arena_zalloc(call->set_arena, sizeof *rows);
        if (!rows)
            return sql_fail_memory(call->env->error);
    }
    /* Looked up anew for each row: what a look-up gives lasts no longer than a statement. */
    rows->publication = (const void *)sql_find_object_name(
        session, session->dialect->classes_of.publication, 0, datum_slice(args[0]));
    if (!rows->publication)
        return sql_fail(call->env->error, "42704", "publication \"" SLICE_FMT "\" does not exist",
                        SLICE_ARG(datum_slice(args[0])));
    const struct sql_relation *relation = next_table(session, rows);
    call->done = !relation;
    if (call->done)
        return sql_give_null(out);
    const struct sql_object *object = &relation->object;
    const struct sql_other *member =
        pg_publication_member(session, PG_CLASS_PUBLICATION_SCHEMA, rows->publication,
                              object->schema)
            ? NULL
            : pg_publication_member(session, PG_CLASS_PUBLICATION_TABLE, rows->publication,
                                    object->id);
    values[0] = (struct datum){.u = object->id};
    if (!give_columns(call, relation, member, &values[1]))
        return false;
    if (member && member->field_count)
        values[2] = datum_bytes(
            pg_expression_text(call->arena, PG_EXPRESSION_FILTER, member->object.id, 0));
    return pg_call_give_row(call, values, 3, out);
}

const struct sql_builtin pg_publication_functions[] = {
    {"pg_get_publication_tables", publication_tables},
    {NULL,                        NULL              },
};
