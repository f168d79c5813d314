// What a server of the service `Streams` sends, and what becomes of it here, in Node.js and in a page.
import { ClientError, type EventOf, type Reason, streams, type Update } from "@acme/streams-client";

const UNSAFE = 2n ** 53n + 1n;

function equal(actual: unknown, expected: unknown): void {
  const text = (value: unknown) =>
    JSON.stringify(value, (_key, value) => (typeof value === "bigint" ? `${value}n` : value));
  if (text(actual) !== text(expected)) throw new Error(`${text(actual)} is not ${text(expected)}`);
}

/** The reason for which a subscription ends. */
async function reason(subscription: AsyncIterable<unknown>): Promise<Reason> {
  try {
    for await (const _item of subscription);
  } catch (error) {
    if (error instanceof ClientError) return error.reason;
    throw error;
  }
  throw new Error("it ended well");
}

/** Typed events arrive, in order, over a connection that ends in between, with all their digits. */
async function resumes(base: string): Promise<void> {
  let tokens = 0;
  const headers = () => ({ "x-asked": String((tokens += 1)) });
  const payload = { jobName: "a/b ß", steps: ["one", "two"], isVerbose: true, token: "12" };
  const job = streams.watch.connect(base, payload, { headers });
  const seen: EventOf<streams.WatchEvents>[] = [];
  for await (const item of job) {
    if (item.kind === "event") seen.push(item);
    else throw new Error(item.kind);
  }
  equal(
    seen.map(({ event, data, id }) => [event, data, id]),
    [
      ["progress", { percent: 2, eta: 12 }, "1"],
      ["progress", { percent: 1, eta: null }, `${UNSAFE}`],
      ["total", UNSAFE, `${UNSAFE + 1n}`],
      ["total", 7, `${UNSAFE + 2n}`],
      ["finished", null, `${UNSAFE + 3n}`],
    ],
  );
  equal(tokens, 2);
  equal(job.lastEventId, `${UNSAFE + 3n}`);
}

/** A position that was kept is resumed from, as the payload's member or as an option. */
async function resumesLater(base: string): Promise<void> {
  for (const job of [
    streams.watch.connect(base, { jobName: "later", after: UNSAFE }),
    streams.watch.connect(base, { jobName: "later" }, { lastEventId: `${UNSAFE}` }),
  ]) {
    const names: (keyof streams.WatchEvents)[] = [];
    await job.on({
      progress: ({ event }) => names.push(event),
      total: ({ event }) => names.push(event),
      finished: ({ event }) => names.push(event),
      gap: () => names.push("progress"),
    });
    equal(names, ["total", "total", "finished"]);
  }
}

/** Errors are told with the server's problem, before and after the stream has begun. */
async function fails(base: string): Promise<void> {
  const missing = await reason(streams.watch.connect(base, { jobName: "none" }));
  if (missing.kind !== "status") throw new Error(missing.kind);
  equal([missing.status, missing.problem?.detail], [404, "there is no job `none`"]);

  const broken = await reason(streams.watch.connect(base, { jobName: "broken" }));
  if (broken.kind !== "problem") throw new Error(broken.kind);
  equal([broken.problem.status, broken.problem.detail], [409, "it is broken"]);
}

/** A body is JSON whatever integers are in it, and what is left out is not there. */
async function sumsUp(base: string): Promise<void> {
  const sums: unknown[] = [];
  const numbers = [1, 2n ** 60n];
  await streams.addUp.connect(base, { numbers, options: {}, named: { one: 1n, none: null } }).on({
    partial: ({ data }) => sums.push(data.sum),
    sum: ({ data: { sum, label, type } }) => sums.push(sum, label, type),
    gap: () => sums.push("gap"),
  });
  equal(sums, [1, 2n ** 60n + 1n, 2n ** 60n + 2n, null, "sum"]);
}

/** Texts are texts, of known names and of any. */
async function readsTexts(base: string): Promise<void> {
  const weather: string[] = [];
  await streams.weather.connect(base).on({
    "clear-sky": ({ data, id }) => weather.push(data, id),
    storm: ({ data, id }) => weather.push(data, id),
    gap: () => weather.push("gap"),
  });
  equal(weather, ['sun\n  and "more"', "1", "", "2"]);

  const anything: string[] = [];
  await streams.anything.connect(base).on({
    event: ({ event, data }) => anything.push(event, data),
    gap: () => anything.push("gap"),
  });
  equal(anything, ["message", "first"]);
}

/** A gap is an item; who has seen enough closes. */
async function tellsGaps(base: string): Promise<void> {
  const news = streams.news.connect(base, {}, { lastEventId: "nobody-knows" });
  const seen: unknown[] = [];
  for await (const item of news) {
    seen.push(item.kind === "gap" ? item.reason : item.kind === "event" ? item.data : item.error);
    if (item.kind === "event") break;
  }
  equal(seen, ["foreign", [1, UNSAFE]]);
}

export async function run(base: string): Promise<void> {
  await resumes(base);
  await resumesLater(base);
  await fails(base);
  await sumsUp(base);
  await readsTexts(base);
  await tellsGaps(base);
  const update: Update = { total: UNSAFE };
  equal(update, { total: UNSAFE });
}
