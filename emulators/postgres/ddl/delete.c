#include "emulators/postgres/ddl/delete.h"

#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/catalog/size.h"
#include "emulators/postgres/ddl/event_fire.h"
#include "emulators/postgres/ddl/relation.h"
#include "emulators/postgres/ddl/rewrite.h"
#include "emulators/postgres/large_object/large_object.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/storage/row.h"
#include "emulators/sql/storage/table.h"
#include "emulators/sql/value/bytes.h"

#define REPORT_MAX 100 /* lines of a list that a client gets */

/* How an object came to be on the list. */
enum how {
    HOW_ORIGINAL = 1 << 0,
    HOW_NORMAL = 1 << 1, /* needs CASCADE */
    HOW_AUTO = 1 << 2,
    HOW_INTERNAL = 1 << 3,
    HOW_PARTITION = 1 << 4,
    HOW_WHOLE = 1 << 5,  /* reached as the part of something else that goes */
    HOW_MEMBER = 1 << 6, /* of an extension that goes */
};

struct victim {
    struct sql_reference object, needed; /* needed: what it depends on, of what goes */
    unsigned how;
};

/* Who is being visited, innermost first. */
struct visit {
    const struct visit *outer;
    struct victim *victim;
};

struct deletion {
    struct pg_ddl *ddl;
    const struct sql_reference *originals;
    uint32_t original_count;
    struct victim *victims; /* in the order of deletion: dependents first */
    uint32_t count;
};

static bool same_object(struct sql_reference a, struct sql_reference b)
{
    return a.class_id == b.class_id && a.id == b.id;
}

/* Does deleting `whole` delete `part`? */
static bool covers(struct sql_reference whole, struct sql_reference part)
{
    return same_object(whole, part) && (whole.part == part.part || whole.part == 0);
}

static bool is_original(const struct deletion *deletion, struct sql_reference object)
{
    for (uint32_t i = 0; i < deletion->original_count; i++)
        if (covers(deletion->originals[i], object))
            return true;
    return false;
}

static bool on_stack(const struct visit *visit, struct sql_reference object, unsigned how)
{
    for (; visit; visit = visit->outer)
        if (covers(visit->victim->object, object)) {
            if (visit->victim->object.part == object.part)
                visit->victim->how |= how;
            return true;
        }
    return false;
}

static bool on_list(struct deletion *deletion, struct sql_reference object, unsigned how)
{
    for (uint32_t i = 0; i < deletion->count; i++)
        if (covers(deletion->victims[i].object, object)) {
            if (deletion->victims[i].object.part == object.part)
                deletion->victims[i].how |= how;
            return true;
        }
    return false;
}

static unsigned how_of(char kind)
{
    switch (kind) {
    case 'a':
    case 'x': return HOW_AUTO;
    case 'i': return HOW_INTERNAL;
    case 'e': return HOW_MEMBER;
    case 'P':
    case 'S': return HOW_PARTITION;
    default: return HOW_NORMAL;
    }
}

static bool find_dependents(struct deletion *deletion, struct sql_reference object, unsigned how,
                            const struct visit *stack, struct sql_reference needed);

/* An internal part goes only with its owner: the owner is deleted instead, or the statement fails. *out_done:
 * the owner's visit has taken it along, or it is left to that. */
static bool visit_owner(struct deletion *deletion, struct sql_reference object,
                        const struct visit *stack, bool *out_done)
{
    struct pg_ddl *ddl = deletion->ddl;
    uint32_t count;
    *out_done = false;
    const struct sql_edge **edges = sql_edges_of(ddl->env, object.class_id, object.id, &count);
    for (uint32_t i = 0; i < count; i++) {
        const struct sql_edge *edge = edges[i];
        struct sql_reference owner = {edge->on_class, edge->on_id, edge->on_part};
        /* What a partition has of its parent is not dropped alone. */
        bool internal = edge->kind == 'i' || edge->kind == 'e' || (edge->kind == 'P' && !stack);
        if (!internal || edge->of_part != object.part)
            continue;
        if (!stack) {
            if (is_original(deletion, owner)) {
                *out_done = true; /* it goes with that one */
                return true;
            }
            struct slice what = pg_describe(ddl->session, ddl->arena, object);
            struct slice by = pg_describe(ddl->session, ddl->arena, owner);
            sql_fail(ddl->env->error, "2BP01",
                     "cannot drop " SLICE_FMT " because " SLICE_FMT " requires it", SLICE_ARG(what),
                     SLICE_ARG(by));
            return sql_hint(ddl->env->error, "You can drop " SLICE_FMT " instead.", SLICE_ARG(by));
        }
        if (on_stack(stack, owner, 0))
            continue;
        *out_done = true;
        return find_dependents(deletion, owner, HOW_NORMAL, stack, stack->victim->object);
    }
    return true;
}

static struct sql_reference dependent_of(const struct sql_edge *edge)
{
    return (struct sql_reference){edge->of_class, edge->of_id, edge->of_part};
}

/* Newer objects go first. */
static void sort_newest_first(const struct sql_edge **edges, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++)
        for (uint32_t at = i; at > 0; at--) {
            const struct sql_edge *a = edges[at - 1], *b = edges[at];
            bool wrong = a->of_id < b->of_id || (a->of_id == b->of_id && a->of_part > b->of_part);
            if (!wrong)
                break;
            edges[at - 1] = b;
            edges[at] = a;
        }
}

static bool visit_dependents(struct deletion *deletion, struct sql_reference object,
                             const struct visit *stack)
{
    struct pg_ddl *ddl = deletion->ddl;
    uint32_t count, kept = 0;
    const struct sql_edge **edges = sql_edges_on(ddl->env, object.class_id, object.id, &count);
    for (uint32_t i = 0; i < count; i++) {
        bool touches = object.part == 0 || edges[i]->on_part == object.part;
        if (touches && !same_object(dependent_of(edges[i]), object))
            edges[kept++] = edges[i];
        else if (touches && object.part && edges[i]->of_part != object.part)
            edges[kept++] = edges[i]; /* a generated column needs another one */
    }
    sort_newest_first(edges, kept);
    for (uint32_t i = 0; i < kept; i++)
        if (!find_dependents(deletion, dependent_of(edges[i]), how_of(edges[i]->kind), stack,
                             object))
            return false;
    return true;
}

static bool find_dependents(struct deletion *deletion, struct sql_reference object, unsigned how,
                            const struct visit *stack, struct sql_reference needed)
{
    bool done;
    if (on_stack(stack, object, how) || on_list(deletion, object, how))
        return true;
    if (!deletion->ddl->env->check || deletion->ddl->env->check(deletion->ddl->env)) {
        if (!visit_owner(deletion, object, stack, &done))
            return false;
        if (done)
            return true;
    } else {
        return false;
    }
    struct victim victim = {object, needed, how};
    struct visit visit = {stack, &victim};
    if (!visit_dependents(deletion, object, &visit))
        return false;
    if (on_list(deletion, object, 0))
        return true;
    struct victim *grown =
        pg_ddl_grow(deletion->ddl, deletion->victims, deletion->count, sizeof *grown);
    if (!grown)
        return false;
    deletion->victims = grown;
    grown[deletion->count++] = victim;
    return true;
}

/* ---- reporting */

struct report {
    struct sql_bytes lines;
    uint32_t count;
    struct slice only; /* the only one of them */
};

static void add_line(struct report *report, struct slice line)
{
    if (report->count == 0)
        report->only = line;
    if (report->count < REPORT_MAX) {
        if (report->count)
            sql_bytes_add_char(&report->lines, '\n');
        sql_bytes_add_slice(&report->lines, line);
    }
    report->count++;
}

static void end_list(struct report *report)
{
    uint32_t more = report->count > REPORT_MAX ? report->count - REPORT_MAX : 0;
    if (more)
        sql_bytes_printf(&report->lines,
                         more == 1 ? "\nand %u other object (see server log for list)"
                                   : "\nand %u other objects (see server log for list)",
                         more);
}

static void notice_cascade(struct pg_ddl *ddl, struct report *report)
{
    struct sql_error notice;
    sql_error_begin(&notice, ddl->arena);
    notice.severity = SQL_NOTICE;
    memcpy(notice.sqlstate, "00000", sizeof notice.sqlstate);
    end_list(report);
    if (report->count == 1) {
        notice.message = report->only;
    } else {
        notice.message =
            arena_printf(ddl->arena, "drop cascades to %u other objects", report->count);
        notice.detail = sql_bytes_slice(&report->lines);
    }
    if (ddl->session->owner && ddl->session->owner->notice)
        ddl->session->owner->notice(ddl->session, &notice);
}

static bool refuse(struct deletion *deletion, struct report *report)
{
    struct pg_ddl *ddl = deletion->ddl;
    end_list(report);
    if (deletion->original_count == 1)
        sql_fail(ddl->env->error, "2BP01",
                 "cannot drop " SLICE_FMT " because other objects depend on it",
                 SLICE_ARG(pg_describe(ddl->session, ddl->arena, deletion->originals[0])));
    else
        sql_fail(ddl->env->error, "2BP01",
                 "cannot drop desired object(s) because other objects depend on them");
    sql_detail(ddl->env->error, SLICE_FMT, SLICE_ARG(sql_bytes_slice(&report->lines)));
    return sql_hint(ddl->env->error, "Use DROP ... CASCADE to drop the dependent objects too.");
}

static bool report(struct deletion *deletion, bool cascade, bool quiet)
{
    struct pg_ddl *ddl = deletion->ddl;
    struct report report = {0};
    sql_bytes_init(&report.lines, ddl->arena);
    for (uint32_t i = deletion->count; i-- > 0;) {
        const struct victim *victim = &deletion->victims[i];
        if (victim->how & (HOW_ORIGINAL | HOW_AUTO | HOW_INTERNAL | HOW_PARTITION | HOW_MEMBER))
            continue;
        struct slice what = pg_describe(ddl->session, ddl->arena, victim->object);
        struct slice line =
            cascade
                ? arena_printf(ddl->arena, "drop cascades to " SLICE_FMT, SLICE_ARG(what))
                : arena_printf(ddl->arena, SLICE_FMT " depends on " SLICE_FMT, SLICE_ARG(what),
                               SLICE_ARG(pg_describe(ddl->session, ddl->arena, victim->needed)));
        add_line(&report, line);
    }
    if (!report.count)
        return true;
    if (!cascade)
        return refuse(deletion, &report);
    if (!quiet)
        notice_cascade(ddl, &report);
    return true;
}

/* ---- deleting one object */

static bool delete_relation(struct pg_ddl *ddl, uint32_t id)
{
    struct sql_env *env = ddl->env;
    if (!sql_lock_relation(env, id, SQL_ACCESS_EXCLUSIVE, SQL_WAIT_BLOCK))
        return false;
    const struct sql_relation *relation = sql_find_relation_id(ddl->session, id);
    if (!relation)
        return true;
    const struct sql_relation gone = *relation;
    if (gone.index && !sql_relation_detach(env, gone.index->table, SQL_ATTACHED_INDEX, id))
        return false;
    for (uint16_t i = 0; i < gone.parent_count; i++)
        if (!sql_relation_detach(env, gone.parents[i], SQL_ATTACHED_CHILD, id))
            return false;
    for (uint16_t i = 0; i < gone.child_count; i++)
        if (!sql_relation_detach(env, gone.children[i], SQL_ATTACHED_PARENT, id))
            return false;
    if (gone.storage && !sql_storage_drop(env, ddl->session->database, gone.storage))
        return false;
    return pg_size_forget(env, id) && sql_catalog_drop(env, pg_classes(ddl)->relation, id);
}

static bool delete_constraint(struct pg_ddl *ddl, uint32_t id)
{
    const struct sql_constraint *constraint = sql_find_constraint(ddl->session, id);
    struct sql_env *env = ddl->env;
    if (!constraint)
        return true;
    uint32_t relation = constraint->relation, foreign = constraint->foreign_table;
    uint32_t domain_id = constraint->domain;
    const struct sql_type_object *found =
        domain_id ? sql_find_type_object(ddl->session, domain_id) : NULL;
    if (found) {
        struct sql_type_object domain = *found;
        uint32_t *ids = arena_array(ddl->arena, domain.constraint_count, sizeof *ids);
        uint16_t kept = 0;
        if (!ids)
            return sql_fail_memory(env->error);
        for (uint16_t i = 0; i < domain.constraint_count; i++)
            if (domain.constraints[i] != id)
                ids[kept++] = domain.constraints[i];
        domain.constraints = ids;
        domain.constraint_count = kept;
        if (!sql_catalog_replace(env, &domain.object))
            return false;
    }
    return (!relation || sql_relation_detach(env, relation, SQL_ATTACHED_CONSTRAINT, id)) &&
           (!foreign || sql_relation_detach(env, foreign, SQL_ATTACHED_REFERENCING, id)) &&
           sql_catalog_drop(env, pg_classes(ddl)->constraint, id);
}

static bool delete_default(struct pg_ddl *ddl, uint32_t id)
{
    uint32_t count;
    const struct sql_edge **edges =
        sql_edges_of(ddl->env, pg_classes(ddl)->column_default, id, &count);
    for (uint32_t i = 0; i < count; i++) {
        const struct sql_relation *relation =
            edges[i]->on_class == pg_classes(ddl)->relation
                ? sql_find_relation_id(ddl->session, edges[i]->on_id)
                : NULL;
        int32_t part = edges[i]->on_part;
        if ((edges[i]->kind != 'a' && edges[i]->kind != 'i') || !relation || part <= 0 ||
            part > relation->column_count || relation->columns[part - 1].default_id != id)
            continue;
        struct sql_column column = relation->columns[part - 1];
        column.value = NULL;
        column.has_default = false;
        column.default_id = 0;
        column.generated = 0;
        if (!pg_relation_replace_column(ddl, relation->object.id, &column))
            return false;
        break;
    }
    return sql_depend_clear(ddl->env, pg_whole(pg_classes(ddl)->column_default, id), 0);
}

/* A built-in type whose values stand in rows as those of a type that may be dropped itself. */
static uint32_t lasting_type(struct sql_session *session, uint32_t id)
{
    const struct sql_type_ids *known = &session->dialect->types_of;
    const struct sql_type *type = sql_find_type_id(session, id);
    while (type && type->kind == SQL_TYPE_DOMAIN)
        type = sql_find_type_id(session, type->base);
    if (!type || sql_builtin_type_id(session->dialect, type->id))
        return type ? type->id : id;
    switch (sql_row_width(type)) {
    case 0: return known->bytea;
    case 1: return known->char_;
    case 2: return known->int2;
    case 4: return known->int4;
    default: return known->int8;
    }
}

bool pg_delete_column(struct pg_ddl *ddl, uint32_t relation_id, int32_t number)
{
    const struct sql_relation *relation = sql_find_relation_id(ddl->session, relation_id);
    struct sql_reference part = {pg_classes(ddl)->relation, relation_id, number};
    if (!relation)
        return true;
    struct sql_column column = relation->columns[number - 1];
    /* Rows that were stored before have values of the type. */
    column.type = lasting_type(ddl->session, column.type);
    column.name = arena_printf(ddl->arena, "........pg.dropped.%d........", number);
    column.dropped = true;
    column.not_null = column.has_default = column.has_missing = false;
    column.value = NULL;
    column.default_id = 0;
    column.identity = column.generated = 0;
    column.acl = NULL;
    column.acl_count = 0;
    column.option_count = 0;
    if (!sql_depend_clear(ddl->env, part, 0) ||
        !sql_comment_set(ddl->env, part, slice_of(NULL, 0)) ||
        !pg_relation_replace_column(ddl, relation_id, &column))
        return false;
    relation = sql_find_relation_id(ddl->session, relation_id);
    return pg_row_type_update(ddl, relation) && pg_reindex_rows(ddl, relation);
}

static bool delete_attached(struct pg_ddl *ddl, uint32_t class_id, uint32_t id)
{
    const struct sql_class_ids *ids = pg_classes(ddl);
    const void *found = sql_find_object(ddl->session, class_id, id);
    if (!found)
        return true;
    uint32_t relation = class_id == ids->trigger ? ((const struct sql_trigger *)found)->relation
                        : class_id == ids->rule  ? ((const struct sql_rule *)found)->relation
                                                 : ((const struct sql_policy *)found)->relation;
    enum sql_attached what = class_id == ids->trigger ? SQL_ATTACHED_TRIGGER
                             : class_id == ids->rule  ? SQL_ATTACHED_RULE
                                                      : SQL_ATTACHED_POLICY;
    return sql_relation_detach(ddl->env, relation, what, id) &&
           sql_catalog_drop(ddl->env, class_id, id);
}

/* Other operators that name it as theirs do so no longer. */
static bool delete_operator(struct pg_ddl *ddl, uint32_t id)
{
    const struct sql_operator *op = sql_find_operator_id(ddl->session, id);
    const uint32_t others[] = {op ? op->commutator : 0, op ? op->negator : 0};
    for (size_t i = 0; i < 2; i++) {
        const void *found = sql_find_object(ddl->session, pg_classes(ddl)->operator_, others[i]);
        if (!found || others[i] == id)
            continue;
        struct sql_operator other = *(const struct sql_operator *)found;
        if (other.commutator == id)
            other.commutator = 0;
        if (other.negator == id)
            other.negator = 0;
        if (!sql_catalog_replace(ddl->env, &other.object))
            return false;
    }
    return !op || sql_catalog_drop(ddl->env, pg_classes(ddl)->operator_, id);
}

static bool delete_one(struct pg_ddl *ddl, struct sql_reference object)
{
    const struct sql_class_ids *ids = pg_classes(ddl);
    const struct sql_object *found = sql_find_object(ddl->session, object.class_id, object.id);
    bool temporary = found && found->schema && found->schema == ddl->session->temp_schema;
    if (temporary && !pg_name_note_temporary(ddl))
        return false;
    if (object.class_id == ids->relation)
        return object.part ? pg_delete_column(ddl, object.id, object.part)
                           : delete_relation(ddl, object.id);
    if (object.class_id == ids->constraint)
        return delete_constraint(ddl, object.id);
    if (object.class_id == ids->column_default)
        return delete_default(ddl, object.id);
    if (object.class_id == ids->trigger || object.class_id == ids->rule ||
        object.class_id == ids->policy)
        return delete_attached(ddl, object.class_id, object.id);
    if (object.class_id == ids->operator_)
        return delete_operator(ddl, object.id);
    if (object.class_id == ids->large_object && !pg_large_object_remove_pages(ddl->env, object.id))
        return false;
    return !found || sql_catalog_drop(ddl->env, object.class_id, object.id);
}

bool pg_delete(struct pg_ddl *ddl, const struct sql_reference *objects, uint32_t count,
               bool cascade, bool quiet)
{
    struct deletion deletion = {.ddl = ddl, .originals = objects, .original_count = count};
    struct sql_reference nothing = {0};
    for (uint32_t i = 0; i < count; i++)
        if (!find_dependents(&deletion, objects[i], HOW_ORIGINAL, NULL, nothing))
            return false;
    for (uint32_t i = 0; i < deletion.count; i++)
        if (is_original(&deletion, deletion.victims[i].object))
            deletion.victims[i].how |= HOW_ORIGINAL;
    if (!report(&deletion, cascade, quiet))
        return false;
    for (uint32_t i = deletion.count; i-- > 0;)
        if (!pg_events_note_drop(ddl, deletion.victims[i].object,
                                 deletion.victims[i].how & HOW_ORIGINAL,
                                 deletion.victims[i].how & HOW_NORMAL))
            return false;
    for (uint32_t i = 0; i < deletion.count; i++)
        if (!delete_one(ddl, deletion.victims[i].object))
            return false;
    return true;
}

bool pg_delete_temporary(struct sql_env *env)
{
    struct sql_session *session = env->session;
    struct pg_ddl ddl = {.session = session, .env = env, .arena = env->arena};
    const struct sql_reference schema = {.class_id = pg_classes(&ddl)->schema,
                                         .id = session->temp_schema};
    return !session->temp_schema || !sql_find_schema_id(session, session->temp_schema) ||
           pg_delete(&ddl, &schema, 1, true, true);
}
