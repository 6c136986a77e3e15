#include "server/probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

/* Returns the address's size, 0 when the text is none. */
static socklen_t read_address(const char *text, uint16_t port, union address *out)
{
    *out = (union address){
        .v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)}
    };
    if (inet_pton(AF_INET6, text, &out->v6.sin6_addr) == 1)
        return sizeof(out->v6);
    *out = (union address){
        .v4 = {.sin_family = AF_INET, .sin_port = htons(port)}
    };
    return inet_pton(AF_INET, text, &out->v4.sin_addr) == 1 ? sizeof(out->v4) : 0;
}

/* Waits for the end of a connection attempt; 0 or a negative errno. */
static int finish(int fd, int timeout_ms)
{
    struct pollfd wait = {.fd = fd, .events = POLLOUT};
    int error = 0;
    socklen_t len = sizeof(error);
    if (poll(&wait, 1, timeout_ms) != 1)
        return -ETIMEDOUT;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 ? -error : -errno;
}

int probe_open(const char *address, uint16_t port, int timeout_ms)
{
    union address to;
    socklen_t len = read_address(address, port, &to);
    if (!len)
        return -EINVAL;
    int fd = socket(to.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    int status = connect(fd, &to.any, len) == 0 ? 0 : -errno;
    if (status == -EINPROGRESS)
        status = finish(fd, timeout_ms);
    if (status == 0)
        return fd;
    close(fd);
    return status;
}

bool probe_connect(const char *address, uint16_t port, int timeout_ms)
{
    int fd = probe_open(address, port, timeout_ms);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}
