// Reads a stream that is cut 1 000 times, in Node.js and in a page alike.
import { endpoint } from "../../../sse-runtime/src/typescript/runtime/index.ts";

const numbers = endpoint<{ after?: string }, { message: { n: number; text: string } }>({
  name: "Cut::numbers",
  method: "GET",
  path: "/numbers",
  sources: { after: "last-event-id" },
  data: "json",
  names: ["message"],
  keepAlive: 15_000,
  openAfter: 1_000,
  errorEvent: "problem",
});

/** The first thing that is wrong; nothing where every event comes once and in order. */
export async function main(server: string): Promise<string[]> {
  let next = 0;
  for await (const item of numbers.connect(server, {}, { policy: { floor: 1, ceiling: 1 } })) {
    if (item.kind !== "event") return [`before ${next} comes ${JSON.stringify(item)}`];
    const { n, text } = item.data;
    const parts = `${n}: größer → 💡 than ${BigInt.asUintN(64, BigInt(n) - 1n)}`;
    if (n !== next) return [`${n} comes in place of ${next}`];
    if (text !== parts.repeat(1 + (n % 3))) return [`${n} says ${text}`];
    next += 1;
  }
  return next === 10_000 ? [] : [`it ends before ${next}`];
}
