#include "protocols/postgres/pg_message.h"

static uint16_t u16_at(const uint8_t *list, uint32_t index)
{
    return (uint16_t)(list[index * 2] << 8 | list[index * 2 + 1]);
}

static bool at_end(const struct reader *r)
{
    return r->ok && r->at == r->end;
}

bool pg_read_startup(struct slice body, struct pg_startup *out)
{
    struct reader r = reader_of(body);
    *out = (struct pg_startup){.code = read_u32(&r)};
    if (out->code == PG_STARTUP_CANCEL) {
        out->pid = read_u32(&r);
        out->key = read_u32(&r);
        return at_end(&r);
    }
    out->parameters = r;
    return r.ok;
}

bool pg_read_parameter(struct reader *parameters, struct slice *out_name, struct slice *out_value)
{
    if (!parameters->ok || reader_left(parameters) <= 1 || parameters->at[0] == 0)
        return false;
    *out_name = read_text(parameters);
    *out_value = read_text(parameters);
    return parameters->ok;
}

bool pg_parameters_end(const struct reader *parameters)
{
    return parameters->ok && reader_left(parameters) == 1 && parameters->at[0] == 0;
}

static struct pg_formats read_formats(struct reader *r)
{
    uint16_t count = read_u16(r);
    return (struct pg_formats){read_bytes(r, (size_t)count * 2).ptr, count};
}

uint16_t pg_format_code(const struct pg_formats *formats, uint32_t index)
{
    return u16_at(formats->codes, index);
}

uint16_t pg_format(const struct pg_formats *formats, uint32_t index)
{
    if (formats->count == 0)
        return 0;
    return pg_format_code(formats, formats->count == 1 ? 0 : index);
}

/* Walks over the values, so that reading them one by one cannot fail. */
static struct pg_values read_values(struct reader *r)
{
    struct pg_values values = {.count = read_u16(r)};
    values.reader = *r;
    for (uint32_t i = 0; i < values.count && r->ok; i++) {
        uint32_t len = read_u32(r);
        if (len != UINT32_MAX)
            read_bytes(r, len);
    }
    return values;
}

struct slice pg_read_value(struct pg_values *values)
{
    uint32_t len = read_u32(&values->reader);
    return len == UINT32_MAX ? slice_of(NULL, 0) : read_bytes(&values->reader, len);
}

bool pg_read_parse(struct slice body, struct pg_parse *out)
{
    struct reader r = reader_of(body);
    out->name = read_text(&r);
    out->query = read_text(&r);
    out->type_count = read_u16(&r);
    out->types = read_bytes(&r, (size_t)out->type_count * 4).ptr;
    return at_end(&r);
}

uint32_t pg_parse_type(const struct pg_parse *parse, uint32_t index)
{
    return (uint32_t)u16_at(parse->types, index * 2) << 16 | u16_at(parse->types, index * 2 + 1);
}

bool pg_read_bind(struct slice body, struct pg_bind *out)
{
    struct reader r = reader_of(body);
    out->portal = read_text(&r);
    out->statement = read_text(&r);
    out->formats = read_formats(&r);
    out->values = read_values(&r);
    out->result_formats = read_formats(&r);
    return at_end(&r);
}

bool pg_read_target(struct slice body, struct pg_target *out)
{
    struct reader r = reader_of(body);
    out->kind = read_u8(&r);
    out->name = read_text(&r);
    return at_end(&r);
}

bool pg_read_execute(struct slice body, struct pg_execute *out)
{
    struct reader r = reader_of(body);
    out->portal = read_text(&r);
    out->row_max = (int32_t)read_u32(&r);
    return at_end(&r);
}

bool pg_read_function_call(struct slice body, struct pg_function_call *out)
{
    struct reader r = reader_of(body);
    out->function = read_u32(&r);
    out->formats = read_formats(&r);
    out->values = read_values(&r);
    out->result_format = read_u16(&r);
    return at_end(&r);
}

bool pg_read_text(struct slice body, struct slice *out)
{
    struct reader r = reader_of(body);
    *out = read_text(&r);
    return at_end(&r);
}

bool pg_read_sasl_initial(struct slice body, struct pg_sasl_initial *out)
{
    struct reader r = reader_of(body);
    out->mechanism = read_text(&r);
    uint32_t len = read_u32(&r);
    out->data = len == UINT32_MAX ? slice_of(NULL, 0) : read_bytes(&r, len);
    return at_end(&r);
}
