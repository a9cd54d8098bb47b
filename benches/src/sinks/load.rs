//! Publishers at QoS 1 that keep a window of messages unacknowledged. It does not know what follows
//! from a publish.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::thread;
use std::time::Duration;

use anyhow::Context;

/// Connections, each on a thread of its own.
const CONNECTIONS: u64 = 20;
/// Messages that one connection has unacknowledged: 2,000 over all.
const WINDOW: u64 = 100;
/// A broker that stands still that long has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// Publishes `count` messages to `bench/<connection>` and returns when all are acknowledged.
pub(crate) fn publish(
    port: u16,
    count: u64,
    payload: &(dyn Fn(u64) -> String + Sync),
) -> anyhow::Result<()> {
    thread::scope(|scope| {
        let threads: Vec<_> = (0..CONNECTIONS)
            .map(|number| {
                let numbers = count * number / CONNECTIONS..count * (number + 1) / CONNECTIONS;
                scope.spawn(move || publish_some(port, number, numbers, payload))
            })
            .collect();
        for thread in threads {
            match thread.join() {
                Ok(published) => published?,
                Err(_) => anyhow::bail!("a publisher panicked"),
            }
        }
        Ok(())
    })
}

fn publish_some(
    port: u16,
    number: u64,
    numbers: std::ops::Range<u64>,
    payload: &dyn Fn(u64) -> String,
) -> anyhow::Result<()> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let client_id = format!("bench-{number}");
    let mut connect = b"\0\x04MQTT\x04\x02\0\0".to_vec();
    push_text(&mut connect, &client_id)?;
    write_packet(&mut stream, 0x10, &connect)?;
    let mut connack = [0; 4];
    stream.read_exact(&mut connack).context("CONNACK")?;
    anyhow::ensure!(connack == [0x20, 2, 0, 0], "CONNACK {connack:?}");

    let topic = format!("bench/{number}");
    let (mut packets, mut acks) = (Vec::new(), vec![0; 4 * 4096]);
    // Bytes of PUBACK that have come: four each.
    let (mut sent, mut acked_bytes) = (0, 0);
    let total = numbers.end - numbers.start;
    for seq in numbers {
        let mut publish = Vec::with_capacity(400);
        push_text(&mut publish, &topic)?;
        publish.extend(u16::try_from(sent % 65_535 + 1)?.to_be_bytes());
        publish.extend(payload(seq).as_bytes());
        encode_packet(&mut packets, 0x32, &publish)?;
        sent += 1;
        if sent - acked_bytes / 4 < WINDOW && sent < total {
            continue;
        }
        stream.write_all(&packets)?;
        packets.clear();
        // Half a window at a time, so that neither side waits for the other's every message.
        let wanted = if sent == total { 0 } else { WINDOW / 2 };
        while sent - acked_bytes / 4 > wanted {
            let count = stream.read(&mut acks).context("no PUBACK came")?;
            anyhow::ensure!(count > 0, "the broker closed the connection");
            acked_bytes += count as u64;
        }
    }
    Ok(())
}

fn push_text(out: &mut Vec<u8>, text: &str) -> anyhow::Result<()> {
    out.extend(u16::try_from(text.len())?.to_be_bytes());
    out.extend(text.as_bytes());
    Ok(())
}

fn write_packet(stream: &mut TcpStream, first: u8, body: &[u8]) -> anyhow::Result<()> {
    let mut packet = Vec::new();
    encode_packet(&mut packet, first, body)?;
    Ok(stream.write_all(&packet)?)
}

fn encode_packet(out: &mut Vec<u8>, first: u8, body: &[u8]) -> anyhow::Result<()> {
    out.push(first);
    let mut length = body.len();
    loop {
        let low = u8::try_from(length % 128)?;
        length /= 128;
        out.push(if length > 0 { low | 0x80 } else { low });
        if length == 0 {
            break;
        }
    }
    out.extend(body);
    Ok(())
}
