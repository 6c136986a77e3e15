#include "emulators/postgres/extended.h"

#include "emulators/postgres/client_text.h"
#include "emulators/postgres/guard.h"
#include "emulators/postgres/path.h"
#include "emulators/postgres/portal.h"
#include "emulators/postgres/prepared.h"
#include "emulators/postgres/reply.h"
#include "emulators/sql/catalog/catalog.h"
#include "emulators/sql/syntax/ast_utility.h"
#include "emulators/sql/txn/txn.h"
#include "emulators/sql/value/domain.h"
#include "emulators/sql/value/type_io.h"
#include "protocols/postgres/pg_encode.h"
#include "protocols/postgres/pg_message.h"

#define GIVEN_TYPES_FEW 16 /* types of parameters; with more, statements are parsed each time */

static bool refuse_body(struct pg_session *session)
{
    return sql_fail(&session->error, "08P01", "invalid message format");
}

/* A transaction is needed from the first look into the catalog on. */
static bool prepare_for(struct pg_session *session, const struct ast_node *tree)
{
    if (!pg_block_allows(session, tree))
        return false;
    if (session->block.state == PG_BLOCK_FAILED)
        return true; /* ROLLBACK needs nothing */
    pg_block_share(session, true);
    if (!pg_block_start(session))
        return false;
    return pg_path_refresh(session) || sql_fail_memory(&session->error);
}

/* A text of the frame in hand. */
static bool take_text(struct pg_session *session, struct slice *text)
{
    return pg_client_text_in(session->settings.now.client_encoding, &session->frame_arena, text,
                             &session->error);
}

/* ---- Parse */

static bool take_given_types(struct pg_session *session, struct pg_statement *statement,
                             const struct pg_parse *parse)
{
    statement->given_types =
        arena_array(&statement->arena, parse->type_count + 1u, sizeof(uint32_t));
    if (!statement->given_types)
        return sql_fail_memory(&session->error);
    statement->given_count = parse->type_count;
    for (uint32_t i = 0; i < parse->type_count; i++)
        statement->given_types[i] = pg_parse_type(parse, i);
    return true;
}

/* A statement that ends a failed block is taken as it is. */
static bool analyze(struct pg_session *session, struct pg_statement *statement)
{
    if (session->block.state == PG_BLOCK_FAILED && statement->analysis)
        return true;
    return pg_statement_analyze(session, statement);
}

/* The same text as before, which stands for the same. */
static struct pg_statement *find_parsed(struct pg_session *session, const struct pg_parse *parse)
{
    uint32_t types[GIVEN_TYPES_FEW];
    if (session->block.state == PG_BLOCK_FAILED || parse->type_count > GIVEN_TYPES_FEW)
        return NULL;
    for (uint32_t i = 0; i < parse->type_count; i++)
        types[i] = pg_parse_type(parse, i);
    struct pg_statement *statement =
        pg_statement_cache_find(session, parse->query, types, parse->type_count);
    if (statement)
        statement->untold = false;
    return statement;
}

static struct pg_statement *parse_anew(struct pg_session *session, const struct pg_parse *parse)
{
    uint64_t notices = session->notices;
    struct pg_statement *statement = pg_statement_parse(session, parse->query);
    if (!statement)
        return NULL;
    if (!take_given_types(session, statement, parse) || !prepare_for(session, statement->tree) ||
        !analyze(session, statement)) {
        pg_statement_release(statement);
        return NULL;
    }
    if (session->block.state != PG_BLOCK_FAILED)
        pg_statement_cache_put(session, statement, notices);
    return statement;
}

static bool run_parse(struct pg_session *session)
{
    struct pg_parse parse;
    if (!pg_read_parse(session->frame.body, &parse))
        return refuse_body(session);
    if (!take_text(session, &parse.name) || !take_text(session, &parse.query))
        return false;
    pg_guard_note_activity(session, parse.query);
    if (parse.name.len == 0 && pg_prepared_find(session, parse.name))
        pg_prepared_remove(session, pg_prepared_find(session, parse.name));
    if (session->block.state != PG_BLOCK_FAILED && !prepare_for(session, NULL))
        return false;
    struct pg_statement *statement = find_parsed(session, &parse);
    if (!statement && !(statement = parse_anew(session, &parse)))
        return false;
    if (!pg_prepared_add(session, parse.name, statement, false))
        return false;
    pg_put_empty(session->out, PG_PARSE_COMPLETE);
    return true;
}

/* ---- Bind */

static bool read_param(struct pg_session *session, struct pg_portal *portal, uint32_t index,
                       uint16_t format, struct slice bytes)
{
    struct sql_call call = {.env = &session->env, .arena = &portal->arena};
    uint32_t id = portal->analysis->params.types[index];
    const struct sql_type *type = sql_find_type_id(&session->core, id);
    struct datum *out = &portal->params[index];
    if (!type)
        return sql_fail(&session->error, "XX000", "cache lookup failed for type %u", id);
    if (!bytes.ptr) {
        *out = datum_null();
        return sql_domain_check(call.env, type, *out);
    }
    if (format > 1)
        return sql_fail(&session->error, "22023", "unsupported format code: %d", format);
    if (format == 0 && !take_text(session, &bytes))
        return false;
    /* Values borrow from the text: it has to live as long as the portal. */
    bytes = arena_dup(&portal->arena, bytes);
    if (!bytes.ptr)
        return sql_fail_memory(&session->error);
    out->null = false;
    if (format == 0)
        return sql_domain_input(&call, type, bytes, -1, out);
    if (pg_client_value_in(session->settings.now.client_encoding, &call, type, bytes, -1, out))
        return true;
    /* The types do not know which parameter they read. */
    if (strcmp(session->error.sqlstate, "22P03") == 0)
        sql_fail(&session->error, "22P03", "incorrect binary data format in bind parameter %u",
                 index + 1);
    return false;
}

/* Which parameter it was. */
static bool add_param_context(struct pg_session *session, const struct pg_portal *portal,
                              uint32_t number, bool text)
{
    /* A value is shown once it is known to be text, but none of it is: of such parameters
     * log_parameter_max_length_on_error, 0, wants no more. */
    bool shown = text && strcmp(session->error.sqlstate, "22021") != 0;
    const char *value = shown ? " = '...'" : "";
    if (portal->named.name.len)
        return sql_context_line(&session->error, "portal \"" SLICE_FMT "\" parameter $%u%s",
                                SLICE_ARG(portal->named.name), number, value);
    return sql_context_line(&session->error, "unnamed portal parameter $%u%s", number, value);
}

static bool read_params(struct pg_session *session, struct pg_portal *portal, struct pg_bind *bind)
{
    portal->param_count = portal->analysis->params.count;
    portal->params = arena_array(&portal->arena, portal->param_count + 1, sizeof(struct datum));
    if (!portal->params)
        return sql_fail_memory(&session->error);
    for (uint32_t i = 0; i < portal->param_count; i++) {
        struct slice value = pg_read_value(&bind->values);
        uint16_t format = pg_format(&bind->formats, i);
        if (!read_param(session, portal, i, format, value))
            return add_param_context(session, portal, i + 1, format == 0 && value.ptr);
    }
    return true;
}

static bool take_formats(struct pg_session *session, struct pg_portal *portal,
                         const struct pg_bind *bind)
{
    uint32_t count = bind->result_formats.count;
    uint16_t *codes = arena_array(&portal->arena, count + 1, sizeof(uint16_t));
    if (!codes)
        return sql_fail_memory(&session->error);
    if (count > 1 && count != portal->analysis->column_count)
        return sql_fail(&session->error, "08P01",
                        "bind message has %u result formats but query has %u columns", count,
                        portal->analysis->column_count);
    for (uint32_t i = 0; i < count; i++)
        codes[i] = pg_format_code(&bind->result_formats, i);
    portal->formats = (struct pg_result_formats){codes, count};
    return true;
}

static bool check_counts(struct pg_session *session, const struct pg_bind *bind,
                         const struct pg_analysis *analysis)
{
    if (bind->formats.count > 1 && bind->formats.count != bind->values.count)
        return sql_fail(&session->error, "08P01",
                        "bind message has %u parameter formats but %u parameters",
                        bind->formats.count, bind->values.count);
    if (bind->values.count != analysis->params.count)
        return sql_fail(&session->error, "08P01",
                        "bind message supplies %u parameters, but prepared statement \"" SLICE_FMT
                        "\" requires %u",
                        bind->values.count, SLICE_ARG(bind->statement), analysis->params.count);
    return true;
}

static bool fill_portal(struct pg_session *session, struct pg_portal *portal, struct pg_bind *bind)
{
    struct arena *outer = session->env.arena;
    session->env.arena = &portal->arena;
    bool ok = read_params(session, portal, bind) && take_formats(session, portal, bind) &&
              pg_analysis_plan(session, portal->analysis);
    if (!ok)
        pg_reply_settle(session);
    session->env.arena = outer;
    return ok;
}

/* What FETCH and EXECUTE give is up to the cursor and the statement of that name by now. */
static struct pg_portal *make_portal(struct pg_session *session, struct slice name,
                                     struct pg_statement *statement)
{
    struct pg_portal *portal = pg_portal_create(session, name, statement, true);
    if (!portal || !statement->tree ||
        (statement->tree->kind != AST_FETCH && statement->tree->kind != AST_EXECUTE))
        return portal;
    struct pg_analysis *made = pg_statement_analyze_apart(session, statement);
    if (!made) {
        pg_portal_close(session, portal);
        return NULL;
    }
    pg_analysis_release(portal->analysis);
    portal->analysis = made;
    return portal;
}

static bool run_bind(struct pg_session *session)
{
    struct pg_bind bind;
    if (!pg_read_bind(session->frame.body, &bind))
        return refuse_body(session);
    if (!take_text(session, &bind.portal) || !take_text(session, &bind.statement))
        return false;
    struct pg_prepared *prepared = pg_prepared_require(session, bind.statement);
    if (!prepared || !prepare_for(session, prepared->statement->tree) ||
        !analyze(session, prepared->statement) ||
        !check_counts(session, &bind, prepared->statement->analysis))
        return false;
    prepared->custom_plans++;
    session->text = prepared->statement->text;
    struct pg_portal *portal = make_portal(session, bind.portal, prepared->statement);
    if (!portal)
        return false;
    if (!fill_portal(session, portal, &bind)) {
        pg_portal_close(session, portal);
        return false;
    }
    pg_put_empty(session->out, PG_BIND_COMPLETE);
    return true;
}

/* ---- Describe and Close */

static bool describe_columns(struct pg_session *session, const struct pg_analysis *analysis,
                             const struct pg_result_formats *formats)
{
    if (analysis->columns)
        return pg_reply_row_description(session, analysis->columns, analysis->column_count,
                                        formats);
    pg_put_empty(session->out, PG_NO_DATA);
    return true;
}

static struct pg_portal *require_portal(struct pg_session *session, struct slice name)
{
    struct pg_portal *portal = pg_portal_find(session, name);
    if (!portal)
        sql_fail(&session->error, "34000", "portal \"" SLICE_FMT "\" does not exist",
                 SLICE_ARG(name));
    return portal;
}

/* In a failed block nothing is described that would need the catalog. */
static bool may_describe(struct pg_session *session, const struct pg_analysis *analysis)
{
    return session->block.state != PG_BLOCK_FAILED || !analysis->columns ||
           pg_block_allows(session, NULL);
}

static bool describe_statement(struct pg_session *session, struct slice name)
{
    static const struct pg_result_formats text = {NULL, 0};
    struct pg_prepared *prepared = pg_prepared_require(session, name);
    if (!prepared)
        return false;
    struct pg_statement *statement = prepared->statement;
    if (session->block.state != PG_BLOCK_FAILED &&
        (!prepare_for(session, statement->tree) || !analyze(session, statement)))
        return false;
    const struct pg_analysis *analysis = statement->analysis;
    if (!may_describe(session, analysis))
        return false;
    pg_put_parameter_description(session->out, analysis->params.types, analysis->params.count);
    return describe_columns(session, analysis, &text);
}

static bool run_describe(struct pg_session *session)
{
    struct pg_target target;
    if (!pg_read_target(session->frame.body, &target))
        return refuse_body(session);
    if (!take_text(session, &target.name))
        return false;
    if (target.kind == 'S')
        return describe_statement(session, target.name);
    if (target.kind != 'P')
        return sql_fail(&session->error, "08P01", "invalid DESCRIBE message subtype %d",
                        target.kind);
    const struct pg_portal *portal = require_portal(session, target.name);
    if (!portal || !may_describe(session, portal->analysis))
        return false;
    return describe_columns(session, portal->analysis, &portal->formats);
}

static bool run_close(struct pg_session *session)
{
    struct pg_target target;
    if (!pg_read_target(session->frame.body, &target))
        return refuse_body(session);
    if (!take_text(session, &target.name))
        return false;
    if (target.kind != 'S' && target.kind != 'P')
        return sql_fail(&session->error, "08P01", "invalid CLOSE message subtype %d", target.kind);
    struct pg_prepared *prepared =
        target.kind == 'S' ? pg_prepared_find(session, target.name) : NULL;
    struct pg_portal *portal = target.kind == 'P' ? pg_portal_find(session, target.name) : NULL;
    if (prepared)
        pg_prepared_remove(session, prepared);
    if (portal)
        pg_portal_close(session, portal);
    pg_put_empty(session->out, PG_CLOSE_COMPLETE);
    return true;
}

/* ---- Execute */

static bool run_portal(struct pg_session *session, struct pg_portal *portal, int32_t row_max,
                       bool *done, struct slice *tag)
{
    struct pg_guard guard;
    if (!pg_guard_enter(session, portal->statement, &guard))
        return false;
    session->running_params = &portal->analysis->params;
    bool ok =
        pg_portal_send(session, portal, false, row_max > 0 ? (uint64_t)row_max : 0, done, tag);
    session->running_params = NULL;
    if (ok && !*done)
        pg_put_empty(session->out, PG_PORTAL_SUSPENDED);
    else if (ok && tag->ptr)
        pg_put_command_complete(session->out, *tag);
    return pg_guard_leave(session, &guard, ok) && ok;
}

static bool run_execute(struct pg_session *session)
{
    struct pg_execute execute;
    struct slice tag = {0};
    bool done = true;
    if (!pg_read_execute(session->frame.body, &execute))
        return refuse_body(session);
    struct pg_portal *portal =
        take_text(session, &execute.portal) ? require_portal(session, execute.portal) : NULL;
    if (!portal)
        return false;
    const struct ast_node *tree = portal->statement->tree;
    if (!tree) {
        pg_put_empty(session->out, PG_EMPTY_QUERY);
        return true;
    }
    bool is_transaction = tree->kind == AST_TRANSACTION;
    pg_guard_note_activity(session, portal->text);
    if (!pg_block_allows(session, tree) || (!is_transaction && !prepare_for(session, tree)) ||
        !run_portal(session, portal, execute.row_max, &done, &tag))
        return false;
    if (is_transaction)
        pg_portal_close(session, portal);
    else if (done && session->core.txn)
        sql_txn_next_command(session->core.txn);
    session->block.ran = true;
    return true;
}

bool pg_extended_frame(struct pg_session *session)
{
    switch (session->frame.type) {
    case 'P': return run_parse(session);
    case 'B': return run_bind(session);
    case 'D': return run_describe(session);
    case 'C': return run_close(session);
    case 'E': return run_execute(session);
    default: break;
    }
    return refuse_body(session);
}
