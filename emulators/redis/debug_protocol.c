#include "emulators/redis/debug_protocol.h"

static void put_string(struct redis_reply *reply)
{
    redis_reply_bulk_str(reply, "Hello World");
}

static void put_integer(struct redis_reply *reply)
{
    redis_reply_int(reply, 12345);
}

static void put_double(struct redis_reply *reply)
{
    redis_reply_double(reply, 3.141);
}

static void put_bignum(struct redis_reply *reply)
{
    redis_reply_big_number(reply, slice_str("1234567999999999999999999999999999999"));
}

static void put_numbers(struct redis_reply *reply)
{
    for (int i = 0; i < 3; i++)
        redis_reply_int(reply, i);
}

static void put_array(struct redis_reply *reply)
{
    redis_reply_array(reply, 3);
    put_numbers(reply);
}

static void put_set(struct redis_reply *reply)
{
    redis_reply_set(reply, 3);
    put_numbers(reply);
}

static void put_map(struct redis_reply *reply)
{
    redis_reply_map(reply, 3);
    for (int i = 0; i < 3; i++) {
        redis_reply_int(reply, i);
        redis_reply_bool(reply, i == 1);
    }
}

/* An attribute stands before a reply and is none itself. */
static void put_attribute(struct redis_reply *reply)
{
    if (reply->resp >= 3) {
        resp_put_attribute(reply->out, 1);
        redis_reply_bulk_str(reply, "key-popularity");
        redis_reply_array(reply, 2);
        redis_reply_bulk_str(reply, "key:123");
        redis_reply_int(reply, 90);
    }
    redis_reply_bulk_str(reply, "Some real reply following the attribute");
}

static void put_push(struct redis_reply *reply)
{
    if (reply->resp < 3) {
        redis_reply_error(reply, "ERR RESP2 is not supported by this command");
        return;
    }
    redis_reply_push(reply, 2);
    redis_reply_bulk_str(reply, "server-cpu-usage");
    redis_reply_int(reply, 42);
    redis_reply_bulk_str(reply, "Some real reply following the push reply");
}

static void put_verbatim(struct redis_reply *reply)
{
    redis_reply_verbatim(reply, "txt", slice_str("This is a verbatim\nstring"));
}

static void put_true(struct redis_reply *reply)
{
    redis_reply_bool(reply, true);
}

static void put_false(struct redis_reply *reply)
{
    redis_reply_bool(reply, false);
}

static const struct {
    const char *name;
    void (*put)(struct redis_reply *reply);
} types[] = {
    {"string",   put_string      },
    {"integer",  put_integer     },
    {"double",   put_double      },
    {"bignum",   put_bignum      },
    {"null",     redis_reply_null},
    {"array",    put_array       },
    {"set",      put_set         },
    {"map",      put_map         },
    {"attrib",   put_attribute   },
    {"push",     put_push        },
    {"verbatim", put_verbatim    },
    {"true",     put_true        },
    {"false",    put_false       },
};

void redis_debug_protocol(struct redis_call *call)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (slice_is(call->argv[2], types[i].name)) {
            types[i].put(call->reply);
            return;
        }
    redis_reply_error(call->reply, "ERR Wrong protocol type name. Please use one of the following: "
                                   "string|integer|double|bignum|null|array|set|map|attrib|push|"
                                   "verbatim|true|false");
}
