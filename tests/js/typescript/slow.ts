// A page that reads one event and then no further, until it is told to.
import { endpoint } from "../../../sse-runtime/src/typescript/runtime/index.ts";

const flood = endpoint<undefined, { message: string }>({
  name: "Flood::all",
  method: "GET",
  path: "/flood",
  data: "text",
  names: ["message"],
});

const subscription = flood.connect("");
const items = subscription[Symbol.asyncIterator]();

export const readOne = async () => (await items.next()).value?.kind;
export const close = () => subscription.close();
