/** What a subscriber is told. */

import type { ClientError } from "./errors.ts";

/** An event of the name `N` with data of the type `D`. */
export interface TypedEvent<N extends string, D> {
  readonly kind: "event";
  readonly event: N;
  readonly data: D;
  /** The id to resume from after this event: its own, else that of the last one that had one, else empty. */
  readonly id: string;
}

/** The union of the events of `M`. */
export type EventOf<M> = { [N in keyof M & string]: TypedEvent<N, M[N]> }[keyof M & string];

/** Events are missing here. The stream goes on after them. */
export interface Gap {
  readonly kind: "gap";
  /**
   * `truncated`: the server no longer has all that came after the last event. `ahead`: the server is behind
   * the client. `reset`: the server began anew. `foreign`: the id is none of the server's.
   */
  readonly reason: "truncated" | "ahead" | "reset" | "foreign" | (string & {});
  /** How many, where the server knows. */
  readonly missed: number | null;
  /** The id to resume from after the gap. */
  readonly id: string;
}

/** An error that does not end the stream: an event that could not be read, or a problem of the service. */
export interface Fault {
  readonly kind: "error";
  readonly error: ClientError;
  /** The id to resume from after it. */
  readonly id: string;
}

/** What a `for await` of a subscription gets. */
export type Item<M> = EventOf<M> | Gap | Fault;

/**
 * What is called for each item: one handler an event name, and one for gaps, all required. Where any name may
 * come it is one handler `event`. A promise that a handler returns is awaited before the next item is read.
 *
 * Without a handler `error`, the first error of any kind ends the subscription.
 */
export type Handlers<M> = (string extends keyof M
  ? { event(event: EventOf<M>): unknown }
  : { [N in keyof M & string]: (event: TypedEvent<N, M[N]>) => unknown }) & {
  gap(gap: Gap): unknown;
  error?(error: ClientError): unknown;
};
