#include "emulators/postgres/login.h"

#include <stdio.h>

#include "emulators/postgres/databases.h"
#include "emulators/postgres/reply.h"
#include "emulators/postgres/roles.h"
#include "emulators/postgres/scram.h"
#include "emulators/postgres/startup_options.h"
#include "protocols/postgres/pg_encode.h"
#include "protocols/postgres/pg_message.h"

enum step { STEP_STARTUP, STEP_PASSWORD, STEP_SASL_INITIAL, STEP_SASL_FINAL };

struct pg_login {
    enum step step;
    struct arena arena;
    struct slice user, database;
    struct pg_option *options; /* settings that the client asks for, in order */
    struct slice stored;       /* the role's password; ptr NULL: none */
    uint8_t salt[4];
    struct pg_scram scram;
};

bool pg_login_begin(struct pg_session *session)
{
    session->login = heap_zalloc(session->pg->host.heap, sizeof(*session->login));
    return session->login != NULL;
}

void pg_login_end(struct pg_session *session)
{
    if (!session->login)
        return;
    arena_done(&session->login->arena);
    heap_free(session->pg->host.heap, session->login, sizeof(*session->login));
    session->login = NULL;
}

bool pg_login_wants_startup(const struct pg_session *session)
{
    return session->login->step == STEP_STARTUP;
}

/* The error is filled: the client is told and goes. */
static void fail_login(struct pg_session *session)
{
    session->error.severity = SQL_FATAL;
    pg_session_end(session);
}

/* ---- the client is who it says */

static bool apply_options(struct pg_session *session)
{
    struct pg_login *login = session->login;
    for (const struct pg_option *option = login->options; option; option = option->next) {
        struct pg_setting_change change = {
            .name = option->name,
            .value = option->value,
            .source = PG_SOURCE_CLIENT,
            .is_superuser = session->is_superuser,
        };
        if (!pg_settings_set(&session->settings, &login->arena, &change, &session->error))
            return false;
    }
    return true;
}

static void tell_settings(struct pg_session *session)
{
    for (unsigned i = 0; i < PG_REPORTED_MAX; i++) {
        unsigned index = pg_setting_find(slice_str(pg_reported_settings[i]));
        struct slice value = pg_settings_show_at(&session->settings, &session->frame_arena, index);
        pg_settings_tell(&session->settings, index, value);
        pg_reply_setting(session, index, value);
    }
    session->settings.reported_count = 0;
}

/* The database that serves any driver, as user and password of its name do: the usual one, unless somebody has made one
 * of that name. */
#define HOUSE_DATABASE "parlel"

static bool enter_database(struct pg_session *session, struct slice name)
{
    struct sql_database *database = pg_database_find(session->pg, name);
    if (!database && session->pg->config.auth == PG_AUTH_TRUST &&
        slice_eq_str(name, HOUSE_DATABASE)) {
        name = slice_str("postgres");
        database = pg_database_find(session->pg, name);
    }
    if (!database)
        return sql_fail(&session->error, "3D000", "database \"" SLICE_FMT "\" does not exist",
                        SLICE_ARG(name));
    session->core.database = database;
    database->sessions++;
    return pg_session_set_field(session, &session->database_name, name) ||
           sql_fail_memory(&session->error);
}

static bool enter(struct pg_session *session)
{
    struct pg_login *login = session->login;
    return pg_session_set_field(session, &session->user, login->user) &&
           pg_roles_login(session, login->user) && enter_database(session, login->database) &&
           pg_roles_may_connect(session) && pg_roles_take_settings(session, &login->arena) &&
           apply_options(session);
}

static void let_in(struct pg_session *session)
{
    pg_put_auth_ok(session->out);
    if (!enter(session)) {
        fail_login(session);
        return;
    }
    pg_session_sync(session);
    tell_settings(session);
    pg_put_backend_key(session->out, session->core.id, session->cancel_key);
    pg_login_end(session);
    session->phase = PG_PHASE_READY;
    pg_reply_ready(session);
    arena_reset(&session->frame_arena);
}

static void refuse_password(struct pg_session *session)
{
    sql_fail(&session->error, "28P01", "password authentication failed for user \"" SLICE_FMT "\"",
             SLICE_ARG(session->login->user));
    fail_login(session);
}

/* ---- asking for a password */

static void ask_scram(struct pg_session *session)
{
    struct pg_login *login = session->login;
    login->scram.arena = &login->arena;
    login->step = STEP_SASL_INITIAL;
    if (!login->stored.ptr || !pg_scram_read(&login->arena, login->stored, &login->scram.secret)) {
        /* Nobody learns from the exchange that there is no such user. */
        static const uint8_t salt[PG_SCRAM_SALT] = "parlel's salt!!";
        login->scram.doomed = true;
        login->scram.secret.salt = slice_of(salt, sizeof(salt));
        login->scram.secret.iterations = PG_SCRAM_ITERATIONS;
    }
    pg_put_auth_sasl(session->out, slice_str("SCRAM-SHA-256"));
}

static void authenticate(struct pg_session *session)
{
    struct pg_login *login = session->login;
    enum pg_auth_method method = session->pg->config.auth;
    if (method == PG_AUTH_TRUST) {
        let_in(session);
        return;
    }
    login->stored = pg_roles_password(session, login->user, &login->arena);
    /* A password that is stored for SCRAM cannot be checked by md5. */
    struct pg_scram_secret secret;
    if (method == PG_AUTH_SCRAM ||
        (method == PG_AUTH_MD5 && pg_scram_read(&login->arena, login->stored, &secret))) {
        ask_scram(session);
        return;
    }
    login->step = STEP_PASSWORD;
    if (method == PG_AUTH_PASSWORD) {
        pg_put_auth_cleartext(session->out);
        return;
    }
    uint64_t dice = random_u64(session->pg->host.random);
    memcpy(login->salt, &dice, sizeof(login->salt));
    pg_put_auth_md5(session->out, login->salt);
}

static void check_password(struct pg_session *session, struct slice body)
{
    struct pg_login *login = session->login;
    struct slice given;
    if (!pg_read_text(body, &given)) {
        sql_fail(&session->error, "08P01", "invalid password packet size");
        fail_login(session);
        return;
    }
    bool ok = false;
    if (given.len == 0) {
        sql_fail(&session->error, "28P01", "empty password returned by client");
        fail_login(session);
        return;
    }
    if (login->stored.ptr && session->pg->config.auth == PG_AUTH_PASSWORD) {
        ok = pg_password_fits(&login->arena, login->stored, login->user, given);
    } else if (login->stored.len == PG_MD5_LEN) {
        char answer[PG_MD5_LEN];
        pg_md5_answer((const char *)login->stored.ptr, login->salt, answer);
        ok = slice_eq(given, slice_of(answer, sizeof(answer)));
    }
    if (ok)
        let_in(session);
    else
        refuse_password(session);
}

static void refuse_sasl(struct pg_session *session)
{
    if (!session->login->scram.error) {
        refuse_password(session);
        return;
    }
    sql_fail(&session->error, "08P01", "malformed SCRAM message");
    sql_detail(&session->error, "%s", session->login->scram.error);
    fail_login(session);
}

static void begin_sasl(struct pg_session *session, struct slice body)
{
    struct pg_login *login = session->login;
    struct pg_sasl_initial initial;
    uint8_t nonce[18];
    struct slice answer;
    if (!pg_read_sasl_initial(body, &initial) ||
        !slice_eq_str(initial.mechanism, "SCRAM-SHA-256")) {
        sql_fail(&session->error, "08P01",
                 "client selected an invalid SASL authentication mechanism");
        fail_login(session);
        return;
    }
    for (size_t i = 0; i < sizeof(nonce); i++)
        nonce[i] = (uint8_t)random_u64(session->pg->host.random);
    if (!pg_scram_first(&login->scram, initial.data, nonce, &answer)) {
        refuse_sasl(session);
        return;
    }
    login->step = STEP_SASL_FINAL;
    pg_put_auth_sasl_continue(session->out, answer);
}

static void end_sasl(struct pg_session *session, struct slice body)
{
    struct slice answer;
    if (!pg_scram_final(&session->login->scram, body, &answer)) {
        refuse_sasl(session);
        return;
    }
    pg_put_auth_sasl_final(session->out, answer);
    let_in(session);
}

/* ---- startup frames */

/* "ann@world" without what is behind the last '@', when there is such a world. */
static struct emulator *find_world(struct pg_session *session, struct slice *name)
{
    const struct emulator_host *host = &session->pg->host;
    for (size_t at = name->len; host->find_world && at-- > 0;) {
        if (name->ptr[at] != '@')
            continue;
        struct emulator *world = host->find_world(host, slice_from(*name, at + 1));
        if (world)
            name->len = at;
        return world;
    }
    return NULL;
}

static void enter_world(struct pg_session *session)
{
    struct pg_login *login = session->login;
    struct emulator *by_user = find_world(session, &login->user);
    struct emulator *by_database = find_world(session, &login->database);
    struct emulator *world = by_user ? by_user : by_database;
    if (world && pg_of(world) != session->pg)
        pg_session_move(session, pg_of(world));
}

static bool take_parameters(struct pg_session *session, struct pg_startup *startup)
{
    struct pg_login *login = session->login;
    struct slice unknown[32];
    uint32_t unknown_count = 0;
    struct pg_option **end = &login->options;
    struct slice name, value;
    while (pg_read_parameter(&startup->parameters, &name, &value)) {
        if (slice_eq_str(name, "user"))
            login->user = arena_dup(&login->arena, value);
        else if (slice_eq_str(name, "database"))
            login->database = arena_dup(&login->arena, value);
        else if (name.len > 5 && memcmp(name.ptr, "_pq_.", 5) == 0)
            unknown[unknown_count < 31 ? unknown_count++ : 31] = name;
        else if (slice_eq_str(name, "options")
                     ? !pg_options_split(value, &login->arena, &end, &session->error)
                     : !slice_eq_str(name, "replication") &&
                           !pg_option_add(&end, &login->arena, name, value))
            return session->error.sqlstate[0] ? false : sql_fail_memory(&session->error);
    }
    if (!pg_parameters_end(&startup->parameters))
        return sql_fail(&session->error, "08P01",
                        "invalid startup packet layout: expected terminator as last byte");
    if (PG_PROTOCOL_MINOR(startup->code) > 0 || unknown_count)
        pg_put_negotiate_version(session->out, unknown, unknown_count);
    return true;
}

static bool take_startup(struct pg_session *session, struct pg_startup *startup)
{
    struct pg_login *login = session->login;
    if (PG_PROTOCOL_MAJOR(startup->code) != 3)
        return sql_fail(&session->error, "0A000",
                        "unsupported frontend protocol %u.%u: server supports 3.0 to 3.0",
                        PG_PROTOCOL_MAJOR(startup->code), PG_PROTOCOL_MINOR(startup->code));
    if (!take_parameters(session, startup))
        return false;
    if (login->user.len == 0)
        return sql_fail(&session->error, "28000",
                        "no PostgreSQL user name specified in startup packet");
    if (login->database.len == 0)
        login->database = login->user;
    enter_world(session);
    if (session->pg->session_count > session->pg->config.max_connections) {
        session->pg->stats.connections_rejected++;
        return sql_fail(&session->error, "53300", "sorry, too many clients already");
    }
    return true;
}

static void cancel(struct pg_session *session, const struct pg_startup *startup)
{
    struct pg_session *victim = pg_session_by_pid(session->pg, startup->pid);
    if (victim && victim->cancel_key == startup->key && victim->core.fiber)
        sql_session_interrupt(&victim->core, SQL_CANCELLED);
    pg_session_end(session);
}

static void startup_frame(struct pg_session *session, struct slice body)
{
    struct pg_startup startup;
    sql_error_begin(&session->error, &session->login->arena);
    if (!pg_read_startup(body, &startup)) {
        pg_session_end(session);
        return;
    }
    switch (startup.code) {
    case PG_STARTUP_CANCEL: cancel(session, &startup); return;
    case PG_STARTUP_SSL:
    case PG_STARTUP_GSSENC: pg_put_u8(session->out, 'N'); return;
    default: break;
    }
    if (take_startup(session, &startup))
        authenticate(session);
    else
        fail_login(session);
}

void pg_login_frame(struct pg_session *session, const struct pg_frame *frame)
{
    struct pg_login *login = session->login;
    if (login->step == STEP_STARTUP) {
        startup_frame(session, frame->body);
        return;
    }
    sql_error_begin(&session->error, &login->arena);
    if (frame->type != 'p') {
        sql_fail(&session->error, "08P01",
                 login->step == STEP_PASSWORD ? "expected password response, got message type %d"
                                              : "expected SASL response, got message type %d",
                 frame->type);
        fail_login(session);
        return;
    }
    switch (login->step) {
    case STEP_STARTUP: break;
    case STEP_PASSWORD: check_password(session, frame->body); break;
    case STEP_SASL_INITIAL: begin_sasl(session, frame->body); break;
    case STEP_SASL_FINAL: end_sasl(session, frame->body); break;
    }
}

bool pg_login_internal(struct pg_session *session, struct slice database)
{
    struct sql_error *error = &session->error;
    sql_error_begin(error, &session->frame_arena);
    if (!pg_session_set_field(session, &session->user, slice_str("postgres")))
        return sql_fail_memory(error);
    pg_roles_become_owner(session);
    if (!enter_database(session, database))
        return false;
    pg_session_sync(session);
    return true;
}
