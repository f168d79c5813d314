// Mistakes. Each line that is one says which.
import { streams } from "@acme/streams-client";

// Payloads.
streams.watch.connect(""); // TS2554
streams.watch.connect("", {}); // TS2345
streams.watch.connect("", { jobName: 1 }); // TS2322
streams.watch.connect("", { job_name: "a" }); // TS2561
streams.watch.connect("", { jobName: "a", after: "1" }); // TS2322
streams.weather.connect("", {}); // TS2345
streams.addUp.connect("", { numbers: ["1"], named: {} }); // TS2322
streams.addUp.connect("", { numbers: [1], named: {}, options: { label: 1 } }); // TS2322

// Handlers.
const job = streams.watch.connect("", { jobName: "a" });
const ignore = () => undefined;
await job.on({ progress: ignore, total: ignore, gap: ignore }); // TS2345
await job.on({ progress: ignore, total: ignore, finished: ignore }); // TS2345
await job.on({ progress: ignore, total: ignore, finished: ignore, gap: ignore, begun: ignore }); // TS2353
await streams.anything.connect("").on({ event: ignore }); // TS2345

// Data.
for await (const item of job) {
  if (item.kind !== "event") continue;
  if (item.event === "begun") break; // TS2367
  if (item.event === "progress") item.data.percentage.toFixed(); // TS2551
  if (item.event === "total") item.data.toFixed(); // TS2339
  if (item.event === "finished") item.data.anything; // TS18047
}
await streams.weather.connect("").on({
  "clear-sky": ({ data }) => data.text, // TS2339
  storm: ({ id }) => id.toFixed(), // TS2551
  gap: ignore,
});
