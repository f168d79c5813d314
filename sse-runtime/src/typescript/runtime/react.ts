/** Events in a React component. This file alone needs React, 18 or later. */

import { useEffect, useRef, useState } from "react";
import { dispatch } from "./dispatch.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Handlers } from "./items.ts";
import { stringify } from "./json.ts";
import type { ConnectOptions, Retry } from "./options.ts";
import { EventSubscription } from "./subscription.ts";

/** How a component stands with its stream. */
export type Connection =
  /** There was no answer yet. */
  | { readonly status: "connecting" }
  /** Events come as they happen. */
  | { readonly status: "open" }
  /** The stream has ended, or could not be had, and is tried again. */
  | { readonly status: "waiting"; readonly retry: Retry }
  /** The stream is complete. */
  | { readonly status: "ended" }
  /** The subscription has ended by this error, which a handler may have thrown. */
  | { readonly status: "failed"; readonly error: unknown };

/** Options of a subscription; what else there is to know, {@link Connection} tells. */
export type EventsOptions = Omit<ConnectOptions, "signal" | "onOpen" | "onRetry">;

/**
 * Subscribes a component to an endpoint for as long as it is mounted. Another endpoint, `base` or payload (by its
 * JSON) is another subscription. Handlers and `headers` are those of the last render; of the other options those
 * of the render that subscribed.
 *
 * ```tsx
 * const [names, setNames] = useState<string[]>([]);
 * const connection = useEvents(stream, "", { topic }, {
 *   added: ({ data }) => setNames((names) => [...names, data.name]),
 *   removed: ({ data }) => setNames((names) => names.filter((name) => name !== data.name)),
 *   gap: () => reload(),
 * });
 * ```
 */
export function useEvents<P, M>(
  endpoint: Endpoint<P, M>,
  base: string | URL,
  payload: P,
  handlers: Handlers<M>,
  options: EventsOptions = {},
): Connection {
  const [connection, setConnection] = useState<Connection>({ status: "connecting" });
  const latest = useRef({ handlers, headers: options.headers });
  useEffect(() => {
    latest.current = { handlers, headers: options.headers };
  });
  const input = stringify([String(base), payload]);
  useEffect(() => {
    let isMounted = true;
    const become = (connection: Connection) => {
      if (isMounted) setConnection(connection);
    };
    const headers = () => {
      const { headers } = latest.current;
      return (typeof headers === "function" ? headers() : headers) ?? {};
    };
    const subscription = new EventSubscription<M>(endpoint.descriptor, base, payload, {
      ...options,
      headers,
      onOpen: () => become({ status: "open" }),
      onRetry: (retry) => become({ status: "waiting", retry }),
    });
    const run = async () => {
      for await (const item of subscription) {
        if (isMounted) await dispatch(endpoint.descriptor, latest.current.handlers, item);
      }
    };
    become({ status: "connecting" });
    run().then(
      () => become({ status: "ended" }),
      (error: unknown) => become({ status: "failed", error }),
    );
    return () => {
      isMounted = false;
      subscription.close();
    };
    // `input` stands for `base` and `payload`, which may be other objects at each render.
  }, [endpoint, input]);
  return connection;
}
