/* Listening sockets: opening them, taking connections a bounded number a turn. */
#define _GNU_SOURCE /* accept4 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/log.h"
#include "common/reactor_internal.h"

#define ACCEPTS_PER_TURN 256
/* How long a listener rests when the process is out of descriptors. */
#define STARVED_WAIT_S 0.1

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_un path;
    struct sockaddr_storage room;
};

/* ---- accepting */

static bool out_of_resources(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

static void pause_accepting(struct listener *l, int error)
{
    if (!l->starved)
        log_message(LOG_WARNING, "port %u: cannot accept connections: %s", (unsigned)l->port,
                    strerror(error));
    l->starved = true;
    ev_io_stop(l->reactor->loop, &l->io);
    ev_timer_set(&l->retry, STARVED_WAIT_S, 0.);
    ev_timer_start(l->reactor->loop, &l->retry);
}

static void on_retry(struct ev_loop *loop, ev_timer *retry, int events)
{
    (void)events;
    struct listener *l = retry->data;
    ev_io_start(loop, &l->io);
}

static void refuse(struct listener *l, int fd)
{
    if (!l->options.on_refuse) {
        close(fd);
        return;
    }
    struct socket *s = socket_create(l->reactor, fd);
    if (!s)
        return;
    l->options.on_refuse(l->options.ctx, &s->t);
    transport_close(&s->t);
}

static void welcome(struct listener *l, int fd, const union address *peer)
{
    unsigned max = l->options.connections_max;
    if (max && l->connections >= max) {
        refuse(l, fd);
        return;
    }
    struct socket *s = socket_create(l->reactor, fd);
    if (!s)
        return;
    socket_count(s, l);
    socket_name(s, &peer->any, l->path);
    if (!l->options.on_accept(l->options.ctx, &s->t))
        transport_close(&s->t);
    else if (s->t.out.first) /* a greeting */
        transport_wake(&s->t);
}

/* False when the backlog is empty or cannot be taken from. */
static bool accept_one(struct listener *l)
{
    union address peer = {0};
    socklen_t len = sizeof peer;
    int fd = accept4(l->fd, &peer.any, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
        welcome(l, fd, &peer);
        return true;
    }
    if (errno == EINTR || errno == ECONNABORTED)
        return true;
    if (out_of_resources(errno))
        pause_accepting(l, errno);
    else if (errno == EAGAIN || errno == EWOULDBLOCK)
        l->starved = false;
    else
        log_message(LOG_ERROR, "port %u: accept: %s", (unsigned)l->port, strerror(errno));
    return false;
}

void listener_accept(struct listener *l)
{
    struct reactor *reactor = l->reactor;
    reactor->accepting_now = l;
    for (int i = 0; i < ACCEPTS_PER_TURN; i++)
        /* The callback may have closed the listener. */
        if (!accept_one(l) || reactor->accepting_now != l)
            break;
    reactor->accepting_now = NULL;
}

static void on_connection(struct ev_loop *loop, ev_io *io, int events)
{
    (void)loop;
    (void)events;
    struct listener *l = io->data;
    ring_push_front(&l->reactor->accepting, &l->accepting);
}

/* ---- opening */

static int parse_address(const struct listener_options *options, union address *out,
                         socklen_t *out_len)
{
    *out = (union address){0};
    if (options->unix_socket) {
        size_t len = strlen(options->address);
        if (len >= sizeof out->path.sun_path)
            return -ENAMETOOLONG;
        out->path.sun_family = AF_UNIX;
        memcpy(out->path.sun_path, options->address, len + 1);
        *out_len = sizeof out->path;
    } else if (inet_pton(AF_INET, options->address, &out->v4.sin_addr) == 1) {
        out->v4.sin_family = AF_INET;
        out->v4.sin_port = htons(options->port);
        *out_len = sizeof out->v4;
    } else if (inet_pton(AF_INET6, options->address, &out->v6.sin6_addr) == 1) {
        out->v6.sin6_family = AF_INET6;
        out->v6.sin6_port = htons(options->port);
        *out_len = sizeof out->v6;
    } else {
        return -EINVAL;
    }
    return 0;
}

/* A socket's file outlives a process that was killed; nobody answers on it then. */
static void remove_stale(const union address *address, socklen_t len)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    if (connect(fd, &address->any, len) < 0 && errno == ECONNREFUSED)
        unlink(address->path.sun_path);
    close(fd);
}

static int bind_and_listen(int fd, const union address *address, socklen_t len, int backlog)
{
    int family = address->any.sa_family;
    if (family == AF_UNIX)
        remove_stale(address, len);
    else if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)) < 0)
        return -errno;
    /* 0.0.0.0 and :: are two listeners. */
    if (family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &(int){1}, sizeof(int)) < 0)
        return -errno;
    if (bind(fd, &address->any, len) < 0)
        return -errno;
    if (listen(fd, backlog > 0 ? backlog : SOMAXCONN) < 0)
        return -errno;
    return 0;
}

/* A listening descriptor, or a negative errno. */
static int open_descriptor(const struct listener_options *options)
{
    union address address;
    socklen_t len;
    int failed = parse_address(options, &address, &len);
    if (failed)
        return failed;
    int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    failed = bind_and_listen(fd, &address, len, options->backlog);
    if (!failed)
        return fd;
    close(fd);
    return failed;
}

static uint16_t bound_port(int fd)
{
    union address address = {0};
    socklen_t len = sizeof address;
    if (getsockname(fd, &address.any, &len) < 0 || address.any.sa_family == AF_UNIX)
        return 0;
    return ntohs(address.any.sa_family == AF_INET ? address.v4.sin_port : address.v6.sin6_port);
}

int listener_open(struct reactor *reactor, const struct listener_options *options,
                  struct listener **out)
{
    struct listener *l = calloc(1, sizeof *l);
    char *path = options->unix_socket ? strdup(options->address) : NULL;
    int fd = -ENOMEM;
    if (l && (path || !options->unix_socket))
        fd = open_descriptor(options);
    if (fd < 0) {
        free(path);
        free(l);
        return fd;
    }
    l->reactor = reactor;
    l->options = *options;
    l->options.address = NULL; /* the caller's */
    l->path = path;
    l->fd = fd;
    l->port = bound_port(fd);
    ring_init(&l->all);
    ring_init(&l->accepting);
    ring_push_back(&reactor->listeners, &l->all);
    ev_io_init(&l->io, on_connection, fd, EV_READ);
    ev_init(&l->retry, on_retry);
    l->io.data = l->retry.data = l;
    ev_io_start(reactor->loop, &l->io);
    *out = l;
    return 0;
}

static void let_go(struct listener *l, bool close_connections)
{
    struct ring *all = &l->reactor->sockets;
    for (struct ring *link = all->next; link != all; link = link->next) {
        struct socket *s = RING_OWNER(link, struct socket, all);
        if (s->listener != l)
            continue;
        s->listener = NULL;
        if (close_connections)
            transport_close(&s->t);
    }
}

void listener_close(struct listener *l, bool close_connections)
{
    if (!l)
        return;
    let_go(l, close_connections);
    ev_io_stop(l->reactor->loop, &l->io);
    ev_timer_stop(l->reactor->loop, &l->retry);
    ring_remove(&l->all);
    ring_remove(&l->accepting);
    if (l->reactor->accepting_now == l)
        l->reactor->accepting_now = NULL;
    close(l->fd);
    if (l->path)
        unlink(l->path);
    free(l->path);
    free(l);
}

uint16_t listener_port(const struct listener *l)
{
    return l->port;
}

unsigned listener_connections(const struct listener *l)
{
    return l->connections;
}

void listener_set_connections_max(struct listener *l, unsigned max)
{
    l->options.connections_max = max;
}
