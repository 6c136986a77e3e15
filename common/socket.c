/* One connection of the reactor: input from one shared buffer, output once a turn, its end. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/assert.h"
#include "common/reactor_internal.h"

/* Bytes read of a large command in one turn. */
#define READ_LARGE_MAX (4u << 20)
#define IOVECS_MAX     64
/* Bytes read behind a payload that goes to its own place. */
#define LANDING_BEHIND_BYTES 4096u

static const struct transport_ops socket_ops;

/* A readable socket on its way to its session. */
struct arrival {
    struct socket *socket;
    struct slice in; /* what was read, behind `old` bytes that were kept */
    size_t old;
    enum { ARRIVED_KEPT, ARRIVED_SMALL, ARRIVED_LARGE, ARRIVED_LANDING } how;
};

/* ---- life */

static void queue_flush(struct socket *s)
{
    s->t.queued = true;
    ring_push_back(&s->reactor->flush, &s->out);
}

static void on_event(struct ev_loop *loop, ev_io *io, int events)
{
    (void)loop;
    struct socket *s = io->data;
    if (events & EV_READ) {
        s->readable = true;
        if (ring_empty(&s->input))
            ring_push_front(&s->reactor->arrived, &s->input);
    }
    if (events & EV_WRITE) {
        s->blocked = false;
        if (!s->t.queued)
            queue_flush(s);
    }
}

struct socket *socket_create(struct reactor *reactor, int fd)
{
    struct socket *s = calloc(1, sizeof *s);
    if (!s) {
        close(fd);
        return NULL;
    }
    s->reactor = reactor;
    s->t.vtable = &socket_ops;
    s->t.high_water = TRANSPORT_HIGH_WATER;
    s->t.ahead_max = TRANSPORT_AHEAD_MAX;
    s->t.fd = fd;
    ring_init(&s->input);
    ring_init(&s->out);
    ring_init(&s->leave);
    ring_init(&s->all);
    ring_push_back(&reactor->sockets, &s->all);
    ev_io_init(&s->io, on_event, fd, 0);
    s->io.data = s;
    /* Replies are written whole, once a turn: there is nothing to wait for. Not every descriptor
     * is a TCP socket, and none is worse off without it. */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    socket_watch(s);
    return s;
}

void socket_count(struct socket *s, struct listener *listener)
{
    s->listener = listener;
    listener->connections++;
}

void socket_destroy(struct socket *s)
{
    ring_remove(&s->all);
    ring_remove(&s->input);
    ring_remove(&s->out);
    ring_remove(&s->leave);
    ev_io_stop(s->reactor->loop, &s->io);
    if (!ev_is_active(&s->reactor->give_back)) {
        ev_timer_set(&s->reactor->give_back, REACTOR_GIVE_BACK_S, 0.);
        ev_timer_start(s->reactor->loop, &s->reactor->give_back);
    }
    if (s->listener)
        s->listener->connections--;
    close(s->t.fd);
    readbuf_done(&s->t.kept);
    outq_done(&s->t.out);
    free(s);
}

static void format_address(char out[64], const struct sockaddr *address)
{
    char text[INET6_ADDRSTRLEN];
    const void *any = address;
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = any;
        inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text);
        snprintf(out, 64, "%s:%u", text, (unsigned)ntohs(v4->sin_port));
    } else if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = any;
        inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text);
        snprintf(out, 64, "[%s]:%u", text, (unsigned)ntohs(v6->sin6_port));
    }
}

void socket_name(struct socket *s, const struct sockaddr *peer, const char *path)
{
    if (path) {
        /* As Redis shows it: a Unix socket's path with port 0. A longer one is cut. */
        snprintf(s->t.peer, sizeof s->t.peer, "%.*s:0", (int)sizeof s->t.peer - 3, path);
        memcpy(s->t.local, s->t.peer, sizeof s->t.local);
        return;
    }
    struct sockaddr_storage local;
    void *any = &local;
    socklen_t len = sizeof local;
    format_address(s->t.peer, peer);
    if (getsockname(s->t.fd, any, &len) == 0)
        format_address(s->t.local, any);
}

void socket_end_session(struct socket *s)
{
    const struct session_ops *ops = s->t.ops;
    if (s->t.state == TRANSPORT_OPEN)
        s->t.state = TRANSPORT_CLOSING;
    if (s->ended)
        return;
    s->ended = true;
    s->t.ops = NULL;
    readbuf_done(&s->t.kept);
    if (ops)
        ops->on_close(s->t.session);
}

/* ---- what to wait for */

static bool takes_input(const struct socket *s)
{
    return s->t.state == TRANSPORT_OPEN && !s->t.paused && !s->t.throttled;
}

static bool wants_read(const struct socket *s)
{
    if (s->eof)
        return false;
    /* A closing connection's input is thrown away: with unread input close() would reset it and
     * the peer might lose the end of the output. */
    if (s->t.state != TRANSPORT_OPEN)
        return true;
    /* Reading on is how the end of the peer is noticed, and lets a peer that writes much before it
     * reads anything come to its reading. */
    return takes_input(s) || readbuf_rest(&s->t.kept).len < s->t.ahead_max;
}

void socket_watch(struct socket *s)
{
    int events = (wants_read(s) ? EV_READ : 0) | (s->blocked ? EV_WRITE : 0);
    if ((s->io.events & (EV_READ | EV_WRITE)) == events)
        return;
    ev_io_stop(s->reactor->loop, &s->io);
    ev_io_modify(&s->io, events);
    if (events)
        ev_io_start(s->reactor->loop, &s->io);
}

/* ---- input */

/* What a read has returned: false when nothing came; `eof` is set when nothing will. */
static bool has_come(struct socket *s, ssize_t n, size_t *out_len)
{
    if (n > 0) {
        s->t.bytes_in += (uint64_t)n;
        *out_len = (size_t)n;
        return true;
    }
    bool later = n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
    s->eof = !later;
    if (n < 0 && !later)
        s->end = TRANSPORT_END_RESET;
    return false;
}

static bool read_into(struct socket *s, uint8_t *to, size_t room, size_t *out_len)
{
    return has_come(s, read(s->t.fd, to, room), out_len);
}

/* Calls the session; returns what it consumed. */
static size_t deliver(struct socket *s, struct slice in)
{
    ASSERT(s->t.ops);
    s->delivering = true;
    size_t used = s->t.ops->on_input(s->t.session, in);
    s->delivering = false;
    ASSERT(used <= in.len);
    if (outq_len(&s->t.out) >= s->t.high_water)
        s->t.throttled = s->was_high = true;
    if ((s->t.out.first || s->t.state != TRANSPORT_OPEN) && !s->t.queued)
        queue_flush(s);
    return used;
}

/* Kept input is `old` bytes long and at the front of `in`; keeps what is beyond `used` instead. */
static void keep_rest(struct socket *s, struct slice in, size_t old, size_t used)
{
    if (s->t.state != TRANSPORT_OPEN)
        return;
    if (old > 0)
        readbuf_consume(&s->t.kept, used < old ? used : old);
    if (!readbuf_append(&s->t.kept, slice_from(in, used > old ? used : old)))
        transport_abort(&s->t);
}

static void deliver_kept(struct socket *s)
{
    struct slice rest = readbuf_rest(&s->t.kept);
    if (rest.len == 0 || !takes_input(s))
        return;
    size_t used = deliver(s, rest);
    if (s->t.state == TRANSPORT_OPEN)
        readbuf_consume(&s->t.kept, used);
}

/* One read behind what is kept, of at most max bytes, into room for what is expected: it counts as
 * the client's memory then, before it has come. False when nothing came. */
static bool read_behind(struct socket *s, size_t max, size_t *out_len)
{
    size_t wanted = s->t.expected ? s->t.expected : REACTOR_READ_BYTES;
    uint8_t *to = readbuf_reserve(&s->t.kept, wanted < max ? wanted : max);
    if (!to) {
        transport_abort(&s->t);
        return false;
    }
    size_t room = s->t.kept.room - s->t.kept.len;
    if (!read_into(s, to, room < max ? room : max, out_len))
        return false;
    readbuf_commit(&s->t.kept, *out_len);
    return true;
}

/* A command that takes many reads is put together in a buffer of its own, from all that is there up
 * to a bound: reading lets the peer's system send on at once. */
static void read_large(struct socket *s)
{
    size_t len, left = READ_LARGE_MAX;
    do {
        if (!read_behind(s, left, &len))
            return;
        left -= len;
        deliver_kept(s);
    } while (left && s->t.expected && takes_input(s));
}

static bool is_landing(const struct socket *s)
{
    return s->t.landing.len > 0 && s->t.landing.to && takes_input(s) &&
           readbuf_rest(&s->t.kept).len == 0;
}

/* One read to where the input belongs, and of the little that may stand behind it. False when less came than there was
 * room for. */
static bool read_landing(struct socket *s)
{
    struct transport_landing *landing = &s->t.landing;
    uint8_t behind[LANDING_BEHIND_BYTES]; /* the reactor's buffer may hold others' input */
    struct iovec rooms[] = {
        {landing->to, landing->len },
        {behind,      sizeof behind}
    };
    size_t room = landing->len + sizeof behind, len;
    if (!has_come(s, readv(s->t.fd, rooms, 2), &len))
        return false;
    size_t landed = len < landing->len ? len : landing->len;
    landing->to += landed;
    landing->len -= landed;
    if (len > landed) {
        struct slice in = slice_of(behind, len - landed);
        keep_rest(s, in, 0, deliver(s, in));
    }
    return len == room;
}

/* A stream of long payloads: as much as is there, up to a bound. */
static void read_landings(struct socket *s)
{
    size_t left = READ_LARGE_MAX;
    while (left && is_landing(s)) {
        size_t wanted = s->t.landing.len;
        if (!read_landing(s))
            return;
        left -= left < wanted ? left : wanted;
    }
}

/* The usual way: a read into the reactor's buffer, behind the little that was kept. */
static void read_small(struct socket *s, uint8_t *to, struct arrival *out)
{
    struct slice rest = readbuf_rest(&s->t.kept);
    size_t len;
    size_t old = takes_input(s) ? rest.len : 0;
    if (old > 0)
        memcpy(to, rest.ptr, old);
    if (!read_into(s, to + old, REACTOR_READ_BYTES, &len))
        return;
    out->in = slice_of(to, old + len);
    out->old = old;
}

/* Other sockets' input was delivered since it was read. One that was paused and no longer is has its
 * kept input delivered with this in the next turn. */
static void deliver_small(struct socket *s, const struct arrival *arrival)
{
    if (arrival->in.len == 0 || s->t.state != TRANSPORT_OPEN)
        return;
    bool whole = arrival->old == readbuf_rest(&s->t.kept).len;
    size_t used = whole && takes_input(s) ? deliver(s, arrival->in) : 0;
    keep_rest(s, arrival->in, arrival->old, used);
    if (s->eof)
        return;
    if (is_landing(s))
        read_landings(s);
    else if (s->t.expected > REACTOR_KEPT_BYTES && takes_input(s))
        read_large(s);
}

/* The peer has closed, perhaps one direction only: what backpressure has held back is still to be
 * answered, and what is queued still to be written. */
static void peer_left(struct socket *s)
{
    bool reset = s->end == TRANSPORT_END_RESET;
    if (!reset)
        deliver_kept(s);
    if (s->t.throttled && !s->t.paused && !reset && readbuf_rest(&s->t.kept).len > 0)
        return;
    socket_end_session(s);
    if (!s->t.queued)
        queue_flush(s);
}

/* What is read here is delivered later; the other ways of input are left to that. */
static struct arrival receive(struct socket *s, uint8_t *to)
{
    struct arrival arrival = {.socket = s, .how = ARRIVED_KEPT};
    if (s->readable && wants_read(s)) {
        bool large = takes_input(s) && readbuf_rest(&s->t.kept).len > REACTOR_KEPT_BYTES;
        arrival.how = is_landing(s) ? ARRIVED_LANDING : large ? ARRIVED_LARGE : ARRIVED_SMALL;
    }
    if (arrival.how == ARRIVED_SMALL)
        read_small(s, to, &arrival);
    s->readable = false;
    return arrival;
}

static void announce(const struct arrival *arrival)
{
    struct socket *s = arrival->socket;
    if (arrival->in.len > 0 && takes_input(s) && s->t.ops->on_arrival)
        s->t.ops->on_arrival(s->t.session, arrival->in);
}

static void take_in(const struct arrival *arrival)
{
    struct socket *s = arrival->socket;
    switch (arrival->how) {
    case ARRIVED_SMALL: deliver_small(s, arrival); break;
    case ARRIVED_LARGE: read_large(s); break;
    case ARRIVED_LANDING: read_landings(s); break;
    case ARRIVED_KEPT:
        if (!s->eof)
            deliver_kept(s);
        break;
    }
    if (s->eof)
        peer_left(s);
    socket_watch(s);
}

void socket_input_some(struct reactor *reactor, struct ring *ready)
{
    struct arrival arrivals[REACTOR_GROUP];
    unsigned count = 0;
    size_t used = 0;
    struct ring *link;
    while (count < REACTOR_GROUP && used <= REACTOR_GROUP_BYTES && (link = ring_pop(ready))) {
        struct socket *s = RING_OWNER(link, struct socket, input);
        arrivals[count] = receive(s, reactor->scratch + used);
        used += arrivals[count++].in.len;
    }
    for (unsigned i = 0; i < count && count > 1; i++)
        announce(&arrivals[i]);
    for (unsigned i = 0; i < count; i++)
        take_in(&arrivals[i]);
}

/* ---- output */

/* False when the connection is dead. */
static bool write_once(struct socket *s)
{
    struct iovec iov[IOVECS_MAX];
    int count = outq_iovec(&s->t.out, iov, IOVECS_MAX);
    if (count == 0 || s->blocked)
        return true;
    ssize_t n =
        count == 1 ? write(s->t.fd, iov[0].iov_base, iov[0].iov_len) : writev(s->t.fd, iov, count);
    if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
        return false;
    if (n > 0) {
        outq_take(&s->t.out, (size_t)n);
        s->t.bytes_out += (uint64_t)n;
        s->progress_us = s->reactor->now_us;
    }
    s->blocked = outq_len(&s->t.out) > 0;
    return true;
}

static void reset(struct socket *s)
{
    struct linger linger = {.l_onoff = 1};
    (void)setsockopt(s->t.fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    socket_destroy(s);
}

/* Its session has gone: writes what is queued, shows the peer the end, waits for the peer's. */
static void leave(struct socket *s)
{
    bool written = outq_len(&s->t.out) == 0;
    if (written && s->t.reset) {
        reset(s);
        return;
    }
    if (written && !s->eof && !s->shut) {
        s->shut = true;
        s->eof = shutdown(s->t.fd, SHUT_WR) != 0; /* no socket: there is no other end to see */
        s->progress_us = s->reactor->now_us;
    }
    if (written && s->eof) {
        socket_destroy(s);
        return;
    }
    struct reactor *reactor = s->reactor;
    if (ring_empty(&s->leave)) {
        s->progress_us = reactor->now_us;
        ring_push_back(&reactor->closing, &s->leave);
    }
    if (!ev_is_active(&reactor->linger_check)) {
        ev_timer_set(&reactor->linger_check, (double)reactor->linger_us / 1e6, 0.);
        ev_timer_start(reactor->loop, &reactor->linger_check);
    }
    socket_watch(s);
}

void reactor_check_lingering(struct reactor *reactor)
{
    int64_t oldest_us = reactor->now_us;
    struct ring *next;
    for (struct ring *link = reactor->closing.next; link != &reactor->closing; link = next) {
        struct socket *s = RING_OWNER(link, struct socket, leave);
        next = link->next;
        if (reactor->now_us - s->progress_us >= reactor->linger_us)
            reset(s);
        else if (s->progress_us < oldest_us)
            oldest_us = s->progress_us;
    }
    if (ring_empty(&reactor->closing))
        return;
    int64_t wait_us = oldest_us + reactor->linger_us - reactor->now_us;
    ev_timer_set(&reactor->linger_check, (double)wait_us / 1e6, 0.);
    ev_timer_start(reactor->loop, &reactor->linger_check);
}

/* The session may have what is kept, in the next turn. */
static void queue_kept(struct socket *s)
{
    if (ring_empty(&s->input))
        ring_push_back(&s->reactor->kept, &s->input);
}

/* The queue has become shorter: input goes on at half of the high-water mark. */
static void check_water(struct socket *s)
{
    size_t len = outq_len(&s->t.out);
    if (len >= s->t.high_water)
        s->t.throttled = s->was_high = true;
    if (s->t.throttled && len <= s->t.high_water / 2) {
        s->t.throttled = false;
        if (!s->t.paused && readbuf_rest(&s->t.kept).len > 0)
            queue_kept(s);
    }
    if (s->was_high && len == 0) {
        s->was_high = false;
        if (s->t.ops->on_drained)
            s->t.ops->on_drained(s->t.session);
    }
}

void socket_flush(struct socket *s)
{
    s->t.queued = false;
    if (s->t.out.failed)
        s->end = TRANSPORT_END_RESET;
    if (s->t.held && s->t.state == TRANSPORT_OPEN && s->end == TRANSPORT_END_WRITTEN)
        return;
    /* One write may take what had made a session stop. */
    s->was_high = s->was_high || outq_len(&s->t.out) >= s->t.high_water;
    bool dead = s->end != TRANSPORT_END_WRITTEN || !write_once(s);
    if (!dead && s->t.state == TRANSPORT_OPEN) {
        check_water(s);
        socket_watch(s);
        return;
    }
    socket_end_session(s);
    if (s->end == TRANSPORT_END_DROPPED)
        socket_destroy(s);
    else if (dead)
        reset(s);
    else
        leave(s);
}

/* ---- the transport's calls */

static void socket_wake(struct transport *t)
{
    queue_flush(socket_of(t));
}

static void socket_close(struct transport *t, enum transport_end end)
{
    struct socket *s = socket_of(t);
    s->end = end > s->end ? end : s->end;
    if (t->state == TRANSPORT_OPEN)
        t->state = TRANSPORT_CLOSING;
    if (!t->queued)
        queue_flush(s);
}

static void socket_set_paused(struct transport *t, bool paused)
{
    struct socket *s = socket_of(t);
    bool resumed = t->paused && !paused;
    t->paused = paused;
    /* While input is being delivered, what will be kept of it is not known yet. */
    if (resumed && (s->delivering || readbuf_rest(&s->t.kept).len > 0))
        queue_kept(s);
    socket_watch(s);
}

static const struct transport_ops socket_ops = {socket_wake, socket_close, socket_set_paused};

int reactor_adopt_fd(struct reactor *reactor, int fd, struct transport **out)
{
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
        fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
        return -errno;
    struct socket *s = socket_create(reactor, fd);
    if (!s)
        return -ENOMEM;
    struct sockaddr_storage peer;
    void *any = &peer;
    socklen_t len = sizeof peer;
    if (getpeername(fd, any, &len) == 0)
        socket_name(s, any, NULL);
    *out = &s->t;
    return 0;
}

int reactor_adopt_output(struct reactor *reactor, int fd, struct transport **out)
{
    int status = reactor_adopt_fd(reactor, fd, out);
    if (status == 0) {
        struct socket *s = socket_of(*out);
        s->eof = true;
        socket_watch(s);
    }
    return status;
}
