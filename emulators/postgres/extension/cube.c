/* cube: boxes and points of up to 100 dimensions. earthdistance builds on it (data/earthdistance.own).
 *
 *     uint32  dimensions | CUBE_POINT
 *     double * dimensions       one corner
 *     double * dimensions       the other one, unless it is a point
 *
 * in the machine's byte order, without alignment. Missing dimensions of a smaller cube count as 0. */
#include <math.h>

#include "emulators/postgres/extension/functions.h"
#include "emulators/sql/value/array.h"
#include "emulators/sql/value/float.h"
#include "emulators/sql/value/receive.h"
#include "emulators/sql/value/text_scan.h"

#define CUBE_POINT     0x80000000u
#define DIMENSIONS_MAX 100

struct cube {
    uint32_t count;
    bool point;
    const uint8_t *values;
};

/* A cube that is being made. */
struct corners {
    uint32_t count;
    double first[DIMENSIONS_MAX], second[DIMENSIONS_MAX];
};

static struct cube open(struct datum value)
{
    uint32_t head;
    memcpy(&head, value.ptr, sizeof head);
    return (struct cube){head & ~CUBE_POINT, (head & CUBE_POINT) != 0, value.ptr + sizeof head};
}

/* A corner's coordinate as it was given; corner: 0 or 1. */
static double coordinate(const struct cube *cube, unsigned corner, uint32_t at)
{
    double value;
    size_t index = at + (corner && !cube->point ? cube->count : 0);
    memcpy(&value, cube->values + sizeof value * index, sizeof value);
    return value;
}

static double low(const struct cube *cube, uint32_t at)
{
    if (at >= cube->count)
        return 0;
    double a = coordinate(cube, 0, at), b = coordinate(cube, 1, at);
    return a < b ? a : b;
}

static double high(const struct cube *cube, uint32_t at)
{
    if (at >= cube->count)
        return 0;
    double a = coordinate(cube, 0, at), b = coordinate(cube, 1, at);
    return a > b ? a : b;
}

static bool give(struct sql_call *call, const struct corners *corners, struct datum *out)
{
    struct sql_bytes bytes = sql_bytes_begin(call);
    bool point = true;
    for (uint32_t i = 0; i < corners->count; i++)
        point = point && sql_float_order(corners->first[i], corners->second[i]) == 0;
    uint32_t head = corners->count | (point ? CUBE_POINT : 0);
    size_t size = corners->count * sizeof(double);
    sql_bytes_add(&bytes, &head, sizeof head);
    sql_bytes_add(&bytes, corners->first, size);
    if (!point)
        sql_bytes_add(&bytes, corners->second, size);
    return sql_give_bytes(call, out, &bytes);
}

static bool too_long(struct sql_call *call, const char *sqlstate, const char *what)
{
    sql_fail(call->env->error, sqlstate, "%s", what);
    return sql_detail(call->env->error, "A cube cannot have more than %d dimensions.",
                      DIMENSIONS_MAX);
}

/* ---- text: (list),(list), also within [ ]; (list); list */

struct parse {
    struct sql_call *call;
    struct slice text;
    size_t at;
};

static void skip_blanks(struct parse *parse)
{
    while (parse->at < parse->text.len && sql_is_blank(parse->text.ptr[parse->at]))
        parse->at++;
}

static bool accept(struct parse *parse, char c)
{
    skip_blanks(parse);
    bool next = parse->at < parse->text.len && parse->text.ptr[parse->at] == (uint8_t)c;
    parse->at += next;
    return next;
}

static size_t digits_at(struct slice text, size_t at)
{
    size_t begin = at;
    while (at < text.len && sql_is_digit(text.ptr[at]))
        at++;
    return at - begin;
}

static bool is_word_at(struct slice text, size_t at, const char *word)
{
    size_t len = strlen(word);
    return text.len - at >= len &&
           slice_eq_nocase(slice_of(text.ptr + at, len), slice_of(word, len));
}

/* Bytes of the number that is next, 0: there is none. */
static size_t number_length(const struct parse *parse)
{
    struct slice text = parse->text;
    size_t at = parse->at;
    if (at < text.len && is_word_at(text, at, "nan"))
        return 3;
    at += at < text.len && (text.ptr[at] == '+' || text.ptr[at] == '-');
    if (at < text.len && is_word_at(text, at, "inf"))
        return at - parse->at + (is_word_at(text, at, "infinity") ? 8 : 3);
    size_t whole = digits_at(text, at), fraction = 0;
    at += whole;
    if (at < text.len && text.ptr[at] == '.') {
        fraction = digits_at(text, at + 1);
        at += whole || fraction ? 1 + fraction : 0;
    }
    if (!whole && !fraction)
        return 0;
    if (at < text.len && ascii_lower(text.ptr[at]) == 'e') {
        size_t exponent = at + 1;
        exponent += exponent < text.len && (text.ptr[exponent] == '+' || text.ptr[exponent] == '-');
        size_t digits = exponent <= text.len ? digits_at(text, exponent) : 0;
        at = digits ? exponent + digits : at;
    }
    return at - parse->at;
}

static bool fail_text(struct parse *parse, struct slice detail)
{
    sql_fail(parse->call->env->error, "22P02", "invalid input syntax for cube");
    return sql_detail(parse->call->env->error, SLICE_FMT, SLICE_ARG(detail));
}

static bool fail_here(struct parse *parse)
{
    skip_blanks(parse);
    size_t len = number_length(parse);
    if (parse->at == parse->text.len)
        return fail_text(parse, slice_str("syntax error at end of input"));
    return fail_text(parse,
                     arena_printf(parse->call->arena, "syntax error at or near \"%.*s\"",
                                  len ? (int)len : 1, (const char *)parse->text.ptr + parse->at));
}

/* Numbers with commas. *raw is their text. */
static bool read_list(struct parse *parse, double *values, uint32_t *count, struct slice *raw)
{
    skip_blanks(parse);
    size_t begin = parse->at;
    *count = 0;
    do {
        skip_blanks(parse);
        size_t len = number_length(parse);
        if (!len)
            return fail_here(parse);
        if (*count == DIMENSIONS_MAX)
            return fail_text(parse, slice_str("A cube cannot have more than 100 dimensions."));
        if (!sql_float_parse(parse->call->env->error, slice_of(parse->text.ptr + parse->at, len),
                             false, &values[(*count)++]))
            return false;
        parse->at += len;
        *raw = slice_of(parse->text.ptr + begin, parse->at - begin);
    } while (accept(parse, ','));
    return true;
}

/* (list), which may be empty. */
static bool read_corner(struct parse *parse, double *values, uint32_t *count, struct slice *raw)
{
    *count = 0;
    *raw = slice_of("", 0);
    if (!accept(parse, '('))
        return fail_here(parse);
    return accept(parse, ')') ||
           (read_list(parse, values, count, raw) && (accept(parse, ')') || fail_here(parse)));
}

static bool read_cube(struct parse *parse, struct corners *out)
{
    struct slice first, second;
    uint32_t count;
    bool brackets = accept(parse, '['), corner = accept(parse, '(');
    parse->at -= corner;
    if (!brackets && !corner) {
        if (!read_list(parse, out->first, &out->count, &first))
            return false;
        memcpy(out->second, out->first, sizeof out->second);
        return true;
    }
    if (!read_corner(parse, out->first, &out->count, &first))
        return false;
    memcpy(out->second, out->first, sizeof out->second);
    if (!brackets && !accept(parse, ','))
        return true;
    if (brackets && !accept(parse, ','))
        return fail_here(parse);
    if (!read_corner(parse, out->second, &count, &second))
        return false;
    if (brackets && !accept(parse, ']'))
        return fail_here(parse);
    return count == out->count ||
           fail_text(parse, arena_printf(parse->call->arena,
                                         "Different point dimensions in (" SLICE_FMT
                                         ") and (" SLICE_FMT ").",
                                         SLICE_ARG(first), SLICE_ARG(second)));
}

static bool input(struct sql_call *call, const struct sql_type *type, struct slice text,
                  int32_t typmod, struct datum *out)
{
    (void)type, (void)typmod;
    struct parse parse = {call, text, 0};
    struct corners corners = {0};
    if (!read_cube(&parse, &corners))
        return false;
    skip_blanks(&parse);
    return parse.at == text.len ? give(call, &corners, out) : fail_here(&parse);
}

static bool output(struct sql_call *call, const struct sql_type *type, struct datum value,
                   struct sql_bytes *out)
{
    (void)type;
    const struct cube cube = open(value);
    for (unsigned corner = 0; corner < (cube.point ? 1 : 2); corner++) {
        sql_bytes_add_str(out, corner ? ",(" : "(");
        for (uint32_t i = 0; i < cube.count; i++) {
            char text[SQL_FLOAT_TEXT_MAX];
            sql_bytes_add_str(out, i ? ", " : "");
            sql_bytes_add(out, text,
                          sql_float_print(text, coordinate(&cube, corner, i), false,
                                          call->env->format->extra_float_digits));
        }
        sql_bytes_add_char(out, ')');
    }
    return !out->failed || sql_fail_memory(call->env->error);
}

static bool receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                    int32_t typmod, struct datum *out)
{
    (void)type, (void)typmod;
    struct sql_receive from = sql_receive_begin(bytes);
    struct corners corners = {0};
    uint32_t head = (uint32_t)sql_receive_uint(&from, 4);
    corners.count = head & ~CUBE_POINT;
    if (corners.count > DIMENSIONS_MAX)
        return too_long(call, "54000", "cube dimension is too large");
    for (unsigned corner = 0; corner < (head & CUBE_POINT ? 1 : 2); corner++)
        for (uint32_t i = 0; i < corners.count; i++) {
            uint64_t bits = sql_receive_uint(&from, 8);
            memcpy(corner ? &corners.second[i] : &corners.first[i], &bits, sizeof bits);
        }
    if (head & CUBE_POINT)
        memcpy(corners.second, corners.first, sizeof corners.second);
    return sql_receive_done(&from, call->env->error) && give(call, &corners, out);
}

static bool send(struct sql_call *call, const struct sql_type *type, struct datum value,
                 struct sql_bytes *out)
{
    (void)type;
    const struct cube cube = open(value);
    sql_bytes_add_u32(out, cube.count | (cube.point ? CUBE_POINT : 0));
    for (unsigned corner = 0; corner < (cube.point ? 1 : 2); corner++)
        for (uint32_t i = 0; i < cube.count; i++) {
            double number = coordinate(&cube, corner, i);
            uint64_t bits;
            memcpy(&bits, &number, sizeof bits);
            sql_bytes_add_u64(out, bits);
        }
    return !out->failed || sql_fail_memory(call->env->error);
}

/* ---- order: by the lower sides that both have, then the upper ones; then by the other dimensions,
 * against 0 */

static int order_sides(const struct cube *a, const struct cube *b, uint32_t from, uint32_t to)
{
    for (unsigned upper = 0; upper < 2; upper++)
        for (uint32_t i = from; i < to; i++) {
            double left = upper ? high(a, i) : low(a, i), right = upper ? high(b, i) : low(b, i);
            if (left != right)
                return left < right ? -1 : 1;
        }
    return 0;
}

static int order(struct datum x, struct datum y)
{
    const struct cube a = open(x), b = open(y);
    uint32_t shared = a.count < b.count ? a.count : b.count;
    uint32_t all = a.count > b.count ? a.count : b.count;
    int found = order_sides(&a, &b, 0, shared);
    if (!found)
        found = order_sides(&a, &b, shared, all);
    return found ? found : (a.count > b.count) - (a.count < b.count);
}

static int compare(struct sql_call *call, const struct sql_type *type, struct datum a,
                   struct datum b)
{
    (void)call, (void)type;
    return order(a, b);
}

static bool encode_key(struct sql_call *call, const struct sql_type *type, struct datum value,
                       struct sql_bytes *out)
{
    (void)type;
    const struct cube cube = open(value);
    for (unsigned upper = 0; upper < 2; upper++) {
        for (uint32_t i = 0; i < cube.count; i++) {
            sql_bytes_add_char(out, 1);
            sql_bytes_add_u64(out, sql_float_key(upper ? high(&cube, i) : low(&cube, i)));
        }
        sql_bytes_add_char(out, 0);
    }
    return !out->failed || sql_fail_memory(call->env->error);
}

static const struct sql_type_ops cube_ops = {
    .input = input,
    .output = output,
    .receive = receive,
    .send = send,
    .compare = compare,
    .hash = sql_type_hash_key,
    .encode_key = encode_key,
};

const struct pg_extension_type pg_cube_types[] = {
    {"cube", &cube_ops},
    {NULL,   NULL     },
};

SQL_ARGS_ORDER(order)
SQL_COMPARISONS(cube, args_order)

/* ---- making */

static bool point_of(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct corners corners = {.count = 1};
    corners.first[0] = args[0].d;
    corners.second[0] = args[call->argc - 1].d;
    return give(call, &corners, out);
}

static bool read_array(struct sql_call *call, struct datum value, double *out, uint32_t *count)
{
    struct sql_array array;
    sql_array_open(value, &array);
    *count = array.count;
    for (uint32_t i = 0; i < array.count; i++)
        if (sql_array_is_null(&array, i))
            return sql_fail(call->env->error, "2202E", "cannot work with arrays containing NULLs");
    if (array.count > DIMENSIONS_MAX)
        return too_long(call, "54000", "array is too long");
    for (uint32_t i = 0; i < array.count; i++)
        out[i] = sql_array_get(&array, i).d;
    return true;
}

static bool from_arrays(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct corners corners = {0};
    uint32_t count;
    if (!read_array(call, args[0], corners.first, &corners.count) ||
        !read_array(call, args[call->argc - 1], corners.second, &count))
        return false;
    return corners.count == count
               ? give(call, &corners, out)
               : sql_fail(call->env->error, "2202E", "UR and LL arrays must be of same length");
}

static struct corners corners_of(const struct cube *cube)
{
    struct corners corners = {.count = cube->count};
    for (uint32_t i = 0; i < cube->count; i++) {
        corners.first[i] = coordinate(cube, 0, i);
        corners.second[i] = coordinate(cube, 1, i);
    }
    return corners;
}

/* One dimension more. */
static bool extend(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct cube cube = open(args[0]);
    struct corners corners = corners_of(&cube);
    if (cube.count == DIMENSIONS_MAX)
        return too_long(call, "54000", "can't extend cube");
    corners.first[corners.count] = args[1].d;
    corners.second[corners.count++] = args[call->argc - 1].d;
    return give(call, &corners, out);
}

/* Dimensions in the order that an array says, counted from 1. */
static bool subset(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct cube cube = open(args[0]);
    struct corners corners = {0};
    struct sql_array array;
    sql_array_open(args[1], &array);
    for (uint32_t i = 0; i < array.count; i++)
        if (sql_array_is_null(&array, i))
            return sql_fail(call->env->error, "2202E", "cannot work with arrays containing NULLs");
    if (array.count > DIMENSIONS_MAX)
        return too_long(call, "54000", "array is too long");
    for (uint32_t i = 0; i < array.count; i++) {
        int64_t at = sql_array_get(&array, i).i - 1;
        if (at < 0 || at >= cube.count)
            return sql_fail(call->env->error, "2202E", "Index out of bounds");
        corners.first[i] = coordinate(&cube, 0, (uint32_t)at);
        corners.second[i] = coordinate(&cube, 1, (uint32_t)at);
    }
    corners.count = array.count;
    return give(call, &corners, out);
}

static uint32_t more(const struct cube *a, const struct cube *b)
{
    return a->count > b->count ? a->count : b->count;
}

static bool cube_union(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct cube a = open(args[0]), b = open(args[1]);
    struct corners corners = {.count = more(&a, &b)};
    for (uint32_t i = 0; i < corners.count; i++) {
        corners.first[i] = low(&a, i) < low(&b, i) ? low(&a, i) : low(&b, i);
        corners.second[i] = high(&a, i) > high(&b, i) ? high(&a, i) : high(&b, i);
    }
    return give(call, &corners, out);
}

static bool inter(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct cube a = open(args[0]), b = open(args[1]);
    struct corners corners = {.count = more(&a, &b)};
    for (uint32_t i = 0; i < corners.count; i++) {
        corners.first[i] = low(&a, i) > low(&b, i) ? low(&a, i) : low(&b, i);
        corners.second[i] = high(&a, i) < high(&b, i) ? high(&a, i) : high(&b, i);
    }
    return give(call, &corners, out);
}

/* All sides are moved outwards; a positive radius may add dimensions. */
static bool enlarge(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct cube cube = open(args[0]);
    double radius = args[1].d;
    int64_t wanted = args[2].i > DIMENSIONS_MAX ? DIMENSIONS_MAX : args[2].i;
    struct corners corners = {.count = cube.count};
    if (radius > 0 && wanted > cube.count)
        corners.count = (uint32_t)wanted;
    for (uint32_t i = 0; i < corners.count; i++) {
        corners.first[i] = low(&cube, i) - radius;
        corners.second[i] = high(&cube, i) + radius;
        if (corners.first[i] > corners.second[i])
            corners.first[i] = corners.second[i] = (corners.first[i] + corners.second[i]) / 2;
    }
    return give(call, &corners, out);
}

/* ---- questions */

static bool holds_all(const struct cube *a, const struct cube *b)
{
    for (uint32_t i = 0; i < more(a, b); i++) {
        bool within = low(a, i) <= low(b, i) && high(a, i) >= high(b, i);
        bool zero = i >= a->count && low(b, i) == 0 && high(b, i) == 0;
        /* A dimension that only the outer one has does not matter. */
        if (i < b->count && !(i < a->count ? within : zero))
            return false;
    }
    return true;
}

static bool contains(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct cube a = open(args[0]), b = open(args[1]);
    (void)call;
    return sql_give_bool(out, holds_all(&a, &b));
}

static bool contained(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct cube a = open(args[0]), b = open(args[1]);
    (void)call;
    return sql_give_bool(out, holds_all(&b, &a));
}

static bool overlap(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct cube a = open(args[0]), b = open(args[1]);
    (void)call;
    for (uint32_t i = 0; i < more(&a, &b); i++)
        if (low(&a, i) > high(&b, i) || high(&a, i) < low(&b, i))
            return sql_give_bool(out, false);
    return sql_give_bool(out, true);
}

static bool size(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct cube cube = open(args[0]);
    double product = cube.point ? 0 : 1;
    (void)call;
    for (uint32_t i = 0; i < cube.count && !cube.point; i++)
        product *= high(&cube, i) - low(&cube, i);
    *out = datum_float(product);
    return true;
}

static bool dim(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return sql_give_int(out, open(args[0]).count);
}

static bool is_point(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return sql_give_bool(out, open(args[0]).point);
}

static bool ll_coord(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct cube cube = open(args[0]);
    (void)call;
    *out = datum_float(args[1].i < 1 ? 0 : low(&cube, (uint32_t)args[1].i - 1));
    return true;
}

static bool ur_coord(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct cube cube = open(args[0]);
    (void)call;
    *out = datum_float(args[1].i < 1 ? 0 : high(&cube, (uint32_t)args[1].i - 1));
    return true;
}

/* Of the corners as they were given: first all of the one, then of the other. */
static bool coord(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct cube cube = open(args[0]);
    int64_t at = args[1].i;
    if (at < 1 || at > 2 * (int64_t)cube.count)
        return sql_fail(call->env->error, "2202E", "cube index %lld is out of bounds",
                        (long long)at);
    uint32_t index = (uint32_t)at - 1;
    *out = datum_float(coordinate(&cube, index >= cube.count, index % cube.count));
    return true;
}

/* 2n - 1: the lower side of dimension n, 2n: the upper one; below 0 with the other sign. */
static bool coord_llur(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct cube cube = open(args[0]);
    int64_t at = args[1].i < 0 ? -args[1].i : args[1].i;
    if (at == 0)
        return sql_fail(call->env->error, "2202E", "zero cube index is not defined");
    uint32_t index = (uint32_t)((at - 1) / 2);
    double value = at % 2 ? low(&cube, index) : high(&cube, index);
    *out = datum_float(args[1].i < 0 && index < cube.count ? -value : value);
    return true;
}

/* ---- distances */

static double gap(const struct cube *a, const struct cube *b, uint32_t at)
{
    if (high(a, at) < low(b, at))
        return low(b, at) - high(a, at);
    return low(a, at) > high(b, at) ? low(a, at) - high(b, at) : 0;
}

static bool distance(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct cube a = open(args[0]), b = open(args[1]);
    double sum = 0;
    (void)call;
    for (uint32_t i = 0; i < more(&a, &b); i++)
        sum += gap(&a, &b, i) * gap(&a, &b, i);
    *out = datum_float(sqrt(sum));
    return true;
}

static bool taxicab(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct cube a = open(args[0]), b = open(args[1]);
    double sum = 0;
    (void)call;
    for (uint32_t i = 0; i < more(&a, &b); i++)
        sum += gap(&a, &b, i);
    *out = datum_float(sum);
    return true;
}

static bool chebyshev(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct cube a = open(args[0]), b = open(args[1]);
    double most = 0;
    (void)call;
    for (uint32_t i = 0; i < more(&a, &b); i++)
        if (gap(&a, &b, i) > most)
            most = gap(&a, &b, i);
    *out = datum_float(most);
    return true;
}

const struct sql_builtin pg_cube_functions[] = {
    {"cube_eq",            cube_eq    },
    {"cube_ne",            cube_ne    },
    {"cube_lt",            cube_lt    },
    {"cube_le",            cube_le    },
    {"cube_gt",            cube_gt    },
    {"cube_ge",            cube_ge    },
    {"cube_cmp",           cube_cmp   },
    {"cube_f8",            point_of   },
    {"cube_f8_f8",         point_of   },
    {"cube_a_f8",          from_arrays},
    {"cube_a_f8_f8",       from_arrays},
    {"cube_c_f8",          extend     },
    {"cube_c_f8_f8",       extend     },
    {"cube_subset",        subset     },
    {"cube_union",         cube_union },
    {"cube_inter",         inter      },
    {"cube_enlarge",       enlarge    },
    {"cube_contains",      contains   },
    {"cube_contained",     contained  },
    {"cube_overlap",       overlap    },
    {"cube_size",          size       },
    {"cube_dim",           dim        },
    {"cube_is_point",      is_point   },
    {"cube_ll_coord",      ll_coord   },
    {"cube_ur_coord",      ur_coord   },
    {"cube_coord",         coord      },
    {"cube_coord_llur",    coord_llur },
    {"cube_distance",      distance   },
    {"distance_taxicab",   taxicab    },
    {"distance_chebyshev", chebyshev  },
    {NULL,                 NULL       },
};
