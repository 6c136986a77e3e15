/* BITFIELD: integers of any width within strings. Source: the Redis command reference. */
#include "emulators/redis/arguments.h"
#include "emulators/redis/bits.h"
#include "emulators/redis/commands.h"
#include "emulators/redis/keyspace.h"

enum overflow { WRAP, SAT, FAIL };
enum operation { GET, SET, INCRBY };

struct field {
    enum operation operation;
    enum overflow overflow;
    bool is_signed;
    int bits;
    uint64_t offset;
    int64_t operand;
};

struct operations {
    struct field *fields;
    uint32_t count;
    bool longer; /* the string has grown for them: each write is a change */
};

/* ---- parsing */

static bool parse_type(struct redis_call *call, struct slice text, struct field *out)
{
    int64_t bits;
    out->is_signed = text.len && text.ptr[0] == 'i';
    bool ok = text.len && (out->is_signed || text.ptr[0] == 'u') &&
              text_to_i64(slice_from(text, 1), &bits) && bits >= 1 &&
              bits <= (out->is_signed ? 64 : 63);
    if (!ok) {
        redis_reply_error(call->reply, "ERR Invalid bitfield type. Use something like i16 u8. Note "
                                       "that u64 is not supported but i64 is.");
        return false;
    }
    out->bits = (int)bits;
    return true;
}

static bool parse_overflow(struct redis_call *call, struct slice word, enum overflow *out)
{
    static const char *const names[] = {"WRAP", "SAT", "FAIL"};
    for (int i = 0; i < 3; i++)
        if (slice_is(word, names[i])) {
            *out = (enum overflow)i;
            return true;
        }
    redis_reply_error(call->reply, "ERR Invalid OVERFLOW type specified");
    return false;
}

/* Parses one operation at *at; OVERFLOW changes those that follow and yields none (*out_count). */
static bool parse_operation(struct redis_call *call, uint32_t *at, enum overflow *overflow,
                            struct field *out, uint32_t *out_count)
{
    static const char *const names[] = {"GET", "SET", "INCRBY"};
    uint32_t left = call->argc - *at - 1;
    struct slice word = call->argv[*at];
    if (left >= 1 && slice_is(word, "OVERFLOW")) {
        *at += 2;
        return parse_overflow(call, call->argv[*at - 1], overflow);
    }
    int operation = 0;
    while (operation < 3 && !slice_is(word, names[operation]))
        operation++;
    uint32_t needs = operation == GET ? 2 : 3;
    if (operation == 3 || left < needs) {
        redis_reply_syntax(call->reply);
        return false;
    }
    *out = (struct field){.operation = (enum operation)operation, .overflow = *overflow};
    if (!parse_type(call, call->argv[*at + 1], out) ||
        !redis_arg_bit_offset(call, call->argv[*at + 2], true, out->bits, &out->offset) ||
        (operation != GET && !redis_arg_int(call, *at + 3, &out->operand)))
        return false;
    *at += needs + 1;
    ++*out_count;
    return true;
}

/* ---- reading and writing fields */

static uint64_t read_unsigned(struct slice bytes, uint64_t offset, int bits)
{
    uint64_t value = 0;
    for (int i = 0; i < bits; i++, offset++) {
        uint64_t byte = offset >> 3;
        unsigned bit = byte < bytes.len ? bytes.ptr[byte] >> (7 - (offset & 7)) & 1u : 0;
        value = value << 1 | bit;
    }
    return value;
}

static int64_t read_field(struct slice bytes, const struct field *field)
{
    uint64_t value = read_unsigned(bytes, field->offset, field->bits);
    if (field->is_signed && field->bits < 64 && value >> (field->bits - 1) & 1)
        value |= UINT64_MAX << field->bits;
    return (int64_t)value;
}

static void write_field(uint8_t *bytes, const struct field *field, int64_t value)
{
    uint64_t offset = field->offset;
    for (int i = field->bits - 1; i >= 0; i--, offset++) {
        uint8_t mask = (uint8_t)(1u << (7 - (offset & 7)));
        if ((uint64_t)value >> i & 1)
            bytes[offset >> 3] |= mask;
        else
            bytes[offset >> 3] &= (uint8_t)~mask;
    }
}

/* ---- arithmetic with overflow */

/* Cuts a value to the field's width, as wrapping means it. */
static int64_t wrap(const struct field *field, uint64_t value)
{
    if (field->bits == 64)
        return (int64_t)value;
    uint64_t mask = (UINT64_C(1) << field->bits) - 1;
    value &= mask;
    if (field->is_signed && value >> (field->bits - 1))
        value |= ~mask;
    return (int64_t)value;
}

/* old + by within the field's limits: -1 and 1 tell below and above. */
static int out_of_range(const struct field *field, int64_t old, int64_t by)
{
    int64_t max = field->is_signed ? (int64_t)((UINT64_C(1) << (field->bits - 1)) - 1)
                                   : (int64_t)((UINT64_C(1) << field->bits) - 1);
    int64_t min = field->is_signed ? -max - 1 : 0;
    int64_t sum;
    if (__builtin_add_overflow(old, by, &sum))
        return by < 0 ? -1 : 1;
    return sum > max ? 1 : sum < min ? -1 : 0;
}

static int64_t limit(const struct field *field, int side)
{
    int64_t max = field->is_signed ? (int64_t)((UINT64_C(1) << (field->bits - 1)) - 1)
                                   : (int64_t)((UINT64_C(1) << field->bits) - 1);
    return side > 0 ? max : field->is_signed ? -max - 1 : 0;
}

/* SET of an unsigned field takes its operand as unsigned: a negative one is above every limit. */
static int set_out_of_range(const struct field *field)
{
    if (!field->is_signed && field->operand < 0)
        return 1;
    return out_of_range(field, 0, field->operand);
}

/* The value to store; false: the operation is refused (OVERFLOW FAIL). */
static bool new_value(const struct field *field, int64_t old, int64_t *out)
{
    int64_t base = field->operation == INCRBY ? old : 0;
    int side = field->operation == INCRBY ? out_of_range(field, old, field->operand)
                                          : set_out_of_range(field);
    if (side && field->overflow == FAIL)
        return false;
    if (side && field->overflow == SAT)
        *out = limit(field, side);
    else
        *out = wrap(field, (uint64_t)base + (uint64_t)field->operand);
    return true;
}

/* ---- execution */

/* Makes the string long enough for every write before the first one is done. */
static struct redis_raw *prepare(struct redis_call *call, struct operations *operations, size_t len)
{
    size_t needed = len;
    for (uint32_t i = 0; i < operations->count; i++) {
        const struct field *field = &operations->fields[i];
        size_t end = (size_t)((field->offset + (uint64_t)field->bits - 1) >> 3) + 1;
        if (field->operation != GET && end > needed)
            needed = end;
    }
    operations->longer = needed > len;
    return redis_edit_string(call, call->argv[1], needed);
}

static void execute(struct redis_call *call, const struct operations *operations,
                    struct slice bytes, uint8_t *writable)
{
    bool changed = false;
    redis_reply_array(call->reply, operations->count);
    for (uint32_t i = 0; i < operations->count; i++) {
        const struct field *field = &operations->fields[i];
        int64_t old = read_field(bytes, field), value;
        if (field->operation == GET) {
            redis_reply_int(call->reply, old);
        } else if (!new_value(field, old, &value)) {
            redis_reply_null(call->reply);
        } else {
            write_field(writable, field, value);
            redis_reply_int(call->reply, field->operation == SET ? old : value);
            changed |= operations->longer || value != old;
        }
    }
    if (changed)
        redis_changed(call, call->argv[1], REDIS_NOTIFY_STRING, "setbit");
}

static void bitfield_generic(struct redis_call *call, bool read_only)
{
    struct operations operations = {arena_array(call->arena, call->argc, sizeof(struct field)), 0,
                                    false};
    enum overflow overflow = WRAP;
    bool writes = false, exists;
    char scratch[TEXT_INT_MAX];
    struct slice bytes;
    for (uint32_t at = 2; at < call->argc;) {
        struct field *field = &operations.fields[operations.count];
        uint32_t before = operations.count;
        if (!parse_operation(call, &at, &overflow, field, &operations.count))
            return;
        writes |= operations.count > before && field->operation != GET;
    }
    if (writes && read_only) {
        redis_reply_error(call->reply, "ERR BITFIELD_RO only supports the GET subcommand");
        return;
    }
    if (!redis_bytes_for_read(call, call->argv[1], scratch, &bytes, &exists))
        return;
    struct redis_raw *raw = NULL;
    if (writes) {
        raw = prepare(call, &operations, bytes.len);
        if (!raw)
            return;
        bytes = slice_of(raw->bytes, raw->len);
    }
    execute(call, &operations, bytes, raw ? raw->bytes : NULL);
}

static void bitfield(struct redis_call *call)
{
    bitfield_generic(call, false);
}

static void bitfield_ro(struct redis_call *call)
{
    bitfield_generic(call, true);
}

const struct redis_command redis_bitfield_commands[] = {
    {"bitfield",    bitfield   },
    {"bitfield_ro", bitfield_ro},
    {NULL,          NULL       },
};
