//! Flags, and what they let through.

use clap::Parser;

use super::*;

#[derive(Parser)]
struct Command {
    #[command(flatten)]
    args: SubArgs,
}

fn parse(line: &str) -> Result<SubArgs, clap::Error> {
    Command::try_parse_from(["sub"].into_iter().chain(line.split(' '))).map(|command| command.args)
}

/// What prints of messages, and whether it was enough.
fn print(line: &str, messages: &[(&str, &str, bool)]) -> (String, Verdict) {
    let args = parse(line).unwrap();
    let mut printed = Vec::new();
    let mut output = Output::new(&args, &mut printed).unwrap();
    let mut verdict = Verdict::GoOn;
    for (topic, payload, retain) in messages {
        let payload = payload.as_bytes();
        let message = MessageRef { payload, retain: *retain, ..empty_retained(topic) };
        verdict = output.print(&message, None).unwrap();
    }
    output.flush().unwrap();
    (String::from_utf8(printed).unwrap(), verdict)
}

#[test]
fn flags_choose_what_prints_and_when_it_ends() {
    let messages = [("a/1", "x", true), ("a/2", "y", false), ("a/3", "", false)];
    for (line, expected, verdict) in [
        ("-t #", "x\ny\n\n", Verdict::GoOn),
        ("-t # -v", "a/1 x\na/2 y\na/3 (null)\n", Verdict::GoOn),
        ("-t # -N", "xy", Verdict::GoOn),
        ("-t # -R -F %t", "a/2\na/3\n", Verdict::GoOn),
        ("-t # -T a/2 -T b/#", "x\n\n", Verdict::GoOn),
        ("-t # --retained-only", "x\n", Verdict::Done),
        ("-t # -C 3", "x\ny\n\n", Verdict::Done),
        ("-t # -C 3 -R", "y\n\n", Verdict::GoOn),
    ] {
        assert_eq!(print(line, &messages), (expected.into(), verdict), "{line}");
    }
}

#[test]
fn the_flags_of_mosquitto_sub_are_understood() {
    let args =
        parse("-h h -t a -t b/+ -U c -q 1 -C 2 -W 1.5 -E -V 5 -i me -c -x -1 -k 9 -d").unwrap();
    assert_eq!(args.topic, ["a", "b/+"]);
    assert_eq!(args.timeout, Some(Duration::from_millis(1500)));
    let options = args.connect.target("u").unwrap().options;
    assert_eq!((options.session_expiry, options.clean_start), (Some(u32::MAX), false));
}

#[test]
fn flags_that_make_no_sense_are_refused() {
    for line in ["-t a/#/b", "-t a -R --retained-only", "-t a -q 3", "-t a -V 4", "-t a -C x"] {
        assert!(parse(line).is_err(), "{line}");
    }
    for line in ["-t a -c", "-t a -P p", "-t a -V 311 -D connect user-property a b"] {
        assert!(parse(line).unwrap().connect.target("u").is_err(), "{line}");
    }
}

#[test]
fn only_all_filters_refused_ends_it() {
    let refused = ReasonCode::NotAuthorized;
    assert!(all_refused([refused, ReasonCode::Success].into_iter()).is_ok());
    assert!(all_refused([refused, refused].into_iter()).is_err());
    assert!(all_refused([].into_iter()).is_ok());
}
