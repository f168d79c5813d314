/** An endpoint of a service: what the generator writes, one constant a method. */

import type { ConnectOptions } from "./options.ts";
import { EventSubscription } from "./subscription.ts";

/** Where a member of the payload goes, when it is neither query nor body. */
export type Source =
  | "last-event-id"
  /** The parameter of this name in the path. */
  | { readonly path: string }
  /** The header of this name, in lower case. */
  | { readonly header: string }
  /** The cookie of this name. */
  | { readonly cookie: string };

/** How a stream says that it is complete. */
export type Done<M> =
  /** By its end alone: the reserved id of a `GET`, the end of the body of a `POST`. */
  | true
  /** By this text as the data of a last event, which is not delivered. */
  | { readonly text: string }
  /** By an event of one of these names, which is delivered. */
  | { readonly names: readonly (keyof M & string)[] };

/**
 * What the server says of one of its endpoints.
 *
 * `P` is the payload as JSON has it, `undefined` where there is none. `M` maps each event name to its data;
 * with an index signature, `{ [name: string]: T }`, any name may come.
 */
export interface Descriptor<P, M> {
  /** The trait and its method, `Notifications::stream`. */
  readonly name: string;
  readonly method: "GET" | "POST";
  /** The route: `/topics/{topic}/events`, `/files/{*path}`. */
  readonly path: string;
  /** What is not named here goes to the query of a `GET`, to the JSON body of a `POST`. */
  readonly sources?: { readonly [K in keyof P & string]?: Source };
  /** Whether data is a text as it is, or JSON. */
  readonly data: "text" | "json";
  /** Every name of `M`; others are counted and passed over. */
  readonly names: string extends keyof M ? "any" : readonly (keyof M & string)[];
  /** Left out where the stream is resumed whenever it ends. */
  readonly done?: Done<M>;
  /** The interval of heartbeats in milliseconds; left out where there are none. */
  readonly keepAlive?: number;
  /** When the server answers at the latest, in milliseconds; left out where it may take any time. */
  readonly openAfter?: number;
  /** The name of heartbeats that are events. */
  readonly pingEvent?: string;
  /** The name of the event that tells an error of the service. */
  readonly errorEvent?: string;
}

/** The arguments after the base URL: a payload where the endpoint has one, and options. */
export type ConnectArguments<P> = [P] extends [undefined]
  ? [payload?: undefined, options?: ConnectOptions]
  : [payload: P, options?: ConnectOptions];

/** An endpoint that can be connected to. */
export interface Endpoint<P, M> {
  readonly descriptor: Descriptor<P, M>;
  /**
   * A subscription to this endpoint of the server at `base`. Nothing is requested before it is read.
   *
   * A page may give a path as `base`, or the empty string, which is its own origin.
   */
  connect(base: string | URL, ...rest: ConnectArguments<P>): EventSubscription<M>;
}

/** Makes an endpoint of its description. */
export function endpoint<P, M>(descriptor: Descriptor<P, M>): Endpoint<P, M> {
  return {
    descriptor,
    connect: (base, payload?, options?) => new EventSubscription<M>(descriptor, base, payload, options),
  };
}
