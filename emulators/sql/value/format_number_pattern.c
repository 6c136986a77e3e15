#include "emulators/sql/value/format_number_pattern.h"

static const struct {
    const char *text;
    enum sql_number_key key;
} keywords[] = {
    {",",    SQL_NUMBER_COMMA},
    {".",    SQL_NUMBER_POINT},
    {"0",    SQL_NUMBER_0    },
    {"9",    SQL_NUMBER_9    },
    {"B",    SQL_NUMBER_B    },
    {"C",    SQL_NUMBER_C    },
    {"D",    SQL_NUMBER_D    },
    {"EEEE", SQL_NUMBER_EEEE },
    {"FM",   SQL_NUMBER_FM   },
    {"G",    SQL_NUMBER_G    },
    {"L",    SQL_NUMBER_L    },
    {"MI",   SQL_NUMBER_MI   },
    {"PL",   SQL_NUMBER_PL   },
    {"PR",   SQL_NUMBER_PR   },
    {"RN",   SQL_NUMBER_RN   },
    {"SG",   SQL_NUMBER_SG   },
    {"SP",   SQL_NUMBER_SP   },
    {"S",    SQL_NUMBER_S    },
    {"TH",   SQL_NUMBER_TH   },
    {"V",    SQL_NUMBER_V    },
};

/* In capitals or small, not mixed. */
static bool begins_with(struct slice text, const char *keyword)
{
    size_t len = strlen(keyword);
    struct slice found = slice_of(text.ptr, len);
    if (text.len < len || !slice_is(found, keyword))
        return false;
    bool upper = true, lower = true;
    for (size_t i = 0; i < len; i++) {
        upper = upper && found.ptr[i] == (uint8_t)keyword[i];
        lower = lower && found.ptr[i] == ascii_lower((uint8_t)keyword[i]);
    }
    return upper || lower;
}

static bool clash(struct sql_call *call, const char *message)
{
    return sql_fail(call->env->error, "42601", "%s", message);
}

static bool add_digit(struct sql_call *call, struct sql_number_pattern *p, bool zero)
{
    if (p->bracket)
        return clash(call,
                     zero ? "\"0\" must be ahead of \"PR\"" : "\"9\" must be ahead of \"PR\"");
    if (!zero && p->times) {
        p->multi++;
        return true;
    }
    if (zero && !p->zero && !p->decimal) {
        p->zero = true;
        p->zero_start = p->pre;
    }
    if (p->decimal)
        p->post++;
    else
        p->pre++;
    if (zero)
        p->zero_end = p->pre + p->post;
    return true;
}

static bool add_point(struct sql_call *call, struct sql_number_pattern *p)
{
    if (p->decimal)
        return clash(call, "multiple decimal points");
    if (p->times)
        return clash(call, "cannot use \"V\" and decimal point together");
    p->decimal = true;
    return true;
}

static bool add_locale_sign(struct sql_call *call, struct sql_number_pattern *p)
{
    if (p->locale_sign)
        return clash(call, "cannot use \"S\" twice");
    if (p->plus || p->minus || p->bracket)
        return clash(call, "cannot use \"S\" and \"PL\"/\"MI\"/\"SG\"/\"PR\" together");
    p->sign = p->decimal ? SQL_SIGN_BEHIND : SQL_SIGN_BEFORE;
    p->sign_at = p->pre;
    p->locale_sign = true;
    return true;
}

static bool add_sign(struct sql_call *call, struct sql_number_pattern *p, enum sql_number_key key)
{
    if (p->locale_sign)
        return clash(call, key == SQL_NUMBER_MI   ? "cannot use \"S\" and \"MI\" together"
                           : key == SQL_NUMBER_PL ? "cannot use \"S\" and \"PL\" together"
                                                  : "cannot use \"S\" and \"SG\" together");
    p->minus = p->minus || key != SQL_NUMBER_PL;
    p->plus = p->plus || key != SQL_NUMBER_MI;
    return true;
}

static bool add_exponent(struct sql_call *call, struct sql_number_pattern *p)
{
    if (p->fill || p->locale_sign || p->bracket || p->minus || p->plus || p->roman || p->times ||
        p->blank) {
        clash(call, "\"EEEE\" is incompatible with other formats");
        return sql_detail(call->env->error, "\"EEEE\" may only be used together with digit and "
                                            "decimal point patterns.");
    }
    p->scientific = true;
    return true;
}

static bool add_key(struct sql_call *call, struct sql_number_pattern *p, enum sql_number_key key)
{
    if (p->scientific)
        return clash(call, key == SQL_NUMBER_EEEE ? "cannot use \"EEEE\" twice"
                                                  : "\"EEEE\" must be the last pattern used");
    switch (key) {
    case SQL_NUMBER_9: return add_digit(call, p, false);
    case SQL_NUMBER_0: return add_digit(call, p, true);
    case SQL_NUMBER_D:
    case SQL_NUMBER_POINT: return add_point(call, p);
    case SQL_NUMBER_FM: p->fill = true; return true;
    case SQL_NUMBER_B:
        p->blank = p->blank || (p->pre == 0 && p->post == 0 && !p->zero);
        return true;
    case SQL_NUMBER_S: return add_locale_sign(call, p);
    case SQL_NUMBER_MI:
    case SQL_NUMBER_PL:
    case SQL_NUMBER_SG: return add_sign(call, p, key);
    case SQL_NUMBER_PR:
        if (p->locale_sign || p->plus || p->minus)
            return clash(call, "cannot use \"PR\" and \"S\"/\"PL\"/\"MI\"/\"SG\" together");
        p->bracket = true;
        return true;
    case SQL_NUMBER_RN: p->roman = true; return true;
    case SQL_NUMBER_V:
        if (p->decimal)
            return clash(call, "cannot use \"V\" and decimal point together");
        p->times = true;
        return true;
    case SQL_NUMBER_EEEE: return add_exponent(call, p);
    default: return true;
    }
}

static struct slice take_character(struct slice *rest)
{
    size_t len = 1;
    while (len < rest->len && (rest->ptr[len] & 0xc0) == 0x80)
        len++;
    struct slice character = slice_of(rest->ptr, len);
    *rest = slice_from(*rest, len);
    return character;
}

/* A keyword, or text: a quotation, or one character. */
static bool take_node(struct sql_call *call, struct sql_number_pattern *p, struct slice *rest,
                      struct sql_number_node **node)
{
    for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
        size_t len = strlen(keywords[i].text);
        if (!begins_with(*rest, keywords[i].text))
            continue;
        *(*node)++ = (struct sql_number_node){keywords[i].key, slice_of(rest->ptr, len)};
        *rest = slice_from(*rest, len);
        return add_key(call, p, keywords[i].key);
    }
    if (rest->ptr[0] == '"') {
        *rest = slice_from(*rest, 1);
        while (rest->len && rest->ptr[0] != '"') {
            if (rest->ptr[0] == '\\' && rest->len > 1)
                *rest = slice_from(*rest, 1);
            *(*node)++ = (struct sql_number_node){SQL_NUMBER_TEXT, take_character(rest)};
        }
        *rest = slice_from(*rest, 1);
        return true;
    }
    if (rest->ptr[0] == '\\' && rest->len > 1 && rest->ptr[1] == '"')
        *rest = slice_from(*rest, 1);
    *(*node)++ = (struct sql_number_node){SQL_NUMBER_TEXT, take_character(rest)};
    return true;
}

bool sql_number_pattern_parse(struct sql_call *call, struct slice text,
                              struct sql_number_pattern *out)
{
    struct sql_number_node *nodes = arena_array(call->arena, text.len + 1, sizeof(*nodes));
    struct sql_number_node *node = nodes;
    if (!nodes)
        return sql_fail_memory(call->env->error);
    *out = (struct sql_number_pattern){.nodes = nodes};
    while (text.len)
        if (!take_node(call, out, &text, &node))
            return false;
    *node = (struct sql_number_node){.key = SQL_NUMBER_END};
    return true;
}
