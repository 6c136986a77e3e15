#include "emulators/redis/world.h"

#include "emulators/redis/acl.h"

/* The argument that names the user; 0: there is none. */
static uint32_t find_user(const struct slice *argv, uint32_t argc)
{
    if (argc == 3 && slice_is(argv[0], "auth"))
        return 1;
    if (argc >= 5 && slice_is(argv[0], "hello"))
        for (uint32_t i = 2; i + 2 < argc; i++)
            if (slice_is(argv[i], "auth"))
                return i + 1;
    return 0;
}

/* Where the suffix begins, at its '@'; the length of the name: it has none. */
static size_t find_suffix(struct slice user)
{
    for (size_t at = user.len; at-- > 0;)
        if (user.ptr[at] == '@')
            return at;
    return user.len;
}

void redis_world_enter(struct redis_session *session, struct slice *argv, uint32_t argc)
{
    const struct emulator_host *host = &session->redis->host;
    uint8_t first = argv[0].len ? ascii_lower(argv[0].ptr[0]) : 0;
    if ((first != 'a' && first != 'h') || !host->find_world || session->flags & REDIS_SESSION_MULTI)
        return;
    uint32_t at = find_user(argv, argc);
    if (!at)
        return;
    struct slice user = argv[at];
    size_t name_len = find_suffix(user);
    if (name_len < user.len && redis_acl_user_exists(session->redis, user))
        return; /* a user may be called so */
    struct emulator *world = host->find_world(host, slice_from(user, name_len + 1));
    if (!world)
        return;
    argv[at].len = name_len;
    if (redis_of(world) != session->redis)
        redis_session_move(session, redis_of(world));
}
