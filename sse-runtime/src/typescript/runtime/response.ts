/** What the answer to a request means. */

import { ClientError, type Problem } from "./errors.ts";
import { parse } from "./json.ts";

/** What came of an attempt. */
export type Answer =
  | { readonly kind: "stream"; readonly body: ReadableStream<Uint8Array> }
  /** 204: do not come back. */
  | { readonly kind: "end" }
  | Failure;

/** Why an attempt, or the stream that it gave, is over. */
export interface Failure {
  readonly kind: "failure";
  readonly error: ClientError;
  /** Whether there is no use in trying again. */
  readonly isFinal: boolean;
  /** The wait that the server asks for, in milliseconds. */
  readonly retryAfter?: number;
}

/** How much of an answer that is no stream is told, in bytes. */
const EXCERPT = 4 << 10;
/** How much of a problem is read, in bytes. */
const LONGEST_PROBLEM = 16 << 10;

/** A server that says one of these has not acted on the request. */
const REFUSALS: readonly number[] = [408, 425, 429, 503];

/** What a response means, to a request that may be repeated after a server has acted on it, or may not. */
export async function answerOf(response: Response, isRepeatable: boolean): Promise<Answer> {
  const { status, headers, body } = response;
  if (status === 204) {
    drop(response);
    return { kind: "end" };
  }
  const contentType = headers.get("content-type") ?? "";
  const essence = contentType.split(";", 1)[0]?.trim().toLowerCase();
  if (status === 200) {
    if (essence === "text/event-stream" && body !== null) return { kind: "stream", body };
    const excerpt = await beginning(body, EXCERPT);
    const reason = { kind: "content-type", contentType, excerpt } as const;
    const message = `the answer is no event stream: its content type is \`${contentType}\``;
    return failure(true, new ClientError(message, reason));
  }
  let problem: Problem | undefined;
  if (essence === "application/problem+json") problem = problemOf(await beginning(body, LONGEST_PROBLEM), status);
  else drop(response);
  const about = problem === undefined ? "" : `: ${problem.detail ?? problem.title}`;
  const error = new ClientError(`the server answers ${status}${about}`, { kind: "status", status, problem });
  if (REFUSALS.includes(status)) {
    const retryAfter = retryAfterOf(headers);
    return { kind: "failure", error, isFinal: false, ...(retryAfter !== undefined && { retryAfter }) };
  }
  return failure(!(isRepeatable && isTemporary(status)), error);
}

/** Whether a status may be another one the next time. */
export function isTemporary(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}

/** Reads a problem; `undefined` where the text is none. */
export function problemOf(text: string, status?: number): Problem | undefined {
  let value: unknown;
  try {
    value = parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const members = value as Record<string, unknown>;
  const { status: told, title, detail } = members;
  const known = status ?? told;
  if (typeof known !== "number") return undefined;
  return {
    ...members,
    status: known,
    title: typeof title === "string" ? title : "",
    detail: typeof detail === "string" ? detail : undefined,
  };
}

export function failure(isFinal: boolean, error: ClientError): Failure {
  return { kind: "failure", isFinal, error };
}

/** Gives up a body, which may have failed already. */
export function drop({ body }: Response): void {
  body?.cancel().catch(() => undefined);
}

/** The first bytes of a body as text; what there is of them where it breaks. */
async function beginning(body: ReadableStream<Uint8Array> | null, most: number): Promise<string> {
  const utf8 = new TextDecoder();
  let text = "";
  let left = most;
  const reader = body?.getReader();
  try {
    while (reader !== undefined && left > 0) {
      const { done, value } = await reader.read();
      if (done) break;
      text += utf8.decode(value.subarray(0, left), { stream: true });
      left -= value.length;
    }
  } catch {
    // An answer that breaks off still says what it is.
  }
  reader?.cancel().catch(() => undefined);
  return text;
}

/**
 * "Retry-After = HTTP-date / delay-seconds" (RFC 9110 §10.2.3), in milliseconds. A date is read by the clock of the
 * server, as that of this machine may be wrong.
 */
function retryAfterOf(headers: Headers): number | undefined {
  const value = headers.get("retry-after") ?? "";
  if (/^[0-9]+$/.test(value)) return Number(value) * 1_000;
  const time = Date.parse(value) - Date.parse(headers.get("date") ?? "");
  return Number.isNaN(time) ? undefined : time;
}
