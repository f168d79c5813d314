/** From what a stream says to what a user of this endpoint is told. */

import type { WireItem } from "./decoder.ts";
import type { Descriptor } from "./endpoint.ts";
import { ClientError } from "./errors.ts";
import type { EventOf, Gap, Item } from "./items.ts";
import { parse } from "./json.ts";
import { isTemporary, problemOf } from "./response.ts";

/** The id that a server puts below the last event of a stream that is complete. */
export const END_OF_STREAM = "sse-runtime:end-of-stream";

/** What a message means. */
export type Meaning<M> =
  /** To be told; the stream ends with it where `isLast`. */
  | { readonly kind: "item"; readonly item: Item<M>; readonly isLast: boolean }
  /** The service has failed. Where it `isFinal` there is no use in coming back. */
  | { readonly kind: "problem"; readonly error: ClientError; readonly isFinal: boolean }
  /** A heartbeat. */
  | { readonly kind: "ping" }
  /** An event of a newer server. */
  | { readonly kind: "unknown" }
  /** The stream is complete. */
  | { readonly kind: "end" };

type Message = Extract<WireItem, { kind: "message" }>;

/** What a message of this endpoint means. */
export function interpret<M>(descriptor: Descriptor<unknown, M>, message: Message): Meaning<M> {
  const { names, done, pingEvent, errorEvent } = descriptor;
  const { event, data, id } = message;
  const says = typeof done === "object" ? done : {};
  if ("text" in says && event === "message" && data === says.text) return { kind: "end" };
  if (event === pingEvent) return { kind: "ping" };
  // An event that only bears one of these names, but says something else, is one of the stream's own.
  const missing = event === "gap" ? gap(data, id) : undefined;
  if (missing !== undefined) return told(missing);
  const problem = event === errorEvent ? problemOf(data) : undefined;
  if (problem !== undefined) {
    const { status, title, detail } = problem;
    const error = new ClientError(`the service failed: ${detail ?? title}`, { kind: "problem", problem });
    return { kind: "problem", error, isFinal: !isTemporary(status) };
  }
  if (names !== "any" && !(names as readonly string[]).includes(event)) return { kind: "unknown" };
  let value: unknown = data;
  if (descriptor.data === "json") {
    try {
      value = parse(data);
    } catch (cause) {
      const why = `the data of an event \`${event}\` cannot be read`;
      return told({ kind: "error", error: new ClientError(why, { kind: "data", event, data }, cause), id });
    }
  }
  // That it is what its type says is the server's word.
  const item = { kind: "event", event, data: value, id } as EventOf<M>;
  return told(item, "names" in says && (says.names as readonly string[]).includes(event));
}

function told<M>(item: Item<M>, isLast = false): Meaning<M> {
  return { kind: "item", item, isLast };
}

function gap(data: string, id: string): Gap | undefined {
  try {
    const { reason, missed } = parse(data) as { readonly reason?: unknown; readonly missed?: unknown };
    if (typeof reason !== "string") return undefined;
    const isCount = typeof missed === "number" || typeof missed === "bigint";
    return { kind: "gap", reason, missed: isCount ? Number(missed) : null, id };
  } catch {
    return undefined;
  }
}
