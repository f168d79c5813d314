/**
 * Reading an event stream: bytes in any cuts in, items out. Quotations are from WHATWG HTML §9.2.6.
 */

/** What a stream says. */
export type WireItem =
  /** An event with data. `id` is its own, else that of the last one that had one. */
  | { readonly kind: "message"; readonly event: string; readonly data: string; readonly id: string }
  /** An event without data: nothing to dispatch, but its id is the one to resume from. */
  | { readonly kind: "id"; readonly id: string }
  /** How many milliseconds to wait before reconnecting, from now on. It may be 0, or years. */
  | { readonly kind: "retry"; readonly time: number }
  /** A line or an event was over its limit. The rest of that event is passed over; an id before that counts. */
  | { readonly kind: "too-long"; readonly what: "a line" | "an event"; readonly limit: number; readonly id: string };

/** How long a line and an event may be, in UTF-16 code units: of an event, its data, name and id together. */
export interface Limits {
  readonly line?: number | undefined;
  readonly event?: number | undefined;
}

const LIMIT = 16 << 20;
/** The largest time that is told apart, that of an unsigned integer of 64 bits. */
const MOST_TIME = 2 ** 64;
const DIGITS = /^[0-9]+$/;
const LF = 0x0a;
const SPACE = 0x20;

/**
 * Turns the bytes of one event stream into its items: push a chunk, then take items until there are none.
 * When the stream ends, drop the decoder: "any pending data must be discarded".
 */
export class Decoder {
  /** It replaces what is no UTF-8. A BOM is left to {@link push}: Node.js takes two away where one is cut. */
  readonly #utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
  #hasBegun = false;
  readonly #limits: { readonly line: number; readonly event: number };

  /** The text of the chunk at hand, where in it the next line begins, and where the next LF and CR are. */
  #run = "";
  #at = 0;
  #lf = 0;
  #cr = 0;
  /** The beginning of a line that goes on in the next chunk. It is not looked at before it is whole. */
  #carry = "";
  /** The line before ended in CR, so that an LF here belongs to its end. */
  #endedInCr = false;
  /** Up to the next blank line all is passed over. */
  #skips = false;

  #data: string | undefined;
  #event = "";
  #id: string | undefined;
  #lastEventId: string;

  /** A decoder at the start of a stream that resumes after `lastEventId`. */
  constructor(lastEventId = "", limits: Limits = {}) {
    this.#lastEventId = lastEventId;
    this.#limits = { line: limits.line ?? LIMIT, event: limits.event ?? LIMIT };
  }

  /** Adds the next bytes, cut anywhere, once all items of those before have been taken. */
  push(chunk: Uint8Array): void {
    this.#run = this.#utf8.decode(chunk, { stream: true });
    // "The UTF-8 decode algorithm strips one leading UTF-8 Byte Order Mark (BOM), if any."
    this.#at = !this.#hasBegun && this.#run.startsWith("\ufeff") ? 1 : 0;
    this.#hasBegun ||= this.#run !== "";
    this.#lf = indexOf(this.#run, "\n", 0);
    this.#cr = indexOf(this.#run, "\r", 0);
  }

  /** The next item of what was pushed; `undefined` when more bytes are needed. */
  next(): WireItem | undefined {
    for (let line = this.#line(); line !== undefined; line = this.#line()) {
      const item = this.#take(line);
      if (item !== undefined) return item;
    }
    if (this.#carry.length > this.#limits.line && !this.#skips) return this.#tooLong("a line", this.#limits.line);
    return undefined;
  }

  /** The next line, which ends in CRLF, LF or CR; `undefined` when more bytes are needed. */
  #line(): string | undefined {
    const run = this.#run;
    if (this.#endedInCr && this.#at < run.length) {
      this.#endedInCr = false;
      if (run.charCodeAt(this.#at) === LF) this.#at += 1;
    }
    const start = this.#at;
    if (this.#lf < start) this.#lf = indexOf(run, "\n", start);
    if (this.#cr < start) this.#cr = indexOf(run, "\r", start);
    const end = Math.min(this.#lf, this.#cr);
    if (end === Infinity) {
      this.#at = run.length;
      // Of a line that is passed over it matters only that it is not blank.
      const rest = run.slice(start);
      this.#carry = this.#skips ? (this.#carry || rest).slice(0, 1) : this.#carry + rest;
      return undefined;
    }
    this.#at = end + 1;
    this.#endedInCr = end === this.#cr;
    const line = this.#carry + run.slice(start, end);
    this.#carry = "";
    return line;
  }

  #take(line: string): WireItem | undefined {
    if (line === "") return this.#dispatch();
    if (this.#skips) return undefined;
    if (line.length > this.#limits.line) return this.#tooLong("a line", this.#limits.line);
    // "Collect the characters on the line before the first U+003A COLON character (:), and let field be that
    // string." Without one, "using the whole line as the field name, and the empty string as the field value".
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    // "If value starts with a U+0020 SPACE character, remove it from value."
    const value = colon < 0 ? "" : line.slice(colon + (line.charCodeAt(colon + 1) === SPACE ? 2 : 1));
    switch (field) {
      case "data":
        // "Append the field value to the data buffer, then append a single U+000A LINE FEED (LF) character to
        // the data buffer." Here it goes before each value but the first, so that none is left to remove.
        this.#data = this.#data === undefined ? value : `${this.#data}\n${value}`;
        break;
      case "event":
        this.#event = value;
        break;
      case "id":
        // "If the field value does not contain U+0000 NULL, then set the last event ID buffer to the field
        // value. Otherwise, ignore the field."
        if (!value.includes("\0")) this.#id = value;
        break;
      case "retry":
        // "If the field value consists of only ASCII digits, then interpret the field value as an integer in
        // base ten, and set the event stream's reconnection time to that integer."
        return DIGITS.test(value) ? { kind: "retry", time: Math.min(Number(value), MOST_TIME) } : undefined;
    }
    const length = (this.#data?.length ?? 0) + this.#event.length + (this.#id?.length ?? 0);
    return length > this.#limits.event ? this.#tooLong("an event", this.#limits.event) : undefined;
  }

  /** The block is over. */
  #dispatch(): WireItem | undefined {
    const data = this.#data;
    const event = this.#event;
    const id = this.#id;
    this.#clear();
    this.#skips = false;
    // It is only set here, so the id of an event that is cut off by the end of the stream does not count.
    if (id !== undefined) this.#lastEventId = id;
    // "If the data buffer is an empty string, set the data buffer and the event type buffer to the empty string
    // and return." A `data:` line without a value leaves an LF there: that is data.
    if (data !== undefined) return { kind: "message", event: event || "message", data, id: this.#lastEventId };
    return id === undefined ? undefined : { kind: "id", id };
  }

  #tooLong(what: "a line" | "an event", limit: number): WireItem {
    // So that a client does not come back for what it cannot take. An id may be what is too long.
    if (this.#id !== undefined && this.#id.length <= this.#limits.event) this.#lastEventId = this.#id;
    this.#clear();
    this.#skips = true;
    this.#carry = this.#carry.slice(0, 1);
    return { kind: "too-long", what, limit, id: this.#lastEventId };
  }

  #clear(): void {
    this.#data = undefined;
    this.#event = "";
    this.#id = undefined;
  }
}

/** Where `char` is from `start` on; beyond any end where it is not. */
function indexOf(text: string, char: string, start: number): number {
  const at = text.indexOf(char, start);
  return at < 0 ? Infinity : at;
}
