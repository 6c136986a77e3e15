#include "server/control/origin.h"

#include <arpa/inet.h>
#include <stdio.h>

/* "host:port" and "[::1]:port" without the port and the brackets. */
static struct slice host_name(struct slice host)
{
    if (host.len && host.ptr[0] == '[') {
        const uint8_t *end = memchr(host.ptr, ']', host.len);
        return slice_of(host.ptr + 1, end ? (size_t)(end - host.ptr) - 1 : 0);
    }
    const uint8_t *colon = host.len ? memchr(host.ptr, ':', host.len) : NULL;
    return slice_of(host.ptr, colon ? (size_t)(colon - host.ptr) : host.len);
}

static bool is_local_name(struct slice name)
{
    static const char suffix[] = ".localhost";
    size_t len = sizeof(suffix) - 1;
    return slice_is(name, "localhost") ||
           (name.len > len && slice_is(slice_from(name, name.len - len), suffix));
}

static bool is_address(struct slice name)
{
    char text[INET6_ADDRSTRLEN];
    unsigned char binary[16];
    if (name.len >= sizeof(text))
        return false;
    snprintf(text, sizeof(text), SLICE_FMT, SLICE_ARG(name));
    return inet_pton(AF_INET, text, binary) == 1 || inet_pton(AF_INET6, text, binary) == 1;
}

static bool is_loopback(struct slice name)
{
    return is_local_name(name) || slice_is(name, "::1") ||
           (is_address(name) && name.len > 4 && memcmp(name.ptr, "127.", 4) == 0);
}

/* Also when they were given instead of being the default. */
static bool is_for_this_machine(const struct listen_addresses *bind)
{
    for (size_t i = 0; i < bind->count; i++)
        if (!is_loopback(slice_str(bind->text[i])))
            return false;
    return true;
}

/* The authority of "scheme://authority"; ptr NULL for anything else, such as "null". */
static struct slice origin_host(struct slice origin)
{
    for (size_t i = 0; i + 3 <= origin.len; i++)
        if (memcmp(origin.ptr + i, "://", 3) == 0)
            return slice_from(origin, i + 3);
    return slice_of(NULL, 0);
}

bool origin_is_allowed(const struct listen_addresses *bind, struct slice host, struct slice origin)
{
    struct slice from = origin.ptr ? origin_host(origin) : slice_of(NULL, 0);
    if (origin.ptr && !from.ptr)
        return false;
    if (!is_for_this_machine(bind))
        return !origin.ptr || slice_eq_nocase(from, host);
    struct slice name = host_name(host);
    if (host.ptr && !is_local_name(name) && !is_address(name))
        return false;
    return !origin.ptr || is_loopback(host_name(from));
}
