/* COPY ... FROM: rows into a table, from the client or a file.
 *
 * Each row becomes the parameters of one INSERT that is planned and begun once, so that defaults,
 * constraints, triggers and privileges are those of INSERT. */
#include <errno.h>
#include <stdio.h>

#include "emulators/postgres/client_text.h"
#include "emulators/postgres/copy.h"
#include "emulators/postgres/copy_reader.h"
#include "emulators/postgres/copy_wire.h"
#include "emulators/postgres/functions/functions.h"
#include "emulators/postgres/name_list.h"
#include "emulators/sql/analyze/analyze.h"
#include "emulators/sql/exec/exec.h"
#include "emulators/sql/exec/privilege.h"
#include "emulators/sql/syntax/ast_query.h"
#include "emulators/sql/txn/txn.h"
#include "emulators/sql/value/domain.h"
#include "emulators/sql/value/type_io.h"

#define FILE_PIECE 65536u
#define SHOWN_MAX  100u /* of a line or value, in an error's context */

struct copy_from {
    struct pg_copy_source source; /* FIRST */
    struct pg_utility_call *call;
    const struct pg_copy_options *options;
    const struct sql_relation *relation;
    const struct sql_column **columns;
    const struct sql_type **types;
    bool *force_null, *force_not_null;
    struct sql_expr *
        *defaults; /* with the option DEFAULT, one a column; an entry NULL: it has none */
    uint32_t column_count;
    struct pg_statement *insert;
    struct sql_run **runs; /* of its plans */
    struct pg_copy_reader reader;
    FILE *file; /* NULL: the client */
    struct datum *params;
    struct arena arena; /* of one row */
    uint64_t rows, skipped;
    uint32_t at_column; /* being read, from 1; 0: none */
};

/* ---- bytes */

static bool more_from_client(struct copy_from *copy, struct pg_copy_reader *reader)
{
    struct outq bytes = {0};
    bool ok = pg_copy_input_take(copy->call->session, &bytes, &reader->ended);
    if (ok) {
        struct slice flat = outq_flatten(&bytes);
        ok = flat.ptr ? pg_copy_reader_add(reader, flat) : sql_fail_memory(reader->error);
    }
    outq_done(&bytes);
    return ok;
}

static bool more_from_file(struct copy_from *copy, struct pg_copy_reader *reader)
{
    uint8_t piece[FILE_PIECE];
    size_t len = fread(piece, 1, sizeof(piece), copy->file);
    if (len == 0 && ferror(copy->file))
        return sql_fail(reader->error, "58030", "could not read from COPY file: %s",
                        strerror(errno));
    reader->ended = len < sizeof(piece);
    return pg_copy_reader_add(reader, slice_of(piece, len));
}

static bool more(struct pg_copy_source *source, struct pg_copy_reader *reader)
{
    struct copy_from *copy = (struct copy_from *)(void *)source;
    return copy->file ? more_from_file(copy, reader) : more_from_client(copy, reader);
}

/* ---- errors */

static struct slice shorten(struct arena *arena, struct slice text)
{
    if (text.len <= SHOWN_MAX)
        return text;
    size_t len = SHOWN_MAX;
    while (len && (text.ptr[len] & 0xc0) == 0x80)
        len--;
    return arena_printf(arena, SLICE_FMT "...", SLICE_ARG(slice_of(text.ptr, len)));
}

/* Where in the data the error was found. */
static bool add_context(struct copy_from *copy)
{
    struct sql_error *error = copy->call->env->error;
    const struct pg_copy_reader *reader = &copy->reader;
    struct slice table = copy->relation->object.name;
    unsigned long long line = reader->line_number;
    bool binary = copy->options->format == PG_COPY_BINARY;
    if (line == 0)
        return false;
    if (copy->at_column && copy->at_column <= copy->column_count) {
        struct slice name = copy->columns[copy->at_column - 1]->name;
        struct slice bytes = reader->fields[copy->at_column - 1].bytes;
        if (binary)
            return sql_context_line(error, "COPY " SLICE_FMT ", line %llu, column " SLICE_FMT,
                                    SLICE_ARG(table), line, SLICE_ARG(name));
        if (!bytes.ptr)
            return sql_context_line(
                error, "COPY " SLICE_FMT ", line %llu, column " SLICE_FMT ": null input",
                SLICE_ARG(table), line, SLICE_ARG(name));
        return sql_context_line(
            error, "COPY " SLICE_FMT ", line %llu, column " SLICE_FMT ": \"" SLICE_FMT "\"",
            SLICE_ARG(table), line, SLICE_ARG(name), SLICE_ARG(shorten(error->arena, bytes)));
    }
    if (binary || !reader->line.ptr)
        return sql_context_line(error, "COPY " SLICE_FMT ", line %llu", SLICE_ARG(table), line);
    return sql_context_line(error, "COPY " SLICE_FMT ", line %llu: \"" SLICE_FMT "\"",
                            SLICE_ARG(table), line, SLICE_ARG(shorten(error->arena, reader->line)));
}

/* ---- one row */

static bool read_value(struct copy_from *copy, uint32_t i)
{
    struct sql_call call = {.env = copy->call->env, .arena = &copy->arena};
    const struct pg_copy_field *field = &copy->reader.fields[i];
    if (field->is_default)
        return sql_evaluate(call.env, copy->defaults[i], NULL, 0, &copy->params[i]);
    const struct sql_type *type = copy->types[i];
    int32_t typmod = copy->columns[i]->typmod;
    struct slice bytes = field->bytes;
    if (!bytes.ptr && copy->force_not_null[i])
        bytes = copy->options->null;
    if (bytes.ptr && field->quoted && copy->force_null[i] && slice_eq(bytes, copy->options->null))
        bytes = slice_of(NULL, 0);
    copy->params[i] = datum_null();
    if (!bytes.ptr)
        return sql_domain_check(call.env, type, datum_null());
    copy->params[i].null = false;
    if (copy->options->format != PG_COPY_BINARY)
        return sql_domain_input(&call, type, bytes, typmod, &copy->params[i]);
    return pg_client_value_in(copy->options->encoding, &call, type, bytes, typmod,
                              &copy->params[i]);
}

static bool check_count(struct copy_from *copy)
{
    struct sql_error *error = copy->call->env->error;
    uint32_t count = copy->reader.field_count;
    if (copy->options->format == PG_COPY_BINARY && count != copy->column_count)
        return sql_fail(error, "22P04", "row field count is %u, expected %u", count,
                        copy->column_count);
    if (count > copy->column_count)
        return sql_fail(error, "22P04", "extra data after last expected column");
    if (count < copy->column_count)
        return sql_fail(error, "22P04", "missing data for column \"" SLICE_FMT "\"",
                        SLICE_ARG(copy->columns[count]->name));
    return true;
}

static bool check_defaults(struct copy_from *copy)
{
    for (uint32_t i = 0; copy->defaults && i < copy->column_count; i++) {
        if (!copy->reader.fields[i].is_default || copy->defaults[i])
            continue;
        sql_fail(copy->call->env->error, "22P04", "unexpected default marker in COPY data");
        return sql_detail(copy->call->env->error, "Column \"" SLICE_FMT "\" has no default value.",
                          SLICE_ARG(copy->columns[i]->name));
    }
    return true;
}

/* One run for each statement that the INSERT became, open until all rows are there. */
static bool open_runs(struct copy_from *copy)
{
    struct sql_env *env = copy->call->env;
    const struct pg_analysis *analysis = copy->insert->analysis;
    struct sql_run_options options = {.params = copy->params, .param_count = copy->column_count};
    copy->runs = arena_zalloc(env->arena, (analysis->query_count + 1u) * sizeof(*copy->runs));
    if (!copy->runs)
        return sql_fail_memory(env->error);
    for (uint32_t i = 0; i < analysis->query_count; i++)
        if (!sql_run_open(env, env->arena, analysis->plans[i], &options, &copy->runs[i]))
            return false;
    return true;
}

static void close_runs(struct copy_from *copy)
{
    for (uint32_t i = 0; copy->runs && i < copy->insert->analysis->query_count; i++)
        sql_run_close(copy->runs[i]);
}

/* The rows are there: what belongs to the end of a statement has no line of the data to tell of. */
static bool finish_runs(struct copy_from *copy)
{
    const struct pg_analysis *analysis = copy->insert->analysis;
    for (uint32_t i = 0; i < analysis->query_count; i++) {
        if (!sql_run_finish(copy->runs[i], copy->call->env))
            return false;
        if ((int)i == analysis->tag_query || analysis->tag_query < 0)
            copy->rows += sql_run_count(copy->runs[i]);
    }
    return true;
}

static bool insert_row(struct copy_from *copy)
{
    for (uint32_t i = 0; i < copy->insert->analysis->query_count; i++)
        if (!sql_run_feed(copy->runs[i], copy->call->env, copy->params))
            return false;
    return true;
}

static void tell(struct copy_from *copy, struct slice text)
{
    struct sql_session *session = &copy->call->session->core;
    struct sql_error notice;
    sql_error_begin(&notice, copy->call->env->arena);
    sql_fail(&notice, "00000", SLICE_FMT, SLICE_ARG(text));
    notice.severity = SQL_NOTICE;
    session->owner->notice(session, &notice);
}

/* ON_ERROR ignore: the row is left out when the error says that a value cannot be read. */
static bool skip_row(struct copy_from *copy, const struct sql_error *before)
{
    struct sql_error *error = copy->call->env->error;
    uint32_t at = copy->at_column - 1;
    if (!copy->options->ignore_errors || copy->reader.fields[at].is_default ||
        !pg_error_is_of_input(error))
        return false;
    *error = *before;
    copy->skipped++;
    copy->at_column = 0;
    if (!copy->options->verbose)
        return true;
    struct slice bytes = copy->reader.fields[at].bytes, name = copy->columns[at]->name;
    struct slice shown = bytes.ptr ? arena_printf(&copy->arena, "\"" SLICE_FMT "\"",
                                                  SLICE_ARG(shorten(&copy->arena, bytes)))
                                   : slice_str("null input");
    tell(copy, arena_printf(&copy->arena,
                            "skipping row due to data type incompatibility at line %llu for column "
                            "\"" SLICE_FMT "\": " SLICE_FMT,
                            (unsigned long long)copy->reader.line_number, SLICE_ARG(name),
                            SLICE_ARG(shown)));
    return true;
}

static void tell_skipped(struct copy_from *copy)
{
    unsigned long long count = copy->skipped;
    if (count)
        tell(copy, arena_printf(&copy->arena, "%llu %s skipped due to data type incompatibility",
                                count, count == 1 ? "row was" : "rows were"));
}

static bool take_row(struct copy_from *copy)
{
    const struct sql_error before = *copy->call->env->error;
    if (!check_count(copy) || !check_defaults(copy))
        return false;
    for (uint32_t i = 0; i < copy->column_count; i++) {
        copy->at_column = i + 1;
        if (!read_value(copy, i))
            return skip_row(copy, &before);
    }
    copy->at_column = 0;
    bool ok = insert_row(copy);
    arena_reset(&copy->arena);
    return ok;
}

/* ---- the header */

static bool match_field(struct copy_from *copy, uint32_t i)
{
    struct sql_error *error = copy->call->env->error;
    struct slice name = copy->columns[i]->name;
    const struct pg_copy_field *field = &copy->reader.fields[i];
    if (!field->bytes.ptr)
        return sql_fail(error, "22P04",
                        "column name mismatch in header line field %u: got null value (\"" SLICE_FMT
                        "\"), expected \"" SLICE_FMT "\"",
                        i + 1, SLICE_ARG(copy->options->null), SLICE_ARG(name));
    if (!slice_eq(field->bytes, name))
        return sql_fail(error, "22P04",
                        "column name mismatch in header line field %u: got \"" SLICE_FMT
                        "\", expected \"" SLICE_FMT "\"",
                        i + 1, SLICE_ARG(field->bytes), SLICE_ARG(name));
    return true;
}

static bool take_header(struct copy_from *copy, bool *done)
{
    if (!pg_copy_reader_next(&copy->reader, done))
        return false;
    if (*done || copy->options->header != PG_COPY_HEADER_MATCH)
        return true;
    if (copy->reader.field_count != copy->column_count)
        return sql_fail(copy->call->env->error, "22P04",
                        "wrong number of fields in header line: got %u, expected %u",
                        copy->reader.field_count, copy->column_count);
    for (uint32_t i = 0; i < copy->column_count; i++)
        if (!match_field(copy, i))
            return false;
    return true;
}

static bool take_rows(struct copy_from *copy)
{
    struct sql_env *env = copy->call->env;
    struct arena *outer = env->arena;
    bool done = false, ok = true;
    if (copy->options->header && !take_header(copy, &done))
        return add_context(copy);
    env->arena = &copy->arena;
    while (ok && !done) {
        ok = pg_copy_reader_next(&copy->reader, &done);
        if (ok && !done)
            ok = take_row(copy) && sql_session_check(env);
    }
    env->arena = outer;
    return ok || add_context(copy);
}

/* ---- preparing */

static bool refuse_kind(struct copy_from *copy)
{
    const struct sql_relation *relation = copy->relation;
    struct sql_error *error = copy->call->env->error;
    switch (relation->kind) {
    case SQL_RELATION_TABLE:
    case SQL_RELATION_PARTITIONED:
    case SQL_RELATION_FOREIGN: return true;
    case SQL_RELATION_VIEW:
        if (relation->trigger_count)
            return true;
        sql_fail(error, "42809", "cannot copy to view \"" SLICE_FMT "\"",
                 SLICE_ARG(relation->object.name));
        return sql_hint(error,
                        "To enable copying to a view, provide an INSTEAD OF INSERT trigger.");
    case SQL_RELATION_MATVIEW:
        return sql_fail(error, "42809", "cannot copy to materialized view \"" SLICE_FMT "\"",
                        SLICE_ARG(relation->object.name));
    case SQL_RELATION_SEQUENCE:
        return sql_fail(error, "42809", "cannot copy to sequence \"" SLICE_FMT "\"",
                        SLICE_ARG(relation->object.name));
    default:
        return sql_fail(error, "42809", "cannot copy to non-table relation \"" SLICE_FMT "\"",
                        SLICE_ARG(relation->object.name));
    }
}

static bool mark_columns(struct copy_from *copy, const struct ast_list *list, const char *option,
                         bool *marks)
{
    for (uint32_t i = 0; list && i < list->count; i++) {
        struct slice name = AST_AS(const, list->items[i])->text;
        uint32_t at = 0;
        while (at < copy->column_count && !slice_eq(copy->columns[at]->name, name))
            at++;
        if (at == copy->column_count)
            return sql_fail(copy->call->env->error, "42P10",
                            "%s column \"" SLICE_FMT "\" not referenced by COPY", option,
                            SLICE_ARG(name));
        marks[at] = true;
    }
    return true;
}

static bool find_types(struct copy_from *copy)
{
    struct sql_env *env = copy->call->env;
    uint32_t count = copy->column_count;
    copy->types = arena_array(env->arena, count + 1, sizeof(struct sql_type *));
    copy->params = arena_array(env->arena, count + 1, sizeof(struct datum));
    copy->force_null = arena_zalloc(env->arena, count + 1);
    copy->force_not_null = arena_zalloc(env->arena, count + 1);
    if (!copy->types || !copy->params || !copy->force_null || !copy->force_not_null)
        return sql_fail_memory(env->error);
    for (uint32_t i = 0; i < count; i++) {
        copy->types[i] = env->find_type(env, copy->columns[i]->type);
        if (!copy->types[i])
            return sql_fail(env->error, "XX000", "cache lookup failed for type %u",
                            copy->columns[i]->type);
    }
    if (copy->options->force_not_null_all)
        memset(copy->force_not_null, true, count);
    if (copy->options->force_null_all)
        memset(copy->force_null, true, count);
    return mark_columns(copy, copy->options->force_not_null, "FORCE_NOT_NULL",
                        copy->force_not_null) &&
           mark_columns(copy, copy->options->force_null, "FORCE_NULL", copy->force_null);
}

/* A domain's check of the NULL that there would be is no default. */
static bool is_default(const struct sql_column *column, const struct sql_expr *value)
{
    while (value && value->kind == SQL_EXPR_TO_DOMAIN)
        value = ((const struct sql_expr_convert *)(const void *)value)->arg;
    return column->value ||
           (value && (value->kind != SQL_EXPR_CONST ||
                      !((const struct sql_expr_const *)(const void *)value)->value.null));
}

static bool find_defaults(struct copy_from *copy)
{
    struct sql_env *env = copy->call->env;
    if (!copy->options->defaults.ptr)
        return true;
    copy->defaults = arena_zalloc(env->arena, (copy->column_count + 1) * sizeof(*copy->defaults));
    if (!copy->defaults)
        return sql_fail_memory(env->error);
    for (uint32_t i = 0; i < copy->column_count; i++) {
        struct sql_expr *value;
        if (!sql_column_default(env, copy->columns[i], &value))
            return false;
        copy->defaults[i] = is_default(copy->columns[i], value) ? value : NULL;
    }
    return true;
}

/* INSERT INTO t (a, b) OVERRIDING SYSTEM VALUE SELECT * FROM (VALUES ($1, $2)) AS t (a, b). */
static bool add_insert(struct copy_from *copy, struct sql_bytes *out)
{
    sql_bytes_add_str(out, "INSERT INTO ");
    if (!pg_copy_add_table(copy->call, copy->relation, out))
        return false;
    if (copy->column_count == 0) {
        sql_bytes_add_str(out, " DEFAULT VALUES");
        return true;
    }
    sql_bytes_add_str(out, " (");
    pg_copy_add_columns(copy->columns, copy->column_count, out);
    sql_bytes_add_str(out, ") OVERRIDING SYSTEM VALUE ");
    bool filtered = AST_AS(copy, copy->call->tree)->where != NULL;
    sql_bytes_add_str(out, filtered ? "SELECT * FROM (VALUES (" : "VALUES (");
    for (uint32_t i = 0; i < copy->column_count; i++)
        sql_bytes_printf(out, i ? ", $%u" : "$%u", (unsigned)i + 1);
    sql_bytes_add_char(out, ')');
    if (filtered) {
        sql_bytes_add_str(out, ") AS ");
        sql_bytes_add_slice(out, pg_name_quote_always(out->arena, copy->relation->object.name));
        sql_bytes_add_str(out, " (");
        pg_copy_add_columns(copy->columns, copy->column_count, out);
        sql_bytes_add_char(out, ')');
    }
    return !out->failed || sql_fail_memory(copy->call->env->error);
}

/* The generated columns of a relation, and the first of them that an expression reads. */
struct generated {
    const struct sql_relation *relation;
    const struct sql_column *found; /* NULL: none */
};

static bool reads_generated(struct sql_expr *expr, void *ctx)
{
    struct generated *generated = ctx;
    const struct sql_relation *relation = generated->relation;
    const struct sql_expr_column *column = (const void *)expr;
    if (expr->kind != SQL_EXPR_COLUMN || column->column < 0)
        return sql_expr_walk(expr, reads_generated, ctx);
    for (uint16_t i = 0; i < relation->column_count; i++)
        if (relation->columns[i].generated && (!column->column || column->column == i + 1)) {
            generated->found = &relation->columns[i];
            return true;
        }
    return false;
}

/* WHERE is analysed again as the query's: here is refused what COPY does not allow in it. */
static bool check_where(struct copy_from *copy, const struct ast_node *where)
{
    struct sql_env *env = copy->call->env;
    struct generated generated = {.relation = copy->relation};
    struct sql_expr *expr;
    if (!sql_analyze_expr(env, where, copy->relation, slice_of(NULL, 0), SQL_PLACE_COPY_WHERE, NULL,
                          &expr))
        return false;
    if (!reads_generated(expr, &generated))
        return true;
    sql_fail(env->error, "42P10",
             "generated columns are not supported in COPY FROM WHERE conditions");
    return sql_detail(env->error, "Column \"" SLICE_FMT "\" is a generated column.",
                      SLICE_ARG(generated.found->name));
}

static bool prepare_insert(struct copy_from *copy)
{
    struct pg_session *session = copy->call->session;
    const struct ast_copy *statement = AST_AS(copy, copy->call->tree);
    struct sql_bytes text;
    sql_bytes_init(&text, copy->call->env->arena);
    if ((statement->where && !check_where(copy, statement->where)) || !add_insert(copy, &text))
        return false;
    copy->insert = pg_statement_parse(session, sql_bytes_slice(&text));
    if (!copy->insert)
        return false;
    uint32_t *types = arena_array(&copy->insert->arena, copy->column_count + 1, sizeof(*types));
    if (!types)
        return sql_fail_memory(&session->error);
    for (uint32_t i = 0; i < copy->column_count; i++)
        types[i] = copy->columns[i]->type;
    copy->insert->given_types = types;
    copy->insert->given_count = copy->column_count;
    struct ast_insert *insert = AST_AS(insert, copy->insert->tree);
    insert->ignores_rules = true;
    if (statement->where)
        insert->source->where = statement->where;
    bool ok = pg_statement_analyze(session, copy->insert) &&
              pg_analysis_plan(session, copy->insert->analysis);
    if (ok)
        session->text = copy->call->text;
    else
        pg_reply_settle(session);
    return ok;
}

/* Before the client sends anything; rows that policies would refuse are not taken one by one. */
static bool check_rights(struct copy_from *copy)
{
    struct sql_env *env = copy->call->env;
    const struct pg_analysis *analysis = copy->insert->analysis;
    for (uint32_t i = 0; i < analysis->query_count; i++)
        if (!sql_check_privileges(env, analysis->plans[i]))
            return false;
    if (!sql_row_security_holds(env->session, env->session->role, copy->relation))
        return true;
    sql_fail(env->error, "0A000", "COPY FROM not supported with row-level security");
    return sql_hint(env->error, "Use INSERT statements instead.");
}

static bool prepare(struct copy_from *copy)
{
    const struct sql_txn *txn = copy->call->session->core.txn;
    copy->relation = pg_copy_relation(copy->call);
    if (!copy->relation || !refuse_kind(copy))
        return false;
    if (txn->read_only && copy->relation->persistence != 't')
        return sql_fail(copy->call->env->error, "25006",
                        "cannot execute COPY FROM in a read-only transaction");
    if (copy->options->freeze && copy->relation->kind == SQL_RELATION_PARTITIONED)
        return sql_fail(copy->call->env->error, "0A000",
                        "cannot perform COPY FREEZE on a partitioned table");
    return pg_copy_columns(copy->call, copy->relation, &copy->columns, &copy->column_count) &&
           find_types(copy) && find_defaults(copy) && prepare_insert(copy) && check_rights(copy) &&
           open_runs(copy);
}

/* ---- the statement */

static bool open_file(struct copy_from *copy, struct slice name)
{
    struct sql_env *env = copy->call->env;
    struct slice path = arena_dup(env->arena, name); /* with a zero byte */
    copy->file = path.ptr ? fopen((const char *)path.ptr, "r") : NULL;
    if (copy->file)
        return true;
    sql_fail(env->error, "58P01", "could not open file \"" SLICE_FMT "\" for reading: %s",
             SLICE_ARG(name), strerror(errno));
    return sql_hint(env->error,
                    "COPY FROM instructs the PostgreSQL server process to read a file. You may "
                    "want a client-side facility such as psql's \\copy.");
}

static bool run(struct copy_from *copy)
{
    struct pg_session *session = copy->call->session;
    struct slice file = AST_AS(copy, copy->call->tree)->file;
    if (!prepare(copy))
        return false;
    if (file.ptr)
        return open_file(copy, file) && take_rows(copy) && finish_runs(copy);
    if (!pg_copy_input_begin(session, copy->options->format == PG_COPY_BINARY, copy->column_count))
        return false;
    bool ok = take_rows(copy) && finish_runs(copy);
    pg_copy_input_end(session);
    return ok;
}

bool pg_copy_from(struct pg_utility_call *call, const struct pg_copy_options *options,
                  uint64_t *rows)
{
    struct copy_from copy = {.source = {more}, .call = call, .options = options};
    pg_copy_reader_init(&copy.reader, options, call->session->pg->host.heap, &copy.source,
                        call->env->error);
    bool ok = run(&copy);
    if (ok)
        tell_skipped(&copy);
    *rows = copy.rows;
    close_runs(&copy);
    if (copy.file)
        fclose(copy.file);
    pg_copy_reader_done(&copy.reader);
    pg_statement_release(copy.insert);
    arena_done(&copy.arena);
    return ok;
}
