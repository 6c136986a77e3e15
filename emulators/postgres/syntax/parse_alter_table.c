#include "emulators/postgres/syntax/parser.h"

/* ALTER TABLE's commands. Each function begins behind the command's first word, unless it says
 * otherwise, and fills the command. */

static struct ast_node *option_list(struct pg_parser *p, struct ast_list options)
{
    return pg_list_node(p, options, -1);
}

/* ADD [COLUMN] [IF NOT EXISTS] column, ADD constraint. */
static void parse_add(struct pg_parser *p, struct ast_alter_table_command *c)
{
    if (pg_starts_table_constraint(p)) {
        c->type = AST_ADD_CONSTRAINT;
        c->definition = &pg_parse_table_constraint(p)->node;
        return;
    }
    c->type = AST_ADD_COLUMN;
    pg_accept(p, PG_KW_COLUMN);
    c->missing_ok = pg_accept_if_not_exists(p);
    c->definition = &pg_parse_column_def(p)->node;
}

static void parse_drop(struct pg_parser *p, struct ast_alter_table_command *c)
{
    c->type = pg_accept(p, PG_KW_CONSTRAINT) ? AST_DROP_CONSTRAINT : AST_DROP_COLUMN;
    if (c->type == AST_DROP_COLUMN)
        pg_accept(p, PG_KW_COLUMN);
    c->missing_ok = pg_accept_if_exists(p);
    c->name = pg_parse_col_id(p);
    c->cascade = pg_opt_drop_behavior(p);
}

/* ALTER column DROP ... */
static void parse_column_drop(struct pg_parser *p, struct ast_alter_table_command *c)
{
    if (pg_accept(p, PG_KW_DEFAULT)) {
        c->type = AST_COLUMN_DEFAULT;
    } else if (pg_accept(p, PG_KW_NOT)) {
        pg_expect(p, PG_KW_NULL);
        c->type = AST_DROP_NOT_NULL;
    } else {
        bool expression = pg_accept(p, PG_KW_EXPRESSION);
        if (!expression)
            pg_expect(p, PG_KW_IDENTITY);
        c->type = expression ? AST_DROP_EXPRESSION : AST_DROP_IDENTITY;
        c->missing_ok = pg_accept_if_exists(p);
    }
}

/* [SET DATA] TYPE type [COLLATE name] [USING expression], behind TYPE. */
static void parse_column_type(struct pg_parser *p, struct ast_alter_table_command *c, int32_t at)
{
    struct ast_column_def *column = PG_NEW(p, COLUMN_DEF, column_def, at);
    c->type = AST_ALTER_COLUMN_TYPE;
    c->definition = &column->node;
    column->type = pg_parse_typename(p);
    column->collate = pg_parse_opt_collate_clause(p);
    int32_t using_at = pg_here(p);
    if (!pg_accept(p, PG_KW_USING))
        return;
    struct ast_constraint *using = PG_NEW(p, CONSTRAINT, constraint, using_at);
    using->type = AST_CONSTRAINT_DEFAULT;
    using->expression = pg_parse_a_expr(p);
    pg_list_add(p, &column->constraints, &using->node);
}

/* column_compression, behind COMPRESSION; SET STORAGE. */
static struct ast_node *parse_word_or_default(struct pg_parser *p, bool default_too)
{
    int32_t at = pg_here(p);
    bool is_default = default_too && pg_accept(p, PG_KW_DEFAULT);
    return pg_string(p, is_default ? slice_str("default") : pg_parse_col_id(p), at);
}

/* ALTER column SET ..., at SET: the options of an identity begin with it, too. */
static void parse_column_set(struct pg_parser *p, struct ast_alter_table_command *c, int32_t at)
{
    uint16_t next = pg_peek(p, 1);
    if (next == PG_KW_GENERATED || next == PG_KW_INCREMENT || next == PG_KW_MAXVALUE ||
        next == PG_KW_MINVALUE || next == PG_KW_NO || next == PG_KW_START || next == PG_KW_CACHE ||
        next == PG_KW_CYCLE || next == PG_KW_RESTART || next == PG_KW_AS || next == PG_KW_OWNED ||
        next == PG_KW_SEQUENCE) {
        c->type = AST_SET_IDENTITY;
        c->definition = option_list(p, pg_parse_identity_options(p));
        return;
    }
    pg_skip(p);
    if (pg_accept(p, PG_KW_DEFAULT)) {
        c->type = AST_COLUMN_DEFAULT;
        c->definition = pg_parse_a_expr(p);
    } else if (pg_accept(p, PG_KW_EXPRESSION)) {
        c->type = AST_SET_EXPRESSION;
        pg_expect(p, PG_KW_AS);
        pg_expect(p, '(');
        c->definition = pg_parse_a_expr(p);
        pg_expect(p, ')');
    } else if (pg_accept(p, PG_KW_NOT)) {
        pg_expect(p, PG_KW_NULL);
        c->type = AST_SET_NOT_NULL;
    } else if (pg_accept(p, PG_KW_STATISTICS)) {
        int32_t number_at = pg_here(p);
        c->type = AST_SET_STATISTICS;
        bool is_default = pg_accept(p, PG_KW_DEFAULT);
        c->definition = pg_integer(p, is_default ? -1 : pg_parse_signed_integer(p), number_at);
    } else if (pg_accept(p, PG_KW_STORAGE)) {
        c->type = AST_SET_STORAGE;
        c->definition = parse_word_or_default(p, true);
    } else if (pg_accept(p, PG_KW_COMPRESSION)) {
        c->type = AST_SET_COMPRESSION;
        c->definition = parse_word_or_default(p, true);
    } else if (pg_accept(p, PG_KW_DATA)) {
        pg_expect(p, PG_KW_TYPE);
        parse_column_type(p, c, at);
    } else {
        c->type = AST_SET_COLUMN_OPTIONS;
        c->definition = option_list(p, pg_parse_reloptions(p));
    }
}

/* ALTER column ADD GENERATED ... AS IDENTITY, behind ADD. */
static void parse_add_identity(struct pg_parser *p, struct ast_alter_table_command *c)
{
    struct ast_constraint *identity = PG_NEW(p, CONSTRAINT, constraint, pg_here(p));
    pg_expect(p, PG_KW_GENERATED);
    identity->type = AST_CONSTRAINT_IDENTITY;
    identity->generated_always = pg_parse_generated_when(p);
    pg_expect_two(p, PG_KW_AS, PG_KW_IDENTITY);
    identity->options = pg_parse_parenthesized_sequence_options(p);
    c->type = AST_ADD_IDENTITY;
    c->definition = &identity->node;
}

/* ALTER [COLUMN] ..., ALTER CONSTRAINT name ... */
static void parse_alter(struct pg_parser *p, struct ast_alter_table_command *c)
{
    int32_t at = pg_here(p);
    if (pg_accept(p, PG_KW_CONSTRAINT)) {
        struct ast_constraint *constraint = PG_NEW(p, CONSTRAINT, constraint, at);
        constraint->type = AST_CONSTRAINT_FOREIGN;
        constraint->name = pg_parse_col_id(p);
        pg_parse_timing_attributes(p, "ALTER CONSTRAINT statement", &constraint->deferrable,
                                   &constraint->initially_deferred);
        c->type = AST_ALTER_CONSTRAINT;
        c->definition = &constraint->node;
        return;
    }
    pg_accept(p, PG_KW_COLUMN);
    if (pg_at(p) == PG_TOKEN_INTEGER) {
        int32_t number_at = pg_here(p);
        c->number = pg_parse_integer(p);
        pg_expect_two(p, PG_KW_SET, PG_KW_STATISTICS);
        if (c->number <= 0 || c->number > INT16_MAX)
            pg_fail(p, number_at, "22023", "column number must be in range from 1 to %d",
                    INT16_MAX);
        int32_t value_at = pg_here(p);
        c->type = AST_SET_STATISTICS;
        c->definition = pg_integer(p, pg_parse_signed_integer(p), value_at);
        return;
    }
    int32_t column_at = pg_here(p);
    c->name = pg_parse_col_id(p);
    if (pg_accept(p, PG_KW_DROP)) {
        parse_column_drop(p, c);
    } else if (pg_at(p) == PG_KW_SET) {
        parse_column_set(p, c, column_at);
    } else if (pg_at(p) == PG_KW_RESTART) {
        c->type = AST_SET_IDENTITY;
        c->definition = option_list(p, pg_parse_identity_options(p));
    } else if (pg_accept(p, PG_KW_ADD)) {
        parse_add_identity(p, c);
    } else if (pg_accept(p, PG_KW_RESET)) {
        c->type = AST_RESET_COLUMN_OPTIONS;
        c->definition = option_list(p, pg_parse_reloptions(p));
    } else if (pg_at(p) == PG_KW_OPTIONS) {
        c->type = AST_ALTER_COLUMN_FOREIGN_OPTIONS;
        c->definition = option_list(p, pg_parse_alter_options(p));
    } else {
        pg_expect(p, PG_KW_TYPE);
        parse_column_type(p, c, column_at);
    }
}

static void parse_set(struct pg_parser *p, struct ast_alter_table_command *c)
{
    if (pg_accept(p, PG_KW_WITHOUT)) {
        c->type = pg_accept(p, PG_KW_CLUSTER) ? AST_DROP_CLUSTER : AST_DROP_OIDS;
        if (c->type == AST_DROP_OIDS)
            pg_expect(p, PG_KW_OIDS);
    } else if (pg_accept(p, PG_KW_LOGGED)) {
        c->type = AST_SET_LOGGED;
    } else if (pg_accept(p, PG_KW_UNLOGGED)) {
        c->type = AST_SET_UNLOGGED;
    } else if (pg_accept(p, PG_KW_ACCESS)) {
        pg_expect(p, PG_KW_METHOD);
        c->type = AST_SET_ACCESS_METHOD;
        c->name = pg_parse_col_id(p);
    } else if (pg_accept(p, PG_KW_TABLESPACE)) {
        c->type = AST_SET_TABLESPACE;
        c->name = pg_parse_col_id(p);
    } else {
        c->type = AST_SET_OPTIONS;
        c->definition = option_list(p, pg_parse_reloptions(p));
    }
}

static const struct {
    uint16_t words[3];
    enum ast_alter_table_type type;
    bool named;
} switches[] = {
    {{PG_KW_ENABLE, PG_KW_TRIGGER, PG_KW_ALL},     AST_ENABLE_TRIGGER_ALL,     false},
    {{PG_KW_ENABLE, PG_KW_TRIGGER, PG_KW_USER},    AST_ENABLE_TRIGGER_USER,    false},
    {{PG_KW_ENABLE, PG_KW_TRIGGER},                AST_ENABLE_TRIGGER,         true },
    {{PG_KW_ENABLE, PG_KW_ALWAYS, PG_KW_TRIGGER},  AST_ENABLE_TRIGGER_ALWAYS,  true },
    {{PG_KW_ENABLE, PG_KW_REPLICA, PG_KW_TRIGGER}, AST_ENABLE_TRIGGER_REPLICA, true },
    {{PG_KW_ENABLE, PG_KW_RULE},                   AST_ENABLE_RULE,            true },
    {{PG_KW_ENABLE, PG_KW_ALWAYS, PG_KW_RULE},     AST_ENABLE_RULE_ALWAYS,     true },
    {{PG_KW_ENABLE, PG_KW_REPLICA, PG_KW_RULE},    AST_ENABLE_RULE_REPLICA,    true },
    {{PG_KW_DISABLE, PG_KW_TRIGGER, PG_KW_ALL},    AST_DISABLE_TRIGGER_ALL,    false},
    {{PG_KW_DISABLE, PG_KW_TRIGGER, PG_KW_USER},   AST_DISABLE_TRIGGER_USER,   false},
    {{PG_KW_DISABLE, PG_KW_TRIGGER},               AST_DISABLE_TRIGGER,        true },
    {{PG_KW_DISABLE, PG_KW_RULE},                  AST_DISABLE_RULE,           true },
    {{PG_KW_CLUSTER, PG_KW_ON},                    AST_CLUSTER_ON,             true },
    {{PG_KW_VALIDATE, PG_KW_CONSTRAINT},           AST_VALIDATE_CONSTRAINT,    true },
    {{PG_KW_NOT, PG_KW_OF},                        AST_DROP_OF,                false},
};

/* How many of the words stand here, all or not. */
static uint32_t count_words(struct pg_parser *p, const uint16_t words[3], bool *all)
{
    uint32_t count = 0;
    while (count < 3 && words[count] && words[count] == pg_peek(p, count))
        count++;
    *all = count == 3 || !words[count];
    return count;
}

/* Takes the words of a command that goes on in no known way. */
static void skip_begun_switch(struct pg_parser *p)
{
    uint32_t furthest = 0;
    for (size_t i = 0; i < sizeof(switches) / sizeof(*switches); i++) {
        bool all;
        uint32_t count = count_words(p, switches[i].words, &all);
        furthest = count > furthest ? count : furthest;
    }
    while (furthest--)
        pg_skip(p);
}

/* Commands of fixed words, perhaps with a name; false: none of them. */
static bool parse_switch(struct pg_parser *p, struct ast_alter_table_command *c)
{
    for (size_t i = 0; i < sizeof(switches) / sizeof(*switches); i++) {
        bool all;
        uint32_t count = count_words(p, switches[i].words, &all);
        if (!all)
            continue;
        while (count--)
            pg_skip(p);
        c->type = switches[i].type;
        if (switches[i].named)
            c->name = pg_parse_col_id(p);
        return true;
    }
    return false;
}

/* ENABLE, DISABLE, FORCE, NO FORCE ROW LEVEL SECURITY. */
static bool parse_row_security(struct pg_parser *p, struct ast_alter_table_command *c)
{
    uint16_t kind = pg_at(p);
    bool no = kind == PG_KW_NO && pg_peek(p, 1) == PG_KW_FORCE;
    if (!no && kind != PG_KW_ENABLE && kind != PG_KW_DISABLE && kind != PG_KW_FORCE)
        return false;
    pg_skip(p);
    if (no)
        pg_skip(p);
    pg_expect_two(p, PG_KW_ROW, PG_KW_LEVEL);
    pg_expect(p, PG_KW_SECURITY);
    c->type = no                      ? AST_NO_FORCE_ROW_SECURITY
              : kind == PG_KW_ENABLE  ? AST_ENABLE_ROW_SECURITY
              : kind == PG_KW_DISABLE ? AST_DISABLE_ROW_SECURITY
                                      : AST_FORCE_ROW_SECURITY;
    return true;
}

/* REPLICA IDENTITY, behind these words. */
static struct ast_node *parse_replica_identity(struct pg_parser *p)
{
    struct ast_replica_identity *node = PG_NEW(p, REPLICA_IDENTITY, replica_identity, pg_here(p));
    if (pg_accept(p, PG_KW_NOTHING)) {
        node->type = AST_REPLICA_NOTHING;
    } else if (pg_accept(p, PG_KW_FULL)) {
        node->type = AST_REPLICA_FULL;
    } else if (pg_accept(p, PG_KW_DEFAULT)) {
        node->type = AST_REPLICA_DEFAULT;
    } else {
        pg_expect_two(p, PG_KW_USING, PG_KW_INDEX);
        node->type = AST_REPLICA_INDEX;
        node->index = pg_parse_col_id(p);
    }
    return &node->node;
}

/* [NO] INHERIT parent, OF type, OWNER TO role and what is left. */
static void parse_relation_command(struct pg_parser *p, struct ast_alter_table_command *c)
{
    if (pg_accept(p, PG_KW_INHERIT) || pg_at(p) == PG_KW_NO) {
        bool no = pg_accept(p, PG_KW_NO);
        if (no)
            pg_expect(p, PG_KW_INHERIT);
        c->type = no ? AST_DROP_INHERIT : AST_ADD_INHERIT;
        c->definition = &pg_parse_qualified_name(p)->node;
    } else if (pg_accept(p, PG_KW_OF)) {
        struct ast_type_name *type = PG_NEW(p, TYPE_NAME, type_name, pg_here(p));
        type->names = pg_parse_any_name(p);
        c->type = AST_ADD_OF;
        c->definition = &type->node;
    } else if (pg_accept(p, PG_KW_OWNER)) {
        pg_expect(p, PG_KW_TO);
        c->type = AST_CHANGE_OWNER;
        c->role = pg_parse_role(p);
    } else if (pg_accept(p, PG_KW_RESET)) {
        c->type = AST_RESET_OPTIONS;
        c->definition = option_list(p, pg_parse_reloptions(p));
    } else if (pg_accept(p, PG_KW_REPLICA)) {
        pg_expect(p, PG_KW_IDENTITY);
        c->type = AST_REPLICA_IDENTITY_COMMAND;
        c->definition = parse_replica_identity(p);
    } else if (pg_at(p) == PG_KW_OPTIONS) {
        c->type = AST_FOREIGN_OPTIONS;
        c->definition = option_list(p, pg_parse_alter_options(p));
    } else {
        skip_begun_switch(p);
        pg_unexpected(p);
    }
}

static struct ast_node *parse_command(struct pg_parser *p)
{
    struct ast_alter_table_command *c =
        PG_NEW(p, ALTER_TABLE_COMMAND, alter_table_command, pg_here(p));
    if (pg_accept(p, PG_KW_ADD))
        parse_add(p, c);
    else if (pg_accept(p, PG_KW_DROP))
        parse_drop(p, c);
    else if (pg_accept(p, PG_KW_ALTER))
        parse_alter(p, c);
    else if (pg_accept(p, PG_KW_SET))
        parse_set(p, c);
    else if (!parse_switch(p, c) && !parse_row_security(p, c))
        parse_relation_command(p, c);
    return &c->node;
}

/* ATTACH and DETACH PARTITION; false: another command. */
static bool parse_partition_command(struct pg_parser *p, enum ast_object_type type,
                                    struct ast_alter_table *alter)
{
    uint16_t kind = pg_at(p);
    bool index = type == AST_OBJECT_INDEX;
    if (kind != PG_KW_ATTACH && (kind != PG_KW_DETACH || index))
        return false;
    struct ast_alter_table_command *c =
        PG_NEW(p, ALTER_TABLE_COMMAND, alter_table_command, pg_here(p));
    struct ast_partition_command *command =
        PG_NEW(p, PARTITION_COMMAND, partition_command, pg_here(p));
    pg_skip(p);
    pg_expect(p, PG_KW_PARTITION);
    command->partition = pg_parse_qualified_name(p);
    c->definition = &command->node;
    c->type = kind == PG_KW_ATTACH ? AST_ATTACH_PARTITION : AST_DETACH_PARTITION;
    if (kind == PG_KW_ATTACH && !index)
        command->bound = pg_parse_partition_bound(p);
    else if (kind == PG_KW_DETACH && pg_accept(p, PG_KW_FINALIZE))
        c->type = AST_DETACH_PARTITION_FINALIZE;
    else if (kind == PG_KW_DETACH)
        command->concurrently = pg_accept(p, PG_KW_CONCURRENTLY);
    pg_list_add(p, &alter->commands, &c->node);
    return true;
}

struct ast_node *pg_parse_alter_table_commands(struct pg_parser *p, struct ast_relation *relation,
                                               enum ast_object_type type, bool missing_ok,
                                               int32_t at)
{
    struct ast_alter_table *alter = PG_NEW(p, ALTER_TABLE, alter_table, at);
    alter->relation = relation;
    alter->type = type;
    alter->missing_ok = missing_ok;
    bool partitions = type == AST_OBJECT_TABLE || type == AST_OBJECT_INDEX;
    if (partitions && parse_partition_command(p, type, alter))
        return &alter->node;
    do
        pg_list_add(p, &alter->commands, parse_command(p));
    while (pg_accept(p, ','));
    return &alter->node;
}

/* ALTER TABLE ALL IN TABLESPACE name [OWNED BY roles] SET TABLESPACE name [NOWAIT], at ALL. */
struct ast_node *pg_parse_move_all(struct pg_parser *p, enum ast_object_type type)
{
    struct ast_alter_table_move_all *move =
        PG_NEW(p, ALTER_TABLE_MOVE_ALL, alter_table_move_all, pg_here(p));
    pg_expect_two(p, PG_KW_ALL, PG_KW_IN);
    pg_expect(p, PG_KW_TABLESPACE);
    move->type = type;
    move->from = pg_parse_col_id(p);
    if (pg_accept_two(p, PG_KW_OWNED, PG_KW_BY))
        move->roles = pg_parse_role_list(p);
    pg_expect_two(p, PG_KW_SET, PG_KW_TABLESPACE);
    move->to = pg_parse_col_id(p);
    move->nowait = pg_accept(p, PG_KW_NOWAIT);
    return &move->node;
}

/* One action of ALTER TYPE name: ADD, DROP, ALTER ATTRIBUTE. */
static struct ast_node *parse_attribute_command(struct pg_parser *p)
{
    struct ast_alter_table_command *c =
        PG_NEW(p, ALTER_TABLE_COMMAND, alter_table_command, pg_here(p));
    if (pg_accept(p, PG_KW_ADD)) {
        pg_expect(p, PG_KW_ATTRIBUTE);
        struct ast_column_def *column = PG_NEW(p, COLUMN_DEF, column_def, pg_here(p));
        c->type = AST_ADD_COLUMN;
        c->definition = &column->node;
        column->name = pg_parse_col_id(p);
        column->type = pg_parse_typename(p);
        column->collate = pg_parse_opt_collate_clause(p);
    } else if (pg_accept(p, PG_KW_DROP)) {
        pg_expect(p, PG_KW_ATTRIBUTE);
        c->type = AST_DROP_COLUMN;
        c->missing_ok = pg_accept_if_exists(p);
        c->name = pg_parse_col_id(p);
    } else {
        pg_expect_two(p, PG_KW_ALTER, PG_KW_ATTRIBUTE);
        int32_t at = pg_here(p);
        c->name = pg_parse_col_id(p);
        if (pg_accept(p, PG_KW_SET))
            pg_expect(p, PG_KW_DATA);
        pg_expect(p, PG_KW_TYPE);
        parse_column_type(p, c, at);
    }
    c->cascade = pg_opt_drop_behavior(p);
    return &c->node;
}

struct ast_node *pg_parse_attribute_commands(struct pg_parser *p, struct ast_relation *type,
                                             int32_t at)
{
    struct ast_alter_table *alter = PG_NEW(p, ALTER_TABLE, alter_table, at);
    alter->relation = type;
    alter->type = AST_OBJECT_TYPE;
    do
        pg_list_add(p, &alter->commands, parse_attribute_command(p));
    while (pg_accept(p, ','));
    return &alter->node;
}
