/* Names and values of SQL as XML (SQL:2003 part 14, sections 9.1 and 9.8). */
#include "common/fiber.h"
#include "emulators/sql/value/array.h"
#include "emulators/sql/value/bytea.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/datetime.h"
#include "emulators/sql/value/domain.h"
#include "emulators/sql/value/integer.h"
#include "emulators/sql/value/json_make.h"
#include "emulators/sql/value/text.h"
#include "emulators/sql/value/xml/xml.h"
#include "emulators/sql/value/xml/xml_print.h"

enum { STACK_NEEDED = 16 * 1024, BASE64_LINE = 72 };

/* ---- names */

struct range {
    uint32_t first, last;
};

/* NameStartChar, and what NameChar has besides (XML 1.0, 2.3). */
static const struct range name_start[] = {
    {':',     ':'    },
    {'A',     'Z'    },
    {'_',     '_'    },
    {'a',     'z'    },
    {0xc0,    0xd6   },
    {0xd8,    0xf6   },
    {0xf8,    0x2ff  },
    {0x370,   0x37d  },
    {0x37f,   0x1fff },
    {0x200c,  0x200d },
    {0x2070,  0x218f },
    {0x2c00,  0x2fef },
    {0x3001,  0xd7ff },
    {0xf900,  0xfdcf },
    {0xfdf0,  0xfffd },
    {0x10000, 0xeffff},
    {0,       0      },
};
static const struct range name_more[] = {
    {'-',    '.'   },
    {'0',    '9'   },
    {0xb7,   0xb7  },
    {0x300,  0x36f },
    {0x203f, 0x2040},
    {0,      0     },
};

static bool is_in(uint32_t code, const struct range *ranges)
{
    while (ranges->last && code > ranges->last)
        ranges++;
    return ranges->last && code >= ranges->first;
}

void sql_xml_put_name(struct slice name, bool full, bool periods, struct sql_bytes *out)
{
    for (size_t at = 0, width; at < name.len; at += width) {
        struct slice rest = slice_from(name, at);
        uint32_t code = sql_char_get(rest, &width);
        bool escape = !is_in(code, name_start) && (at == 0 || !is_in(code, name_more));
        escape |= code == ':' && (at == 0 || full);
        escape |= code == '_' && rest.len > 1 && rest.ptr[1] == 'x';
        escape |= full && at == 0 && name.len >= 3 && slice_is(slice_of(name.ptr, 3), "xml");
        escape |= periods && code == '.';
        if (escape)
            sql_bytes_printf(out, "_x%04X_", (unsigned)code);
        else
            sql_bytes_add(out, rest.ptr, width);
    }
}

/* ---- values */

static bool check_finite(struct sql_call *call, const struct sql_type *type, struct datum value)
{
    const char *what = type->ops == &sql_date_ops && !sql_date_is_finite(value.i) ? "date"
                       : (type->ops == &sql_timestamp_ops || type->ops == &sql_timestamptz_ops) &&
                               !sql_time_is_finite(value.i)
                           ? "timestamp"
                           : NULL;
    if (!what)
        return true;
    sql_fail(call->env->error, "22008", "%s out of range", what);
    return sql_detail(call->env->error, "XML does not support infinite %s values.", what);
}

static bool put_array(struct sql_call *call, const struct sql_type *type, struct datum value,
                      struct sql_bytes *out)
{
    const struct sql_type *element = sql_call_find_type(call, type->element);
    struct sql_array array;
    if (!element)
        return false;
    if (fiber_stack_left() < STACK_NEEDED)
        return sql_fail(call->env->error, "54001", "stack depth limit exceeded");
    sql_array_open(value, &array);
    for (uint32_t i = 0; i < array.count; i++) {
        if (sql_array_is_null(&array, i))
            continue;
        sql_bytes_add_str(out, "<element>");
        if (!sql_xml_put_value(call, element, sql_array_get(&array, i), true, out))
            return false;
        sql_bytes_add_str(out, "</element>");
    }
    return true;
}

static void put_base64(struct slice bytes, struct sql_bytes *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t at = 0; at < bytes.len; at += 3) {
        size_t left = bytes.len - at;
        uint32_t bits = (uint32_t)bytes.ptr[at] << 16;
        bits |= left > 1 ? (uint32_t)bytes.ptr[at + 1] << 8 : 0;
        bits |= left > 2 ? bytes.ptr[at + 2] : 0;
        if (at > 0 && at / 3 * 4 % BASE64_LINE == 0)
            sql_bytes_add_str(out, "\r\n");
        sql_bytes_add_char(out, digits[bits >> 18]);
        sql_bytes_add_char(out, digits[bits >> 12 & 63]);
        sql_bytes_add_char(out, left > 1 ? digits[bits >> 6 & 63] : '=');
        sql_bytes_add_char(out, left > 2 ? digits[bits & 63] : '=');
    }
}

static void put_bytes(struct sql_call *call, struct slice bytes, struct sql_bytes *out)
{
    struct sql_bytes hex = sql_bytes_begin(call);
    if (!call->env->format || !call->env->format->xml_hex) {
        put_base64(bytes, out);
        return;
    }
    sql_bytea_add_hex(&hex, bytes);
    for (size_t i = strlen("\\x"); i < hex.len; i++) {
        uint8_t c = hex.ptr[i];
        sql_bytes_add_char(out, (char)(c >= 'a' && c <= 'f' ? c - 'a' + 'A' : c));
    }
    out->failed |= hex.failed;
}

bool sql_xml_put_value(struct sql_call *call, const struct sql_type *type, struct datum value,
                       bool escape, struct sql_bytes *out)
{
    struct slice text;
    if (type->ops == &sql_array_ops)
        return put_array(call, type, value, out);
    type = sql_domain_base(call->env, type);
    if (type->ops == &sql_bytea_ops) {
        put_bytes(call, datum_slice(value), out);
        return true;
    }
    if (type->ops == &sql_bool_ops) {
        sql_bytes_add_str(out, value.i ? "true" : "false");
        return true;
    }
    /* Dates and times are written as JSON has them, too. */
    if (!check_finite(call, type, value) || !sql_json_key_text(call, type, value, false, &text))
        return false;
    if (escape && type->ops != &sql_xml_ops)
        sql_xml_escape(text, out);
    else
        sql_bytes_add_slice(out, text);
    return true;
}
