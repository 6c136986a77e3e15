/* Connections: PING, AUTH, HELLO, SELECT and their kin. Source: the Redis command reference, group
 * "connection". CLIENT is in cmd_client.c. */
#include "emulators/redis/acl.h"
#include "emulators/redis/arguments.h"
#include "emulators/redis/client.h"
#include "emulators/redis/commands.h"
#include "emulators/redis/monitor.h"
#include "emulators/redis/pubsub.h"
#include "emulators/redis/session.h"
#include "emulators/redis/tracking.h"
#include "emulators/redis/transaction.h"
#include "emulators/redis/version.h"

/* A RESP2 subscriber gets PING's answer in the form of a message. */
static void ping(struct redis_call *call)
{
    if (call->argc > 2) {
        redis_reply_error(call->reply, "ERR wrong number of arguments for 'ping' command");
        return;
    }
    if (call->session->flags & REDIS_SESSION_PUBSUB && call->reply->resp == 2) {
        redis_reply_array(call->reply, 2);
        redis_reply_bulk_str(call->reply, "pong");
        redis_reply_bulk(call->reply, call->argc == 2 ? call->argv[1] : slice_of("", 0));
    } else if (call->argc == 2) {
        redis_reply_bulk(call->reply, call->argv[1]);
    } else {
        redis_reply_simple(call->reply, "PONG");
    }
}

static void echo(struct redis_call *call)
{
    redis_reply_bulk(call->reply, call->argv[1]);
}

static void select_(struct redis_call *call)
{
    int64_t id;
    if (!redis_arg_int_in(call, 1, INT32_MIN, INT32_MAX, NULL, &id))
        return;
    if (call->redis->config.cluster_enabled && id != 0) {
        redis_reply_error(call->reply, "ERR SELECT is not allowed in cluster mode");
    } else if (id < 0 || id >= call->redis->db_count) {
        redis_reply_error(call->reply, "ERR DB index is out of range");
    } else {
        call->session->db = (int)id;
        redis_reply_ok(call->reply);
    }
}

static void quit(struct redis_call *call)
{
    redis_reply_ok(call->reply);
    redis_session_kill(call->session, true);
}

static void reset(struct redis_call *call)
{
    struct redis_session *session = call->session;
    redis_tracking_stop(session);
    session->db = 0;
    session->reply.resp = 2;
    redis_monitor_stop(session);
    redis_transaction_discard(session);
    redis_unsubscribe_all(session);
    redis_acl_reset_session(session);
    redis_session_set_field(session, &session->name, slice_of(NULL, 0));
    session->flags &= ~(unsigned)(REDIS_SESSION_REPLY_OFF | REDIS_SESSION_REPLY_SKIP |
                                  REDIS_SESSION_REPLY_SKIP_NEXT | REDIS_SESSION_NO_EVICT |
                                  REDIS_SESSION_NO_TOUCH | REDIS_SESSION_READONLY);
    redis_reply_simple(call->reply, "RESET");
}

/* ---- AUTH and HELLO */

static bool authenticate(struct redis_call *call, struct slice user, struct slice password)
{
    if (redis_acl_authenticate(call, user, password))
        return true;
    redis_reply_error(call->reply, "WRONGPASS invalid username-password pair or user is disabled.");
    return false;
}

static void auth(struct redis_call *call)
{
    if (call->argc > 3) {
        redis_reply_syntax(call->reply);
        return;
    }
    struct slice user = call->argc == 3 ? call->argv[1] : slice_str("default");
    struct slice password = call->argv[call->argc - 1];
    for (uint32_t i = 1; i < call->argc; i++)
        redis_arg_redact(call, i);
    if (call->argc == 2 && redis_acl_default_is_open(call->redis))
        redis_reply_error(call->reply,
                          "ERR AUTH <password> called without any password configured for the "
                          "default user. Are you sure your configuration is correct?");
    else if (authenticate(call, user, password))
        redis_reply_ok(call->reply);
}

bool redis_client_name_ok(struct slice name)
{
    for (size_t i = 0; i < name.len; i++)
        if (name.ptr[i] < '!' || name.ptr[i] > '~')
            return false;
    return true;
}

struct hello {
    int64_t version;
    bool has_auth;
    struct slice user, password;
    const struct slice *name;
};

static bool parse_hello(struct redis_call *call, struct hello *out)
{
    *out = (struct hello){0};
    if (call->argc >= 2) {
        if (!redis_arg_int_in(call, 1, INT64_MIN, INT64_MAX,
                              "ERR Protocol version is not an integer or out of range",
                              &out->version))
            return false;
        if (out->version < 2 || out->version > 3) {
            redis_reply_error(call->reply, "NOPROTO unsupported protocol version");
            return false;
        }
    }
    for (uint32_t i = 2; i < call->argc; i++) {
        uint32_t left = call->argc - 1 - i;
        if (slice_is(call->argv[i], "AUTH") && left >= 2) {
            out->has_auth = true;
            out->user = call->argv[++i];
            redis_arg_redact(call, i);
            out->password = call->argv[++i];
            redis_arg_redact(call, i);
        } else if (slice_is(call->argv[i], "SETNAME") && left >= 1) {
            out->name = &call->argv[++i];
        } else {
            redis_reply_errorf(call->reply, "ERR Syntax error in HELLO option '%s'",
                               redis_printable(call->arena, call->argv[i], 128));
            return false;
        }
    }
    return true;
}

static void reply_hello(struct redis_call *call)
{
    struct redis_reply *reply = call->reply;
    redis_reply_map(reply, 7);
    redis_reply_bulk_str(reply, "server");
    redis_reply_bulk_str(reply, "redis");
    redis_reply_bulk_str(reply, "version");
    redis_reply_bulk_str(reply, REDIS_VERSION);
    redis_reply_bulk_str(reply, "proto");
    redis_reply_int(reply, reply->resp);
    redis_reply_bulk_str(reply, "id");
    redis_reply_int(reply, (int64_t)call->session->id);
    redis_reply_bulk_str(reply, "mode");
    redis_reply_bulk_str(reply, call->redis->config.cluster_enabled ? "cluster" : "standalone");
    redis_reply_bulk_str(reply, "role");
    redis_reply_bulk_str(reply, "master");
    redis_reply_bulk_str(reply, "modules");
    redis_reply_array(reply, 0);
}

static void hello(struct redis_call *call)
{
    struct hello hello;
    if (!parse_hello(call, &hello))
        return;
    if (hello.has_auth && !authenticate(call, hello.user, hello.password))
        return;
    if (!(call->session->flags & REDIS_SESSION_AUTHENTICATED)) {
        redis_reply_error(call->reply,
                          "NOAUTH HELLO must be called with the client already authenticated, "
                          "otherwise the HELLO AUTH <user> <pass> option can be used to "
                          "authenticate the client and select the RESP protocol version at the "
                          "same time");
        return;
    }
    if (hello.name && !redis_client_name_ok(*hello.name)) {
        redis_reply_error(call->reply, "ERR Client names cannot contain spaces, newlines or "
                                       "special characters.");
        return;
    }
    if (hello.name)
        redis_session_set_field(call->session, &call->session->name, *hello.name);
    if (hello.version)
        call->session->reply.resp = call->reply->resp = (int)hello.version;
    reply_hello(call);
}

const struct redis_command redis_connection_commands[] = {
    {"ping",   ping   },
    {"echo",   echo   },
    {"select", select_},
    {"quit",   quit   },
    {"auth",   auth   },
    {"hello",  hello  },
    {"reset",  reset  },
    {NULL,     NULL   },
};
