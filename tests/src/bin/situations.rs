//! Plays the situations of a client until it is killed, to try a client of another language.

use std::thread;

use tests::situations::Server;

fn main() {
    let server = Server::start();
    println!("{}", server.url());
    loop {
        thread::park();
    }
}
