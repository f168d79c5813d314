/** One attempt: a request, and where it is sent on to. */

import { ClientError } from "./errors.ts";
import type { ConnectOptions, Fetch } from "./options.ts";
import { redirected, refusal, type Sent } from "./redirect.ts";
import { byteString, type Request } from "./request.ts";
import { type Answer, answerOf, drop, type Failure, failure } from "./response.ts";

const MAX_REDIRECTS = 10;
/** Codes of Node.js for a request that has not reached a server. */
const NOT_SENT = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$/;

/** Makes the attempts of one subscription. */
export class Transport {
  readonly #request: Request;
  readonly #options: ConnectOptions;
  readonly #fetch: Fetch;
  /** Whether this request may be made again after a server may have acted on it. */
  readonly #isRepeatable: boolean;

  constructor(request: Request, options: ConnectOptions, isRepeatable: boolean) {
    this.#request = request;
    this.#options = options;
    this.#isRepeatable = isRepeatable;
    this.#fetch = options.fetch ?? ((url, init) => globalThis.fetch(url, init));
  }

  /** Asks for the stream after `lastEventId`, until the signal at the longest, whoever heeds it. */
  open(lastEventId: string, signal: AbortSignal): Promise<Answer> {
    const givenUp = new Promise<Answer>((resolve) => {
      signal.addEventListener("abort", () => resolve(this.#givenUp(signal)));
    });
    return Promise.race([this.#ask(lastEventId, signal), givenUp]);
  }

  async #ask(lastEventId: string, signal: AbortSignal): Promise<Answer> {
    let headers: Headers;
    try {
      headers = await this.#headers(lastEventId);
    } catch (error) {
      if (error instanceof ClientError) return failure(true, error);
      return failure(false, new ClientError("the headers of the request could not be had", { kind: "headers" }, error));
    }
    if (signal.aborted) return this.#givenUp(signal);
    try {
      const response = await this.#follow(headers, signal);
      return await answerOf(response, this.#isRepeatable);
    } catch (error) {
      if (signal.aborted) return this.#givenUp(signal);
      if (error instanceof ClientError) return failure(true, error);
      const isRefused = wasNotSent(error);
      const message = isRefused ? "the server cannot be reached" : "there is no answer";
      const lost = new ClientError(message, { kind: "connection" }, error);
      return isRefused ? failure(false, lost) : this.broken(lost);
    }
  }

  /** What follows from it that a request got no answer, or not all of its stream. */
  broken(error: ClientError): Failure {
    if (this.#isRepeatable) return failure(false, error);
    const message = "the stream broke off, and the request may not be made again";
    return failure(true, new ClientError(message, { kind: "interrupted" }, error));
  }

  /** What follows from it that nobody waits for an answer any more. */
  #givenUp({ reason }: AbortSignal): Failure {
    if (reason instanceof ClientError) return this.broken(reason);
    return this.broken(new ClientError("it was closed", { kind: "connection" }));
  }

  async #headers(lastEventId: string): Promise<Headers> {
    const { headers: given } = this.#options;
    const fields = typeof given === "function" ? await given() : given;
    const headers = new Headers(fields as HeadersInit | undefined);
    for (const [name, value] of this.#request.headers) {
      if (name === "cookie" && isPage()) {
        const message = "a page cannot send cookies of its own: leave the field out, and set the cookie beforehand";
        throw new ClientError(message, { kind: "request" });
      }
      headers.set(name, value);
    }
    if (lastEventId !== "") {
      try {
        headers.set("last-event-id", byteString(lastEventId));
      } catch (cause) {
        throw new ClientError("the last event id cannot be sent in a header", { kind: "request" }, cause);
      }
    }
    return headers;
  }

  /**
   * Sends the request on where it is redirected. A page cannot: there the browser follows, and takes away no
   * header but `Authorization`; what reaches another origin is for that origin to allow (CORS).
   */
  async #follow(headers: Headers, signal: AbortSignal): Promise<Response> {
    const { credentials, maxRedirects = MAX_REDIRECTS } = this.#options;
    const common: RequestInit = { signal, cache: "no-store", redirect: isPage() ? "follow" : "manual" };
    if (credentials !== undefined) common.credentials = credentials;
    let sent: Sent = { ...this.#request, headers };
    for (let redirects = 0; ; redirects += 1) {
      const { method, url, body } = sent;
      const init: RequestInit = { ...common, method, headers: sent.headers };
      if (body !== undefined) init.body = body;
      const response = await this.#fetch(url, init);
      if (signal.aborted) {
        // Nobody waits for it any more, and not every `fetch` heeds the signal.
        drop(response);
        throw signal.reason;
      }
      const next = common.redirect === "manual" ? redirected(sent, response) : undefined;
      if (next === undefined) return response;
      drop(response);
      if (redirects === maxRedirects) throw refusal(next.url, `is one more than the ${maxRedirects} that are followed`);
      sent = next;
    }
  }
}

/**
 * Whether `fetch` is that of a page or a worker of a browser, which keeps cookies and redirects to itself.
 * There `cookie` is a forbidden header.
 */
function isPage(): boolean {
  return !new globalThis.Request("http://localhost", { headers: { cookie: "a=b" } }).headers.has("cookie");
}

function wasNotSent(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = (cause as { readonly code?: unknown } | undefined)?.code;
  return typeof code === "string" && NOT_SENT.test(code);
}
