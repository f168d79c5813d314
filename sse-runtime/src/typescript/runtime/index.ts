/** Typed event streams: the runtime of generated clients. */

export { type ConnectArguments, type Descriptor, type Done, type Endpoint, endpoint, type Source } from "./endpoint.ts";
export { ClientError, type Problem, type Reason } from "./errors.ts";
export type { Input } from "./input.ts";
export type { EventOf, Fault, Gap, Handlers, Item, TypedEvent } from "./items.ts";
export type { ConnectOptions, Fetch, HeaderFields, Policy, Retry } from "./options.ts";
export { EventSubscription } from "./subscription.ts";
