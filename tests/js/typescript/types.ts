// What the types refuse. Nothing of this runs: `tsc` fails where an error that is expected is not there.
import {
  type Descriptor,
  endpoint,
  type EventSubscription,
  type Gap,
  type Item,
} from "../../../sse-runtime/src/typescript/runtime/index.ts";
import { useEvents } from "../../../sse-runtime/src/typescript/runtime/react.ts";

type Payload = { topic: string; limit?: number; after?: string };
type Events = { added: { name: string }; removed: { id: number | bigint }; cleared: null };
type AnyEvents = { [name: string]: { text: string } };

const stream = endpoint<Payload, Events>({
  name: "Notes::stream",
  method: "GET",
  path: "/topics/{topic}",
  sources: { topic: { path: "topic" }, after: "last-event-id" },
  data: "json",
  names: ["added", "removed", "cleared"],
});
const open = endpoint<undefined, AnyEvents>({
  name: "Notes::all",
  method: "GET",
  path: "/all",
  data: "json",
  names: "any",
});
const gap = (gap: Gap) => console.warn(gap.reason, gap.missed);
declare function is<T>(value: T): void;

export async function handlers(events: EventSubscription<Events>, all: EventSubscription<AnyEvents>): Promise<void> {
  await events.on({
    added: ({ data, id, event }) => (is<string>(data.name), is<string>(id), is<"added">(event)),
    removed: async ({ data }) => is<number | bigint>(data.id),
    cleared: ({ data }) => is<null>(data),
    gap,
    error: (error) => is<Error>(error),
  });
  await events.on({ added() {}, removed() {}, cleared() {}, gap });
  // @ts-expect-error -- the handler `cleared` is left out
  await events.on({ added() {}, removed() {}, gap });
  // @ts-expect-error -- the handler `gap` is left out
  await events.on({ added() {}, removed() {}, cleared() {} });
  // @ts-expect-error -- there is no event `renamed`
  await events.on({ added() {}, removed() {}, cleared() {}, gap, renamed() {} });
  // @ts-expect-error -- the data of `added` is not that of `removed`
  await events.on({ added: ({ data }) => is<bigint>(data.id), removed() {}, cleared() {}, gap });

  await all.on({ event: ({ event, data }) => (is<string>(event), is<string>(data.text)), gap });
  // @ts-expect-error -- where any name may come there is one handler `event`
  await all.on({ added() {}, gap });
  // @ts-expect-error -- the handler `gap` is left out
  await all.on({ event() {} });
}

export async function items(events: EventSubscription<Events>): Promise<void> {
  for await (const item of events) {
    // @ts-expect-error -- a gap and an error have no data
    is<unknown>(item.data);
    if (item.kind === "gap") is<number | null>(item.missed);
    else if (item.kind === "error") is<Error>(item.error);
    else {
      switch (item.event) {
        case "added":
          is<string>(item.data.name);
          break;
        case "removed":
        case "cleared":
          break;
        default:
          is<never>(item);
      }
    }
  }
}

/** A `switch` that has forgotten a name does not compile. */
export function name(item: Extract<Item<Events>, { kind: "event" }>): string {
  switch (item.event) {
    case "added":
      return "+";
    case "removed":
      return "-";
    default:
      // @ts-expect-error -- `cleared` is left
      return item satisfies never;
  }
}

export function payloads(): void {
  stream.connect("", { topic: "a" });
  stream.connect(new URL("https://example.org"), { topic: "a", limit: 1 }, { signal: AbortSignal.timeout(1) });
  stream.connect("", { topic: "a" }, { signal: undefined, lastEventId: undefined, policy: { floor: undefined } });
  stream.connect("", { topic: "a" }, { headers: async () => ({ authorization: "Bearer x" }) });
  stream.connect("", { topic: "a" }, { headers: new Headers(), watchdog: false });
  // @ts-expect-error -- the payload is left out
  stream.connect("");
  // @ts-expect-error -- `topic` is left out
  stream.connect("", {});
  // @ts-expect-error -- there is no such field
  stream.connect("", { topic: "a", other: 1 });
  // @ts-expect-error -- there is no such option
  stream.connect("", { topic: "a" }, { retries: 1 });
  open.connect("");
  open.connect("", undefined, { watchdog: 1_000 });
  // @ts-expect-error -- there is no payload
  open.connect("", {});
}

const common = { name: "A::b", method: "GET", path: "/b", data: "json" } as const;
export const wrong: Descriptor<Payload, Events>[] = [
  // @ts-expect-error -- there is no such event
  { ...common, names: ["added", "renamed"] },
  // @ts-expect-error -- the names are known
  { ...common, names: "any" },
  // @ts-expect-error -- there is no such field
  { ...common, names: ["added"], sources: { other: { path: "b" } } },
  // @ts-expect-error -- there is no such event
  { ...common, names: ["added"], done: { names: ["finished"] } },
  // @ts-expect-error -- a key without a value is left out
  { ...common, names: ["added"], pingEvent: undefined },
];

export function Component({ topic }: { topic: string }): string {
  const connection = useEvents(stream, "", { topic }, { added() {}, removed() {}, cleared() {}, gap });
  // @ts-expect-error -- the handler `gap` is left out
  useEvents(stream, "", { topic }, { added() {}, removed() {}, cleared() {} });
  useEvents(open, "", undefined, { event() {}, gap });
  return connection.status === "failed" ? String(connection.error) : connection.status;
}
