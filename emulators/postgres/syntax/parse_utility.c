#include "emulators/postgres/syntax/parser.h"

/* Maintenance and what is left: TRUNCATE, LOCK, VACUUM, CLUSTER, REINDEX, NOTIFY, LOAD, DISCARD. */

struct ast_node *pg_parse_truncate(struct pg_parser *p)
{
    struct ast_truncate *truncate = PG_NEW(p, TRUNCATE, truncate, pg_here(p));
    pg_skip(p);
    pg_accept(p, PG_KW_TABLE);
    truncate->relations = pg_parse_relation_expr_list(p);
    truncate->restart_sequences = pg_accept(p, PG_KW_RESTART);
    if (truncate->restart_sequences || pg_accept(p, PG_KW_CONTINUE))
        pg_expect(p, PG_KW_IDENTITY);
    truncate->cascade = pg_opt_drop_behavior(p);
    return &truncate->node;
}

/* lock_type, behind IN. */
static enum ast_lock_mode parse_lock_mode(struct pg_parser *p)
{
    if (pg_accept(p, PG_KW_ACCESS)) {
        if (pg_accept(p, PG_KW_SHARE))
            return AST_ACCESS_SHARE;
        pg_expect(p, PG_KW_EXCLUSIVE);
        return AST_ACCESS_EXCLUSIVE;
    }
    if (pg_accept(p, PG_KW_ROW)) {
        if (pg_accept(p, PG_KW_SHARE))
            return AST_ROW_SHARE;
        pg_expect(p, PG_KW_EXCLUSIVE);
        return AST_ROW_EXCLUSIVE;
    }
    if (pg_accept(p, PG_KW_EXCLUSIVE))
        return AST_EXCLUSIVE;
    pg_expect(p, PG_KW_SHARE);
    if (pg_accept(p, PG_KW_UPDATE)) {
        pg_expect(p, PG_KW_EXCLUSIVE);
        return AST_SHARE_UPDATE_EXCLUSIVE;
    }
    if (pg_accept(p, PG_KW_ROW)) {
        pg_expect(p, PG_KW_EXCLUSIVE);
        return AST_SHARE_ROW_EXCLUSIVE;
    }
    return AST_SHARE;
}

struct ast_node *pg_parse_lock(struct pg_parser *p)
{
    struct ast_lock *lock = PG_NEW(p, LOCK, lock, pg_here(p));
    pg_skip(p);
    pg_accept(p, PG_KW_TABLE);
    lock->relations = pg_parse_relation_expr_list(p);
    lock->mode = AST_ACCESS_EXCLUSIVE;
    if (pg_accept(p, PG_KW_IN)) {
        lock->mode = parse_lock_mode(p);
        pg_expect(p, PG_KW_MODE);
    }
    lock->nowait = pg_accept(p, PG_KW_NOWAIT);
    return &lock->node;
}

/* opt_vacuum_relation_list. */
static struct ast_list parse_vacuum_relations(struct pg_parser *p)
{
    struct ast_list list = {0};
    if (!pg_is_col_id(pg_token(p)))
        return list;
    do {
        struct ast_vacuum_relation *item = PG_NEW(p, VACUUM_RELATION, vacuum_relation, pg_here(p));
        item->relation = pg_parse_qualified_name(p);
        item->columns = pg_parse_opt_column_list(p);
        pg_list_add(p, &list, &item->node);
    } while (pg_accept(p, ','));
    return list;
}

/* An option given by its bare word. */
static void accept_flag(struct pg_parser *p, struct ast_list *options, uint16_t word,
                        const char *name)
{
    int32_t at = pg_here(p);
    if (pg_accept(p, word))
        pg_list_add(p, options, &pg_option(p, name, NULL, at)->node);
}

struct ast_node *pg_parse_vacuum(struct pg_parser *p)
{
    struct ast_vacuum *vacuum = PG_NEW(p, VACUUM, vacuum, pg_here(p));
    vacuum->is_vacuum = pg_at(p) == PG_KW_VACUUM;
    pg_skip(p);
    if (pg_at(p) == '(') {
        vacuum->options = pg_parse_utility_options(p);
    } else {
        if (vacuum->is_vacuum) {
            accept_flag(p, &vacuum->options, PG_KW_FULL, "full");
            accept_flag(p, &vacuum->options, PG_KW_FREEZE, "freeze");
        }
        accept_flag(p, &vacuum->options, PG_KW_VERBOSE, "verbose");
        if (vacuum->is_vacuum) {
            accept_flag(p, &vacuum->options, PG_KW_ANALYZE, "analyze");
            accept_flag(p, &vacuum->options, PG_KW_ANALYSE, "analyze");
        }
    }
    vacuum->relations = parse_vacuum_relations(p);
    return &vacuum->node;
}

struct ast_node *pg_parse_cluster(struct pg_parser *p)
{
    struct ast_cluster *cluster = PG_NEW(p, CLUSTER, cluster, pg_here(p));
    pg_skip(p);
    if (pg_at(p) == '(')
        cluster->options = pg_parse_utility_options(p);
    else
        accept_flag(p, &cluster->options, PG_KW_VERBOSE, "verbose");
    if (!pg_is_col_id(pg_token(p)))
        return &cluster->node;
    if (pg_peek(p, 1) == PG_KW_ON) { /* the spelling before 8.3 */
        cluster->index = pg_parse_col_id(p);
        pg_skip(p);
        cluster->relation = pg_parse_qualified_name(p);
        return &cluster->node;
    }
    cluster->relation = pg_parse_qualified_name(p);
    if (pg_accept(p, PG_KW_USING))
        cluster->index = pg_parse_col_id(p);
    return &cluster->node;
}

struct ast_node *pg_parse_reindex(struct pg_parser *p)
{
    static const struct {
        uint16_t word;
        enum ast_reindex_type type;
    } kinds[] = {
        {PG_KW_INDEX,    AST_REINDEX_INDEX   },
        {PG_KW_TABLE,    AST_REINDEX_TABLE   },
        {PG_KW_SCHEMA,   AST_REINDEX_SCHEMA  },
        {PG_KW_SYSTEM,   AST_REINDEX_SYSTEM  },
        {PG_KW_DATABASE, AST_REINDEX_DATABASE}
    };
    struct ast_reindex *reindex = PG_NEW(p, REINDEX, reindex, pg_here(p));
    pg_skip(p);
    if (pg_at(p) == '(')
        reindex->options = pg_parse_utility_options(p);
    size_t i = 0;
    while (i < 5 && !pg_accept(p, kinds[i].word))
        i++;
    if (i == 5) {
        pg_unexpected(p);
        return &reindex->node;
    }
    reindex->type = kinds[i].type;
    accept_flag(p, &reindex->options, PG_KW_CONCURRENTLY, "concurrently");
    if (i < 2)
        reindex->relation = pg_parse_qualified_name(p);
    else
        reindex->name = pg_parse_col_id(p);
    return &reindex->node;
}

struct ast_node *pg_parse_checkpoint(struct pg_parser *p)
{
    int32_t at = pg_here(p);
    pg_skip(p);
    return &PG_NEW(p, CHECKPOINT, checkpoint, at)->node;
}

struct ast_node *pg_parse_load(struct pg_parser *p)
{
    struct ast_load *load = PG_NEW(p, LOAD, load, pg_here(p));
    pg_skip(p);
    load->file = pg_parse_string(p);
    return &load->node;
}

struct ast_node *pg_parse_listen(struct pg_parser *p)
{
    struct ast_listen *listen = PG_NEW(p, LISTEN, listen, pg_here(p));
    pg_skip(p);
    listen->channel = pg_parse_col_id(p);
    return &listen->node;
}

struct ast_node *pg_parse_unlisten(struct pg_parser *p)
{
    struct ast_unlisten *unlisten = PG_NEW(p, UNLISTEN, unlisten, pg_here(p));
    pg_skip(p);
    if (!pg_accept(p, '*'))
        unlisten->channel = pg_parse_col_id(p);
    return &unlisten->node;
}

struct ast_node *pg_parse_notify(struct pg_parser *p)
{
    struct ast_notify *notify = PG_NEW(p, NOTIFY, notify, pg_here(p));
    pg_skip(p);
    notify->channel = pg_parse_col_id(p);
    if (pg_accept(p, ','))
        notify->payload = pg_parse_string(p);
    return &notify->node;
}

struct ast_node *pg_parse_discard(struct pg_parser *p)
{
    struct ast_discard *discard = PG_NEW(p, DISCARD, discard, pg_here(p));
    pg_skip(p);
    if (pg_accept(p, PG_KW_PLANS))
        discard->type = AST_DISCARD_PLANS;
    else if (pg_accept(p, PG_KW_SEQUENCES))
        discard->type = AST_DISCARD_SEQUENCES;
    else if (pg_accept(p, PG_KW_TEMP) || pg_accept(p, PG_KW_TEMPORARY))
        discard->type = AST_DISCARD_TEMP;
    else
        pg_expect(p, PG_KW_ALL);
    return &discard->node;
}
