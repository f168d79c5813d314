//! Plays the situations of a client, and a stream that is cut 1 000 times, until it is killed: to try a
//! client of another language.

use std::thread;

use tests::cut_stream::CutStream;
use tests::situations::Server;

fn main() {
    let (server, stream) = (Server::start(), CutStream::start(1));
    println!("{}/situations\n{}/numbers", server.url(), stream.url());
    loop {
        thread::park();
    }
}
