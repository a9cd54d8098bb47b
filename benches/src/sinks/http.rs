//! An HTTP server that takes everything and does nothing with it, as a process of its own, so that
//! its work is nobody else's CPU time. It does not know what is posted.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use anyhow::Context;

use crate::process::Process;

/// Requests that were answered.
static REQUESTS: AtomicU64 = AtomicU64::new(0);

/// Starts this program again as the server; gives its port.
pub(crate) fn start_null(folder: &Path) -> anyhow::Result<(Process, u16)> {
    fs::create_dir_all(folder)?;
    let out = folder.join("null-http.out");
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("--null-http").stdin(Stdio::null()).stdout(File::create(&out)?);
    let process = Process::spawn(&mut command)?;
    for _ in 0..500 {
        if let Ok(port) = fs::read_to_string(&out)?.trim().parse() {
            return Ok((process, port));
        }
        thread::sleep(crate::process::LOOK_TIME);
    }
    anyhow::bail!("the null server does not serve")
}

/// Serves until the process is ended; prints the port first. GET answers how many other requests
/// there were.
pub(crate) fn serve_null() -> anyhow::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{}", listener.local_addr()?.port())?;
    stdout.flush()?;
    loop {
        let (stream, _) = listener.accept()?;
        thread::spawn(move || {
            // Who closes its connection ends it.
            drop(serve(stream));
        });
    }
}

fn serve(mut stream: TcpStream) -> anyhow::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        anyhow::ensure!(!line.is_empty(), "closed");
        let is_get = line.starts_with("GET");
        let mut length = 0;
        loop {
            line.clear();
            reader.read_line(&mut line)?;
            if line == "\r\n" || line.is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse()?;
            }
        }
        std::io::copy(&mut (&mut reader).take(length), &mut std::io::sink())?;
        if is_get {
            let count = REQUESTS.load(Ordering::Relaxed).to_string();
            write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{count}", count.len())?;
        } else {
            REQUESTS.fetch_add(1, Ordering::Relaxed);
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n")?;
        }
    }
}

/// How many requests a null server has taken.
pub(crate) fn requests(url: &str) -> anyhow::Result<u64> {
    let address = url.strip_prefix("http://").context("an http:// URL")?;
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "GET / HTTP/1.1\r\nhost: null\r\nconnection: close\r\n\r\n")?;
    let mut text = String::new();
    let mut reader = BufReader::new(stream);
    while !text.ends_with("\r\n\r\n") {
        anyhow::ensure!(reader.read_line(&mut text)? > 0, "no answer");
    }
    let length = text.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut count = vec![0; length.context("no length")?.parse()?];
    reader.read_exact(&mut count)?;
    Ok(String::from_utf8(count)?.parse()?)
}
