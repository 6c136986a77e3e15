/* XML expressions and XMLTABLE, printed back. */
#include <stdio.h>

#include "emulators/postgres/deparse/deparse_context.h"
#include "emulators/sql/syntax/ast_expr.h"
#include "emulators/sql/value/text.h"
#include "emulators/sql/value/xml/xml.h"

/* A name of XML as the one of SQL that it was made from: _xHHHH_ are characters. */
static void put_mapped_name(struct pg_deparse *d, struct slice name)
{
    struct sql_bytes plain = {.arena = d->out->arena};
    for (size_t at = 0; at < name.len;) {
        unsigned code;
        int used = 0;
        char text[16] = "";
        size_t len = name.len - at < sizeof text - 1 ? name.len - at : sizeof text - 1;
        memcpy(text, name.ptr + at, len);
        if (text[0] == '_' && sscanf(text, "_x%4x_%n", &code, &used) == 1 && used == 7) {
            sql_char_add(&plain, code);
            at += (size_t)used;
        } else {
            sql_bytes_add_char(&plain, (char)name.ptr[at++]);
        }
    }
    d->out->failed |= plain.failed;
    pg_put_name(d, sql_bytes_slice(&plain));
}

static bool put_named(struct pg_deparse *d, const struct sql_expr_special *xml)
{
    for (uint32_t i = 0; i < xml->named.count; i++) {
        pg_put(d, i ? ", " : "");
        if (!pg_put_expr(d, xml->named.items[i], true))
            return false;
        pg_put(d, " AS ");
        put_mapped_name(d, xml->names[i]);
    }
    return true;
}

static bool put_element(struct pg_deparse *d, const struct sql_expr_special *xml)
{
    pg_put(d, "NAME ");
    put_mapped_name(d, xml->name);
    if (xml->op == SQL_XML_ELEMENT_OF && xml->named.count) {
        pg_put(d, ", XMLATTRIBUTES(");
        if (!put_named(d, xml))
            return false;
        pg_put_char(d, ')');
    }
    pg_put(d, xml->args.count ? ", " : "");
    return pg_put_exprs(d, &xml->args, true);
}

static bool put_root(struct pg_deparse *d, const struct sql_expr_special *xml)
{
    static const char *const standalone[] = {
        [AST_XML_STANDALONE_YES] = ", STANDALONE YES",
        [AST_XML_STANDALONE_NO] = ", STANDALONE NO",
        [AST_XML_STANDALONE_NO_VALUE] = ", STANDALONE NO VALUE",
        [AST_XML_STANDALONE_OMITTED] = "",
    };
    const struct sql_expr *version = xml->args.items[1];
    if (!pg_put_expr(d, xml->args.items[0], true))
        return false;
    pg_put(d, ", VERSION ");
    bool none = version->kind == SQL_EXPR_CONST &&
                ((const struct sql_expr_const *)(const void *)version)->value.null;
    if (none)
        pg_put(d, "NO VALUE");
    else if (!pg_put_expr(d, version, false))
        return false;
    pg_put(d, standalone[xml->options / 4]);
    return true;
}

static bool put_text(struct pg_deparse *d, const struct sql_expr_special *xml)
{
    pg_put(d, xml->options & SQL_XML_OPTION_DOCUMENT ? "DOCUMENT " : "CONTENT ");
    if (!pg_put_expr(d, xml->args.items[0], true))
        return false;
    if (xml->op == SQL_XML_PARSE) {
        pg_put(d, xml->options & SQL_XML_OPTION_PRESERVE ? " PRESERVE WHITESPACE"
                                                         : " STRIP WHITESPACE");
        return true;
    }
    pg_put(d, " AS ");
    return pg_put_type(d, xml->target_type, xml->target_typmod);
}

static bool put_args(struct pg_deparse *d, const struct sql_expr_special *xml)
{
    return pg_put_exprs(d, &xml->args, true);
}

static const struct {
    const char *word;
    bool (*put)(struct pg_deparse *d, const struct sql_expr_special *xml);
} words[] = {
    [SQL_XML_CONCAT] = {"XMLCONCAT(",    put_args   },
    [SQL_XML_ELEMENT_OF] = {"XMLELEMENT(",   put_element},
    [SQL_XML_FOREST] = {"XMLFOREST(",    put_named  },
    [SQL_XML_PARSE] = {"XMLPARSE(",     put_text   },
    [SQL_XML_PI_OF] = {"XMLPI(",        put_element},
    [SQL_XML_ROOT] = {"XMLROOT(",      put_root   },
    [SQL_XML_SERIALIZE] = {"XMLSERIALIZE(", put_text   },
};

bool pg_put_xml(struct pg_deparse *d, const struct sql_expr *expr, bool show_implicit)
{
    const struct sql_expr_special *xml = (const void *)expr;
    (void)show_implicit;
    if (xml->op == SQL_XML_IS_DOCUMENT) {
        pg_put(d, pg_pretty_paren(d) ? "" : "(");
        if (!pg_put_expr_paren(d, xml->args.items[0], false, expr))
            return false;
        pg_put(d, pg_pretty_paren(d) ? " IS DOCUMENT" : " IS DOCUMENT)");
        return true;
    }
    pg_put(d, words[xml->op].word);
    if (!words[xml->op].put(d, xml))
        return false;
    pg_put_char(d, ')');
    return true;
}

/* ---- XMLTABLE */

static bool put_in_parens(struct pg_deparse *d, const char *before, const struct sql_expr *expr)
{
    if (!expr)
        return true;
    pg_put(d, before);
    if (!pg_put_expr(d, expr, true))
        return false;
    pg_put_char(d, ')');
    return true;
}

static bool put_namespaces(struct pg_deparse *d, const struct sql_expr_special *xml)
{
    pg_put(d, xml->named.count ? "XMLNAMESPACES (" : "");
    for (uint32_t i = 0; i < xml->named.count; i++) {
        bool named = xml->names[i].len > 0;
        pg_put(d, i ? ", " : "");
        pg_put(d, named ? "" : "DEFAULT ");
        if (!pg_put_expr(d, xml->named.items[i], true))
            return false;
        pg_put(d, named ? " AS " : "");
        if (named)
            pg_put_name(d, xml->names[i]);
    }
    pg_put(d, xml->named.count ? "), " : "");
    return true;
}

static bool put_column(struct pg_deparse *d, const struct sql_table *table, uint32_t at)
{
    const struct sql_expr_special *xml = table->special;
    pg_put_name(d, table->columns[at]);
    pg_put_char(d, ' ');
    if (at + 1 == xml->ordinality) {
        pg_put(d, "FOR ORDINALITY");
        return true;
    }
    if (!pg_put_type(d, table->types[at], table->typmods[at]) ||
        !put_in_parens(d, " DEFAULT (", xml->defaults.items[at]) ||
        !put_in_parens(d, " PATH (", xml->paths.items[at]))
        return false;
    pg_put(d, xml->not_null[at] ? " NOT NULL" : "");
    return true;
}

bool pg_put_xml_table(struct pg_deparse *d, const struct sql_table *table)
{
    const struct sql_expr_special *xml = table->special;
    pg_put(d, "XMLTABLE(");
    if (!put_namespaces(d, xml) || !put_in_parens(d, "(", xml->args.items[0]) ||
        !put_in_parens(d, " PASSING (", xml->args.items[1]))
        return false;
    pg_put(d, " COLUMNS ");
    for (uint32_t i = 0; i < table->column_count; i++) {
        pg_put(d, i ? ", " : "");
        if (!put_column(d, table, i))
            return false;
    }
    pg_put_char(d, ')');
    return true;
}
