/* uuid-ossp: UUIDs of time and node (v1), of a name in a namespace (v3, v5), of chance (v4). RFC 4122. */
#include <mbedtls/md5.h>
#include <mbedtls/sha1.h>

#include "common/random.h"
#include "emulators/postgres/extension/functions.h"
#include "emulators/sql/value/bytea.h"

/* 100 ns from 1582-10-15 to 2000-01-01, where the clock's microseconds begin. */
#define GREGORIAN_OFFSET INT64_C(0x01248d1de0c3c000)
#define SHA1_SIZE        20

static bool give_uuid(struct sql_call *call, struct datum *out, const uint8_t *bytes, int version)
{
    uint8_t uuid[SQL_UUID_SIZE];
    memcpy(uuid, bytes, sizeof uuid);
    if (version) {
        uuid[6] = (uint8_t)((uuid[6] & 0x0f) | version << 4);
        uuid[8] = (uint8_t)((uuid[8] & 0x3f) | 0x80);
    }
    return sql_give_copy(call, out, slice_of(uuid, sizeof uuid));
}

/* The name spaces of RFC 4122, appendix C, differ in their fourth byte. */
static bool give_namespace(struct sql_call *call, struct datum *out, uint8_t which)
{
    const uint8_t uuid[SQL_UUID_SIZE] = {0x6b, 0xa7, 0xb8, which, 0x9d, 0xad, 0x11, 0xd1,
                                         0x80, 0xb4, 0x00, 0xc0,  0x4f, 0xd4, 0x30, 0xc8};
    return give_uuid(call, out, uuid, 0);
}

static bool uuid_nil(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args;
    const uint8_t uuid[SQL_UUID_SIZE] = {0};
    return give_uuid(call, out, uuid, 0);
}

static bool uuid_ns_dns(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args;
    return give_namespace(call, out, 0x10);
}

static bool uuid_ns_url(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args;
    return give_namespace(call, out, 0x11);
}

static bool uuid_ns_oid(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args;
    return give_namespace(call, out, 0x12);
}

static bool uuid_ns_x500(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args;
    return give_namespace(call, out, 0x14);
}

/* The statement's time with the clock sequence and node given (8 bytes); ties are broken by chance
 * in the 100 ns below the clock's microseconds and in the sequence. */
static bool give_timed(struct sql_call *call, struct datum *out, const uint8_t *node)
{
    uint64_t ticks = (uint64_t)(call->env->statement_time * 10 + GREGORIAN_OFFSET) +
                     random_below(call->env->random, 10);
    uint8_t uuid[SQL_UUID_SIZE];
    for (unsigned i = 0; i < 4; i++)
        uuid[i] = (uint8_t)(ticks >> (24 - 8 * i));
    for (unsigned i = 0; i < 2; i++) {
        uuid[4 + i] = (uint8_t)(ticks >> (40 - 8 * i));
        uuid[6 + i] = (uint8_t)(ticks >> (56 - 8 * i));
    }
    random_bytes(call->env->random, uuid + 8, 2);
    memcpy(uuid + 10, node, 6);
    return give_uuid(call, out, uuid, 1);
}

/* The node is no network card's: the sandbox tells no one what machine it is on. */
static bool uuid_generate_v1(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args;
    static const uint8_t node[] = {0x02, 0x00, 0x00, 0x00, 0x00, 0x01};
    return give_timed(call, out, node);
}

static bool uuid_generate_v1mc(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args;
    uint8_t node[6];
    random_bytes(call->env->random, node, sizeof node);
    node[0] |= 0x03; /* multicast, administered locally */
    return give_timed(call, out, node);
}

static bool uuid_generate_v4(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args;
    uint8_t uuid[SQL_UUID_SIZE];
    random_bytes(call->env->random, uuid, sizeof uuid);
    return give_uuid(call, out, uuid, 4);
}

static bool join_name(struct sql_call *call, const struct datum *args, struct sql_bytes *out)
{
    *out = sql_bytes_begin(call);
    sql_bytes_add_slice(out, datum_slice(args[0]));
    sql_bytes_add_slice(out, datum_slice(args[1]));
    return !out->failed || sql_fail_memory(call->env->error);
}

static bool uuid_generate_v3(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_bytes name;
    uint8_t digest[SQL_UUID_SIZE];
    if (!join_name(call, args, &name))
        return false;
    if (mbedtls_md5_ret(name.ptr, name.len, digest) != 0)
        return sql_fail_memory(call->env->error);
    return give_uuid(call, out, digest, 3);
}

static bool uuid_generate_v5(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_bytes name;
    uint8_t digest[SHA1_SIZE];
    if (!join_name(call, args, &name))
        return false;
    if (mbedtls_sha1_ret(name.ptr, name.len, digest) != 0)
        return sql_fail_memory(call->env->error);
    return give_uuid(call, out, digest, 5);
}

const struct sql_builtin pg_uuid_ossp_functions[] = {
    {"uuid_nil",           uuid_nil          },
    {"uuid_ns_dns",        uuid_ns_dns       },
    {"uuid_ns_url",        uuid_ns_url       },
    {"uuid_ns_oid",        uuid_ns_oid       },
    {"uuid_ns_x500",       uuid_ns_x500      },
    {"uuid_generate_v1",   uuid_generate_v1  },
    {"uuid_generate_v1mc", uuid_generate_v1mc},
    {"uuid_generate_v3",   uuid_generate_v3  },
    {"uuid_generate_v4",   uuid_generate_v4  },
    {"uuid_generate_v5",   uuid_generate_v5  },
    {NULL,                 NULL              },
};
