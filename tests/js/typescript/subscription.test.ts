import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { mock, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import {
  ClientError,
  type ConnectOptions,
  endpoint,
  type Fetch,
  type Item,
} from "../../../sse-runtime/src/typescript/runtime/index.ts";

type Events = { tick: { n: number }; tock: null };

const clock = endpoint<undefined, Events>({
  name: "Clock::run",
  method: "GET",
  path: "/clock",
  data: "json",
  names: ["tick", "tock"],
  errorEvent: "problem",
});

const utf8 = new TextEncoder();
const tick = (n: number) => `id: ${n}\nevent: tick\ndata: {"n":${n}}\n\n`;
/** More than all buffers between a server and a client of this machine together. */
const MUCH = 64 << 20;
const soon: ConnectOptions["policy"] = { floor: 0, ceiling: 0 };

const stream = (body: BodyInit | null) => new Response(body, { headers: { "content-type": "text/event-stream" } });
const stop = () => new Response(null, { status: 204 });

/** A `fetch` that answers one request after the other, and 204 after that. */
function answers(...bodies: (BodyInit | Response)[]) {
  const asked: (string | null)[] = [];
  const fetch: Fetch = async (_url, { headers }) => {
    asked.push(new Headers(headers).get("last-event-id"));
    const body = bodies.shift();
    return body === undefined ? stop() : body instanceof Response ? body : stream(body);
  };
  return { fetch, asked };
}

/** A body of one event a chunk, without end, and how many chunks were asked for. */
function endless() {
  const asked = { chunks: 0, isCancelled: false };
  const body = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => controller.enqueue(utf8.encode(tick((asked.chunks += 1)))),
      cancel: () => void (asked.isCancelled = true),
    },
    { highWaterMark: 0 },
  );
  return { asked, body };
}

const silent = () =>
  new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(utf8.encode(tick(1))) });

async function read(options: ConnectOptions): Promise<Item<Events>[]> {
  const items: Item<Events>[] = [];
  for await (const item of clock.connect("http://a", undefined, { policy: soon, ...options })) items.push(item);
  return items;
}

test("nothing is requested before it is read", async () => {
  const { fetch, asked } = answers(tick(1));
  const subscription = clock.connect("http://a", undefined, { fetch, policy: soon });
  await new Promise(setImmediate);
  assert.deepEqual(asked, []);
  await subscription.on({ tick() {}, tock() {}, gap() {} });
  assert.deepEqual(asked, [null, "1"]);
});

test("an event named as what every object has needs a handler of its own", async () => {
  const odd = endpoint<undefined, { toString: null }>({ name: "Odd::run", method: "GET", path: "/odd", data: "json", names: ["toString"] });
  const connect = () =>
    odd.connect("http://a", undefined, { fetch: answers("event: toString\ndata: null\n\n").fetch, policy: soon });
  const told: unknown[] = [];
  await connect().on({ toString: (event: { data: null }) => void told.push(event.data), gap() {} });
  assert.deepEqual(told, [null]);
  await assert.rejects(connect().on({ gap() {} }), { message: "there is no handler for the event `toString`: add one" });
});

test("who reads slowly is sent no more than what it reads", async () => {
  const { asked, body } = endless();
  const subscription = clock.connect("http://a", undefined, { fetch: answers(body).fetch });
  const handled: number[] = [];
  await subscription.on({
    async tick({ data }) {
      handled.push(data.n);
      await new Promise(setImmediate);
      assert.ok(asked.chunks <= data.n + 1, `${asked.chunks} were asked for when ${data.n} was read`);
      if (data.n === 100) subscription.close();
    },
    tock() {},
    gap() {},
  });
  assert.equal(handled.length, 100);
});

test("leaving the loop, `close` and the signal end the request, and no handler is called after", async () => {
  const ways = [
    async (options: ConnectOptions) => {
      for await (const item of clock.connect("http://a", undefined, options)) if (item.kind === "event") break;
    },
    async (options: ConnectOptions) => {
      const subscription = clock.connect("http://a", undefined, options);
      await subscription.on({ tick: () => subscription.close(), tock() {}, gap() {} });
    },
    async (options: ConnectOptions) => {
      const closing = new AbortController();
      const subscription = clock.connect("http://a", undefined, { ...options, signal: closing.signal });
      await subscription.on({ tick: () => closing.abort(), tock() {}, gap() {} });
    },
  ];
  for (const way of ways) {
    const { asked, body } = endless();
    await way({ fetch: answers(body).fetch });
    assert.ok(asked.isCancelled);
    assert.ok(asked.chunks <= 2, `${asked.chunks}`);
  }
});

test("of what came together nothing follows a close", async () => {
  const { fetch } = answers(tick(1) + tick(2));
  const subscription = clock.connect("http://a", undefined, { fetch });
  const seen: string[] = [];
  for await (const item of subscription) {
    seen.push(item.id);
    subscription.close();
  }
  assert.deepEqual(seen, ["1"]);
});

test("no handler is called after a close, whenever it comes", async () => {
  for (let turns = 0; turns < 60; turns += 1) {
    let isClosed = false;
    const subscription = clock.connect("http://a", undefined, { fetch: answers(tick(1) + tick(2)).fetch });
    const handled = subscription.on({ tick: () => assert.ok(!isClosed, `after ${turns} turns`), tock() {}, gap() {} });
    for (let turn = 0; turn < turns; turn += 1) await undefined;
    isClosed = true;
    subscription.close();
    await handled;
  }
});

test("a server whose events nobody reads is not read", async () => {
  let written = 0;
  const event = ":\n".repeat(1 << 15) + tick(1);
  const server = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    const write = () => {
      while (written < MUCH) {
        written += event.length;
        if (!response.write(event)) return void response.once("drain", write);
      }
    };
    write();
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  for await (const item of clock.connect(`http://127.0.0.1:${port}`)) {
    assert.equal(item.kind, "event");
    // As long as there is room somewhere it is used up at once.
    for (let before = -1; before < written; await setTimeout(200)) before = written;
    break;
  }
  server.closeAllConnections();
  server.close();
  assert.ok(written < MUCH / 2, `${written} bytes were written`);
});

test("a signal that was given before ends it before a request", async () => {
  const { fetch, asked } = answers(tick(1));
  assert.deepEqual(await read({ fetch, signal: AbortSignal.abort() }), []);
  assert.deepEqual(asked, []);
});

test("a close while it waits, connects or reads ends it at once", async () => {
  const never: Fetch = (_url, { signal }) =>
    new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason as Error)));
  const refusal = () => new Response(null, { status: 503, headers: { "retry-after": "60" } });
  for (const fetch of [never, answers(refusal()).fetch, answers(silent()).fetch]) {
    const subscription = clock.connect("http://a", undefined, { fetch });
    void setTimeout(20).then(() => subscription.close());
    await subscription.on({ tick() {}, tock() {}, gap() {} });
  }
});

test("headers are asked for before each attempt", async () => {
  let token = 0;
  const seen: (string | null)[] = [];
  const fetch: Fetch = async (_url, { headers }) => {
    seen.push(new Headers(headers).get("authorization"));
    return seen.length < 3 ? stream(tick(token)) : stop();
  };
  await read({ fetch, headers: async () => ({ authorization: `Bearer ${(token += 1)}` }) });
  assert.deepEqual(seen, ["Bearer 1", "Bearer 2", "Bearer 3"]);
});

test("neither headers nor a `fetch` that never come hold it up", async () => {
  const never = () => new Promise<never>(() => undefined);
  for (const options of [{ headers: never, fetch: answers().fetch }, { fetch: never }]) {
    let opens = 0;
    const subscription = clock.connect("http://a", undefined, {
      ...options,
      policy: soon,
      openTimeout: 5,
      onRetry: ({ error }) => {
        assert.deepEqual(error?.reason, { kind: "silence", after: 5 });
        if ((opens += 1) === 3) setImmediate(() => subscription.close());
      },
    });
    await subscription.on({ tick() {}, tock() {}, gap() {} });
    assert.ok(opens >= 3);
  }
});

test("headers that cannot be had are asked for again", async () => {
  let calls = 0;
  const headers = async () => {
    calls += 1;
    if (calls === 1) throw new Error("offline");
    return {};
  };
  const told: unknown[] = [];
  await read({ fetch: answers().fetch, headers, onRetry: ({ error }) => told.push(error?.reason.kind) });
  assert.deepEqual(told, ["headers"]);
});

test("an error of an item goes to its handler, and without one ends the subscription", async () => {
  const bodies = () => [`event: tick\ndata: no JSON\n\n${tick(2)}`];
  const errors: ClientError[] = [];
  const ticks: number[] = [];
  const first = clock.connect("http://a", undefined, { fetch: answers(...bodies()).fetch, policy: soon });
  await first.on({ tick: ({ data }) => ticks.push(data.n), tock() {}, gap() {}, error: (error) => errors.push(error) });
  assert.deepEqual([errors.map(({ reason }) => reason.kind), ticks], [["data"], [2]]);

  const { fetch, asked } = answers(...bodies());
  const second = clock.connect("http://a", undefined, { fetch, policy: soon });
  await assert.rejects(second.on({ tick() {}, tock() {}, gap() {} }), (error) => error instanceof ClientError);
  assert.equal(asked.length, 1);
});

test("what a handler throws ends the subscription", async () => {
  const { asked, body } = endless();
  const subscription = clock.connect("http://a", undefined, { fetch: answers(body).fetch });
  const thrown = new Error("mine");
  const handled = subscription.on({
    tick() {
      throw thrown;
    },
    tock() {},
    gap() {},
  });
  await assert.rejects(handled, thrown);
  assert.ok(asked.isCancelled);
});

test("handlers are called as methods of their object", async () => {
  class Counter {
    ticks = 0;
    tick() {
      this.ticks += 1;
    }
    tock() {}
    gap() {
      this.ticks += 10;
    }
    error() {
      this.ticks += 100;
    }
  }
  const counter = new Counter();
  const gap = 'event: gap\ndata: {"reason":"reset","missed":null}\n\n';
  const { fetch } = answers(tick(1) + tick(2) + gap + "event: tick\ndata: no JSON\n\n");
  await clock.connect("http://a", undefined, { fetch, policy: soon }).on(counter);
  assert.equal(counter.ticks, 112);
});

test("silence is told by the watchdog, but not while nobody reads", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const retries: unknown[] = [];
    const subscription = clock.connect("http://a", undefined, {
      fetch: answers(silent(), tick(2)).fetch,
      policy: soon,
      watchdog: 1_000,
      onRetry: ({ error }) => retries.push(error?.reason),
    });
    const items = subscription[Symbol.asyncIterator]();
    await items.next();
    mock.timers.tick(1_000_000);
    await new Promise(setImmediate);
    assert.deepEqual(retries, []);
    const next = items.next();
    await new Promise(setImmediate);
    mock.timers.tick(999);
    await new Promise(setImmediate);
    assert.deepEqual(retries, []);
    mock.timers.tick(1);
    await new Promise(setImmediate);
    assert.deepEqual(retries, [{ kind: "silence", after: 1_000 }]);
    mock.timers.tick(0);
    const { value } = await next;
    assert.ok(value?.kind === "event" && value.id === "2");
    subscription.close();
  } finally {
    mock.timers.reset();
  }
});

test("who has answered in time may be silent as long as the watchdog allows", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const onRetry = () => assert.fail("it is given up");
    const { fetch } = answers(silent());
    const subscription = clock.connect("http://a", undefined, { fetch, openTimeout: 1_000, onRetry });
    const items = subscription[Symbol.asyncIterator]();
    await items.next();
    const next = items.next();
    await new Promise(setImmediate);
    mock.timers.tick(1_000_000);
    await new Promise(setImmediate);
    subscription.close();
    assert.ok((await next).done);
  } finally {
    mock.timers.reset();
  }
});

test("after silence it waits as after any other failure", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const { fetch, asked } = answers(silent());
    const policy = { floor: 5_000, ceiling: 5_000 };
    const subscription = clock.connect("http://a", undefined, { fetch, policy, watchdog: 1_000 });
    const items = subscription[Symbol.asyncIterator]();
    await items.next();
    const next = items.next();
    for (const [time, requests] of [[1_000, 1], [4_999, 1], [1, 2]] as const) {
      await new Promise(setImmediate);
      mock.timers.tick(time);
      await new Promise(setImmediate);
      assert.equal(asked.length, requests);
    }
    assert.ok((await next).done);
  } finally {
    mock.timers.reset();
  }
});

test("the payload says where to begin, unless an option does", async () => {
  const from = endpoint<{ after: number }, Events>({
    name: "Clock::from",
    method: "GET",
    path: "/from",
    sources: { after: "last-event-id" },
    data: "json",
    names: ["tick", "tock"],
  });
  for (const [lastEventId, first] of [[undefined, "5"], ["7", "7"]] as const) {
    const { fetch, asked } = answers(tick(8));
    const handlers = { tick() {}, tock() {}, gap() {} };
    await from.connect("http://a", { after: 5 }, { fetch, policy: soon, lastEventId }).on(handlers);
    assert.deepEqual(asked, [first, "8"]);
  }
});

test("what `fetch` is given says what to cache, to follow and to send along", async () => {
  let given: RequestInit = {};
  const fetch: Fetch = async (_url, init) => {
    given = init;
    return stop();
  };
  await read({ fetch, credentials: "include" });
  const { cache, credentials, method, redirect, body } = given;
  assert.deepEqual([cache, credentials, method, redirect, body], ["no-store", "include", "GET", "manual", undefined]);
});

test("a `POST` that may not be repeated is, where the server cannot be reached", async () => {
  const say = endpoint<{ text: string }, { message: string }>({
    name: "Chat::say",
    method: "POST",
    path: "/say",
    data: "text",
    names: ["message"],
  });
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  let retries = 0;
  const options: ConnectOptions = { policy: { ...soon, maxAttempts: 3 }, onRetry: () => void (retries += 1) };
  const said = say.connect(`http://127.0.0.1:${port}`, { text: "hello" }, options);
  await assert.rejects(said.on({ message() {}, gap() {} }), (error) => {
    assert.ok(error instanceof ClientError && error.reason.kind === "connection");
    return true;
  });
  assert.equal(retries, 2);
});

test("the place to resume from is that after the last item that was read", async () => {
  const { fetch } = answers(`${tick(1)}id: 2\n\n${tick(3)}`);
  const subscription = clock.connect("http://a", undefined, { fetch, lastEventId: "0" });
  assert.equal(subscription.lastEventId, "0");
  for await (const item of subscription) {
    assert.equal(subscription.lastEventId, item.id);
    if (item.id === "3") break;
  }
  assert.equal(subscription.lastEventId, "3");
});

test("what a service says of its failure is an error; one for good ends the subscription", async () => {
  const problem = (status: number) => `event: problem\ndata: {"status":${status},"title":"x","upstream":"y"}\n\n`;
  const items = await read({ fetch: answers(tick(1) + problem(502)).fetch });
  const told = items.map((item) => (item.kind === "error" ? item.error.message : item.kind));
  assert.deepEqual(told, ["event", "the service failed: x"]);
  await assert.rejects(read({ fetch: answers(problem(403)).fetch }), (error) => {
    assert.ok(error instanceof ClientError && error.reason.kind === "problem");
    assert.deepEqual({ ...error.reason.problem }, { status: 403, title: "x", detail: undefined, upstream: "y" });
    return true;
  });
});

test("a request that cannot be built is told where it is read", async () => {
  const subscription = clock.connect("nowhere");
  await assert.rejects(subscription.on({ tick() {}, tock() {}, gap() {} }), /`nowhere` is no URL of a server/);
});

test("an iterator is left at once, also while its next item is waited for", async () => {
  const items = clock.connect("http://a", undefined, { fetch: answers(silent()).fetch })[Symbol.asyncIterator]();
  assert.equal((await items.next()).done, false);
  const next = items.next();
  assert.deepEqual(await items.return(), { value: undefined, done: true });
  assert.deepEqual(await next, { value: undefined, done: true });
});

test("an answer that comes when nobody waits for it any more is given up", async () => {
  let answer = (_response: Response): void => undefined;
  const fetch: Fetch = () => new Promise((resolve) => (answer = resolve));
  const subscription = clock.connect("http://a", undefined, { fetch });
  const next = subscription[Symbol.asyncIterator]().next();
  await new Promise(setImmediate);
  subscription.close();
  assert.equal((await next).done, true);
  await new Promise<void>((cancel) => answer(stream(new ReadableStream({ cancel }))));
});
