#include "common/yaml_scalar.h"

#include "common/text.h"

#include <math.h>

%%{
    machine core;
    alphtype unsigned char;

    action null { kind = YAML_NULL; }
    action bool { kind = YAML_BOOL; }
    action int { kind = YAML_INT; }
    action float { kind = YAML_FLOAT; }

    # YAML 1.2.2, 10.3.2
    nulls    = "" | "null" | "Null" | "NULL" | "~";
    bools    = "true" | "True" | "TRUE" | "false" | "False" | "FALSE";
    ints     = [\-+]? digit+ | "0o" [0-7]+ | "0x" xdigit+;
    exponent = [eE] [\-+]? digit+;
    finite   = [\-+]? ( "." digit+ | digit+ "." digit* ) exponent? | [\-+]? digit+ exponent;
    infinite = [\-+]? "." ( "inf" | "Inf" | "INF" ) | "." ( "nan" | "NaN" | "NAN" );
    main    := nulls %null | bools %bool | ints %int | ( finite | infinite ) %float;
    write data nofinal noerror noentry;
}%%

enum yaml_kind yaml_plain_kind(struct slice text)
{
    const uint8_t *p = text.ptr, *pe = text.ptr + text.len, *eof = pe;
    enum yaml_kind kind = YAML_STRING;
    int cs = core_start;
    if (text.len == 0)
        return YAML_NULL;
    %% write exec;
    return kind;
}

static const struct {
    const char *name;
    enum yaml_kind kind;
    bool binary;
} tags[] = {
    {"!", YAML_STRING, false},
    {"tag:yaml.org,2002:str", YAML_STRING, false},
    {"tag:yaml.org,2002:binary", YAML_STRING, true},
    {"tag:yaml.org,2002:null", YAML_NULL, false},
    {"tag:yaml.org,2002:bool", YAML_BOOL, false},
    {"tag:yaml.org,2002:int", YAML_INT, false},
    {"tag:yaml.org,2002:float", YAML_FLOAT, false},
};

bool yaml_tagged_kind(struct slice tag, struct slice text, enum yaml_kind *out, bool *binary)
{
    for (size_t i = 0; i < sizeof(tags) / sizeof(*tags); i++) {
        if (!slice_eq_str(tag, tags[i].name))
            continue;
        enum yaml_kind form = yaml_plain_kind(text);
        if (tags[i].kind != YAML_STRING && form != tags[i].kind &&
            !(tags[i].kind == YAML_FLOAT && form == YAML_INT))
            return false;
        *out = tags[i].kind;
        *binary = tags[i].binary;
        return true;
    }
    return false;
}

static bool read_digits(struct slice digits, uint64_t base, uint64_t *out)
{
    uint64_t value = 0;
    for (size_t i = 0; i < digits.len; i++) {
        uint8_t c = ascii_lower(digits.ptr[i]);
        uint64_t digit = (uint64_t)(c >= 'a' ? c - 'a' + 10 : c - '0');
        if (__builtin_mul_overflow(value, base, &value) ||
            __builtin_add_overflow(value, digit, &value))
            return false;
    }
    *out = value;
    return true;
}

bool yaml_to_i64(const struct yaml_event *event, int64_t *out)
{
    struct slice text = event->text;
    uint64_t value, base = 10;
    if (event->type != YAML_SCALAR || event->kind != YAML_INT)
        return false;
    bool negative = text.ptr[0] == '-';
    if (negative || text.ptr[0] == '+')
        text = slice_from(text, 1);
    if (text.len > 2 && (text.ptr[1] == 'x' || text.ptr[1] == 'o')) {
        base = text.ptr[1] == 'x' ? 16 : 8;
        text = slice_from(text, 2);
    }
    if (!read_digits(text, base, &value) || value > (uint64_t)INT64_MAX + negative)
        return false;
    *out = negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

bool yaml_to_double(const struct yaml_event *event, double *out)
{
    struct slice text = event->text;
    int64_t integer;
    if (event->type != YAML_SCALAR || (event->kind != YAML_FLOAT && event->kind != YAML_INT))
        return false;
    if (yaml_to_i64(event, &integer)) {
        *out = (double)integer;
        return true;
    }
    bool negative = text.ptr[0] == '-';
    struct slice word = slice_from(text, negative || text.ptr[0] == '+');
    if (slice_is(word, ".inf"))
        *out = negative ? -INFINITY : INFINITY;
    else if (slice_is(word, ".nan"))
        *out = NAN;
    else
        return text_to_double(text, out);
    return true;
}

bool yaml_to_bool(const struct yaml_event *event, bool *out)
{
    if (event->type != YAML_SCALAR || event->kind != YAML_BOOL)
        return false;
    *out = ascii_lower(event->text.ptr[0]) == 't';
    return true;
}
