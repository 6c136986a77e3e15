#include "protocols/amqp/amqp_table.h"

#include "common/assert.h"
#include "protocols/amqp/amqp_encode.h"

/* What a type's letter stands for. */
enum kind { NO_TYPE, INTEGER, REAL, BOOLEAN, BYTES, NESTED, TIMESTAMP, DECIMAL, NOTHING };

static const struct type {
    const char *name; /* in RabbitMQ's texts */
    uint8_t kind;     /* enum kind */
    uint8_t size;     /* of the value; of the length in front of it */
    bool is_signed;
} types[UINT8_MAX + 1] = {
    ['b'] = {"byte",          INTEGER,   1, true },
      ['B'] = {"unsignedbyte",  INTEGER,   1, false},
    ['s'] = {"short",         INTEGER,   2, true },
      ['u'] = {"unsignedshort", INTEGER,   2, false},
    ['I'] = {"signedint",     INTEGER,   4, true },
      ['i'] = {"unsignedint",   INTEGER,   4, false},
    ['l'] = {"long",          INTEGER,   8, true },
      ['L'] = {"long",          INTEGER,   8, true },
    ['f'] = {"float",         REAL,      4, true },
      ['d'] = {"double",        REAL,      8, true },
    ['t'] = {"bool",          BOOLEAN,   1, false},
      ['S'] = {"longstr",       BYTES,     4, false},
    ['x'] = {"binary",        BYTES,     4, false},
      ['A'] = {"array",         NESTED,    4, false},
    ['F'] = {"table",         NESTED,    4, false},
      ['T'] = {"timestamp",     TIMESTAMP, 8, false},
    ['D'] = {"decimal",       DECIMAL,   5, false},
      ['V'] = {"void",          NOTHING,   0, false},
};

/* ---- checking */

struct checking {
    const uint8_t *end[AMQP_TABLE_DEPTH_MAX]; /* of the tables and arrays around */
    bool is_array[AMQP_TABLE_DEPTH_MAX];
    uint32_t depth;
};

/* Whether the exponent of a float or a double is one of a number. */
static bool is_finite(struct slice value)
{
    uint32_t head = (uint32_t)(value.ptr[0] << 8 | value.ptr[1]);
    uint32_t exponent = value.len == sizeof(float) ? 0x7f80 : 0x7ff0;
    return (head & exponent) != exponent;
}

/* Goes past one value, into it when it is a table or an array. */
static enum amqp_table_problem check_value(struct checking *checking, struct reader *reader)
{
    uint8_t letter = read_u8(reader);
    const struct type *type = &types[letter];
    if (!reader->ok)
        return AMQP_TABLE_TRUNCATED;
    if (type->kind == NO_TYPE)
        return AMQP_TABLE_UNKNOWN_TYPE;
    bool has_length = type->kind == BYTES || type->kind == NESTED;
    size_t len = has_length ? read_u32(reader) : type->size;
    if (!reader->ok || len > reader_left(reader))
        return AMQP_TABLE_TRUNCATED;
    if (type->kind != NESTED) {
        struct slice value = read_bytes(reader, len);
        return type->kind == REAL && !is_finite(value) ? AMQP_TABLE_NOT_FINITE : AMQP_TABLE_OK;
    }
    if (checking->depth == AMQP_TABLE_DEPTH_MAX)
        return AMQP_TABLE_TOO_DEEP;
    checking->end[checking->depth] = reader->end;
    checking->is_array[checking->depth++] = letter == 'A';
    reader->end = reader->at + len;
    return AMQP_TABLE_OK;
}

static enum amqp_table_problem check(struct slice table)
{
    struct checking checking;
    struct reader reader = reader_of(table);
    checking.depth = 0;
    for (;;) {
        while (reader.at == reader.end) {
            if (checking.depth == 0)
                return AMQP_TABLE_OK;
            reader.end = checking.end[--checking.depth];
        }
        if (checking.depth == 0 || !checking.is_array[checking.depth - 1])
            read_bytes(&reader, read_u8(&reader));
        enum amqp_table_problem problem = check_value(&checking, &reader);
        if (problem)
            return problem;
    }
}

bool amqp_table_check(struct slice table, enum amqp_table_problem *out_problem)
{
    enum amqp_table_problem problem = table.len ? check(table) : AMQP_TABLE_OK;
    if (out_problem)
        *out_problem = problem;
    return problem == AMQP_TABLE_OK;
}

/* ---- reading */

static int64_t read_integer(struct reader *reader, const struct type *type)
{
    switch (type->size) {
    case 1: return type->is_signed ? (int8_t)read_u8(reader) : read_u8(reader);
    case 2: return type->is_signed ? (int16_t)read_u16(reader) : read_u16(reader);
    case 4: return type->is_signed ? (int32_t)read_u32(reader) : (int64_t)read_u32(reader);
    default: return (int64_t)read_u64(reader);
    }
}

static double read_real(struct reader *reader, const struct type *type)
{
    if (type->size == sizeof(float)) {
        uint32_t bits = read_u32(reader);
        float real;
        memcpy(&real, &bits, sizeof(real));
        return (double)real;
    }
    uint64_t bits = read_u64(reader);
    double real;
    memcpy(&real, &bits, sizeof(real));
    return real;
}

static void read_value(struct reader *reader, struct amqp_value *out)
{
    const uint8_t *begin = reader->at;
    *out = (struct amqp_value){.type = read_u8(reader)};
    const struct type *type = &types[out->type];
    switch ((enum kind)type->kind) {
    case INTEGER: out->integer = read_integer(reader, type); break;
    case REAL: out->real = read_real(reader, type); break;
    case BOOLEAN: out->boolean = read_u8(reader) != 0; break;
    case BYTES:
    case NESTED: out->bytes = read_bytes(reader, read_u32(reader)); break;
    case TIMESTAMP: out->timestamp = read_u64(reader); break;
    case DECIMAL:
        out->decimal.scale = read_u8(reader);
        out->decimal.digits = read_u32(reader);
        break;
    case NOTHING:
    case NO_TYPE: break;
    }
    if (out->type == 'L')
        out->type = 'l';
    out->raw = slice_of(begin, (size_t)(reader->at - begin));
    ASSERT(reader->ok);
}

bool amqp_table_next(struct amqp_table_iter *iter, struct slice *out_name,
                     struct amqp_value *out_value)
{
    if (!reader_left(&iter->reader))
        return false;
    *out_name = read_bytes(&iter->reader, read_u8(&iter->reader));
    read_value(&iter->reader, out_value);
    return true;
}

bool amqp_array_next(struct amqp_table_iter *iter, struct amqp_value *out_value)
{
    if (!reader_left(&iter->reader))
        return false;
    read_value(&iter->reader, out_value);
    return true;
}

bool amqp_table_get(struct slice table, struct slice name, struct amqp_value *out_value)
{
    struct amqp_table_iter iter = amqp_table_begin(table);
    struct slice here;
    while (amqp_table_next(&iter, &here, out_value))
        if (slice_eq(here, name))
            return true;
    *out_value = (struct amqp_value){0};
    return false;
}

bool amqp_value_is_integer(const struct amqp_value *value)
{
    return types[value->type].kind == INTEGER;
}

bool amqp_value_to_i64(const struct amqp_value *value, int64_t *out)
{
    if (!amqp_value_is_integer(value))
        return false;
    *out = value->integer;
    return true;
}

const char *amqp_type_name(uint8_t type)
{
    return types[type].name ? types[type].name : "";
}

/* ---- comparing */

/* A number as Erlang compares it: by its value, whatever its type. */
struct number {
    bool is_whole;
    bool is_negative;
    uint64_t magnitude; /* of whole ones */
    double real;        /* of others */
};

static struct number number_of_i64(int64_t integer)
{
    uint64_t bits = (uint64_t)integer;
    return (struct number){true, integer < 0, integer < 0 ? -bits : bits, 0};
}

static struct number number_of_double(double real)
{
    double magnitude = real < 0 ? -real : real;
    if (magnitude >= 0x1p64 || magnitude != (double)(uint64_t)magnitude)
        return (struct number){.real = real};
    return (struct number){true, real < 0, (uint64_t)magnitude, 0};
}

/* False: the value is no number. */
static bool to_number(const struct amqp_value *value, struct number *out)
{
    switch (types[value->type].kind) {
    case INTEGER: *out = number_of_i64(value->integer); return true;
    case TIMESTAMP: *out = (struct number){true, false, value->timestamp, 0}; return true;
    case REAL: *out = number_of_double(value->real); return true;
    default: return false;
    }
}

static bool number_equal(struct number a, struct number b)
{
    if (!a.is_whole || !b.is_whole)
        return !a.is_whole && !b.is_whole && a.real == b.real;
    return a.is_negative == b.is_negative && a.magnitude == b.magnitude;
}

static bool same(const struct amqp_value *a, const struct amqp_value *b)
{
    return a->type == b->type && amqp_value_equal(a, b);
}

/* Entry by entry: below the top RabbitMQ looks at the order and at the types, too. */
static bool nested_equal(const struct amqp_value *a, const struct amqp_value *b)
{
    struct amqp_table_iter at = amqp_table_begin(a->bytes), bt = amqp_table_begin(b->bytes);
    struct slice a_name = {0}, b_name = {0};
    struct amqp_value a_item, b_item;
    bool is_table = a->type == 'F';
    for (;;) {
        bool more =
            is_table ? amqp_table_next(&at, &a_name, &a_item) : amqp_array_next(&at, &a_item);
        if (more !=
            (is_table ? amqp_table_next(&bt, &b_name, &b_item) : amqp_array_next(&bt, &b_item)))
            return false;
        if (!more)
            return true;
        if (!slice_eq(a_name, b_name) || !same(&a_item, &b_item))
            return false;
    }
}

bool amqp_value_equal(const struct amqp_value *a, const struct amqp_value *b)
{
    struct number a_number, b_number;
    if (to_number(a, &a_number))
        return to_number(b, &b_number) && number_equal(a_number, b_number);
    if (types[a->type].kind == BYTES)
        return types[b->type].kind == BYTES && slice_eq(a->bytes, b->bytes);
    if (a->type != b->type)
        return false;
    switch (types[a->type].kind) {
    case BOOLEAN: return a->boolean == b->boolean;
    case DECIMAL:
        return a->decimal.scale == b->decimal.scale && a->decimal.digits == b->decimal.digits;
    case NESTED: return nested_equal(a, b);
    default: return true;
    }
}

bool amqp_value_equivalent(const struct amqp_value *a, const struct amqp_value *b)
{
    bool a_is_real = types[a->type].kind == REAL;
    bool b_is_real = types[b->type].kind == REAL;
    return a_is_real == b_is_real && amqp_value_equal(a, b);
}

static size_t table_count(struct slice table)
{
    struct amqp_table_iter iter = amqp_table_begin(table);
    struct amqp_value value;
    struct slice name;
    size_t count = 0;
    while (amqp_table_next(&iter, &name, &value))
        count++;
    return count;
}

/* How often the table has this very entry. */
static size_t entry_count(struct slice table, struct slice name, const struct amqp_value *value)
{
    struct amqp_table_iter iter = amqp_table_begin(table);
    struct amqp_value here_value;
    struct slice here;
    size_t count = 0;
    while (amqp_table_next(&iter, &here, &here_value))
        count += slice_eq(here, name) && same(&here_value, value);
    return count;
}

bool amqp_table_equal(struct slice a, struct slice b)
{
    struct amqp_table_iter iter = amqp_table_begin(a);
    struct amqp_value value;
    struct slice name;
    if (slice_eq(a, b))
        return true;
    if (table_count(a) != table_count(b))
        return false;
    while (amqp_table_next(&iter, &name, &value))
        if (entry_count(a, name, &value) != entry_count(b, name, &value))
            return false;
    return true;
}

/* ---- writing */

/* The name, unless it stands in an array, and the type. */
static void put_head(struct amqp_table_writer *w, struct slice name, uint8_t type)
{
    uint8_t head[1 + UINT8_MAX + 1], *to = head;
    if (w->depth == 0 || !w->level[w->depth - 1].is_array)
        to = amqp_store_shortstr(to, name);
    to = amqp_store_u8(to, type);
    outq_put(w->q, head, (size_t)(to - head));
}

void amqp_table_put_bool(struct amqp_table_writer *w, struct slice name, bool value)
{
    put_head(w, name, 't');
    outq_put(w->q, &(uint8_t){value}, 1);
}

void amqp_table_put_integer(struct amqp_table_writer *w, struct slice name, char type,
                            int64_t value)
{
    uint8_t bytes[8];
    size_t size = types[(uint8_t)type].size;
    ASSERT(types[(uint8_t)type].kind == INTEGER || types[(uint8_t)type].kind == TIMESTAMP);
    amqp_store_u64(bytes, (uint64_t)value);
    put_head(w, name, (uint8_t)type);
    outq_put(w->q, bytes + sizeof(bytes) - size, size);
}

void amqp_table_put_double(struct amqp_table_writer *w, struct slice name, double value)
{
    uint8_t bytes[8];
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    amqp_store_u64(bytes, bits);
    put_head(w, name, 'd');
    outq_put(w->q, bytes, sizeof(bytes));
}

void amqp_table_put_bytes(struct amqp_table_writer *w, struct slice name, char type,
                          struct slice bytes)
{
    uint8_t len[4];
    ASSERT(types[(uint8_t)type].kind == BYTES || types[(uint8_t)type].kind == NESTED);
    amqp_store_u32(len, (uint32_t)bytes.len);
    put_head(w, name, (uint8_t)type);
    outq_put(w->q, len, sizeof(len));
    outq_put_slice(w->q, bytes);
}

void amqp_table_put_void(struct amqp_table_writer *w, struct slice name)
{
    put_head(w, name, 'V');
}

void amqp_table_put_raw(struct amqp_table_writer *w, struct slice name, struct slice raw)
{
    put_head(w, name, raw.ptr[0]);
    outq_put_slice(w->q, slice_from(raw, 1));
}

static void begin_nested(struct amqp_table_writer *w, struct slice name, uint8_t type)
{
    ASSERT(w->depth < sizeof(w->level) / sizeof(w->level[0]));
    put_head(w, name, type);
    w->level[w->depth++] = (struct amqp_table_level){outq_mark(w->q, 4), type == 'A'};
}

void amqp_table_begin_table(struct amqp_table_writer *w, struct slice name)
{
    begin_nested(w, name, 'F');
}

void amqp_table_begin_array(struct amqp_table_writer *w, struct slice name)
{
    begin_nested(w, name, 'A');
}

void amqp_table_end(struct amqp_table_writer *w)
{
    uint8_t len[4];
    ASSERT(w->depth);
    struct outq_mark mark = w->level[--w->depth].length;
    if (!mark.chunk) /* out of memory */
        return;
    amqp_store_u32(len, (uint32_t)(outq_since(w->q, mark) - sizeof(len)));
    outq_patch(w->q, mark, len, sizeof(len));
}
