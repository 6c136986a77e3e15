#include "emulators/postgres/ddl/event_fire.h"

#include "emulators/postgres/command_tag.h"
#include "emulators/postgres/ddl/resolve.h"
#include "emulators/postgres/routine/routine.h"
#include "emulators/postgres/session.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/syntax/ast_object.h"
#include "emulators/sql/txn/txn.h"

enum { TYPE_CATEGORY_ARRAY = 'A' };

static const char *const event_names[] = {
    [PG_EVENT_START] = "ddl_command_start",
    [PG_EVENT_END] = "ddl_command_end",
    [PG_EVENT_DROP] = "sql_drop",
    [PG_EVENT_REWRITE] = "table_rewrite",
};

/* ---- firing */

static bool has_tag(const struct sql_event_trigger *trigger, struct slice tag)
{
    bool any = trigger->tag_count == 0;
    for (uint16_t i = 0; i < trigger->tag_count; i++)
        any |= slice_eq(trigger->tags[i], tag);
    return any;
}

static bool is_enabled(const struct pg_session *session, const struct sql_event_trigger *trigger)
{
    enum { ROLE_REPLICA = 1 };
    bool replica =
        pg_settings_number(&session->settings, "session_replication_role") == ROLE_REPLICA;
    return trigger->enabled == 'A' || trigger->enabled == (replica ? 'R' : 'O');
}

/* Those of the event, in order of their names: an array in the arena. */
static bool find_triggers(struct pg_ddl *ddl, enum pg_event event, struct slice tag,
                          const struct sql_event_trigger ***out, uint32_t *out_count)
{
    const struct pg_session *session = pg_session_of(ddl->session);
    uint32_t class_id = pg_classes(ddl)->event_trigger;
    const struct sql_object *at = sql_next_object(ddl->session, class_id, 0);
    *out = NULL;
    *out_count = 0;
    for (; at; at = sql_next_object(ddl->session, class_id, at->id + 1)) {
        const struct sql_event_trigger *trigger = (const void *)at;
        if (!slice_eq_str(trigger->event, event_names[event]) || !has_tag(trigger, tag) ||
            !is_enabled(session, trigger))
            continue;
        const struct sql_event_trigger **list = pg_ddl_grow(ddl, *out, *out_count, sizeof *list);
        if (!list)
            return false;
        uint32_t place = (*out_count)++;
        for (; place && slice_compare(list[place - 1]->object.name, trigger->object.name) > 0;
             place--)
            list[place] = list[place - 1];
        list[place] = trigger;
        *out = list;
    }
    return true;
}

static bool fire(struct pg_ddl *ddl, struct pg_event_run *run, enum pg_event event,
                 struct slice tag)
{
    const struct sql_event_trigger **triggers;
    uint32_t count;
    if (!find_triggers(ddl, event, tag, &triggers, &count))
        return false;
    bool ok = true;
    run->running = true;
    run->event = event;
    for (uint32_t i = 0; i < count && ok; i++) {
        sql_txn_next_command(ddl->session->txn);
        ok = pg_routine_call_event_trigger(ddl->env, triggers[i]->function,
                                           slice_str(event_names[event]), tag);
    }
    run->running = false;
    sql_txn_next_command(ddl->session->txn);
    return ok;
}

/* ---- what was made or changed */

static bool add_commanded(struct pg_ddl *ddl, struct pg_event_run *run, struct sql_reference object,
                          struct slice tag)
{
    struct pg_commanded *items =
        pg_ddl_grow(ddl, run->commanded, run->commanded_count, sizeof *items);
    if (!items)
        return false;
    run->commanded = items;
    struct pg_commanded *made = &items[run->commanded_count++];
    *made = (struct pg_commanded){.object = object, .tag = tag};
    return pg_identify(ddl->env, object, &made->identity);
}

/* The command that makes such an object by itself; ptr NULL: none does, it comes with others. */
static struct slice making_tag(struct pg_ddl *ddl, const struct sql_object *object)
{
    static const struct {
        char kind;
        const char *tag;
    } relations[] = {
        {SQL_RELATION_TABLE,             "CREATE TABLE"            },
        {SQL_RELATION_PARTITIONED,       "CREATE TABLE"            },
        {SQL_RELATION_INDEX,             "CREATE INDEX"            },
        {SQL_RELATION_PARTITIONED_INDEX, "CREATE INDEX"            },
        {SQL_RELATION_SEQUENCE,          "CREATE SEQUENCE"         },
        {SQL_RELATION_VIEW,              "CREATE VIEW"             },
        {SQL_RELATION_MATVIEW,           "CREATE MATERIALIZED VIEW"},
        {SQL_RELATION_FOREIGN,           "CREATE FOREIGN TABLE"    },
    };
    const struct sql_class_ids *ids = pg_classes(ddl);
    const void *any = object;
    if (object->class_id == ids->relation) {
        enum sql_relation_kind kind = ((const struct sql_relation *)any)->kind;
        for (size_t i = 0; i < sizeof relations / sizeof *relations; i++)
            if (relations[i].kind == (char)kind)
                return slice_str(relations[i].tag);
        return slice_of(NULL, 0);
    }
    if (object->class_id == ids->routine) {
        enum sql_routine_kind kind = ((const struct sql_routine *)any)->kind;
        return slice_str(kind == SQL_ROUTINE_PROCEDURE   ? "CREATE PROCEDURE"
                         : kind == SQL_ROUTINE_AGGREGATE ? "CREATE AGGREGATE"
                                                         : "CREATE FUNCTION");
    }
    return slice_of(NULL, 0);
}

/* Row types of tables, arrays and multiranges come with others. */
static bool is_type_by_itself(struct pg_ddl *ddl, const struct sql_type *type)
{
    const struct sql_relation *rows =
        type->relation ? sql_find_relation_id(ddl->session, type->relation) : NULL;
    return type->category != TYPE_CATEGORY_ARRAY && type->kind != SQL_TYPE_MULTIRANGE &&
           (!rows || rows->kind == SQL_RELATION_COMPOSITE);
}

/* What the statement made, by the order of its making: objects of the kinds that commands make. */
static bool add_made(struct pg_ddl *ddl, struct pg_event_run *run)
{
    const struct sql_class_ids *ids = pg_classes(ddl);
    bool extension = slice_eq_str(run->tag, "CREATE EXTENSION");
    const uint32_t classes[] = {
        ids->schema,     ids->relation,        ids->routine,     ids->type,          ids->trigger,
        ids->rule,       ids->policy,          ids->collation,   ids->conversion,    ids->extension,
        ids->statistics, ids->foreign_wrapper, ids->publication, ids->foreign_server};
    for (size_t c = 0; c < sizeof classes / sizeof *classes; c++) {
        const struct sql_object *at = sql_next_object(ddl->session, classes[c], run->first_id);
        for (; at; at = sql_next_object(ddl->session, classes[c], at->id + 1)) {
            const void *any = at;
            if ((at->class_id == ids->type &&
                 !is_type_by_itself(ddl, &((const struct sql_type_object *)any)->type)) ||
                (extension && at->class_id != ids->extension) ||
                (at->class_id == ids->schema && at->id == ddl->session->temp_schema))
                continue;
            struct slice tag = making_tag(ddl, at);
            bool relation = at->class_id == ids->relation;
            if (relation && !tag.ptr)
                continue;
            bool table = relation && ((const struct sql_relation *)any)->kind == SQL_RELATION_TABLE;
            bool as_query = table && (slice_eq_str(run->tag, "CREATE TABLE AS") ||
                                      slice_eq_str(run->tag, "SELECT INTO"));
            if (!add_commanded(ddl, run, pg_whole(at->class_id, at->id),
                               tag.ptr && !as_query ? tag : run->tag))
                return false;
        }
    }
    return true;
}

/* GRANT and REVOKE tell the kind alone. */
static bool add_grant(struct pg_ddl *ddl, struct pg_event_run *run, const struct ast_grant *grant)
{
    struct pg_commanded *items =
        pg_ddl_grow(ddl, run->commanded, run->commanded_count, sizeof *items);
    if (!items)
        return false;
    run->commanded = items;
    items[run->commanded_count++] = (struct pg_commanded){
        .identity = {.type = slice_str(pg_object_words(grant->type))}, .tag = run->tag};
    return true;
}

/* An index that a constraint brings stands behind its table. */
static bool list_commands(struct pg_ddl *ddl, const struct ast_node *node, struct pg_event_run *run)
{
    bool drops = run->tag.len > 5 && !memcmp(run->tag.ptr, "DROP ", 5);
    bool creates = run->tag.len > 7 && !memcmp(run->tag.ptr, "CREATE ", 7);
    if (drops)
        return true;
    if (node->kind == AST_GRANT)
        return add_grant(ddl, run, AST_AS(grant, node));
    if (!add_made(ddl, run))
        return false;
    bool replaced = creates && run->commanded_count == 0 && ddl->replaced;
    if ((creates && !replaced) || !ddl->subject.class_id)
        return true;
    return add_commanded(ddl, run, ddl->subject, run->tag);
}

/* ---- the statement */

bool pg_events_begin(struct pg_ddl *ddl, struct slice tag, struct pg_event_run **out)
{
    struct pg_session *session = pg_session_of(ddl->session);
    *out = NULL;
    ddl->arena = ddl->env->arena;
    if (!sql_next_object(ddl->session, pg_classes(ddl)->event_trigger, 0) || !pg_event_fires(tag))
        return true;
    struct pg_event_run *run = arena_zalloc(ddl->arena, sizeof *run);
    if (!run)
        return sql_fail_memory(ddl->env->error);
    run->outer = session->events;
    run->tag = tag;
    session->events = *out = run;
    if (!fire(ddl, run, PG_EVENT_START, tag))
        return false;
    run->first_id = sql_database_next_id(ddl->session->database);
    return true;
}

bool pg_events_finish(struct pg_ddl *ddl, const struct ast_node *node, struct pg_event_run *run)
{
    sql_txn_next_command(ddl->session->txn);
    return list_commands(ddl, node, run) &&
           (!run->dropped_count || fire(ddl, run, PG_EVENT_DROP, run->tag)) &&
           fire(ddl, run, PG_EVENT_END, run->tag);
}

bool pg_events_rewrite(struct pg_ddl *ddl, uint32_t relation, enum pg_rewrite_reason reason)
{
    struct pg_event_run *run = pg_session_of(ddl->session)->events;
    if (!run)
        return true;
    run->rewritten = relation;
    run->reason = reason;
    return fire(ddl, run, PG_EVENT_REWRITE, run->tag);
}

void pg_events_end(struct pg_ddl *ddl, struct pg_event_run *run)
{
    if (run)
        pg_session_of(ddl->session)->events = run->outer;
}

/* Sequences have row types here that the real server's do not have. */
static bool is_sequence_type(struct pg_ddl *ddl, struct sql_reference object)
{
    const struct sql_type *type =
        object.class_id == pg_classes(ddl)->type ? sql_find_type_id(ddl->session, object.id) : NULL;
    if (type && type->category == TYPE_CATEGORY_ARRAY)
        type = sql_find_type_id(ddl->session, type->element);
    const struct sql_relation *rows =
        type && type->relation ? sql_find_relation_id(ddl->session, type->relation) : NULL;
    return rows && rows->kind == SQL_RELATION_SEQUENCE;
}

bool pg_events_note_drop(struct pg_ddl *ddl, struct sql_reference object, bool original,
                         bool normal)
{
    struct pg_event_run *run = pg_session_of(ddl->session)->events;
    if (!run || is_sequence_type(ddl, object))
        return true;
    struct pg_dropped *items = pg_ddl_grow(ddl, run->dropped, run->dropped_count, sizeof *items);
    if (!items)
        return false;
    run->dropped = items;
    struct pg_dropped *gone = &items[run->dropped_count++];
    *gone = (struct pg_dropped){.object = object, .original = original, .normal = normal};
    return pg_identify(ddl->env, object, &gone->identity);
}
