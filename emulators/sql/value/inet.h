/* Network addresses: inet (a host, perhaps with its net) and cidr (a net); macaddr and macaddr8.
 *
 * Flat form of inet and cidr: a byte with the family (4 or 6), one with the bits of the net, then 4 or
 * 16 bytes of the address. A MAC address is its 6 or 8 bytes. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_INET_H
#define PARLEL_EMULATORS_SQL_VALUE_INET_H

#include "emulators/sql/value/bytes.h"
#include "emulators/sql/value/type.h"

enum { SQL_INET_BYTES_MAX = 16 };

struct sql_inet {
    bool six; /* IPv6 */
    uint8_t bits;
    uint8_t address[SQL_INET_BYTES_MAX]; /* the rest is 0 */
};

static inline unsigned sql_inet_len(const struct sql_inet *inet)
{
    return inet->six ? 16 : 4;
}

static inline unsigned sql_inet_bits(const struct sql_inet *inet)
{
    return inet->six ? 128 : 32;
}

void sql_inet_open(struct datum value, struct sql_inet *out);
bool sql_inet_make(struct sql_call *call, const struct sql_inet *inet, struct datum *out);
/* The address' text without its bits. */
void sql_inet_print(const struct sql_inet *inet, struct sql_bytes *out);
/* Bits from `bits` on are cleared. */
void sql_inet_mask(struct sql_inet *inet, unsigned bits);
/* Are the first `bits` bits the same? */
bool sql_inet_same(const struct sql_inet *a, const struct sql_inet *b, unsigned bits);

extern const struct sql_type_ops sql_inet_ops;
extern const struct sql_type_ops sql_cidr_ops;
extern const struct sql_type_ops sql_macaddr_ops;
extern const struct sql_type_ops sql_macaddr8_ops;
extern const struct sql_builtin sql_inet_builtins[];
extern const struct sql_builtin sql_macaddr_builtins[];

#endif
