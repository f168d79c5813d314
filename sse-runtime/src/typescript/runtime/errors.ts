/** What can go wrong, as one class with a reason that a `switch` can go through. */

/** An RFC 9457 problem: of a response, or of an event in the stream. */
export interface Problem {
  readonly status: number;
  readonly title: string;
  readonly detail?: string | undefined;
  /** Members of the service's own, and `type` and `instance`. */
  readonly [member: string]: unknown;
}

/** Why a {@link ClientError} is one. */
export type Reason =
  /** The request cannot be built: of this member of the payload, where it is one. */
  | { readonly kind: "request"; readonly field?: string }
  /** There was no response, or its body broke. */
  | { readonly kind: "connection" }
  /** Nothing came for so many milliseconds. */
  | { readonly kind: "silence"; readonly after: number }
  /** The function that gives the headers failed, or gave one that cannot be sent. */
  | { readonly kind: "headers" }
  /** Another status than 200. */
  | { readonly kind: "status"; readonly status: number; readonly problem: Problem | undefined }
  /** The response is no event stream. `excerpt` is the beginning of its body, at most 4 KiB. */
  | { readonly kind: "content-type"; readonly contentType: string; readonly excerpt: string }
  /** A redirect that is not followed. */
  | { readonly kind: "redirect"; readonly location: string | undefined }
  /** The service failed after the stream had begun. */
  | { readonly kind: "problem"; readonly problem: Problem }
  /** The data of an event does not parse. */
  | { readonly kind: "data"; readonly event: string; readonly data: string }
  /** A line or an event is over the limit. */
  | { readonly kind: "too-long"; readonly limit: number }
  /** The server took a `POST` that must not be repeated, and its stream broke. */
  | { readonly kind: "interrupted" };

/**
 * Why a subscription ends, or what an item of it could not be.
 *
 * ```ts
 * if (error instanceof ClientError && error.reason.kind === "status" && error.reason.status === 401) signIn();
 * ```
 */
export class ClientError extends Error {
  readonly reason: Reason;

  constructor(message: string, reason: Reason, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "ClientError";
    this.reason = reason;
  }
}
