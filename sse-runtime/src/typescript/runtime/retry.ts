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
  readonly #reconnectionTime: number;
  readonly #maxAttempts: number;
  readonly #maxElapsed: number;
  #advice: number | undefined;
  #attempts = 0;
  /** When the first attempt in a row began. */
  #trouble: number | undefined;

  constructor(policy: Policy = {}) {
    this.#floor = Math.min(policy.floor ?? FLOOR, LONGEST_TIMER);
    this.#ceiling = Math.min(Math.max(policy.ceiling ?? CEILING, this.#floor), LONGEST_TIMER);
    this.#reconnectionTime = policy.reconnectionTime ?? RECONNECTION_TIME;
    this.#maxAttempts = Math.max(policy.maxAttempts ?? Infinity, 1);
    this.#maxElapsed = policy.maxElapsed ?? Infinity;
  }

  /** How many attempts have failed in a row; 0 once a stream that was a success has ended. */
  get attempts(): number {
    return this.#attempts;
  }

  /** The server has said how long to wait before reconnecting, in milliseconds. */
  advise(time: number): void {
    this.#advice = time;
  }

  /** The stream at hand has delivered, or lived for long: its end is no failure. */
  succeeded(): void {
    this.#attempts = -1;
    this.#trouble = undefined;
  }

  /** An attempt begins at the time `now`. */
  begins(now: number): void {
    this.#trouble ??= now;
  }

  /**
   * It is over at the time `now`. How long to wait before the next one; `undefined` to give up. `retryAfter` is
   * what its response asked for.
   */
  failed(now: number, retryAfter?: number): number | undefined {
    this.#attempts += 1;
    const trouble = (this.#trouble ??= now);
    if (this.#attempts >= this.#maxAttempts) return undefined;
    // "Wait a delay equal to the reconnection time of the event source. Optionally, wait some more."
    const least = this.#clamp(Math.max(this.#advice ?? 0, retryAfter ?? 0));
    const base = this.#clamp(this.#advice ?? this.#reconnectionTime);
    const most = Math.max(least, Math.min(this.#ceiling, base * 2 ** Math.max(1, this.#attempts)));
    const delay = least + Math.random() * (most - least);
    return now + delay - trouble > this.#maxElapsed ? undefined : delay;
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
