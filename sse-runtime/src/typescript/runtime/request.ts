/** A payload as a request: path, query, headers, cookies, body. */

import type { Descriptor, Source } from "./endpoint.ts";
import { ClientError } from "./errors.ts";
import { stringify } from "./json.ts";

/** A request that is the same at each attempt. */
export interface Request {
  readonly method: "GET" | "POST";
  readonly url: string;
  /** Names in lower case; values are byte strings, as `Headers` takes them. */
  readonly headers: readonly (readonly [string, string])[];
  /** The JSON text of a `POST`. */
  readonly body: string | undefined;
  /** Where the payload says to begin; empty where it does not. */
  readonly lastEventId: string;
}

const PARAMETER = /\{(\*?)([^{}]+)\}/g;

/**
 * The request of an endpoint with a payload, to the server at `base`.
 *
 * @throws ClientError where a value does not fit its place, with the field.
 */
export function requestOf<M>(descriptor: Descriptor<unknown, M>, base: string | URL, payload: unknown): Request {
  const members = new Map<string, unknown>(Object.entries((payload ?? {}) as object));
  const sources = Object.entries<Source | undefined>(descriptor.sources ?? {});
  const parameters = new Map<string, readonly [string, unknown]>();
  const headers: [string, string][] = [["accept", "text/event-stream"]];
  const cookies: string[] = [];
  let lastEventId = "";
  for (const [key, source] of sources) {
    const value = members.get(key);
    members.delete(key);
    if (source === undefined) continue;
    if (typeof source === "object" && "path" in source) {
      parameters.set(source.path, [key, value]);
      continue;
    }
    if (value === undefined || value === null) continue;
    const text = textOf(key, value);
    if (source === "last-event-id") lastEventId = text;
    else if ("header" in source) headers.push([source.header, headerValue(key, text)]);
    else cookies.push(`${source.cookie}=${cookieValue(key, text)}`);
  }
  if (cookies.length > 0) headers.push(["cookie", cookies.join("; ")]);

  const path = descriptor.path.replace(PARAMETER, (_, wildcard: string, name: string) => {
    const [key, value] = parameters.get(name) ?? [name, undefined];
    const text = value === undefined || value === null ? "" : textOf(key, value);
    const segments = wildcard === "*" ? text.split("/") : [text];
    return segments.map((segment) => pathSegment(key, segment)).join("/");
  });
  const url = join(base, path);
  if (descriptor.method === "GET") {
    return { method: "GET", url: url + query(members), headers, body: undefined, lastEventId };
  }
  let body: string | undefined;
  if (payload !== undefined) {
    headers.push(["content-type", "application/json"]);
    body = json(Object.fromEntries(members));
  }
  return { method: "POST", url, headers, body, lastEventId };
}

/** A text as the bytes of its UTF-8, each a character: what `Headers` takes for a byte string. */
export function byteString(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join("");
}

function join(base: string | URL, path: string): string {
  let url: URL;
  try {
    // A page may leave out its own origin.
    url = new URL(base, globalThis.location?.href);
  } catch (cause) {
    throw new ClientError(`\`${base}\` is no URL of a server`, { kind: "request" }, cause);
  }
  const refusal = (why: string) => new ClientError(`\`${base}\` is no URL of a server: ${why}`, { kind: "request" });
  if (url.protocol !== "http:" && url.protocol !== "https:") throw refusal("it must begin with http: or https:");
  if (url.username !== "" || url.password !== "") throw refusal("what it says of a user is for a header to send");
  if (base !== "" && /[?#]/.test(url.href)) throw refusal("it must end with its path");
  return url.origin + (base === "" ? "" : url.pathname.replace(/\/$/, "")) + path;
}

function query(members: Map<string, unknown>): string {
  const pairs: string[] = [];
  for (const [key, value] of members) {
    for (const item of Array.isArray(value) ? (value as unknown[]) : [value]) {
      // What is not there is left out, as serde leaves `None` out.
      if (item !== undefined && item !== null) pairs.push(`${encode(key, key)}=${encode(key, textOf(key, item))}`);
    }
  }
  return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
}

function pathSegment(key: string, text: string): string {
  // A URL resolves the two by itself, however they are written, and an empty one is another path.
  if (text === "" || text === "." || text === "..") {
    throw refused(key, `\`${text}\` cannot be a part of a path`);
  }
  return encode(key, text);
}

function encode(key: string, text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    throw refused(key, "it has half of a surrogate pair");
  }
}

function headerValue(key: string, text: string): string {
  // RFC 9110 §5.5; spaces around a value are none of it.
  if (/[^\t\x20-\x7e\x80-\uffff]|^[ \t]|[ \t]$/.test(text)) {
    throw refused(key, "a header cannot carry control characters, or spaces at its ends");
  }
  // Half of a surrogate pair has no UTF-8.
  encode(key, text);
  return byteString(text);
}

function cookieValue(key: string, text: string): string {
  // `cookie-octet` of RFC 6265 §4.1.1.
  if (/[^\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]/.test(text)) {
    throw refused(key, "a cookie cannot carry spaces, quotes, commas, semicolons, backslashes, or what is not ASCII");
  }
  return text;
}

function textOf(key: string, value: unknown): string {
  switch (typeof value) {
    case "string":
      return value;
    case "number":
      if (!Number.isFinite(value)) throw refused(key, `${value} is no number of JSON`);
      return String(value);
    case "bigint":
    case "boolean":
      return String(value);
    default:
      throw refused(key, "it must be a text, a number or a boolean where it does not go to a body");
  }
}

function json(value: object): string {
  try {
    return stringify(value) ?? "{}";
  } catch (cause) {
    throw new ClientError("the payload cannot be written as JSON", { kind: "request" }, cause);
  }
}

function refused(field: string, why: string): ClientError {
  return new ClientError(`field \`${field}\`: ${why}`, { kind: "request", field });
}
