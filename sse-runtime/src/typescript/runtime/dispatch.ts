/** From an item to the handler that is for it. */

import type { Descriptor } from "./endpoint.ts";
import type { ClientError } from "./errors.ts";
import type { Handlers, Item, TypedEvent } from "./items.ts";

/** `Handlers<M>` where `M` is not known: `names` of the descriptor says which there are. */
type AnyHandlers = { error?(error: ClientError): unknown } & Record<string, (item: unknown) => unknown>;

/**
 * Calls the handler for an item; what it returns is to be awaited.
 *
 * @throws ClientError that of the item, where there is no handler for errors.
 */
export function dispatch<M>(descriptor: Descriptor<never, M>, handlers: Handlers<M>, item: Item<M>): unknown {
  const call = handlers as AnyHandlers;
  switch (item.kind) {
    case "gap":
      return handlers.gap(item);
    case "error":
      if (call.error === undefined) throw item.error;
      return call.error(item.error);
    default: {
      const { event } = item as TypedEvent<string, unknown>;
      const name = descriptor.names === "any" ? "event" : event;
      // To the compiler every object has a `toString`, so that it does not miss a handler of that name.
      if (name in Object.prototype && call[name] === Reflect.get(Object.prototype, name)) {
        throw new TypeError(`there is no handler for the event \`${name}\`: add one`);
      }
      return call[name]?.(item);
    }
  }
}
