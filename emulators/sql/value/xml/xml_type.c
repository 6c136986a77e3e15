/* The type xml: input, output, and whether a text is XML at all. */
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/text.h"
#include "emulators/sql/value/text_scan.h"
#include "emulators/sql/value/xml/xml.h"

/* ---- declarations */

static bool is_xml_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static struct slice skip_blanks(struct slice text)
{
    while (text.len && is_xml_blank(text.ptr[0]))
        text = slice_from(text, 1);
    return text;
}

static bool begins(struct slice text, const char *word)
{
    size_t len = strlen(word);
    return text.len >= len && memcmp(text.ptr, word, len) == 0;
}

/* word = "value" behind at least one blank; *found false: the word does not come next. */
static bool read_setting(struct slice *text, const char *word, struct slice *out, bool *found)
{
    struct slice rest = skip_blanks(*text);
    *found = begins(rest, word);
    if (!*found)
        return true;
    if (rest.len == text->len)
        return false;
    rest = skip_blanks(slice_from(rest, strlen(word)));
    if (!begins(rest, "="))
        return false;
    rest = skip_blanks(slice_from(rest, 1));
    if (!rest.len || (rest.ptr[0] != '"' && rest.ptr[0] != '\''))
        return false;
    const uint8_t *end = memchr(rest.ptr + 1, rest.ptr[0], rest.len - 1);
    if (!end)
        return false;
    *out = slice_of(rest.ptr + 1, (size_t)(end - rest.ptr) - 1);
    *text = slice_from(rest, out->len + 2);
    return true;
}

static bool is_name_byte(uint8_t c)
{
    return sql_is_letter(c) || sql_is_digit(c) || c >= 0x80 || strchr("._-:", c);
}

bool sql_xml_read_declaration(struct slice text, struct sql_xml_declaration *out)
{
    struct slice rest = slice_from(text, strlen("<?xml")), said;
    bool found;
    *out = (struct sql_xml_declaration){.standalone = SQL_XML_STANDALONE_UNSAID};
    /* <?xml-stylesheet ... is something else. */
    if (!begins(text, "<?xml") || (rest.len && rest.ptr[0] && is_name_byte(rest.ptr[0])))
        return true;
    if (!read_setting(&rest, "version", &out->version, &found) || !found ||
        !read_setting(&rest, "encoding", &out->encoding, &found) ||
        !read_setting(&rest, "standalone", &said, &found))
        return false;
    if (found) {
        out->standalone = slice_eq_str(said, "yes");
        if (!out->standalone && !slice_eq_str(said, "no"))
            return false;
    }
    rest = skip_blanks(rest);
    out->len = text.len - rest.len + strlen("?>");
    for (size_t i = 0; i < text.len - rest.len; i++)
        if (text.ptr[i] >= 0x80)
            return false;
    return begins(rest, "?>");
}

bool sql_xml_put_declaration(const struct sql_xml_declaration *declaration, struct sql_bytes *out)
{
    bool plain = !declaration->version.ptr || slice_eq_str(declaration->version, "1.0");
    if (plain && declaration->standalone == SQL_XML_STANDALONE_UNSAID)
        return false;
    sql_bytes_add_str(out, "<?xml version=\"");
    sql_bytes_add_slice(out, plain ? slice_str("1.0") : declaration->version);
    sql_bytes_add_char(out, '"');
    if (declaration->standalone != SQL_XML_STANDALONE_UNSAID)
        sql_bytes_add_str(out,
                          declaration->standalone ? " standalone=\"yes\"" : " standalone=\"no\"");
    sql_bytes_add_str(out, "?>");
    return true;
}

/* ---- checking */

/* Behind comments and instructions, does a document type declaration follow? Then it is a document
 * that stands where content might. */
static bool has_document_type(struct slice text)
{
    for (;;) {
        text = skip_blanks(text);
        const char *end = begins(text, "<!--") ? "-->" : begins(text, "<?") ? "?>" : NULL;
        if (!end)
            return begins(text, "<!DOCTYPE");
        struct slice inside = slice_from(text, end[0] == '-' ? strlen("<!--") : strlen("<?"));
        size_t at = sql_text_find(inside, slice_str(end));
        if (at == SIZE_MAX)
            return false;
        text = slice_from(inside, at + strlen(end));
    }
}

bool sql_xml_is_well_formed(struct sql_call *call, struct slice text, bool document, bool *out,
                            struct sql_xml_problem *problem)
{
    struct sql_xml_declaration declaration;
    struct sql_xml_input input = {.text = text, .reading = SQL_XML_CHECK};
    struct sql_xml_node *none;
    *problem = (struct sql_xml_problem){.line = 1};
    *out = false;
    if (!document) {
        if (!sql_xml_read_declaration(text, &declaration)) {
            problem->message = slice_str("Malformed declaration expecting version");
            return true;
        }
        struct slice content = slice_from(text, declaration.len);
        input.content = !has_document_type(content);
        if (input.content)
            input.text = content;
    }
    *out =
        (input.content && input.text.len == 0) || sql_xml_read(call->arena, &input, &none, problem);
    return !problem->out_of_memory || sql_fail_memory(call->env->error);
}

bool sql_xml_fail(struct sql_call *call, const char *sqlstate, const char *message,
                  const struct sql_xml_problem *problem)
{
    sql_fail(call->env->error, sqlstate, "%s", message);
    if (problem->message.len)
        sql_detail(call->env->error, "line %u: " SLICE_FMT, (unsigned)problem->line,
                   SLICE_ARG(problem->message));
    return false;
}

bool sql_xml_check(struct sql_call *call, struct slice text, bool document)
{
    struct sql_xml_problem problem;
    struct sql_xml_declaration declaration;
    bool fine;
    if (!sql_xml_is_well_formed(call, text, document, &fine, &problem))
        return false;
    if (fine)
        return true;
    if (document)
        return sql_xml_fail(call, "2200M", "invalid XML document", &problem);
    return sql_xml_fail(call, "2200N",
                        sql_xml_read_declaration(text, &declaration)
                            ? "invalid XML content"
                            : "invalid XML content: invalid XML declaration",
                        &problem);
}

/* ---- the type */

static bool xml_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                      int32_t typmod, struct datum *out)
{
    (void)type;
    (void)typmod;
    return sql_xml_check(call, text, call->env->format && call->env->format->xml_document) &&
           sql_give_copy(call, out, text);
}

/* A declaration's encoding is that of whoever wrote the text; readers get theirs. */
static bool xml_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                       struct sql_bytes *out)
{
    (void)call;
    (void)type;
    struct sql_xml_declaration declaration;
    struct slice text = datum_slice(value);
    if (!sql_xml_read_declaration(text, &declaration)) {
        sql_bytes_add_slice(out, text);
        return true;
    }
    text = slice_from(text, declaration.len);
    if (!sql_xml_put_declaration(&declaration, out) && text.len && text.ptr[0] == '\n' &&
        declaration.len)
        text = slice_from(text, 1);
    sql_bytes_add_slice(out, text);
    return true;
}

static bool xml_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                        int32_t typmod, struct datum *out)
{
    return sql_text_check(call->env->error, bytes) && xml_input(call, type, bytes, typmod, out);
}

const struct sql_type_ops sql_xml_ops = {
    .input = xml_input,
    .output = xml_output,
    .receive = xml_receive,
    .send = xml_output,
};
