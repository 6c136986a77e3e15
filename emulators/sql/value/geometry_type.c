/* Texts and binary forms of geometric types. */
#include <errno.h>
#include <stdlib.h>

#include "emulators/sql/value/call.h"
#include "emulators/sql/value/geometry.h"
#include "emulators/sql/value/receive.h"
#include "emulators/sql/value/text_scan.h"

/* ---- reading texts */

/* A text that is read from its start; a NUL follows it. */
struct scan {
    struct sql_call *call;
    const char *type;
    struct slice whole; /* for messages */
    const char *at;
};

static bool bad(const struct scan *s)
{
    return sql_fail(s->call->env->error, "22P02",
                    "invalid input syntax for type %s: \"" SLICE_FMT "\"", s->type,
                    SLICE_ARG(s->whole));
}

static bool begin(struct scan *s, struct sql_call *call, const char *type, struct slice text)
{
    struct slice copy = arena_dup(call->arena, text);
    *s = (struct scan){call, type, text, (const char *)copy.ptr};
    return copy.ptr || sql_fail_memory(call->env->error);
}

static void skip_blanks(struct scan *s)
{
    while (sql_is_blank((uint8_t)*s->at))
        s->at++;
}

/* A number with blanks around it. */
static bool read_number(struct scan *s, double *out)
{
    char *end;
    skip_blanks(s);
    errno = 0;
    *out = strtod(s->at, &end);
    if (end == s->at)
        return bad(s);
    if (errno == ERANGE && (*out == 0 || isinf(*out)))
        return sql_fail(s->call->env->error, "22003",
                        "\"%.*s\" is out of range for type double precision", (int)(end - s->at),
                        s->at);
    s->at = end;
    skip_blanks(s);
    return true;
}

static bool expect(struct scan *s, char sign)
{
    return *s->at++ == sign || bad(s);
}

static bool at_end(const struct scan *s)
{
    return *s->at == '\0' || bad(s);
}

/* x,y or (x,y) */
static bool read_pair(struct scan *s, struct sql_point *out)
{
    skip_blanks(s);
    bool parenthesis = *s->at == '(';
    s->at += parenthesis;
    if (!read_number(s, &out->x) || !expect(s, ',') || !read_number(s, &out->y))
        return false;
    if (!parenthesis)
        return true;
    if (!expect(s, ')'))
        return false;
    skip_blanks(s);
    return true;
}

static bool is_last(const char *at, char sign)
{
    return !strchr(at + 1, sign);
}

/* What opens a row of points; how many signs must close it. */
static bool read_opening(struct scan *s, bool may_be_open, bool *open, unsigned *depth)
{
    skip_blanks(s);
    *depth = 0;
    *open = *s->at == '[';
    if (*open && !may_be_open)
        return bad(s);
    const char *next = s->at + 1;
    if (*open) {
        ++*depth;
        s->at = next;
    } else if (*s->at == '(') {
        while (sql_is_blank((uint8_t)*next))
            next++;
        if (*next == '(' || is_last(s->at, '(')) {
            ++*depth;
            s->at = next;
        }
    }
    return true;
}

/* So many points, with signs around all of them or without. */
static bool read_points(struct scan *s, bool may_be_open, uint32_t count, struct sql_point *out,
                        bool *open)
{
    unsigned depth;
    if (!read_opening(s, may_be_open, open, &depth))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        if (!read_pair(s, &out[i]))
            return false;
        s->at += *s->at == ',';
    }
    for (; depth > 0; depth--) {
        if (*s->at != ')' && !(*s->at == ']' && *open && depth == 1))
            return bad(s);
        s->at++;
        skip_blanks(s);
    }
    return true;
}

/* Points in the text, going by its commas; 0: they do not make pairs. */
static uint32_t count_points(struct slice text)
{
    uint32_t commas = 0;
    for (size_t i = 0; i < text.len; i++)
        commas += text.ptr[i] == ',';
    return commas % 2 ? (commas + 1) / 2 : 0;
}

/* ---- writing texts and bytes */

static void add_number(struct sql_call *call, struct sql_bytes *out, double value)
{
    char text[SQL_FLOAT_TEXT_MAX];
    sql_bytes_add(out, text,
                  sql_float_print(text, value, false, call->env->format->extra_float_digits));
}

static void add_point(struct sql_call *call, struct sql_bytes *out, struct sql_point point)
{
    sql_bytes_add_char(out, '(');
    add_number(call, out, point.x);
    sql_bytes_add_char(out, ',');
    add_number(call, out, point.y);
    sql_bytes_add_char(out, ')');
}

static void add_points(struct sql_call *call, struct sql_bytes *out, const struct sql_geopath *path)
{
    for (uint32_t i = 0; i < path->count; i++) {
        if (i)
            sql_bytes_add_char(out, ',');
        add_point(call, out, sql_geopath_point(path, i));
    }
}

/* The doubles that the flat form is. */
static bool send_doubles(struct sql_call *call, const struct sql_type *type, struct datum value,
                         struct sql_bytes *out)
{
    (void)call, (void)type;
    for (uint32_t at = 0; at < value.len; at += sizeof(uint64_t)) {
        uint64_t bits;
        memcpy(&bits, value.ptr + at, sizeof(bits));
        sql_bytes_add_u64(out, bits);
    }
    return true;
}

static bool receive_doubles(struct sql_call *call, struct sql_receive *from, double *out,
                            unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        uint64_t bits = sql_receive_uint(from, sizeof(bits));
        memcpy(&out[i], &bits, sizeof(bits));
    }
    return sql_receive_done(from, call->env->error);
}

/* ---- point */

static bool point_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                        int32_t typmod, struct datum *out)
{
    (void)type, (void)typmod;
    struct sql_geo g = {.call = call};
    struct scan s;
    struct sql_point point;
    return begin(&s, call, "point", text) && read_pair(&s, &point) && at_end(&s) &&
           sql_geo_give_point(&g, point, out);
}

static bool point_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                         struct sql_bytes *out)
{
    (void)type;
    add_point(call, out, sql_point_of(value));
    return true;
}

static bool point_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                          int32_t typmod, struct datum *out)
{
    (void)type, (void)typmod;
    struct sql_geo g = {.call = call};
    struct sql_receive from = sql_receive_begin(bytes);
    double n[2];
    return receive_doubles(call, &from, n, 2) &&
           sql_geo_give_point(&g, (struct sql_point){n[0], n[1]}, out);
}

/* ---- lseg */

static bool lseg_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                       int32_t typmod, struct datum *out)
{
    (void)type, (void)typmod;
    struct sql_geo g = {.call = call};
    struct scan s;
    struct sql_lseg seg;
    bool open;
    return begin(&s, call, "lseg", text) && read_points(&s, true, 2, seg.p, &open) && at_end(&s) &&
           sql_geo_give_lseg(&g, seg, out);
}

static bool lseg_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                        struct sql_bytes *out)
{
    (void)type;
    struct sql_geopath points = {value.ptr, 2, false};
    sql_bytes_add_char(out, '[');
    add_points(call, out, &points);
    sql_bytes_add_char(out, ']');
    return true;
}

static bool lseg_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                         int32_t typmod, struct datum *out)
{
    (void)type, (void)typmod;
    struct sql_geo g = {.call = call};
    struct sql_receive from = sql_receive_begin(bytes);
    double n[4];
    return receive_doubles(call, &from, n, 4) &&
           sql_geo_give_lseg(&g,
                             (struct sql_lseg){
                                 {{n[0], n[1]}, {n[2], n[3]}}
    },
                             out);
}

/* ---- box */

static bool give_corners(struct sql_call *call, struct sql_point a, struct sql_point b,
                         struct datum *out)
{
    struct sql_geo g = {.call = call};
    struct sql_box box = {a, b};
    if (sql_float_order(a.x, b.x) < 0) {
        box.high.x = b.x;
        box.low.x = a.x;
    }
    if (sql_float_order(a.y, b.y) < 0) {
        box.high.y = b.y;
        box.low.y = a.y;
    }
    return sql_geo_give_box(&g, box, out);
}

static bool box_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                      int32_t typmod, struct datum *out)
{
    (void)type, (void)typmod;
    struct scan s;
    struct sql_point corners[2];
    bool open;
    return begin(&s, call, "box", text) && read_points(&s, false, 2, corners, &open) &&
           at_end(&s) && give_corners(call, corners[0], corners[1], out);
}

static bool box_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                       struct sql_bytes *out)
{
    (void)type;
    struct sql_geopath points = {value.ptr, 2, false};
    add_points(call, out, &points);
    return true;
}

static bool box_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                        int32_t typmod, struct datum *out)
{
    (void)type, (void)typmod;
    struct sql_receive from = sql_receive_begin(bytes);
    double n[4];
    return receive_doubles(call, &from, n, 4) &&
           give_corners(call, (struct sql_point){n[0], n[1]}, (struct sql_point){n[2], n[3]}, out);
}

/* ---- line */

static bool give_line(struct sql_call *call, struct sql_line line, const char *sqlstate,
                      struct datum *out)
{
    struct sql_geo g = {.call = call};
    if (sql_geo_zero(line.a) && sql_geo_zero(line.b))
        return sql_fail(call->env->error, sqlstate,
                        "invalid line specification: A and B cannot both be zero");
    return sql_geo_give_line(&g, line, out);
}

/* {A,B,C} */
static bool read_line(struct scan *s, struct sql_line *out)
{
    s->at++;
    if (!read_number(s, &out->a) || !expect(s, ',') || !read_number(s, &out->b) ||
        !expect(s, ',') || !read_number(s, &out->c) || !expect(s, '}'))
        return false;
    skip_blanks(s);
    return at_end(s);
}

static bool line_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                       int32_t typmod, struct datum *out)
{
    (void)type, (void)typmod;
    struct sql_geo g = {.call = call};
    struct scan s;
    struct sql_point p[2];
    struct sql_line line;
    bool open;
    if (!begin(&s, call, "line", text))
        return false;
    skip_blanks(&s);
    if (*s.at == '{')
        return read_line(&s, &line) && give_line(call, line, "22P02", out);
    if (!read_points(&s, true, 2, p, &open) || !at_end(&s))
        return false;
    if (sql_point_same(p[0], p[1]))
        return sql_fail(call->env->error, "22P02",
                        "invalid line specification: must be two distinct points");
    return sql_geo_give_line(&g, sql_line_through(&g, p[0], sql_point_slope(&g, p[0], p[1])), out);
}

static bool line_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                        struct sql_bytes *out)
{
    (void)type;
    struct sql_line line = sql_line_of(value);
    sql_bytes_add_char(out, '{');
    add_number(call, out, line.a);
    sql_bytes_add_char(out, ',');
    add_number(call, out, line.b);
    sql_bytes_add_char(out, ',');
    add_number(call, out, line.c);
    sql_bytes_add_char(out, '}');
    return true;
}

static bool line_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                         int32_t typmod, struct datum *out)
{
    (void)type, (void)typmod;
    struct sql_receive from = sql_receive_begin(bytes);
    double n[3];
    return receive_doubles(call, &from, n, 3) &&
           give_line(call, (struct sql_line){n[0], n[1], n[2]}, "22P03", out);
}

/* ---- circle */

/* <(x,y),r> and the same with other signs or none. */
static bool read_circle(struct scan *s, struct sql_circle *out)
{
    bool angle = *s->at == '<', opened = angle;
    const char *next = s->at + 1;
    if (*s->at == '(') {
        while (sql_is_blank((uint8_t)*next))
            next++;
        opened = *next == '(';
    }
    if (opened)
        s->at = next;
    if (!read_pair(s, &out->center))
        return false;
    s->at += *s->at == ',';
    if (!read_number(s, &out->radius))
        return false;
    if (out->radius < 0 || (opened && *s->at != ')' && *s->at != '>'))
        return bad(s);
    if (opened) {
        s->at++;
        skip_blanks(s);
    }
    return at_end(s);
}

static bool circle_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                         int32_t typmod, struct datum *out)
{
    (void)type, (void)typmod;
    struct sql_geo g = {.call = call};
    struct scan s;
    struct sql_circle circle;
    if (!begin(&s, call, "circle", text))
        return false;
    skip_blanks(&s);
    return read_circle(&s, &circle) && sql_geo_give_circle(&g, circle, out);
}

static bool circle_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                          struct sql_bytes *out)
{
    (void)type;
    struct sql_circle circle = sql_circle_of(value);
    sql_bytes_add_char(out, '<');
    add_point(call, out, circle.center);
    sql_bytes_add_char(out, ',');
    add_number(call, out, circle.radius);
    sql_bytes_add_char(out, '>');
    return true;
}

static bool circle_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                           int32_t typmod, struct datum *out)
{
    (void)type, (void)typmod;
    struct sql_geo g = {.call = call};
    struct sql_receive from = sql_receive_begin(bytes);
    double n[3];
    if (!receive_doubles(call, &from, n, 3))
        return false;
    if (n[2] < 0)
        return sql_fail(call->env->error, "22P03", "invalid radius in external \"circle\" value");
    return sql_geo_give_circle(&g,
                               (struct sql_circle){
                                   {n[0], n[1]},
                                   n[2]
    },
                               out);
}

/* ---- path and polygon */

static struct sql_point *make_room(struct sql_call *call, uint32_t count)
{
    struct sql_point *points = arena_array(call->arena, count, sizeof(*points));
    if (!points)
        sql_fail_memory(call->env->error);
    return points;
}

static bool path_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                       int32_t typmod, struct datum *out)
{
    (void)type, (void)typmod;
    struct sql_geo g = {.call = call};
    struct scan s;
    uint32_t count = count_points(text);
    bool open;
    if (!begin(&s, call, "path", text))
        return false;
    if (count == 0)
        return bad(&s);
    struct sql_point *points = make_room(call, count);
    if (!points)
        return false;
    skip_blanks(&s);
    bool parenthesis = *s.at == '(' && is_last(s.at, '(');
    s.at += parenthesis;
    if (!read_points(&s, true, count, points, &open))
        return false;
    if (parenthesis && !expect(&s, ')'))
        return false;
    if (parenthesis)
        skip_blanks(&s);
    return at_end(&s) && sql_geo_give_path(&g, points, count, !open, out);
}

static bool polygon_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                          int32_t typmod, struct datum *out)
{
    (void)type, (void)typmod;
    struct sql_geo g = {.call = call};
    struct scan s;
    uint32_t count = count_points(text);
    bool open;
    if (!begin(&s, call, "polygon", text))
        return false;
    if (count == 0)
        return bad(&s);
    struct sql_point *points = make_room(call, count);
    return points && read_points(&s, false, count, points, &open) && at_end(&s) &&
           sql_geo_give_path(&g, points, count, true, out);
}

static bool path_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                        struct sql_bytes *out)
{
    (void)type;
    struct sql_geopath path = sql_geopath_of(value);
    sql_bytes_add_char(out, path.closed ? '(' : '[');
    add_points(call, out, &path);
    sql_bytes_add_char(out, path.closed ? ')' : ']');
    return true;
}

static bool receive_path(struct sql_call *call, const char *type, struct slice bytes, bool polygon,
                         struct datum *out)
{
    struct sql_geo g = {.call = call};
    struct sql_receive from = sql_receive_begin(bytes);
    bool closed = polygon || sql_receive_uint(&from, 1) != 0;
    int32_t count = sql_receive_i32(&from);
    if (from.ok && (count <= 0 || (size_t)count > SQL_BYTES_MAX / sizeof(struct sql_point)))
        return sql_fail(call->env->error, "22P03",
                        "invalid number of points in external \"%s\" value", type);
    if (!from.ok || (size_t)(from.end - from.at) < (size_t)count * sizeof(struct sql_point)) {
        from.ok = false;
        return sql_receive_done(&from, call->env->error);
    }
    struct sql_point *points = make_room(call, (uint32_t)count);
    return points && receive_doubles(call, &from, &points->x, 2 * (uint32_t)count) &&
           sql_geo_give_path(&g, points, (uint32_t)count, closed, out);
}

static bool path_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                         int32_t typmod, struct datum *out)
{
    (void)type, (void)typmod;
    return receive_path(call, "path", bytes, false, out);
}

static bool polygon_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                            int32_t typmod, struct datum *out)
{
    (void)type, (void)typmod;
    return receive_path(call, "polygon", bytes, true, out);
}

static bool polygon_send(struct sql_call *call, const struct sql_type *type, struct datum value,
                         struct sql_bytes *out)
{
    struct sql_geopath path = sql_geopath_of(value);
    size_t len = path.count * sizeof(struct sql_point);
    sql_bytes_add_u32(out, path.count);
    return send_doubles(call, type, datum_bytes(slice_of(path.points, len)), out);
}

static bool path_send(struct sql_call *call, const struct sql_type *type, struct datum value,
                      struct sql_bytes *out)
{
    sql_bytes_add_char(out, sql_geopath_of(value).closed);
    return polygon_send(call, type, value, out);
}

/* No order and no hash: these types have no such operator classes. */
const struct sql_type_ops sql_point_ops = {
    .input = point_input,
    .output = point_output,
    .receive = point_receive,
    .send = send_doubles,
};

const struct sql_type_ops sql_lseg_ops = {
    .input = lseg_input,
    .output = lseg_output,
    .receive = lseg_receive,
    .send = send_doubles,
};

const struct sql_type_ops sql_box_ops = {
    .input = box_input,
    .output = box_output,
    .receive = box_receive,
    .send = send_doubles,
};

const struct sql_type_ops sql_line_ops = {
    .input = line_input,
    .output = line_output,
    .receive = line_receive,
    .send = send_doubles,
};

const struct sql_type_ops sql_circle_ops = {
    .input = circle_input,
    .output = circle_output,
    .receive = circle_receive,
    .send = send_doubles,
};

const struct sql_type_ops sql_path_ops = {
    .input = path_input,
    .output = path_output,
    .receive = path_receive,
    .send = path_send,
};

const struct sql_type_ops sql_polygon_ops = {
    .input = polygon_input,
    .output = path_output,
    .receive = polygon_receive,
    .send = polygon_send,
};
