/** What a subscriber holds: a stream that is made anew whenever it ends before it is complete. */

import { Decoder, type WireItem } from "./decoder.ts";
import { dispatch } from "./dispatch.ts";
import type { Descriptor, Source } from "./endpoint.ts";
import { ClientError } from "./errors.ts";
import { END_OF_STREAM, interpret, type Meaning } from "./interpret.ts";
import type { Handlers, Item } from "./items.ts";
import type { ConnectOptions } from "./options.ts";
import { requestOf } from "./request.ts";
import { type Failure, failure } from "./response.ts";
import { after, Backoff, sleep } from "./retry.ts";
import { Transport } from "./transport.ts";

/** An answer may take so long, in milliseconds, or so much longer than the server promises. */
const OPEN_TIMEOUT = 60_000;
const OPEN_GRACE = 30_000;
/** Silence for longer than two heartbeats and this many milliseconds is a connection that is dead. */
const WATCHDOG_GRACE = 5_000;

/** A connection that has lived so long, in milliseconds, has worked. */
const PROVEN = 60_000;

/** How the stream of one attempt ended. */
type Ending =
  /** For good. */
  | { readonly kind: "end" }
  /** Its body is over. */
  | { readonly kind: "over" }
  | Failure;

/**
 * A subscription to an endpoint. It connects when it is first read, reads only as fast as it is read, comes
 * back where it was when a connection ends, and is read once.
 *
 * ```ts
 * for await (const item of stream.connect("https://example.org", { topic: "disk" })) {
 *   if (item.kind === "event") console.log(item.event, item.data);
 *   else if (item.kind === "gap") await reload();
 *   else console.warn(item.error);
 * }
 * ```
 */
export class EventSubscription<M> implements AsyncIterable<Item<M>> {
  readonly #descriptor: Descriptor<unknown, M>;
  readonly #base: string | URL;
  readonly #payload: unknown;
  readonly #options: ConnectOptions;
  readonly #backoff: Backoff;
  readonly #openTimeout: number | undefined;
  readonly #watchdog: number | undefined;
  /** Whether the request may be made again after the server has acted on it. */
  readonly #isRepeatable: boolean;
  readonly #items: AsyncGenerator<Item<M>, void, undefined>;
  /** What is under way now: an attempt with its stream, and the wait after it. */
  #attempt = new AbortController();
  #isClosed = false;
  #lastEventId: string;
  #unknown = 0;

  /** @internal Made by `Endpoint.connect`. */
  constructor(descriptor: Descriptor<unknown, M>, base: string | URL, payload: unknown, options: ConnectOptions = {}) {
    this.#descriptor = descriptor;
    this.#base = base;
    this.#payload = payload;
    this.#options = options;
    this.#backoff = new Backoff(options.policy);
    this.#lastEventId = options.lastEventId ?? "";
    const { keepAlive, method, openAfter, sources = {} } = descriptor;
    const open = openAfter === undefined ? false : Math.max(OPEN_TIMEOUT, openAfter + OPEN_GRACE);
    this.#openTimeout = (options.openTimeout ?? open) || undefined;
    const silence = keepAlive === undefined ? false : 2 * keepAlive + WATCHDOG_GRACE;
    this.#watchdog = (options.watchdog ?? silence) || undefined;
    this.#isRepeatable = method === "GET" || Object.values<Source | undefined>(sources).includes("last-event-id");
    this.#items = this.#run();
    // A generator is not left before what it waits for has come.
    const leave = this.#items.return.bind(this.#items);
    this.#items.return = (value) => {
      this.close();
      return leave(value);
    };
  }

  /** Where a later subscription resumes: the id after the last item that was read, empty where there is none. */
  get lastEventId(): string {
    return this.#lastEventId;
  }

  /** How many events have been passed over because their name is not known here: the server is newer. */
  get unknown(): number {
    return this.#unknown;
  }

  /** Ends the subscription. Whoever reads it sees its end, without an error. */
  close(): void {
    this.#isClosed = true;
    this.#attempt.abort();
  }

  /** The items, one at a time. Leaving a loop over them closes the subscription. */
  [Symbol.asyncIterator](): AsyncGenerator<Item<M>, void, undefined> {
    return this.#items;
  }

  /**
   * Calls a handler for each item until the stream is complete or closed.
   *
   * It rejects with the error that ends the subscription, with any error where there is no handler `error`,
   * and with what a handler throws.
   */
  async on(handlers: Handlers<M>): Promise<void> {
    for await (const item of this) {
      if (this.#isClosed) return;
      await dispatch(this.#descriptor, handlers, item);
    }
  }

  async *#run(): AsyncGenerator<Item<M>, void, undefined> {
    const close = () => this.close();
    const { signal } = this.#options;
    if (signal?.aborted) close();
    signal?.addEventListener("abort", close);
    try {
      const request = requestOf(this.#descriptor, this.#base, this.#payload);
      this.#lastEventId ||= request.lastEventId;
      const transport = new Transport(request, this.#options, this.#isRepeatable);
      const staysOver = request.method === "POST" && !(this.#isRepeatable && this.#descriptor.done === undefined);
      while (!this.#isClosed) {
        this.#attempt = new AbortController();
        const ending = yield* this.#stream(transport);
        if (this.#isClosed || ending.kind === "end" || (ending.kind === "over" && staysOver)) return;
        await this.#pause(ending);
      }
    } finally {
      signal?.removeEventListener("abort", close);
      close();
    }
  }

  /** Makes one attempt and tells what its stream says. */
  async *#stream(transport: Transport): AsyncGenerator<Item<M>, Ending, undefined> {
    this.#backoff.begins(performance.now());
    const timer = this.#expect(this.#openTimeout);
    const answer = await transport.open(this.#lastEventId, this.#attempt.signal);
    clearTimeout(timer);
    if (answer.kind !== "stream") return answer;
    this.#options.onOpen?.();
    const opened = performance.now();
    const ending = yield* this.#read(answer.body.getReader(), transport);
    // Who has listened for an hour without an event has not tried in vain.
    if (performance.now() - opened >= PROVEN) this.#backoff.succeeded();
    return ending;
  }

  async *#read(
    reader: ReadableStreamDefaultReader<Uint8Array>,
    transport: Transport,
  ): AsyncGenerator<Item<M>, Ending, undefined> {
    const { maxEvent } = this.#options;
    const decoder = new Decoder(this.#lastEventId, { line: maxEvent, event: maxEvent });
    // A read that waits is over at once, whatever the body makes of the signal.
    const cancel = () => void reader.cancel().catch(() => undefined);
    this.#attempt.signal.addEventListener("abort", cancel);
    try {
      for (;;) {
        const chunk = await this.#chunk(reader);
        if (chunk instanceof ClientError) return transport.broken(chunk);
        if (chunk === undefined) return { kind: "over" };
        decoder.push(chunk);
        for (let said = decoder.next(); said !== undefined; said = decoder.next()) {
          if (this.#isClosed) return { kind: "end" };
          const told = this.#take(said);
          if (told === undefined) continue;
          if (told.kind === "end") return told;
          if (told.kind === "item") {
            yield told.item;
            if (told.isLast) return { kind: "end" };
          } else {
            // The server ends the stream after it, and may say before when to come back.
            if (told.isFinal) return failure(true, told.error);
            yield { kind: "error", error: told.error, id: this.#lastEventId };
          }
        }
      }
    } finally {
      this.#attempt.signal.removeEventListener("abort", cancel);
      cancel();
    }
  }

  /** The next bytes; `undefined` where the body is over, an error where it broke or was silent. */
  async #chunk(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array | ClientError | undefined> {
    const { signal } = this.#attempt;
    const timer = this.#expect(this.#watchdog);
    try {
      const { value } = await reader.read();
      if (!signal.aborted) return value;
    } catch (cause) {
      if (!signal.aborted) return new ClientError("the stream broke off", { kind: "connection" }, cause);
    } finally {
      clearTimeout(timer);
    }
    return signal.reason instanceof ClientError ? signal.reason : undefined;
  }

  /** Gives the attempt up unless the timer is cleared in time. */
  #expect(time: number | undefined): ReturnType<typeof setTimeout> | undefined {
    if (time === undefined) return undefined;
    const attempt = this.#attempt;
    const error = () => new ClientError(`nothing came for ${time} ms`, { kind: "silence", after: time });
    return after(time, () => attempt.abort(error()));
  }

  /** Notes what a stream says; what of it is to be told. */
  #take(said: WireItem): Exclude<Meaning<M>, { kind: "ping" | "unknown" }> | undefined {
    if (said.kind === "retry") return void this.#backoff.advise(said.time);
    if (said.id === END_OF_STREAM) return { kind: "end" };
    this.#lastEventId = said.id;
    if (said.kind === "too-long") {
      const { what, limit, id } = said;
      const message = `${what} of the stream is longer than ${limit}; raise \`maxEvent\` if it should pass`;
      const error = new ClientError(message, { kind: "too-long", limit });
      return { kind: "item", item: { kind: "error", error, id }, isLast: false };
    }
    if (said.kind === "id") return undefined;
    const meaning = interpret(this.#descriptor, said);
    if (meaning.kind === "ping") return undefined;
    const isEvent = meaning.kind === "unknown" || (meaning.kind === "item" && meaning.item.kind !== "gap");
    if (isEvent) this.#backoff.succeeded();
    if (meaning.kind !== "unknown") return meaning;
    this.#unknown += 1;
    return undefined;
  }

  /** Waits for the next attempt, or throws where there is none. */
  async #pause(ending: { readonly kind: "over" } | Failure): Promise<void> {
    const failed = ending.kind === "failure" ? ending : undefined;
    if (failed?.isFinal) throw failed.error;
    const delay = this.#backoff.failed(performance.now(), failed?.retryAfter);
    if (delay === undefined) {
      const error = () => new ClientError("the stream ends again and again, without an event", { kind: "connection" });
      throw failed?.error ?? error();
    }
    this.#attempt = new AbortController();
    this.#options.onRetry?.({ attempt: this.#backoff.attempts, delay, error: failed?.error });
    await sleep(delay, this.#attempt.signal);
  }
}
