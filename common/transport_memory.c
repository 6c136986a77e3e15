#include <stdio.h>
#include <stdlib.h>

#include "common/assert.h"
#include "common/transport.h"

struct memory_transport {
    struct transport t;
    bool was_high; /* above the high-water mark since the queue was empty last */
    bool dropped;  /* closed without the queued output */
    bool closed;   /* on_close has been called */
};

static struct memory_transport *memory_of(struct transport *t)
{
    return (struct memory_transport *)t;
}

/* There is no loop to wake: whoever feeds the transport looks at `out`. */
static void memory_wake(struct transport *t)
{
    (void)t;
}

/* The queue is dropped in the next turn: whoever closes may be in the midst of appending to it. */
static void memory_close(struct transport *t, enum transport_end end)
{
    struct memory_transport *m = memory_of(t);
    if (t->state == TRANSPORT_OPEN)
        t->state = TRANSPORT_CLOSING;
    m->dropped = m->dropped || end != TRANSPORT_END_WRITTEN;
}

static void memory_set_paused(struct transport *t, bool paused)
{
    t->paused = paused;
}

static const struct transport_ops memory_ops = {memory_wake, memory_close, memory_set_paused};

struct transport *memory_transport_create(void)
{
    struct memory_transport *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    m->t.vtable = &memory_ops;
    m->t.high_water = TRANSPORT_HIGH_WATER;
    m->t.fd = -1;
    snprintf(m->t.peer, sizeof m->t.peer, "memory");
    snprintf(m->t.local, sizeof m->t.local, "memory");
    return &m->t;
}

static bool takes_input(const struct transport *t)
{
    return t->state == TRANSPORT_OPEN && !t->paused && !t->throttled;
}

/* Gives the session what is in the input buffer. */
static void deliver(struct memory_transport *m)
{
    struct slice rest = readbuf_rest(&m->t.kept);
    if (rest.len == 0 || !takes_input(&m->t))
        return;
    size_t used = m->t.ops->on_input(m->t.session, rest);
    ASSERT(used <= rest.len);
    readbuf_consume(&m->t.kept, used);
    if (outq_len(&m->t.out) >= m->t.high_water)
        m->t.throttled = m->was_high = true;
}

void memory_transport_feed(struct transport *t, struct slice bytes)
{
    struct memory_transport *m = memory_of(t);
    if (t->state != TRANSPORT_OPEN)
        return;
    t->bytes_in += bytes.len;
    if (!readbuf_append(&m->t.kept, bytes)) {
        memory_close(t, TRANSPORT_END_RESET);
        return;
    }
    deliver(m);
}

static void close_session(struct memory_transport *m)
{
    m->t.state = TRANSPORT_CLOSED;
    if (!m->closed && m->t.ops) {
        m->closed = true;
        m->t.ops->on_close(m->t.session);
    }
}

bool memory_transport_turn(struct transport *t)
{
    struct memory_transport *m = memory_of(t);
    if (t->out.failed)
        memory_close(t, TRANSPORT_END_RESET);
    if (m->dropped)
        outq_done(&t->out);
    m->was_high = m->was_high || outq_len(&t->out) >= t->high_water;
    if (outq_len(&t->out) <= t->high_water / 2)
        t->throttled = false;
    if (m->was_high && outq_len(&t->out) == 0 && t->state == TRANSPORT_OPEN) {
        m->was_high = false;
        if (t->ops->on_drained)
            t->ops->on_drained(t->session);
    }
    deliver(m);
    if (t->state == TRANSPORT_OPEN)
        return true;
    close_session(m);
    return false;
}

void memory_transport_destroy(struct transport *t)
{
    if (!t)
        return;
    struct memory_transport *m = memory_of(t);
    close_session(m);
    readbuf_done(&m->t.kept);
    outq_done(&t->out);
    free(m);
}
