/* Which tables a publication has, and what it asks of their replica identity. */
#include "emulators/postgres/ddl/publication.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/catalog/objects.h"
#include "emulators/sql/session.h"

/* ---- which tables */

const struct sql_other *pg_publication_member(struct sql_session *session, uint32_t class_id,
                                              const struct sql_other *publication, uint32_t id)
{
    const uint32_t key[] = {publication->object.id, id};
    return (const void *)sql_find_object_name(session, class_id, 0, slice_of(key, sizeof key));
}

bool pg_publication_has(struct sql_session *session, const struct sql_other *publication,
                        const struct sql_relation *relation)
{
    const struct sql_object *object = &relation->object;
    return (publication->numbers[0] & PG_PUBLISH_ALL_TABLES) ||
           pg_publication_member(session, PG_CLASS_PUBLICATION_TABLE, publication, object->id) ||
           pg_publication_member(session, PG_CLASS_PUBLICATION_SCHEMA, publication, object->schema);
}

const struct sql_relation *pg_publication_above(struct sql_session *session,
                                                const struct sql_relation *relation)
{
    return relation->partition_bound ? sql_find_relation_id(session, relation->parents[0]) : NULL;
}

bool pg_publication_may_have(struct sql_session *session, const struct sql_relation *relation)
{
    return (relation->kind == SQL_RELATION_TABLE || relation->kind == SQL_RELATION_PARTITIONED) &&
           relation->persistence == 'p' && relation->object.id >= session->dialect->first_free_id;
}

/* ---- the columns by which a row is known */

static const struct sql_index *identity_index(struct sql_session *session,
                                              const struct sql_relation *relation)
{
    for (uint16_t i = 0; i < relation->index_count; i++) {
        const struct sql_relation *index = sql_find_relation_id(session, relation->indexes[i]);
        if (relation->replica_identity == 'd' && index->index->primary && index->index->immediate)
            return index->index;
        if (relation->replica_identity == 'i' && index->index->replica_identity)
            return index->index;
    }
    return NULL;
}

static bool in_identity(const struct sql_index *identity, int16_t column)
{
    for (uint16_t i = 0; identity && i < identity->key_count; i++)
        if (identity->columns[i] == column)
            return true;
    return false;
}

/* The column of the table that has the name of another one's; 0: none. */
static int16_t same_column(const struct sql_relation *relation, const struct sql_relation *other,
                           int16_t column)
{
    for (uint16_t i = 0; relation != other && i < relation->column_count; i++)
        if (!relation->columns[i].dropped &&
            slice_eq(relation->columns[i].name, other->columns[column - 1].name))
            return relation->columns[i].number;
    return relation == other ? column : 0;
}

/* ---- one publication */

struct asked {
    const struct sql_relation *relation;
    const struct sql_index *identity;
    const struct sql_relation *as; /* by whose filter and columns it is published */
    const struct sql_other *member;
};

static bool filter_fits(const struct asked *asked)
{
    if (asked->relation->replica_identity == 'f' || !asked->member->field_count)
        return true;
    struct slice reads = asked->member->fields[PG_PUBLICATION_FILTER_READS];
    for (size_t at = 0; at < reads.len; at += sizeof(int16_t)) {
        int16_t column;
        memcpy(&column, reads.ptr + at, sizeof column);
        if (!in_identity(asked->identity, same_column(asked->relation, asked->as, column)))
            return false;
    }
    return true;
}

static bool is_listed(const struct asked *asked, int16_t column)
{
    for (uint16_t i = PG_PUBLICATION_COLUMNS_AT; i < asked->member->number_count; i++)
        if (same_column(asked->relation, asked->as, (int16_t)asked->member->numbers[i]) == column)
            return true;
    return false;
}

static bool columns_fit(const struct asked *asked)
{
    if (asked->member->number_count == PG_PUBLICATION_COLUMNS_AT)
        return true;
    for (uint16_t i = 0; asked->identity && i < asked->identity->key_count; i++)
        if (!is_listed(asked, asked->identity->columns[i]))
            return false;
    return asked->relation->replica_identity != 'f';
}

/* Finds the table's entry, or that of the topmost table above it through which it is published. */
static void find_entry(struct sql_session *session, const struct sql_other *publication,
                       struct asked *asked)
{
    const struct sql_relation *above = asked->relation;
    asked->as = above;
    while ((publication->numbers[0] & PG_PUBLISH_VIA_ROOT) &&
           (above = pg_publication_above(session, above)))
        if (pg_publication_has(session, publication, above))
            asked->as = above;
    asked->member = pg_publication_member(session, PG_CLASS_PUBLICATION_TABLE, publication,
                                          asked->as->object.id);
}

static bool is_published(struct sql_session *session, const struct sql_other *publication,
                         const struct sql_relation *relation)
{
    for (; relation; relation = pg_publication_above(session, relation))
        if (pg_publication_has(session, publication, relation))
            return true;
    return false;
}

/* ---- all of them */

static bool refuse(struct sql_env *env, const struct sql_relation *relation, bool deletes,
                   const char *detail)
{
    sql_fail(env->error, "42P10", "cannot %s table \"" SLICE_FMT "\"",
             deletes ? "delete from" : "update", SLICE_ARG(relation->object.name));
    return sql_detail(env->error, "%s", detail);
}

static bool refuse_anonymous(struct sql_env *env, const struct sql_relation *relation, bool deletes)
{
    sql_fail(env->error, "55000",
             "cannot %s table \"" SLICE_FMT
             "\" because it does not have a replica identity and publishes %s",
             deletes ? "delete from" : "update", SLICE_ARG(relation->object.name),
             deletes ? "deletes" : "updates");
    return sql_hint(env->error, "To enable %s the table, set REPLICA IDENTITY using ALTER TABLE.",
                    deletes ? "deleting from" : "updating");
}

bool pg_publication_check_change(struct sql_env *env, const struct sql_relation *relation,
                                 bool deletes)
{
    struct sql_session *session = env->session;
    uint32_t class_id = session->dialect->classes_of.publication;
    uint32_t wanted = deletes ? PG_PUBLISH_DELETE : PG_PUBLISH_UPDATE;
    const struct sql_object *object = sql_next_object(session, class_id, 0);
    struct asked asked = {.relation = relation};
    bool published = false, filters = true, columns = true;
    if (!object || relation->kind != SQL_RELATION_TABLE ||
        !pg_publication_may_have(session, relation))
        return true;
    asked.identity = identity_index(session, relation);
    for (; object; object = sql_next_object(session, class_id, object->id + 1)) {
        const struct sql_other *publication = (const void *)object;
        if (!(publication->numbers[0] & wanted) || !is_published(session, publication, relation))
            continue;
        published = true;
        find_entry(session, publication, &asked);
        filters &= !asked.member || filter_fits(&asked);
        columns &= !asked.member || columns_fit(&asked);
    }
    if (!filters)
        return refuse(env, relation, deletes,
                      "Column used in the publication WHERE expression is not part of the replica "
                      "identity.");
    if (!columns)
        return refuse(env, relation, deletes,
                      "Column list used by the publication does not cover the replica identity.");
    bool known = asked.identity || relation->replica_identity == 'f';
    return !published || known || refuse_anonymous(env, relation, deletes);
}
