// Plays the situations of `tests/src/situations` with the runtime, in Node.js and in a page alike.
import {
  ClientError,
  type ConnectOptions,
  endpoint,
  type EventSubscription,
  type Fetch,
  type Item,
} from "../../../sse-runtime/src/typescript/runtime/index.ts";

type Platform = "node" | "node20" | "browser";

interface Outcome {
  readonly items: readonly object[];
  readonly requests: readonly { readonly body: string }[];
  readonly atLeastMs: number;
  readonly atMostMs: number | null;
  readonly unknown: number;
}

interface Run {
  readonly run: string;
  readonly base: string;
  readonly call: {
    readonly endpoint: "any" | "changes" | "words" | "job";
    readonly post: string | null;
    readonly repeatable: boolean;
    readonly headers: readonly (readonly [string, string])[];
    readonly freshTokens: boolean;
    readonly lastEventId: string | null;
    readonly maxEvent: number | null;
    readonly watchdogMs: number | null;
    readonly maxRedirects: number | null;
    readonly policy: { readonly floorMs: number; readonly ceilingMs: number; readonly maxAttempts: number | null };
    readonly refused: boolean;
    readonly busyMs: number;
  };
  readonly outcome: Outcome;
  readonly exceptions: readonly {
    readonly clients: readonly Platform[];
    readonly why: string;
    readonly outcome: Outcome | null;
  }[];
}

type AnyEvents = { readonly [name: string]: string };
type Changes = { added: { n: number }; removed: { n: number }; finished: null };

const get = endpoint<{ run: string }, AnyEvents>({
  name: "any",
  method: "GET",
  path: "/{run}/events",
  sources: { run: { path: "run" } },
  data: "text",
  names: "any",
});
const post = endpoint<{ run: string; text: string }, AnyEvents>({
  name: "any",
  method: "POST",
  path: "/{run}/events",
  sources: { run: { path: "run" } },
  data: "text",
  names: "any",
});
const repeatablePost = endpoint<{ run: string; text: string; after?: string }, AnyEvents>({
  name: "any",
  method: "POST",
  path: "/{run}/events",
  sources: { run: { path: "run" }, after: "last-event-id" },
  data: "text",
  names: "any",
});
const changes = endpoint<{ run: string; after?: string }, Changes>({
  name: "Situations::changes",
  method: "GET",
  path: "/{run}/changes",
  sources: { run: { path: "run" }, after: "last-event-id" },
  data: "json",
  names: ["added", "removed", "finished"],
  done: { names: ["finished"] },
  keepAlive: 15_000,
  openAfter: 1_000,
  pingEvent: "ping",
  errorEvent: "problem",
});
const words = endpoint<{ run: string; text: string }, { message: string }>({
  name: "Situations::words",
  method: "POST",
  path: "/{run}/words",
  sources: { run: { path: "run" } },
  data: "text",
  names: ["message"],
  done: { text: "[DONE]" },
  keepAlive: 15_000,
  openAfter: 15_000,
  errorEvent: "problem",
});
const job = endpoint<{ run: string; text: string; after?: string }, { message: number | bigint }>({
  name: "Situations::job",
  method: "POST",
  path: "/{run}/job",
  sources: { run: { path: "run" }, after: "last-event-id" },
  data: "json",
  names: ["message"],
  keepAlive: 15_000,
  openAfter: 15_000,
  errorEvent: "problem",
});

/** Plays every case; what came out otherwise than the table says. */
export async function main(server: string, platform: Platform): Promise<string[]> {
  const situations = await json<{ name: string; cases: string[] }[]>(`${server}/situations`);
  const cases = situations.flatMap(({ name, cases }) => cases.map((of, number) => ({ name, of, number })));
  const misses: string[] = [];
  const some = async () => {
    for (let next = cases.shift(); next !== undefined; next = cases.shift()) {
      const { name, of, number } = next;
      const miss = await compare(server, platform, `${name}/${number}`);
      if (miss !== undefined) misses.push(`${name} (${of}): ${miss}`);
    }
  };
  // Several at once, but fewer than a browser has connections to one server.
  await Promise.all([some(), some(), some()]);
  return misses;
}

async function compare(server: string, platform: Platform, path: string): Promise<string | undefined> {
  const isPage = platform === "browser";
  const run = await json<Run>(`${server}/runs/${path}${isPage ? "/hearing" : ""}`, { method: "POST" });
  const exception = run.exceptions.find(({ clients }) => clients.includes(platform));
  const outcome = exception === undefined ? run.outcome : exception.outcome;
  if (outcome === null) return undefined;
  const { tookMs, ...found } = await play(server, run, isPage ? listener(server, run) : undefined);
  const { atLeastMs, atMostMs, ...told } = outcome;
  const requests = told.requests.map((request) => ({ ...request, body: bodyOf(run, request.body) }));
  const [is, should] = [canonical(found), canonical({ ...told, requests })];
  if (is !== should) return `${is}, not ${should}`;
  if (tookMs < atLeastMs) return `it takes ${tookMs} ms, not ${atLeastMs} ms`;
  return tookMs > (atMostMs ?? tookMs) ? `it takes ${tookMs} ms, not ${atMostMs} ms` : undefined;
}

async function play(server: string, asked: Run, fetch: Fetch | undefined) {
  const { run, call } = asked;
  const subscription = connect(server, asked, fetch);
  const items: object[] = [];
  try {
    for await (const item of subscription) {
      items.push(told(item));
      if (call.busyMs > 0) await new Promise((idle) => setTimeout(idle, call.busyMs));
    }
  } catch (error) {
    items.push(toldOf(error));
  }
  const seen = await json<{ request: { body: string }; afterMs: number }[]>(`${server}/${run}/requests`);
  return {
    items,
    requests: seen.map(({ request }) => request),
    unknown: subscription.unknown,
    tookMs: seen.at(-1)?.afterMs ?? 0,
  };
}

function connect(
  server: string,
  { run, base, call }: Run,
  heard: Fetch | undefined,
): EventSubscription<AnyEvents> {
  const { post: text } = call;
  const { floorMs: floor, ceilingMs: ceiling, maxAttempts } = call.policy;
  let token = 0;
  const options: ConnectOptions = {
    policy: { floor, ceiling, maxAttempts: maxAttempts ?? undefined },
    headers: call.freshTokens ? async () => ({ authorization: `Bearer ${(token += 1)}` }) : call.headers,
    lastEventId: call.lastEventId ?? undefined,
    maxEvent: call.maxEvent ?? undefined,
    watchdog: call.watchdogMs ?? undefined,
    maxRedirects: call.maxRedirects ?? undefined,
    fetch: heard,
    onRetry: ({ attempt }) => {
      if (call.refused && attempt === 1) void fetch(`${server}/${run}/listen`, { method: "POST" });
    },
  };
  const any = <M>(subscription: EventSubscription<M>) => subscription as unknown as EventSubscription<AnyEvents>;
  switch (call.endpoint) {
    case "changes":
      return any(changes.connect(base, { run }, options));
    case "words":
      return any(words.connect(base, { run, text: text ?? "" }, options));
    case "job":
      return any(job.connect(base, { run, text: text ?? "" }, options));
    case "any":
      if (text === null) return get.connect(base, { run }, options);
      return (call.repeatable ? repeatablePost : post).connect(base, { run, text }, options);
  }
}

/**
 * The `fetch` of the page, but that the server is told how many bytes of each body have come. When a connection
 * breaks, a browser throws away what it has received of it and was not asked for, so the server waits for this.
 */
function listener(server: string, { run }: Run): Fetch {
  return async (url, init) => {
    const response = await fetch(url, init);
    if (response.status !== 200 || response.body === null) return response;
    let heard = 0;
    const count = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(chunk, controller) {
        controller.enqueue(chunk);
        heard += chunk.length;
        void fetch(`${server}/${run}/heard/${heard}`, { method: "POST" });
      },
    });
    return new Response(response.body.pipeThrough(count), response);
  };
}

/** The table says the body of a `POST` to any server as it is; the runtime sends JSON alone. */
function bodyOf({ call }: Run, body: string): string {
  return call.endpoint === "any" && call.post !== null && body === call.post ? JSON.stringify({ text: body }) : body;
}

/** An item as the table has it. */
function told(item: Item<AnyEvents>): object {
  switch (item.kind) {
    case "gap":
      return { kind: "gap", reason: item.reason, missed: item.missed };
    case "error":
      return toldOf(item.error);
    default: {
      const data: unknown = item.data;
      const text = typeof data === "string" ? data : JSON.stringify(data);
      const repeated = text.length > 1_000 && text === text.charAt(0).repeat(text.length);
      const [part, times] = repeated ? [text.charAt(0), text.length] : [text, 1];
      return { kind: "event", event: item.event, data: part, times, id: item.id === "" ? null : item.id };
    }
  }
}

function toldOf(error: unknown): object {
  if (!(error instanceof ClientError)) throw error;
  const { reason } = error;
  switch (reason.kind) {
    case "problem":
      return { kind: "problem", status: reason.problem.status, title: reason.problem.title };
    case "status":
      return { kind: "status", status: reason.status, title: reason.problem?.title ?? null };
    case "content-type":
      return { kind: "contentType" };
    case "redirect":
      return { kind: "redirect" };
    case "too-long":
      return { kind: "tooLong" };
    case "data":
      return { kind: "decode" };
    case "interrupted":
      return { kind: "broken" };
    default:
      return { kind: reason.kind, message: error.message };
  }
}

/** JSON with the keys of objects in order, so that equal values have equal texts. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, value: unknown) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

async function json<T>(url: string, init?: RequestInit): Promise<T> {
  const response = await fetch(url, init);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}
