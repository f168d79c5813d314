/** What a subscriber may set. */

import type { ClientError } from "./errors.ts";

/** Header fields as `fetch` takes them. */
export type HeaderFields = Headers | Readonly<Record<string, string>> | readonly (readonly [string, string])[];

/** The part of `fetch` that is used. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** When to try again, and when to give up. Times are in milliseconds. */
export interface Policy {
  /** No wait is shorter, whatever the server says. Default 100. */
  readonly floor?: number | undefined;
  /** No wait is longer, whatever the server says, unless the floor is above it. Default 60 000. */
  readonly ceiling?: number | undefined;
  /** What waits are made of as long as the server has not said `retry:`. Default 3 000. */
  readonly reconnectionTime?: number | undefined;
  /** After so many failed attempts in a row the last error is told. Default: never. */
  readonly maxAttempts?: number | undefined;
  /** Nor is an attempt made that would begin so long after the first in a row. Default: any is. */
  readonly maxElapsed?: number | undefined;
}

/** An attempt that failed, and when the next one is made. */
export interface Retry {
  /** How many attempts have failed in a row, this one included; 0 where a stream has ended that delivered. */
  readonly attempt: number;
  /** The wait before the next one, in milliseconds. */
  readonly delay: number;
  /** Why; `undefined` where the stream ended without an error. */
  readonly error: ClientError | undefined;
}

/** Options of a subscription. */
export interface ConnectOptions {
  /** Closes the subscription. */
  readonly signal?: AbortSignal | undefined;
  /** Further headers of the request. A function is asked before each attempt, so a token can be a fresh one. */
  readonly headers?: HeaderFields | (() => HeaderFields | Promise<HeaderFields>) | undefined;
  /** Where to resume, as of an earlier subscription. It wins over that of the payload. */
  readonly lastEventId?: string | undefined;
  /** In place of the global `fetch`. */
  readonly fetch?: Fetch | undefined;
  /** Whether a page sends cookies to another origin: as that option of `fetch`. */
  readonly credentials?: RequestCredentials | undefined;
  readonly policy?: Policy | undefined;
  /**
   * An answer may take so many milliseconds, or any time where it is `false`. Default: 60 s, or 30 s more than
   * the endpoint takes to open, and any time where it opens with its first event.
   */
  readonly openTimeout?: number | false | undefined;
  /**
   * After so many milliseconds without a byte the connection is taken for dead and made anew; `false` for
   * never. Default: twice the heartbeat's interval and five seconds, never where there are no heartbeats.
   */
  readonly watchdog?: number | false | undefined;
  /** How many redirects in a row are followed. Default 10; in a page the browser follows, with its own limit. */
  readonly maxRedirects?: number | undefined;
  /** How long an event may be, and a line, in UTF-16 code units. Default 16 Mi. */
  readonly maxEvent?: number | undefined;
  /** Called when a stream begins. */
  readonly onOpen?: (() => void) | undefined;
  /** Called when a stream has ended or could not be had, and will be tried again. */
  readonly onRetry?: ((retry: Retry) => void) | undefined;
}
