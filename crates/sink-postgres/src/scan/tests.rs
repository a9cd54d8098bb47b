//! What is cut into tokens, and where a placeholder may stand.

use super::*;

fn scan_text(sql: &str) -> Result<Scanned, ScanError> {
    scan(&Template::parse(sql).unwrap())
}

/// The SQL with `<n>` for its parameters, tokens apart by `|`.
#[track_caller]
fn shown(sql: &str) -> String {
    let tokens = scan_text(sql).unwrap().tokens;
    let texts = tokens.iter().map(|token| match token {
        Token::Space(text) | Token::Word(text) | Token::Quoted(text) => text.clone(),
        Token::Symbol(symbol) => String::from(*symbol),
        Token::Parameter { index, cast: None } => format!("<{index}>"),
        Token::Parameter { index, cast: Some(name) } => format!("<{index}:{name}>"),
    });
    texts.collect::<Vec<_>>().join("|")
}

#[test]
fn sql_is_cut_as_postgresql_does() {
    for (sql, expected) in [
        ("SELECT 1.5e3, a$b", "SELECT| |1.5e3|,| |a$b"),
        ("'it''s' 'x'", "'it''s'| |'x'"),
        (r"E'a\'b' 'c\'", r"E|'a\'b'| |'c\'"),
        (r"e'\\' 'd'", r"e|'\\'| |'d'"),
        ("\"a\"\"b\".\"c\"", "\"a\"\"b\"|.|\"c\""),
        ("a -- b 'c\n, d", "a| |-- b 'c\n|\n|,| |d"),
        ("a -- end", "a| |-- end\n"),
        ("/* a /* 'b */ c */ d", "/* a /* 'b */ c */| |d"),
        ("$$it's$$ $t$ $$ $u$ $t$", "$$it's$$| |$t$ $$ $u$ $t$"),
        ("a::int[]", "a|:|:|int|[|]"),
        ("größe = '日本'", "größe| |=| |'日本'"),
    ] {
        assert_eq!(shown(sql), expected, "{sql}");
    }
}

#[test]
fn placeholders_become_parameters() {
    for (sql, expected) in [
        ("VALUES (${a}, ${b.c})", "VALUES| |(|<0>|,| |<1>|)"),
        ("${a}::int + 1${a}", "<0>|:|:|int| |+| |1|<1>"),
        ("abc${a}def", "abc|<0>|def"),
        ("'${a}'", "<0>"),
        ("'x-${a}''${b}'", "<0>"),
        ("interval '${n} seconds'", "<0:interval>"),
        ("TIMESTAMPTZ\n'${t}'", "<0:TIMESTAMPTZ>"),
        ("my_column '${t}'", "my_column| |<0>"),
        ("date ${t}", "date| |<0>"),
    ] {
        assert_eq!(shown(sql), expected, "{sql}");
    }
}

#[test]
fn a_literal_is_put_together_from_pieces() {
    let parameters = |sql: &str| scan_text(sql).unwrap().parameters;
    assert!(matches!(&*parameters("'${a}'"), [Parameter::One(one)] if &*one.path[0] == "a"));
    let [Parameter::Text(pieces)] = &*parameters("'it''s ${a}${b}, \"so\"'") else { panic!() };
    let [Piece::Text(first), Piece::Placeholder(_), Piece::Placeholder(_), Piece::Text(last)] =
        pieces.as_slice()
    else {
        panic!("{pieces:?}")
    };
    assert_eq!((first.as_str(), last.as_str()), ("it's ", ", \"so\""));
}

#[test]
fn a_placeholder_stands_only_where_a_value_can() {
    for (sql, part) in [
        ("SELECT 1 -- ${a}\n", "a comment"),
        ("SELECT 1 /* ${a} */", "a comment"),
        ("SELECT \"${a.b}\"", "`${a.b}` stands in a name in double quotes"),
        ("SELECT $$ ${a} $$", "a literal in dollar quotes"),
        ("SELECT E'${a}'", "a literal with a prefix"),
        ("SELECT u&'${a}'", "a literal with a prefix"),
        ("SELECT ${a[1]}", "`${a[1]}` is no placeholder"),
        ("SELECT ${ a }, 1", "`${` is no placeholder"),
        ("SELECT $1", "`$1` is no placeholder"),
        ("SELECT ${$}1", "`$1` is no placeholder"),
        ("SELECT 1 $", "`$` is no placeholder"),
        ("SELECT 'a", "the literal that begins at character 8 does not end"),
        ("SELECT 'a${b}", "the literal"),
        ("SELECT \"a", "the name"),
        ("SELECT /* /* */", "the comment"),
        ("SELECT $a$ $b$", "the literal"),
        ("SELECT 'a\0'", "NUL"),
    ] {
        let error = scan_text(sql).unwrap_err().to_string();
        assert!(error.contains(part), "{sql}: {error}");
    }
}
