/**
 * Redirects as Fetch follows them ("HTTP-redirect fetch"), but that nothing of the user's reaches another origin
 * and nothing goes from https to http.
 */

import { ClientError } from "./errors.ts";

/** A request on its way. */
export interface Sent {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body: string | undefined;
}

/** "A redirect status is a status that is 301, 302, 303, 307, or 308." */
const STATUSES: readonly number[] = [301, 302, 303, 307, 308];
/** After these a `POST` becomes a `GET`. */
const OF_GET: readonly number[] = [301, 302, 303];
/** What another origin than the one that the user named gets of the headers. */
const CROSSES: readonly string[] = ["accept", "last-event-id"];

/**
 * What to send after this response; `undefined` where it redirects nowhere.
 *
 * @throws ClientError where the redirect is not to be followed.
 */
export function redirected({ method, url, headers, body }: Sent, response: Response): Sent | undefined {
  const { status } = response;
  if (!STATUSES.includes(status)) return undefined;
  const location = response.headers.get("location") ?? undefined;
  const from = new URL(url);
  const to = location === undefined ? undefined : parse(location, from);
  if (to === undefined) throw refusal(location, "leads nowhere");
  if (from.protocol === "https:" && to.protocol === "http:") throw refusal(location, "leaves https");
  const kept = new Headers(headers);
  if (method === "POST" && OF_GET.includes(status)) {
    kept.delete("content-type");
    method = "GET";
    body = undefined;
  }
  if (to.origin !== from.origin) {
    if (body !== undefined) throw refusal(location, "would send the body to another origin");
    for (const name of headers.keys()) if (!CROSSES.includes(name)) kept.delete(name);
  }
  return { method, url: to.href, headers: kept, body };
}

/** Why a redirect is not followed. */
export function refusal(location: string | undefined, why: string): ClientError {
  return new ClientError(`the redirect to \`${location ?? ""}\` ${why}`, { kind: "redirect", location });
}

function parse(location: string, from: URL): URL | undefined {
  try {
    const to = new URL(location, from);
    return to.protocol === "http:" || to.protocol === "https:" ? to : undefined;
  } catch {
    return undefined;
  }
}
