#include "emulators/postgres/text_search/parser.h"

%%{
    machine pg_ts_token;
    alphtype unsigned char;

    action asciiword  { type = PG_TS_ASCIIWORD; fbreak; }
    action word       { type = PG_TS_WORD; fbreak; }
    action numword    { type = PG_TS_NUMWORD; fbreak; }
    action email      { type = PG_TS_EMAIL; fbreak; }
    action url        { type = PG_TS_URL; fbreak; }
    action host       { type = PG_TS_HOST; fbreak; }
    action sfloat     { type = PG_TS_SFLOAT; fbreak; }
    action version    { type = PG_TS_VERSION; fbreak; }
    action tag        { type = PG_TS_TAG; fbreak; }
    action protocol   { type = PG_TS_PROTOCOL; fbreak; }
    action numhword   { type = PG_TS_NUMHWORD; fbreak; }
    action asciihword { type = PG_TS_ASCIIHWORD; fbreak; }
    action hword      { type = PG_TS_HWORD; fbreak; }
    action file       { type = PG_TS_FILE; fbreak; }
    action float      { type = PG_TS_FLOAT; fbreak; }
    action int        { type = PG_TS_INT; fbreak; }
    action uint       { type = PG_TS_UINT; fbreak; }
    action entity     { type = PG_TS_ENTITY; fbreak; }
    action blank      { type = PG_TS_BLANK; fbreak; }

    letter  = [a-zA-Z] | 0x80..0xff;
    character = letter | digit;
    latin   = [a-zA-Z0-9];

    # Words; the parts between hyphens have a letter each.
    part    = digit* letter character*;
    label   = latin+ ([\-_] latin+)*;
    name    = label ("." label)* "." [a-zA-Z] [a-zA-Z]+;
    host    = name (":" digit+)?;
    path    = "/" (0x21..0x7e - ["<>\\^`{|}])+;
    address = latin+ ([._\-] latin+)* "@" name;

    number  = digit+ ("." digit+)?;

    step    = latin | "_";
    up      = ("./" | "../")*;
    below   = up "."? step (step | "-" | "." step | "/" up "."? step)*;
    above   = "/" | "~/" | "~" | "./" | "../";
    file    = above below | latin+ "/" below |
              digit* [a-zA-Z] latin* "." step (step | "-" | "." step | "/" up "."? step)*;

    # XML 1.0: 3.1 tags, 2.5 comments, 2.8 prolog, 4.1 references.
    tagname = [a-zA-Z:_] (character | [:_.\-])*;
    inside  = [a-zA-Z0-9=\-_#/:.&?%~ \t\r\n\f\v] | '"' ([^"\\] | "\\" any)* '"' | "'" ([^'\\] | "\\" any)* "'";
    tag     = "<" "/"? tagname (space inside*)? "/"? ">" | "<?x" inside* "?"? ">" |
              "<!" [Dd] inside* ">" | "<!--" (any* - (any* "-->" any*)) "-->";
    entity  = "&" ("#" digit+ | "#" [xX] xdigit+ | [a-zA-Z:_] (character | [:_.\-])*) ";";

    main := |*
        [a-zA-Z]+                            => asciiword;
        letter+                              => word;
        digit+                               => uint;
        [+\-]? number [eE] [+\-]? digit+     => sfloat;
        character+                           => numword;
        [a-zA-Z]+ ("-" [a-zA-Z]+)+           => asciihword;
        letter+ ("-" letter+)+               => hword;
        part ("-" part)+                     => numhword;
        address                              => email;
        host                                 => host;
        host path                            => url;
        [a-zA-Z]+ "://"                      => protocol;
        [+\-] digit+                         => int;
        [+\-]? digit+ "." digit+             => float;
        digit+ "." digit+ ("." digit+)+      => version;
        file                                 => file;
        tag                                  => tag;
        entity                               => entity;
        any                                  => blank;
    *|;

    write data noerror nofinal;
}%%

enum pg_ts_token pg_ts_scan(struct slice text, size_t *len)
{
    const uint8_t *p = text.ptr, *pe = text.ptr + text.len, *eof = pe, *ts = NULL, *te = NULL;
    enum pg_ts_token type = PG_TS_BLANK;
    int cs, act;
    (void)ts;
    (void)act;
    (void)pg_ts_token_en_main;
    %% write init;
    %% write exec;
    *len = te ? (size_t)(te - text.ptr) : 1;
    return type;
}
