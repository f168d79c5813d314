// What the shapes of Rust types are to those who use them. A line that says which mistake it is, is one.
import { Colour, type Entry, httpOddities, jobBoard, type Message, notifications } from "@acme/streams-client";

const ignore = () => undefined;

// A method whose name is reserved, and one that the module uses itself.
await jobBoard.delete.connect("").on({ event: ({ data }) => data satisfies string, gap: ignore });
await httpOddities.sse.connect("").on({ message: ({ data }) => data[7]?.[1] satisfies number | bigint | undefined, gap: ignore });

// Names that a field's type knows, and that can be absent.
await httpOddities.drawn.connect("").on({ Round: ignore, ["__proto__"]: ignore, message: ignore, gap: ignore });
await notifications.stream
  .connect("", { topicName: "a" })
  .on({ "disk-full": ({ data }) => data satisfies string, recovered: ignore, gap: ignore });

// Contents of variants.
await jobBoard.watchAll.connect("", { id: 1 }).on({
  progress: ({ data }) => data.step satisfies "writing" | "hashing",
  entries: ({ data }) => data satisfies Entry<number | bigint>[],
  finished: ({ data }) => data satisfies null,
  gap: ignore,
});
await httpOddities.generic.connect("").on({
  "ONLY-ONE": ({ data }) => data satisfies "writing" | "hashing",
  BOTH: ({ data: [one, others] }) => others satisfies (typeof one)[],
  NEITHER: ignore,
  gap: ignore,
});

// Tags, of the event itself, of what it wraps, and of what is flattened into it.
await jobBoard.message.connect("", { prompt: "a" }).on({
  started: ({ data }) => data.at satisfies number | bigint,
  delta: ({ data }) => [data.type satisfies "delta", data.text satisfies string],
  stopped: ({ data }) => data satisfies { type: "stopped" },
  gap: ignore,
});
await httpOddities.tagged.connect("").on({
  started: ({ data }) => data satisfies Message,
  delta: ({ data }) => data.logprobs?.[1] satisfies number | undefined,
  stopped: ({ data }) => data.text, // TS2339
  gap: ignore,
});
await jobBoard.stamped.connect("").on({
  Text: ({ data }) => [data.at satisfies number | bigint, data.body satisfies string],
  Pair: ({ data }) => data.body[1].value satisfies string,
  Empty: ({ data }) => data.body, // TS2339
  gap: ignore,
});

// Payloads.
httpOddities.wish.connect("", { colour: Colour.Red });
httpOddities.wish.connect("", { colour: Colour.Green, anything: { deep: [1, null, { deeper: "a" }] }, list: [["a", 1]] });
httpOddities.wish.connect("", { colour: Colour.Green, anything: ignore }); // TS2322
httpOddities.wish.connect("", { colour: "Blue" }); // TS2322
jobBoard.message.connect("", { prompt: "a", options: { seeds: [{ value: 1n }, { name: null, value: 2 }] } });
jobBoard.message.connect("", { prompt: "a", options: { seeds: [{}] } }); // TS2322
