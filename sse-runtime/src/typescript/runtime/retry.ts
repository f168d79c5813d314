/** When to try again: exponential backoff with full jitter, within what the server says and the policy allows. */

import type { Policy } from "./options.ts";

/** Where the server gives no advice. */
const RECONNECTION_TIME = 3_000;
const FLOOR = 100;
const CEILING = 60_000;
/** A timer that is set to more fires at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** How often attempts in a row have failed, and what follows from it. */
export class Backoff {
  readonly #floor: number;
  readonly #ceiling: number;
  readonly #maxAttempts: number;
  readonly #maxElapsed: number;
  #advice: number | undefined;
  #attempts = 0;
  #failingSince: number | undefined;

  constructor(policy: Policy = {}) {
    this.#ceiling = Math.min(policy.ceiling ?? CEILING, LONGEST_TIMER);
    this.#floor = Math.min(policy.floor ?? FLOOR, this.#ceiling);
    this.#maxAttempts = policy.maxAttempts ?? Infinity;
    this.#maxElapsed = policy.maxElapsed ?? Infinity;
  }

  /** How many attempts have failed in a row; 0 once a stream that was a success has ended. */
  get attempts(): number {
    return this.#attempts;
  }

  /** The server has said how long to wait before reconnecting, in milliseconds. */
  advise(time: number): void {
    this.#advice = this.#clamp(time);
  }

  /** The stream at hand has delivered, or lived for long: its end is no failure. */
  succeeded(): void {
    this.#attempts = -1;
    this.#failingSince = undefined;
  }

  /** How long a stream must live in order to count as a success without an event. */
  get longLife(): number {
    return this.#ceiling;
  }

  /**
   * An attempt is over at the time `now`. How long to wait before the next one; `undefined` to give up.
   * `retryAfter` is what its response asked for.
   */
  failed(now: number, retryAfter?: number): number | undefined {
    this.#attempts += 1;
    this.#failingSince ??= now;
    if (this.#attempts >= this.#maxAttempts) return undefined;
    const least = retryAfter === undefined ? (this.#advice ?? this.#floor) : this.#clamp(retryAfter);
    const base = this.#advice ?? this.#clamp(RECONNECTION_TIME);
    const most = Math.max(least, Math.min(this.#ceiling, base * 2 ** Math.max(1, this.#attempts)));
    const delay = least + Math.random() * (most - least);
    return now + delay - this.#failingSince > this.#maxElapsed ? undefined : delay;
  }

  #clamp(time: number): number {
    return Math.min(Math.max(time, this.#floor), this.#ceiling);
  }
}

/** Sets a timer of at most the longest time that there is. */
export function after(time: number, call: () => void): ReturnType<typeof setTimeout> {
  return setTimeout(call, Math.min(time, LONGEST_TIMER));
}

/** Waits for so many milliseconds, or until the signal. */
export function sleep(time: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = after(time, done);
    signal.addEventListener("abort", done);
  });
}
