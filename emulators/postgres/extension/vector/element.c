/* Elements of vectors: checks, halves, texts. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "emulators/postgres/extension/vector/vector.h"
#include "emulators/sql/value/float.h"
#include "emulators/sql/value/text_scan.h"

#define HALF_MAX        65504.0f
#define HALF_OVERFLOW   65520.0f /* rounds to infinity */
#define HALF_MANTISSA   10
#define HALF_MIN_BITS   -14 /* exponent of the smallest number that is normal */
#define NUMBER_TEXT_MAX 128

/* ---- checks */

bool vector_check_count(struct sql_call *call, const char *type, uint64_t count)
{
    uint64_t max = strcmp(type, "sparsevec") == 0 ? SPARSE_DIM_MAX : VECTOR_MAX;
    if (count < 1)
        return sql_fail(call->env->error, "22000", "%s must have at least 1 dimension", type);
    return count <= max || sql_fail(call->env->error, "54000",
                                    "%s cannot have more than %u dimensions", type, (unsigned)max);
}

bool vector_check_element(struct sql_call *call, const char *type, float value)
{
    if (isnan(value))
        return sql_fail(call->env->error, "22000", "NaN not allowed in %s", type);
    return !isinf(value) ||
           sql_fail(call->env->error, "22000", "infinite value not allowed in %s", type);
}

bool vector_check_typmod(struct sql_call *call, int32_t typmod, uint32_t count)
{
    return typmod < 0 || (uint32_t)typmod == count ||
           sql_fail(call->env->error, "22000", "expected %d dimensions, not %u", (int)typmod,
                    (unsigned)count);
}

bool vector_is_half(const struct sql_type *type)
{
    return type && type->ops == &halfvec_ops;
}

/* ---- halves */

float half_round(float value)
{
    int exponent;
    if (value == 0 || isnan(value) || isinf(value))
        return value;
    if (fabsf(value) >= HALF_OVERFLOW)
        return value > 0 ? INFINITY : -INFINITY;
    (void)frexpf(value, &exponent); /* 0.5 <= fraction < 1 */
    int lowest = (exponent - 1 > HALF_MIN_BITS ? exponent - 1 : HALF_MIN_BITS) - HALF_MANTISSA;
    return ldexpf(rintf(ldexpf(value, -lowest)), lowest);
}

uint16_t half_bits(float value)
{
    uint16_t sign = signbit(value) ? 0x8000 : 0;
    int exponent;
    value = fabsf(value);
    if (value == 0)
        return sign;
    (void)frexpf(value, &exponent);
    if (exponent - 1 < HALF_MIN_BITS)
        return (uint16_t)(sign | (uint16_t)ldexpf(value, HALF_MANTISSA - HALF_MIN_BITS));
    uint16_t mantissa = (uint16_t)ldexpf(value, HALF_MANTISSA - (exponent - 1));
    unsigned biased = (unsigned)(exponent - 1 - HALF_MIN_BITS + 1);
    return (uint16_t)(sign | biased << HALF_MANTISSA | (mantissa & 0x3ff));
}

float half_of_bits(uint16_t bits)
{
    unsigned exponent = bits >> HALF_MANTISSA & 0x1f, mantissa = bits & 0x3ff;
    float value = exponent == 0x1f ? (mantissa ? NAN : INFINITY)
                  : exponent == 0  ? ldexpf((float)mantissa, HALF_MIN_BITS - HALF_MANTISSA)
                                   : ldexpf((float)(mantissa | 0x400),
                                            (int)exponent - 1 + HALF_MIN_BITS - HALF_MANTISSA);
    return bits & 0x8000 ? -value : value;
}

bool half_of_float(struct sql_call *call, float value, float *out)
{
    *out = half_round(value);
    if (!isinf(*out) || isinf(value))
        return true;
    struct sql_bytes text = sql_bytes_begin(call);
    vector_put_float(&text, value);
    return sql_fail(call->env->error, "22003", "\"" SLICE_FMT "\" is out of range for type halfvec",
                    SLICE_ARG(sql_bytes_slice(&text)));
}

/* ---- texts */

void vector_put_float(struct sql_bytes *out, float value)
{
    char text[SQL_FLOAT_TEXT_MAX];
    sql_bytes_add(out, text, sql_float_print(text, value, true, 1));
}

void vector_skip_blanks(struct vector_reader *reader)
{
    while (reader->at < reader->text.len && sql_is_blank(reader->text.ptr[reader->at]))
        reader->at++;
}

bool vector_accept(struct vector_reader *reader, char c)
{
    if (reader->at == reader->text.len || reader->text.ptr[reader->at] != (uint8_t)c)
        return false;
    reader->at++;
    return true;
}

bool vector_fail_syntax(struct vector_reader *reader, const char *detail)
{
    struct sql_error *error = reader->call->env->error;
    sql_fail(error, "22P02", "invalid input syntax for type %s: \"" SLICE_FMT "\"", reader->type,
             SLICE_ARG(reader->text));
    return detail ? sql_detail(error, "%s", detail) : false;
}

bool vector_read_element(struct vector_reader *reader, bool half, float *out)
{
    char text[NUMBER_TEXT_MAX], *end;
    struct slice rest = slice_from(reader->text, reader->at);
    size_t len = rest.len < sizeof text - 1 ? rest.len : sizeof text - 1;
    if (len)
        memcpy(text, rest.ptr, len);
    text[len] = '\0';
    errno = 0;
    float value = strtof(text, &end);
    if (end == text)
        return vector_fail_syntax(reader, NULL);
    float rounded = half ? half_round(value) : value;
    if ((errno == ERANGE && isinf(value)) || (isinf(rounded) && !isinf(value)))
        return sql_fail(reader->call->env->error, "22003", "\"%.*s\" is out of range for type %s",
                        (int)(end - text), text, reader->type);
    reader->at += (size_t)(end - text);
    *out = rounded;
    return vector_check_element(reader->call, reader->type, rounded);
}
