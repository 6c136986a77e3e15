/* Who may speak with an HTTP port that a browser of this machine could be made to call. */
#ifndef PARLEL_SERVER_CONTROL_ORIGIN_H
#define PARLEL_SERVER_CONTROL_ORIGIN_H

#include "server/listen.h"

/* The fields Host and Origin of a request (ptr NULL: it has none) that came to these addresses. On
 * loopback addresses the Host has to be this machine (localhost or an address: a name that someone
 * else's DNS has point here is not), and so has the Origin. On others any Host is fine, and the Origin has
 * to be it. */
bool origin_is_allowed(const struct listen_addresses *bind, struct slice host, struct slice origin);

#endif
