// Plays the situations of `tests/src/situations` with the clients in Rust, in the page whose global `rust` they
// are. What came out otherwise than the table says is returned.
export async function situations(server) {
  const { fetch } = globalThis;
  const json = async (url, init) => (await fetch(url, init)).json();

  // When a connection breaks, a browser throws away what it has received of it and was not asked for: the server is
  // told how many bytes of each body have come, and waits for that.
  globalThis.fetch = async (request) => {
    const response = await fetch(request);
    if (response.status !== 200 || response.body === null) return response;
    const run = new URL(request.url).pathname.split("/")[1];
    let heard = 0;
    const count = new TransformStream({
      transform(chunk, controller) {
        controller.enqueue(chunk);
        heard += chunk.length;
        void fetch(`${server}/${run}/heard/${heard}`, { method: "POST" });
      },
    });
    const counted = new Response(response.body.pipeThrough(count), response);
    return Object.defineProperty(counted, "url", { value: response.url });
  };
  globalThis.retried = (run) => void fetch(`${server}/${run}/listen`, { method: "POST" });

  // JSON with the keys of objects in order, so that equal values have equal texts.
  const canonical = (value) =>
    JSON.stringify(value, (_key, value) => {
      if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
      return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
    });

  // As `Way::of` of the test `client_situations` has it.
  const isFor = (typed, { call, exceptions }) => {
    if (call.endpoint !== "any") return typed;
    const isUntypedAlone = call.post !== null || exceptions.some(({ clients }) => clients.includes("typed"));
    return !(typed && isUntypedAlone);
  };

  const compare = async (path, typed) => {
    const run = await json(`${server}/runs/${path}/hearing`, { method: "POST" });
    const exception = run.exceptions.find(({ clients }) => clients.includes("wasm"));
    const outcome = exception === undefined ? run.outcome : exception.outcome;
    if (outcome === null || !isFor(typed, run)) return undefined;
    const told = JSON.parse(await globalThis.rust.play(JSON.stringify(run), typed));
    const seen = await json(`${server}/${run.run}/requests`);
    const { atLeastMs, atMostMs, ...expected } = outcome;
    const found = canonical({ ...told, requests: seen.map(({ request }) => request) });
    const should = canonical(expected);
    if (found !== should) return `${found}, not ${should}`;
    const took = seen.at(-1)?.afterMs ?? 0;
    if (took < atLeastMs || took > (atMostMs ?? took)) return `it takes ${took} ms, not ${atLeastMs} to ${atMostMs} ms`;
    return undefined;
  };

  const all = await json(`${server}/situations`);
  const plays = all.flatMap(({ name, cases }) =>
    cases.flatMap((of, number) => [false, true].map((typed) => ({ name, of, path: `${name}/${number}`, typed }))),
  );
  const wrong = [];
  const some = async () => {
    for (let next = plays.shift(); next !== undefined; next = plays.shift()) {
      const { name, of, path, typed } = next;
      const miss = await compare(path, typed);
      if (miss !== undefined) wrong.push(`${name} (${of}), ${typed ? "typed" : "untyped"}: ${miss}`);
    }
  };
  // Several at once, but fewer than a browser has connections to one server.
  await Promise.all([some(), some(), some()]);
  return wrong;
}
