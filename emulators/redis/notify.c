#include "emulators/redis/notify.h"

#include <stdio.h>

#include "emulators/redis/pubsub.h"

static const struct {
    char letter;
    unsigned class;
} letters[] = {
    {'g', REDIS_NOTIFY_GENERIC},
    {'$', REDIS_NOTIFY_STRING },
    {'l', REDIS_NOTIFY_LIST   },
    {'s', REDIS_NOTIFY_SET    },
    {'h', REDIS_NOTIFY_HASH   },
    {'z', REDIS_NOTIFY_ZSET   },
    {'x', REDIS_NOTIFY_EXPIRED},
    {'e', REDIS_NOTIFY_EVICTED},
    {'t', REDIS_NOTIFY_STREAM },
    {'d', REDIS_NOTIFY_MODULE },
};

static const struct {
    char letter;
    unsigned class;
} outer_letters[] = {
    {'K', REDIS_NOTIFY_KEYSPACE},
    {'E', REDIS_NOTIFY_KEYEVENT},
    {'m', REDIS_NOTIFY_MISS    },
    {'n', REDIS_NOTIFY_NEW     },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static unsigned class_of_letter(char letter)
{
    if (letter == 'A')
        return REDIS_NOTIFY_ALL;
    for (size_t i = 0; i < COUNT(letters); i++)
        if (letters[i].letter == letter)
            return letters[i].class;
    for (size_t i = 0; i < COUNT(outer_letters); i++)
        if (outer_letters[i].letter == letter)
            return outer_letters[i].class;
    return 0;
}

int redis_notify_parse(struct slice text)
{
    unsigned events = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned class = class_of_letter((char)text.ptr[i]);
        if (!class)
            return -1;
        events |= class;
    }
    return (int)events;
}

void redis_notify_print(unsigned events, char out[24])
{
    size_t len = 0;
    if ((events & REDIS_NOTIFY_ALL) == REDIS_NOTIFY_ALL)
        out[len++] = 'A';
    else
        for (size_t i = 0; i < COUNT(letters); i++)
            if (events & letters[i].class)
                out[len++] = letters[i].letter;
    for (size_t i = 0; i < COUNT(outer_letters); i++)
        if (events & outer_letters[i].class && outer_letters[i].letter != 'n') /* 7.0 omits it */
            out[len++] = outer_letters[i].letter;
    out[len] = 0;
}

void redis_notify_event(struct redis *redis, int db, unsigned class, const char *event,
                        struct slice key)
{
    unsigned wanted = redis->config.notify_events;
    if (!(wanted & class))
        return;
    char head[64];
    struct arena arena = {0};
    if (wanted & REDIS_NOTIFY_KEYSPACE) {
        int len = snprintf(head, sizeof(head), "__keyspace@%d__:", db);
        uint8_t *channel = arena_alloc(&arena, (size_t)len + key.len);
        if (channel) {
            memcpy(channel, head, (size_t)len);
            if (key.len)
                memcpy(channel + len, key.ptr, key.len);
            redis_publish(redis, slice_of(channel, (size_t)len + key.len), slice_str(event));
        }
    }
    if (wanted & REDIS_NOTIFY_KEYEVENT) {
        int len = snprintf(head, sizeof(head), "__keyevent@%d__:%s", db, event);
        redis_publish(redis, slice_of(head, (size_t)len), key);
    }
    arena_done(&arena);
}
