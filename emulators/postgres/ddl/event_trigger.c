/* CREATE EVENT TRIGGER, ALTER EVENT TRIGGER ENABLE and DISABLE; which commands fire them. */
#include <ctype.h>
#include <strings.h>

#include "emulators/postgres/ddl/event_fire.h"
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/name.h"
#include "emulators/postgres/ddl/resolve.h"
#include "emulators/postgres/ddl/routine_def.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/syntax/ast_expr.h"
#include "emulators/sql/syntax/ast_object.h"

enum { TYPE_EVENT_TRIGGER = 3838 };

static const char *const events[] = {"ddl_command_start", "ddl_command_end", "sql_drop",
                                     "table_rewrite"};

/* Objects by the verbs of their commands: C create, A alter, D drop. */
struct tag_row {
    const char *object;
    const char *fires, *never; /* verbs that fire event triggers, and those that never do */
};

static const struct tag_row tags[] = {
    {"ACCESS METHOD",             "CAD", ""   },
    {"AGGREGATE",                 "CAD", ""   },
    {"CAST",                      "CAD", ""   },
    {"COLLATION",                 "CAD", ""   },
    {"CONSTRAINT",                "CAD", ""   },
    {"CONVERSION",                "CAD", ""   },
    {"DATABASE",                  "",    "CAD"},
    {"DEFAULT PRIVILEGES",        "A",   ""   },
    {"DOMAIN",                    "CAD", ""   },
    {"EVENT TRIGGER",             "",    "CAD"},
    {"EXTENSION",                 "CAD", ""   },
    {"FOREIGN DATA WRAPPER",      "CAD", ""   },
    {"FOREIGN TABLE",             "CAD", ""   },
    {"FUNCTION",                  "CAD", ""   },
    {"INDEX",                     "CAD", ""   },
    {"LANGUAGE",                  "CAD", ""   },
    {"LARGE OBJECT",              "A",   ""   },
    {"MATERIALIZED VIEW",         "CAD", ""   },
    {"OPERATOR",                  "CAD", ""   },
    {"OPERATOR CLASS",            "CAD", ""   },
    {"OPERATOR FAMILY",           "CAD", ""   },
    {"OWNED",                     "D",   ""   },
    {"POLICY",                    "CAD", ""   },
    {"PROCEDURE",                 "CAD", ""   },
    {"PUBLICATION",               "CAD", ""   },
    {"ROLE",                      "",    "CAD"},
    {"ROUTINE",                   "CAD", ""   },
    {"RULE",                      "CAD", ""   },
    {"SCHEMA",                    "CAD", ""   },
    {"SEQUENCE",                  "CAD", ""   },
    {"SERVER",                    "CAD", ""   },
    {"STATISTICS",                "CAD", ""   },
    {"SUBSCRIPTION",              "CAD", ""   },
    {"SYSTEM",                    "",    "A"  },
    {"TABLE",                     "CAD", ""   },
    {"TABLE AS",                  "C",   ""   },
    {"TABLESPACE",                "",    "CAD"},
    {"TEXT SEARCH CONFIGURATION", "CAD", ""   },
    {"TEXT SEARCH DICTIONARY",    "CAD", ""   },
    {"TEXT SEARCH PARSER",        "CAD", ""   },
    {"TEXT SEARCH TEMPLATE",      "CAD", ""   },
    {"TRANSFORM",                 "CAD", ""   },
    {"TRIGGER",                   "CAD", ""   },
    {"TYPE",                      "CAD", ""   },
    {"USER MAPPING",              "CAD", ""   },
    {"VIEW",                      "CAD", ""   },
};

/* Commands of other words. */
static const char *const other_tags[] = {
    "COMMENT", "GRANT",          "IMPORT FOREIGN SCHEMA", "REFRESH MATERIALIZED VIEW",
    "REVOKE",  "SECURITY LABEL", "SELECT INTO",           NULL};
static const char *const never_tags[] = {"ANALYZE",
                                         "BEGIN",
                                         "CALL",
                                         "CHECKPOINT",
                                         "CLOSE",
                                         "CLUSTER",
                                         "COMMIT",
                                         "COPY",
                                         "DEALLOCATE",
                                         "DECLARE CURSOR",
                                         "DELETE",
                                         "DISCARD",
                                         "DO",
                                         "EXECUTE",
                                         "EXPLAIN",
                                         "FETCH",
                                         "GRANT ROLE",
                                         "INSERT",
                                         "LISTEN",
                                         "LOAD",
                                         "LOCK TABLE",
                                         "MERGE",
                                         "MOVE",
                                         "NOTIFY",
                                         "PREPARE",
                                         "REASSIGN OWNED",
                                         "REINDEX",
                                         "RELEASE",
                                         "RESET",
                                         "REVOKE ROLE",
                                         "ROLLBACK",
                                         "SAVEPOINT",
                                         "SELECT",
                                         "SET",
                                         "SHOW",
                                         "START TRANSACTION",
                                         "TRUNCATE TABLE",
                                         "UNLISTEN",
                                         "UPDATE",
                                         "VACUUM",
                                         NULL};

enum tag_class { TAG_UNKNOWN, TAG_FIRES, TAG_NEVER };

static bool same_words(struct slice text, const char *verb, const char *words)
{
    size_t verb_len = strlen(verb);
    return text.len == verb_len + strlen(words) &&
           !strncasecmp((const char *)text.ptr, verb, verb_len) &&
           !strncasecmp((const char *)text.ptr + verb_len, words, strlen(words));
}

static bool is_listed(struct slice tag, const char *const *list)
{
    for (; *list; list++)
        if (same_words(tag, "", *list))
            return true;
    return false;
}

static enum tag_class classify(struct slice tag)
{
    static const char *const verbs[] = {"CREATE ", "ALTER ", "DROP "};
    if (is_listed(tag, other_tags))
        return TAG_FIRES;
    if (is_listed(tag, never_tags))
        return TAG_NEVER;
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
        for (size_t v = 0; v < sizeof verbs / sizeof *verbs; v++)
            if (same_words(tag, verbs[v], tags[i].object))
                return strchr(tags[i].fires, verbs[v][0])   ? TAG_FIRES
                       : strchr(tags[i].never, verbs[v][0]) ? TAG_NEVER
                                                            : TAG_UNKNOWN;
    return TAG_UNKNOWN;
}

bool pg_event_fires(struct slice tag)
{
    return classify(tag) == TAG_FIRES;
}

/* ---- WHEN tag IN (...) */

static bool check_tag(struct pg_ddl *ddl, struct slice tag, bool rewrites)
{
    struct sql_error *error = ddl->env->error;
    bool rewriting = same_words(tag, "", "ALTER TABLE") || same_words(tag, "", "ALTER TYPE") ||
                     same_words(tag, "", "ALTER MATERIALIZED VIEW");
    enum tag_class class = classify(tag);
    if (class == TAG_UNKNOWN)
        return sql_fail(error, "42601",
                        "filter value \"" SLICE_FMT "\" not recognized for filter variable \"%s\"",
                        SLICE_ARG(tag), "tag");
    return (class == TAG_FIRES && (!rewrites || rewriting)) ||
           sql_fail(error, "0A000", "event triggers are not supported for " SLICE_FMT,
                    SLICE_ARG(tag));
}

static bool upper_case(struct pg_ddl *ddl, struct slice *text)
{
    uint8_t *upper = arena_alloc(ddl->arena, text->len + 1);
    if (!upper)
        return sql_fail_memory(ddl->env->error);
    for (size_t i = 0; i < text->len; i++)
        upper[i] = (uint8_t)toupper(text->ptr[i]);
    text->ptr = upper;
    return true;
}

static bool read_filters(struct pg_ddl *ddl, const struct ast_list *filters,
                         struct sql_event_trigger *trigger)
{
    struct sql_error *error = ddl->env->error;
    bool rewrites = slice_eq_str(trigger->event, "table_rewrite");
    for (uint32_t i = 0; i < filters->count; i++) {
        const struct ast_option *filter = AST_AS(option, filters->items[i]);
        if (!slice_eq_str(filter->name, "tag"))
            return sql_fail(error, "42601", "unrecognized filter variable \"" SLICE_FMT "\"",
                            SLICE_ARG(filter->name));
        if (trigger->tags)
            return sql_fail(error, "42601",
                            "filter variable \"" SLICE_FMT "\" specified more than once",
                            SLICE_ARG(filter->name));
        const struct ast_list *values = &AST_AS(list_node, filter->value)->list;
        struct slice *made = arena_array(ddl->arena, values->count + 1, sizeof *made);
        if (!made)
            return sql_fail_memory(error);
        for (uint32_t k = 0; k < values->count; k++)
            made[k] = AST_AS(const, values->items[k])->text;
        trigger->tags = made;
        trigger->tag_count = (uint16_t)values->count;
    }
    for (uint16_t i = 0; i < trigger->tag_count; i++)
        if (!check_tag(ddl, trigger->tags[i], rewrites) ||
            !upper_case(ddl, (struct slice *)(uintptr_t)&trigger->tags[i]))
            return false;
    return true;
}

/* ---- the statements */

static bool check_event(struct pg_ddl *ddl, struct slice event)
{
    for (size_t i = 0; i < sizeof events / sizeof *events; i++)
        if (slice_eq_str(event, events[i]))
            return true;
    return sql_fail(ddl->env->error, "42601", "unrecognized event name \"" SLICE_FMT "\"",
                    SLICE_ARG(event));
}

static bool find_function(struct pg_ddl *ddl, const struct ast_names *names, uint32_t *out)
{
    struct slice schema, name;
    if (!pg_name_split(ddl, names, &schema, &name))
        return false;
    struct sql_routines found = sql_find_routines(ddl->session, ddl->env, schema, name);
    for (uint32_t i = 0; i < found.count; i++) {
        if (found.items[i]->arg_count)
            continue;
        *out = found.items[i]->object.id;
        return found.items[i]->result_type == TYPE_EVENT_TRIGGER ||
               sql_fail(ddl->env->error, "42P17",
                        "function " SLICE_FMT " must return type event_trigger",
                        SLICE_ARG(pg_ddl_names_text(ddl, names)));
    }
    return sql_fail(ddl->env->error, "42883", "function " SLICE_FMT "() does not exist",
                    SLICE_ARG(pg_ddl_names_text(ddl, names)));
}

static bool check_role(struct pg_ddl *ddl, struct slice name)
{
    const struct sql_role *role = sql_find_role_id(ddl->session, ddl->session->role);
    if (role && role->superuser)
        return true;
    sql_fail(ddl->env->error, "42501",
             "permission denied to create event trigger \"" SLICE_FMT "\"", SLICE_ARG(name));
    return sql_hint(ddl->env->error, "Must be superuser to create an event trigger.");
}

static bool name_is_free(struct pg_ddl *ddl, struct slice name)
{
    uint32_t class_id = pg_classes(ddl)->event_trigger;
    return sql_catalog_await_name(ddl->env, class_id, 0, name) &&
           (!sql_find_object_name(ddl->session, class_id, 0, name) ||
            sql_fail(ddl->env->error, "42710", "event trigger \"" SLICE_FMT "\" already exists",
                     SLICE_ARG(name)));
}

bool pg_create_event_trigger(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_create_event_trigger *ast = AST_AS(create_event_trigger, node);
    const struct sql_class_ids *ids = pg_classes(ddl);
    struct sql_event_trigger trigger = {
        .object = {.class_id = ids->event_trigger,
                   .owner = ddl->session->role,
                   .name = ast->name,
                   .acl_default = true},
        .event = ast->event,
        .enabled = 'O',
    };
    if (!check_role(ddl, ast->name) || !check_event(ddl, ast->event) ||
        !read_filters(ddl, &ast->filters, &trigger) || !name_is_free(ddl, ast->name) ||
        !find_function(ddl, &ast->function, &trigger.function) ||
        !sql_catalog_create(ddl->env, &trigger.object))
        return false;
    return sql_depend(ddl->env, pg_whole(ids->event_trigger, trigger.object.id),
                      pg_whole(ids->routine, trigger.function), 'n');
}

bool pg_alter_event_trigger(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_alter_event_trigger *ast = AST_AS(alter_event_trigger, node);
    struct slice name = ast->name;
    const struct ast_object object = {
        .node = {AST_OBJECT, -1},
          .type = AST_OBJECT_EVENT_TRIGGER, .name = {&name,      1 }
    };
    struct pg_found found;
    if (!pg_resolve(ddl, &object, false, SQL_ACCESS_SHARE, &found) ||
        !pg_name_must_own(ddl, found.object))
        return false;
    struct sql_event_trigger trigger =
        *(const struct sql_event_trigger *)(const void *)found.object;
    trigger.enabled = ast->enabled;
    return sql_catalog_replace(ddl->env, &trigger.object);
}
