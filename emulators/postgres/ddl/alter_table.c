/* ALTER TABLE: the statement and its commands that change no column (those are in alter_column.c). */
#include "emulators/postgres/ddl/alter_table.h"

#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/ddl/constraint.h"
#include "emulators/postgres/ddl/delete.h"
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/in_use.h"
#include "emulators/postgres/ddl/inherit.h"
#include "emulators/postgres/ddl/resolve.h"
#include "emulators/postgres/ddl/validate.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/exec/after.h"

/* ---- constraints */

static bool add_constraint(struct pg_ddl *ddl, uint32_t relation,
                           const struct ast_alter_table_command *command)
{
    struct pg_constraint_def def = {.ast = *AST_AS(constraint, command->definition)};
    return pg_constraint_add(ddl, relation, &def, true);
}

static bool require_constraint(struct pg_ddl *ddl, const struct sql_relation *relation,
                               struct slice name, bool missing_ok,
                               const struct sql_constraint **out)
{
    *out = pg_constraint_find(ddl, relation, name);
    if (*out)
        return true;
    if (missing_ok) {
        pg_ddl_notice(ddl, "00000",
                      "constraint \"" SLICE_FMT "\" of relation \"" SLICE_FMT
                      "\" does not exist, skipping",
                      SLICE_ARG(name), SLICE_ARG(relation->object.name));
        return true;
    }
    return sql_fail(ddl->env->error, "42704",
                    "constraint \"" SLICE_FMT "\" of relation \"" SLICE_FMT "\" does not exist",
                    SLICE_ARG(name), SLICE_ARG(relation->object.name));
}

/* A child's copy of a check goes with its parent's. */
static bool drop_from_children(struct pg_ddl *ddl, uint32_t relation_id, struct slice name)
{
    const struct sql_relation relation = *sql_find_relation_id(ddl->session, relation_id);
    for (uint16_t i = 0; i < relation.child_count; i++) {
        const struct sql_relation *child = sql_find_relation_id(ddl->session, relation.children[i]);
        const struct sql_constraint *found = child ? pg_constraint_find(ddl, child, name) : NULL;
        if (!found || !found->inherited)
            continue;
        struct sql_constraint changed = *found;
        changed.inherited--;
        changed.local = changed.local || (ddl->only && !changed.inherited);
        struct sql_reference object = pg_whole(pg_classes(ddl)->constraint, found->object.id);
        bool goes = !changed.inherited && !changed.local;
        if (!(goes ? pg_delete(ddl, &object, 1, true, true)
                   : sql_catalog_replace(ddl->env, &changed.object)) ||
            (goes && !drop_from_children(ddl, relation.children[i], name)))
            return false;
    }
    return true;
}

static bool drop_constraint(struct pg_ddl *ddl, uint32_t relation_id,
                            const struct ast_alter_table_command *command)
{
    const struct sql_relation *relation = sql_find_relation_id(ddl->session, relation_id);
    const struct sql_constraint *found;
    if (!require_constraint(ddl, relation, command->name, command->missing_ok, &found))
        return false;
    if (!found)
        return true;
    if (found->inherited)
        return sql_fail(ddl->env->error, "42P16",
                        "cannot drop inherited constraint \"" SLICE_FMT
                        "\" of relation \"" SLICE_FMT "\"",
                        SLICE_ARG(command->name), SLICE_ARG(relation->object.name));
    bool check = found->kind == SQL_CONSTRAINT_CHECK && !found->no_inherit;
    if (check && ddl->only && relation->kind == SQL_RELATION_PARTITIONED && relation->child_count) {
        sql_fail(ddl->env->error, "42P16",
                 "cannot remove constraint from only the partitioned table when partitions exist");
        return sql_hint(ddl->env->error, "Do not specify the ONLY keyword.");
    }
    struct sql_reference object = pg_whole(pg_classes(ddl)->constraint, found->object.id);
    return pg_delete(ddl, &object, 1, command->cascade, false) &&
           (!check || drop_from_children(ddl, relation_id, command->name));
}

static bool mark_valid(struct pg_ddl *ddl, const struct sql_constraint *constraint)
{
    struct sql_constraint changed = *constraint;
    changed.validated = true;
    return sql_catalog_replace(ddl->env, &changed.object);
}

/* A check is validated on children first. */
static bool validate_check(struct pg_ddl *ddl, uint32_t relation_id, struct slice name)
{
    const struct sql_relation relation = *sql_find_relation_id(ddl->session, relation_id);
    const struct sql_constraint *found = pg_constraint_find(ddl, &relation, name);
    if (!found || found->validated)
        return true;
    for (uint16_t i = 0; !found->no_inherit && i < relation.child_count; i++)
        if (ddl->only)
            return sql_fail(ddl->env->error, "42P16",
                            "constraint must be validated on child tables too");
        else if (!validate_check(ddl, relation.children[i], name))
            return false;
    return pg_validate_check(ddl, relation_id, found) && mark_valid(ddl, found);
}

static bool validate_constraint(struct pg_ddl *ddl, uint32_t relation_id,
                                const struct ast_alter_table_command *command)
{
    const struct sql_relation *relation = sql_find_relation_id(ddl->session, relation_id);
    const struct sql_constraint *found;
    if (!require_constraint(ddl, relation, command->name, false, &found))
        return false;
    if (found->kind != SQL_CONSTRAINT_CHECK && found->kind != SQL_CONSTRAINT_FOREIGN)
        return sql_fail(ddl->env->error, "42809",
                        "constraint \"" SLICE_FMT "\" of relation \"" SLICE_FMT
                        "\" is not a foreign key or check constraint",
                        SLICE_ARG(command->name), SLICE_ARG(relation->object.name));
    if (found->validated)
        return true;
    return found->kind == SQL_CONSTRAINT_CHECK
               ? validate_check(ddl, relation_id, command->name)
               : pg_validate_foreign_key(ddl, found) && mark_valid(ddl, found);
}

/* The parts that a foreign key has for partitions go with it. */
static bool alter_parts(struct pg_ddl *ddl, const struct sql_constraint *whole)
{
    uint32_t class_id = pg_classes(ddl)->constraint;
    const struct sql_object *next;
    for (uint32_t id = 0; (next = sql_next_object(ddl->session, class_id, id)); id = next->id + 1) {
        struct sql_constraint part = *(const struct sql_constraint *)(const void *)next;
        if (part.parent != whole->object.id)
            continue;
        part.deferrable = whole->deferrable;
        part.deferred = whole->deferred;
        if (!sql_catalog_replace(ddl->env, &part.object) || !alter_parts(ddl, &part))
            return false;
    }
    return true;
}

static bool alter_constraint(struct pg_ddl *ddl, uint32_t relation_id,
                             const struct ast_alter_table_command *command)
{
    const struct sql_relation *relation = sql_find_relation_id(ddl->session, relation_id);
    const struct ast_constraint *ast = AST_AS(constraint, command->definition);
    const struct sql_constraint *found;
    if (!require_constraint(ddl, relation, ast->name, false, &found))
        return false;
    if (found->kind != SQL_CONSTRAINT_FOREIGN)
        return sql_fail(ddl->env->error, "42809",
                        "constraint \"" SLICE_FMT "\" of relation \"" SLICE_FMT
                        "\" is not a foreign key constraint",
                        SLICE_ARG(ast->name), SLICE_ARG(relation->object.name));
    struct sql_constraint changed = *found;
    if (found->parent) {
        const struct sql_constraint *whole = sql_find_constraint(ddl->session, found->parent);
        const struct sql_relation *above = sql_find_relation_id(ddl->session, whole->relation);
        sql_fail(ddl->env->error, "55000",
                 "cannot alter constraint \"" SLICE_FMT "\" on relation \"" SLICE_FMT "\"",
                 SLICE_ARG(ast->name), SLICE_ARG(relation->object.name));
        sql_detail(ddl->env->error,
                   "Constraint \"" SLICE_FMT "\" is derived from constraint \"" SLICE_FMT
                   "\" of relation \"" SLICE_FMT "\".",
                   SLICE_ARG(ast->name), SLICE_ARG(whole->object.name),
                   SLICE_ARG(above->object.name));
        return sql_hint(ddl->env->error, "You may alter the constraint it derives from instead.");
    }
    changed.deferrable = ast->deferrable;
    changed.deferred = ast->initially_deferred;
    return sql_catalog_replace(ddl->env, &changed.object) && alter_parts(ddl, &changed);
}

/* ---- flags, options, owner */

static bool change_owner(struct pg_ddl *ddl, uint32_t relation_id,
                         const struct ast_alter_table_command *command)
{
    const struct sql_relation *relation = sql_find_relation_id(ddl->session, relation_id);
    uint32_t owner;
    if (!pg_name_role(ddl, command->role, false, &owner))
        return false;
    return relation->object.owner == owner || (pg_owner_check(ddl, &relation->object, owner) &&
                                               pg_relation_set_owner(ddl, relation_id, owner));
}

/* What is logged refers to nothing that is not. */
static bool check_logged(struct pg_ddl *ddl, const struct sql_relation *relation)
{
    bool logged = relation->persistence == 'p';
    uint16_t count = logged ? relation->constraint_count : relation->referencing_count;
    for (uint16_t i = 0; i < count; i++) {
        const struct sql_constraint *key = sql_find_constraint(
            ddl->session, logged ? relation->constraints[i] : relation->referencing[i]);
        if (!key || key->kind != SQL_CONSTRAINT_FOREIGN || key->relation == key->foreign_table)
            continue;
        const struct sql_relation *other =
            sql_find_relation_id(ddl->session, logged ? key->foreign_table : key->relation);
        if (other->persistence != relation->persistence)
            return sql_fail(ddl->env->error, "42P16",
                            "could not change table \"" SLICE_FMT
                            "\" to %s because it references %s table \"" SLICE_FMT "\"",
                            SLICE_ARG(relation->object.name), logged ? "logged" : "unlogged",
                            logged ? "unlogged" : "logged", SLICE_ARG(other->object.name));
    }
    return true;
}

static bool set_flag(struct pg_ddl *ddl, uint32_t relation_id,
                     const struct ast_alter_table_command *command)
{
    struct sql_relation relation = *sql_find_relation_id(ddl->session, relation_id);
    char persistence;
    switch (command->type) {
    case AST_ENABLE_ROW_SECURITY: relation.row_security = true; break;
    case AST_DISABLE_ROW_SECURITY: relation.row_security = false; break;
    case AST_FORCE_ROW_SECURITY: relation.force_row_security = true; break;
    case AST_NO_FORCE_ROW_SECURITY: relation.force_row_security = false; break;
    case AST_SET_LOGGED:
    case AST_SET_UNLOGGED:
        persistence = command->type == AST_SET_LOGGED ? 'p' : 'u';
        if (persistence == relation.persistence)
            return true;
        relation.persistence = persistence;
        if (!check_logged(ddl, &relation) || !pg_alter_refuse_row_users(ddl, &relation))
            return false;
        break;
    default: return true;
    }
    return sql_catalog_replace(ddl->env, &relation.object);
}

static bool do_nothing(struct pg_ddl *ddl, uint32_t relation,
                       const struct ast_alter_table_command *command)
{
    (void)ddl;
    (void)relation;
    (void)command;
    return true;
}

/* ---- the statement */

/* kinds: of relations that it goes with (enum sql_relation_kind); name: in messages; lock: of the relation,
 * where it is not always the same lock_of says so. */
static const struct command {
    enum ast_alter_table_type type;
    const char *kinds, *name;
    pg_alter_command *run;
    enum sql_lock_mode lock; /* 0: the strongest */
} commands[] = {
    {AST_ADD_COLUMN,                      "rpcf",               "ADD COLUMN",                                                                   pg_alter_add_column},
    {AST_COLUMN_DEFAULT,                  "rpvf",               "ALTER COLUMN ... SET DEFAULT",                                                 pg_alter_default},
    {AST_DROP_NOT_NULL,                   "rpf",                "ALTER COLUMN ... DROP NOT NULL",                                               pg_alter_not_null},
    {AST_SET_NOT_NULL,                    "rpf",                "ALTER COLUMN ... SET NOT NULL",                                                pg_alter_not_null},
    {AST_DROP_EXPRESSION,                 "rpf",                "ALTER COLUMN ... DROP EXPRESSION",                                             pg_alter_drop_expression},
    {AST_SET_EXPRESSION,                  "rpf",                "ALTER COLUMN ... SET EXPRESSION",                                              pg_alter_set_expression},
    {AST_SET_STATISTICS,                  "rpmiIf",             "ALTER COLUMN ... SET STATISTICS",                                              pg_alter_column_statistics,
     SQL_SHARE_UPDATE_EXCLUSIVE},
    {AST_SET_COLUMN_OPTIONS,                                   "rpmf",                                  "ALTER COLUMN ... SET",                                                                        pg_alter_column_options,
     SQL_SHARE_UPDATE_EXCLUSIVE},
    {AST_RESET_COLUMN_OPTIONS,          "rpmf",                              "ALTER COLUMN ... RESET",                                                                                     pg_alter_column_options,
     SQL_SHARE_UPDATE_EXCLUSIVE},
    {AST_SET_STORAGE,            "rpmf",                                "ALTER COLUMN ... SET STORAGE",                                                                                                              pg_alter_storage},
    {AST_SET_COMPRESSION,     "rpm","ALTER COLUMN ... SET COMPRESSION",pg_alter_compression},
    {AST_DROP_COLUMN, "rpcf",                        "DROP COLUMN",                                                                                                                                                            pg_alter_drop_column                                                                                                                                                },
    {AST_ADD_CONSTRAINT,                      "rpf","ADD CONSTRAINT",add_constraint},
    {AST_ALTER_CONSTRAINT,                   "rp",                           "ALTER CONSTRAINT",                                                                                                                                                                                        alter_constraint                                                                                                                                                                                                                                                                                                                                                                                                                    },
    {AST_VALIDATE_CONSTRAINT,                 "rpf","VALIDATE CONSTRAINT",validate_constraint,
     SQL_SHARE_UPDATE_EXCLUSIVE},
    {AST_DROP_CONSTRAINT,              "rpf",                     "DROP CONSTRAINT",                                                                                                                drop_constraint},
    {AST_ALTER_COLUMN_TYPE,                 "rpcf","ALTER COLUMN ... SET DATA TYPE",pg_alter_type},
    {AST_CLUSTER_ON,             "rpm",  "CLUSTER ON",                                                                                                                    pg_alter_cluster,                                                                                                                SQL_SHARE_UPDATE_EXCLUSIVE},
    {AST_DROP_CLUSTER,                  "rpm",                         "SET WITHOUT CLUSTER",pg_alter_cluster,SQL_SHARE_UPDATE_EXCLUSIVE},
    {AST_SET_LOGGED,                    "rp",                  "SET LOGGED",                                                   set_flag},
    {AST_SET_UNLOGGED,                                   "rp",                                          "SET UNLOGGED",                                                                                                 set_flag},
    {AST_SET_TABLESPACE,                                   "rpmiI",                                        "SET TABLESPACE",                                                                                pg_alter_tablespace},
    {AST_SET_OPTIONS,                                   "rpvmiI",                                      "SET",                                                                           pg_alter_options},
    {AST_RESET_OPTIONS,                                   "rpvmiI",                                         "RESET",                                                                             pg_alter_options},
    {AST_ENABLE_TRIGGER,                                   "rpf",                                       "ENABLE TRIGGER",                                                                           pg_alter_trigger,SQL_SHARE_ROW_EXCLUSIVE},
    {AST_ENABLE_TRIGGER_ALWAYS,                                   "rpf",                                      "ENABLE ALWAYS TRIGGER",                                                                             pg_alter_trigger,
     SQL_SHARE_ROW_EXCLUSIVE},
    {AST_ENABLE_TRIGGER_REPLICA,            "rpf",                                "ENABLE REPLICA TRIGGER",                                                                                      pg_alter_trigger,
     SQL_SHARE_ROW_EXCLUSIVE},
    {AST_ENABLE_TRIGGER_ALL,                   "rpf",                                   "ENABLE TRIGGER ALL",                                                                                                                 pg_alter_trigger,
     SQL_SHARE_ROW_EXCLUSIVE},
    {AST_ENABLE_TRIGGER_USER,           "rpf","ENABLE TRIGGER USER",                                                                                                                   pg_alter_trigger,
     SQL_SHARE_ROW_EXCLUSIVE},
    {AST_DISABLE_TRIGGER,            "rpf","DISABLE TRIGGER",pg_alter_trigger,SQL_SHARE_ROW_EXCLUSIVE},
    {AST_DISABLE_TRIGGER_ALL,             "rpf",                  "DISABLE TRIGGER ALL",                                                                                            pg_alter_trigger,
     SQL_SHARE_ROW_EXCLUSIVE},
    {AST_DISABLE_TRIGGER_USER,                                   "rpf",                                     "DISABLE TRIGGER USER",                                                                                                   pg_alter_trigger,
     SQL_SHARE_ROW_EXCLUSIVE},
    {AST_ENABLE_RULE,            "rp",                                "ENABLE RULE",                                                                                        pg_alter_rule},
    {AST_ENABLE_RULE_ALWAYS,                   "rp",                                   "ENABLE ALWAYS RULE",                                                                                                                 pg_alter_rule},
    {AST_ENABLE_RULE_REPLICA,             "rp","ENABLE REPLICA RULE",                                                                                                                   pg_alter_rule},
    {AST_DISABLE_RULE,                    "rp","DISABLE RULE",pg_alter_rule},
    {AST_SET_ACCESS_METHOD,             "rpm","SET ACCESS METHOD",pg_alter_access_method},
    {AST_FOREIGN_OPTIONS,                   "f",                                      "OPTIONS",pg_alter_foreign_options},
    {AST_ALTER_COLUMN_FOREIGN_OPTIONS,            "f",                       "ALTER COLUMN ... OPTIONS",
     pg_alter_column_foreign_options                                                                                               },
    {AST_ADD_INHERIT,                  "rpf",                                         "INHERIT",                                                                                                                                                                      pg_alter_inherit                                                                                                                                                               },
    {AST_DROP_INHERIT,              "rpf","NO INHERIT",                                                      pg_alter_no_inherit               },
    {AST_ADD_OF,                     "rp","OF",                                                                                                           pg_alter_of},
    {AST_DROP_OF,             "rp","NOT OF",pg_alter_not_of},
    {AST_CHANGE_OWNER,                 "rpvmiIScf",                                      "OWNER TO",                                            change_owner},
    {AST_REPLICA_IDENTITY_COMMAND,           "rpm",                                   "REPLICA IDENTITY",pg_alter_replica_identity},
    {AST_ENABLE_ROW_SECURITY,                   "rp",                                                "ENABLE ROW SECURITY",                                                                                                                                                                                                                                       set_flag                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                             },
    {AST_DISABLE_ROW_SECURITY,        "rp","DISABLE ROW SECURITY",    set_flag},
    {AST_FORCE_ROW_SECURITY,                    "rp","FORCE ROW SECURITY",                                              set_flag},
    {AST_NO_FORCE_ROW_SECURITY,             "rp","NO FORCE ROW SECURITY",set_flag},
    {AST_ATTACH_PARTITION,                        "rpfI",                                          "ATTACH PARTITION",                                                                                                             pg_alter_attach,SQL_SHARE_UPDATE_EXCLUSIVE},
    {AST_DETACH_PARTITION,            "rp",                         "DETACH PARTITION",                                                  pg_alter_detach},
    {AST_DETACH_PARTITION_FINALIZE,                   "rp",                                                    "DETACH PARTITION ... FINALIZE",                                                                                                                                                                                                                                                                                                                              pg_alter_detach,
     SQL_SHARE_UPDATE_EXCLUSIVE},
    {AST_ADD_IDENTITY,      "rpvf","ALTER COLUMN ... ADD IDENTITY",pg_alter_add_identity},
    {AST_SET_IDENTITY,                "rpvf",                     "ALTER COLUMN ... SET",                                                         pg_alter_set_identity},
    {AST_DROP_IDENTITY,       "rpvf",     "ALTER COLUMN ... DROP IDENTITY", pg_alter_drop_identity},
    {AST_DROP_OIDS,                                   "rpf",                                        "SET WITHOUT OIDS",                                                                                                           do_nothing},
};

static const struct command *find_command(enum ast_alter_table_type type)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (commands[i].type == type)
            return &commands[i];
    return NULL;
}

bool pg_alter_allowed(struct pg_ddl *ddl, enum ast_alter_table_type type,
                      const struct sql_relation *relation)
{
    const struct command *row = find_command(type);
    if (!row)
        return sql_fail(ddl->env->error, "0A000", "this form of ALTER TABLE is not supported");
    if (strchr(row->kinds, (char)relation->kind))
        return true;
    sql_fail(ddl->env->error, "42809",
             "ALTER action %s cannot be performed on relation \"" SLICE_FMT "\"", row->name,
             SLICE_ARG(relation->object.name));
    const char *kind = pg_describe_kind(ddl->session, &relation->object);
    bool index =
        relation->kind == SQL_RELATION_INDEX || relation->kind == SQL_RELATION_PARTITIONED_INDEX;
    return sql_detail(ddl->env->error, "This operation is not supported for %s%s%s.",
                      relation->kind == SQL_RELATION_PARTITIONED ||
                              relation->kind == SQL_RELATION_PARTITIONED_INDEX
                          ? "partitioned "
                          : "",
                      kind, index ? "es" : "s");
}

static bool run_command(struct pg_ddl *ddl, uint32_t relation,
                        const struct ast_alter_table_command *command)
{
    return pg_alter_allowed(ddl, command->type, sql_find_relation_id(ddl->session, relation)) &&
           find_command(command->type)->run(ddl, relation, command);
}

bool pg_alter_check_kind(struct pg_ddl *ddl, const struct sql_relation *relation,
                         enum ast_object_type type)
{
    const char *kinds = type == AST_OBJECT_VIEW                ? "v"
                        : type == AST_OBJECT_MATERIALIZED_VIEW ? "m"
                        : type == AST_OBJECT_INDEX             ? "iI"
                        : type == AST_OBJECT_SEQUENCE          ? "S"
                        : type == AST_OBJECT_TYPE              ? "c"
                                                               : NULL;
    if (!kinds || strchr(kinds, (char)relation->kind))
        return true;
    return sql_fail(ddl->env->error, "42809", "\"" SLICE_FMT "\" is not %s",
                    SLICE_ARG(relation->object.name),
                    type == AST_OBJECT_VIEW                ? "a view"
                    : type == AST_OBJECT_MATERIALIZED_VIEW ? "a materialized view"
                    : type == AST_OBJECT_INDEX             ? "an index"
                    : type == AST_OBJECT_SEQUENCE          ? "a sequence"
                                                           : "a composite type");
}

/* In which round of the statement a command runs: what goes away first, then types, then what is new. */
static unsigned round_of(enum ast_alter_table_type type)
{
    switch (type) {
    case AST_DROP_COLUMN:
    case AST_DROP_CONSTRAINT: return 0;
    case AST_ALTER_COLUMN_TYPE: return 1;
    case AST_ADD_COLUMN: return 2;
    case AST_SET_EXPRESSION: return 3;
    case AST_ADD_CONSTRAINT: return 5;
    default: return 4;
    }
}

static enum sql_lock_mode lock_of(const struct ast_alter_table_command *command)
{
    const struct command *row = find_command(command->type);
    switch (command->type) {
    case AST_ADD_CONSTRAINT:
        return AST_AS(constraint, command->definition)->type == AST_CONSTRAINT_FOREIGN
                   ? SQL_SHARE_ROW_EXCLUSIVE
                   : SQL_ACCESS_EXCLUSIVE;
    case AST_SET_OPTIONS:
    case AST_RESET_OPTIONS: return pg_options_lock(&AST_AS(list_node, command->definition)->list);
    case AST_DETACH_PARTITION:
        return AST_AS(partition_command, command->definition)->concurrently
                   ? SQL_SHARE_UPDATE_EXCLUSIVE
                   : SQL_ACCESS_EXCLUSIVE;
    default: return row && row->lock ? row->lock : SQL_ACCESS_EXCLUSIVE;
    }
}

/* The strongest that any of the commands needs. */
static enum sql_lock_mode lock_of_all(const struct ast_list *list)
{
    enum sql_lock_mode lock = SQL_SHARE_UPDATE_EXCLUSIVE;
    for (uint32_t i = 0; i < list->count; i++) {
        enum sql_lock_mode one = lock_of(AST_AS(alter_table_command, list->items[i]));
        if (one > lock)
            lock = one;
    }
    return lock;
}

/* Does any of them go on with the tables below? */
static bool recurses(const struct ast_list *list)
{
    static const enum ast_alter_table_type types[] = {
        AST_ADD_COLUMN,      AST_DROP_COLUMN,         AST_ALTER_COLUMN_TYPE, AST_COLUMN_DEFAULT,
        AST_DROP_NOT_NULL,   AST_SET_NOT_NULL,        AST_DROP_EXPRESSION,   AST_SET_STATISTICS,
        AST_SET_STORAGE,     AST_SET_COMPRESSION,     AST_ADD_CONSTRAINT,    AST_ALTER_CONSTRAINT,
        AST_DROP_CONSTRAINT, AST_VALIDATE_CONSTRAINT, AST_SET_EXPRESSION};
    for (uint32_t i = 0; i < list->count; i++)
        for (size_t t = 0; t < sizeof types / sizeof *types; t++)
            if (AST_AS(alter_table_command, list->items[i])->type == types[t])
                return true;
    return false;
}

static bool drops_constraint(const struct ast_list *list)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (AST_AS(alter_table_command, list->items[i])->type == AST_DROP_CONSTRAINT)
            return true;
    return false;
}

/* Nothing changes under checks and triggers that are still to come: its own; those of the tables that its
 * foreign keys refer to, when one of these goes. */
static bool check_pending(struct pg_ddl *ddl, const struct sql_relation *relation,
                          const struct ast_list *list)
{
    const struct sql_relation *busy =
        sql_after_is_pending(ddl->session, relation->object.id) ? relation : NULL;
    bool drops = drops_constraint(list);
    for (uint16_t i = 0; drops && !busy && i < relation->constraint_count; i++) {
        const struct sql_constraint *key =
            sql_find_constraint(ddl->session, relation->constraints[i]);
        if (key && key->kind == SQL_CONSTRAINT_FOREIGN &&
            sql_after_is_pending(ddl->session, key->foreign_table))
            busy = sql_find_relation_id(ddl->session, key->foreign_table);
    }
    return !busy ||
           sql_fail(ddl->env->error, "55006",
                    "cannot ALTER TABLE \"" SLICE_FMT "\" because it has pending trigger events",
                    SLICE_ARG(busy->object.name));
}

bool pg_alter_table(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_alter_table *ast = AST_AS(alter_table, node);
    const struct sql_relation *relation;
    if (!pg_name_relation(ddl, ast->relation, ast->missing_ok, lock_of_all(&ast->commands),
                          &relation))
        return false;
    if (!relation) {
        pg_ddl_notice(ddl, "00000", "relation \"" SLICE_FMT "\" does not exist, skipping",
                      SLICE_ARG(ast->relation->name));
        return true;
    }
    uint32_t id = relation->object.id;
    ddl->only = ast->relation->only;
    if (id < ddl->session->dialect->first_free_id)
        return sql_fail(ddl->env->error, "42501",
                        "permission denied: \"" SLICE_FMT "\" is a system catalog",
                        SLICE_ARG(relation->object.name));
    if (!pg_alter_check_kind(ddl, relation, ast->type) || !pg_name_must_own(ddl, &relation->object))
        return false;
    if (!pg_refuse_in_use(ddl, relation, "ALTER TABLE") ||
        !check_pending(ddl, relation, &ast->commands))
        return false;
    if (!ddl->only && recurses(&ast->commands) &&
        !pg_inherit_lock_below(ddl, id, lock_of_all(&ast->commands)))
        return false;
    for (unsigned round = 0; round < 6; round++)
        for (uint32_t i = 0; i < ast->commands.count; i++) {
            const struct ast_alter_table_command *command =
                AST_AS(alter_table_command, ast->commands.items[i]);
            if (round_of(command->type) == round && !run_command(ddl, id, command))
                return false;
        }
    return true;
}
