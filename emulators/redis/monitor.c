#include "emulators/redis/monitor.h"

#include "emulators/redis/commands.h"
#include "emulators/redis/fault.h"

/* The argument as MONITOR shows it: quoted, with everything but printable ASCII escaped. */
static void put_quoted(struct outq *q, struct slice bytes)
{
    static const char digits[] = "0123456789abcdef";
    static const char plain[] = "\n\r\t\a\b\"\\", letters[] = "nrtab\"\\";
    outq_put(q, "\"", 1);
    for (size_t i = 0; i < bytes.len; i++) {
        uint8_t c = bytes.ptr[i];
        const char *special = c ? strchr(plain, c) : NULL;
        char text[4] = {'\\', 'x', digits[c >> 4], digits[c & 15]};
        if (special) {
            text[1] = letters[special - plain];
            outq_put(q, text, 2);
        } else if (c >= ' ' && c < 127) {
            outq_put(q, &bytes.ptr[i], 1);
        } else {
            outq_put(q, text, 4);
        }
    }
    outq_put(q, "\"", 1);
}

static void put_line(struct redis_call *call, struct outq *q)
{
    int64_t now_us = clock_now_us(call->redis->host.clock);
    const char *peer = call->flags & REDIS_CALL_SCRIPT ? "lua"
                       : call->session->transport      ? call->session->transport->peer
                                                       : "";
    int db = call->flags & REDIS_CALL_SCRIPT ? call->db->id : call->session->db;
    struct slice head =
        arena_printf(call->arena, "+%lld.%06lld [%d %s]", (long long)(now_us / 1000000),
                     (long long)(now_us % 1000000), db, peer);
    outq_put_slice(q, head);
    for (uint32_t i = 0; i < call->argc; i++) {
        outq_put(q, " ", 1);
        put_quoted(q, call->argv[i]);
    }
    outq_put(q, "\r\n", 2);
}

static void show(struct redis_call *call)
{
    for (struct redis_session *to = call->redis->first_monitor; to; to = to->next_monitor) {
        put_line(call, redis_fault_out(to, to->reply.out));
        redis_session_wake(to);
    }
}

void redis_monitor_feed(struct redis_call *call)
{
    if (!(call->info->flags & (REDIS_COMMAND_SKIP_MONITOR | REDIS_COMMAND_ADMIN)) &&
        !(call->flags & REDIS_CALL_RETRY))
        show(call);
}

void redis_monitor_script(struct redis_call *call)
{
    if (__builtin_expect(call->redis->first_monitor != NULL, 0))
        show(call);
}

void redis_monitor_stop(struct redis_session *session)
{
    if (!(session->flags & REDIS_SESSION_MONITOR))
        return;
    struct redis_session **link = &session->redis->first_monitor;
    while (*link != session)
        link = &(*link)->next_monitor;
    *link = session->next_monitor;
    session->flags &= ~(unsigned)REDIS_SESSION_MONITOR;
}

static void monitor(struct redis_call *call)
{
    struct redis_session *session = call->session;
    if (call->flags & (REDIS_CALL_MULTI | REDIS_CALL_SCRIPT)) {
        redis_reply_error(call->reply, "ERR MONITOR isn't allowed for DENY BLOCKING client");
        return;
    }
    if (!(session->flags & REDIS_SESSION_MONITOR)) {
        session->flags |= REDIS_SESSION_MONITOR;
        session->next_monitor = call->redis->first_monitor;
        call->redis->first_monitor = session;
    }
    redis_reply_ok(call->reply);
}

const struct redis_command redis_monitor_commands[] = {
    {"monitor", monitor},
    {NULL,      NULL   }
};
