#include "emulators/postgres/dump.h"

#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/catalog/dialect.h"
#include "emulators/postgres/login.h"
#include "emulators/postgres/script.h"
#include "emulators/sql/exec/exec.h"

struct dump {
    struct pg_session *session;
    struct json_writer *out;
};

/* ---- rows */

struct rows {
    struct pg_script_output base; /* FIRST */
    struct sql_sink sink;
    struct json_writer *out;
    const struct sql_result_column *columns;
};

static bool begin_rows(struct sql_sink *sink, const struct sql_result_column *columns,
                       uint32_t count)
{
    (void)count;
    ((struct rows *)sink->ctx)->columns = columns;
    return true;
}

static bool put_row(struct sql_sink *sink, struct sql_env *env, const struct datum *values,
                    uint32_t count)
{
    struct rows *rows = sink->ctx;
    json_object(rows->out);
    for (uint32_t i = 0; i < count; i++) {
        json_key(rows->out, rows->columns[i].name);
        if (!pg_json_value(env, rows->columns[i].type, values[i], rows->out))
            return false;
    }
    json_object_end(rows->out);
    return true;
}

/* A table's key, and its rows. */
static void put_table(struct dump *dump, const struct sql_relation *relation)
{
    struct arena arena = {0};
    struct sql_bytes name, text;
    struct rows rows = {
        .sink = {.begin = begin_rows, .row = put_row},
          .out = dump->out
    };
    sql_bytes_init(&name, &arena);
    sql_bytes_init(&text, &arena);
    pg_quote_qualified(&dump->session->core, &name, relation->object.schema, relation->object.name);
    sql_bytes_add_str(&text, "SELECT * FROM ONLY ");
    sql_bytes_add_slice(&text, sql_bytes_slice(&name));
    rows.sink.ctx = &rows;
    rows.base.sink = &rows.sink;
    json_key(dump->out, sql_bytes_slice(&name));
    json_array(dump->out);
    if (!text.failed)
        pg_script_run(dump->session, sql_bytes_slice(&text), &rows.base);
    json_array_end(dump->out);
    arena_reset(&dump->session->frame_arena);
    arena_done(&arena);
}

static void put_tables(struct dump *dump)
{
    uint32_t class_id = pg_dialect.classes_of.relation;
    uint32_t id = pg_dialect.first_free_id;
    const struct sql_object *object;
    json_key_str(dump->out, "tables");
    json_object(dump->out);
    while ((object = sql_next_object(&dump->session->core, class_id, id))) {
        const struct sql_relation *relation = (const struct sql_relation *)(const void *)object;
        id = object->id + 1;
        if (relation->kind == SQL_RELATION_TABLE && relation->persistence != 't')
            put_table(dump, relation);
    }
    json_object_end(dump->out);
}

/* ---- databases and users */

static void put_database(struct pg *pg, struct slice name, struct json_writer *out)
{
    struct dump dump = {pg_session_create(pg, NULL), out};
    json_key(out, name);
    json_object(out);
    if (dump.session && pg_login_internal(dump.session, name))
        put_tables(&dump);
    if (dump.session)
        pg_session_destroy(dump.session);
    json_object_end(out);
}

static void put_databases(struct pg *pg, struct json_writer *out)
{
    const struct sql_object *object;
    uint32_t id = 0;
    json_key_str(out, "databases");
    json_object(out);
    while ((object = sql_object_next(pg->sql->shared, NULL, pg_dialect.classes_of.database, id))) {
        const struct sql_database_object *database =
            (const struct sql_database_object *)(const void *)object;
        id = object->id + 1;
        if (!database->is_template)
            put_database(pg, object->name, out);
    }
    json_object_end(out);
}

static void put_users(struct pg *pg, struct json_writer *out)
{
    const struct sql_object *object;
    uint32_t id = pg_dialect.first_free_id;
    json_key_str(out, "users");
    json_object(out);
    while ((object = sql_object_next(pg->sql->shared, NULL, pg_dialect.classes_of.role, id))) {
        const struct sql_role *role = (const struct sql_role *)(const void *)object;
        id = object->id + 1;
        json_key(out, object->name);
        json_object(out);
        if (role->password.ptr) {
            json_key_str(out, "password");
            json_string(out, role->password);
        }
        json_key_str(out, "superuser");
        json_bool(out, role->superuser);
        json_key_str(out, "login");
        json_bool(out, role->login);
        json_object_end(out);
    }
    json_object_end(out);
}

void pg_dump(struct emulator *emulator, struct json_writer *out)
{
    struct pg *pg = pg_of(emulator);
    json_object(out);
    put_users(pg, out);
    put_databases(pg, out);
    json_object_end(out);
}
