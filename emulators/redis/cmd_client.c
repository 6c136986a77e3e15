/* CLIENT: about connections, one's own and others'. Source: the Redis command reference, group
 * "connection". CLIENT TRACKING and its kin are in tracking.c. */
#include "emulators/redis/acl.h"
#include "emulators/redis/arguments.h"
#include "emulators/redis/block.h"
#include "emulators/redis/client.h"
#include "emulators/redis/commands.h"

static void client_id(struct redis_call *call)
{
    redis_reply_int(call->reply, (int64_t)call->session->id);
}

/* ---- names */

static void client_getname(struct redis_call *call)
{
    if (call->session->name.len)
        redis_reply_bulk(call->reply, call->session->name);
    else
        redis_reply_null(call->reply);
}

static void set_name_field(struct redis_call *call, struct slice *field, struct slice value)
{
    if (redis_session_set_field(call->session, field, value))
        redis_reply_ok(call->reply);
    else
        redis_reply_oom(call->reply);
}

static void client_setname(struct redis_call *call)
{
    if (redis_client_name_ok(call->argv[2]))
        set_name_field(call, &call->session->name, call->argv[2]);
    else
        redis_reply_error(call->reply, "ERR Client names cannot contain spaces, newlines or "
                                       "special characters.");
}

static void client_setinfo(struct redis_call *call)
{
    struct redis_session *session = call->session;
    struct slice *field = slice_is(call->argv[2], "lib-name")  ? &session->library_name
                          : slice_is(call->argv[2], "lib-ver") ? &session->library_version
                                                               : NULL;
    if (!field)
        redis_reply_errorf(call->reply, "ERR Unrecognized option '%s'",
                           redis_printable(call->arena, call->argv[2], 128));
    else if (!redis_client_name_ok(call->argv[3]))
        redis_reply_errorf(call->reply,
                           "ERR %s cannot contain spaces, newlines or special "
                           "characters.",
                           redis_printable(call->arena, call->argv[2], 128));
    else
        set_name_field(call, field, call->argv[3]);
}

/* ---- lists */

static void client_info(struct redis_call *call)
{
    struct slice line = redis_client_line(call->arena, call->session);
    redis_reply_verbatim(call->reply, "txt",
                         arena_printf(call->arena, SLICE_FMT "\n", SLICE_ARG(line)));
}

enum client_class { CLASS_NORMAL, CLASS_MASTER, CLASS_REPLICA, CLASS_PUBSUB, CLASS_NONE };

static enum client_class class_by_name(struct slice name)
{
    static const struct {
        const char *name;
        enum client_class class;
    } names[] = {
        {"normal",  CLASS_NORMAL },
        {"master",  CLASS_MASTER },
        {"slave",   CLASS_REPLICA},
        {"replica", CLASS_REPLICA},
        {"pubsub",  CLASS_PUBSUB },
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (slice_is(name, names[i].name))
            return names[i].class;
    return CLASS_NONE;
}

static enum client_class class_of(const struct redis_session *session)
{
    return session->flags & REDIS_SESSION_PUBSUB ? CLASS_PUBSUB : CLASS_NORMAL;
}

static bool parse_class(struct redis_call *call, struct slice name, enum client_class *out)
{
    *out = class_by_name(name);
    if (*out == CLASS_NONE)
        redis_reply_errorf(call->reply, "ERR Unknown client type '%s'",
                           redis_printable(call->arena, name, 128));
    return *out != CLASS_NONE;
}

static void put_line(struct redis_call *call, struct outq *q, const struct redis_session *session)
{
    outq_put_slice(q, redis_client_line(call->arena, session));
    outq_put(q, "\n", 1);
}

static void reply_lines(struct redis_call *call, struct outq *q)
{
    redis_reply_verbatim(call->reply, "txt", outq_flatten(q));
    outq_done(q);
}

static void list_ids(struct redis_call *call)
{
    struct outq lines = {0};
    for (uint32_t i = 3; i < call->argc; i++) {
        int64_t id;
        if (!redis_arg_int_in(call, i, 1, INT64_MAX, "ERR Invalid client ID", &id)) {
            outq_done(&lines);
            return;
        }
        struct redis_session *session = redis_session_find(call->redis, (uint64_t)id);
        if (session)
            put_line(call, &lines, session);
    }
    reply_lines(call, &lines);
}

static void client_list(struct redis_call *call)
{
    enum client_class class = CLASS_NONE;
    struct outq lines = {0};
    if (call->argc > 3 && slice_is(call->argv[2], "ID")) {
        list_ids(call);
        return;
    }
    if (call->argc == 4 && slice_is(call->argv[2], "TYPE")) {
        if (!parse_class(call, call->argv[3], &class))
            return;
    } else if (call->argc != 2) {
        redis_reply_syntax(call->reply);
        return;
    }
    for (struct redis_session *s = call->redis->first_session; s; s = s->next)
        if (!redis_session_is_gone(s) && (class == CLASS_NONE || class_of(s) == class))
            put_line(call, &lines, s);
    reply_lines(call, &lines);
}

/* ---- CLIENT KILL */

struct kill_filter {
    uint64_t id;
    struct slice peer, local, user;
    enum client_class class;
    bool has_user, skip_me;
    int64_t max_age_s; /* 7.4: only those at least so old; 0: any */
};

static bool parse_kill_option(struct redis_call *call, uint32_t at, struct kill_filter *filter)
{
    struct slice word = call->argv[at], value = call->argv[at + 1];
    int64_t id;
    if (slice_is(word, "ID")) {
        if (!redis_arg_int_in(call, at + 1, 1, INT64_MAX, "ERR client-id should be greater than 0",
                              &id))
            return false;
        filter->id = (uint64_t)id;
    } else if (slice_is(word, "MAXAGE")) {
        return redis_arg_int_in(call, at + 1, 1, INT64_MAX, "ERR maxage should be greater than 0",
                                &filter->max_age_s);
    } else if (slice_is(word, "TYPE")) {
        return parse_class(call, value, &filter->class);
    } else if (slice_is(word, "ADDR")) {
        filter->peer = value;
    } else if (slice_is(word, "LADDR")) {
        filter->local = value;
    } else if (slice_is(word, "USER")) {
        if (!redis_acl_user_exists(call->redis, value)) {
            redis_reply_errorf(call->reply, "ERR No such user '%s'",
                               redis_printable(call->arena, value, 128));
            return false;
        }
        filter->user = value;
        filter->has_user = true;
    } else if (slice_is(word, "SKIPME") && (slice_is(value, "yes") || slice_is(value, "no"))) {
        filter->skip_me = slice_is(value, "yes");
    } else {
        redis_reply_syntax(call->reply);
        return false;
    }
    return true;
}

static bool kill_matches(const struct redis_call *call, const struct kill_filter *filter,
                         const struct redis_session *session)
{
    const struct transport *t = session->transport;
    if (!t || session->flags & REDIS_SESSION_CLOSING)
        return false;
    if (filter->peer.ptr && !slice_eq_str(filter->peer, t->peer))
        return false;
    if (filter->local.ptr && !slice_eq_str(filter->local, t->local))
        return false;
    if (filter->id && session->id != filter->id)
        return false;
    if (filter->class != CLASS_NONE && class_of(session) != filter->class)
        return false;
    if (filter->has_user && !slice_eq(redis_acl_user_name(session), filter->user))
        return false;
    if (filter->max_age_s && (call->now_ms - session->created_ms) / 1000 < filter->max_age_s)
        return false;
    return session != call->session || !filter->skip_me;
}

static int64_t kill_matching(struct redis_call *call, const struct kill_filter *filter)
{
    int64_t killed = 0;
    for (struct redis_session *s = call->redis->first_session; s; s = s->next)
        if (kill_matches(call, filter, s)) {
            redis_session_kill(s, s == call->session);
            killed++;
        }
    return killed;
}

static void client_kill(struct redis_call *call)
{
    struct kill_filter filter = {.class = CLASS_NONE, .skip_me = true};
    if (call->argc == 3) {
        filter.peer = call->argv[2];
        filter.skip_me = false;
        if (kill_matching(call, &filter))
            redis_reply_ok(call->reply);
        else
            redis_reply_error(call->reply, "ERR No such client");
        return;
    }
    for (uint32_t i = 2; i < call->argc; i += 2) {
        if (i + 1 == call->argc) {
            redis_reply_syntax(call->reply);
            return;
        }
        if (!parse_kill_option(call, i, &filter))
            return;
    }
    redis_reply_int(call->reply, kill_matching(call, &filter));
}

/* ---- switches */

static bool parse_switch(struct redis_call *call, bool *out)
{
    *out = slice_is(call->argv[2], "on");
    if (*out || slice_is(call->argv[2], "off"))
        return true;
    redis_reply_syntax(call->reply);
    return false;
}

static void set_switch(struct redis_call *call, unsigned flag)
{
    bool on;
    if (!parse_switch(call, &on))
        return;
    if (on)
        call->session->flags |= flag;
    else
        call->session->flags &= ~flag;
    redis_reply_ok(call->reply);
}

static void client_no_evict(struct redis_call *call)
{
    set_switch(call, REDIS_SESSION_NO_EVICT);
}

static void client_no_touch(struct redis_call *call)
{
    set_switch(call, REDIS_SESSION_NO_TOUCH);
}

static void client_reply(struct redis_call *call)
{
    unsigned *flags = &call->session->flags;
    if (slice_is(call->argv[2], "ON")) {
        /* The answer to this goes out already: the session's own queue is the reply's again. */
        *flags &= ~(unsigned)(REDIS_SESSION_REPLY_OFF | REDIS_SESSION_REPLY_SKIP);
        if (call->session->transport)
            call->reply->out = &call->session->transport->out;
        redis_reply_ok(call->reply);
    } else if (slice_is(call->argv[2], "OFF")) {
        *flags |= REDIS_SESSION_REPLY_OFF;
    } else if (slice_is(call->argv[2], "SKIP")) {
        if (!(*flags & REDIS_SESSION_REPLY_OFF))
            *flags |= REDIS_SESSION_REPLY_SKIP_NEXT;
    } else {
        redis_reply_syntax(call->reply);
    }
}

/* ---- pausing and unblocking */

static void client_pause(struct redis_call *call)
{
    int64_t ms;
    bool writes_only = call->argc == 4 && slice_is(call->argv[3], "WRITE");
    if (call->argc == 4 && !writes_only && !slice_is(call->argv[3], "ALL")) {
        redis_reply_error(call->reply, "ERR CLIENT PAUSE mode must be WRITE or ALL");
        return;
    }
    if (!text_to_i64(call->argv[2], &ms)) {
        redis_reply_error(call->reply, "ERR timeout is not an integer or out of range");
        return;
    }
    if (ms < 0) {
        redis_reply_error(call->reply, "ERR timeout is negative");
        return;
    }
    if (ms > INT64_MAX - call->now_ms) {
        redis_reply_error(call->reply, "ERR timeout is out of range");
        return;
    }
    redis_pause(call->redis, call->now_ms + ms, writes_only);
    redis_reply_ok(call->reply);
}

static void client_unpause(struct redis_call *call)
{
    redis_unpause(call->redis);
    redis_reply_ok(call->reply);
}

static void client_unblock(struct redis_call *call)
{
    int64_t id;
    bool with_error = call->argc == 4 && slice_is(call->argv[3], "ERROR");
    if (call->argc == 4 && !with_error && !slice_is(call->argv[3], "TIMEOUT")) {
        redis_reply_error(call->reply, "ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
        return;
    }
    if (!redis_arg_int(call, 2, &id))
        return;
    struct redis_session *session = redis_session_find(call->redis, (uint64_t)id);
    if (!session || !(session->flags & REDIS_SESSION_BLOCKED)) {
        redis_reply_int(call->reply, 0);
        return;
    }
    if (with_error)
        redis_unblock_error(session, "UNBLOCKED client unblocked via CLIENT UNBLOCK");
    else
        redis_unblock_timeout(session);
    redis_reply_int(call->reply, 1);
}

static const char *const help_lines[] = {
    "CACHING (YES|NO)",
    "    Enable/disable tracking of the keys for next command in OPTIN/OPTOUT modes.",
    "GETREDIR",
    "    Return the client ID we are redirecting to when tracking is enabled.",
    "GETNAME",
    "    Return the name of the current connection.",
    "ID",
    "    Return the ID of the current connection.",
    "INFO",
    "    Return information about the current client connection.",
    "KILL <ip:port>",
    "    Kill connection made from <ip:port>.",
    "KILL <option> <value> [<option> <value> [...]]",
    "    Kill connections. Options are:",
    "    * ADDR (<ip:port>|<unixsocket>:0)",
    "      Kill connections made from the specified address",
    "    * LADDR (<ip:port>|<unixsocket>:0)",
    "      Kill connections made to specified local address",
    "    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
    "      Kill connections by type.",
    "    * USER <username>",
    "      Kill connections authenticated by <username>.",
    "    * SKIPME (YES|NO)",
    "      Skip killing current connection (default: yes).",
    "LIST [options ...]",
    "    Return information about client connections. Options:",
    "    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
    "      Return clients of specified type.",
    "UNPAUSE",
    "    Stop the current client pause, resuming traffic.",
    "PAUSE <timeout> [WRITE|ALL]",
    "    Suspend all, or just write, clients for <timeout> milliseconds.",
    "REPLY (ON|OFF|SKIP)",
    "    Control the replies sent to the current connection.",
    "SETNAME <name>",
    "    Assign the name <name> to the current connection.",
    "SETINFO <option> <value>",
    "    Set client meta attr. Options are:",
    "    * LIB-NAME: the client lib name.",
    "    * LIB-VER: the client lib version.",
    "UNBLOCK <clientid> [TIMEOUT|ERROR]",
    "    Unblock the specified blocked client.",
    "TRACKING (ON|OFF) [REDIRECT <id>] [BCAST] [PREFIX <prefix> [...]]",
    "         [OPTIN] [OPTOUT] [NOLOOP]",
    "    Control server assisted client side caching.",
    "TRACKINGINFO",
    "    Report tracking status for the current connection.",
    "NO-EVICT (ON|OFF)",
    "    Protect current client connection from eviction.",
    "NO-TOUCH (ON|OFF)",
    "    Will not touch LRU/LFU stats when this mode is on.",
    NULL,
};

static void client_help(struct redis_call *call)
{
    redis_reply_help(call, help_lines);
}

const struct redis_command redis_client_commands[] = {
    {"client|id",       client_id      },
    {"client|getname",  client_getname },
    {"client|setname",  client_setname },
    {"client|setinfo",  client_setinfo },
    {"client|info",     client_info    },
    {"client|list",     client_list    },
    {"client|kill",     client_kill    },
    {"client|no-evict", client_no_evict},
    {"client|no-touch", client_no_touch},
    {"client|reply",    client_reply   },
    {"client|pause",    client_pause   },
    {"client|unpause",  client_unpause },
    {"client|unblock",  client_unblock },
    {"client|help",     client_help    },
    {NULL,              NULL           },
};
