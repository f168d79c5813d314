// Uses that compile.
import { type ConnectOptions, type Input, type Job, streams, type Sum } from "@acme/streams-client";
import type { EventSubscription } from "@acme/streams-client/runtime";
import { useEvents } from "@acme/streams-client/react";

export function Watched({ jobName }: { readonly jobName: string }) {
  const connection = useEvents(streams.watch, "", { jobName }, {
    progress: ({ data }) => data.percent + (data.eta ?? 0),
    total: ({ data }) => BigInt(data),
    finished: ({ data }) => data satisfies null,
    gap: ({ missed }) => missed satisfies number | null,
  });
  return connection.status;
}

// What may be null may be left out, at any depth; a cookie is the browser's.
export const payloads: Input<Job, "session">[] = [
  { jobName: "a" },
  { jobName: "a", isVerbose: null, token: undefined, after: 1 },
  { jobName: "a", after: 2n ** 60n, steps: ["b"], session: "c" },
];

export const open: EventSubscription<streams.AnythingEvents> = streams.anything.connect("");
export const sums = (options: ConnectOptions) =>
  streams.addUp.connect(new URL("http://localhost"), { numbers: [1n, 2], named: {}, options: {} }, options);

export async function narrowed() {
  for await (const item of sums({ signal: AbortSignal.timeout(10) })) {
    if (item.kind !== "event") continue;
    switch (item.event) {
      case "partial":
        item.data satisfies Extract<Sum, { type: "partial" }>;
        break;
      case "sum":
        item.data.label satisfies string | null;
        break;
      default:
        item satisfies never;
    }
  }
}
