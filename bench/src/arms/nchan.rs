//! nginx with the module nchan, as Debian packages both: one process, messages in its memory, published
//! over HTTP.

use std::fs;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;

use memchr::memmem;

use crate::Miss;
use crate::event::{NAME, Quote, Tick};
use crate::machine::Machine;
use crate::server::HISTORY;

/// What nginx is started with.
#[derive(Debug)]
pub(crate) struct Nginx {
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<String>,
    pub(crate) address: SocketAddr,
}

impl Nginx {
    /// Writes its configuration.
    pub(crate) fn prepare(machine: &Machine) -> Result<Self, Miss> {
        let program = machine.nginx()?.to_owned();
        let module = machine.nchan()?.display();
        // nginx takes no port 0: one that was free a moment ago.
        let address = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?;
        let configuration = format!(
            "daemon off; master_process off; pid nginx.pid; error_log stderr crit;
             load_module {module};
             events {{ worker_connections 8192; }}
             http {{
                 access_log off; keepalive_requests 1000000; keepalive_timeout 1h;
                 client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
                 uwsgi_temp_path uwsgi; scgi_temp_path scgi;
                 nchan_message_buffer_length {HISTORY}; nchan_message_timeout 1h;
                 server {{
                     listen {address};
                     location /live {{
                         nchan_subscriber eventsource; nchan_channel_id ticks;
                         nchan_subscriber_first_message newest;
                     }}
                     location /publish {{ nchan_publisher http; nchan_channel_id ticks; }}
                 }}
             }}"
        );
        let directory = machine.scratch().join(address.port().to_string());
        fs::create_dir_all(&directory)?;
        fs::write(directory.join("nginx.conf"), configuration)?;
        let arguments = ["-c", "nginx.conf", "-e", "stderr", "-p"].map(str::to_owned);
        let arguments = arguments
            .into_iter()
            .chain([directory.display().to_string()]);
        Ok(Self {
            program,
            arguments: arguments.collect(),
            address,
        })
    }
}

/// A connection that publishes.
#[derive(Debug)]
pub(crate) struct Publisher {
    connection: TcpStream,
    next: u64,
}

impl Publisher {
    pub(crate) fn new(connection: TcpStream) -> Self {
        Self {
            connection,
            next: 0,
        }
    }

    /// Publishes a batch: nchan takes one message a request, so their requests are pipelined.
    pub(crate) fn publish(&mut self, events: u64) -> io::Result<()> {
        let mut requests = Vec::new();
        for _ in 0..events {
            let data = serde_json::to_vec(&Tick::<Quote>::nth(self.next).data)?;
            self.next += 1;
            write!(
                requests,
                "POST /publish HTTP/1.1\r\nhost: localhost\r\nx-eventsource-event: {NAME}\r\n\
                 content-length: {}\r\n\r\n",
                data.len()
            )?;
            requests.extend_from_slice(&data);
        }
        self.connection.write_all(&requests)?;
        // The rest of an answer may be read with the next one: only their heads are counted.
        let mut answers = Vec::new();
        while (memmem::find_iter(&answers, b"HTTP/1.1 20").count() as u64) < events {
            let mut part = [0; 16 * 1024];
            match self.connection.read(&mut part)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                n => answers.extend_from_slice(part.get(..n).unwrap_or_default()),
            }
        }
        Ok(())
    }
}
